"""What this room announces: everything that happens to a case, as a stream for listeners."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from cityloop.cases import models
from cityloop.kernel.listening import Stream
from cityloop.organisation.rules.staffing import Viewer

COLUMNS = (
    "id", "case_id", "case__number", "seq", "jurisdiction", "action", "at", "post", "via", "from_state", "to_state",
    "body",
)  # fmt: skip


class Happened(NamedTuple):
    """One event. ``body`` is its JSON: what changed, without any text and with nobody's name."""

    id: int
    case: UUID
    number: str
    seq: int
    jurisdiction: str
    action: str
    at: datetime
    post: str
    via: str
    from_state: str
    to_state: str
    body: str


class Outline(NamedTuple):
    """Which event it is, and no more."""

    id: int
    case: UUID
    jurisdiction: str
    action: str


def between(after: int, upto: int, most: int) -> list[Happened]:
    """Return the events after the number ``after`` and up to ``upto``, by number, ``most`` at most."""
    rows = models.CaseEvent.objects.filter(id__gt=after, id__lte=upto).order_by("id").values_list(*COLUMNS)[:most]
    return [Happened(*row) for row in rows]


def outlines(jurisdiction: str, actions: Collection[str], after: int, upto: int, most: int) -> list[Outline]:
    """Return the events of a city after the number ``after`` and up to ``upto``, by number, ``most`` at most.

    Args:
        actions: Of these only; none means all.
    """
    rows = models.CaseEvent.objects.filter(jurisdiction=jurisdiction, id__gt=after, id__lte=upto)
    if actions:
        rows = rows.filter(action__in=actions)
    return [Outline(*row) for row in rows.order_by("id").values_list("id", "case_id", "jurisdiction", "action")[:most]]


def seen_by(viewer: Viewer, ids: Collection[int]) -> dict[int, Happened]:
    """Return those of the events that belong to cases which ``viewer`` may see, by number."""
    rows = models.CaseEvent.objects.filter(models.seen_by(viewer, "case__"), id__in=ids).values_list(*COLUMNS)
    return {row[0]: Happened(*row) for row in rows}


EVENTS = Stream("cases_caseevent_id_seq", between)
