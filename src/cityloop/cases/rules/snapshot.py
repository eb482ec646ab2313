"""A case at one moment, as the fold of its events: plain values, nothing from a database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cityloop.cases.rules.clocks import Clock, clock_from_json

TIMES = frozenset({"reported_at", "closed_at", "resume_on", "external_due"})
"""Values that are instants."""


class Task(NamedTuple):
    """Somebody must act: a post, perhaps of one department (its code) or one person (its id), by when ``clock`` is due.

    ``due`` is set where the task has an instant of its own instead of a clock.
    """

    kind: str
    post: str
    department: str
    person: int | None
    clock: str
    due: datetime | None = None

    def to_json(self) -> list[Any]:
        return list(self)


def task_from_json(data: list[Any]) -> Task:
    kind, post, department, person, clock, due = data
    return Task(kind, post, department, person, clock, datetime.fromisoformat(due) if due else None)


class Act(NamedTuple):
    """The last event that took something from somebody: who may take it back."""

    seq: int
    action: str
    person: int | None
    at: datetime


class Snapshot(NamedTuple):
    """State, values, flags, clocks by stage, pending applications, open tasks by number, and where the history stands."""

    state: str
    values: Mapping[str, Any]
    flags: Mapping[str, Any]
    clocks: Mapping[str, Clock]
    applications: Mapping[str, Mapping[str, Any]]
    tasks: Mapping[int, Task]
    seq: int
    task_count: int
    last: Act | None
    at: datetime | None  # of the last event, notes included

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "values": self.values,
            "flags": self.flags,
            "clocks": {stage: clock.to_json() for stage, clock in self.clocks.items()},
            "applications": self.applications,
            "tasks": {str(number): task.to_json() for number, task in self.tasks.items()},
            "seq": self.seq,
            "task_count": self.task_count,
            "last": list(self.last) if self.last else None,
            "at": self.at,
        }


EMPTY = Snapshot("", {}, {}, {}, {}, {}, 0, 0, None, None)
"""Before the first event."""


def snapshot_from_json(data: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot that ``Snapshot.to_json`` wrote, read back from JSON."""
    last = data["last"]
    return Snapshot(
        data["state"],
        values_from_json(data["values"]),
        data["flags"],
        {stage: clock_from_json(clock) for stage, clock in data["clocks"].items()},
        data["applications"],
        {int(number): task_from_json(task) for number, task in data["tasks"].items()},
        data["seq"],
        data["task_count"],
        Act(last[0], last[1], last[2], datetime.fromisoformat(last[3])) if last else None,
        datetime.fromisoformat(data["at"]) if data["at"] else None,
    )


def values_from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with its instants as ``datetime``."""
    return {
        name: datetime.fromisoformat(value) if name in TIMES and isinstance(value, str) else value
        for name, value in values.items()
    }
