"""Buildings: in rows along the roads, as dense and as high as the use of their ground has them; none leaves its lot."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.demo.rules.ground.blocks import Use
from cityloop.demo.rules.ground.faces import Faces, Floats, Ints, Shapes
from cityloop.demo.rules.ground.plan import BORDER, LANE, MAIN, RIVER, SIDE, WALL
from cityloop.geography.rules.shapes import column

HALF_ROAD_M: Mapping[int, float] = {BORDER: 4.0, RIVER: 0.0, MAIN: 21.0, SIDE: 12.0, LANE: 4.5, WALL: 1.5}
"""From a road's middle to where private ground begins."""

STOREY_M = 3.1


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows of houses stand, in metres.

    Args:
        deep, long: Of a house: at least and at most.
        apart: Between two rows.
        gap: Between two houses of a row: at least and at most.
        storeys: At least and at most.
        gone: How many of a hundred places stay empty.
        yards: How many of a hundred houses stand around a yard.
        setback: From the edge of the lot.
        brick: Every second row begins half a house later.
    """

    deep: tuple[float, float]
    long: tuple[float, float]
    apart: float
    gap: tuple[float, float]
    storeys: tuple[int, int]
    gone: int = 4
    yards: int = 0
    setback: float = 4.0
    brick: bool = False


ROWS: Mapping[Use, tuple[Rows, ...]] = {
    Use.OLD: (
        Rows((8, 11), (7, 15), 3.2, (0.8, 2.5), (1, 3), gone=9, yards=14, setback=1.2),
        Rows((9, 13), (9, 18), 5.5, (1.2, 4), (1, 3), gone=12, yards=24, setback=1.2),
    ),
    Use.CROWDED: (Rows((9, 12), (9, 13), 3.0, (1.2, 2.2), (3, 6), gone=7, setback=1.5),),
    Use.ESTATE: (
        Rows((12, 14), (40, 58), 17, (11, 16), (5, 7)),
        Rows((12, 14), (52, 72), 19, (12, 18), (6, 7)),
        Rows((13, 15), (30, 40), 24, (13, 20), (9, 12), brick=True),
    ),
    Use.TOWER: (
        Rows((18, 22), (26, 34), 34, (26, 36), (18, 33), brick=True),
        Rows((15, 18), (44, 58), 36, (20, 28), (18, 28)),
        Rows((20, 24), (22, 26), 30, (24, 32), (24, 33), brick=True),
    ),
    Use.COMMERCE: (
        Rows((28, 42), (38, 70), 13, (9, 14), (3, 8), gone=5, yards=30, setback=3),
        Rows((34, 48), (50, 90), 16, (12, 18), (5, 24), gone=6, yards=22, setback=5),
        Rows((18, 26), (30, 60), 10, (7, 12), (3, 12), gone=5, yards=20, setback=3),
    ),
    Use.OFFICE: (Rows((20, 30), (50, 80), 34, (24, 36), (4, 14), gone=12, yards=45, setback=12),),
    Use.SCHOOL: (Rows((13, 17), (44, 70), 28, (16, 24), (3, 6), gone=34, yards=12, setback=8),),
    Use.HOSPITAL: (Rows((20, 26), (50, 84), 24, (18, 26), (4, 16), gone=15, yards=30, setback=8),),
    Use.MARKET: (
        Rows((22, 30), (46, 90), 11, (7, 10), (1, 3), gone=5, setback=4),
        Rows((10, 12), (30, 48), 8, (5, 8), (2, 4), gone=6, setback=2),
    ),
    Use.STATION: (Rows((34, 46), (90, 150), 48, (30, 40), (2, 4), gone=22, setback=16),),
    Use.INDUSTRY: (
        Rows((28, 42), (58, 110), 13, (12, 18), (1, 2), gone=10, setback=7),
        Rows((40, 62), (80, 150), 17, (15, 22), (1, 2), gone=12, setback=8),
        Rows((18, 26), (36, 64), 12, (9, 14), (1, 4), gone=14, setback=6),
    ),
}
"""Several ways of building for a use: one is drawn for each lot."""

SHOPS = Rows((10, 13), (26, 52), 6, (3, 8), (2, 4), setback=1.5)
FARMS = Rows((9, 12), (10, 14), 6, (2.5, 6), (2, 3), gone=16, setback=2)
WITH_SHOPS = frozenset({Use.ESTATE, Use.TOWER, Use.CROWDED})
LEAST_LOT_M2 = 350
LEAST_HOUSE_M2 = 60


@dataclass(frozen=True, slots=True)
class Buildings:
    """``(n,)`` each: the outline on the ground, what its lot is for, storeys, the face that it stands in."""

    shapes: Shapes
    uses: list[Use]
    storeys: Ints
    face: Ints

    def __len__(self) -> int:
        return len(self.shapes)


def lots(faces: Faces, kinds: Ints, water: Any) -> Shapes:
    """Return ``(faces,)`` what of each face is neither road nor water; empty where nothing is left."""
    half = np.array([HALF_ROAD_M[kind] for kind in kinds.tolist()])
    taken = shapely.buffer(faces.edges, half, quad_segs=2)
    around: list[list[int]] = [[] for _face in faces.shapes]
    for edge, (left, right) in enumerate(zip(faces.left.tolist(), faces.right.tolist(), strict=True)):
        for face in {left, right} - {-1}:
            around[face].append(edge)
    roads = column([shapely.union_all(taken[edges]) for edges in around])
    left_over: Shapes = shapely.difference(faces.shapes, roads)
    shapely.prepare(water)
    wet = np.flatnonzero(shapely.intersects(water, left_over))
    left_over[wet] = shapely.difference(left_over[wet], shapely.buffer(water, 7.0))
    return left_over


def build(lot: Shapes, uses: Sequence[Use], busy: NDArray[np.bool_], source: Random) -> Buildings:
    """Build on ``(faces,)`` lots.

    Args:
        lot: What is neither road nor water.
        uses: What each is for.
        busy: Which lie along a road where shops pay.
        source: Draws what is built.
    """
    found: list[tuple[Shapes, Use, Ints, int]] = []
    for face, (ground, use) in enumerate(zip(lot, uses, strict=True)):
        draw = np.random.default_rng(source.getrandbits(64))
        for piece in shapely.get_parts(ground):
            if piece.geom_type == "Polygon" and piece.area > LEAST_LOT_M2:
                found += [(*made, face) for made in _built(piece, use, bool(busy[face]), draw)]
    shapes = np.concatenate([shapes for shapes, *_rest in found])
    return Buildings(
        shapes,
        [use for made, use, _storeys, _face in found for _one in made],
        np.concatenate([storeys for _shapes, _use, storeys, _face in found]),
        np.repeat([face for *_rest, face in found], [len(made) for made, *_rest in found]),
    )


def _built(lot: Any, use: Use, is_busy: bool, draw: np.random.Generator) -> list[tuple[Shapes, Use, Ints]]:
    if use is Use.COUNTRY:
        return _farms(lot, draw)
    if use not in ROWS:
        return []
    ways = ROWS[use]
    way = ways[int(draw.integers(len(ways)))]
    made = []
    if is_busy and use in WITH_SHOPS and draw.random() < 0.72:
        around = _shops(lot, draw)
        if around is not None:
            shops, lot = around
            made.append((shops, Use.COMMERCE, _heights(SHOPS, len(shops), draw)))
    houses = rows(lot, way, draw)
    made.append((houses, use, _heights(way, len(houses), draw)))
    return [one for one in made if len(one[0])]


def _heights(way: Rows, count: int, draw: np.random.Generator) -> Ints:
    return draw.integers(way.storeys[0], way.storeys[1] + 1, count)


def _farms(lot: Any, draw: np.random.Generator) -> list[tuple[Shapes, Use, Ints]]:
    """Return a village on a part of the lot, by its edge; most fields have none."""
    if draw.random() > 0.42:
        return []
    at = shapely.line_interpolate_point(lot.exterior, draw.random(), normalized=True)
    ground = shapely.intersection(lot, shapely.buffer(at, draw.uniform(55, 150), quad_segs=4))
    houses = [rows(part, FARMS, draw) for part in shapely.get_parts(ground) if part.area > LEAST_LOT_M2]
    return [(made, Use.COUNTRY, _heights(FARMS, len(made), draw)) for made in houses if len(made)]


def _shops(lot: Any, draw: np.random.Generator) -> tuple[Shapes, Any] | None:
    """Return shops along the front and the back of a lot, and what of the lot is left behind them."""
    angle = facing(lot)
    turned = _turned(lot, -angle)
    west, south, east, north = turned.bounds
    deep = float(draw.uniform(*SHOPS.deep)) + 2 * SHOPS.setback
    if north - south < 4 * deep:
        return None
    bands = [(south, south + deep), (north - deep, north)]
    chosen = [bands[0], bands[1]] if draw.random() < 0.35 else [bands[int(draw.integers(2))]]
    shops, rest = [], turned
    for low, high in chosen:
        band = shapely.clip_by_rect(turned, west, low, east, high)
        shops += [
            _in_rows(part, SHOPS, draw)
            for part in shapely.get_parts(band)
            if part.geom_type == "Polygon" and part.area > 2 * LEAST_HOUSE_M2
        ]
        rest = shapely.difference(rest, shapely.box(west - 1, low - 4, east + 1, high + 4))
    made = np.concatenate(shops) if shops else column([])
    parts = [one for one in shapely.get_parts(rest) if one.geom_type == "Polygon"]
    if not len(made) or not parts:
        return None
    return _turned(made, angle), _turned(max(parts, key=shapely.area), angle)


def rows(lot: Any, way: Rows, draw: np.random.Generator) -> Shapes:
    """Return houses in rows on ``lot``, along the roads beside it; each lies wholly inside."""
    inner = shapely.buffer(lot, -way.setback, join_style="mitre")
    made = [
        _best_rows(part, way, draw)
        for part in shapely.get_parts(inner)
        if part.geom_type == "Polygon" and part.area > LEAST_HOUSE_M2
    ]
    return np.concatenate(made) if made else column([])


def _best_rows(lot: Any, way: Rows, draw: np.random.Generator) -> Shapes:
    """Return rows along the roads, or square to the lot: whichever leave less of it empty."""
    seed = int(draw.integers(2**62))
    angles = {round(facing(lot), 6), round(square_to(lot), 6)}
    tries = [
        _turned(_in_rows(_turned(lot, -angle), way, np.random.default_rng(seed)), angle) for angle in sorted(angles)
    ]
    return max(tries, key=lambda houses: float(shapely.area(houses).sum()))


def facing(lot: Any) -> float:
    """Return the angle that those sides of a lot have to the east, in the mean, that lie within an eighth of a turn of it.

    Houses of the country face south: their rows run along the roads that lead east and west.
    """
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.simplify(lot, 3.0)))
    run = np.diff(corners, axis=0)
    long = np.hypot(*run.T)
    angle = (np.arctan2(run[:, 1], run[:, 0]) + math.pi / 2) % math.pi - math.pi / 2
    level = np.abs(angle) <= math.pi / 4
    if not level.any():
        return square_to(lot)
    return float(np.average(angle[level], weights=long[level]))


def square_to(lot: Any) -> float:
    """Return the angle to the east of the smallest box around a lot, within an eighth of a turn."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(lot))
    run = corners[1] - corners[0]
    angle = math.atan2(float(run[1]), float(run[0]))
    return (angle + math.pi / 4) % (math.pi / 2) - math.pi / 4


