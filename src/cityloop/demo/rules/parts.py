"""Parts 部件: manhole covers, lamps, trees … where such things stand, each with its code, its keeper and its state.

Source:
    Their mix and how densely they stand: the project's page of scale (5.1, 5.4).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cityloop.assets.rules import NewPart
from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import Ground, RoadClass, Use, on_earth
from cityloop.demo.rules.ground.faces import Floats, Ints, Shapes
from cityloop.demo.rules.ground.layout import Layout
from cityloop.demo.rules.words import CITY_CODE
from cityloop.geography.rules.shapes import column

MAIN, SIDE, LANE, PATH = RoadClass.MAIN, RoadClass.SIDE, RoadClass.LANE, RoadClass.PATH

HALF_M: Mapping[RoadClass, float] = {MAIN: 18.0, SIDE: 10.0, LANE: 3.5, PATH: 1.5}
"""From the middle of a road to its kerb."""

BOTH, LEFT, TURNS = "both", "left", "turns"
"""Things stand on both sides of a road, on its left side, or now on one and now on the other."""


@dataclass(frozen=True, slots=True)
class Along:
    """Things that stand along roads.

    Args:
        code: Class of the 2026 scheme.
        every: Metres from one to the next, by the class of road; where a class is not named there are none.
        out: How far from the middle, as a part of the way to the kerb: 0 in the middle, 1 at the kerb.
        sides: ``BOTH``, ``LEFT`` or ``TURNS``.
        country: The part of them that stands along roads of the country too.
    """

    code: str
    every: Mapping[RoadClass, float]
    out: float
    sides: str = TURNS
    country: float = 0.12


ALONG = (
    # covers, in the carriageway
    Along("01003", {MAIN: 84, SIDE: 84, LANE: 118}, 0.42, LEFT),
    Along("01002", {MAIN: 100, SIDE: 92, LANE: 100}, -0.3, LEFT),
    Along("01004", {MAIN: 110, SIDE: 115, LANE: 210}, 0.93, BOTH, 0.02),
    Along("01001", {MAIN: 130, SIDE: 116, LANE: 150}, 0.66, LEFT),
    Along("01005", {MAIN: 150, SIDE: 150}, 1.18, LEFT, 0.05),
    Along("01007", {MAIN: 140, SIDE: 140, LANE: 200}, -1.15, LEFT, 0.08),
    Along("01011", {MAIN: 210, SIDE: 195, LANE: 255}, -0.72, LEFT, 0.0),
    Along("01006", {MAIN: 210, SIDE: 230}, 1.1, LEFT, 0.0),
    Along("01015", {MAIN: 340}, -1.1, LEFT, 0.0),
    # at the kerb
    Along("01037", {MAIN: 38, SIDE: 40, LANE: 44}, 1.06, TURNS, 0.25),
    Along("04002", {MAIN: 42, SIDE: 52}, 1.22, BOTH, 0.2),
    Along("01013", {MAIN: 118, SIDE: 118}, 1.12, TURNS, 0.05),
    Along("03005", {MAIN: 105, SIDE: 120, LANE: 210}, 1.2, TURNS, 0.03),
    Along("01030", {LANE: 78, SIDE: 240}, 1.1, LEFT, 0.9),
    Along("01031", {LANE: 130, SIDE: 300}, -1.1, LEFT, 0.5),
    Along("01027", {MAIN: 420, SIDE: 380}, 1.45, TURNS, 0.05),
    Along("01050", {MAIN: 190, SIDE: 260}, 1.08, TURNS, 0.1),
    Along("02010", {MAIN: 130, SIDE: 190, LANE: 300}, 1.08, TURNS, 0.2),
    Along("02004", {MAIN: 520, SIDE: 800}, 1.16, BOTH, 0.3),
    Along("03006", {MAIN: 380}, 1.5, TURNS, 0.05),
    Along("04007", {PATH: 42}, 1.6, TURNS),
    Along("01039", {PATH: 46}, 1.4, TURNS),
    Along("04009", {PATH: 140}, 1.8, TURNS),
)

AT_CORNERS: Mapping[str, tuple[int, int, int]] = {
    # where two arterials meet, an arterial and a street, two streets
    "02014": (4, 2, 0),
    "02012": (4, 2, 2),
    "02010": (4, 2, 1),
    "02021": (8, 4, 0),
    "02015": (1, 1, 0),
    "02034": (4, 2, 0),
}
"""Things at crossings: how many at each."""

ON_GROUND: Mapping[str, Mapping[Use, float]] = {
    "04003": {Use.PARK: 17, Use.BANK: 6, Use.SQUARE: 8, Use.ESTATE: 0.4, Use.TOWER: 0.5},
    "04007": {Use.BANK: 3, Use.SQUARE: 7},
    "01046": {Use.PARK: 1.2, Use.ESTATE: 0.3, Use.TOWER: 0.2, Use.SQUARE: 1},
    "03004": {Use.ESTATE: 0.22, Use.TOWER: 0.2, Use.OLD: 0.5, Use.CROWDED: 0.5, Use.MARKET: 1},
    "01048": {Use.ESTATE: 0.3, Use.TOWER: 0.4, Use.COMMERCE: 0.5, Use.INDUSTRY: 0.3, Use.OLD: 0.3},
    "01075": {Use.ESTATE: 0.3, Use.TOWER: 0.35, Use.CROWDED: 0.2},
    "03008": {Use.ESTATE: 0.12, Use.OLD: 0.3, Use.CROWDED: 0.3, Use.OFFICE: 0.2},
    "03001": {Use.PARK: 0.2, Use.MARKET: 0.5, Use.STATION: 0.6, Use.OLD: 0.25, Use.BANK: 0.1, Use.COMMERCE: 0.1},
    "04006": {Use.PARK: 0.25, Use.SQUARE: 0.8},
    "02030": {Use.BANK: 0.6},
    "02025": {Use.COMMERCE: 0.8, Use.SCHOOL: 0.4, Use.STATION: 1.4, Use.HOSPITAL: 0.7, Use.MARKET: 0.8},
    "02001": {Use.COMMERCE: 0.25, Use.STATION: 0.5, Use.HOSPITAL: 0.3},
}
"""Things that stand off the roads: how many on a hectare of a use."""

FOOTPRINT_M: Mapping[str, tuple[float, float]] = {"02025": (12.0, 2.0), "02001": (34.0, 18.0)}
"""Classes that cover ground: how long and wide."""

STATES: Mapping[str, float] = {"intact": 0.963, "damaged": 0.024, "abandoned": 0.009, "lost": 0.004}

OWNED_BY: Mapping[str, str] = {"01003": "SZ", "01004": "SZ", "04002": "YL", "02004": "JT"}
"""Where another department owns than keeps."""


@dataclass(frozen=True, slots=True)
class _Lot:
    """Things of one class: their shapes in metres."""

    code: str
    shapes: Shapes


def parts(seed: int, ground: Ground, keeper: Callable[[str, int], str]) -> list[NewPart]:
    """Return all parts of a city, ordered by code.

    Args:
        seed: Draws where they stand, by a metre or so, and in what state they are.
        ground: Of the city.
        keeper: Return the code of the department that keeps a class in the street with a number from 0.
    """
    layout = ground.layout
    lots = [
        *_along(seed, layout),
        *_at_corners(seed, layout),
        *_on_ground(seed, layout),
        *_bridges(layout),
        *_rails(layout),
    ]
    by_class: dict[str, list[Shapes]] = defaultdict(list)
    for lot in lots:
        by_class[lot.code].append(lot.shapes)
    found: list[NewPart] = []
    tree = shapely.STRtree(layout.faces.shapes)
    for code in sorted(by_class):
        shapes = np.concatenate(by_class[code])
        face = _faces_of(tree, shapes)
        shapes, face = shapes[face >= 0], face[face >= 0]
        found += _coded(seed, code, shapes, layout.division.community[face], keeper)
    return found


def _coded(
    seed: int, code: str, shapes: Shapes, community: Ints, keeper: Callable[[str, int], str]
) -> Iterator[NewPart]:
    draw = np.random.default_rng(chance(seed, "parts", code).getrandbits(64))
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    order = np.lexsort((middles[:, 0], -np.round(middles[:, 1] / 200.0)))
    states = draw.choice(list(STATES), size=len(order), p=list(STATES.values()))
    earth = on_earth(shapes[order])
    keepers = [keeper(code, street) for street in range(4)]
    for number, (shape, state, one) in enumerate(
        zip(earth, states.tolist(), community[order].tolist(), strict=True), start=1
    ):
        kept = keepers[one // 6]
        yield NewPart(f"{CITY_CODE}{code}{number:06d}", shape, owner=OWNED_BY.get(code, kept), keeper=kept, state=state)


def _faces_of(tree: shapely.STRtree, shapes: Shapes) -> Ints:
    """Return ``(n,)`` the face that each thing stands on; -1 beyond the city."""
    thing, face = tree.query(shapely.point_on_surface(shapes), predicate="intersects")
    found = np.full(len(shapes), -1, dtype=np.int64)
    found[thing[::-1]] = face[::-1]
    return found


# --- along roads


def _along(seed: int, layout: Layout) -> Iterator[_Lot]:
    water = _wet(layout)
    country = shapely.union_all(
        [layout.faces.shapes[place] for place, use in enumerate(layout.uses) if use is Use.COUNTRY]
    )
    shapely.prepare(country)
    for row, things in enumerate(ALONG):
        draw = np.random.default_rng(chance(seed, "along", row).getrandbits(64))
        places = [_spread(layout, kind, every, things, draw) for kind, every in things.every.items()]
        made = np.concatenate(places)
        outside = shapely.contains_xy(country, made[:, 0], made[:, 1])
        kept = ~outside | (draw.random(len(made)) < things.country)
        kept &= ~shapely.contains_xy(water, made[:, 0], made[:, 1])
        yield _Lot(things.code, shapely.points(np.round(made[kept], 2)))


def _wet(layout: Layout) -> Any:
    """Return water without its bridges' lamps: what stands over the river is few and drawn with the bridge."""
    water = shapely.union_all([one.shape for one in layout.patches if one.kind in {"river", "lake", "creek", "sea"}])
    shapely.prepare(water)
    return water


