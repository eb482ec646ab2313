"""Rows of a file on their way: judged in columns, thousands at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.assets.rules.imports.fields import Field, Wrong, values_of
from cityloop.geography.rules.coordinates import CHINA
from cityloop.geography.rules.located import Extent
from cityloop.geography.rules.shapes import LINE, POINT, POLYGON, as_multi, column, mended

KIND_NAMES = {0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection"}  # fmt: skip
SEVERAL = {4: POINT, 5: LINE, 6: POLYGON}
"""The kind that each kind of several pieces consists of."""

SHAPE_COLUMN = "geometry"
ZERO_DEG = 1e-6


class Found(NamedTuple):
    """One thing found in one row; ``lon``, ``lat`` in degrees, None where nobody knows."""

    number: int
    column: str
    reason: str
    given: Mapping[str, Any]
    value: str
    is_note: bool
    lon: float | None
    lat: float | None


@dataclass(slots=True)
class Rows:
    """A batch being judged.

    ``numbers``: ``(n,)`` by which a person finds the rows in the file. ``shapes``: ``(n,)`` in degrees, None for none. ``texts``: ``(n,)`` by field.
    ``columns``: the file's column of each field, by which a person finds what is wrong. ``good``: ``(n,)`` what stands so far;
    ``placed``: where its place stands, whatever else is wrong.
    ``area``: where each lies (``geography.queries.Places``), None where the city has no areas.
    """

    numbers: NDArray[np.int64]
    shapes: NDArray[np.object_]
    texts: dict[str, list[str]]
    columns: Mapping[str, str] = field(default_factory=dict)
    good: NDArray[np.bool_] = field(init=False)
    placed: NDArray[np.bool_] = field(init=False)
    lons: NDArray[np.float64] = field(init=False)
    lats: NDArray[np.float64] = field(init=False)
    found: list[Found] = field(default_factory=list)
    area: Any = None

    def __post_init__(self) -> None:
        self.good, self.placed = np.ones(len(self.numbers), dtype=bool), np.zeros(len(self.numbers), dtype=bool)
        self.place()

    def place(self) -> None:
        """Set ``lons`` and ``lats``: a point's own, the middle of what surrounds anything else; NaN for none."""
        bounds = shapely.bounds(self.shapes)
        self.lons, self.lats = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2

    def fault(
        self, places: Iterable[int], name: str, reason: str, given: Mapping[int, Mapping[str, Any]] | None = None
    ) -> None:
        """Refuse rows by their place; ``given`` holds by place what the sentence needs."""
        self._tell(places, name, reason, given, is_note=False)

    def note(
        self, places: Iterable[int], name: str, reason: str, given: Mapping[int, Mapping[str, Any]] | None = None
    ) -> None:
        """Note something of rows that stay good."""
        self._tell(places, name, reason, given, is_note=True)

    def _tell(
        self,
        places: Iterable[int],
        name: str,
        reason: str,
        given: Mapping[int, Mapping[str, Any]] | None,
        *,
        is_note: bool,
    ) -> None:
        shown = self.columns.get(name) or name
        texts = self.texts.get(name)
        for place in map(int, places):
            lon, lat = float(self.lons[place]), float(self.lats[place])
            is_placed = np.isfinite(lon) and np.isfinite(lat)
            value = texts[place] if texts else f"{lon:.6f}, {lat:.6f}" if is_placed else ""
            words = given[place] if given else {}
            where = (lon, lat) if is_placed else (None, None)
            self.found.append(Found(int(self.numbers[place]), shown, reason, words, value[:80], is_note, *where))
            if not is_note:
                self.good[place] = False


def judge_values(rows: Rows, fields: Sequence[Field]) -> None:
    """Bring the texts of fields to the values that are kept; refuse what cannot be one."""
    for one in fields:
        if one.name not in rows.texts:
            if one.is_needed:
                rows.fault(range(len(rows.numbers)), one.name, "needed")
            continue
        values, wrong = values_of(one, rows.texts[one.name])
        by_reason: dict[str, dict[int, Wrong]] = {}
        for place, (_text, why) in wrong.items():
            by_reason.setdefault(why.reason, {})[place] = why
        for reason, places in by_reason.items():
            rows.fault(places, one.name, reason, {place: why.given for place, why in places.items()})
        rows.texts[one.name] = values


