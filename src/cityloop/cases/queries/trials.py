"""A table tried on the past cases of a city: reads their events, has them told anew (``rules.trying``), and counts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from itertools import groupby
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

ALL = "SELECT id FROM cases_case WHERE jurisdiction = %s ORDER BY id"
SAMPLE = """
-- The same cases each time they are asked for, from all times alike.
SELECT id FROM (
    SELECT id FROM cases_case WHERE jurisdiction = %s ORDER BY md5(id::text) LIMIT %s
) AS picked ORDER BY id
"""
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
    with connection.cursor() as cursor:
        cursor.execute(*((ALL, [jurisdiction]) if sample is None else (SAMPLE, [jurisdiction, sample])))
        ids = [row[0] for row in cursor.fetchall()]
    total, trier = Tally(), Trier(jurisdiction, other)
    if progress is not None:
        progress(0, len(ids))
    for tally in _shared(trier, [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)], processes):
        total.add(tally)
        if progress is not None:
            progress(total.cases, len(ids))
    return total


def _shared(trier: Trier, batches: Sequence[Sequence[UUID]], processes: int) -> Iterator[Tally]:
    """Yield the tally of each batch, in order; with ``processes`` they work at several at once."""
    if not processes:
        yield from map(trier, batches)
        return
    with ExitStack() as stack:
        helpers: list[Aside[Sequence[UUID], Tally]] = [stack.enter_context(Aside(trier)) for _ in range(processes)]
        for at in range(0, len(batches) + processes, processes):
            waiting = batches[max(at - processes, 0) : at]
            for helper, _batch in zip(helpers, waiting, strict=False):
                yield helper.receive()
            for helper, batch in zip(helpers, batches[at : at + processes], strict=False):
                helper.send(batch)
