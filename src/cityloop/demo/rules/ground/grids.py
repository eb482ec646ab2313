"""Streets, communities, unit grids and duty grids: unions of what lies between roads, so that all borders follow them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.demo.rules.ground.blocks import Use
from cityloop.demo.rules.ground.faces import (
    Faces,
    Floats,
    Ints,
    Shapes,
    grown,
    joined_small,
    merged,
    shared_lengths,
)
from cityloop.demo.rules.ground.plan import MAIN, RIVER, SIDE

IN_A_STREET = 6
GRIDS_WALKED = 31
"""Unit grids of one duty grid, about: what a collector walks in half a day."""

LEAST_M2: Mapping[Use, float] = {Use.COUNTRY: 60_000, Use.BANK: 15_000, Use.PARK: 15_000}
LEAST_OTHER_M2 = 4_500

CROSSED = {RIVER: 0.01, MAIN: 0.03, SIDE: 0.15}
"""How little of a border counts where two grids would have to be joined across it."""

BAND_M = 140.0
"""Rows in which unit grids are numbered, from the north; inside each from the west."""


@dataclass(frozen=True, slots=True)
class Division:
    """Who lies in what.

    Args:
        community: ``(faces,)`` 0 to 23, street by street, in reading order.
        grid: ``(faces,)`` unit grid of each face.
        grids: ``(g,)`` unit grids.
        grid_community: ``(g,)`` their communities.
        duty: ``(g,)`` which of its community's duty grids a unit grid is walked in, from 0.
        use: ``(g,)`` what most of a unit grid's ground is for.
    """

    community: Ints
    grid: Ints
    grids: Shapes
    grid_community: Ints
    duty: Ints
    use: list[Use]


def divide(faces: Faces, kinds: Ints, block: Ints, quarter: Ints, uses: Sequence[Use]) -> Division:
    """Divide a city.

    Args:
        faces: Between all roads and walls.
        kinds: ``(edges,)`` what each edge is.
        block: ``(faces,)`` in which block each lies.
        quarter: ``(blocks,)`` in which street each block lies, 0 to 3.
        uses: ``(blocks,)``.
    """
    areas = shapely.area(faces.shapes)
    middles = shapely.get_coordinates(shapely.centroid(faces.shapes))
    community = _communities(faces, areas, middles, block, quarter)
    least = np.array([LEAST_M2.get(uses[one], LEAST_OTHER_M2) for one in block.tolist()], dtype=np.float64)
    shared = _weighted(faces, kinds, len(areas))
    grid = joined_small(areas, least, community, shared)
    grid, grids, grid_community = _in_order(grid, faces.shapes, community)
    duty = _walks(faces, grid, grids, grid_community)
    return Division(community, grid, grids, grid_community, duty, _main_use(grid, areas, block, uses, len(grids)))


def _communities(faces: Faces, areas: Floats, middles: Floats, block: Ints, quarter: Ints) -> Ints:
    count = len(quarter)
    weight = np.bincount(block, minlength=count).astype(np.float64)
    area = np.bincount(block, weights=areas, minlength=count)
    centre = np.column_stack(
        [
            np.bincount(block, weights=areas * middles[:, axis], minlength=count) / np.maximum(area, 1e-9)
            for axis in (0, 1)
        ]
    )
    beside: list[set[int]] = [set() for _one in range(count)]
    inner = (faces.left >= 0) & (faces.right >= 0)
    for a, b in zip(block[faces.left[inner]].tolist(), block[faces.right[inner]].tolist(), strict=True):
        if a != b and quarter[a] == quarter[b]:
            beside[a].add(b)
            beside[b].add(a)
    community = np.full(count, -1, dtype=np.int64)
    for street in range(int(quarter.max()) + 1):
        own = np.flatnonzero((quarter == street) & (weight > 0))
        place = {int(one): number for number, one in enumerate(own)}
        near = [sorted(place[other] for other in beside[one] if other in place) for one in own.tolist()]
        found = grown(centre[own], weight[own], near, IN_A_STREET)
        seats = np.array(
            [
                np.average(centre[own[found == one]], axis=0, weights=weight[own[found == one]])
                for one in range(IN_A_STREET)
            ]
        )
        rank = np.empty(IN_A_STREET, dtype=np.int64)
        rank[_reading(seats, 700.0)] = np.arange(IN_A_STREET)
        community[own] = street * IN_A_STREET + rank[found]
    return community[block]


def _reading(points: Floats, band: float) -> NDArray[np.int64]:
    """Return the order in which one reads a map: bands from the north, in each from the west."""
    return np.lexsort((points[:, 0], -np.round(points[:, 1] / band)))


def _weighted(faces: Faces, kinds: Ints, count: int) -> dict[tuple[int, int], float]:
    """Return the borders that faces share: those along strong roads count little."""
    factor = np.ones(len(kinds))
    for kind, share in CROSSED.items():
        factor[kinds == kind] = share
    total: dict[tuple[int, int], float] = {}
    alone = np.arange(count)
    for share in sorted({1.0, *CROSSED.values()}):
        some = factor == share
        part = Faces(faces.shapes, faces.edges[some], faces.of_line[some], faces.left[some], faces.right[some])
        for pair, metres in shared_lengths(part, alone).items():
            total[pair] = total.get(pair, 0.0) + share * metres
    return total


def _in_order(grid: Ints, shapes: Shapes, community: Ints) -> tuple[Ints, Shapes, Ints]:
    """Number the grids by community, inside each west to east, north to south."""
    made = merged(shapes, grid)
    of = np.zeros(len(made), dtype=np.int64)
    of[grid] = community
    middles = shapely.get_coordinates(shapely.point_on_surface(made))
    order = np.lexsort((middles[:, 0], -np.round(middles[:, 1] / BAND_M), of))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[grid], made[order], of[order]


def _walks(faces: Faces, grid: Ints, grids: Shapes, of: Ints) -> Ints:
    """Part each community's unit grids into connected walks."""
    middles = shapely.get_coordinates(shapely.point_on_surface(grids))
    beside: list[set[int]] = [set() for _one in grids]
    for a, b in shared_lengths(faces, grid):
        if of[a] == of[b]:
            beside[a].add(b)
            beside[b].add(a)
    walk = np.zeros(len(grids), dtype=np.int64)
    for community in range(int(of.max()) + 1):
        own = np.flatnonzero(of == community)
        place = {int(one): number for number, one in enumerate(own)}
        near = [sorted(place[other] for other in beside[one]) for one in own.tolist()]
        count = max(1, round(len(own) / GRIDS_WALKED))
        walk[own] = grown(middles[own], np.ones(len(own)), near, count)
    return walk


def _main_use(grid: Ints, areas: Floats, block: Ints, uses: Sequence[Use], count: int) -> list[Use]:
    largest = np.full(count, -1, dtype=np.int64)
    for face in np.argsort(areas, kind="stable").tolist():
        largest[grid[face]] = face
    return [uses[int(block[face])] for face in largest.tolist()]
