"""Figures after a change by hand: only the ground around it is measured anew, since the rest of the city is as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.division.barriers import blocks_of
from cityloop.geography.rules.division.city import Surroundings
from cityloop.geography.rules.division.editing import Face
from cityloop.geography.rules.division.measuring import (
    Borders,
    Each,
    along_of,
    compactness,
    cut_by,
    flattened,
    parts_in,
)
from cityloop.geography.rules.division.plane import Ints, Plane
from cityloop.geography.rules.shapes import Shapes, area_m2, column


@dataclass(frozen=True, slots=True)
class Recount:
    """What a change did: the borders around it before and after, and what is known of each new face."""

    before: Borders
    after: Borders
    each: Each


def reach(faces: Sequence[Face], city: Surroundings) -> tuple[float, float, float, float]:
    """Return the box, in degrees, of what a change of ``faces`` may concern: they, and every building on them.

    Args:
        faces: Those that go and those that come.
        city: What stands on them, in degrees.
    """
    shapes = column([one.shape for one in faces])
    plane = Plane.around(shapes)
    blocks = _met(plane.to_metres(shapes), blocks_of(plane.to_metres(city.buildings)))
    around = np.concatenate((shapes, plane.to_degrees(blocks) if len(blocks) else blocks))
    west, south, east, north = shapely.total_bounds(around).tolist()
    return west, south, east, north


def recounted(gone: Sequence[Face], new: Sequence[Face], beside: Sequence[Face], city: Surroundings) -> Recount:
    """Measure a change.

    Args:
        gone, new: The faces that go, and those that come in their place.
        beside: The other faces within ``reach``, which stay.
        city: What stands within it, in degrees.
    """
    every = column([one.shape for one in (*gone, *new, *beside)])
    plane = Plane.around(every)
    flat_city = flattened(city, plane)
    moved = plane.to_metres(column([one.shape for one in (*gone, *new)]))
    blocks = _met(moved, blocks_of(flat_city.buildings))
    before, _cuts = _borders((*gone, *beside), plane, flat_city, blocks)
    after, cuts = _borders((*new, *beside), plane, flat_city, blocks)
    shapes = column([one.shape for one in new])
    flat = plane.to_metres(shapes)
    return Recount(
        before,
        after,
        Each(
            area_m2(shapes),
            compactness(flat),
            parts_in(flat, flat_city.loads),
            cuts[: len(new)],
            _mostly(flat, plane.to_metres(column([one.shape for one in gone if one.is_built]))),
        ),
    )


def _borders(faces: Sequence[Face], plane: Plane, city: Surroundings, blocks: Shapes) -> tuple[Borders, Ints]:
    flat = plane.to_metres(column([one.shape for one in faces]))
    within = np.array([one.community for one in faces])
    ground = column([shapely.union_all(flat[within == code]) for code in np.unique(within)])
    cut, _before, cuts = cut_by(flat, ground, blocks)
    return Borders(cut, *along_of(flat, within, city)), cuts


def _met(flat: Shapes, blocks: Shapes) -> Shapes:
    """Return those of ``blocks`` that lie on some of the faces."""
    if not len(blocks):
        return blocks
    met: Shapes = blocks[np.unique(shapely.STRtree(flat).query(blocks, predicate="intersects")[0])]
    return met


def _mostly(flat: Shapes, built: Shapes) -> NDArray[np.bool_]:
    """Return ``(n,)`` whether more than half of each face lies on what was built up."""
    if not len(built):
        return np.zeros(len(flat), dtype=np.bool_)
    return np.asarray(shapely.area(shapely.intersection(flat, shapely.union_all(built))) > shapely.area(flat) / 2)
