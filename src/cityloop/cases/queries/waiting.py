"""The cases for which a time has come: found by index, however many there are."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import DataError, InterfaceError, OperationalError, connection

from cityloop.cases.queries.tables import table, versions_known
from cityloop.cases.rules.timed import Timed, timed_actions
from cityloop.kernel.errors import CityError
from cityloop.organisation import queries as organisation

logger = logging.getLogger(__name__)

LED = "cases.led"
"""The setting of a city in which somebody else says when the system acts: a demonstration's simulation."""

FIRST_ID = UUID(int=0)

RESUME = "(snapshot #>> '{values,resume_on}')"

HELD: dict[str, str] = {
    "reported_at": "reported_at",
    "closed_at": "closed_at",
    "resume_on": f"{RESUME}::timestamptz",
    "external_due": "(snapshot #>> '{values,external_due}')::timestamptz",
}
"""Where a case keeps each of its times."""

BY_INDEX = {
    # The index keeps the text, since turning it into an instant depends on settings. Text of whole seconds and of their
    # parts sorts a little apart, so it only narrows, by a second more than wanted.
    "resume_on": f"""(snapshot -> 'values') ? 'resume_on' AND {RESUME} COLLATE "C" <= w.latest_text AND """,
}

COME = """
-- For each window (a city, a version of its table, a state): the cases whose time has come, by that time, from a key on.
SELECT w.n, c.number, c.id, c.seq, c.held
FROM jsonb_to_recordset(%s::jsonb) AS w(n int, jurisdiction text, version int, state text, latest timestamptz,
    latest_text text, from_held timestamptz, from_id uuid, awaits_decisions boolean)
CROSS JOIN LATERAL (
    SELECT number, id, seq, {held} AS held FROM cases_case
    WHERE jurisdiction = w.jurisdiction AND table_version = w.version AND state = w.state
        AND {by_index}{held} <= w.latest AND ({held}, id) > (w.from_held, w.from_id)
        AND (NOT w.awaits_decisions OR snapshot -> 'applications' = '{{}}')
    ORDER BY {held}, id LIMIT %s
) AS c
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Where to look: a city, a version of its table, a state, the action to take, and from which key on."""

    jurisdiction: str
    version: int
    state: str
    action: str
    awaits_decisions: bool
    since: str
    latest: datetime
    from_held: datetime | None = None
    from_id: UUID = FIRST_ID

    def after(self, last: "Come") -> "Window":
        return replace(self, from_held=last.held, from_id=last.case)


class Come(NamedTuple):
    """A case whose time has come: since ``held`` plus what its table waits. ``seq`` is where it stood."""

    window: Window
    number: str
    case: UUID
    seq: int
    held: datetime


def ticking_cities(only: str = "") -> list[str]:
    """Return the codes of the cities in which a tick takes what moves by itself: all but those that somebody else leads.

    Args:
        only: The city that is led by whoever asks; else none that is led.
    """
    found = []
    for code in [only] if only else organisation.jurisdictions():
        with apart(code):
            if only or not organisation.city(code).settings[LED]:
                found.append(code)
    return found


def windows(now: datetime | None = None, codes: Iterable[str] | None = None) -> list[Window]:
    """Return where cases may wait for a time: every city by its own clock, every version of its table.

    A city of which that cannot be told is logged and left out: the others must not stop for it.

    Args:
        now: The time in all cities; None asks each city's clock.
        codes: Of these cities alone; None: of all.
    """
    found: list[Window] = []
    for code in organisation.jurisdictions() if codes is None else codes:
        with apart(code):
            found += list(_windows_of(code, now))
    return found


@contextmanager
def apart(code: str) -> Iterator[None]:
    """Log with its code what goes wrong in one city, and go on; where the database is away, no city would fare better."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("what has come in %s cannot be told", code)


def _windows_of(code: str, now: datetime | None) -> Iterator[Window]:
    city = organisation.city(code)
    at = now or city.now()
    for version in versions_known(code, city.versions):
        for action in _timed(code, version):
            latest = action.latest(at)
            for state in action.states:
                yield Window(code, version, state, action.action, action.awaits_decisions, action.since, latest)


def _timed(code: str, version: int) -> list[Timed]:
    """Return what moves by itself under a table; nothing under one that cannot be read: the others must not stop for it."""
    try:
        return timed_actions(table(code, version))
    except CityError as exc:
        logger.warning("table of %s, version %d: %s", code, version, exc.message)
        return []


def come(places: Iterable[Window], most: int) -> list[list[Come]]:
    """Return the cases whose time has come, of each window that has any, ``most`` of each at once: a query for each time."""
    by_time: dict[str, list[Window]] = {}
    for window in places:
        by_time.setdefault(window.since, []).append(window)
    return [rows for since, asked in by_time.items() for rows in _come_orapart(since, asked, most)]


def _come_orapart(since: str, asked: list[Window], most: int) -> list[list[Come]]:
    """Ask for all cities at once; where a time that one holds is none, for each by itself."""
    try:
        return _come(since, asked, most)
    except DataError:
        found: list[list[Come]] = []
        for code in dict.fromkeys(window.jurisdiction for window in asked):
            with apart(code):
                found += _come(since, [window for window in asked if window.jurisdiction == code], most)
        return found


def _come(since: str, asked: list[Window], most: int) -> list[list[Come]]:
    found: dict[int, list[Come]] = {}
    with connection.cursor() as cursor:
        cursor.execute(*statement_for(since, asked, most))
        for n, number, case, seq, held in cursor.fetchall():
            found.setdefault(n, []).append(Come(asked[n], number, case, seq, held))
    return list(found.values())


def statement_for(since: str, asked: list[Window], most: int) -> tuple[str, list[Any]]:
    """Return the statement that looks into ``asked``, windows of one kind of time, and its parameters."""
    given = [
        {
            "n": n,
            "jurisdiction": window.jurisdiction,
            "version": window.version,
            "state": window.state,
            "latest": window.latest,
            "latest_text": f"{window.latest.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "from_held": window.from_held or "-infinity",
            "from_id": window.from_id,
            "awaits_decisions": window.awaits_decisions,
        }
        for n, window in enumerate(asked)
    ]
    return COME.format(held=HELD[since], by_index=BY_INDEX.get(since, "")), [orjson.dumps(given).decode(), most]
