"""How good a division is, in figures that a person can judge and two divisions can be compared by."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.division.barriers import blocks_of
from cityloop.geography.rules.division.city import Communities, Surroundings, Wish
from cityloop.geography.rules.division.demand import demand_of, inside
from cityloop.geography.rules.division.measuring import (
    Borders,
    Each,
    along_of,
    compactness,
    cut_by,
    flattened,
    parts_in,
)
from cityloop.geography.rules.division.plane import Plane
from cityloop.geography.rules.shapes import Shapes, area_m2

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
        along_m: Length of those that do.
        inner_m: Length of all of them.
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
    along_m: float
    inner_m: float
    parts: int
    load_spread: float
    load_most: float
    gap_m2: float
    overlap_m2: float


def quality_of(
    shapes: Shapes, within: tuple[str, ...], communities: Communities, city: Surroundings, wish: Wish
) -> Quality:
    """Measure a division: as ``measured``, without what is known of each grid."""
    return measured(shapes, within, communities, city, wish)[0]


def measured(
    shapes: Shapes, within: tuple[str, ...], communities: Communities, city: Surroundings, wish: Wish
) -> tuple[Quality, Each]:
    """Measure a division, whole and grid by grid.

    Args:
        shapes: ``(n,)`` unit grids in degrees.
        within: ``n`` codes of their communities.
        communities: The ground that is to be covered, in degrees.
        city: What stands there, in degrees.
        wish: What was wanted: it says what counts as built up.
    """
    plane = Plane.around(communities.shapes)
    flat, ground, flat_city = plane.to_metres(shapes), plane.to_metres(communities.shapes), flattened(city, plane)
    cut, cut_before, cuts = cut_by(flat, ground, blocks_of(flat_city.buildings))
    along_m, inner_m = along_of(flat, np.array(within), flat_city)
    gap, overlap = _cover(flat, ground)
    each = Each(
        area_m2(shapes), compactness(flat), parts_in(flat, flat_city.loads), cuts, _built(flat, ground, flat_city, wish)
    )
    told = summed(each, Borders(cut, along_m, inner_m), cut_before, round(gap, 1), round(overlap, 1))
    return told, each


def summed(each: Each, borders: Borders, cut_by_communities: int, gap_m2: float, overlap_m2: float) -> Quality:
    """Return the figures of a division from what is known of each grid and of the borders between them."""
    load, built = each.parts.astype(np.float64), each.area_m2[each.is_built]
    mean = float(load.mean()) if len(load) else 0.0
    return Quality(
        grids=len(each.area_m2),
        area_m2=tuple(np.percentile(each.area_m2, [0, 10, 50, 90, 100]).round().tolist()),
        built_m2=float(np.median(built).round()) if len(built) else 0.0,
        classes=tuple(np.bincount(np.digitize(each.area_m2, STEPS), minlength=len(STEPS) + 1).tolist()),
        compact=round(float(np.median(each.compact)), 3),
        compact_low=round(float(np.percentile(each.compact, 10)), 3),
        cut_buildings=borders.cut_buildings,
        cut_by_communities=cut_by_communities,
        along=round(borders.along_m / borders.inner_m, 3) if borders.inner_m else 1.0,
        along_m=round(borders.along_m, 1),
        inner_m=round(borders.inner_m, 1),
        parts=int(load.sum()),
        load_spread=round(float(load.std()) / mean, 3) if mean else 0.0,
        load_most=round(float(load.max()) / mean, 2) if mean else 0.0,
        gap_m2=gap_m2,
        overlap_m2=overlap_m2,
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


def _cover(flat: Shapes, ground: Shapes) -> tuple[float, float]:
    """Return the m² that nobody covers and those that two cover."""
    whole, grids = shapely.union_all(ground, grid_size=1e-3), shapely.union_all(flat, grid_size=1e-3)
    return float(shapely.area(shapely.difference(whole, grids))), max(
        0.0, float(shapely.area(flat).sum() - shapely.area(grids))
    )
