"""A person changes a division: every operation keeps the topology, or is refused with the reason.

Neighbours hold the same corners as the same numbers. So a corner is moved in all faces that hold it at once, and a cut puts its
ends into the neighbours' borders too; what comes out is checked before it is given back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from cityloop.geography.rules.division.plane import DECIMALS, Floats
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _

Point = tuple[float, float]

MOST_OF: Final = 0.51
"""A grid goes on as the piece, or the whole, that is clearly more than half the same; of two equal halves neither is."""

LEAST: Final = 1e-10
"""Square degrees, about a square metre: a cut leaves no less on either side."""


@dataclass(frozen=True, slots=True)
class Face:
    """One grid of a draft: ``shape`` a polygon in degrees, the code it goes on with (``""``: a new one), its community, and
    whether most of it is built up.
    """

    shape: Any
    community: str
    code: str = ""
    is_built: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What an operation does: keys of the faces that go, and the faces that come in their place."""

    gone: tuple[int, ...]
    new: tuple[Face, ...]


Faces = Mapping[int, Face]


def moved(faces: Faces, start: Point, end: Point) -> Change:
    """Move a corner that faces share.

    Args:
        faces: All that hold the corner, and all around them.
        start: The corner, exactly as stored, degrees.
        end: Where it is to be.

    Raises:
        InvalidInput: There is no such corner; it lies on the border of a community; or the border would cross another one.
    """
    return _bent(faces, start, None, end)


def bent(faces: Faces, one: Point, other: Point, at: Point) -> Change:
    """Put a new corner ``at`` into the straight border between the corners ``one`` and ``other``.

    Raises:
        InvalidInput: As ``moved``.
    """
    return _bent(faces, one, other, at)


def joined(faces: Faces, keys: Sequence[int]) -> Change:
    """Make one face of several; it keeps the code of one that is more than half of it.

    Raises:
        InvalidInput: They are fewer than two, lie in different communities, or do not hang together.
    """
    chosen = [faces[key] for key in dict.fromkeys(keys) if key in faces]
    if len(chosen) <= 1 or len(chosen) < len(set(keys)):
        raise InvalidInput(_("Choose two grids or more that lie side by side."))
    if len({one.community for one in chosen}) > 1:
        raise InvalidInput(_("Grids of different communities cannot be merged: a unit grid lies inside one community."))
    whole = shapely.coverage_union_all(column([one.shape for one in chosen]))
    if whole.geom_type != "Polygon":
        raise InvalidInput(_("These grids do not lie side by side: a unit grid is one piece."))
    most = max(chosen, key=lambda one: float(one.shape.area))
    code = most.code if most.shape.area > MOST_OF * whole.area else ""
    return _checked(faces, tuple(dict.fromkeys(keys)), (Face(whole, most.community, code),))


def split(faces: Faces, key: int, line: Sequence[Point]) -> Change:
    """Cut a face along a line that crosses it; its neighbours get the ends of the cut as corners.

    The piece that is more than half of the face keeps its code.

    Raises:
        InvalidInput: The line does not cross the face from border to border, or leaves less than a square metre on a side.
    """
    face = faces[key]
    across = _refuse_flat(line)
    ends = _rounded(shapely.get_coordinates(shapely.intersection(across, shapely.boundary(face.shape))))
    corners = dict.fromkeys(map(tuple, ends.tolist()))
    if not corners:
        raise InvalidInput(_("The line must cross the grid from border to border, and leave something on both sides."))
    changed = {each: other for each, other in faces.items() if shapely.intersects(other.shape, face.shape)}
    shapes = {each: other.shape for each, other in changed.items()}
    for corner in corners:
        piece = _nearest_piece(shapes[key], corner)
        shapes = {each: _with_corner(shape, *piece, corner) for each, shape in shapes.items()}
    inside = shapely.intersection(across, face.shape)
    cuts = [_snapped(part, list(corners)) for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
    pieces = shapely.get_parts(
        shapely.polygonize(list(shapely.get_parts(shapely.union_all([*shapely.get_rings(shapes[key]), *cuts]))))
    )
    kept = [one for one in pieces if shapely.contains_properly(shapes[key], shapely.point_on_surface(one))]
    if len(kept) < 2 or min(one.area for one in kept) < LEAST:
        raise InvalidInput(_("The line must cross the grid from border to border, and leave something on both sides."))
    new = [Face(one, face.community, face.code if one.area > MOST_OF * face.shape.area else "") for one in kept]
    beside = [each for each in changed if each != key and not shapes[each].equals_exact(changed[each].shape)]
    new += [Face(shapes[each], changed[each].community, changed[each].code) for each in beside]
    return _checked(faces, (key, *beside), tuple(new))


def _bent(faces: Faces, one: Point, other: Point | None, at: Point) -> Change:
    end = _rounded(np.array([at], dtype=float))[0].tolist()
    if not np.isfinite(end).all():
        raise InvalidInput(_("A point has two numbers, in degrees."))
    changed, sides = {}, 0
    for key, face in faces.items():
        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(face.shape)]
        hits = [_hits(ring, one, other) for ring in rings]
        if not any(len(hit) for hit in hits):
            continue
        sides += sum(map(len, hits))
        changed[key] = _of_rings(
            [_replaced(ring, hit, end, whole=other is None) for ring, hit in zip(rings, hits, strict=True)]
        )
    if not changed:
        raise InvalidInput(_("There is no such corner any more: somebody has changed this border meanwhile."))
    around = shapely.coverage_union_all(column([faces[key].shape for key in changed]))
    on_edge = not shapely.contains_properly(
        around, shapely.points(one if other is None else np.mean((one, other), axis=0))
    )
    if on_edge or len({faces[key].community for key in changed}) > 1:
        raise InvalidInput(_("This border is that of a community: it is moved where communities are kept, not here."))
    new = tuple(Face(shape, faces[key].community, faces[key].code) for key, shape in changed.items())
    return _checked(faces, tuple(changed), new)


