"""``cityloop verify``: rebuild every case from its events and name every difference and every broken hash."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.contrib.gis.db.models.functions import AsWKT
from django.db import connection, transaction
from typing_extensions import override

from cityloop.cases import models
from cityloop.cases.projections import TaskRow, as_event, case_columns, is_personal, stored_snapshot, written_tasks
from cityloop.cases.queries.agreeing import batches
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.dues import dues
from cityloop.cases.rules.history import apply, chained, changes_from_json
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical, salted_digest
from cityloop.kernel.versions import one_reading

BATCH = 500
"""Cases that differ, looked at together."""

NUMBERS = """
-- The days on which the numbers given are not 1, 2, 3 … up to what the counter says.
SELECT coalesce(given.jurisdiction, counter.jurisdiction), coalesce(given.day, to_char(counter.day, 'YYYYMMDD')),
    coalesce(given.count, 0), coalesce(given.first, 0), coalesce(given.last, 0), coalesce(counter.last, 0)
FROM (
    SELECT left(number, 6) AS jurisdiction, substr(number, 7, 8) AS day, count(*) AS count,
        min(right(number, 5)::int) AS first, max(right(number, 5)::int) AS last
    FROM cases_case GROUP BY 1, 2
) AS given
FULL JOIN cases_casecounter AS counter
    ON counter.jurisdiction = given.jurisdiction AND to_char(counter.day, 'YYYYMMDD') = given.day
WHERE given.count IS DISTINCT FROM counter.last OR given.last IS DISTINCT FROM counter.last OR given.first <> 1
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree with the events: of which case (its number, or jurisdiction and day), where, what."""

    subject: str
    place: str
    what: str

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was looked at, and what was found."""

    cases: int
    events: int
    findings: list[Finding]


@dataclass(slots=True)
class _TaskLife:
    row: TaskRow
    opened: tuple[Any, int]
    done: tuple[Any, int, int | None] | None = None


def verify(jurisdiction: str = "", *, progress: Callable[[int], None] | None = None) -> Verified:
    """Rebuild every case (of one jurisdiction, or of all) and compare; reads one moment, writes nothing.

    Args:
        jurisdiction: Code; ``""`` for all.
        progress: Called with the number of cases looked at so far.
    """
    findings: list[Finding] = []
    cases = events = 0
    with transaction.atomic(), one_reading():
        with connection.cursor() as cursor:
            # A case that somebody acts on meanwhile must not look broken: all reads see one moment.
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for size, told, different, sample in batches(jurisdiction):
            cases, events = cases + size, events + told
            different = [*different, *(one for one in sample if one not in different)]  # noqa: PLW2901 # both go the long way
            for start in range(0, len(different), BATCH):
                findings += _differences(different[start : start + BATCH])
            if progress is not None:
                progress(cases)
        findings += _check_numbers(jurisdiction)
    return Verified(cases, events, findings)


def _differences(ids: list[UUID]) -> Iterator[Finding]:
    """Rebuild the cases the long way and name what differs."""
    cases = list(
        models.Case.objects.filter(id__in=ids).defer("location").annotate(wkt=AsWKT("location")).order_by("id")
    )
    told, tasks, texts = _events_of(cases), _rows_of(models.Task, cases), _rows_of(models.CaseText, cases)
    for case in cases:
        yield from _check(case, told[case.id], tasks[case.id], texts[case.id])


def _events_of(batch: list[models.Case]) -> Mapping[UUID, list[models.CaseEvent]]:
    return _rows_of(models.CaseEvent, batch, "seq")


def _rows_of(model: Any, batch: list[models.Case], *order: str) -> Mapping[UUID, list[Any]]:
    rows = defaultdict(list)
    for row in model.objects.filter(case__in=[case.id for case in batch]).order_by("case_id", *order, "id"):
        rows[row.case_id].append(row)
    return rows


def _check(
    case: models.Case, events: list[models.CaseEvent], tasks: list[models.Task], texts: list[models.CaseText]
) -> Iterator[Finding]:
    if not events:
        yield Finding(case.number, "events", "the case has none")
        return
    if broken := list(_check_chain(case, events)):
        yield from broken
        return
    try:
        loop, city = table(case.jurisdiction, case.table_version), loop_city(case.jurisdiction)
        snapshot, lives = _rebuilt(events, loop, city)
    except (CityError, KeyError, TypeError, ValueError) as exc:
        yield Finding(case.number, "events", f"cannot be folded ({type(exc).__name__})")
        return
    yield from _check_case(case, snapshot, loop, city, events[0].via)
    yield from _check_tasks(case, lives, tasks)
    yield from _check_texts(case, events, texts)


