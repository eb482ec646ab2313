"""One part, and how many there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import Count

from cityloop.assets.models import Part, PartQuerySet
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as it is listed: codes of departments, ``""`` where nobody is named."""

    code: str
    scheme: str
    class_code: str
    name: str
    state: str
    owner: str
    keeper: str


def part(viewer: Viewer, code: str) -> PartRow | None:
    """Return the part with this code that ``viewer`` may see; None where there is none."""
    columns = PartRow.__dataclass_fields__
    row = Part.objects.visible_to(viewer).filter(code=code).order_by("id").values_list(*columns).first()
    return None if row is None else PartRow(*row)


@dataclass(frozen=True, slots=True)
class PartSpot:
    """Where a part stands: a point on it in degrees, of which class it is, and the name of who keeps it."""

    code: str
    jurisdiction: str
    scheme: str
    class_code: str
    name: str
    lon: float
    lat: float
    keeper: str


def part_spot(viewer: Viewer, code: str, *, also_gone: bool = False) -> PartSpot | None:
    """Return where the part with this code that ``viewer`` may see stands; None where there is none (any more): one query.

    Args:
        also_gone: Whether one that stands there no more is told too.
    """
    rows = Part.objects.visible_to(viewer)
    return _spot(rows if also_gone else rows.filter(valid_to=None), code)


def public_spot(jurisdictions: Collection[str], code: str) -> PartSpot | None:
    """Return where a part of one of these cities stands, for the public, who see no more of it than that: one query.

    Whoever calls has decided that these cities show their parts to the public.
    """
    return _spot(Part.objects.filter(jurisdiction__in=jurisdictions, valid_to=None), code)


def _spot(rows: PartQuerySet, code: str) -> PartSpot | None:
    if not (code.isascii() and code.isdigit() and len(code) in {16, 17}):
        return None
    row = (
        rows.filter(code=code, valid_to=None)
        .annotate(spot=PointOnSurface("geometry"))
        .defer("geometry")
        .order_by("id")
        .first()
    )
    if row is None:
        return None
    spot: Any = row.spot  # type: ignore[attr-defined]  # annotated above
    return PartSpot(row.code, row.jurisdiction, row.scheme, row.class_code, row.name, spot.x, spot.y, _keeper(row))


def _keeper(row: Part) -> str:
    known = city(row.jurisdiction).department_by_code(row.keeper) if row.keeper else None
    return known.name if known else row.keeper_name


class PartUnits(NamedTuple):
    """Who owns a part and who keeps it: codes of departments, ``""`` where nobody is named."""

    owner: str
    keeper: str


NO_UNITS: Final = PartUnits("", "")


def units(jurisdiction: str, codes: Collection[str]) -> Mapping[str, PartUnits]:
    """Return who owns and who keeps the parts with these codes in a city, by code: one query."""
    rows = Part.objects.filter(jurisdiction=jurisdiction, code__in=codes)
    return {code: PartUnits(*held) for code, *held in rows.order_by("code").values_list("code", "owner", "keeper")}


def counts_by_class(viewer: Viewer, on: date, jurisdictions: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
    """Count the parts that ``viewer`` sees and that stand on the day ``on``, by scheme and class: one query.

    Args:
        jurisdictions: Only in these; in all that the viewer sees without.
    """
    rows = Part.objects.visible_to(viewer).valid_on(on)
    if jurisdictions:
        rows = rows.filter(jurisdiction__in=jurisdictions)
    counted = rows.order_by("scheme", "class_code").values_list("scheme", "class_code").annotate(Count("id"))
    return {(scheme, code): count for scheme, code, count in counted}
