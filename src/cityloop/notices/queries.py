"""What people are told."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cityloop.notices import models
from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class InboxNotice:
    """A notice as its reader sees it."""

    id: int
    kind: str
    subject: str
    at: datetime
    is_read: bool


def inbox(viewer: Viewer, *, limit: int = 50) -> list[InboxNotice]:
    """Return what ``viewer`` is told, newest first: one query for the notices, one for how far they have read."""
    parties = Q(person=viewer.user_id) if viewer.user_id is not None else Q(pk__in=())
    for held in viewer.posts:
        party = Q(jurisdiction=held.jurisdiction, post=held.post, person=None)
        parties |= party & (Q(department_id=None) | Q(department_id=held.department_id))
    rows = models.Notice.objects.filter(parties).order_by("-id")[:limit]
    reading = models.Reading.objects.filter(person=viewer.user_id or 0).first()
    read_to = reading.read_to if reading else 0
    return [InboxNotice(row.id, row.kind, row.subject, row.at, row.id <= read_to) for row in rows]
