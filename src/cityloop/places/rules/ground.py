"""Roads, buildings and areas as values, and which of them cannot be written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cityloop.geography.rules.shapes import LINE, POLYGON, column, unmappable
from cityloop.kernel.errors import Fault
from cityloop.kernel.translation import _
from cityloop.places.choices import AreaKind, BuildingKind, RoadClass

SEVERAL_LINES, SEVERAL_POLYGONS = 5, 6
"""What shapely calls shapes of several parts."""

WIDEST_M, HIGHEST_M = 500.0, 1500.0


@dataclass(frozen=True, slots=True)
class NewRoad:
    """A road to write: ``shape`` is the centre line, a shapely line or multiline in degrees."""

    road_class: str
    shape: Any
    name: str = ""
    width_m: float | None = None
    is_bridge: bool = False


@dataclass(frozen=True, slots=True)
class NewBuilding:
    """A building to write: ``shape`` is its outline, a polygon or multipolygon in degrees."""

    shape: Any
    kind: str = BuildingKind.OTHER.value
    name: str = ""
    height_m: float | None = None


@dataclass(frozen=True, slots=True)
class NewArea:
    """Water, green, a block …: ``shape`` is a polygon or multipolygon in degrees."""

    kind: str
    shape: Any
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """All that is to be drawn of a city, or a piece of it."""

    roads: Sequence[NewRoad] = ()
    buildings: Sequence[NewBuilding] = ()
    areas: Sequence[NewArea] = ()

    def __len__(self) -> int:
        return len(self.roads) + len(self.buildings) + len(self.areas)


def faults_of(ground: Ground) -> list[Fault]:
    """Return what cannot be written: ``field`` is ``roads.12.shape``, rows counted from 0."""
    return [
        *_faults("roads", ground.roads, (LINE, SEVERAL_LINES)),
        *_faults("buildings", ground.buildings, (POLYGON, SEVERAL_POLYGONS)),
        *_faults("areas", ground.areas, (POLYGON, SEVERAL_POLYGONS)),
        *_unknown("roads", "road_class", [road.road_class for road in ground.roads], RoadClass.values),
        *_unknown("buildings", "kind", [one.kind for one in ground.buildings], BuildingKind.values),
        *_unknown("areas", "kind", [one.kind for one in ground.areas], AreaKind.values),
        *_beyond("roads", "width_m", [road.width_m for road in ground.roads], WIDEST_M),
        *_beyond("buildings", "height_m", [one.height_m for one in ground.buildings], HIGHEST_M),
    ]


def _faults(part: str, rows: Sequence[NewRoad | NewBuilding | NewArea], kinds: Sequence[int]) -> Iterator[Fault]:
    for row, why, value in unmappable(column([one.shape for one in rows]), kinds):
        yield Fault(f"{part}.{row}.shape", why, value)


def _unknown(part: str, name: str, values: Sequence[str], known: Sequence[str]) -> Iterator[Fault]:
    for row, value in enumerate(values):
        if value not in known:
            yield Fault(f"{part}.{row}.{name}", _("is not one of those there are"), value[:80])


def _beyond(part: str, name: str, values: Sequence[float | None], most: float) -> Iterator[Fault]:
    for row, value in enumerate(values):
        if value is not None and not 0 < value < most:
            yield Fault(
                f"{part}.{row}.{name}", _("must lie between 0 and %(most)d m") % {"most": int(most)}, str(value)
            )
