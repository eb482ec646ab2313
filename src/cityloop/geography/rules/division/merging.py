"""Faces that are too small for a unit grid join a neighbour, across the weakest border, towards a compact whole."""

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.division.city import Strength
from cityloop.geography.rules.division.cutting import width_of
from cityloop.geography.rules.division.faces import OUTSIDE, Faces, Segments
from cityloop.geography.rules.division.plane import Floats, Ints

SMALL: Final = 0.6
"""A face that wants less than so much of a grid joins another one."""

TINY: Final = 0.3
"""One that wants less than this joins another one whatever becomes of it."""

FULL: Final = 1.35
"""Beyond so many grids a union costs."""

MOST: Final = 1.9
NARROW_M: Final = 9.0
"""A face narrower than this is no place to walk: it joins a neighbour, whatever it wants."""


@dataclass(slots=True)
class _Face:
    wanted: float
    area: float
    length: float
    community: int
    beside: dict[int, list[float]]  # neighbour: [shared metres, of these those of weak borders]


def grouped(faces: Faces, wanted: Floats, segments: Segments, strengths: Ints) -> Ints:
    """Return ``(n,)`` the number of the unit grid that each face belongs to, 0 … m - 1; none crosses a community's border."""
    around = _beside(faces, wanted, segments, strengths)
    parent = list(range(len(faces)))
    narrow = width_of(faces.shapes)
    queue = [
        (face.wanted, number) for number, face in enumerate(around) if face.wanted < SMALL or narrow[number] < NARROW_M
    ]
    heapq.heapify(queue)
    while queue:
        size, number = heapq.heappop(queue)
        if parent[number] != number or size != around[number].wanted:
            continue  # it has joined another one, or grown meanwhile
        face = around[number]
        is_narrow = 2 * face.area / max(face.length, 1e-9) < NARROW_M
        if face.wanted >= SMALL and not is_narrow:
            continue
        best = _best(face, around, must=is_narrow or face.wanted < TINY)
        if best is None:
            continue
        _join(number, best, around)
        parent[number] = best
        heapq.heappush(queue, (around[best].wanted, best))
    for number in range(len(parent)):
        root = number
        while parent[root] != root:
            root = parent[root]
        parent[number] = root
    return np.unique(np.array(parent, dtype=np.int64), return_inverse=True)[1].astype(np.int64)


def _best(face: _Face, around: list[_Face], *, must: bool) -> int | None:
    """Return the neighbour that ``face`` joins best; None where it rather stays alone."""
    best, score = None, -np.inf
    for other, (shared, weak) in face.beside.items():
        beside = around[other]
        wanted = face.wanted + beside.wanted
        if wanted > MOST and not must:
            continue
        length = face.length + beside.length - 2 * shared
        compact = 4 * np.pi * (face.area + beside.area) / max(length, 1.0) ** 2
        here = weak / max(face.length, 1.0) + 0.8 * compact - 1.2 * max(0.0, wanted - FULL)
        if here > score:
            best, score = other, here
    return best


def _join(number: int, into: int, around: list[_Face]) -> None:
    gone, kept = around[number], around[into]
    shared = gone.beside[into][0]
    kept.wanted += gone.wanted
    kept.area += gone.area
    kept.length += gone.length - 2 * shared
    del kept.beside[number]
    for other, (metres, weak) in gone.beside.items():
        if other == into:
            continue
        del around[other].beside[number]
        for one, beside in ((kept, other), (around[other], into)):
            known = one.beside.setdefault(beside, [0.0, 0.0])
            known[0] += metres
            known[1] += weak


def _beside(faces: Faces, wanted: Floats, segments: Segments, strengths: Ints) -> list[_Face]:
    """Return each face with its neighbours of the same community."""
    made = [
        _Face(*values, beside={})
        for values in zip(
            wanted.tolist(),
            shapely.area(faces.shapes).tolist(),
            shapely.length(faces.shapes).tolist(),
            faces.community.tolist(),
            strict=True,
        )
    ]
    community = faces.community
    kept = segments.other != OUTSIDE
    kept[kept] = community[segments.one[kept]] == community[segments.other[kept]]
    one, other, length = segments.one[kept], segments.other[kept], segments.lengths()[kept]
    weak = length * (1 - strengths[kept] / int(Strength.BORDER))
    pair, which = np.unique(one * len(made) + other, return_inverse=True)
    sums = zip(pair.tolist(), np.bincount(which, length).tolist(), np.bincount(which, weak).tolist(), strict=True)
    for number, metres, weak_metres in sums:
        left, right = divmod(number, len(made))
        made[left].beside[right] = [metres, weak_metres]
        made[right].beside[left] = [metres, weak_metres]
    return made
