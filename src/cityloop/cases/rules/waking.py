"""What the system does by the clocks of a case: urge at shares of a limit, act after a deadline, follow a changed calendar.

The table says all of it: ``urge_shares`` and the action that ``urges``; the guard ``after_due`` on an action that the system
may take; the action that ``recounts``. When the next of it is due is a projection of the case (``wake_at``), so that
those whose time has come are found by an index.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from cityloop.cases.rules.clocks import Clock, due_at, instant_used_up
from cityloop.cases.rules.parties import City
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Action, Table


class Wake(NamedTuple):
    """What the system does at ``at`` by the clock of ``stage``.

    Attributes:
        name: What tells this act from every other on the case: twice is once, whoever comes to it.
    """

    at: datetime
    action: str
    stage: str
    name: str


def next_wake(table: Table, snapshot: Snapshot, city: City) -> Wake | None:
    """Return what the system does next by a running clock; None where nothing is left to do, or all stand still.

    A case whose history was told afterwards wakes nobody until somebody acts on it.
    """
    if "history" in snapshot.values:
        return None
    found = first_urge(table, snapshot, city)
    for action, stage in table.after_due.get(snapshot.state, ()):
        clock = snapshot.clocks.get(stage)
        if clock is None or clock.since is None or not _is_open_to(action, snapshot):
            continue
        due = due_at(clock, city.calendar(clock.calendar, clock.version))
        if due is not None and (found is None or due < found.at):
            found = Wake(due, action.code, stage, f"{action.code} {stage} {clock.began} {snapshot.seq}")
    return found


def first_urge(table: Table, snapshot: Snapshot, city: City) -> Wake | None:
    """Return which share of which running clock's limit is used up first, of those that were not urged yet."""
    action, shares, found = table.urging, table.urge_shares, None
    if action is None or snapshot.state not in action.from_states:
        return None
    for stage, clock in snapshot.clocks.items():
        if clock.since is None or clock.until is not None or clock.urged >= len(shares):
            continue
        share = shares[clock.urged]
        at = instant_used_up(clock, city.calendar(clock.calendar, clock.version), clock.total * share)
        if at is not None and (found is None or at < found.at):
            found = Wake(at, action.code, stage, f"{action.code} {stage} {clock.began} {share}")
    return found


def _is_open_to(action: Action, snapshot: Snapshot) -> bool:
    """Return whether the flags of the case let the system take ``action``; what else its guards ask is asked when it does."""
    for guard in action.guards:
        if guard.name in {"flag_set", "flag_not_set"} and bool(snapshot.flags.get(guard.argument)) is not (
            guard.name == "flag_set"
        ):
            return False
    return True


def counted_by(table: Table, snapshot: Snapshot) -> str:
    """Return the calendars that the clocks of the case go by, each with its version; "" where a change would move nothing.

    ``office:2 shift:1``: of the clocks that run or may go on, in a state in which the table lets the system recount.
    """
    action = table.recounting
    if action is None or snapshot.state not in action.from_states:
        return ""
    return " ".join(
        sorted({f"{clock.calendar}:{clock.version}" for clock in snapshot.clocks.values() if _may_move(clock)})
    )


def calendars_in(counted: str) -> Iterator[tuple[str, int]]:
    """Yield the calendars and versions that ``counted_by`` wrote."""
    for one in counted.split():
        code, _colon, version = one.rpartition(":")
        yield code, int(version)


def outdated_clocks(snapshot: Snapshot, city: City) -> Iterator[tuple[str, Clock, int]]:
    """Yield the clocks that go by an old version of their calendar: stage, clock and the version in force."""
    for stage, clock in snapshot.clocks.items():
        if _may_move(clock) and (version := city.calendar(clock.calendar).version) != clock.version:
            yield stage, clock, version


def _may_move(clock: Clock) -> bool:
    return not clock.stopped and clock.calendar != "" and clock.until is None
