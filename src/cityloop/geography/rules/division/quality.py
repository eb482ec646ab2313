"""How good a division is, in figures that a person can judge and two divisions can be compared by."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.division.barriers import blocks_of
from cityloop.geography.rules.division.city import Communities, Surroundings, Wish
from cityloop.geography.rules.division.demand import demand_of, inside
from cityloop.geography.rules.division.faces import straight_pieces
from cityloop.geography.rules.division.plane import Floats, Plane
from cityloop.geography.rules.shapes import Shapes, area_m2, column, mended

CUT_M2: Final = 2.0
"""A building counts as cut where at least so much of it lies on both sides: less is the width of a survey's line."""

ALONG_M: Final = 1.0
"""A border within this of a road, a bank or a wall runs along it."""

STEPS: Final = (2_500, 5_000, 7_500, 10_000, 15_000, 20_000, 50_000, 100_000)
"""Limits of the classes of areas, m²."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of a division.

    Args:
        grids: How many unit grids.
        area_m2: Smallest, tenth, middle, ninth tenth, largest area.
        built_m2: The middle area of those that lie mostly in the built-up area; 0 where none does.
        classes: Grids below each of ``STEPS``, and above the last: one more.
        compact: The middle of 4πA/P², 1 for a circle, 0.785 for a square; ``compact_low`` a tenth lies below it.
        compact_low: See ``compact``.
        cut_buildings: Buildings cut by borders of grids inside a community.
        cut_by_communities: Buildings that the borders of communities, or of the city, cut: no division can help that.
        along: Share of the borders inside communities that run along roads, water or walls.
        parts: How many parts lie in the grids; 0: none are known, and the next two say nothing.
        load_spread: Standard deviation of the parts of a grid, divided by their mean.
        load_most: The most parts of a grid, divided by their mean.
        gap_m2: Ground of the communities that no grid covers.
        overlap_m2: Ground that two grids cover.
    """

    grids: int
    area_m2: tuple[float, float, float, float, float]
    built_m2: float
    classes: tuple[int, ...]
    compact: float
    compact_low: float
    cut_buildings: int
    cut_by_communities: int
    along: float
    parts: int
    load_spread: float
    load_most: float
    gap_m2: float
    overlap_m2: float


def quality_of(
    shapes: Shapes, within: tuple[str, ...], communities: Communities, city: Surroundings, wish: Wish
) -> Quality:
    """Measure a division.

    Args:
        shapes: ``(n,)`` unit grids in degrees.
        within: ``n`` codes of their communities.
        communities: The ground that is to be covered, in degrees.
        city: What stands there, in degrees.
        wish: What was wanted: it says what counts as built up.
    """
    plane = Plane.around(communities.shapes)
    flat, ground = plane.to_metres(shapes), plane.to_metres(communities.shapes)
    flat_city = Surroundings(
        plane.to_metres(city.lines), city.strengths, plane.to_metres(city.water), plane.to_metres(city.buildings),
        (city.loads - (plane.lon, plane.lat)) * (plane.lon_m, plane.lat_m),
    )  # fmt: skip
    area = area_m2(shapes)
    compact = 4 * np.pi * shapely.area(flat) / np.maximum(shapely.length(flat), 1e-9) ** 2
    cut, cut_before = _cut(flat, ground, blocks_of(flat_city.buildings))
    load = _loads(flat, flat_city.loads)
    mean = float(load.mean()) if len(load) else 0.0
    gap, overlap = _cover(flat, ground)
    built = area[_built(flat, ground, flat_city, wish)]
    return Quality(
        grids=len(shapes),
        area_m2=tuple(np.percentile(area, [0, 10, 50, 90, 100]).round().tolist()),
        built_m2=float(np.median(built).round()) if len(built) else 0.0,
        classes=tuple(np.bincount(np.digitize(area, STEPS), minlength=len(STEPS) + 1).tolist()),
        compact=round(float(np.median(compact)), 3),
        compact_low=round(float(np.percentile(compact, 10)), 3),
        cut_buildings=cut,
        cut_by_communities=cut_before,
        along=round(_along(flat, np.array(within), flat_city), 3),
        parts=int(load.sum()),
        load_spread=round(float(load.std()) / mean, 3) if mean else 0.0,
        load_most=round(float(load.max()) / mean, 2) if mean else 0.0,
        gap_m2=round(gap, 1),
        overlap_m2=round(overlap, 1),
    )


