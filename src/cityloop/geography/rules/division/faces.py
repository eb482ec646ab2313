"""Faces between lines: a planar topology in which neighbours share the very same corners.

Lines are cut where they meet and put on the lattice in one go (snap rounding), faces are what they enclose, and a border
between two faces is found by its corners alone, without asking any geometry again.

Source:
    Hobby, Practical segment intersection with finite precision output (1999), as built into GEOS's OverlayNG.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cityloop.geography.rules.division.city import Strength
from cityloop.geography.rules.division.plane import LATTICE_M, Floats, Ints
from cityloop.geography.rules.shapes import Shapes

SAME_M: Final = 0.03
"""A border this near to a line runs along it: rounding moved it no farther."""

OUTSIDE: Final = -1


@dataclass(frozen=True, slots=True)
class Lines:
    """``shapes`` ``(n,)`` lines in metres, ``strengths`` ``(n,)`` a ``Strength`` each."""

    shapes: Shapes
    strengths: Ints

    def __add__(self, other: "Lines") -> "Lines":
        return Lines(np.concatenate((self.shapes, other.shapes)), np.concatenate((self.strengths, other.strengths)))

    @classmethod
    def of(cls, shapes: Shapes, strength: Strength) -> "Lines":
        return cls(shapes, np.full(len(shapes), int(strength), dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Faces:
    """``shapes`` ``(n,)`` polygons in metres on the lattice, ``community`` ``(n,)`` the index of each one's community."""

    shapes: Shapes
    community: Ints

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, slots=True)
class Segments:
    """The straight pieces of all borders.

    Args:
        one, other: ``(n,)`` the faces on both sides; ``other`` is ``OUTSIDE`` where nobody lies there.
        ends: ``(n, 4)`` x, y, x, y in metres.
    """

    one: Ints
    other: Ints
    ends: Floats

    def lengths(self) -> Floats:
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])


def noded(lines: Shapes) -> Shapes:
    """Return the pieces of ``lines`` between the places where they meet, on the lattice."""
    return np.asarray(shapely.get_parts(shapely.union_all(lines, grid_size=LATTICE_M)))


def faces_of(edges: Shapes, communities: Shapes) -> Faces:
    """Return what noded ``edges`` enclose inside ``communities``; ends that lead nowhere bound nothing."""
    shapes = np.asarray(shapely.get_parts(shapely.polygonize(edges)))
    shapely.prepare(communities)
    inside = np.full(len(shapes), -1, dtype=np.int64)
    point, community = shapely.STRtree(communities).query(shapely.point_on_surface(shapes), predicate="intersects")
    inside[point] = community
    return Faces(shapes[inside >= 0], inside[inside >= 0])


def segments_of(shapes: Shapes) -> Segments:
    """Return the borders between ``shapes``, found by their corners: no shape is asked whether it touches another.

    Raises:
        AssertionError: More than two shapes lie at one border, so they overlap.
    """
    rings, owner = shapely.get_rings(shapes, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    face = owner[ring[joined]]
    whole = np.rint(corners / LATTICE_M).astype(np.int64) + (1 << 24)
    key = (whole[:, 0] << 32) | whole[:, 1]
    start, end = key[joined], key[joined + 1]
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((face, high, low))
    low, high, face, place = low[order], high[order], face[order], joined[order]
    same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
    assert not (same[1:] & same[:-1]).any(), "three shapes share a border"
    first = np.flatnonzero(np.concatenate(([True], ~same)))
    is_shared = np.append(same, False)[first]
    other = np.full(len(first), OUTSIDE, dtype=np.int64)
    other[is_shared] = face[first[is_shared] + 1]
    ends = np.hstack((corners[place[first]], corners[place[first] + 1]))
    return Segments(face[first], other, ends)


def strengths_of(segments: Segments, lines: Lines) -> Ints:
    """Return ``(n,)`` the strongest line that each border runs along; ``CUT`` where there is none."""
    found = np.full(len(segments.one), int(Strength.CUT), dtype=np.int64)
    pieces, line = straight_pieces(lines.shapes)
    if not len(pieces):
        return found
    middle = shapely.points((segments.ends[:, :2] + segments.ends[:, 2:]) / 2)
    at, piece = shapely.STRtree(pieces).query(middle, predicate="dwithin", distance=SAME_M)
    np.maximum.at(found, at, lines.strengths[line[piece]])
    return found


def straight_pieces(lines: Shapes) -> tuple[Shapes, Ints]:
    """Return the straight pieces of lines, so that asking for the nearest one stays quick, and the index of each one's line."""
    corners, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    ends = np.stack((corners[joined], corners[joined + 1]), axis=1)
    return np.asarray(shapely.linestrings(ends)), line[joined]


def merged(shapes: Shapes, group: Ints) -> Shapes:
    """Return the union of the shapes of each group, 0 … n - 1: their shared borders fall away, no corner moves."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(int(group.max()) + 2 if len(group) else 1))
    made = np.empty(len(bounds) - 1, dtype=object)
    for number, (low, high) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        members = shapes[order[low:high]]
        made[number] = members[0] if len(members) == 1 else shapely.coverage_union_all(members)
    return made
