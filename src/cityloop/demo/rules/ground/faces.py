"""What lies between lines: faces that share their edges exactly, and which face lies beside which."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.shapes import column

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

NODE_M = 0.01
"""Lines whose ends are this near to another line end on it."""


@dataclass(frozen=True, slots=True)
class Faces:
    """A part of the plane, cut by lines.

    Args:
        shapes: ``(n,)`` polygons.
        edges: ``(m,)`` lines from node to node.
        of_line: ``(m,)`` which of the lines an edge is a piece of, the first where several run together.
        left, right: ``(m,)`` the faces on both sides of an edge; -1 where there is none.
    """

    shapes: Shapes
    edges: Shapes
    of_line: Ints
    left: Ints
    right: Ints


def cut_apart(lines: Shapes, bend: Callable[[Any], Any] | None = None) -> Faces:
    """Return the faces between ``lines``.

    Args:
        lines: ``(k,)`` straight or not, in metres.
        bend: What is done with each edge before faces are made of them: both neighbours get the very same points.
    """
    edges = shapely.get_parts(shapely.union_all(lines, grid_size=NODE_M))
    middles = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    edge, line = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=5 * NODE_M)
    of_line = np.full(len(edges), len(lines), dtype=np.int64)
    np.minimum.at(of_line, edge, line)
    if bend is not None:
        edges = bend(edges)
    shapes = shapely.get_parts(shapely.polygonize(edges))
    left, right = _beside(edges, shapes)
    return Faces(shapes, edges, of_line, left, right)


def _beside(edges: Shapes, shapes: Shapes) -> tuple[Ints, Ints]:
    """Return the face to the left and to the right of each edge, looked for a hand's breadth from its middle."""
    first = shapely.get_coordinates(shapely.get_point(edges, 0))
    second = shapely.get_coordinates(shapely.get_point(edges, 1))
    run = second - first
    across = np.column_stack((-run[:, 1], run[:, 0])) / np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-9)[:, None]
    middle = (first + second) / 2
    tree = shapely.STRtree(shapes)
    sides = []
    for side in (0.1, -0.1):
        point, face = tree.query(shapely.points(middle + side * across), predicate="within")
        found = np.full(len(edges), -1, dtype=np.int64)
        found[point] = face
        sides.append(found)
    return sides[0], sides[1]


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> Ints:
    """Return ``(count,)`` for each thing the group it is in when those of each pair are in one; groups count from 0."""
    parent = list(range(count))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other in pairs:
        a, b = root(one), root(other)
        parent[max(a, b)] = min(a, b)
    _roots, groups = np.unique([root(one) for one in range(count)], return_inverse=True)
    return groups.astype(np.int64)


def pairs_across(faces: Faces, which: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the two faces beside each edge of ``which`` that has one on both sides."""
    inner = which & (faces.left >= 0) & (faces.right >= 0) & (faces.left != faces.right)
    return list(zip(faces.left[inner].tolist(), faces.right[inner].tolist(), strict=True))


def merged(shapes: Shapes, groups: Ints) -> Shapes:
    """Return ``(g,)`` polygons: each group's shapes as one."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1))
    return column([shapely.coverage_union_all(part) for part in np.split(shapes[order], starts[1:])])


def shared_lengths(faces: Faces, groups: Ints) -> dict[tuple[int, int], float]:
    """Return how many metres of border two groups of faces share, by the pair, the smaller number first."""
    inner = (faces.left >= 0) & (faces.right >= 0)
    one, other = groups[faces.left[inner]], groups[faces.right[inner]]
    long = shapely.length(faces.edges[inner])
    shared: dict[tuple[int, int], float] = {}
    for a, b, metres in zip(one.tolist(), other.tolist(), long.tolist(), strict=True):
        if a != b:
            key = (min(a, b), max(a, b))
            shared[key] = shared.get(key, 0.0) + metres
    return shared


def joined_small(sizes: Floats, least: Floats, within: Ints, shared: dict[tuple[int, int], float]) -> Ints:
    """Return ``(n,)`` groups: what is smaller than its ``least`` has joined the neighbour with the longest common border.

    Only neighbours with the same number in ``within`` are joined.
    """
    parent = list(range(len(sizes)))
    size = sizes.tolist()
    border: list[dict[int, float]] = [{} for _one in parent]
    for (a, b), metres in shared.items():
        if within[a] == within[b]:
            border[a][b] = border[b][a] = metres
    waiting = [(size[one], one) for one in parent if size[one] < least[one]]
    heapify(waiting)
    while waiting:
        known, one = heappop(waiting)
        if parent[one] != one or size[one] != known or not border[one]:
            continue
        other = max(border[one], key=lambda beside: (border[one][beside], -beside))
        parent[one] = other
        size[other] += size[one]
        for beside, metres in border[one].items():
            del border[beside][one]
            if beside != other:
                border[other][beside] = border[beside][other] = border[other].get(beside, 0.0) + metres
        if size[other] < least[other]:
            heappush(waiting, (size[other], other))

    def root(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    _roots, groups = np.unique([root(one) for one in range(len(sizes))], return_inverse=True)
    return groups.astype(np.int64)


def grown(middles: Floats, weights: Floats, beside: Sequence[Sequence[int]], count: int) -> Ints:
    """Return ``(n,)`` to which of ``count`` districts each thing belongs: connected, compact, about as heavy as others.

    Args:
        middles: ``(n, 2)`` metres.
        weights: ``(n,)``.
        beside: For each thing its neighbours.
        count: At most ``n``.
    """
    centres = _centres(middles, weights, count)
    district = np.full(len(middles), -1, dtype=np.int64)
    waiting: list[tuple[float, int, int]] = []
    for number, centre in enumerate(centres):
        free = np.flatnonzero(district < 0)
        seed = int(free[np.argmin(np.hypot(*(middles[free] - centre).T))])
        district[seed] = number
        for other in beside[seed]:
            heappush(waiting, (float(np.hypot(*(middles[other] - centre))), other, number))
    while waiting:
        _far, one, number = heappop(waiting)
        if district[one] >= 0:
            continue
        district[one] = number
        for other in beside[one]:
            if district[other] < 0:
                heappush(waiting, (float(np.hypot(*(middles[other] - centres[number]))), other, number))
    return district


def _centres(middles: Floats, weights: Floats, count: int) -> Floats:
    """Return ``(count, 2)`` middles of districts: Lloyd's rounds, begun with points that lie far apart."""
    first = int(np.argmin(middles[:, 0] - middles[:, 1]))
    chosen = [first]
    for _number in range(count - 1):
        away = np.min([np.hypot(*(middles - middles[one]).T) for one in chosen], axis=0)
        chosen.append(int(np.argmax(away * np.sqrt(weights))))
    centres = middles[chosen].copy()
    for _round in range(40):
        nearest = np.argmin(np.hypot(*(middles[:, None] - centres[None]).transpose(2, 0, 1)), axis=1)
        for number in range(count):
            mine = nearest == number
            if mine.any():
                centres[number] = np.average(middles[mine], axis=0, weights=weights[mine])
    return centres
