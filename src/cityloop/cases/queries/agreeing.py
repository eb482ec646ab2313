"""The quick half of ``verify``: which cases agree with their events, by whole batches of plain rows.

It folds the events as JSON, as they are stored, and makes of them what ought to stand in every other row. It answers yes
or no; where it is no, ``verifying`` rebuilds the case the long way and names what differs.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from django.db import connection

from cityloop.cases.projections import case_columns, is_personal
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.clocks import clock_from_json
from cityloop.cases.rules.dues import NEVER, Due, due_of, dues
from cityloop.cases.rules.files import attached
from cityloop.cases.rules.history import linked
from cityloop.cases.rules.snapshot import Snapshot, task_from_json, values_from_json
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical, salted_digest

Row = tuple[Any, ...]
Life = list[Any]
"""A task as its row ought to be, in the order of ``TASKS`` from ``kind`` on."""

COLUMNS = (
    "table_version", "state", "kind", "source", "category", "condition", "part_code", "department", "department_ids",
    "people", "reporter_user", "unit_grid", "duty_grid", "community", "street", "district", "external_number", "master",
    "reported_at", "closed_at", "due_at", "warn_at", "double_at", "wake_at", "counted_by", "seq",
)  # fmt: skip

CASES = f"""
-- What the events must tell apart from what they cannot.
SELECT id, number, jurisdiction, via, head, ST_X(location), ST_Y(location), snapshot::text, {", ".join(COLUMNS)}
FROM cases_case
"""

NEXT = f"""
-- The next cases by id.
{CASES} WHERE id > %s::uuid AND (%s::text = '' OR jurisdiction = %s::text) ORDER BY id LIMIT %s::int
"""

NAMED = f"{CASES} WHERE id = ANY(%s::uuid[]) ORDER BY id"

EVENTS = """
-- What is hashed comes first, in its order.
SELECT case_id::text, seq, action, at, person, post, via, from_state, to_state, body, hash, jurisdiction
FROM cases_caseevent WHERE case_id = ANY(%s::uuid[]) ORDER BY case_id, seq
"""

TASKS = """
SELECT case_id::text, n, jurisdiction, kind, post, department_id, person, duty_grid, due_at, warn_at, double_at, opened_at, opened_seq,
    done_at, done_seq, done_by
