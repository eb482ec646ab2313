"""What duty, management, evaluation and extension grids there are, and what a choice of unit grids comes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import PointOnSurface
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from cityloop.geography.choices import AreaKind
from cityloop.geography.models import UnitGrid
from cityloop.geography.rules.composing import pieces_of
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _

DUTY = "duty"

# Of each kind: the areas, and which unit grids lie in them and when; a duty grid has the same columns, some of them empty.
_AREAS = {
    DUTY: "SELECT id, code, name, '' AS rating, '' AS purpose, '' AS body, jurisdiction, valid_from, valid_to FROM geography_dutygrid",
    "": "SELECT id, code, name, rating, purpose, body, jurisdiction, valid_from, valid_to FROM geography_gridarea WHERE kind = %(kind)s",
}
_UNITS = {
    DUTY: "SELECT duty_grid_id AS area_id, unit_grid_id, valid_from, valid_to FROM geography_dutygridmember",
    "": "SELECT area_id, unit_grid_id, valid_from, valid_to FROM geography_areaunit",
}

# The areas that hold on a day, each with the codes of its unit grids that hold then.
LISTED = """
SELECT a.code, a.name, a.rating, a.purpose, a.body, a.valid_from, a.valid_to,
    coalesce(array_agg(g.code ORDER BY g.code) FILTER (WHERE g.id IS NOT NULL), '{{}}'), coalesce(sum(g.area_m2), 0)
FROM ({areas}) AS a
LEFT JOIN ({units}) AS u ON u.area_id = a.id AND u.valid_from <= %(on)s AND (u.valid_to IS NULL OR u.valid_to > %(on)s)
LEFT JOIN geography_unitgrid g ON g.id = u.unit_grid_id
    AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
WHERE a.jurisdiction = %(jurisdiction)s AND a.valid_from <= %(on)s AND (a.valid_to IS NULL OR a.valid_to > %(on)s)
    AND (%(code)s = '' OR a.code = %(code)s)
GROUP BY a.id, a.code, a.name, a.rating, a.purpose, a.body, a.valid_from, a.valid_to
ORDER BY a.code
"""

# Every version of an area, with how many unit grids it had on its first day.
HISTORY = """
SELECT a.name, a.valid_from, a.valid_to, a.rating, a.body, (
    SELECT count(*) FROM ({units}) AS u
    WHERE u.area_id = a.id AND u.valid_from <= a.valid_from AND (u.valid_to IS NULL OR u.valid_to > a.valid_from)
)
FROM ({areas}) AS a WHERE a.jurisdiction = %(jurisdiction)s AND a.code = %(code)s ORDER BY a.valid_from DESC
"""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area on a day: from when and until when it holds, the codes of its unit grids, its ground in m²."""

    code: str
    name: str
    rating: str
    purpose: str
    body: str
    valid_from: date
    valid_to: date | None
    unit_grids: tuple[str, ...]
    area_m2: float


@dataclass(frozen=True, slots=True)
class AreaVersion:
    """An area from one day until another."""

    name: str
    valid_from: date
    valid_to: date | None
    rating: str
    body: str
    unit_grids: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice of unit grids comes to.

    Args:
        codes: Those that hold on the day; for an evaluation grid, with all that their management grids hold.
        area_m2: Their ground.
        pieces: In how many pieces they lie.
        taken: Code and name of other areas of the kind that would lose some, and how many.
        loose: Those in no management grid, where an evaluation grid is drawn.
    """

    codes: tuple[str, ...]
    area_m2: float
    pieces: int
    taken: Sequence[tuple[str, str, int]]
    loose: tuple[str, ...]


def areas(jurisdiction: str, on: date, kind: str, code: str = "") -> list[AreaRow]:
    """List the areas of a kind that hold on a day, by code: one statement."""
    values: dict[str, Any] = {"jurisdiction": jurisdiction, "on": on, "kind": kind, "code": code}
    with connection.cursor() as cursor:
        cursor.execute(_of(LISTED, kind), values)
        return [_row(*row) for row in cursor.fetchall()]


def area(jurisdiction: str, on: date, kind: str, code: str) -> AreaRow:
    """Return one area.

    Raises:
        NotFound: There is none of this kind and code on that day.
    """
    found = areas(jurisdiction, on, kind, code) if code else []
    if not found:
        raise NotFound(_("There is no such area on that day."))
    return found[0]


def versions(jurisdiction: str, kind: str, code: str) -> list[AreaVersion]:
    """Return what an area was, the latest version first."""
    with connection.cursor() as cursor:
        cursor.execute(_of(HISTORY, kind), {"jurisdiction": jurisdiction, "kind": kind, "code": code})
        return [AreaVersion(*row) for row in cursor.fetchall()]


def without(jurisdiction: str, on: date, found: Sequence[AreaRow]) -> list[str]:
    """Return the codes of the unit grids that are in none of some areas."""
    inside = {code for one in found for code in one.unit_grids}
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("code")
    return [code for code in rows.values_list("code", flat=True) if code not in inside]


def fallen_apart(jurisdiction: str, on: date, found: Sequence[AreaRow]) -> dict[str, int]:
    """Return, by code, in how many pieces areas lie that are not of one."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("code")
    shapes = {code: shapely.from_wkb(bytes(shape.wkb)) for code, shape in rows.values_list("code", "geometry")}
    counted = {one.code: _pieces([shapes[code] for code in one.unit_grids]) for one in found}
    return {code: pieces for code, pieces in counted.items() if pieces > 1}