def _built(flat: Shapes, ground: Shapes, city: Surroundings, wish: Wish) -> NDArray[np.bool_]:
    """Return ``(n,)`` whether more than half of each grid is built up."""
    demand = demand_of(ground, city, wish)
    face = inside(flat, demand.at[: demand.lattice])
    known = face >= 0
    all_, built = (
        np.bincount(face[known], weights, minlength=len(flat))
        for weights in (np.ones(int(known.sum())), demand.is_built[known].astype(np.float64))
    )
    return np.asarray(built > all_ / 2)


def _cut(flat: Shapes, ground: Shapes, blocks: Shapes) -> tuple[int, int]:
    """Return how many blocks the grids cut inside a community, and how many the communities cut."""
    if not len(blocks):
        return 0, 0
    # What juts out of the city may lie in it in two places, which no grid of the city can join.
    whole = shapely.union_all(ground)
    shapely.prepare(whole)
    juts = np.flatnonzero(~shapely.covers(whole, blocks) & shapely.intersects(whole, blocks))
    before = _in_several(ground, blocks)
    before[juts] |= shapely.area(shapely.difference(blocks[juts], whole)) > CUT_M2
    return int((_in_several(flat, blocks) & ~before).sum()), int(before.sum())


def _in_several(areas: Shapes, blocks: Shapes) -> NDArray[np.bool_]:
    """Return ``(n,)`` whether each block lies in more than one area."""
    shapely.prepare(areas)
    block, area = shapely.STRtree(areas).query(blocks, predicate="intersects")
    several = np.bincount(block, minlength=len(blocks)) > 1
    asked = several[block]
    block, area = block[asked], area[asked]
    shared = shapely.area(shapely.intersection(blocks[block], areas[area])) > CUT_M2
    return np.asarray(np.bincount(block[shared], minlength=len(blocks)) > 1)


def _loads(flat: Shapes, parts: Floats) -> Floats:
    """Return ``(n,)`` the parts in each grid; ``(0,)`` where none are known."""
    if not len(parts):
        return np.empty(0)
    face = inside(flat, parts)
    return np.bincount(face[face >= 0], minlength=len(flat)).astype(np.float64)


def _cover(flat: Shapes, ground: Shapes) -> tuple[float, float]:
    """Return the m² that nobody covers and those that two cover."""
    whole, grids = shapely.union_all(ground, grid_size=1e-3), shapely.union_all(flat, grid_size=1e-3)
    return float(shapely.area(shapely.difference(whole, grids))), max(
        0.0, float(shapely.area(flat).sum() - shapely.area(grids))
    )


def _along(flat: Shapes, within: NDArray[np.str_], city: Surroundings) -> float:
    """Return the share of borders inside communities that run along a road, a bank or a wall; 1 where there are none.

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
        return 1.0
    length = np.hypot(*(corners[joined + 1] - corners[joined]).T)
    middle = shapely.points((corners[joined] + corners[joined + 1]) / 2)
    marks = [
        city.lines,
        shapely.get_rings(column([mended(one) for one in city.water])),
        shapely.get_rings(city.buildings),
    ]
    tree = shapely.STRtree(straight_pieces(np.concatenate([np.asarray(each) for each in marks]))[0])
    near = np.unique(tree.query(middle, predicate="dwithin", distance=ALONG_M)[0])
    return float(length[near].sum() / length.sum())