def _turned(shapes: Any, angle: float) -> Any:
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return shapely.transform(shapes, lambda points: points @ turn)


def _in_rows(lot: Any, way: Rows, draw: np.random.Generator) -> Shapes:
    """Return houses as boxes in rows from west to east."""
    _west, south, _east, north = lot.bounds
    deep = float(draw.uniform(*way.deep))
    count = int((north - south + way.apart) / (deep + way.apart))
    if count < 1:
        return column([])
    step = (north - south - deep) / (count - 1) if count > 1 else 0.0
    step = min(step, 1.35 * (deep + way.apart))
    low = south + step * np.arange(count) + (north - south - deep - step * (count - 1)) / 2
    ends = _ends(lot, low, low + deep)
    boxes = [
        _row(*end, bottom, deep, way, draw, number)
        for number, (end, bottom) in enumerate(zip(ends, low.tolist(), strict=True))
    ]
    made = np.concatenate(boxes) if boxes else column([])
    if not len(made):
        return made
    made = made[draw.integers(100, size=len(made)) >= way.gone]
    shapely.prepare(lot)
    made = made[shapely.covers(lot, made)]
    yards = draw.integers(100, size=len(made)) < way.yards
    made[yards] = _with_yards(made[yards], draw)
    return column(made.tolist())


