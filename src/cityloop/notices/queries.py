"""What people are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from cityloop.notices import models
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import Viewer

SEQUENCE = "notices_notice_id_seq"
"""Counts every notice."""

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


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with what they are told: the id of the newest notice (0: none), how many are unread."""

    newest: int
    unread: int


def inbox(viewer: Viewer, *, limit: int = 50, before: int | None = None) -> list[InboxNotice]:
    """Return what ``viewer`` is told, newest first: one query.

    Args:
        before: Only what is older than this notice.
    """
    older = Q() if before is None else Q(id__lt=before)
    columns = ("id", "jurisdiction", "kind", "subject", "at", "read_to")
    return [
        InboxNotice(row.id, row.jurisdiction, row.kind, row.subject, row.at, row.id <= row.read_to)
        for row in _newest(viewer, older, limit, *columns)
    ]


def standing(viewer: Viewer) -> Standing:
    """Return what is new for ``viewer``, counted up to ``COUNTED``: one query over the newest by their index."""
    rows = _newest(viewer, Q(), COUNTED, "id", "read_to")
    return Standing(max((row.id for row in rows), default=0), sum(row.id > row.read_to for row in rows))


def _newest(viewer: Viewer, which: Q, limit: int, *columns: str) -> list[Any]:
    """Return the newest notices: those of each party by the index, then the newest of them all."""
    read_to = models.Reading.objects.filter(person=viewer.user_id or 0).values("read_to")
    rows = models.Notice.objects.annotate(read_to=Coalesce(Subquery(read_to), 0)).filter(which)
    each = [rows.filter(party).order_by("-id").values_list(*columns, named=True)[:limit] for party in _parties(viewer)]
    if len(each) < 2:  # nothing to put together
        return [row for rows in each for row in rows]
    return list(each[0].union(*each[1:], all=True).order_by("-id")[:limit])


def _parties(viewer: Viewer) -> list[Q]:
    """Return the parties in which somebody stands, none of them twice: a notice is told to one party alone."""
    parties = [Q(person=viewer.user_id)] if viewer.user_id is not None else []
    held = {(held.jurisdiction, held.post, unit) for held in viewer.posts for unit in (None, held.department_id)}
    for jurisdiction, post, unit in sorted(held, key=str):
        parties.append(Q(jurisdiction=jurisdiction, post=post, department_id=unit, person=None))
    return parties
