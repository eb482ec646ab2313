"""What moves by itself: closed cases go to the archive, what was put off is taken up again, each when its time has come."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from uuid import UUID, uuid5

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from typing_extensions import override

from cityloop.cases import models
from cityloop.cases.actions.perform import perform
from cityloop.cases.choices import Via
from cityloop.cases.queries.waiting import Come, come, windows
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _
from cityloop.organisation.queries import system_viewer

logger = logging.getLogger(__name__)

ACTOR = "clock"
"""The name under which the system acts here."""

AT_ONCE = 100
"""Cases asked for at once, of each city, table version and state: everybody's turn comes, however much one has."""

TRIES = 10
"""How often the limit may be tried in vain: cases that refuse do not keep the others waiting for ever."""


@dataclass(slots=True)
class Ticked:
    """What one tick did.

    Attributes:
        done: Number of cases by action.
        refused: Cases whose table did not let them go on.
        passed: Cases that somebody else acted on at the same moment; the next tick looks again.
        is_alone: Whether it ran at all: there is one tick at a time.
    """

    done: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    passed: int = 0
    is_alone: bool = True

    @override
    def __str__(self) -> str:
        if not self.is_alone:
            return _("Another tick is running; this one did nothing.")
        done = ", ".join(f"{action} {count}" for action, count in sorted(self.done.items())) or "–"
        return _("done: %(done)s; refused: %(refused)d; in somebody's hands: %(passed)d") % {
            "done": done,
            "refused": self.refused,
            "passed": self.passed,
        }


def tick(*, now: datetime | None = None, limit: int = 1000) -> Ticked:
    """Take what the tables let the system take by itself, for the cases whose time has come, longest waiting first.

    Each case in a transaction of its own. One tick at a time, on however many machines; what one does not come to is left to
    the next. Run again, it finds nothing left to do.

    Args:
        now: The time in all cities; None asks each city's clock.
        limit: Cases to move at most.
    """
    ticked = Ticked()
    with _alone() as is_alone:
        ticked.is_alone = is_alone
        if is_alone:
            _run(ticked, now, limit)
    if ticked.done or ticked.refused:
        logger.info("tick: %s", ticked)
    return ticked


def _run(ticked: Ticked, now: datetime | None, limit: int) -> None:
    places = windows(now)
    while places:
        found = come(places, AT_ONCE)
        for case in _in_turn(found):
            if ticked.done.total() >= limit or ticked.refused + ticked.passed >= limit * TRIES:
                return
            _take(case, now, ticked)
        places = [rows[-1].window.after(rows[-1]) for rows in found if len(rows) == AT_ONCE]


def _in_turn(found: list[list[Come]]) -> Iterator[Come]:
    """Yield the first of each window, then the second of each, and so on."""
    return (case for case in chain.from_iterable(zip_longest(*found)) if case is not None)


def _take(case: Come, now: datetime | None, ticked: Ticked) -> None:
    action = case.window.action
    try:
        taken = _take_one(case, now)
    except CityError as exc:
        logger.warning("case %s: %s by %s refused: %s", case.number, action, ACTOR, exc.message)
        ticked.refused += 1
    except (OperationalError, InterfaceError):
        raise  # the database is away: no case would fare better
    except Exception:
        logger.exception("case %s: %s by %s failed", case.number, action, ACTOR)
        ticked.refused += 1
    else:
        ticked.done.update([action] if taken else [])
        ticked.passed += not taken


def _take_one(case: Come, now: datetime | None) -> bool:
    """Take the case's action, unless somebody holds the case, or has moved it since; return whether it was taken."""
    with transaction.atomic():
        stands = models.Case.objects.filter(pk=case.case, seq=case.seq).select_for_update(skip_locked=True)
        if not stands.values_list("seq", flat=True).first():
            return False
        perform(
            case.number,
            case.window.action,
            {},
            actor=system_viewer(ACTOR, case.window.jurisdiction),
            key=key_of(case.case, case.window.action, case.seq),
            via=Via.SYSTEM,
            now=now,
            expected_seq=case.seq,
        )
    return True


def key_of(case: UUID, action: str, seq: int) -> UUID:
    """Return the idempotency key of an act of the system's own: whoever comes to the same act has the same key."""
    return uuid5(case, f"{action} {seq}")


@contextmanager
def _alone() -> Iterator[bool]:
    """Keep other ticks out; PostgreSQL lets go of the lock when this process dies, where a job's lock would stay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('cityloop.cases'), hashtext('tick'))")
        [is_alone] = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('cityloop.cases'), hashtext('tick'))")