def _spread(layout: Layout, kind: RoadClass, every: float, things: Along, draw: np.random.Generator) -> Floats:
    """Return ``(n, 2)`` places along all roads of a class."""
    lines = shapely.get_parts([road.line for road in layout.roads if road.kind is kind])
    if not len(lines):
        return np.empty((0, 2))
    long = shapely.length(lines)
    count = np.floor(long / every).astype(np.int64)
    count += (count == 0) & (draw.random(len(long)) < long / every)
    line = np.repeat(np.arange(len(lines)), count)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    step = long[line] / count[line]
    # The first one stands somewhere behind the corner: things of different classes do not stand in one place.
    along = (rank + 0.5 + draw.uniform(-0.12, 0.12, len(line))) * step
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], np.minimum(along + 1.0, long[line])))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], np.maximum(along - 1.0, 0.0)))
    run = ahead - behind
    across = np.column_stack((-run[:, 1], run[:, 0])) / np.maximum(np.hypot(*run.T), 1e-6)[:, None]
    out = things.out * HALF_M[kind] + draw.uniform(-0.25, 0.25, len(line))
    if things.sides == TURNS:
        out = np.where(rank % 2, out, -out)
    places = here + out[:, None] * across
    return np.concatenate((places, here - out[:, None] * across)) if things.sides == BOTH else places


