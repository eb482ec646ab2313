"""What people are told."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cityloop.notices import models
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer

COUNTED = 100
"""Unread notices are counted up to here: more is said as more."""


@dataclass(frozen=True, slots=True)
class InboxNotice:
    """A notice as its reader sees it."""

    id: int
    jurisdiction: str
    kind: str
    subject: str
    at: datetime
    is_read: bool

    @property
    def zone(self) -> ZoneInfo:
        return city(self.jurisdiction).time_zone


def inbox(viewer: Viewer, *, limit: int = 50, before: int | None = None) -> list[InboxNotice]:
    """Return what ``viewer`` is told, newest first: one query for the notices, one for how far they have read.

    Args:
        before: Only what is older than this notice.
    """
    rows = _told(viewer)
    if before is not None:
        rows = rows.filter(id__lt=before)
    reading = models.Reading.objects.filter(person=viewer.user_id or 0).first()
    read_to = reading.read_to if reading else 0
    return [
        InboxNotice(row.id, row.jurisdiction, row.kind, row.subject, row.at, row.id <= read_to)
        for row in rows.order_by("-id")[:limit]
    ]


def unread(viewer: Viewer) -> int:
    """Return how many notices ``viewer`` has not read, at most ``COUNTED``: one query over the newest by their index."""
    read_to = models.Reading.objects.filter(person=viewer.user_id or 0).values("read_to")
    rows = _told(viewer).filter(id__gt=Coalesce(Subquery(read_to), 0)).order_by("-id")
    return len(rows.values_list("id")[:COUNTED])


def _told(viewer: Viewer) -> QuerySet[models.Notice]:
    parties = Q(person=viewer.user_id) if viewer.user_id is not None else Q(pk__in=())
    for held in viewer.posts:
        party = Q(jurisdiction=held.jurisdiction, post=held.post, person=None)
        parties |= party & (Q(department_id=None) | Q(department_id=held.department_id))
    return models.Notice.objects.filter(parties)
