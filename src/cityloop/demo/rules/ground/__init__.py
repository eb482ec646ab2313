"""The ground of the city: roads between a river and a coast, blocks between the roads, houses in the blocks, and the
division that follows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cityloop.demo.rules.ground.blocks import Use
from cityloop.demo.rules.ground.buildings import Buildings
from cityloop.demo.rules.ground.extent import FULL, SMALL, Extent, on_earth
from cityloop.demo.rules.ground.layout import Layout, Patch, Road, RoadClass, survey
from cityloop.demo.rules.words import CITY, CITY_CODE, COMMUNITIES, STREETS

__all__ = [
    "CORE", "FULL", "NORMAL", "OUTER", "SMALL", "ZONES", "Area", "Buildings", "DutyGrid", "Extent", "Ground", "Layout", "Patch",
    "Road", "RoadClass", "Use", "lay_out", "on_earth",  "survey",
]  # fmt: skip

ZONES = CORE, NORMAL, OUTER = "core", "normal", "outer"
CORE_COMMUNITIES, OUTER_COMMUNITIES = 8, 6


@dataclass(frozen=True, slots=True)
class Area:
    """A region or unit grid to be; ``shape`` in degrees, ``zone`` the timing zone of a grid or community."""

    code: str
    name: str
    parent: str
    shape: Any
    zone: str = ""


@dataclass(frozen=True, slots=True)
class DutyGrid:
    """What one collector walks: codes of unit grids of one community."""

    code: str
    name: str
    grids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """All areas of the city, each list ordered by code; ``layout`` is the same in metres, with roads and houses."""

    district: Area
    streets: tuple[Area, ...]
    communities: tuple[Area, ...]
    grids: tuple[Area, ...]
    duty_grids: tuple[DutyGrid, ...]
    layout: Layout

    def name(self, code: str) -> str:
        """Return the name of a street or community."""
        return next(area.name for area in (*self.streets, *self.communities) if area.code == code)


def lay_out(seed: int, extent: Extent = FULL) -> Ground:
    """Return the ground of the city that ``seed`` stands for."""
    layout = survey(seed, extent)
    division = layout.division
    of = division.grid_community
    grids_on_earth = on_earth(division.grids)
    shapes = [shapely.coverage_union_all(grids_on_earth[of == one]) for one in range(len(COMMUNITIES))]
    zones = _zones([shapely.union_all(division.grids[of == one]) for one in range(len(COMMUNITIES))])
    in_a_street = len(COMMUNITIES) // len(STREETS)
    communities = tuple(
        Area(
            f"{_street(one // in_a_street)}{one % in_a_street + 1:03d}",
            f"{name}社区",
            _street(one // in_a_street),
            shape,
            zone,
        )
        for one, (name, shape, zone) in enumerate(zip(COMMUNITIES, shapes, zones, strict=True))
    )
    streets = tuple(
        Area(
            _street(number),
            name,
            CITY_CODE,
            shapely.coverage_union_all([one.shape for one in communities if one.parent == _street(number)]),
        )
        for number, name in enumerate(STREETS)
    )
    whole = shapely.coverage_union_all([street.shape for street in streets])
    grids, duty_grids = _grids(layout, communities, grids_on_earth)
    return Ground(Area(CITY_CODE, CITY, "", whole), streets, communities, grids, duty_grids, layout)


def _street(number: int) -> str:
    return f"{CITY_CODE}{number + 1:03d}"


def _grids(layout: Layout, communities: Sequence[Area], shapes: Any) -> tuple[tuple[Area, ...], tuple[DutyGrid, ...]]:
    division = layout.division
    grids, duty_grids = [], []
    for number, area in enumerate(communities):
        own = np.flatnonzero(division.grid_community == number).tolist()
        codes = [f"{area.code}{place:03d}" for place in range(1, len(own) + 1)]
        grids += [
            Area(code, f"{area.name}{place}号", area.code, shapes[one], area.zone)
            for place, (code, one) in enumerate(zip(codes, own, strict=True), start=1)
        ]
        for walk in range(int(division.duty[own].max()) + 1):
            walked = tuple(code for code, one in zip(codes, own, strict=True) if division.duty[one] == walk)
            duty_grids.append(DutyGrid(f"R{area.code}{walk + 1:02d}", f"{area.name}{walk + 1}号责任网格", walked))
    return tuple(grids), tuple(duty_grids)


def _zones(shapes: Sequence[Any]) -> list[str]:
    """Return the timing zone of each community: the nearest to the centre are its core, the farthest lie outside."""
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    nearest = np.argsort(np.hypot(*middles.T), kind="stable").tolist()
    zones = [NORMAL] * len(nearest)
    for place in nearest[:CORE_COMMUNITIES]:
        zones[place] = CORE
    for place in nearest[-OUTER_COMMUNITIES:]:
        zones[place] = OUTER
    return zones
