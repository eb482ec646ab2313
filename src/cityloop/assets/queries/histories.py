"""What became of a part over time, and what it was on a day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cityloop.assets import models
from cityloop.assets.queries.values import values_of
from cityloop.assets.rules.values import Past, as_of, why_not_undone
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 200
"""Changes of a part that its page shows: one in two hundred years has more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a part. ``why_not`` says why it cannot be taken back, "" where it can."""

    id: int
    revision: int
    kind: str
    day: date
    at: datetime
    by: int | None
    origin: str
    ref: str
    note: str
    before: dict[str, Any]
    after: dict[str, Any]
    why_not: str


def part_row(viewer: Viewer, code: str) -> models.Part:
    """Return the part with this code that ``viewer`` may see.

    Raises:
        NotFound: There is none.
    """
    row = models.Part.objects.visible_to(viewer).filter(code=code).order_by("id").first() if code.isdigit() else None
    if row is None:
        raise NotFound(_("There is no part with the code %(code)s.") % {"code": code[:20]})
    return row


def changes_of(row: models.Part) -> list[Change]:
    """Return the changes of a part, the newest first: one query."""
    now = values_of(row)
    rows = models.PartChange.objects.filter(jurisdiction=row.jurisdiction, code=row.code).order_by("-revision")[:SHOWN]
    names = ("id", "revision", "kind", "day", "at", "by", "origin", "ref", "note", "before", "after")
    return [
        Change(**{name: getattr(one, name) for name in names}, why_not=why_not_undone(now, one.before, one.after))
        for one in rows
    ]


def part_on(viewer: Viewer, code: str, day: date) -> dict[str, Any] | None:
    """Return what a part was at the end of a day, as values; None where it did not stand there then. Two queries.

    Raises:
        NotFound: There is no such part.
    """
    row = part_row(viewer, code)
    if day < row.valid_from:
        return None
    later = models.PartChange.objects.filter(jurisdiction=row.jurisdiction, code=row.code, day__gt=day)
    was = as_of(values_of(row), [Past(*one) for one in later.order_by("-revision").values_list("day", "before")], day)
    gone = was["valid_to"]
    return None if gone and date.fromisoformat(gone) <= day else was
