"""Between the case as a value and its rows: what ``perform`` and its bulk twin write, and ``verify`` rebuilds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.rules.bigrams import as_searched
from cityloop.cases.rules.dues import NEVER, Due, case_due
from cityloop.cases.rules.engine import Outcome
from cityloop.cases.rules.files import ELSEWHERE, Attached, attached
from cityloop.cases.rules.history import Changes, Event
from cityloop.cases.rules.routing_facts import ROUTING
from cityloop.cases.rules.snapshot import Snapshot, Task
from cityloop.cases.rules.table import Table
from cityloop.cases.rules.waking import counted_by, next_wake
from cityloop.kernel.hashing import canonical, new_salt, salted_digest

SEARCHED = ("address", "description")
"""Texts by whose words a case is found; none of them is a person's own."""

REPORTER = "reporter_"
"""How the fields of a reporter's own texts begin."""


class TextRow(NamedTuple):
    """A text of an event, apart from it: the field, the words, the salt of the digest that the event holds."""

    field: str
    text: str
    salt: bytes
    personal: bool


class TaskRow(NamedTuple):
    n: int
    kind: str
    post: str
    department_id: int | None
    person: int | None
    duty_grid: str
    due_at: datetime | None
    warn_at: datetime | None
    double_at: datetime | None


def texts_of(outcome: Outcome) -> list[TextRow]:
    """Return the texts among the inputs, each with a new salt."""
    rows = []
    for name in outcome.action.texts:
        given = outcome.inputs.get(name)
        if isinstance(given, str):
            rows.append(TextRow(name, given, new_salt(), personal=False))
        elif given:
            rows += [TextRow(f"{REPORTER}{part}", words, new_salt(), personal=True) for part, words in given.items()]
    return rows


def is_personal(field: str) -> bool:
    """Return whether a text of this field is a person's own: it is masked, and erased when its time has come."""
    return field.startswith(REPORTER)


def body_of(outcome: Outcome, texts: list[TextRow]) -> str:
    """Return the event's body: canonical JSON of inputs, changes, digests of texts, and where files lie."""
    body = outcome.changes.to_json()
    if outcome.inputs:
        apart = outcome.action.texts
        if inputs := {name: value for name, value in outcome.inputs.items() if name not in apart}:
            body["in"] = inputs
    if outcome.elsewhere:
        body[ELSEWHERE] = outcome.elsewhere
    if outcome.routing:
        body[ROUTING] = outcome.routing
    if texts:
        body["texts"] = {row.field: salted_digest(row.text, row.salt) for row in texts}
    if outcome.deputy_for is not None:
        body["for"] = outcome.deputy_for
    return canonical(body).decode()


def words_of_case(said: Mapping[str, str], external_number: str) -> str:
    """Return what words find a case, as it is searched (``rules.bigrams``).

    Args:
        said: The last text of each field.
        external_number: The case's number elsewhere.
    """
    return as_searched([*(said.get(field, "") for field in SEARCHED), external_number])


def attached_by(outcome: Outcome, city: str) -> list[Attached]:
    """Return the files that the act names; ``city`` is the case's."""
    return list(attached(outcome.action.files, {"in": outcome.inputs, ELSEWHERE: outcome.elsewhere}, city))


def event_of(case: str, outcome: Outcome, person: int | None, via: str, now: datetime, texts: list[TextRow]) -> Event:
    return Event(
        case,
        outcome.after.seq,
        outcome.action.code,
        now,
        person,
        outcome.post,
        via,
        outcome.before.state,
        outcome.after.state,
        body_of(outcome, texts),
    )


def people_of(snapshot: Snapshot) -> list[int]:
    """Return the ids of those to whom the case is or was given, and of those whose open task it is."""
    values = snapshot.values
    people = {values.get("handler"), values.get("collector"), *(task.person for task in snapshot.tasks.values())}
    return sorted(person for person in people if person is not None)


def departments_of(snapshot: Snapshot, city: LoopCity) -> list[int]:
    values = snapshot.values
    codes = [values.get("department", ""), *values.get("co_departments", ()), *values.get("co_departments_done", ())]
    return sorted(set(city.department_ids(codes)))


def case_columns(table: Table, snapshot: Snapshot, city: LoopCity, running: Mapping[str, Due]) -> dict[str, Any]:
    """Return the projected columns of a case: all but id, number, jurisdiction, via, head, location and snapshot."""
    values = snapshot.values
    due = case_due(table, snapshot, running)
    wake = next_wake(table, snapshot, city)
    return {
        "table_version": values.get("table_version", 0),
        "state": snapshot.state,
        "kind": table.states[snapshot.state].kind.value,
        "source": values["source"],
        "category": values["category"],
        "condition": values.get("condition", ""),
        "part_code": values.get("part_code", ""),
        "department": values.get("department", ""),
        "department_ids": departments_of(snapshot, city),
        "people": people_of(snapshot),
        "reporter_user": values.get("reporter_user"),
        "unit_grid": values.get("unit_grid", ""),
        "duty_grid": values.get("duty_grid", ""),
        "community": values.get("community", ""),
        "street": values.get("street", ""),
        "district": values.get("district", ""),
        "external_number": values.get("external_number", ""),
        "master": values.get("master"),
        "reported_at": values["reported_at"],
        "closed_at": values.get("closed_at"),
        "due_at": due.due,
        "warn_at": due.warn,
        "double_at": due.double,
        "wake_at": wake.at if wake else None,
        "counted_by": counted_by(table, snapshot),
        "seq": snapshot.seq,
    }


def stored_snapshot(snapshot: Snapshot) -> str:
    """Return the column ``snapshot``: canonical JSON."""
    return canonical(snapshot.to_json()).decode()


def task_row(number: int, task: Task, snapshot: Snapshot, city: LoopCity, running: Mapping[str, Due]) -> TaskRow:
    due = running.get(task.clock, NEVER) if task.due is None else Due(task.due)
    department = city.department(task.department) if task.department else None
    return TaskRow(
        number,
        task.kind,
        task.post,
        department.id if department else None,
        task.person,
        snapshot.values.get("duty_grid", ""),
        due.due,
        due.warn,
        due.double,
    )


def written_tasks(changes: Changes, after: Snapshot, city: LoopCity, running: Mapping[str, Due]) -> list[TaskRow]:
    """Return the rows of the tasks that ``changes`` opened, whose clock it moved, or that now lie in another duty grid."""
    opened, clocks, moved = changes.opened, changes.clocks, "duty_grid" in changes.values
    return [
        task_row(number, task, after, city, running)
        for number, task in after.tasks.items()
        if moved or number in opened or task.clock in clocks
    ]


def as_event(row: models.CaseEvent) -> Event:
    """Return the stored event as the value that is hashed and folded."""
    return Event(
        str(row.case_id),
        row.seq,
        row.action,
        row.at,
        row.person,
        row.post,
        row.via,
        row.from_state,
        row.to_state,
        row.body,
    )
