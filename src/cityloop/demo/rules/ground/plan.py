"""The lines that the city is drawn with, on the flat plan: its border, its river, its roads of three classes, walls."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import shapely
from shapely.ops import split

from cityloop.demo.rules.ground.extent import Extent, Points
from cityloop.geography.rules.shapes import column

BORDER, RIVER, MAIN, SIDE, LANE, WALL = range(6)
"""What a line is. The smaller the number, the stronger the border that it makes."""

Line = tuple[int, str, Any]
"""What it is, the key of the road that it is a piece of (``""`` where it is none), the straight line."""


@dataclass(slots=True)
class Plan:
    """The city on the flat plan, ``v = 0`` being the river's middle.

    Args:
        outline: All of the city; its east side is the coast.
        town: What is built up.
        old: The old quarter.
        park: A point of the city's great park: no street parts the field around it.
        columns, rows: Where the arterials stand, west to east and south to north; ``axis`` is the column that runs through.
        lines: In the order in which they were drawn.
    """

    extent: Extent
    outline: Any
    town: Any
    old: Any
    columns: list[float]
    rows: list[float]
    axis: int
    coast: "Coast"
    park: Any
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Coast:
    """Where the sea begins: ``u`` by ``v``, in metres."""

    east: float
    waves: tuple[tuple[float, float, float], ...]

    def __call__(self, v: Any) -> Any:
        return self.east + sum(high * np.sin(wave * v + phase) for high, wave, phase in self.waves)

    def shore(self, extent: Extent) -> Points:
        """Return the line of the coast, from far south to far north."""
        high = np.linspace(-1.6 * extent.half_height, 1.6 * extent.half_height, 220)
        return np.column_stack((self(high), high))


def river_half(extent: Extent, u: Any) -> Any:
    """Return half of the river's width at ``u``: it widens slowly, and quickly at its mouth."""
    along = (u + extent.half_width) / (2 * extent.half_width)
    return extent.river * (1 + 0.9 * along + 2.2 * np.clip((along - 0.8) / 0.2, 0, 1) ** 2)


def bank_road(extent: Extent, u: Any) -> Any:
    """Return how far from the river's middle the road along its bank runs."""
    return river_half(extent, u) + 0.055 * extent.main_road + 8


def draw(extent: Extent, source: Random) -> Plan:
    """Return the plan with its border, river, arterials and secondary roads; lanes come with the blocks."""
    plan = _frame(extent, source)
    plan.lines.append((BORDER, "", plan.outline.exterior))
    plan.lines.append((RIVER, "", _along(plan, 0.0)))
    plan.lines += _main_roads(plan, source)
    plan.lines += list(_side_roads(plan, source))
    return plan


def _frame(extent: Extent, source: Random) -> Plan:
    size = extent.half_height
    waves = tuple(
        (share * size, math.tau / (long * size), source.uniform(0, math.tau))
        for share, long in ((0.045, 1.5), (0.02, 0.61), (0.008, 0.25))
    )
    coast = Coast(0.86 * extent.half_width, waves)
    whole = _blob(extent.half_width, extent.half_height, 4.0, 0.03, source)
    shore = coast.shore(extent)
    west = -3 * extent.half_width
    land = shapely.polygons(np.vstack((shore, [(west, shore[-1, 1]), (west, shore[0, 1])])))
    outline = shapely.set_precision(shapely.intersection(whole, land), 0.01)
    town = _blob(extent.town_width, extent.town_height, 2.7, 0.05, source)
    columns = _spaced(-extent.half_width, extent.half_width, extent.main_road, source)
    middle = min(range(len(columns)), key=lambda number: abs(columns[number]))
    above = _spaced(0, extent.half_height, extent.main_road, source, first=0.95 * extent.main_road)
    below = _spaced(0, extent.half_height, extent.main_road, source, first=1.05 * extent.main_road)
    rows = [-one for one in reversed(below)] + above
    # The old quarter lies on the north bank, between the arterials that stand where its walls stood.
    first = next(one for one in rows if one > 0)
    old = shapely.box(columns[middle - 1], bank_road(extent, 0.0), columns[middle + 1], first)
    park = shapely.points(0.36 * extent.town_width, source.choice((-1, 1)) * 0.47 * extent.town_height)
    return Plan(extent, outline, town, old, columns, rows, middle, coast, park)


def _blob(half_width: float, half_height: float, squareness: float, rough: float, source: Random) -> Any:
    waves = [(order, source.uniform(0, math.tau), source.uniform(0.3, 1) * rough) for order in (2, 3, 5, 8)]
    angle = np.linspace(0, math.tau, 240, endpoint=False)
    across, up = np.abs(np.cos(angle)) / half_width, np.abs(np.sin(angle)) / half_height
    radius = (across**squareness + up**squareness) ** (-1 / squareness)
    radius = radius * (1 + sum(high * np.cos(order * angle + phase) for order, phase, high in waves))
    return shapely.polygons(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))


