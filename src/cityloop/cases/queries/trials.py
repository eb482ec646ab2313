"""A table tried on the past cases of a city: reads their events, has them told anew (``rules.trying``), and counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import connection

from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.table import Table
from cityloop.cases.rules.tally import Tally
from cityloop.cases.rules.trying import World, past_act, tried
from cityloop.kernel.aside import Aside

BATCH = 500

COUNT = "SELECT count(*) FROM cases_case WHERE jurisdiction = %(jurisdiction)s"
LAST_PICKED = """
-- Up to which digest the cases of a sample go: the same ones each time they are asked for, from all times alike.
SELECT md5(id::text) FROM cases_case WHERE jurisdiction = %(jurisdiction)s ORDER BY 1 OFFSET greatest(%(sample)s - 1, 0) LIMIT 1
"""
NEXT = """
-- The next cases by the index that gives a city's reports: each page begins where the one before ended.
SELECT reported_at, id FROM cases_case
WHERE jurisdiction = %(jurisdiction)s AND (reported_at, id) > (%(at)s, %(id)s)
    AND (%(picked)s::text IS NULL OR md5(id::text) <= %(picked)s)
ORDER BY reported_at, id LIMIT %(most)s
"""
FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
"""Before every case in that order."""

EVENTS = """
SELECT c.number, c.table_version, e.action, e.at, e.person, e.post, e.from_state, e.to_state, e.body
FROM cases_case c JOIN cases_caseevent e ON e.case_id = c.id WHERE c.id = ANY(%s::uuid[]) ORDER BY c.id, e.seq
"""

DAYS_KEPT = 400
"""Of the city as it was: cases come nearly in the order of their reports."""

Progress = Callable[[int, int], None]
"""Told how many cases are done, of how many."""


class Trier:
    """Tries one table on cases of one city, batch by batch."""

    def __init__(self, jurisdiction: str, other: Table) -> None:
        self.code, self.other = jurisdiction, other
        self.city = loop_city(jurisdiction).city
        on = lru_cache(maxsize=DAYS_KEPT)(self._on)
        self.world = World(lambda at: on(self.city.day_of(at)))

    def _on(self, day: date) -> LoopCity:
        return LoopCity(self.city, day)

    def __call__(self, ids: Sequence[UUID]) -> Tally:
        """Return what came of the cases ``ids``."""
        tally = Tally()
        connection.ensure_connection()
        cursor: psycopg.Cursor[Any] = psycopg.Cursor(connection.connection)
        rows = cursor.execute(EVENTS, [list(ids)], binary=True)
        for (number, version), events in groupby(rows, key=itemgetter(0, 1)):
            acts = [
                past_act(action, at, person, post, (before, after), orjson.loads(body))
                for _number, _version, action, at, person, post, before, after, body in events
            ]
            tally.count(number, len(acts), tried(table(self.code, version), self.other, acts, self.world))
        return tally


def trial(
    jurisdiction: str,
    other: Table,
    *,
    sample: int | None = None,
    processes: int = 0,
    progress: Progress | None = None,
) -> Tally:
    """Return what would have become of a city's cases under another table.

    Args:
        jurisdiction: Code of the city.
        other: The table to try.
        sample: So many cases of all times; None for all.
        processes: Further ones that share the work; 0: this one does it.
        progress: Told after each batch.
    """
    total, trier = Tally(), Trier(jurisdiction, other)
    count = _count(jurisdiction, sample)
    if progress is not None:
        progress(0, count)
    for tally in _shared(trier, _batches(jurisdiction, sample), processes):
        total.add(tally)
        if progress is not None:
            progress(total.cases, max(count, total.cases))  # people go on reporting meanwhile
    return total


def _count(jurisdiction: str, sample: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"jurisdiction": jurisdiction})
        [count] = cursor.fetchone()
    return int(count) if sample is None else min(int(count), sample)


def _batches(jurisdiction: str, sample: int | None) -> Iterator[list[UUID]]:
    """Yield the cases to try, ``BATCH`` at a time and asked for one batch after the other: a city may have millions."""
    given: dict[str, Any] = {"jurisdiction": jurisdiction, "sample": sample, "most": BATCH, "picked": None}
    given["at"], given["id"] = FIRST
    with connection.cursor() as cursor:
        if sample is not None:
            cursor.execute(LAST_PICKED, given)
            given["picked"] = (cursor.fetchone() or [None])[0]
    while True:
        with connection.cursor() as cursor:
            cursor.execute(NEXT, given)
            rows = cursor.fetchall()
        if not rows:
            return
        yield [key for _at, key in rows]
        given["at"], given["id"] = rows[-1]


def _shared(trier: Trier, batches: Iterator[Sequence[UUID]], processes: int) -> Iterator[Tally]:
    """Yield the tally of each batch, in order; with ``processes`` they work at several at once."""
    if not processes:
        yield from map(trier, batches)
        return
    with ExitStack() as stack:
        helpers: list[Aside[Sequence[UUID], Tally]] = [stack.enter_context(Aside(trier)) for _ in range(processes)]
        busy: list[Aside[Sequence[UUID], Tally]] = []
        while True:
            waiting = list(islice(batches, processes))
            for helper in busy:
                yield helper.receive()
            busy = helpers[: len(waiting)]
            for helper, batch in zip(busy, waiting, strict=True):
                helper.send(batch)
            if not busy:
                return
