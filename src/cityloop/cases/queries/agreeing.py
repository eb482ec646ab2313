"""The quick half of ``verify``: which cases agree with their events, by whole batches of plain rows.

It folds the events as JSON, as they are stored, and makes of them what ought to stand in every other row. It answers yes
or no; where it is no, ``verifying`` rebuilds the case the long way and names what differs.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from django.db import connection

from cityloop.cases.projections import case_columns, is_personal, words_of_case
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.clocks import clock_from_json
from cityloop.cases.rules.dues import NEVER, Due, due_of, due_since, dues
from cityloop.cases.rules.files import attached
from cityloop.cases.rules.history import linked
from cityloop.cases.rules.snapshot import Snapshot, task_from_json, values_from_json
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical, salted_digest

Row = tuple[Any, ...]
Life = list[Any]
"""A task as its row ought to be, in the order of ``TASKS`` from ``jurisdiction`` on; in place of ``due_at`` what the three instants
come from, until they are counted."""

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
-- What is hashed comes first, in its order. The order names the columns of the table, so that an index gives it.
SELECT case_id::text, seq, action, at, person, post, via, from_state, to_state, body, hash, jurisdiction
FROM cases_caseevent AS e WHERE case_id = ANY(%s::uuid[]) ORDER BY e.case_id, seq
"""

TASKS = """
SELECT case_id::text, n, jurisdiction, kind, post, department_id, person, duty_grid, due_at, warn_at, double_at, opened_at, opened_seq,
    done_at, done_seq, done_by
FROM cases_task AS t WHERE case_id = ANY(%s::uuid[]) ORDER BY t.case_id, n
"""

TEXTS = """
SELECT case_id::text, seq, field, text, salt, personal, erased_at FROM cases_casetext AS t
WHERE case_id = ANY(%s::uuid[]) ORDER BY t.case_id, seq, field
"""

WORDS = """
SELECT case_id::text, said FROM cases_casewords AS w WHERE case_id = ANY(%s::uuid[]) ORDER BY w.case_id
"""

FILES = """
SELECT case_id::text, seq, n, kind, sha256, lies_in FROM cases_attachment AS a WHERE case_id = ANY(%s::uuid[])
ORDER BY a.case_id, seq, n
"""

BATCH = 2000
FEW = 500
"""Cases looked at together: of all there are, and of some, which the worker asks for, who is to stay small."""

SAMPLED = 1000
"""Of so many cases one is always rebuilt the long way."""

SEQ, ACTION, AT, PERSON, VIA, FROM, STATE, BODY, HASH, IN = 1, 2, 3, 4, 6, 7, 8, 9, 10, 11
"""Places in a row of ``EVENTS``."""

EXTERNAL = 8 + COLUMNS.index("external_number")
"""Place in a row of ``CASES``."""

HASHED = slice(BODY)
"""Columns of ``EVENTS`` that are hashed before the body."""

GRID, DUE, DUES, DONE = 5, 6, slice(6, 9), slice(11, 14)
"""Places in a ``Life``."""

FIRST = UUID(int=0)

_columns = itemgetter(*COLUMNS)


class Batch(NamedTuple):
    """Cases looked at together: how many there are, their events, the ids of those that disagree, and a sample.

    The sample, one case in a thousand, is rebuilt the long way too: so that the two halves cannot drift apart unseen.
    """

    cases: int
    events: int
    different: list[UUID]
    sample: list[UUID]


def batches(jurisdiction: str) -> Iterator[Batch]:
    """Yield what came of all cases of a jurisdiction (``""``: of all), so many at a time, by their ids."""
    cursor = _cursor()
    last = FIRST
    while cases := cursor.execute(NEXT, [last, jurisdiction, jurisdiction, BATCH], binary=True).fetchall():
        yield _looked_at(cursor, cases)
        last = cases[-1][0]


def batches_of(ids: Sequence[UUID]) -> Iterator[Batch]:
    """Yield what came of these cases, few at a time; one that there is not is not counted."""
    cursor = _cursor()
    for start in range(0, len(ids), FEW):
        yield _looked_at(cursor, _rows(cursor, NAMED, list(ids[start : start + FEW])))


