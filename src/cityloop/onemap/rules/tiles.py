"""The squares that a map is sent in: which there are, and where they lie.

Zoom ``z`` cuts the world of Web Mercator (EPSG:3857) into ``2**z`` columns from west to east and as many rows from north
to south. We draw a tile 512 points wide, as MapLibre does.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

EDGE_M: Final = 20037508.342789244
"""Half the width of the world in metres of Mercator: ``π`` times the radius of WGS 84."""

EXTENT: Final = 4096
"""Steps of a tile's own grid: an eighth of a point."""

MARGIN: Final = 64
"""Steps around a tile that it holds too, so that a line's end does not show at its border."""

POINTS: Final = 512
CELL_POINTS: Final = 64
"""What is too dense is counted by cells of this many points. They divide a tile evenly, so no cell lies in two."""

DEEPEST: Final = 22
MOST_LAYERS: Final = 24


class Box(NamedTuple):
    """West, south, east, north: degrees or metres, as said."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A square of the map; build one of foreign numbers by ``parse``."""

    zoom: int
    x: int
    y: int

    @classmethod
    def parse(cls, zoom: str, x: str, y: str) -> Self:
        """Read an address.

        Raises:
            InvalidInput: It names no square of the world; ``faults`` say which number is wrong.
        """
        numbers = {"z": zoom, "x": x, "y": y}
        faults = [
            Fault(name, _("is not a whole number"), text[:40])
            for name, text in numbers.items()
            if not (text.isascii() and text.isdigit() and len(text) < 9)
        ]
        if not faults and int(zoom) > DEEPEST:
            faults = [Fault("z", _("the deepest zoom is %(most)d") % {"most": DEEPEST}, zoom)]
        if not faults:
            faults = [
                Fault(name, _("lies outside the world at this zoom"), text)
                for name, text in (("x", x), ("y", y))
                if int(text) >= 1 << int(zoom)
            ]
        if faults:
            raise InvalidInput(_("There is no such tile: %(first)s") % {"first": faults[0].told()}, faults=faults)
        return cls(int(zoom), int(x), int(y))

    @classmethod
    def around(cls, lon: float, lat: float, zoom: int) -> Self:
        """Return the tile that holds a point given in degrees."""
        count = 1 << zoom
        y = math.asinh(math.tan(math.radians(lat))) / math.pi
        column, row = int((lon + 180) / 360 * count), int((1 - y) / 2 * count)
        return cls(zoom, min(max(column, 0), count - 1), min(max(row, 0), count - 1))

    @property
    def width_m(self) -> float:
        """Its width in metres of Mercator, which are shorter than those on the ground by the cosine of the latitude."""
        return 2 * EDGE_M / (1 << self.zoom)

    @property
    def point_m(self) -> float:
        """What one point of the screen covers, in metres of Mercator."""
        return self.width_m / POINTS

    @property
    def cell_m(self) -> float:
        return self.point_m * CELL_POINTS

    @property
    def metres(self) -> Box:
        """Where it lies, in metres of Mercator."""
        width = self.width_m
        west, north = self.x * width - EDGE_M, EDGE_M - self.y * width
        return Box(west, north - width, west + width, north)

    def degrees(self, margin: int = 0) -> Box:
        """Return where it lies, in degrees, with ``margin`` steps of its grid around it."""
        more = self.width_m * margin / EXTENT
        west, south, east, north = self.metres
        return Box(_lon(west - more), _lat(south - more), _lon(east + more), _lat(north + more))


def layer_names(text: str) -> tuple[str, ...]:
    """Read the layers of an address: names with commas between.

    Raises:
        InvalidInput: A name stands there twice or is empty, or there are more than ``MOST_LAYERS``.
    """
    names = tuple(text.split(","))
    if len(names) > MOST_LAYERS:
        raise InvalidInput(_("At most %(most)d layers are sent in one tile.") % {"most": MOST_LAYERS})
    if not all(names) or len(set(names)) < len(names):
        raise InvalidInput(_("Name each layer once, with commas between: roads,buildings"))
    return names


def _lon(x: float) -> float:
    return x / EDGE_M * 180


def _lat(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / EDGE_M * math.pi)))
