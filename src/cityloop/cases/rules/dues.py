"""When the stages of a case are due, and in which light they stand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from cityloop.cases.choices import OPEN_KINDS, Light
from cityloop.cases.rules.clocks import Calendar, Clock, instant_used_up
from cityloop.cases.rules.parties import City
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Table


class Due(NamedTuple):
    """When a stage is due.

    Attributes:
        due: None where nobody can know.
        warn: From when less than the yellow share of its limit is left.
        double: After this it is later than its whole limit, counted round the clock; None where there is a date instead.
    """

    due: datetime | None
    warn: datetime | None = None
    double: datetime | None = None


NEVER = Due(None)


def dues(table: Table, snapshot: Snapshot, city: City) -> dict[str, Due]:
    """Return when each running clock is due; a clock that stands still is due at no known time."""
    left = 1 - table.settings.yellow_share
    return {stage: due_of(clock, city, left) for stage, clock in snapshot.clocks.items() if clock.since is not None}


def due_of(clock: Clock, city: City, left: float) -> Due:
    """Return when one running clock is due.

    Args:
        left: Share of the limit after which it is yellow.
    """
    if clock.until is not None:
        return Due(clock.until, clock.until)
    calendar, total = city.calendar(clock.calendar, clock.version), clock.total
    if not clock.runs and clock.since is not None:
        return due_since(clock.since, total, total * left, calendar)
    due = instant_used_up(clock, calendar, total)
    if due is None:
        return NEVER
    return Due(due, instant_used_up(clock, calendar, total * left), due + total)


def due_since(since: datetime, total: timedelta, unhurried: timedelta, calendar: Calendar) -> Due:
    """Return when a clock is due that has run since ``since`` without a pause; it is yellow after ``unhurried``."""
    warn, due = calendar.add_both(since, unhurried, total)
    return Due(due, warn, due + total)


def case_due(table: Table, snapshot: Snapshot, running: Mapping[str, Due]) -> Due:
    """Return what drives the light of the case: its state's clock or the outside system's deadline, whichever is earlier.

    What pauses here does not pause there: the outside deadline counts in every open state.
    """
    state = table.states[snapshot.state]
    first = NEVER
    for stage in state.runs:
        due = running.get(stage, NEVER)
        if due.due is not None and (first.due is None or due.due < first.due):
            first = due
    external = snapshot.values.get("external_due")
    if external is not None and state.kind in OPEN_KINDS and (first.due is None or external < first.due):
        return Due(external, min(external, first.warn or external))
    return first


def light(due: Due, now: datetime) -> Light:
    """Return the light of something due at ``due.due``; ``now`` is the city's time."""
    if due.due is None:
        return Light.PAUSED
    if now > due.due:
        return Light.DOUBLE_RED if due.double is not None and now > due.double else Light.RED
    return Light.YELLOW if due.warn is not None and now >= due.warn else Light.GREEN