def _cursor() -> "psycopg.Cursor[Row]":
    """Return a cursor whose values travel apart and whose rows come in binary: for millions of rows that is half of the work."""
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def _looked_at(cursor: "psycopg.Cursor[Row]", cases: Sequence[Row]) -> Batch:
    ids = [case[0] for case in cases]
    events, tasks, texts, files, words = (
        {key: list(rows) for key, rows in groupby(_rows(cursor, query, ids), key=itemgetter(0))}
        for query in (EVENTS, TASKS, TEXTS, FILES, WORDS)
    )
    count, different = 0, []
    known: dict[tuple[str, int], tuple[Table, LoopCity]] = {}
    for case in cases:
        key = str(case[0])
        told = events.get(key, [])
        count += len(told)
        said = texts.get(key, [])
        if not (
            _agrees(known, case, told, tasks.get(key, []), said, files.get(key, []))
            and _is_found_by(words.get(key, []), said, case)
        ):
            different.append(case[0])
    return Batch(len(cases), count, different, [one for one in ids if one.int % SAMPLED == 0])


def _rows(cursor: psycopg.Cursor[Row], query: str, ids: list[UUID]) -> list[Row]:
    return cursor.execute(query, [ids], binary=True).fetchall()


def _agrees(
    known: dict[tuple[str, int], tuple[Table, LoopCity]],
    case: Row,
    events: Sequence[Row],
    tasks: Sequence[Row],
    texts: Sequence[Row],
    files: Sequence[Row],
) -> bool:
    """Return whether a case agrees with its events; ``known`` keeps by which tables the cities of a batch run."""
    _id, number, jurisdiction, via, head, lon, lat, snapshot, *columns = case
    if not events or events[0][VIA] != via:
        return False
    try:
        by = jurisdiction, columns[0]
        if by not in known:
            known[by] = table(*by), loop_city(jurisdiction)
        loop, city = known[by]
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
        _columns(made) == tuple(columns)
        and (values.get("lon"), values.get("lat")) == (lon, lat)
        and number[: len(jurisdiction)] == jurisdiction
        and rebuilt.tasks_are(tasks)
        and rebuilt.texts_are(texts)
        and rebuilt.files == [row[1:] for row in files]
    )


def _is_found_by(words: Sequence[Row], texts: Sequence[Row], case: Row) -> bool:
    """Return whether the words by which the case is found are those that it says; texts come in the order of their events."""
    said = {field: text for _case, _seq, field, text, *_rest in texts if text is not None}
    return [row[1] for row in words] == [words_of_case(said, case[EXTERNAL])]