def _check_chain(case: models.Case, events: list[models.CaseEvent]) -> Iterator[Finding]:
    previous, state = NO_HASH, ""
    for expected, row in enumerate(events, start=1):
        place = f"event {expected}"
        if row.seq != expected:
            yield Finding(case.number, place, f"missing: the next one is event {row.seq}")
            return
        if chained(as_event(row), previous, case.number) != bytes(row.hash):
            yield Finding(case.number, place, "the hash does not fit what the event says")
            return
        if row.from_state != state or row.jurisdiction != case.jurisdiction:
            yield Finding(case.number, place, "does not follow from the event before it")
            return
        previous, state = bytes(row.hash), row.to_state
    if previous != bytes(case.head) or events[-1].seq != case.seq:
        yield Finding(case.number, "head", f"the case ends at event {case.seq}, its events at {events[-1].seq}")


def _rebuilt(events: list[models.CaseEvent], loop: Table, city: LoopCity) -> tuple[Snapshot, dict[int, _TaskLife]]:
    snapshot = EMPTY
    lives: dict[int, _TaskLife] = {}
    for row in events:
        changes = changes_from_json(row.to_state, orjson.loads(row.body))
        snapshot = apply(snapshot, changes, row.action, row.person, row.at, restores=row.action in loop.restoring)
        for number in changes.done:
            lives[number].done = (row.at, row.seq, row.person)
        for task in written_tasks(changes, snapshot, city, dues(loop, snapshot, city)):
            if (life := lives.get(task.n)) is None:
                lives[task.n] = _TaskLife(task, (row.at, row.seq))
            else:
                life.row = life.row._replace(
                    duty_grid=task.duty_grid, due_at=task.due_at, warn_at=task.warn_at, double_at=task.double_at
                )
                life.done = None
    return snapshot, lives


def _check_case(case: models.Case, snapshot: Snapshot, loop: Table, city: LoopCity, via: str) -> Iterator[Finding]:
    wanted = case_columns(loop, snapshot, city, dues(loop, snapshot, city)) | {"via": via}
    if canonical(case.snapshot).decode() != stored_snapshot(snapshot):
        yield Finding(case.number, "snapshot", "is not what the events tell")
    wanted["master"] = UUID(wanted["master"]) if wanted["master"] else None
    for name, value in wanted.items():
        if (held := getattr(case, name)) != value:
            yield Finding(case.number, name, f"is {held!r}, the events tell {value!r}")
    if not case.number.startswith(case.jurisdiction):
        yield Finding(case.number, "jurisdiction", f"is {case.jurisdiction}, the number tells another")
    if _point(case.wkt) != (snapshot.values.get("lon"), snapshot.values.get("lat")):  # type: ignore[attr-defined] # annotated
        yield Finding(case.number, "location", "is not where the events tell")


def _point(wkt: str | None) -> tuple[float | None, float | None]:
    if not wkt:
        return None, None
    lon, lat = wkt.partition("(")[2].rstrip(")").split()
    return float(lon), float(lat)


def _check_tasks(case: models.Case, lives: Mapping[int, _TaskLife], tasks: list[models.Task]) -> Iterator[Finding]:
    stored = {task.n: task for task in tasks}
    for number in sorted({*lives, *stored}):
        place, life, task = f"task {number}", lives.get(number), stored.get(number)
        if life is None or task is None:
            yield Finding(case.number, place, "is not told by any event" if life is None else "is missing")
            continue
        held = TaskRow(
            task.n,
            task.kind,
            task.post,
            task.department_id,
            task.person,
            task.duty_grid,
            task.due_at,
            task.warn_at,
            task.double_at,
        )
        if task.jurisdiction != case.jurisdiction:
            yield Finding(case.number, place, f"lies in {task.jurisdiction}, its case in {case.jurisdiction}")
        if held != life.row:
            yield Finding(case.number, place, f"is {held}, the events tell {life.row}")
        done = None if task.done_at is None else (task.done_at, task.done_seq, task.done_by)
        if (task.opened_at, task.opened_seq) != life.opened or done != life.done:
            yield Finding(case.number, place, "was not opened or done when the events tell")


def _check_texts(case: models.Case, events: list[models.CaseEvent], texts: list[models.CaseText]) -> Iterator[Finding]:
    told = {
        (row.seq, name): digest
        for row in events
        if '"texts"' in row.body
        for name, digest in orjson.loads(row.body)["texts"].items()
    }
    stored = {(text.seq, text.field): text for text in texts}
    for seq, name in sorted({*told, *stored}):
        text, digest = stored.get((seq, name)), told.get((seq, name))
        place = f"text {name} of event {seq}"
        if text is None or digest is None:
            yield Finding(case.number, place, "is missing" if text is None else "is not told by any event")
        elif text.personal != is_personal(name):
            yield Finding(case.number, place, "is marked as a person's own, or is not, against its field")
        elif text.erased_at is None and salted_digest(text.text or "", bytes(text.salt or b"")) != digest:
            yield Finding(case.number, place, "is not what the event's digest stands for")


def _check_numbers(jurisdiction: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        for code, day, count, first, last, counter in cursor.fetchall():
            if jurisdiction in {"", code}:
                what = f"{count} numbers from {first} to {last}, the counter stands at {counter}"
                yield Finding(f"{code} {day}", "numbers", what)