def _spaced(low: float, high: float, step: float, source: Random, first: float | None = None) -> list[float]:
    """Return places about ``step`` apart between two ends."""
    places = []
    at = low + (first if first is not None else step * source.uniform(0.5, 0.9))
    while at < high - 0.35 * step:
        places.append(round(at, 1))
        at += step * source.uniform(0.84, 1.2)
    return places


def _along(plan: Plan, v: float | None, side: int = 1) -> Any:
    """Return the row at ``v``, or the road along the bank on one ``side``, from border to border."""
    reach = plan.extent.half_width * 1.2
    if v is not None:
        line = shapely.linestrings([(-reach, v), (reach, v)])
    else:
        u = np.linspace(-reach, reach, 120)
        line = shapely.linestrings(np.column_stack((u, side * bank_road(plan.extent, u))))
    return shapely.intersection(line, plan.outline)


def _main_roads(plan: Plan, source: Random) -> Iterator[Line]:
    """Yield arterials: within the town all, of those that lead out every second one."""
    reach = plan.extent.half_height * 1.2
    town = shapely.buffer(plan.town, 0.12 * plan.extent.main_road)
    bridges = _bridges(plan, source)
    banks = {side: _along(plan, None, side) for side in (1, -1)}
    north = shapely.box(-3 * reach, 0, 3 * reach, reach)
    for number, u in enumerate(plan.columns):
        line = shapely.intersection(shapely.linestrings([(u, -reach), (u, reach)]), plan.outline)
        leads_out = (number - plan.axis) % 2 == 0
        if number in bridges:
            kept = line if leads_out else _within(line, town)
            yield from ((MAIN, f"column/{number}", one) for one in _lines(kept))
            continue
        for half, side in ((shapely.intersection(line, north), 1), (shapely.difference(line, north), -1)):
            dry = half
            for one in _lines(split(dry, banks[side])) if shapely.intersects(dry, banks[side]) else ():
                if abs(shapely.get_coordinates(shapely.centroid(one))[0, 1]) < bank_road(plan.extent, u):
                    yield (WALL, "", one)  # no bridge: the bank is parted where a road meets it, all the same
                    continue
                kept = one if leads_out else _within(one, town)
                yield from ((MAIN, f"column/{number}/{side}", piece) for piece in _lines(kept))
    for side in (1, -1):
        yield from ((MAIN, f"bank/{side}", one) for one in _lines(banks[side]))
    for number, v in enumerate(plan.rows):
        line = _along(plan, v)
        kept = line if number % 2 else _within(line, town)
        yield from ((MAIN, f"row/{number}", one) for one in _lines(kept))
    shore = shapely.linestrings(
        [(float(plan.coast(v)) - 0.17 * plan.extent.main_road, v) for v in np.linspace(-reach, reach, 160).tolist()]
    )
    dry = shapely.difference(
        shapely.intersection(
            shore, shapely.intersection(plan.outline, shapely.buffer(plan.town, plan.extent.main_road))
        ),
        shapely.polygonize(
            [
                shapely.linestrings(
                    [
                        *shapely.get_coordinates(banks[1]),
                        *shapely.get_coordinates(banks[-1])[::-1],
                        shapely.get_coordinates(banks[1])[0],
                    ]
                )
            ]
        ),
    )
    yield from ((MAIN, f"shore/{number}", one) for number, one in enumerate(_lines(dry)))


def _bridges(plan: Plan, source: Random) -> frozenset[int]:
    """Return the columns that cross the river: the axis, and about every second one in the town."""
    west, _south, east, _north = plan.town.bounds
    inside = [number for number, u in enumerate(plan.columns) if 0.95 * west < u < 0.9 * min(east, plan.coast.east)]
    return frozenset(
        {plan.axis, *(number for number in inside if (number - plan.axis) % 2 == 0 or source.random() < 0.25)}
    )


def _within(line: Any, town: Any) -> Any:
    return shapely.intersection(line, town)


def _lines(shape: Any) -> list[Any]:
    return [one for one in shapely.get_parts(shape) if one.geom_type == "LineString" and one.length > 1]


# --- secondary roads


