"""The fold: what each event changes, and how a case is rebuilt from its events."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cityloop.cases.rules.clocks import Clock, clock_from_json
from cityloop.cases.rules.snapshot import EMPTY, Act, Snapshot, Task, task_from_json, values_from_json
from cityloop.kernel.hashing import NO_HASH, canonical


class Changes(NamedTuple):
    """What one event does to a case. A value, flag or clock of ``None`` is taken away."""

    state: str
    values: Mapping[str, Any]
    flags: Mapping[str, Any]
    clocks: Mapping[str, Clock | None]
    applications: Mapping[str, Mapping[str, Any]] | None  # None: as before
    opened: Mapping[int, Task]
    done: tuple[int, ...]
    act: bool  # takes something from the last act: it cannot be withdrawn any more

    def to_json(self) -> dict[str, Any]:
        """Return the changes without what is empty; the state stands in a column of its own."""
        data: dict[str, Any] = {}
        if self.values:
            data["set"] = self.values
        if self.flags:
            data["flags"] = self.flags
        if self.clocks:
            data["clocks"] = {stage: clock and clock.to_json() for stage, clock in self.clocks.items()}
        if self.applications is not None:
            data["applications"] = self.applications
        if self.opened:
            data["open"] = {str(number): task.to_json() for number, task in self.opened.items()}
        if self.done:
            data["done"] = self.done
        if self.act:
            data["act"] = True
        return data


def changes_from_json(state: str, data: Mapping[str, Any]) -> Changes:
    return Changes(
        state,
        values_from_json(data.get("set", {})),
        data.get("flags", {}),
        {stage: clock and clock_from_json(clock) for stage, clock in data.get("clocks", {}).items()},
        data.get("applications"),
        {int(number): task_from_json(task) for number, task in data.get("open", {}).items()},
        tuple(data.get("done", ())),
        data.get("act", False),
    )


def apply(
    before: Snapshot, changes: Changes, action: str, person: int | None, at: datetime, *, restores: bool
) -> Snapshot:
    """Return the case after one event."""
    seq = before.seq + 1
    tasks = before.tasks
    if changes.done or changes.opened:
        tasks = {number: task for number, task in tasks.items() if number not in changes.done}
        tasks.update(changes.opened)
    last = before.last
    if changes.act:
        last = None if restores else Act(seq, action, person, at)
    return Snapshot(
        changes.state,
        _merged(before.values, changes.values),
        _merged(before.flags, changes.flags),
        _merged(before.clocks, changes.clocks),
        before.applications if changes.applications is None else changes.applications,
        tasks,
        seq,
        max(before.task_count, *changes.opened) if changes.opened else before.task_count,
        last,
        at,
    )


def _merged(before: Mapping[str, Any], changed: Mapping[str, Any]) -> Mapping[str, Any]:
    if not changed:
        return before
    merged = {**before, **changed}
    for name, value in changed.items():
        if value is None:
            del merged[name]
    return merged


def difference(current: Snapshot, wanted: Snapshot) -> Changes:
    """Return the changes that lead from ``current`` to the values, clocks and tasks of ``wanted``."""
    return Changes(
        wanted.state,
        _changed(current.values, wanted.values),
        _changed(current.flags, wanted.flags),
        _changed(current.clocks, wanted.clocks),
        wanted.applications if wanted.applications != current.applications else None,
        {number: task for number, task in wanted.tasks.items() if current.tasks.get(number) != task},
        tuple(sorted(set(current.tasks) - set(wanted.tasks))),
        act=True,
    )


def _changed(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: wanted.get(name) for name in sorted({*current, *wanted}) if current.get(name) != wanted.get(name)}


class Event(NamedTuple):
    """One event as it is kept and hashed. ``body`` is canonical JSON: inputs, changes, digests of texts."""

    case: str  # UUID, hyphenated
    seq: int
    action: str
    at: datetime
    person: int | None
    post: str
    via: str
    from_state: str
    to_state: str
    body: str


def signed(event: Event) -> bytes:
    """Return what the hash of ``event`` stands for: its columns as canonical JSON, then its body."""
    return canonical(event[:-1]) + event.body.encode()


def linked(previous: bytes, data: bytes, number: str) -> bytes:
    """Return the next hash of a chain: SHA-256 over the hash before, what is signed, and for a first event the number.

    So the number is bound by the chain although it is given last, under a lock held for no longer than a commit.
    """
    return hashlib.sha256(b"".join((previous, data, number.encode()))).digest()


def chained(event: Event, previous: bytes, number: str) -> bytes:
    """Return the hash of ``event`` in the case ``number``, after an event with hash ``previous``."""
    return linked(previous, signed(event), number if event.seq == 1 else "")


def fold(events: Iterable[tuple[Event, Mapping[str, Any]]], restoring: frozenset[str]) -> Snapshot:
    """Return the case that ``events`` (with their parsed bodies, in order) tell of.

    Args:
        restoring: Codes of the actions that take the last act back.
    """
    snapshot = EMPTY
    for event, body in events:
        changes = changes_from_json(event.to_state, body)
        snapshot = apply(snapshot, changes, event.action, event.person, event.at, restores=event.action in restoring)
    return snapshot


def first_break(events: Iterable[tuple[Event, bytes]], number: str) -> int | None:
    """Return the sequence number of the first event whose hash or place in the chain is wrong; ``None`` if all hold."""
    previous, expected = NO_HASH, 1
    for event, digest in events:
        if event.seq != expected or chained(event, previous, number) != digest:
            return expected
        previous, expected = digest, expected + 1
    return None
