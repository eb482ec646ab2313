"""What is measured of single grids and of the borders between them, in metres: for a whole division, or around one change of it."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.division.city import Surroundings
from cityloop.geography.rules.division.demand import inside
from cityloop.geography.rules.division.faces import straight_pieces
from cityloop.geography.rules.division.plane import Floats, Ints, Plane
from cityloop.geography.rules.shapes import Shapes, column, mended

CUT_M2: Final = 2.0
"""A building counts as cut where at least so much of it lies on both sides: less is the width of a survey's line."""

ALONG_M: Final = 1.0
"""A border within this of a road, a bank or a wall runs along it."""


@dataclass(frozen=True, slots=True)
class Each:
    """What is known of each of ``n`` grids.

    Args:
        area_m2: ``(n,)``.
        compact: ``(n,)`` 4πA/P².
        parts: ``(n,)`` how many parts lie in it.
        cuts: ``(n,)`` how many buildings its border cuts inside its community.
        is_built: ``(n,)`` whether most of it is built up.
    """

    area_m2: Floats
    compact: Floats
    parts: Ints
    cuts: Ints
    is_built: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Borders:
    """What is known of the borders inside communities: buildings cut, metres along roads, water or walls, metres in all."""

    cut_buildings: int
    along_m: float
    inner_m: float

    def changed(self, before: Self, after: Self) -> "Borders":
        """Return it once a piece of ground that was measured as ``before`` is as ``after``."""
        return Borders(
            self.cut_buildings + after.cut_buildings - before.cut_buildings,
            self.along_m + after.along_m - before.along_m,
            max(0.0, self.inner_m + after.inner_m - before.inner_m),
        )


def flattened(city: Surroundings, plane: Plane) -> Surroundings:
    """Return what stands in a city, in metres."""
    return Surroundings(
        plane.to_metres(city.lines), city.strengths, plane.to_metres(city.water), plane.to_metres(city.buildings),
        (city.loads - (plane.lon, plane.lat)) * (plane.lon_m, plane.lat_m),
    )  # fmt: skip


def compactness(flat: Shapes) -> Floats:
    """Return ``(n,)`` 4πA/P²: 1 for a circle, 0.785 for a square."""
    return np.asarray(4 * np.pi * shapely.area(flat) / np.maximum(shapely.length(flat), 1e-9) ** 2)


def parts_in(flat: Shapes, parts: Floats) -> Ints:
    """Return ``(n,)`` the parts in each grid."""
    if not len(parts):
        return np.zeros(len(flat), dtype=np.int64)
    face = inside(flat, parts)
    return np.bincount(face[face >= 0], minlength=len(flat)).astype(np.int64)


def cut_by(flat: Shapes, ground: Shapes, blocks: Shapes) -> tuple[int, int, Ints]:
    """Return how many blocks the grids cut inside a community, how many the communities cut, and ``(n,)`` of the first how many
    each grid cuts.
    """
    if not len(blocks):
        return 0, 0, np.zeros(len(flat), dtype=np.int64)
    # What juts out of the city may lie in it in two places, which no grid of the city can join.
    whole = shapely.union_all(ground)
    shapely.prepare(whole)
    juts = np.flatnonzero(~shapely.covers(whole, blocks) & shapely.intersects(whole, blocks))
    before = np.bincount(_shared(ground, blocks)[0], minlength=len(blocks)) > 1
    before[juts] |= shapely.area(shapely.difference(blocks[juts], whole)) > CUT_M2
    block, grid = _shared(flat, blocks)
    cut = (np.bincount(block, minlength=len(blocks)) > 1) & ~before
    return int(cut.sum()), int(before.sum()), np.bincount(grid[cut[block]], minlength=len(flat)).astype(np.int64)


def _shared(areas: Shapes, blocks: Shapes) -> tuple[Ints, Ints]:
    """Return the pairs of a block and an area in which more of it lies than ``CUT_M2``, of blocks that meet several areas."""
    shapely.prepare(areas)
    block, area = shapely.STRtree(areas).query(blocks, predicate="intersects")
    several = np.bincount(block, minlength=len(blocks)) > 1
    asked = several[block]
    block, area = block[asked], area[asked]
    shared = shapely.area(shapely.intersection(blocks[block], areas[area])) > CUT_M2
    return block[shared], area[shared]


def along_of(flat: Shapes, within: NDArray[np.str_], city: Surroundings) -> tuple[float, float]:
    """Return how many metres of the borders inside communities run along a road, a bank or a wall, and how many there are.

    Asked every few metres, so that it also holds for grids that were drawn elsewhere.
    """
    one, other = shapely.STRtree(flat).query(flat, predicate="touches")
    pairs = (one < other) & (within[one] == within[other])
    borders = shapely.intersection(shapely.boundary(flat[one[pairs]]), shapely.boundary(flat[other[pairs]]))
    corners, line = shapely.get_coordinates(
        shapely.segmentize(np.asarray(shapely.get_parts(shapely.line_merge(borders))), 10.0), return_index=True
    )
    joined = np.flatnonzero(line[1:] == line[:-1])
    if not len(joined):
        return 0.0, 0.0
    length = np.hypot(*(corners[joined + 1] - corners[joined]).T)
    middle = shapely.points((corners[joined] + corners[joined + 1]) / 2)
    marks: list[Any] = [
        city.lines,
        shapely.get_rings(column([mended(one) for one in city.water])),
        shapely.get_rings(city.buildings),
    ]
    tree = shapely.STRtree(straight_pieces(np.concatenate([np.asarray(each) for each in marks]))[0])
    near = np.unique(tree.query(middle, predicate="dwithin", distance=ALONG_M)[0])
    return float(length[near].sum()), float(length.sum())
