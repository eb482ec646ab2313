"""Lines through faces that are too large for one unit grid.

A strip between two carriageways is cut where streets meet it, so that each piece can join the block beside it. A block is cut in two,
again and again: along or across its streets, where both sides want about the same and few walls stand in the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.division.barriers import around_blocks, longer
from cityloop.geography.rules.division.city import Strength
from cityloop.geography.rules.division.demand import Demand, inside
from cityloop.geography.rules.division.faces import Faces, Lines
from cityloop.geography.rules.division.plane import Floats, Ints
from cityloop.geography.rules.shapes import POLYGON, Shapes

LARGE: Final = 1.5
"""A face that wants to be so many grids is cut."""

SHIFTS: Final = (-0.16, -0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16)
"""How far from the even place a cut may lie, as a share of what the face wants: to pass between houses."""

STRIP_M: Final = 30.0
"""A face so narrow and many times as long is a strip between carriageways or beside a bank."""

MOST_ROUNDS: Final = 14
"""Halving so often makes a thousand grids of one face many times over."""

WALLS_COST: Final = 4.0
SHIFT_COST: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Straight cuts that may be made: ``face`` ``(n,)``, ``lines`` ``(n, 2, 2)`` metres, ``shift`` ``(n,)``."""

    face: Ints
    lines: Floats
    shift: Floats


def width_of(faces: Shapes) -> Floats:
    """Return ``(n,)`` how wide each face is, were it a strip, in metres."""
    return np.asarray(2 * shapely.area(faces) / np.maximum(shapely.length(faces), 1e-9))


def rungs_of(faces: Faces, edges: Shapes) -> Lines:
    """Return short lines across strips, from each place where another line meets their border."""
    strips = np.flatnonzero((width_of(faces.shapes) < STRIP_M) & (shapely.length(faces.shapes) > 8 * STRIP_M))
    if not len(strips):
        return Lines.of(np.empty(0, dtype=object), Strength.CUT)
    ends = shapely.get_coordinates(shapely.get_point(edges, 0)), shapely.get_coordinates(shapely.get_point(edges, -1))
    nodes, count = np.unique(np.vstack(ends), axis=0, return_counts=True)
    nodes = shapely.points(nodes[count >= 3])
    strip, node = shapely.STRtree(nodes).query(
        shapely.boundary(faces.shapes[strips]), predicate="dwithin", distance=1e-3
    )
    found = []
    for number, point in zip(strip.tolist(), nodes[node], strict=True):
        shape = faces.shapes[strips[number]]
        rung = _across(shape, point)
        if rung is not None:
            found.append(rung)
    return Lines.of(np.asarray(shapely.linestrings(longer(np.array(found).reshape(-1, 2, 2)))), Strength.CUT)


def _across(strip: shapely.Polygon, node: shapely.Point) -> Floats | None:
    """Return the shortest way across ``strip`` from ``node``, unless it is no way across."""
    reach = 3 * STRIP_M
    here = shapely.get_coordinates(node)[0]
    angles = np.arange(0, 2 * np.pi, np.pi / 12)
    rays = np.stack(
        (np.repeat(here[None], len(angles), 0), here + reach * np.column_stack((np.cos(angles), np.sin(angles)))), 1
    )
    parts = np.asarray(shapely.get_parts(shapely.intersection(shapely.linestrings(rays), strip)))
    starts = (shapely.get_type_id(parts) == 1) & (shapely.distance(parts, node) < 1e-6)
    parts = parts[starts]
    lengths = shapely.length(parts)
    fit = (lengths > 1) & (lengths < reach * 0.9)
    if not fit.any():
        return None
    best = parts[fit][lengths[fit].argmin()]
    return np.asarray(shapely.get_coordinates(best))[[0, -1]]


def cuts_of(faces: Faces, demand: Demand, blocks: Shapes, told: Callable[[float], None]) -> Lines:
    """Return the lines that cut each face which wants to be more than ``LARGE`` grids, led around ``blocks``.

    Args:
        told: Called with the share that is done.
    """
    wanted, owner = demand.of(faces.shapes)
    large = np.flatnonzero(wanted > LARGE)
    shapes, wanted = faces.shapes[large], wanted[large]
    samples = np.flatnonzero(np.isin(owner, large))
    of = np.searchsorted(large, owner[samples])
    tree = shapely.STRtree(blocks)
    made: list[Floats] = []
    for number in range(MOST_ROUNDS):
        if not len(shapes):
            break
        chosen = _best(shapes, wanted, demand.at[samples], demand.weight[samples], of, blocks, tree)
        made.append(chosen.lines)
        shapes = _halves(shapes, chosen)
        at = inside(shapes, demand.at[samples])
        samples, at = samples[at >= 0], at[at >= 0]
        wanted = np.bincount(at, demand.weight[samples], minlength=len(shapes)).astype(np.float64)
        kept = wanted > LARGE
        place = np.cumsum(kept) - 1
        shapes, wanted = shapes[kept], wanted[kept]
        samples, of = samples[kept[at]], place[at[kept[at]]]
        told((number + 1) / MOST_ROUNDS)
    straight = np.concatenate(made) if made else np.empty((0, 2, 2))
    return around_blocks(Lines.of(np.asarray(shapely.linestrings(longer(straight))), Strength.CUT), blocks)