FROM cases_task WHERE case_id = ANY(%s::uuid[]) ORDER BY case_id, n
"""

TEXTS = """
SELECT case_id::text, seq, field, text, salt, personal, erased_at FROM cases_casetext WHERE case_id = ANY(%s::uuid[])
ORDER BY case_id
"""

FILES = """
SELECT case_id::text, seq, n, kind, sha256, lies_in FROM cases_attachment WHERE case_id = ANY(%s::uuid[])
ORDER BY case_id, seq, n
"""

BATCH = 1000
SAMPLED = 100
"""Of so many cases one is always rebuilt the long way."""

HASHED = 9
"""Columns of ``EVENTS`` that are hashed before the body."""

DUE, DONE = slice(5, 8), slice(10, 13)
"""Places in a ``Life``."""

FIRST = UUID(int=0)


class Batch(NamedTuple):
    """Cases looked at together: how many there are, their events, the ids of those that disagree, and a sample.

    The sample, one case in a hundred, is rebuilt the long way too: so that the two halves cannot drift apart unseen.
    """

    cases: int
    events: int
    different: list[UUID]
    sample: list[UUID]


def batches(jurisdiction: str) -> Iterator[Batch]:
    """Yield what came of all cases of a jurisdiction (``""``: of all), a thousand at a time, by their ids."""
    cursor = _cursor()
    last = FIRST
    while cases := cursor.execute(NEXT, [last, jurisdiction, jurisdiction, BATCH], binary=True).fetchall():
        yield _looked_at(cursor, cases)
        last = cases[-1][0]


def batches_of(ids: Sequence[UUID]) -> Iterator[Batch]:
    """Yield what came of these cases, a thousand at a time; one that there is not is not counted."""
    cursor = _cursor()
    for start in range(0, len(ids), BATCH):
        yield _looked_at(cursor, _rows(cursor, NAMED, list(ids[start : start + BATCH])))


def _cursor() -> "psycopg.Cursor[Row]":
    """Return a cursor whose values travel apart and whose rows come in binary: for millions of rows that is half of the work."""
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def _looked_at(cursor: "psycopg.Cursor[Row]", cases: Sequence[Row]) -> Batch:
    ids = [case[0] for case in cases]
    events, tasks, texts, files = (
        {key: list(rows) for key, rows in groupby(_rows(cursor, query, ids), key=itemgetter(0))}
        for query in (EVENTS, TASKS, TEXTS, FILES)
    )
    count, different = 0, []
    for case in cases:
        key = str(case[0])
        told = events.get(key, [])
        count += len(told)
        if not _agrees(case, told, tasks.get(key, []), texts.get(key, []), files.get(key, [])):
            different.append(case[0])
    return Batch(len(cases), count, different, ids[::SAMPLED])


def _rows(cursor: psycopg.Cursor[Row], query: str, ids: list[UUID]) -> list[Row]:
    return cursor.execute(query, [ids], binary=True).fetchall()


def _agrees(case: Row, events: Sequence[Row], tasks: Sequence[Row], texts: Sequence[Row], files: Sequence[Row]) -> bool:
    _id, number, jurisdiction, via, head, lon, lat, snapshot, *columns = case
    if not events or events[0][6] != via:
        return False
    try:
        loop, city = table(jurisdiction, columns[0]), loop_city(jurisdiction)
        rebuilt = _Rebuilt(loop, city)
        if rebuilt.chain(events, number, jurisdiction) != head:
            return False
        if canonical(orjson.loads(snapshot)) != canonical(rebuilt.snapshot()):
            return False
        after = rebuilt.after()
        made = case_columns(loop, after, city, dues(loop, after, city))
        made["master"] = UUID(made["master"]) if made["master"] else None
    except (CityError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return False
    values = after.values
    return (
        [made[name] for name in COLUMNS] == columns
        and (values.get("lon"), values.get("lat")) == (lon, lat)
        and number[: len(jurisdiction)] == jurisdiction
        and rebuilt.tasks_are(tasks, jurisdiction)
        and rebuilt.texts_are(texts)
        and rebuilt.files == [row[1:] for row in files]
    )


class _Rebuilt:
    """A case as its events tell it, in JSON's own terms; for one case."""

    def __init__(self, loop: Table, city: LoopCity) -> None:
        self.loop, self.city = loop, city
        self.state, self.seq, self.task_count = "", 0, 0
        self.last: list[Any] | None = None
        self.at: datetime | None = None
        self.applications: Mapping[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}
        self.clocks: dict[str, Any] = {}
        self.tasks: dict[str, list[Any]] = {}
        self.lives: dict[int, Life] = {}
        self.digests: dict[tuple[int, str], str] = {}
        self.files: list[Row] = []

    def chain(self, events: Sequence[Row], number: str, jurisdiction: str) -> bytes | None:
        """Fold the events and return the head of their chain; None where one does not follow from the one before."""
        head = NO_HASH
        for row in events:
            body = row[9]
            head = linked(head, canonical(row[:HASHED]) + body.encode(), "" if self.seq else number)
            if (row[1], row[7], row[10], row[11]) != (self.seq + 1, self.state, head, jurisdiction):
                return None
            self._fold(row, orjson.loads(body), jurisdiction)
        return head

    def _fold(self, row: Row, body: Mapping[str, Any], jurisdiction: str) -> None:
        self.seq, action, self.at, person, self.state = row[1], row[2], row[3], row[4], row[8]
        changed, clocks, opened = body.get("set", ()), body.get("clocks", ()), body.get("open", ())
        if changed:
            _merge(self.values, changed)
        if "flags" in body:
            _merge(self.flags, body["flags"])
        if clocks:
            _merge(self.clocks, clocks)
        if "applications" in body:
            self.applications = body["applications"]
        for done in body.get("done", ()):
            del self.tasks[str(done)]
            self.lives[done][DONE] = self.at, self.seq, person
        if opened:
            self.tasks.update(opened)
            self.task_count = max(self.task_count, *map(int, opened))
        if opened or clocks or "duty_grid" in changed:
            self._write(opened, clocks, moved="duty_grid" in changed)
        if body.get("act"):
            self.last = None if action in self.loop.restoring else [self.seq, action, person, self.at]
        if "texts" in body:
            self.digests |= {(self.seq, name): digest for name, digest in body["texts"].items()}
        if "in" in body and (names := self.loop.actions[action].files):
            self.files += [(self.seq, *one) for one in attached(names, body, jurisdiction)]

    def _write(self, opened: Any, clocks: Any, *, moved: bool) -> None:
        """Bring the rows of tasks to where ``projections.written_tasks`` would."""
        for name, task in self.tasks.items():
            kind, post, department, person, clock, due_on = task
            if not (moved or name in opened or clock in clocks):
                continue
            number = int(name)
            due = Due(datetime.fromisoformat(due_on)) if due_on else self._due(clock)
            grid = self.values.get("duty_grid", "")
            life = self.lives.get(number)
            if life is None:
                unit = self.city.department(department) if department else None
                life = [kind, post, unit.id if unit else None, person, grid, *due, self.at, self.seq, None, None, None]
                self.lives[number] = life
            else:
                life[4] = grid
                life[DUE] = due
                life[DONE] = None, None, None

    def _due(self, stage: str) -> Due:
        clock = self.clocks.get(stage)
        if clock is None or "since" not in clock:
            return NEVER
        return due_of(clock_from_json(clock), self.city, 1 - self.loop.settings.yellow_share)

    def snapshot(self) -> dict[str, Any]:
        """Return the case as it ought to be stored."""
        return {
            "state": self.state,
            "values": self.values,
            "flags": self.flags,
            "clocks": self.clocks,
            "applications": self.applications,
            "tasks": self.tasks,
            "seq": self.seq,
            "task_count": self.task_count,
            "last": self.last,
            "at": self.at,
        }

    def after(self) -> Snapshot:
        """Return the case as a value; of its clocks those that may go on, since no column tells of the others."""
        return Snapshot(
            self.state,
            values_from_json(self.values),
            self.flags,
            {stage: clock_from_json(clock) for stage, clock in self.clocks.items() if not clock.get("stopped")},
            self.applications,
            {int(number): task_from_json(task) for number, task in self.tasks.items()},
            self.seq,
            self.task_count,
            None,
            self.at,
        )

    def tasks_are(self, rows: Sequence[Row], jurisdiction: str) -> bool:
        return len(rows) == len(self.lives) and all(
            row[2] == jurisdiction and list(row[3:]) == self.lives.get(row[1]) for row in rows
        )

    def texts_are(self, rows: Sequence[Row]) -> bool:
        return len(rows) == len(self.digests) and all(
            (digest := self.digests.get((seq, field))) is not None
            and personal == is_personal(field)
            and (erased_at is not None or salted_digest(text, salt) == digest)
            for _case, seq, field, text, salt, personal, erased_at in rows
        )


def _merge(held: dict[str, Any], changed: Mapping[str, Any]) -> None:
    for name, value in changed.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value