def _hits(ring: Floats, one: Point, other: Point | None) -> list[int]:
    """Return the places of a corner in a ring, or of the straight piece between two, in either direction."""
    at_one = (ring[:-1] == one).all(axis=1)
    if other is None:
        return np.flatnonzero(at_one).tolist()
    at_other = (ring == other).all(axis=1)
    ahead = at_one & at_other[1:]
    back = (ring[1:] == one).all(axis=1) & at_other[:-1]
    return np.flatnonzero(ahead | back).tolist()


def _replaced(ring: Floats, hits: Sequence[int], end: Sequence[float], *, whole: bool) -> Floats:
    """Return a closed ring with its corners at ``hits`` moved to ``end``, or (not ``whole``) with ``end`` put in after them."""
    open_ = ring[:-1].copy()
    if whole:
        open_[list(hits)] = end
    else:
        open_ = np.insert(open_, [one + 1 for one in hits], end, axis=0)
    return np.vstack((open_, open_[:1]))


def _checked(faces: Faces, gone: tuple[int, ...], new: tuple[Face, ...]) -> Change:
    """Return the change, once it is known that the same ground is covered once."""
    shapes = column([one.shape for one in new])
    others = [face.shape for key, face in faces.items() if key not in gone]
    before = column([faces[key].shape for key in gone])
    if not shapely.is_valid(shapes).all() or not shapely.coverage_is_valid(column([*shapes, *others])):
        raise InvalidInput(_("The border would cross another border there."))
    if abs(float(shapely.area(shapes).sum() - shapely.area(before).sum())) > LEAST / 100:
        raise InvalidInput(_("The border would cross another border there."))
    return Change(gone, new)


def _refuse_flat(line: Sequence[Point]) -> Any:
    at = np.array(line, dtype=float).reshape(-1, 2)
    if len(at) < 2 or not np.isfinite(at).all() or not np.abs(at).max() <= 180:
        raise InvalidInput(_("A line has two points at least."))
    return shapely.linestrings(at)


def _rounded(at: Floats) -> Floats:
    return np.round(at, DECIMALS)


def _nearest_piece(shape: Any, at: Point) -> tuple[Point, Point]:
    """Return the ends of the straight piece of a border that is nearest to a point."""
    pieces = [
        (ring[place], ring[place + 1])
        for ring in map(shapely.get_coordinates, shapely.get_rings(shape))
        for place in range(len(ring) - 1)
    ]
    ends = np.array(pieces)
    nearest = int(shapely.distance(shapely.linestrings(ends), shapely.points(at)).argmin())
    (one, other) = ends[nearest].tolist()
    return tuple(one), tuple(other)


def _with_corner(shape: Any, one: Point, other: Point, at: Point) -> Any:
    """Return ``shape`` with a corner ``at`` on its straight piece between ``one`` and ``other``, if it has that piece."""
    if at in {one, other}:
        return shape
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)]
    hits = [_hits(ring, one, other) for ring in rings]
    if not any(len(hit) for hit in hits):
        return shape
    return _of_rings([_replaced(ring, hit, at, whole=False) for ring, hit in zip(rings, hits, strict=True)])


def _of_rings(rings: Sequence[Floats]) -> Any:
    """Return the polygon of an outer ring and the rings of its holes."""
    return shapely.Polygon(rings[0], rings[1:])


def _snapped(line: Any, corners: Sequence[Point]) -> Any:
    """Return a cut whose ends are exactly corners."""
    at = _rounded(shapely.get_coordinates(line))
    known = np.array(corners)
    for end in (0, -1):
        at[end] = known[np.hypot(*(known - at[end]).T).argmin()]
    return shapely.linestrings(at)
