"""Unit grids that were drawn elsewhere, made fit to be changed by hand: each of one piece, neighbours with the same corners."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from cityloop.geography.rules.division.editing import Face
from cityloop.geography.rules.division.plane import Plane
from cityloop.geography.rules.shapes import column, mended

METRES_A_DEGREE = 111_320.0
SLIVER_M = 0.05
"""Gaps and overlaps between neighbours up to this wide are rounding of whoever drew them."""


def separated(faces: Sequence[Face]) -> tuple[list[Face], list[str]]:
    """Return faces of one piece each, and the codes of those that were of several.

    The largest piece goes on with the code; each other one becomes a grid of its own, that a person may merge with a neighbour.

    Source:
        A unit grid is one closed polygon (domain/grid-and-codes.md 2.1, rule 4).
    """
    made, codes = [], []
    for face in faces:
        pieces = sorted(shapely.get_parts(mended(face.shape)), key=lambda one: -float(one.area))
        made += [replace(face, shape=one, code="" if place else face.code) for place, one in enumerate(pieces)]
        if len(pieces) > 1:
            codes.append(face.code)
    return made, codes


def fitted(faces: Sequence[Face]) -> list[Face]:
    """Return faces of which neighbours hold the same corners: as they are where they do already, else with slivers closed.

    Where that cannot be done without losing a grid, they stay as they are, and some borders cannot be moved.
    """
    shapes = column([one.shape for one in faces])
    if not len(shapes) or shapely.coverage_is_valid(shapes, gap_width=SLIVER_M / METRES_A_DEGREE):
        return list(faces)
    plane = Plane.around(shapes)
    clean = shapely.coverage_clean(plane.to_metres(shapes), gap_width=SLIVER_M, snapping_distance=SLIVER_M)
    back = np.asarray(plane.to_degrees(clean))
    fits = (shapely.get_type_id(back) == 3) & shapely.is_valid(back) & ~shapely.is_empty(back)
    if not fits.all() or not shapely.coverage_is_valid(back):
        return list(faces)
    return [replace(face, shape=shape) for face, shape in zip(faces, back, strict=True)]
