"""What moves by itself, each when its time has come.

Closed cases go to the archive, what was put off is taken up again; a clock's share is urged, an overdue one passed on;
where a calendar has changed, the deadlines of open cases are counted anew.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, zip_longest
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

from django.db import InterfaceError, OperationalError, transaction
from typing_extensions import override

from cityloop.cases import models
from cityloop.cases.actions.perform import perform
from cityloop.cases.choices import Via
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.queries.waiting import come, ticking_cities, windows
from cityloop.cases.queries.waking import outdated, outdated_cases, watches, woken
from cityloop.cases.rules.snapshot import snapshot_from_json
from cityloop.cases.rules.waking import next_wake, outdated_clocks
from cityloop.kernel.alone import alone
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


Act = tuple[str, str]
"""An action, and a name that tells this act on a case from all others: twice is once, whoever comes to it."""

NOTHING: Act = ("", "")


class Turn(NamedTuple):
    """A case that the system may have something to do with; ``decide`` tells what, from the case once it is locked."""

    number: str
    case: UUID
    seq: int
    jurisdiction: str
    decide: Callable[[models.Case, datetime | None], Act]


Row = TypeVar("Row")


def tick(*, now: datetime | None = None, limit: int = 1000, only: str = "") -> Ticked:
    """Take what the tables let the system take by itself, for the cases whose time has come, longest waiting first.

    Each case in a transaction of its own. One tick at a time, on however many machines; what one does not come to is left to
    the next. Run again, it finds nothing left to do.

    Args:
        now: The time in all cities; None asks each city's clock.
        limit: Cases to move at most, of each kind: by a time that they keep, by their clocks, by a changed calendar.
        only: In this city alone, whose time the caller leads (the setting ``cases.led``); without, in all that nobody leads.
    """
    ticked = Ticked()
    with alone("cases", f"tick {only}".rstrip()) as is_alone:
        ticked.is_alone = is_alone
        if is_alone:
            codes = ticking_cities(only)
            for found in (_timed(now, codes), _woken(now, codes), _outdated(codes)):
                _run(found, ticked, now, limit)
    if ticked.done or ticked.refused:
        logger.info("tick: %s", ticked)
    return ticked


def _run(found: Iterator[Turn], ticked: Ticked, now: datetime | None, limit: int) -> None:
    done, failed = ticked.done.total(), ticked.refused + ticked.passed
    for turn in found:
        if ticked.done.total() - done >= limit or ticked.refused + ticked.passed - failed >= limit * TRIES:
            return
        _take(turn, now, ticked)


def _timed(now: datetime | None, codes: Sequence[str]) -> Iterator[Turn]:
    """Yield what waits for a time that the case keeps."""
    places = windows(now, codes)
    while places:
        found = come(places, AT_ONCE)
        for case in _in_turn(found):
            window = case.window
            yield Turn(
                case.number, case.case, case.seq, window.jurisdiction, partial(_as_the_table_says, window.action)
            )
        places = [rows[-1].window.after(rows[-1]) for rows in found if len(rows) == AT_ONCE]


def _woken(now: datetime | None, codes: Sequence[str]) -> Iterator[Turn]:
    """Yield the cases by whose clocks the system acts now."""
    places = watches(now, codes)
    while places:
        found = woken(places, AT_ONCE)
        for case in _in_turn(found):
            yield Turn(case.number, case.case, case.seq, case.watch.jurisdiction, _as_the_clocks_say)
        places = [rows[-1].watch.after(rows[-1]) for rows in found if len(rows) == AT_ONCE]


def _outdated(codes: Collection[str]) -> Iterator[Turn]:
    """Yield the open cases whose clocks go by a calendar that has changed since."""
    for place in outdated():
        if place.jurisdiction not in codes:
            continue
        while rows := outdated_cases(place, AT_ONCE):
            for number, case, seq in rows:
                yield Turn(number, case, seq, place.jurisdiction, _as_the_calendar_says)
            place = place.after(rows[-1][1])  # noqa: PLW2901  # the next page of the same place


def _in_turn(found: list[list[Row]]) -> Iterator[Row]:
    """Yield the first of each list, then the second of each, and so on: everybody's turn comes."""
    return (case for case in chain.from_iterable(zip_longest(*found)) if case is not None)


def _take(turn: Turn, now: datetime | None, ticked: Ticked) -> None:
    try:
        taken = _take_one(turn, now)
    except CityError as exc:
        logger.warning("case %s: %s refused: %s", turn.number, ACTOR, exc.message)
        ticked.refused += 1
    except (OperationalError, InterfaceError):
        raise  # the database is away: no case would fare better
    except Exception:
        logger.exception("case %s: %s failed", turn.number, ACTOR)
        ticked.refused += 1
    else:
        ticked.done.update([taken] if taken else [])
        ticked.passed += not taken


def _take_one(turn: Turn, now: datetime | None) -> str:
    """Act on the case, unless somebody holds it or has moved it since; return the action taken, or ""."""
    with transaction.atomic():
        stands = models.Case.objects.filter(pk=turn.case, seq=turn.seq).select_for_update(skip_locked=True)
        row = stands.defer("location").first()
        action, name = NOTHING if row is None else turn.decide(row, now)
        if not action:
            return ""
        done = perform(
            turn.number,
            action,
            {},
            actor=system_viewer(ACTOR, turn.jurisdiction),
            key=uuid5(turn.case, name),
            via=Via.SYSTEM,
            now=now,
            expected_seq=turn.seq,
        )
    return "" if done.repeated else action


def _as_the_table_says(action: str, row: models.Case, _now: datetime | None) -> Act:
    return action, f"{action} {row.seq}"


def _as_the_clocks_say(row: models.Case, now: datetime | None) -> Act:
    city = loop_city(row.jurisdiction)
    wake = next_wake(table(row.jurisdiction, row.table_version), snapshot_from_json(row.snapshot), city)
    return (wake.action, wake.name) if wake and wake.at <= (now or city.city.now()) else NOTHING


def _as_the_calendar_says(row: models.Case, _now: datetime | None) -> Act:
    action = table(row.jurisdiction, row.table_version).recounting
    clocks = outdated_clocks(snapshot_from_json(row.snapshot), loop_city(row.jurisdiction))
    return (action.code, f"{action.code} {row.seq}") if action and any(clocks) else NOTHING
