"""The long half of ``verify``: a case is rebuilt from its events row by row, and whatever differs is named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.contrib.gis.db.models.functions import AsWKT

from cityloop.cases import models
from cityloop.cases.projections import (
    TaskRow,
    as_event,
    case_columns,
    is_personal,
    stored_snapshot,
    words_of_case,
    written_tasks,
)
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.finding import Finding, Unsaid, said
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.bigrams import grams
from cityloop.cases.rules.dues import dues
from cityloop.cases.rules.files import Attached, attached
from cityloop.cases.rules.history import apply, chained, changes_from_json
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import CityError
from cityloop.kernel.hashing import NO_HASH, canonical, salted_digest


@dataclass(slots=True)
class _TaskLife:
    row: TaskRow
    opened: tuple[Any, int]
    done: tuple[Any, int, int | None] | None = None


def differences(ids: list[UUID]) -> Iterator[Finding]:
    """Rebuild the cases the long way and name what differs."""
    cases = list(
        models.Case.objects.filter(id__in=ids).defer("location").annotate(wkt=AsWKT("location")).order_by("id")
    )
    told, tasks, texts = _events_of(cases), _rows_of(models.Task, cases), _rows_of(models.CaseText, cases)
    files = _rows_of(models.Attachment, cases, "seq", "n")
    words = models.CaseWords.objects.in_bulk([case.id for case in cases])
    for case in cases:
        yield from _check(case, told[case.id], tasks[case.id], texts[case.id], files[case.id])
        yield from _check_words(case, sorted(texts[case.id], key=lambda text: text.seq), words.get(case.id))


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
        yield Finding(case.number, said("events"), said("the case has none"))
        return
    if broken := list(_check_chain(case, events)):
        yield from broken
        return
    try:
        loop, city = table(case.jurisdiction, case.table_version), loop_city(case.jurisdiction)
        snapshot, lives = _rebuilt(events, loop, city)
    except (CityError, KeyError, TypeError, ValueError, AttributeError, IndexError) as exc:
        yield Finding(case.number, said("events"), said("cannot be folded (%(error)s)", error=type(exc).__name__))
        return
    yield from _check_case(case, snapshot, loop, city, events[0].via)
    yield from _check_tasks(case, lives, tasks)
    yield from _check_texts(case, events, texts)
    yield from _check_files(case, events, files, loop)


def _check_chain(case: models.Case, events: list[models.CaseEvent]) -> Iterator[Finding]:
    previous, state = NO_HASH, ""
    for expected, row in enumerate(events, start=1):
        place = said("event %(seq)d", seq=expected)
        if row.seq != expected:
            yield Finding(case.number, place, said("missing: the next one is event %(seq)d", seq=row.seq))
            return
        if chained(as_event(row), previous, case.number) != bytes(row.hash):
            yield Finding(case.number, place, said("the hash does not fit what the event says"))
            return
        if row.from_state != state or row.jurisdiction != case.jurisdiction:
            yield Finding(case.number, place, said("does not follow from the event before it"))
            return
        previous, state = bytes(row.hash), row.to_state
    if previous != bytes(case.head) or events[-1].seq != case.seq:
        yield Finding(
            case.number,
            "head",
            said("the case ends at event %(seq)d, its events at %(last)d", seq=case.seq, last=events[-1].seq),
        )


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
        yield Finding(case.number, "snapshot", said("is not what the events tell"))
    wanted["master"] = UUID(wanted["master"]) if wanted["master"] else None
    for name, value in wanted.items():
        if (held := getattr(case, name)) != value:
            yield Finding(case.number, name, _tell(held, value))
    if not case.number.startswith(case.jurisdiction):
        yield Finding(
            case.number, "jurisdiction", said("is %(code)s, the number tells another", code=case.jurisdiction)
        )
    if _point(case.wkt) != (snapshot.values.get("lon"), snapshot.values.get("lat")):  # type: ignore[attr-defined] # annotated
        yield Finding(case.number, "location", said("is not where the events tell"))


def _point(wkt: str | None) -> tuple[float | None, float | None]:
    if not wkt or "(" not in wkt:  # none, or an empty one
        return None, None
    lon, lat = wkt.partition("(")[2].rstrip(")").split()
    return float(lon), float(lat)


def _check_tasks(case: models.Case, lives: Mapping[int, _TaskLife], tasks: list[models.Task]) -> Iterator[Finding]:
    stored = {task.n: task for task in tasks}
    for number in sorted({*lives, *stored}):
        place, life, task = said("task %(n)d", n=number), lives.get(number), stored.get(number)
        if life is None or task is None:
            yield Finding(case.number, place, said("is not told by any event") if life is None else said("is missing"))
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
            yield Finding(
                case.number,
                place,
                said("lies in %(here)s, its case in %(there)s", here=task.jurisdiction, there=case.jurisdiction),
            )
        if held != life.row:
            yield Finding(case.number, place, _tell(held, life.row))
        done = None if task.done_at is None else (task.done_at, task.done_seq, task.done_by)
        if (task.opened_at, task.opened_seq) != life.opened or done != life.done:
            yield Finding(case.number, place, said("was not opened or done when the events tell"))


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
        place = said("text %(field)s of event %(seq)d", field=name, seq=seq)
        if text is None or digest is None:
            yield Finding(case.number, place, said("is missing") if text is None else said("is not told by any event"))
        elif text.personal != is_personal(name):
            yield Finding(case.number, place, said("is marked as a person's own, or is not, against its field"))
        elif text.erased_at is None and salted_digest(text.text or "", bytes(text.salt or b"")) != digest:
            yield Finding(case.number, place, said("is not what the event's digest stands for"))


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
        place = said("file %(n)d of event %(seq)d", n=n, seq=seq)
        if one is None or row is None:
            yield Finding(case.number, place, said("is missing") if row is None else said("is not told by any event"))
        elif one != row:
            yield Finding(case.number, place, _tell(row, one))


def _check_words(case: models.Case, texts: list[models.CaseText], words: models.CaseWords | None) -> Iterator[Finding]:
    wanted = words_of_case(
        {one.field: one.text for one in texts if one.text is not None},
        case.snapshot["values"].get("external_number", ""),
    )
    if words is None or (words.said, sorted(words.grams)) != (wanted, grams(wanted)):
        yield Finding(case.number, said("words by which it is found"), said("are not those that it says"))


def _tell(held: object, told: object) -> Unsaid:
    """Return that two values differ; of two rows only where they do."""
    if isinstance(held, TaskRow | Attached) and isinstance(told, TaskRow | Attached):
        pairs = [(name, *two) for name, *two in zip(held._fields, held, told, strict=True) if two[0] != two[1]]
        held_words = ", ".join(f"{name} {_value(one)}" for name, one, _other in pairs)
        told_words = ", ".join(f"{name} {_value(other)}" for name, _one, other in pairs)
    else:
        held_words, told_words = _value(held), _value(told)
    return said("is %(held)s, the events tell %(told)s", held=held_words, told=told_words)


def _value(value: object) -> str:
    """Return a value as people write it, in any language."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
