"""What is asked of rows of a file before they become areas.

Source:
    Checks of domain/grid-and-codes.md 2.1: valid polygon, no overlap and no gap above a tolerance, inside the community,
    code parts match the containing polygons, sequence unique (at most 999 in a community, none numbered 000).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.coordinates import CHINA, looks_swapped
from cityloop.geography.rules.located import Extent
from cityloop.geography.rules.shapes import Shapes, area_m2, mended
from cityloop.kernel.translation import _

PART = re.compile(r"\{(?P<name>[^{}\[\]:]+)(?:\[(?P<start>-?\d*):(?P<stop>-?\d*)\])?(?::0(?P<width>\d+))?\}")
NUMBER = "#"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a value is made of a row's columns.

    A column's name (``BGID``), or a text with columns in braces: ``63{code[2:6]}`` cuts characters as Python does,
    ``{id:03}`` fills with zeros to three digits, ``{#}`` counts the rows of the file from 1. An empty text gives
    an empty value.
    """

    text: str

    def columns(self) -> list[str]:
        """Return the columns it needs."""
        if "{" not in self.text:
            return [self.text] if self.text else []
        return [part["name"] for part in PART.finditer(self.text) if part["name"] != NUMBER]

    def of(self, values: Mapping[str, str], number: int) -> str:
        """Return the value for a row: its columns as text and its number in the file."""
        if "{" not in self.text:
            return values.get(self.text, "")
        return PART.sub(lambda part: self._filled(part, values, number), self.text).strip()

    @staticmethod
    def _filled(part: re.Match[str], values: Mapping[str, str], number: int) -> str:
        text = str(number) if part["name"] == NUMBER else values.get(part["name"], "")
        if part["start"] is not None:
            start, stop = (int(end) if end else None for end in (part["start"], part["stop"]))
            text = text[start:stop]
        return text.zfill(int(part["width"])) if part["width"] else text


@dataclass(frozen=True, slots=True)
class Ground:
    """A judged shape: ``shape`` is a valid multipolygon, or None and ``why`` says what is wrong with it."""

    shape: Any
    why: str = ""
    value: str = ""
    was_mended: bool = False


def judge_shape(shape: Any, extent: Extent | None, *, mend: bool) -> Ground:
    """Say whether a shape can be an area.

    Args:
        shape: A shapely geometry in degrees, or None.
        extent: Where the areas of this jurisdiction lie, if that is known: an area whose middle lies outside is asked
            whether its axes are swapped. Without it a swap is seen only where it would put a place of China elsewhere.
        mend: Mend what crosses itself; else it is refused.
    """
    if shape is None or shapely.is_empty(shape):
        return Ground(None, _("has no shape"))
    if shape.geom_type not in {"Polygon", "MultiPolygon", "GeometryCollection"}:
        return Ground(None, _("is not a polygon"), shape.geom_type)
    west, south, east, north = shapely.bounds(shape).tolist()
    middle = f"{(west + east) / 2:.6f}, {(south + north) / 2:.6f}"
    if looks_swapped((west + east) / 2, (south + north) / 2, extent or CHINA):
        return Ground(None, _("longitude and latitude look swapped"), middle)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # also false for NaN and infinity
        return Ground(None, _("lies outside the range of degrees"), middle)
    valid = bool(shapely.is_valid(shape))
    if not valid and not mend:
        return Ground(None, _("crosses or touches itself"), shapely.is_valid_reason(shape)[:80])
    whole = mended(shape)
    if shapely.is_empty(whole):
        return Ground(None, _("covers no ground"), middle)
    return Ground(whole, was_mended=not valid)


def overlaps(shapes: Shapes, others: Shapes, tolerance_m2: float) -> Iterator[tuple[int, int, float]]:
    """Give each pair of a shape and one of ``others`` that share more than ``tolerance_m2``: indexes and m²."""
    left, right = shapely.STRtree(others).query(shapes)
    yield from _shared(shapes, others, left, right, tolerance_m2)


def overlaps_within(shapes: Shapes, tolerance_m2: float) -> Iterator[tuple[int, int, float]]:
    """Give each pair of ``shapes`` that share more than ``tolerance_m2``: the later one's index, the earlier's, m²."""
    left, right = shapely.STRtree(shapes).query(shapes)
    later = left > right
    yield from _shared(shapes, shapes, left[later], right[later], tolerance_m2)


def _shared(
    shapes: Shapes, others: Shapes, left: NDArray[np.int64], right: NDArray[np.int64], tolerance_m2: float
) -> Iterator[tuple[int, int, float]]:
    area = area_m2(shapely.intersection(shapes[left], others[right]))
    for pair in np.flatnonzero(area > tolerance_m2).tolist():
        yield int(left[pair]), int(right[pair]), float(area[pair])


def outside(shapes: Shapes, around: Shapes) -> NDArray[np.float64]:
    """Return ``(n,)`` the m² of each shape that lie outside the shape at the same place of ``around``."""
    return area_m2(shapely.difference(shapes, around))