def judge_shapes(
    rows: Rows,
    broken: NDArray[np.bool_],
    kinds: frozenset[int],
    extent: Extent | None,
    *,
    several: bool,
    as_point: bool,
    mend: bool,
) -> None:
    """Refuse shapes that cannot be what is wanted; mend what crosses itself.

    Args:
        rows: The batch.
        broken: ``(n,)`` where a shape stands that cannot be read.
        kinds: ``POINT``, ``LINE``, ``POLYGON``: what is wanted.
        extent: Where the city lies: by it swapped axes are seen.
        several: Whether a shape of several pieces is wanted, as the table has them; else one of a single piece.
        as_point: Whether lines and areas become a point on them.
        mend: Whether to mend; else what crosses itself is refused.
    """
    types = shapely.get_type_id(rows.shapes)
    empty = (types >= 0) & shapely.is_empty(rows.shapes) & ~_is_nan_point(rows.shapes, types)
    rows.fault(np.flatnonzero(broken), SHAPE_COLUMN, "broken_shape")
    rows.fault(np.flatnonzero(((types < 0) | empty) & ~broken), SHAPE_COLUMN, "no_shape")
    _judge_places(rows, extent)
    if as_point:
        others = np.flatnonzero(rows.good & (types != POINT))
        rows.shapes[others] = shapely.point_on_surface(rows.shapes[others])
        rows.place()
        return
    _judge_kinds(rows, kinds, several=several)
    _mend(rows, mend=mend)
    if several:
        rows.shapes = as_multi(rows.shapes)


def _is_nan_point(shapes: Any, types: Any) -> Any:
    """Whether a point has a coordinate that is no number: to GEOS it is empty."""
    return (types == POINT) & (np.isnan(shapely.get_x(shapes)) | np.isnan(shapely.get_y(shapes)))


def _judge_places(rows: Rows, extent: Extent | None) -> None:
    bounds = shapely.bounds(rows.shapes)
    box = extent or CHINA
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(bounds).all(axis=1)
        zero = finite & (np.abs(rows.lons) < ZERO_DEG) & (np.abs(rows.lats) < ZERO_DEG)
        inside = _holds(box, rows.lons, rows.lats)
        swapped = finite & ~inside & _holds(box, rows.lats, rows.lons)
        on_earth = (
            finite & (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
        )
    rows.fault(np.flatnonzero(rows.good & ~finite), SHAPE_COLUMN, "not_a_number")
    rows.fault(np.flatnonzero(rows.good & zero), SHAPE_COLUMN, "zero")
    rows.fault(np.flatnonzero(rows.good & swapped), SHAPE_COLUMN, "swapped")
    rows.fault(np.flatnonzero(rows.good & ~on_earth), SHAPE_COLUMN, "off_earth")


def _holds(box: Extent, lons: Any, lats: Any) -> Any:
    return (lons >= box.west) & (lons <= box.east) & (lats >= box.south) & (lats <= box.north)


def _judge_kinds(rows: Rows, kinds: frozenset[int], *, several: bool) -> None:
    types = shapely.get_type_id(rows.shapes)
    single = np.array([SEVERAL.get(int(kind), int(kind)) for kind in types])
    wrong = np.flatnonzero(rows.good & ~np.isin(single, list(kinds)))
    rows.fault(
        wrong, SHAPE_COLUMN, "wrong_kind", {int(at): {"kind": KIND_NAMES.get(int(types[at]), "?")} for at in wrong}
    )
    if several:
        return
    many = np.flatnonzero(rows.good & (types >= min(SEVERAL)))
    counts = shapely.get_num_geometries(rows.shapes[many])
    rows.fault(
        many[counts > 1],
        SHAPE_COLUMN,
        "several_pieces",
        {int(at): {"count": int(count)} for at, count in zip(many, counts, strict=True)},
    )
    ones = many[counts == 1]
    rows.shapes[ones] = shapely.get_geometry(rows.shapes[ones], 0)


def _mend(rows: Rows, *, mend: bool) -> None:
    types = shapely.get_type_id(rows.shapes)
    asked = np.flatnonzero(rows.good & np.isin(types, (LINE, POLYGON, 5, 6)))
    crossed = asked[~shapely.is_valid(rows.shapes[asked])]
    if not mend:
        rows.fault(crossed, SHAPE_COLUMN, "crosses")
        return
    if not len(crossed):
        return
    whole = column([_mended(rows.shapes[at], int(types[at])) for at in crossed])
    nothing = shapely.is_empty(whole)
    rows.fault(crossed[nothing], SHAPE_COLUMN, "no_ground")
    rows.shapes[crossed[~nothing]] = whole[~nothing]
    rows.note(crossed[~nothing], SHAPE_COLUMN, "mended")


def _mended(shape: Any, kind: int) -> Any:
    if kind in {LINE, 5}:
        return shapely.LineString()  # an invalid line is a single place: nothing of it can be kept
    whole = mended(shape)
    return shapely.get_geometry(whole, 0) if kind == POLYGON and shapely.get_num_geometries(whole) == 1 else whole
