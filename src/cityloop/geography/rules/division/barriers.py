"""Lines that may become borders: roads and banks, led around buildings instead of through them."""

from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.division.city import Strength, Surroundings
from cityloop.geography.rules.division.faces import Lines
from cityloop.geography.rules.division.plane import LATTICE_M, Floats, Ints
from cityloop.geography.rules.shapes import LINE, POLYGON, Shapes, column, mended

OVERHANG_M: Final = 0.05
"""A line runs this far beyond where it should end, so that rounding cannot keep it from arriving; what juts out bounds nothing."""

THIN_M: Final = 0.2


def blocks_of(buildings: Shapes) -> Shapes:
    """Return buildings with all that they touch, as polygons apart from each other: none of them may be cut."""
    parts = _polygons(shapely.set_precision(buildings, LATTICE_M))
    one, other = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=LATTICE_M / 2)
    group = _joined(len(parts), one[one < other], other[one < other])
    order = np.argsort(group, kind="stable")
    members = np.split(parts[order], np.flatnonzero(np.diff(group[order])) + 1) if len(parts) else []
    return _polygons(
        column([some[0] if len(some) == 1 else shapely.union_all(some, grid_size=LATTICE_M) for some in members])
    )


def _polygons(shapes: Shapes) -> Shapes:
    parts = np.asarray(shapely.get_parts(shapely.get_parts(shapes)))
    return np.asarray(parts[(shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)])


def _joined(count: int, one: Ints, other: Ints) -> Ints:
    """Return ``(count,)`` a number for each thing, the same for all that hang together by the pairs ``one``, ``other``."""
    group = np.arange(count, dtype=np.int64)
    while True:
        least = np.minimum(group[one], group[other])
        before = group.copy()
        np.minimum.at(group, one, least)
        np.minimum.at(group, other, least)
        group = group[group]
        if (group == before).all():
            return group


def barriers_of(city: Surroundings, communities: Shapes, blocks: Shapes) -> Lines:
    """Return roads and banks (metres) that meet ``communities``, led around ``blocks``."""
    roads, road = shapely.get_parts(city.lines, return_index=True)
    banks = np.asarray(shapely.get_rings(column([mended(one) for one in city.water])))
    lines = Lines(np.asarray(roads), city.strengths[road]) + Lines.of(banks, Strength.WATER)
    meets = np.unique(shapely.STRtree(lines.shapes).query(communities, predicate="intersects")[1])
    return around_blocks(Lines(lines.shapes[meets], lines.strengths[meets]), blocks)


def around_blocks(lines: Lines, blocks: Shapes) -> Lines:
    """Return ``lines`` without what runs through ``blocks``, and the outlines of the blocks that they would have cut."""
    if not len(blocks) or not len(lines.shapes):
        return lines
    shapely.prepare(blocks)
    block, line = shapely.STRtree(lines.shapes).query(blocks, predicate="intersects")
    through = shapely.length(shapely.intersection(blocks[block], lines.shapes[line])) > THIN_M
    block, line = block[through], line[through]
    if not len(line):
        return lines
    shapes = lines.shapes.copy()
    order = np.argsort(line, kind="stable")
    cut, first = np.unique(line[order], return_index=True)
    for which, some in zip(cut.tolist(), np.split(block[order], first[1:]), strict=True):
        outside = shapely.difference(shapes[which], shapely.multipolygons(blocks[some]))
        # Each piece enters the wall by a hand's breadth, so that it surely meets the outline. (A buffer would be shorter to
        # write, but GEOS 3.14 gives nothing back for some rectangles that are made smaller by so little.)
        pieces = [_entering(one) for one in shapely.get_parts(outside) if one.length > 0]
        shapes[which] = shapely.multilinestrings(column(pieces))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    kept = (shapely.get_type_id(parts) == LINE) & ~shapely.is_empty(parts)
    outlines = np.asarray(shapely.get_rings(blocks[np.unique(block)]))
    return Lines(np.asarray(parts)[kept], lines.strengths[owner[kept]]) + Lines.of(outlines, Strength.WALL)


def _entering(line: shapely.LineString) -> shapely.LineString:
    """Return ``line``, straight on at both ends for ``OVERHANG_M``."""
    at = shapely.get_coordinates(line)
    start, end = longer(np.stack((at[[1, 0]], at[[-2, -1]])))
    return shapely.linestrings(np.vstack((start[1], at, end[1])))


def longer(lines: Floats, by: float = OVERHANG_M) -> Floats:
    """Return ``(n, 2, 2)`` straight lines, each longer by ``by`` at both ends."""
    along = lines[:, 1] - lines[:, 0]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    step = along / length * by
    return np.stack((lines[:, 0] - step, lines[:, 1] + step), axis=1)
