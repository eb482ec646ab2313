"""Re-surveys and how far they are."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from cityloop.assets import models
from cityloop.assets.choices import Seen
from cityloop.assets.queries.listing import PAGE, PartPage, lines_of, with_spot
from cityloop.assets.queries.words import PartWords
from cityloop.kernel.errors import NotFound
from cityloop.kernel.paging import encode_cursor, key_of
from cityloop.kernel.shares import tenths
from cityloop.kernel.translation import _, listed
from cityloop.organisation.queries import City, city
from cityloop.organisation.rules.staffing import Viewer

LIST = "survey"
MOST = 100
"""Surveys that are listed: the last years'."""


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """A survey and how far it is.

    Args:
        total: Parts that belong to it.
        what: Its classes and its area in words.
    """

    id: UUID
    jurisdiction: str
    title: str
    what: str
    begins_on: date
    due_on: date
    closed_at: datetime | None
    total: int
    confirmed: int
    changed: int
    missing: int

    @property
    def done(self) -> int:
        return self.confirmed + self.changed + self.missing

    @property
    def left(self) -> int:
        return max(0, self.total - self.done)

    @property
    def share(self) -> str:
        return tenths(min(self.done, self.total), self.total) if self.total else ""

    def is_late(self, today: date) -> bool:
        return self.closed_at is None and self.left > 0 and today > self.due_on


def parts_of(row: models.Survey) -> models.PartQuerySet:
    """Return the parts of a survey: those of its classes in its area that stood on the day when it began."""
    rows = models.Part.objects.valid_on(row.begins_on).filter(jurisdiction=row.jurisdiction)
    if row.classes:
        rows = rows.filter(class_code__in=row.classes)
    if row.area:
        rows = rows.filter(**{"street" if len(row.area) <= 9 else "community": row.area})
    return rows


def surveys(viewer: Viewer, home: City) -> list[SurveyLine]:
    """Return the surveys of a city, the newest first: a count for each."""
    rows = models.Survey.objects.visible_to(viewer).filter(jurisdiction=home.code).order_by("-begins_on", "-id")[:MOST]
    return [line_of(row, home) for row in rows]


def survey_row(viewer: Viewer, survey_id: UUID) -> models.Survey:
    """Return a survey.

    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    row = models.Survey.objects.visible_to(viewer).filter(pk=survey_id).first()
    if row is None:
        raise NotFound(_("There is no such survey."))
    return row


def line_of(row: models.Survey, home: City) -> SurveyLine:
    """Return a survey and how far it is: two counts."""
    words = PartWords(home, [row.area])
    counted = dict(row.marks.order_by().values_list("seen").annotate(Count("id")))
    classes = [words.class_name(home.scheme, code) for code in row.classes] or [_("All classes")]
    what = " · ".join((listed(classes), words.area(row.area) if row.area else _("the whole city")))
    return SurveyLine(
        row.pk, row.jurisdiction, row.title, what, row.begins_on, row.due_on, row.closed_at, parts_of(row).count(),
        counted.get(Seen.CONFIRMED, 0), counted.get(Seen.CHANGED, 0), counted.get(Seen.MISSING, 0),
    )  # fmt: skip


def survey_page(row: models.Survey, seen: str = "", cursor: str = "") -> PartPage:
    """Return a page of the parts of a survey, by code: those still to be looked at, or those found ``seen``.

    Raises:
        InvalidInput: The cursor is none of this list.
    """
    marks = models.SurveyMark.objects.filter(survey=row, code=OuterRef("code"))
    rows = parts_of(row)
    rows = rows.filter(Exists(marks.filter(seen=seen))) if seen in Seen.values else rows.filter(~Exists(marks))
    if cursor:
        [after] = key_of(LIST, cursor, str)
        rows = rows.filter(code__gt=after)
    found = list(with_spot(rows.order_by("code"))[: PAGE + 1])
    lines = lines_of(city(row.jurisdiction), found[:PAGE])
    return PartPage(lines, encode_cursor(LIST, lines[-1].code) if len(found) > PAGE else "")


def open_surveys_of(viewer: Viewer, home: City, row: "models.Part") -> list[models.Survey]:
    """Return the open surveys to which a part belongs."""
    rows = (
        models.Survey.objects.visible_to(viewer).filter(jurisdiction=home.code, closed_at=None).order_by("due_on", "id")
    )
    return [
        one
        for one in rows[:MOST]
        if (not one.classes or row.class_code in one.classes)
        and (not one.area or one.area in {row.street, row.community})
        and row.valid_from <= one.begins_on
    ]