def grids_meeting(jurisdiction: str, on: date, shape: Any) -> tuple[str, ...]:
    """Return the codes of the unit grids whose middle lies in a polygon (degrees), or around a point."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction)
    rows = rows.filter(geometry__intersects=GEOSGeometry(memoryview(shapely.to_wkb(shape)), 4490)).order_by("code")
    found = [(code, shapely.from_wkb(bytes(one.wkb))) for code, one in rows.values_list("code", "geometry")]
    if shape.geom_type == "Point":
        return tuple(code for code, _one in found[:1])
    shapely.prepare(shape)
    return tuple(code for code, one in found if shapely.intersects(shape, shapely.point_on_surface(one)))


def inner_points(jurisdiction: str, on: date) -> dict[str, tuple[float, float]]:
    """Return a point inside each unit grid of a city, in degrees, by its code."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("code")
    found = rows.annotate(inner=PointOnSurface("geometry")).values_list("code", "inner")
    return {code: (point.x, point.y) for code, point in found}


def extent_of(jurisdiction: str, on: date, codes: Collection[str]) -> tuple[float, float, float, float] | None:
    """Return the box around unit grids: west, south, east, north in degrees; None around none."""
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=codes)
    box: tuple[float, float, float, float] | None = rows.aggregate(box=Extent("geometry"))["box"]
    return box


def choice(
    jurisdiction: str, on: date, kind: str, codes: Collection[str], *, purpose: str = "", own: str = ""
) -> Choice:
    """Return what a choice of unit grids comes to.

    Args:
        kind, purpose: Of the area that is drawn.
        own: Its code, where it is redrawn.
    """
    wanted: set[str] = set(codes)
    loose: tuple[str, ...] = ()
    if kind == AreaKind.EVALUATION:
        wanted, loose = _with_neighbours(jurisdiction, on, wanted)
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=wanted).order_by("code")
    found = list(rows.values_list("code", "geometry", "area_m2"))
    held = tuple(code for code, _shape, _area in found)
    others = [one for one in areas(jurisdiction, on, kind) if one.code != own and one.purpose == purpose]
    lost = [(one.code, one.name, len(wanted.intersection(one.unit_grids))) for one in others]
    return Choice(
        held,
        sum(area for _code, _shape, area in found),
        _pieces([shapely.from_wkb(bytes(shape.wkb)) for _code, shape, _area in found]),
        [one for one in lost if one[2]],
        loose,
    )


def _with_neighbours(jurisdiction: str, on: date, codes: set[str]) -> tuple[set[str], tuple[str, ...]]:
    """Return unit grids with all that lie in a management grid with one of them, and those that lie in none."""
    parts = areas(jurisdiction, on, AreaKind.MANAGEMENT)
    whole = {code for one in parts if codes.intersection(one.unit_grids) for code in one.unit_grids}
    return whole, tuple(sorted(codes - whole))


def _row(*columns: Any) -> AreaRow:
    *words, grids, area_m2 = columns
    code, name, rating, purpose, body, begins, ends = words
    return AreaRow(code, name, rating, purpose, body, begins, ends, tuple(grids), float(area_m2))


def _pieces(shapes: Sequence[Any]) -> int:
    return int(pieces_of(column(shapes)).max()) + 1 if shapes else 0


def _of(statement: str, kind: str) -> str:
    of = kind if kind == DUTY else ""
    return statement.format(areas=_AREAS[of], units=_UNITS[of])
