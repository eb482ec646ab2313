"""``cityloop verify``: rebuild every case from its events and name every difference and every broken hash."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.contrib.gis.db.models.functions import AsWKT
from django.db import connection, transaction

from cityloop.cases import models
from cityloop.cases.projections import TaskRow, as_event, case_columns, is_personal, stored_snapshot, written_tasks
from cityloop.cases.queries.agreeing import Batch, batches, batches_of
from cityloop.cases.queries.anchors import check_anchors
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.finding import Finding
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.dues import dues
from cityloop.cases.rules.files import Attached, attached
from cityloop.cases.rules.history import apply, chained, changes_from_json
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical, salted_digest
from cityloop.kernel.versions import one_reading

BATCH = 500
"""Cases that differ, looked at together."""

NUMBERS = """
-- The days on which the numbers given are not 1, 2, 3 … up to what the counter says, with the first that are missing.
SELECT coalesce(given.jurisdiction, counter.jurisdiction), coalesce(given.day, to_char(counter.day, 'YYYYMMDD')),
    coalesce(given.count, 0), coalesce(given.first, 0), coalesce(given.last, 0), coalesce(counter.last, 0), missing.numbers
FROM (
    SELECT left(number, 6) AS jurisdiction, substr(number, 7, 8) AS day, count(*) AS count,
        min(right(number, 5)::int) AS first, max(right(number, 5)::int) AS last
    FROM cases_case GROUP BY 1, 2
) AS given
FULL JOIN cases_casecounter AS counter
    ON counter.jurisdiction = given.jurisdiction AND to_char(counter.day, 'YYYYMMDD') = given.day
CROSS JOIN LATERAL (
    SELECT array_agg(n) AS numbers FROM (
        SELECT n FROM generate_series(1, greatest(given.last, counter.last)) AS n
        WHERE NOT EXISTS (
            SELECT FROM cases_case
            WHERE number = coalesce(given.jurisdiction, counter.jurisdiction)
                || coalesce(given.day, to_char(counter.day, 'YYYYMMDD')) || lpad(n::text, 5, '0')
        )
        ORDER BY n LIMIT 10
    ) AS first_missing
) AS missing
WHERE given.count IS DISTINCT FROM counter.last OR given.last IS DISTINCT FROM counter.last OR given.first <> 1
ORDER BY 1, 2
"""

TOUCHED = "SELECT DISTINCT case_id FROM cases_caseevent WHERE id > %s AND id <= %s ORDER BY 1"

FOLLOWING = "SELECT id FROM cases_case WHERE id > %s ORDER BY id LIMIT %s"

ALL_EVENTS = "SELECT count(*) FROM cases_caseevent"

ORPHANS = """
-- The cases of which nothing is left but events.
SELECT case_id, count(*) FROM cases_caseevent AS e
WHERE NOT EXISTS (SELECT FROM cases_case WHERE id = e.case_id) GROUP BY 1 ORDER BY 1
"""


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

    Numbers and, over all jurisdictions, anchors are looked at too.

    Args:
        jurisdiction: Code; ``""`` for all.
        progress: Called with the number of cases looked at so far.
    """
    with _one_moment():
        done = _verify(batches(jurisdiction), progress)
        done.findings.extend(_check_numbers(jurisdiction))
        if not jurisdiction:
            done.findings.extend(_check_orphans(done.events))
            done.findings.extend(check_anchors())
    return done


def verify_new(after: int, upto: int, *, progress: Callable[[int], None] | None = None) -> Verified:
    """Verify the cases to which something happened after the anchor number ``after`` and up to the anchor ``upto``.

    Each of these cases is rebuilt whole; the anchors between the two are made again.
    """
    with _one_moment():
        positions = dict(models.Anchor.objects.filter(n__in=(after, upto)).values_list("n", "position"))
        ids = _column(TOUCHED, [positions.get(after, 0), positions.get(upto, 0)])
        done = _verify(batches_of(ids), progress)
        if done.cases < len(ids):
            done.findings.extend(_check_orphans())
        done.findings.extend(check_anchors(after, upto))
    return done