class _Rebuilt:
    """A case as its events tell it, in JSON's own terms; for one case."""

    def __init__(self, loop: Table, city: LoopCity) -> None:
        self.loop, self.city, self.left = loop, city, 1 - loop.settings.yellow_share
        self.row: Row = ()
        self.last: Row | None = None
        self.applications: Mapping[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}
        self.clocks: dict[str, Any] = {}
        self.tasks: dict[str, list[Any]] = {}
        self.lives: dict[int, Life] = {}
        self.digests: dict[tuple[int, str], str] = {}
        self.files: list[Row] = []

    def chain(self, events: Sequence[Row], number: str, jurisdiction: str) -> bytes | None:
        """Fold the events and return the head of their chain; None where one does not follow from the one before.

        One long loop: it runs a million times over a city's past, where each call in it would be seen.
        """
        values, flags, held, tasks, actions = self.values, self.flags, self.clocks, self.tasks, self.loop.actions
        head, state, of_first = NO_HASH, "", number
        for seq, row in enumerate(events, start=1):
            _case, told, action, at, person, _post, _via, before, after, text, digest, lies_in = row
            encoded = text.encode()
            head = linked(head, canonical(row[HASHED]) + encoded, of_first)
            if told != seq or before != state or digest != head or lies_in != jurisdiction:
                return None
            state, of_first = after, ""
            self.row, body = row, orjson.loads(encoded)
            changed, clocks, opened = body.get("set", ()), body.get("clocks", ()), body.get("open", ())
            if changed:
                values.update(changed)
                if None in changed.values():
                    _drop(values, changed)
            if clocks:
                held.update(clocks)
                if None in clocks.values():
                    _drop(held, clocks)
            if "flags" in body:
                flags.update(body["flags"])
                if None in body["flags"].values():
                    _drop(flags, body["flags"])
            if "applications" in body:
                self.applications = body["applications"]
            if "done" in body:
                for done in body["done"]:
                    del tasks[str(done)]
                    self.lives[done][DONE] = at, seq, person
            if opened:
                tasks.update(opened)
            if opened or clocks or "duty_grid" in changed:
                self._write(opened, clocks, moved="duty_grid" in changed)
            if "act" in body:
                self.last = None if action in self.loop.restoring else row
            if "texts" in body:
                self.digests |= {(seq, name): hashed for name, hashed in body["texts"].items()}
            if "in" in body and (names := actions[action].files):
                self.files += [(seq, *one) for one in attached(names, body, jurisdiction)]
        return head

    def _write(self, opened: Any, clocks: Any, *, moved: bool) -> None:
        """Bring the rows of tasks to where ``projections.written_tasks`` would."""
        for name, task in self.tasks.items():
            kind, post, department, person, clock, due_on = task
            if not (moved or name in opened or clock in clocks):
                continue
            number = int(name)
            due = due_on or self.clocks.get(clock)
            grid = self.values.get("duty_grid", "")
            life = self.lives.get(number)
            if life is None:
                unit = self.city.department(department) if department else None
                self.lives[number] = [
                    self.city.code, kind, post, unit.id if unit else None, person, grid, due, None, None, self.row[AT],
                    self.row[SEQ], None, None, None,
                ]  # fmt: skip
            else:
                life[GRID], life[DUE] = grid, due
                life[DONE] = None, None, None

    def _due(self, held: Any) -> Due:
        """Return when something is due: at an instant of its own, or by a clock as it stood when the row was last written."""
        if held is None:
            return NEVER
        if isinstance(held, str):
            return Due(datetime.fromisoformat(held))
        if "since" not in held:
            return NEVER
        if "runs" in held or "until" in held:
            return due_of(clock_from_json(held), self.city, self.left)
        # Most clocks run once, without a pause: they need not become clocks to be counted.
        calendar = self.city.calendar(held.get("calendar", ""), held.get("version", 0))
        total, unhurried = _amounts(held["limit_s"] + held.get("extra_s", 0), self.left)
        return due_since(datetime.fromisoformat(held["since"]), total, unhurried, calendar)

    def snapshot(self) -> dict[str, Any]:
        """Return the case as it ought to be stored."""
        return {
            "state": self.row[STATE],
            "values": self.values,
            "flags": self.flags,
            "clocks": self.clocks,
            "applications": self.applications,
            "tasks": self.tasks,
            "seq": self.row[SEQ],
            "task_count": max(self.lives, default=0),
            "last": self.last and [self.last[place] for place in (SEQ, ACTION, PERSON, AT)],
            "at": self.row[AT],
        }

    def after(self) -> Snapshot:
        """Return the case as a value; of its clocks those that may go on, since no column tells of the others."""
        return Snapshot(
            self.row[STATE],
            values_from_json(self.values),
            self.flags,
            {stage: clock_from_json(clock) for stage, clock in self.clocks.items() if not clock.get("stopped")},
            self.applications,
            {int(number): task_from_json(task) for number, task in self.tasks.items()},
            self.row[SEQ],
            max(self.lives, default=0),
            None,
            self.row[AT],
        )

    def tasks_are(self, rows: Sequence[Row]) -> bool:
        if len(rows) != len(self.lives):
            return False
        for row in rows:
            life = self.lives.get(row[1])
            if life is None:
                return False
            life[DUES] = self._due(life[DUE])
            if row[2:] != tuple(life):
                return False
        return True

    def texts_are(self, rows: Sequence[Row]) -> bool:
        return len(rows) == len(self.digests) and all(
            (digest := self.digests.get((seq, field))) is not None
            and personal == is_personal(field)
            and (erased_at is not None or salted_digest(text, salt) == digest)
            for _case, seq, field, text, salt, personal, erased_at in rows
        )


@lru_cache(maxsize=1024)
def _amounts(seconds: int, left: float) -> tuple[timedelta, timedelta]:
    """Return a limit, and how much of it is not yellow; a city has few limits, and arithmetic with them is slow."""
    total = timedelta(seconds=seconds)
    return total, total * left


def _drop(held: dict[str, Any], changed: Mapping[str, Any]) -> None:
    """Take away what was changed to nothing."""
    for name, value in changed.items():
        if value is None:
            del held[name]