# --- at crossings


def _at_corners(seed: int, layout: Layout) -> Iterator[_Lot]:
    corners = _corners(layout)
    for code, counts in AT_CORNERS.items():
        draw = np.random.default_rng(chance(seed, "corners", code).getrandbits(64))
        places = []
        for (x, y), rank in corners:
            turn = draw.random() * math.tau
            for number in range(counts[rank]):
                angle = turn + math.tau * number / max(counts[rank], 1)
                far = (25.0, 21.0, 13.0)[rank] + draw.uniform(-1.5, 1.5)
                places.append((x + far * math.cos(angle), y + far * math.sin(angle)))
        yield _Lot(code, shapely.points(np.round(np.array(places).reshape(-1, 2), 2)))


def _corners(layout: Layout) -> list[tuple[tuple[float, float], int]]:
    """Return where roads of the two upper classes meet: 0 for two arterials, 1 for an arterial, 2 for streets alone."""
    meeting: dict[tuple[float, float], dict[int, RoadClass]] = defaultdict(dict)
    country = {place for place, use in enumerate(layout.uses) if use is Use.COUNTRY}
    faces = layout.faces
    for edge in np.flatnonzero(layout.road_of >= 0).tolist():
        road = layout.roads[int(layout.road_of[edge])]
        if road.kind is LANE or {int(faces.left[edge]), int(faces.right[edge])} <= country | {-1}:
            continue
        points = shapely.get_coordinates(faces.edges[edge])
        for x, y in (points[0].tolist(), points[-1].tolist()):
            meeting[x, y][int(layout.road_of[edge])] = road.kind
    found = []
    for at, roads in sorted(meeting.items()):
        if len(roads) > 1:
            found.append((at, 2 - min(2, sum(kind is MAIN for kind in roads.values()))))
    return found