def verify_following(
    after: UUID, most: int, *, progress: Callable[[int], None] | None = None
) -> tuple[Verified, UUID | None]:
    """Verify the next ``most`` cases by id after ``after``; return also the id of the last, None where none follows."""
    with _one_moment():
        ids = _column(FOLLOWING, [after, most])
        return _verify(batches_of(ids), progress), ids[-1] if ids else None


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all reads see one moment: a case that somebody acts on meanwhile must not look broken."""
    with transaction.atomic(), one_reading():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _verify(looked_at: Iterator[Batch], progress: Callable[[int], None] | None) -> Verified:
    findings: list[Finding] = []
    cases = events = 0
    for batch in looked_at:
        cases, events = cases + batch.cases, events + batch.events
        long_way = [*batch.different, *(one for one in batch.sample if one not in batch.different)]
        for start in range(0, len(long_way), BATCH):
            findings += _differences(long_way[start : start + BATCH])
        if progress is not None:
            progress(cases)
    return Verified(cases, events, findings)


def _column(query: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [value for (value,) in cursor]


def _differences(ids: list[UUID]) -> Iterator[Finding]:
    """Rebuild the cases the long way and name what differs."""
    cases = list(
        models.Case.objects.filter(id__in=ids).defer("location").annotate(wkt=AsWKT("location")).order_by("id")
    )
    told, tasks, texts = _events_of(cases), _rows_of(models.Task, cases), _rows_of(models.CaseText, cases)
    files = _rows_of(models.Attachment, cases, "seq", "n")
    for case in cases:
        yield from _check(case, told[case.id], tasks[case.id], texts[case.id], files[case.id])


def _events_of(batch: list[models.Case]) -> Mapping[UUID, list[models.CaseEvent]]:
    return _rows_of(models.CaseEvent, batch, "seq")


def _rows_of(model: Any, batch: list[models.Case], *order: str) -> Mapping[UUID, list[Any]]:
    rows = defaultdict(list)
    for row in model.objects.filter(case__in=[case.id for case in batch]).order_by("case_id", *order, "id"):
        rows[row.case_id].append(row)
    return rows


def _check(
    case: models.Case,
    events: list[models.CaseEvent],
    tasks: list[models.Task],
    texts: list[models.CaseText],
    files: list[models.Attachment],
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
    yield from _check_files(case, events, files, loop)


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


def _check_files(
    case: models.Case, events: list[models.CaseEvent], files: list[models.Attachment], loop: Table
) -> Iterator[Finding]:
    told = {
        (row.seq, one.n): one
        for row in events
        for one in attached(loop.actions[row.action].files, orjson.loads(row.body), case.jurisdiction)
    }
    stored = {(row.seq, row.n): Attached(row.n, row.kind, row.sha256, row.lies_in) for row in files}
    for seq, n in sorted({*told, *stored}):
        one, row = told.get((seq, n)), stored.get((seq, n))
        place = f"file {n} of event {seq}"
        if one is None or row is None:
            yield Finding(case.number, place, "is missing" if row is None else "is not told by any event")
        elif one != row:
            yield Finding(case.number, place, f"is {row}, the event tells {one}")


def _check_numbers(jurisdiction: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        rows = cursor.fetchall()
    for code, day, count, first, last, counter, missing in rows:
        if jurisdiction in {"", code}:
            what = f"{count} numbers from {first} to {last}, the counter stands at {counter}"
            if missing:
                what += "; missing: " + ", ".join(f"{code}{day}{n:05d}" for n in missing)
            yield Finding(f"{code} {day}", "numbers", what)


def _check_orphans(seen: int | None = None) -> Iterator[Finding]:
    """Yield the cases whose row is gone while events are left; without looking where ``seen`` are all events there are."""
    if seen is not None and _column(ALL_EVENTS, []) == [seen]:
        return
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS)
        rows = cursor.fetchall()
    for case, count in rows:
        yield Finding(str(case), "case", f"is missing; {count} of its events are left")
