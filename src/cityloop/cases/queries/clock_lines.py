"""The clocks of a case: how they stand, and why each is due when it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cityloop.cases.choices import Light
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.words import Coded, Words
from cityloop.cases.rules.clocks import Clock, due_at, explain, used
from cityloop.cases.rules.dues import Due, dues, light

Status = Literal["running", "paused", "stopped"]


@dataclass(frozen=True, slots=True)
class ClockLine:
    """How a clock stands now. Seconds are of open time, those of its calendar; ``left_s`` is negative once it is late."""

    clock: Coded
    status: Status
    limit_s: int | None
    used_s: int
    left_s: int | None
    due_at: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class ClockReason:
    """Why a clock is due when it is, as data: see ``rules.clocks.explain``."""

    line: ClockLine
    explanation: Mapping[str, Any]


def clock_lines(found: Found, words: Words) -> list[ClockLine]:
    """Return the case's clocks in the order of its table."""
    running = dues(found.loop, found.snapshot, found.city)
    clocks = found.snapshot.clocks
    return [_line(stage, clocks[stage], running, found, words) for stage in found.loop.clocks if stage in clocks]


def clock_reasons(found: Found, words: Words) -> list[ClockReason]:
    """Return the case's clocks, each with what makes up its deadline."""
    reasons = []
    for line in clock_lines(found, words):
        clock = found.snapshot.clocks[line.clock.code]
        calendar = found.city.calendar(clock.calendar, clock.version)
        reasons.append(ClockReason(line, explain(line.clock.code, clock, calendar)))
    return reasons


def _line(stage: str, clock: Clock, running: Mapping[str, Due], found: Found, words: Words) -> ClockLine:
    calendar = found.city.calendar(clock.calendar, clock.version)
    spent = used(clock, calendar, found.now)
    status: Status = "stopped" if clock.stopped else "paused" if clock.since is None else "running"
    shines = {"stopped": Light.NONE, "paused": Light.PAUSED}.get(status)
    if shines is None:
        shines = light(running[stage], found.now)
    return ClockLine(
        words.clock(stage),
        status,
        None if clock.until else int(clock.total.total_seconds()),
        int(spent.total_seconds()),
        _left_s(clock, spent, found.now),
        due_at(clock, calendar),
        shines,
    )


def _left_s(clock: Clock, spent: timedelta, now: datetime) -> int | None:
    if clock.stopped:
        return None
    left = clock.total - spent if clock.until is None else clock.until - now
    return int(left.total_seconds())
