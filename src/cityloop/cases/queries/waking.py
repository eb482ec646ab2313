"""The cases by whose clocks the system acts now, and those that go by a calendar that has changed: found by index."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from cityloop.cases.queries.waiting import FIRST_ID, apart
from cityloop.cases.rules.waking import calendars_in
from cityloop.organisation import queries as organisation

WOKEN = """
-- Of each city: the cases whose instant has come, by it, from a key on.
SELECT w.n, c.number, c.id, c.seq, c.wake_at
FROM jsonb_to_recordset(%s::jsonb) AS w(n int, jurisdiction text, now timestamptz, from_at timestamptz, from_id uuid)
CROSS JOIN LATERAL (
    SELECT number, id, seq, wake_at FROM cases_case
    WHERE jurisdiction = w.jurisdiction AND wake_at <= w.now AND (wake_at, id) > (w.from_at, w.from_id)
    ORDER BY wake_at, id LIMIT %s
) AS c
"""

USED = """
-- By which calendars and versions open cases go, city by city: a probe of the index for each that is found.
WITH RECURSIVE used AS (
    (SELECT jurisdiction, counted_by FROM cases_case WHERE counted_by <> '' ORDER BY jurisdiction, counted_by LIMIT 1)
    UNION ALL
    SELECT n.jurisdiction, n.counted_by FROM used CROSS JOIN LATERAL (
        SELECT jurisdiction, counted_by FROM cases_case
        WHERE counted_by <> '' AND (jurisdiction, counted_by) > (used.jurisdiction, used.counted_by)
        ORDER BY jurisdiction, counted_by LIMIT 1
    ) AS n
)
SELECT jurisdiction, counted_by FROM used
"""

GOING_BY = """
-- The open cases of a city that go by these versions, from an id on.
SELECT number, id, seq FROM cases_case
WHERE jurisdiction = %s AND counted_by = %s AND id > %s::uuid ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """Where to look: a city, the time there, and from which key on."""

    jurisdiction: str
    now: datetime
    from_at: datetime | None = None
    from_id: UUID = FIRST_ID

    def after(self, last: "Woken") -> "Watch":
        return replace(self, from_at=last.at, from_id=last.case)


class Woken(NamedTuple):
    """A case whose instant has come. ``seq`` is where it stood."""

    watch: Watch
    number: str
    case: UUID
    seq: int
    at: datetime


def watches(now: datetime | None = None, codes: Iterable[str] | None = None) -> list[Watch]:
    """Return every city with its time; one of which that cannot be told is logged and left out.

    Args:
        now: The time in all cities; None asks each city's clock.
        codes: Of these cities alone; None: of all.
    """
    found: list[Watch] = []
    for code in organisation.jurisdictions() if codes is None else codes:
        with apart(code):
            found.append(Watch(code, now or organisation.city(code).now()))
    return found


def woken(places: Iterable[Watch], most: int) -> list[list[Woken]]:
    """Return the cases whose instant has come, of each city that has any, ``most`` of each at once: one query."""
    asked = list(places)
    given = [
        {
            "n": n,
            "jurisdiction": watch.jurisdiction,
            "now": watch.now,
            "from_at": watch.from_at or "-infinity",
            "from_id": watch.from_id,
        }
        for n, watch in enumerate(asked)
    ]
    found: dict[int, list[Woken]] = {}
    with connection.cursor() as cursor:
        cursor.execute(WOKEN, [orjson.dumps(given).decode(), most])
        for n, number, case, seq, at in cursor.fetchall():
            found.setdefault(n, []).append(Woken(asked[n], number, case, seq, at))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Outdated:
    """Where open cases go by an old version of a calendar: a city, what they are counted by, and from which id on."""

    jurisdiction: str
    counted_by: str
    from_id: UUID = FIRST_ID

    def after(self, last: UUID) -> "Outdated":
        return replace(self, from_id=last)


def outdated() -> list[Outdated]:
    """Return where open cases go by a calendar of which there is a newer version: one query, however many cases."""
    with connection.cursor() as cursor:
        cursor.execute(USED)
        used: list[tuple[str, str]] = cursor.fetchall()
    found: list[Outdated] = []
    for code, counted in used:
        with apart(code):
            known = organisation.city(code).calendars
            if any(name in known and known[name].version != version for name, version in calendars_in(counted)):
                found.append(Outdated(code, counted))
    return found


def outdated_cases(place: Outdated, most: int) -> list[tuple[str, UUID, int]]:
    """Return number, id and last event of the next cases there, by id."""
    with connection.cursor() as cursor:
        cursor.execute(GOING_BY, [place.jurisdiction, place.counted_by, place.from_id, most])
        rows: list[tuple[str, UUID, int]] = cursor.fetchall()
    return rows