def _ends(lot: Any, low: Floats, high: Floats) -> list[tuple[float, float]]:
    """Return how far from west to east a row can reach, so that its front and its back lie on the lot."""
    west, _south, east, _north = lot.bounds
    reach = []
    for edge in (low + 0.05, high - 0.05):
        lines = shapely.linestrings([[(west - 1, at), (east + 1, at)] for at in edge.tolist()])
        reach.append(shapely.bounds(shapely.intersection(lot, lines)))
    first, last = np.fmax(reach[0][:, 0], reach[1][:, 0]), np.fmin(reach[0][:, 2], reach[1][:, 2])
    return list(zip((first + 0.1).tolist(), (last - 0.1).tolist(), strict=True))


def _row(
    west: float, east: float, low: float, deep: float, way: Rows, draw: np.random.Generator, number: int
) -> Shapes:
    gap, long = float(draw.uniform(*way.gap)), float(draw.uniform(*way.long))
    if way.brick and number % 2:
        west += (long + gap) / 2
    space = east - west
    if not space >= way.long[0] * 0.8:  # also where the lot is too narrow for the row: not a number
        return column([])
    count = max(1, int((space + gap) / (long + gap)))
    cuts = np.linspace(west, east + gap, count + 1)
    cuts[1:-1] += draw.uniform(-0.16, 0.16, max(0, count - 1)) * (long if count > 1 else 0)
    spread = draw.uniform(-0.06, 0.06, count) * deep
    row: Shapes = shapely.box(
        cuts[:-1], low + np.maximum(0, spread), cuts[1:] - gap, low + deep + np.minimum(0, spread)
    )
    return row


def _with_yards(boxes: Shapes, draw: np.random.Generator) -> Shapes:
    """Return boxes with a piece cut out: L, U, or a yard in the middle."""
    if not len(boxes):
        return boxes
    west, south, east, north = shapely.bounds(boxes).T
    wide, high = east - west, north - south
    left = np.choose(draw.integers(3, size=len(boxes)), [-0.1, 0.28, 0.45])
    low = np.choose(draw.integers(2, size=len(boxes)), [-0.1, 0.3])
    notch = shapely.box(
        west + left * wide,
        south + low * high,
        west + (left + 0.48) * wide,
        south + (low + np.where(low > 0, 0.4, 0.6)) * high,
    )
    cut = shapely.difference(boxes, notch)
    return np.where(shapely.get_type_id(cut) == 3, cut, boxes)
