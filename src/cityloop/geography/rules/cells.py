"""Regular grids: the stand-in for surveyed unit grids, with valid 15-digit codes.

Where a city has neither grids nor communities, square cells are laid over its extent; blocks of cells become communities,
blocks of communities become streets. Numbers run as one reads a map: west to east, row by row from the north.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.codes import LAST_NUMBER
from cityloop.geography.rules.located import Extent
from cityloop.geography.rules.shapes import Shapes, column, metres_per_degree, polygonal
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

Ints = NDArray[np.int64]
Texts = NDArray[np.str_]

MOST_CELLS = 2_000_000
COMMUNITY_SIDE = 10
"""Cells along a side of a synthetic community: 100 cells, about 1 km² of 万米 grids."""
STREET_SIDE = 5
"""Communities along a side of a synthetic street."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas side by side: ``codes`` ``(n,)`` text, ``shapes`` ``(n,)`` polygons in degrees."""

    codes: Texts
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class RegularGrid:
    """A synthetic division: its streets, communities and cells, each numbered in reading order."""

    extent: Extent
    streets: Areas
    communities: Areas
    cells: Areas


def edges(extent: Extent, cell_m: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the meridians (west to east) and parallels (north to south) that cut ``extent`` into equal cells.

    A cell is at most ``cell_m`` wide and high, measured on the ellipsoid at the middle of the extent: nothing is left over
    at the borders. Neighbours share the same numbers, so that there is no gap and no overlap.

    Raises:
        InvalidInput: The extent is empty or outside the globe, or would be cut into more than ``MOST_CELLS``.
    """
    _check_extent(extent, cell_m)
    lon_m, lat_m = metres_per_degree((extent.south + extent.north) / 2)
    columns = max(1, math.ceil((extent.east - extent.west) * lon_m / cell_m - 1e-9))
    rows = max(1, math.ceil((extent.north - extent.south) * lat_m / cell_m - 1e-9))
    if columns * rows > MOST_CELLS:
        raise InvalidInput(
            _("%(count)d cells are too many; the most is %(most)d. Make the cells larger or the extent smaller.")
            % {"count": columns * rows, "most": MOST_CELLS},
            faults=[Fault("cell_m", _("is too small for this extent"), str(cell_m))],
        )
    return (
        np.linspace(extent.west, extent.east, columns + 1),
        np.linspace(extent.north, extent.south, rows + 1),
    )


def _check_extent(extent: Extent, cell_m: float) -> None:
    west, south, east, north = extent
    if not (-180 <= west < east <= 180 and -90 < south < north < 90):
        raise InvalidInput(
            _("The extent must run from west to east and from south to north, in degrees."),
            faults=[Fault("extent", _("is no extent in degrees"), f"{west}, {south}, {east}, {north}")],
        )
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise InvalidInput(
            _("The size of a cell must be a number of metres above 0."),
            faults=[Fault("cell_m", _("must be above 0"), str(cell_m))],
        )


def regular_grid(
    division: str,
    extent: Extent,
    cell_m: float,
    *,
    community_side: int = COMMUNITY_SIDE,
    street_side: int = STREET_SIDE,
) -> RegularGrid:
    """Cut ``extent`` into cells, group them into communities and streets, and give each its code.

    Args:
        division: 6 digits that every code begins with.
        extent: Degrees.
        cell_m: The longest side of a cell, in metres.
        community_side: Cells along a side of a community; 31 at most, since three digits number a community's grids.
        street_side: Communities along a side of a street; 31 at most.

    Raises:
        InvalidInput: See ``edges``; or three digits do not suffice for the streets.
    """
    assert 0 < community_side <= 31
    assert 0 < street_side <= 31
    lon, lat = edges(extent, cell_m)
    columns, rows = len(lon) - 1, len(lat) - 1
    across, down = -(-columns // community_side), -(-rows // community_side)
    if (streets := -(-across // street_side) * -(-down // street_side)) > LAST_NUMBER:
        raise InvalidInput(
            _("%(count)d streets are too many; three digits number them. Make the cells larger or the extent smaller.")
            % {"count": streets},
            faults=[Fault("cell_m", _("is too small for this extent"), str(cell_m))],
        )
    # each step cuts the one above it: streets of communities, communities of cells
    street_of, in_street = _numbers(across, down, street_side)
    community_of, in_community = _numbers(columns, rows, community_side)
    street_codes = _joined(division, np.arange(1, int(street_of.max()) + 2))
    community_codes = _joined(street_codes[street_of], in_street)
    side = community_side * street_side
    return RegularGrid(
        extent,
        Areas(street_codes, _boxes(_thinned(lon, side), _thinned(lat, side))),
        Areas(community_codes, _boxes(_thinned(lon, community_side), _thinned(lat, community_side))),
        Areas(_joined(community_codes[community_of], in_community), _boxes(lon, lat)),
    )


def clipped(grid: RegularGrid, border: Any, *, sliver: float = 0.001) -> RegularGrid:
    """Return ``grid`` cut at ``border`` (a polygon or multipolygon): areas keep their codes, those outside are gone.

    Pieces smaller than ``sliver`` of a whole cell are rounding and left out, together with whatever holds nothing else.
    """
    shapely.prepare(border)
    least = sliver * float(shapely.area(grid.cells.shapes).max())
    cells = _cut(grid.cells, border, least)
    lived_in = np.unique(cells.codes.astype("U12"))
    communities = _cut(grid.communities, border, 0)
    communities = _kept(communities, np.isin(communities.codes, lived_in))
    streets = _cut(grid.streets, border, 0)
    streets = _kept(streets, np.isin(streets.codes, np.unique(lived_in.astype("U9"))))
    return RegularGrid(grid.extent, streets, communities, cells)


def _cut(areas: Areas, border: Any, least: float) -> Areas:
    areas = _kept(areas, shapely.intersects(border, areas.shapes))
    pieces = areas.shapes.copy()
    crossing = np.flatnonzero(~shapely.contains_properly(border, pieces))
    pieces[crossing] = column([polygonal(one) for one in shapely.intersection(pieces[crossing], border)])
    whole = Areas(areas.codes, pieces)
    return _kept(whole, shapely.area(pieces) > least)


def _kept(areas: Areas, which: NDArray[np.bool_]) -> Areas:
    return Areas(areas.codes[which], areas.shapes[which])


def _numbers(columns: int, rows: int, side: int) -> tuple[Ints, Ints]:
    """Return for each cell, in reading order, its block's index and its number inside the block, from 1."""
    row, column = np.divmod(np.arange(columns * rows, dtype=np.int64), columns)
    block = (row // side) * -(-columns // side) + column // side
    block_width = np.minimum(side, columns - column // side * side)  # the last block of a row may be narrower
    return block, (row % side) * block_width + column % side + 1


def _joined(prefix: Texts | str, numbers: Ints) -> Texts:
    return np.char.add(prefix, np.char.zfill(numbers.astype(str), 3))


def _thinned(lines: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return every ``side``-th line and the last one."""
    return np.append(lines[:-1:side], lines[-1])


def _boxes(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Shapes:
    """Return the boxes between meridians (west to east) and parallels (north to south), in reading order."""
    west, north = np.meshgrid(lon[:-1], lat[:-1])
    east, south = np.meshgrid(lon[1:], lat[1:])
    boxes: Shapes = shapely.box(west.ravel(), south.ravel(), east.ravel(), north.ravel())
    return boxes


def cells_inside(communities: Areas, cell_m: float, *, sliver: float = 0.001) -> Areas:
    """Cut known communities into cells: regular ones clipped at each border, numbered in reading order.

    Args:
        communities: Codes of 12 digits with their polygons.
        cell_m: The longest side of a cell, in metres.
        sliver: Pieces smaller than this part of a whole cell are rounding, and left out.

    Raises:
        InvalidInput: A community would be cut into more than 999 cells.
    """
    lon, lat = edges(Extent(*(float(side) for side in shapely.total_bounds(communities.shapes))), cell_m)
    boxes = _boxes(lon, lat)
    tree = shapely.STRtree(communities.shapes)
    box, community = tree.query(boxes, predicate="intersects")
    order = np.lexsort((box, community))
    box, community = box[order], community[order]
    pieces = shapely.intersection(boxes[box], communities.shapes[community])
    kept = shapely.area(pieces) > sliver * shapely.area(boxes[0])
    pieces, community = pieces[kept], community[kept]
    starts = np.searchsorted(community, np.arange(len(communities)))
    number = np.arange(len(community)) - starts[community] + 1
    if len(number) and (most := int(number.max())) > LAST_NUMBER:
        code = str(communities.codes[community[number.argmax()]])
        raise InvalidInput(
            _("Community %(code)s would have %(count)d grids; three digits number 999. Make the cells larger.")
            % {"code": code, "count": most},
            faults=[Fault("cell_m", _("is too small for this extent"), str(cell_m))],
        )
    return Areas(_joined(communities.codes[community], number), pieces)
