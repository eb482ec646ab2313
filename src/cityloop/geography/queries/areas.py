"""What areas there are: extents, names, lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db import connection

from cityloop.geography.models import DutyGrid, DutyGridMember, Region, UnitGrid
from cityloop.geography.rules.located import Extent
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _

# The box around a jurisdiction's regions and grids that hold on a day; without a day, around all it ever had.
EXTENT = """
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT ST_Extent(geometry) AS box
    FROM (
        SELECT geometry, valid_from, valid_to FROM geography_region WHERE jurisdiction = %(jurisdiction)s
        UNION ALL
        SELECT geometry, valid_from, valid_to FROM geography_unitgrid WHERE jurisdiction = %(jurisdiction)s
    ) AS area
    WHERE %(on)s::date IS NULL OR (valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s))
) AS whole
WHERE box IS NOT NULL
"""


# The boxes around duty grids: around the unit grids that each has on a day.
DUTY_GRID_BOXES = """
SELECT d.code, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM geography_dutygrid d CROSS JOIN LATERAL (
    SELECT ST_Extent(u.geometry) AS box FROM geography_dutygridmember m JOIN geography_unitgrid u ON u.id = m.unit_grid_id
    WHERE m.duty_grid_id = d.id AND m.valid_from <= %(on)s AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
) AS whole
WHERE d.jurisdiction = %(jurisdiction)s AND d.code = ANY(%(codes)s) AND box IS NOT NULL
    AND d.valid_from <= %(on)s AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
"""


# What the areas of a day are: the codes and borders of regions and unit grids, in any order.
STAMP = """
SELECT count(*), sum(hashtextextended(code || geometry::text, 0)) FROM (
    SELECT code, geometry FROM geography_unitgrid
    WHERE jurisdiction = %(jurisdiction)s AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
    UNION ALL
    SELECT code, geometry FROM geography_region
    WHERE jurisdiction = %(jurisdiction)s AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
        AND geometry IS NOT NULL
) AS area
"""


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region of the tree, without its border."""

    code: str
    level: str
    name: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class DutyGridRow:
    """One duty grid and the codes of its unit grids, in order."""

    code: str
    name: str
    unit_grids: tuple[str, ...]


def extent(jurisdiction: str, on: date | None = None) -> Extent:
    """Return the box around a jurisdiction: west, south, east, north in degrees.

    Raises:
        NotFound: The jurisdiction has no area.
    """
    with connection.cursor() as cursor:
        cursor.execute(EXTENT, {"jurisdiction": jurisdiction, "on": on})
        row = cursor.fetchone()
    if row is None:
        raise NotFound(
            _(
                "Jurisdiction %(code)s has no area yet. Import its regions and grids, or lay a regular grid: cityloop lay_grid"
            )
            % {"code": jurisdiction}
        )
    return Extent(*row)


def duty_grid_boxes(jurisdiction: str, codes: Collection[str], on: date) -> dict[str, Extent]:
    """Return the boxes around duty grids by code; what is none on that day is left out."""
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DUTY_GRID_BOXES, {"jurisdiction": jurisdiction, "codes": sorted(codes), "on": on})
        return {code: Extent(*box) for code, *box in cursor}


def point_inside(jurisdiction: str, on: date) -> tuple[float, float] | None:
    """Return a point inside a unit grid of the jurisdiction: lon, lat in degrees to a metre; None where it has none."""
    grids = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("code")
    inside = grids.annotate(inside=PointOnSurface("geometry")).values_list("inside", flat=True).first()
    return None if inside is None else (round(inside.x, 5), round(inside.y, 5))


def has_unit_grids(jurisdiction: str, on: date) -> bool:
    return UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).exists()


def areas_stamp(jurisdiction: str, on: date) -> str:
    """Return what changes where the regions and unit grids of a day do: their codes or their borders; 40 characters at most."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, {"jurisdiction": jurisdiction, "on": on})
        count, marks = cursor.fetchone()
    return f"{count}:{marks or 0}"


def has_duty_grids(jurisdiction: str) -> bool:
    """Whether a jurisdiction has, or had, duty grids."""
    return DutyGrid.objects.filter(jurisdiction=jurisdiction).exists()


def cities_of_duty_grid(code: str) -> frozenset[str]:
    """Return the codes of the jurisdictions that have, or had, a duty grid of this code."""
    return frozenset(DutyGrid.objects.filter(code=code).values_list("jurisdiction", flat=True))


def regions(jurisdiction: str, on: date, *, level: str = "") -> list[RegionRow]:
    """List a jurisdiction's regions, of one level if it is given, by code."""
    found = Region.objects.valid_on(on).filter(jurisdiction=jurisdiction)
    if level:
        found = found.filter(level=level)
    return [RegionRow(*row) for row in found.order_by("code").values_list("code", "level", "name", "parent_code")]


def region_names(codes: Collection[str], on: date, *, version: int | None = None) -> Mapping[str, str]:
    """Return the names of regions by code; unknown codes are left out.

    Args:
        version: The shared version (``kernel.versions``) that the request goes by: what was asked under it is remembered.
    """
    if version is None:
        found = Region.objects.valid_on(on).filter(code__in=codes).order_by("code")
        return dict(found.values_list("code", "name"))
    known = _known_names(version, on)
    if unknown := [code for code in codes if code not in known]:
        read = region_names(unknown, on)
        known.update((code, read.get(code, "")) for code in unknown)
    return {code: known[code] for code in codes if known[code]}


@lru_cache(maxsize=8)
def _known_names(_version: int, _on: date) -> dict[str, str]:
    """Return where the names that held on a day are remembered: a change of any region counts the version up."""
    return {}


def duty_grids(jurisdiction: str, on: date) -> list[DutyGridRow]:
    """List a jurisdiction's duty grids with their unit grids, by code: one query and one for the members."""
    members: dict[int, list[str]] = {}
    held = DutyGridMember.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("unit_grid__code")
    for grid, code in held.values_list("duty_grid_id", "unit_grid__code"):
        members.setdefault(grid, []).append(code)
    rows = DutyGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction).order_by("code")
    return [
        DutyGridRow(code, name, tuple(members.get(pk, ()))) for pk, code, name in rows.values_list("pk", "code", "name")
    ]
