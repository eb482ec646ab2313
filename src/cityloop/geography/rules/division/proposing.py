"""A proposal: the unit grids of a city from its communities and what stands in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.division.barriers import around_blocks, barriers_of, blocks_of
from cityloop.geography.rules.division.city import Communities, Strength, Surroundings, Wish, told
from cityloop.geography.rules.division.cutting import cuts_of, rungs_of
from cityloop.geography.rules.division.demand import Demand, demand_of
from cityloop.geography.rules.division.faces import Faces, Lines, faces_of, merged, noded, segments_of, strengths_of
from cityloop.geography.rules.division.measuring import flattened
from cityloop.geography.rules.division.merging import grouped
from cityloop.geography.rules.division.plane import LATTICE_M, Plane
from cityloop.geography.rules.shapes import Shapes, column, polygonal

GAP_M: Final = 1.0
"""Gaps and overlaps between communities up to this wide are rounding, and closed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Proposed unit grids.

    Args:
        shapes: ``(n,)`` polygons in degrees; neighbours share the same numbers.
        communities: ``n`` codes of 12 digits.
        plane: Between degrees and metres.
        flat: ``(n,)`` the same in metres.
        ground: ``(communities,)`` what they cover together, in metres.
        city: What stands there, in metres.
        blocks: ``(m,)`` buildings with all that they touch, in metres.
        demand: What the ground wants.
        lines: Where borders were looked for, in metres.
    """

    shapes: Shapes
    communities: tuple[str, ...]
    plane: Plane
    flat: Shapes
    ground: Shapes
    city: Surroundings
    blocks: Shapes
    demand: Demand
    lines: Lines


def propose(
    communities: Communities, city: Surroundings, wish: Wish, progress: Callable[[float], None] = lambda _share: None
) -> Proposal:
    """Divide communities into unit grids.

    Args:
        communities: Their borders in degrees; gaps and overlaps up to ``GAP_M`` are closed.
        city: What stands there, in degrees.
        wish: How large the grids are to be.
        progress: Called with the share that is done, from 0 to 1.

    Raises:
        InvalidInput: There is no community, or the wish makes no sense.

    Source:
        GB/T 30428.1, division of unit grids, as told in domain/grid-and-codes.md 2.1: inside one community, about 10,000 m² in
        built-up areas, along roads, water and walls, no building cut, whole cover without overlap, loads balanced, easy to walk.
    """
    wish.checked()
    if not len(communities):
        raise told(_all_of(communities))
    plane = Plane.around(communities.shapes)
    ground = cleaned(plane.to_metres(communities.shapes))
    flat = _near(flattened(city, plane), ground)
    blocks = blocks_of(flat.buildings)
    progress(0.05)
    demand = demand_of(ground, flat, wish)
    progress(0.15)
    lines = barriers_of(flat, ground, blocks)
    borders = Lines.of(np.asarray(shapely.get_rings(shapely.get_parts(ground))), Strength.BORDER)
    edges = noded((lines + borders).shapes)
    faces = faces_of(edges, ground)
    progress(0.3)
    rungs = around_blocks(rungs_of(faces, edges), blocks)
    lines += rungs
    if len(rungs.shapes):
        edges = noded(np.concatenate((edges, rungs.shapes)))
        faces = faces_of(edges, ground)
    progress(0.4)
    cuts = cuts_of(faces, demand, blocks, lambda share: progress(0.4 + 0.3 * share))
    if len(cuts.shapes):
        edges = noded(np.concatenate((edges, cuts.shapes)))
        faces = faces_of(edges, ground)
    progress(0.75)
    lines += cuts
    segments = segments_of(faces.shapes)
    wanted, _owner = demand.of(faces.shapes)
    group = grouped(faces, wanted, segments, strengths_of(segments, lines))
    progress(0.9)
    shapes = merged(faces.shapes, group)
    community = np.empty(len(shapes), dtype=np.int64)
    community[group] = faces.community
    grids = Faces(shapes, community)
    progress(0.95)
    return Proposal(
        np.asarray(plane.to_degrees(grids.shapes)),
        tuple(communities.codes[one] for one in grids.community.tolist()),
        plane,
        grids.shapes,
        ground,
        flat,
        blocks,
        demand,
        lines,
    )


def cleaned(communities: Shapes) -> Shapes:
    """Return communities (metres) on the lattice, without gaps and overlaps between them that are rounding."""
    whole = column(
        [polygonal(one) for one in shapely.make_valid(communities, method="structure", keep_collapsed=False)]
    )
    fitting = shapely.coverage_clean(whole, gap_width=GAP_M, snapping_distance=LATTICE_M)
    return column([polygonal(one) for one in shapely.set_precision(fitting, LATTICE_M)])


def _near(city: Surroundings, ground: Shapes) -> Surroundings:
    """Return what stands on or beside ``ground``: a neighbouring city is not looked at."""
    whole = shapely.box(*np.add(shapely.total_bounds(ground), (-100, -100, 100, 100)).tolist())
    line, water, building = (
        np.sort(
            shapely.STRtree(shapes).query(whole, predicate="intersects")
        )  # in order, so that the same gives the same
        for shapes in (city.lines, city.water, city.buildings)
    )
    return Surroundings(city.lines[line], city.strengths[line], city.water[water], city.buildings[building], city.loads)


def _all_of(communities: Communities) -> str:
    return communities.codes[0][:6] if communities.codes else "-"
