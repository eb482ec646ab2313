"""What stands between the roads: which use a block has, and the lanes and walls that part it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

import numpy as np
import shapely

from cityloop.demo.rules.chance import pick
from cityloop.demo.rules.ground.faces import Shapes, cut_apart
from cityloop.demo.rules.ground.plan import LANE, WALL, Plan, bank_road, cut_up
from cityloop.geography.rules.shapes import column


class Use(StrEnum):
    """What a block is for."""

    OLD = "old"  # the old quarter: small houses along winding lanes
    ESTATE = "estate"  # rows of six floors, built together
    TOWER = "tower"  # high houses, built together
    CROWDED = "crowded"  # a village that the town has grown around 城中村
    COMMERCE = "commerce"
    OFFICE = "office"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    MARKET = "market"
    STATION = "station"
    INDUSTRY = "industry"
    PARK = "park"
    SQUARE = "square"
    BANK = "bank"  # between the river and the road along it
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Grain:
    """How finely a use parts its ground: m² of a piece, and how many of the cuts are lanes; the others are walls."""

    target: float
    lanes: float
    slant: float = 0.03


GRAINS: Mapping[Use, Grain] = {
    Use.OLD: Grain(10_500, 0.95, 0.14),
    Use.ESTATE: Grain(31_000, 0.6),
    Use.TOWER: Grain(34_000, 0.5),
    Use.CROWDED: Grain(15_500, 0.95, 0.1),
    Use.COMMERCE: Grain(22_000, 0.8),
    Use.OFFICE: Grain(30_000, 0.5),
    Use.SCHOOL: Grain(42_000, 0.4),
    Use.HOSPITAL: Grain(42_000, 0.4),
    Use.MARKET: Grain(20_000, 0.9),
    Use.STATION: Grain(40_000, 0.5),
    Use.INDUSTRY: Grain(48_000, 0.45),
    Use.PARK: Grain(110_000, 0.0),
    Use.SQUARE: Grain(45_000, 0.0),
    Use.BANK: Grain(42_000, 0.0),
    Use.COUNTRY: Grain(210_000, 0.45, 0.2),
}

WEIGHTS: Mapping[Use, float] = {
    Use.ESTATE: 58, Use.TOWER: 17, Use.COMMERCE: 5, Use.SCHOOL: 5.5, Use.PARK: 4.5, Use.CROWDED: 4, Use.MARKET: 2,
    Use.HOSPITAL: 1.2, Use.OFFICE: 2.5,
}  # fmt: skip
"""Of blocks of the town that lie in none of its quarters."""

KEPT = frozenset({Use.BANK, Use.COUNTRY, Use.OLD, Use.PARK})
"""What a block stays, whatever else a city must have."""

LEAST_PIECE = 0.35
"""No piece of a block is smaller than this part of what its use aims at."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of the flat plan, with their uses."""

    shapes: Shapes
    uses: list[Use]


def part(plan: Plan, source: Random) -> Blocks:
    """Return the blocks between the roads drawn so far, and draw their lanes and walls into ``plan``."""
    faces = cut_apart(column([line for _kind, _key, line in plan.lines]))
    order = np.lexsort(shapely.get_coordinates(shapely.point_on_surface(faces.shapes)).T)
    shapes = faces.shapes[order]
    uses = _uses(plan, shapes, source)
    for number, (shape, use) in enumerate(zip(shapes, uses, strict=True)):
        plan.lines += _cuts(number, shape, use, source)
    return Blocks(shapes, uses)


def _cuts(number: int, shape: Any, use: Use, source: Random) -> Iterator[tuple[int, str, Any]]:
    grain = GRAINS[use]
    own = Random(f"{source.random()}")  # noqa: S311 (nothing here is secret)
    _pieces, cuts = cut_up(shape, grain.target, own, least=LEAST_PIECE * grain.target, slant=grain.slant)
    for place, cut in enumerate(cuts):
        if own.random() < grain.lanes:
            yield LANE, f"lane/{number}/{place}", cut
        else:
            yield WALL, "", cut


def _uses(plan: Plan, shapes: Shapes, source: Random) -> list[Use]:
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    uses = [_use(plan, shape, u, v, source) for shape, (u, v) in zip(shapes, middles.tolist(), strict=True)]
    given: set[int] = set()
    for use, (east, north) in {
        Use.STATION: (-0.55, -0.1), Use.SQUARE: (0.1, -0.16), Use.OFFICE: (0.1, -0.3), Use.HOSPITAL: (-0.3, 0.4),
        Use.MARKET: (-0.2, 0.3),
    }.items():  # fmt: skip
        # Whatever else is drawn, a city has these.
        spot = np.array([east * plan.extent.town_width, north * plan.extent.town_height])
        free = [place for place, one in enumerate(uses) if one not in KEPT and place not in given]
        nearest = free[int(np.argmin(np.hypot(*(middles[free] - spot).T)))]
        uses[nearest] = use
        given.add(nearest)
    return uses


def _use(plan: Plan, shape: Any, u: float, v: float, source: Random) -> Use:
    extent = plan.extent
    east, north = u / extent.town_width, v / extent.town_height
    if abs(v) < bank_road(extent, u):
        return Use.BANK
    if shapely.intersects(shape, plan.park):
        return Use.PARK
    if not shapely.contains_xy(plan.town, u, v):
        return Use.COUNTRY
    if shapely.contains_xy(plan.old, u, v):
        return pick(source, {Use.OLD: 8, Use.COMMERCE: 1, Use.SCHOOL: 0.6, Use.PARK: 0.5})
    if np.hypot(east + 0.72, north + 0.5) < 0.34 or np.hypot(east - 0.66, north - 0.6) < 0.27:
        return pick(source, {Use.INDUSTRY: 12, Use.ESTATE: 1.5, Use.OFFICE: 0.5})
    if np.hypot(east - 0.1, 1.2 * (north + 0.28)) < 0.2:
        return pick(source, {Use.COMMERCE: 5, Use.TOWER: 3, Use.OFFICE: 1.5, Use.PARK: 0.7})
    weights = dict(WEIGHTS)
    far = float(np.hypot(east, north))
    weights[Use.COMMERCE] *= max(0.3, 2.2 - 2.4 * far)
    weights[Use.TOWER] *= 0.5 + 1.4 * far
    weights[Use.CROWDED] *= 0.2 + 2.2 * max(0.0, far - 0.3)
    return pick(source, weights)
