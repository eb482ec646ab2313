"""Which cases probably tell of the same thing as a report: open ones and those just closed, near by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.gis.db.models import PointField
from django.contrib.gis.geos import Point, Polygon
from django.db.models import BooleanField, ExpressionWrapper, FloatField, Func, Q, QuerySet, Value

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.coordinates import box_around
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wording import duration
from cityloop.cases.queries.words import Coded, StateName, Words, words_of
from cityloop.cases.rules.likeness import LIKE_WORDS, SHOWN, Likeness, Told, likeness, related_classes
from cityloop.kernel.translation import _, listed
from cityloop.organisation.rules.staffing import Viewer
from cityloop.standards.choices import ObjectType

SRID = 4490

CLOSED_OF = timedelta(days=60)
"""Of what was closed lately only cases reported within this time are looked at, so that an index bounds the search."""

LOOKED_AT = 60
"""Cases near by that are compared at most: of the same class first, then the nearest."""

SAID = ("description", "address")
COLUMNS = (
    "id", "number", "jurisdiction", "table_version", "state", "category", "part_code", "reported_at", "closed_at",
    "distance_m", "is_same",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probable:
    """A case that probably tells of the same thing.

    Args:
        score: Probability, 0 to 1.
        why: What speaks for it, in words for the reader.
        is_open: Something can be merged into it.
        address, description: As they were last said; "" where nothing was.
    """

    number: str
    category: Coded
    state: StateName
    distance_m: int
    score: float
    why: str
    is_open: bool
    reported_at: datetime
    address: str
    description: str


def probable(
    jurisdiction: str,
    *,
    point: tuple[float, float],
    category: str,
    at: datetime,
    text: str = "",
    part_code: str = "",
    viewer: Viewer,
    number: str | None = None,
    limit: int = 5,
) -> list[Probable]:
    """Return the cases that ``viewer`` may see and that probably tell of the same thing, the most probable first.

    Two queries, one for what is near and one for its texts, and the city's. Cases within the table's ``duplicate_radius_m``
    are looked at that are of the same class or of a related one, and are open or were closed within its ``reopen_days``.

    Args:
        jurisdiction: Code of a city.
        point: lon, lat in degrees, WGS 84.
        category: Key of a class; one that the city does not know is like nothing.
        at: When the report was made, by the city's clock: nothing that was reported later is found.
        text: What it says.
        part_code: Of the part that it names.
        number: Of the case that the report is itself: it is left out, and what came after it is found too.
        limit: Cases at most.
    """
    city, loop = loop_city(jurisdiction), table_in_force(jurisdiction)
    asked = city.categories.get(category)
    radius_m = loop.settings.duplicate_radius_m
    if asked is None or radius_m <= 0:
        return []
    told = Told(category, at, text, part_code)
    near = _near(viewer, jurisdiction, point, radius_m).filter(
        category__in=[category, *sorted(related_classes(asked, city.categories))]
    )
    near = near.exclude(number=number) if number else near.filter(reported_at__lte=at)
    rows = _looked_at(near, category, at, timedelta(days=loop.settings.reopen_days))
    texts = last_said([row.id for row in rows])
    found = [
        (row, said, _likeness(row, said, told, radius_m, is_part=asked.type == ObjectType.PART))
        for row in rows
        for said in [texts.get(row.id, {})]
    ]
    likely = sorted(
        (one for one in found if one[2].score >= SHOWN),
        key=lambda one: (-one[2].score, one[0].distance_m, one[0].number),
    )
    words = cache(words_of)
    return [
        _probable(row, said, like, words(row.jurisdiction, row.table_version)) for row, said, like in likely[:limit]
    ]


def _near(viewer: Viewer, jurisdiction: str, point: tuple[float, float], radius_m: float) -> QuerySet[Any, Any]:
    box = Polygon.from_bbox(box_around(*point, radius_m))
    box.srid = SRID
    here = Value(Point(*point, srid=SRID), output_field=PointField(srid=SRID))
    apart = Func("location", here, function="ST_DistanceSphere", output_field=FloatField())
    return (
        models.Case.objects.visible_to(viewer)
        .filter(jurisdiction=jurisdiction, location__bboverlaps=box)
        .annotate(distance_m=apart)
        .filter(distance_m__lte=radius_m)
    )


def _looked_at(near: QuerySet[Any, Any], category: str, at: datetime, reopened: timedelta) -> list[Any]:
    """Return what is open, and what was closed lately; asked for apart, since only the latter is bounded by its time."""
    is_same = ExpressionWrapper(Q(category=category), output_field=BooleanField())
    near = near.annotate(is_same=is_same).order_by("-is_same", "distance_m", "id").values_list(*COLUMNS, named=True)
    closed = near.filter(closed_at__gte=at - reopened, reported_at__gte=at - CLOSED_OF)
    rows = near.filter(kind__in=sorted(OPEN_KINDS))[:LOOKED_AT].union(closed[:LOOKED_AT], all=True)
    return list(rows.order_by("-is_same", "distance_m", "id")[:LOOKED_AT])


def last_said(ids: Sequence[Any]) -> dict[Any, dict[str, str]]:
    """Return what was last said of each case: its description and its address."""
    found: dict[Any, dict[str, str]] = {}
    if ids:
        rows = models.CaseText.objects.filter(case_id__in=ids, field__in=SAID, text__isnull=False)
        for case, field, text in rows.order_by("case_id", "seq").values_list("case_id", "field", "text"):
            found.setdefault(case, {})[field] = text or ""
    return found


def _likeness(row: Any, said: dict[str, str], told: Told, radius_m: float, *, is_part: bool) -> Likeness:
    there = Told(row.category, row.reported_at, " ".join(said.values()), row.part_code)
    return likeness(there, told, distance_m=row.distance_m, radius_m=radius_m, is_part=is_part, closed_at=row.closed_at)


def _probable(row: Any, said: dict[str, str], like: Likeness, words: Words) -> Probable:
    return Probable(
        number=row.number,
        category=words.category(row.category),
        state=words.state(row.state),
        distance_m=round(row.distance_m),
        score=round(like.score, 3),
        why=listed(_why(row, like)),
        is_open=row.closed_at is None,
        reported_at=row.reported_at,
        address=said.get("address", ""),
        description=said.get("description", ""),
    )


def _why(row: Any, like: Likeness) -> list[str]:
    apart = duration(abs(like.seconds))
    return [
        _("same class") if like.of_class == "same" else _("related class"),
        _("%(metres)d m away") % {"metres": round(row.distance_m)},
        _("%(time)s earlier") % {"time": apart} if like.seconds >= 0 else _("%(time)s later") % {"time": apart},
        *([_("same part")] if like.same_part else []),
        *([_("like words")] if like.words is not None and like.words >= LIKE_WORDS else []),
        *([_("closed already")] if row.closed_at is not None else []),
    ]