# --- off the roads


def _on_ground(seed: int, layout: Layout) -> Iterator[_Lot]:
    use = np.array([str(one) for one in layout.uses])
    area = shapely.area(layout.lots)
    houses = shapely.STRtree(layout.buildings.shapes)
    for code, density in ON_GROUND.items():
        draw = np.random.default_rng(chance(seed, "ground", code).getrandbits(64))
        wanted = np.array([density.get(one, 0.0) for one in layout.uses]) * area / 10_000
        count = draw.poisson(wanted)
        lot = np.repeat(np.arange(len(use)), count)
        if not len(lot):
            continue
        places = _inside(layout.lots, lot, draw)
        indoors, _house = houses.query(shapely.points(places), predicate="dwithin", distance=1.0)
        free = np.setdiff1d(np.arange(len(places)), indoors)
        shapes = shapely.points(np.round(places[free], 2))
        if code in FOOTPRINT_M:
            shapes = column([_footprint(x, y, code, draw) for x, y in places[free].tolist()])
        yield _Lot(code, shapes)


def _inside(lots: Shapes, lot: Ints, draw: np.random.Generator) -> Floats:
    """Return ``(n, 2)`` places drawn from the lots with these numbers; what is not hit in some tries is left out."""
    bounds = shapely.bounds(lots)[lot]
    places = np.full((len(lot), 2), np.nan)
    open_ = np.arange(len(lot))
    for _try in range(12):
        drawn = draw.uniform(bounds[open_, :2], bounds[open_, 2:])
        hit = shapely.contains_xy(lots[lot[open_]], drawn[:, 0], drawn[:, 1])
        places[open_[hit]] = drawn[hit]
        open_ = open_[~hit]
        if not len(open_):
            break
    found: Floats = places[~np.isnan(places[:, 0])]
    return found


def _footprint(x: float, y: float, code: str, draw: np.random.Generator) -> Any:
    long, wide = FOOTPRINT_M[code]
    angle = float(draw.uniform(0, math.pi))
    east, north = math.cos(angle), math.sin(angle)
    corners = [(x + a * east * long / 2 - b * north * wide / 2, y + a * north * long / 2 + b * east * wide / 2)
               for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]  # fmt: skip
    return shapely.polygons(np.round(corners, 2))


# --- over and along the river


def _bridges(layout: Layout) -> Iterator[_Lot]:
    """Yield the bridges as what they cover."""
    river = next(one.shape for one in layout.patches if one.kind == "river")
    decks = []
    for road in layout.roads:
        over = shapely.intersection(road.line, river) if road.kind is MAIN else None
        decks += [
            shapely.buffer(one, HALF_M[MAIN], cap_style="flat")
            for one in (shapely.get_parts(over) if over is not None else ())
            if one.geom_type == "LineString" and one.length > 20
        ]
    if decks:
        yield _Lot("02009", shapely.transform(column(decks), lambda xy: np.round(xy, 2)))


def _rails(layout: Layout) -> Iterator[_Lot]:
    """Yield rails in pieces: between the lanes of arterials, and where the bank falls to the river."""
    river = next(one.shape for one in layout.patches if one.kind == "river")
    city = shapely.coverage_union_all(layout.faces.shapes)
    shore = shapely.intersection(shapely.boundary(river), shapely.buffer(city, -20))
    middle = [road.line for road in layout.roads if road.kind is MAIN]
    yield _Lot("01070", _pieces(shapely.get_parts(shapely.line_merge(shore)), 120.0, 0.5))
    yield _Lot("02017", _pieces(shapely.get_parts(middle), 80.0, 0.3))


def _pieces(lines: Shapes, long: float, share: float) -> Shapes:
    """Return pieces of lines, of every ``long`` metres the first ``share``."""
    found = []
    for line in lines:
        if line.geom_type != "LineString":
            continue
        for start in np.arange(long * 0.3, line.length - long, long).tolist():
            ends = shapely.line_interpolate_point(line, [start, start + share * long])
            found.append(shapely.linestrings(np.round(shapely.get_coordinates(ends), 2)))
    return column(found)