def _best(
    shapes: Shapes, wanted: Floats, at: Floats, weight: Floats, of: Ints, blocks: Shapes, tree: shapely.STRtree
) -> _Cuts:
    """Return the best cut of each face that can be cut, clipped to it."""
    tried = _tried(shapes, wanted, at, weight, of)
    whole = shapely.linestrings(tried.lines)
    clipped = shapely.intersection(whole, shapes[tried.face])
    length = shapely.length(clipped)
    line, block = tree.query(clipped, predicate="intersects")
    walls = np.bincount(
        line, shapely.length(shapely.intersection(clipped[line], blocks[block])), minlength=len(clipped)
    )
    side = np.sqrt(shapely.area(shapes))[tried.face]
    cost = (length + WALLS_COST * walls) / side + SHIFT_COST * np.abs(tried.shift)
    cost[length < 0.5] = np.inf
    order = np.lexsort((cost, tried.face))
    first = order[np.unique(tried.face[order], return_index=True)[1]]
    first = first[np.isfinite(cost[first])]
    parts, owner = shapely.get_parts(clipped[first], return_index=True)
    lines = shapely.get_type_id(parts) == 1
    ends = np.stack(
        [shapely.get_coordinates(shapely.get_point(parts[lines], end)) for end in (0, -1)], axis=1
    )  # a straight line clipped is straight
    face = tried.face[first][owner[lines]]
    return _Cuts(face, ends, np.zeros(len(face)))


def _tried(shapes: Shapes, wanted: Floats, at: Floats, weight: Floats, of: Ints) -> _Cuts:
    """Return cuts along and across each face's streets, at and around the place where both sides get their share."""
    angles = _directions(shapes)
    reach = np.hypot(*(shapely.bounds(shapes)[:, 2:] - shapely.bounds(shapes)[:, :2]).T)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    pieces = np.maximum(2, np.rint(wanted))
    share = np.floor(pieces / 2) / pieces
    faces, lines, shifts = [], [], []
    for turn in (0.0, np.pi / 2):
        along = np.column_stack((np.cos(angles + turn), np.sin(angles + turn)))
        far = ((at - middle[of]) * along[of]).sum(axis=1)
        order = np.lexsort((far, of))
        far_sorted, weights = far[order], weight[order]
        begins = np.searchsorted(of[order], np.arange(len(shapes)))
        ends = np.searchsorted(of[order], np.arange(len(shapes)), side="right")
        running = np.concatenate(([0.0], np.cumsum(weights)))
        total = running[ends] - running[begins]
        for mirrored in (False, True):
            for shift in SHIFTS:
                aim = (1 - share if mirrored else share) + shift
                place = np.searchsorted(running, running[begins] + aim * total) - 1
                known = (ends > begins) & (aim > 0) & (aim < 1)
                place = np.clip(place, begins, np.maximum(ends - 1, begins))
                face = np.flatnonzero(known)
                offset = far_sorted[place[face]]
                foot = middle[face] + offset[:, None] * along[face]
                across = np.column_stack((-along[face, 1], along[face, 0])) * reach[face, None]
                faces.append(face)
                lines.append(np.stack((foot - across, foot + across), axis=1))
                shifts.append(np.full(len(face), shift))
    return _Cuts(np.concatenate(faces), np.concatenate(lines), np.concatenate(shifts))


def _directions(shapes: Shapes) -> Floats:
    """Return ``(n,)`` the angle of each face's streets: its sides decide, turned by a quarter they say the same."""
    rings, owner = shapely.get_rings(shapes, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    step = corners[joined + 1] - corners[joined]
    length, angle = np.hypot(step[:, 0], step[:, 1]), np.arctan2(step[:, 1], step[:, 0])
    face = owner[ring[joined]]
    sums = [np.bincount(face, length * wave(4 * angle), minlength=len(shapes)) for wave in (np.sin, np.cos)]
    return np.asarray(np.arctan2(sums[0], sums[1]) / 4)


def _halves(shapes: Shapes, cuts: _Cuts) -> Shapes:
    """Return the pieces of ``shapes`` on both sides of their cuts; the pieces of one cut lie on one straight line."""
    face, first = np.unique(cuts.face, return_index=True)
    start, end = cuts.lines[first, 0], cuts.lines[first, 1]
    length = np.maximum(np.hypot(*(end - start).T), 1e-9)[:, None]
    unit = (end - start) / length
    normal = np.column_stack((-unit[:, 1], unit[:, 0]))
    bounds = shapely.bounds(shapes[face])
    reach = np.hypot(*(bounds[:, 2:] - bounds[:, :2]).T)[:, None] * 2
    start, end = start - unit * reach, start + unit * reach
    halves = [
        shapely.intersection(
            shapes[face],
            shapely.polygons(
                np.stack((start, end, end + side * normal * reach, start + side * normal * reach), axis=1)
            ),
        )
        for side in (1, -1)
    ]
    parts = np.asarray(shapely.get_parts(shapely.get_parts(np.concatenate(halves))))
    return np.asarray(parts[(shapely.get_type_id(parts) == POLYGON) & (shapely.area(parts) > 1)])