def _side_roads(plan: Plan, source: Random) -> Iterator[Line]:
    """Yield roads that part the fields between arterials; where they can, they go on from field to field."""
    fields = shapely.get_parts(
        shapely.polygonize(
            shapely.get_parts(shapely.union_all(column([line for _kind, _key, line in plan.lines]), grid_size=0.01))
        )
    )
    for number, ground in enumerate(_ordered(fields)):
        own = Random(f"{source.random()}/{number}")  # noqa: S311 (nothing here is secret)
        share = shapely.area(shapely.intersection(ground, plan.town)) / shapely.area(ground)
        middle = shapely.get_coordinates(shapely.centroid(ground))[0]
        if shapely.intersects(ground, plan.park) or abs(middle[1]) < bank_road(plan.extent, middle[0]):
            continue
        if share > 0.3:
            yield from _streets(plan, ground, own)
        else:
            far = plan.extent.main_road
            for line in cut_up(ground, 0.55 * far * far, own, least=0.12 * far * far)[1]:
                yield (SIDE, f"country/{number}", line)


def _ordered(shapes: Any) -> list[Any]:
    """Return shapes from west to east: what polygonize gives comes in an order of its own."""
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return [shapes[place] for place in np.lexsort((middles[:, 1], middles[:, 0]))]


def _streets(plan: Plan, ground: Any, source: Random) -> Iterator[Line]:
    extent = plan.extent
    if shapely.area(ground) < 1.2 * extent.side_road**2:
        return
    pieces = [ground]
    least = 0.3 * extent.side_road**2
    west, south, east, north = ground.bounds
    cuts = [("u", one) for one in _between(plan.columns, west, east, extent.side_road)]
    cuts += [("v", one) for one in _between([*plan.rows, 0.0], south, north, extent.side_road)]
    source.shuffle(cuts)
    for axis, (usual, key) in cuts:
        reach = 4 * extent.half_width
        # Now and then a street starts a little aside of the one that it goes on from.
        place = usual + source.choice((0, 0, 0, 0, 0, -38, 38)) * extent.side_road / 285
        line = (
            shapely.linestrings([(place, -reach), (place, reach)])
            if axis == "u"
            else shapely.linestrings([(-reach, place), (reach, place)])
        )
        after: list[Any] = []
        for piece in pieces:
            parts = _parted(piece, line)
            if len(parts) < 2 or min(map(shapely.area, parts)) < least or source.random() < 0.1:
                after.append(piece)
                continue
            after += parts
            side = "n" if piece.centroid.y > 0 else "s"
            for one in _lines(shapely.intersection(line, piece)):
                yield (SIDE, f"{axis}/{key}/{side if axis == 'u' else ''}", one)
        pieces = after


def _between(places: Sequence[float], low: float, high: float, step: float) -> list[tuple[float, str]]:
    """Return where the gaps between ``places`` are cut, the same for every field of a column or row, with a name."""
    ordered = sorted(places)
    found = []
    for number, (first, second) in enumerate(
        zip([ordered[0] - 3 * step, *ordered], [*ordered, ordered[-1] + 3 * step], strict=True)
    ):
        pieces = max(1, round((second - first) / step))
        own = Random(f"{first:.1f}/{second:.1f}")  # noqa: S311 (nothing here is secret)
        for part in range(1, pieces):
            at = first + (second - first) * (part + own.uniform(-0.14, 0.14)) / pieces
            if low < at < high:
                found.append((at, f"{number}.{part}"))
    return found


def _parted(ground: Any, line: Any) -> list[Any]:
    """Return the parts of a polygon on both sides of a line."""
    return [one for one in split(ground, line).geoms if one.area > 1] if shapely.intersects(ground, line) else [ground]


def cut_up(
    ground: Any, target: float, source: Random, *, least: float, slant: float = 0.04
) -> tuple[list[Any], list[Any]]:
    """Return the pieces of a polygon, cut across again and again until each is about ``target`` m², and the cuts.

    Args:
        ground: A polygon.
        target: m².
        source: Draws where it is cut.
        least: No piece is smaller, in m².
        slant: How far a cut may lean from the square, in radians.
    """
    pieces, cuts, waiting = [], [], [ground]
    while waiting:
        one = waiting.pop()
        if shapely.area(one) <= target * source.uniform(0.85, 1.45):
            pieces.append(one)
            continue
        line = _across(one, source, slant)
        parts = _parted(one, line)
        if len(parts) < 2 or min(map(shapely.area, parts)) < least:
            pieces.append(one)
            continue
        waiting += parts
        cuts += _lines(shapely.intersection(line, one))
    return pieces, cuts


def _across(ground: Any, source: Random, slant: float) -> Any:
    """Return a line across the longer side of a polygon, near its middle."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(ground))
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    long, short = (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, first)
    middle = corners[:4].mean(axis=0) + long * source.uniform(-0.13, 0.13)
    lean = source.uniform(-slant, slant)
    run = short * math.cos(lean) + long / max(np.hypot(*long), 1e-9) * np.hypot(*short) * math.sin(lean)
    return shapely.linestrings([middle - run, middle + run])
