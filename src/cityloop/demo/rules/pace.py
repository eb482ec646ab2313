"""How fast the clock of a demo city runs at a moment, and why."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SPEEDS = (1, 2, 5, 10, 30, 60, 120, 300, 600)
"""The notches of the slider."""

OPENING_SPEED = 30
"""A city hour in two minutes: every few seconds something happens, and a case can still be followed with the eye."""

NIGHT_BEGINS, NIGHT_ENDS = time(21, 30), time(7, 30)
NIGHT_SPEED = 600
LIVELY = 5
"""From this speed on nobody waits for the night to pass: it goes by at full speed."""

HOLD, GO_ON = timedelta(minutes=90), timedelta(minutes=10)
"""The clock waits for a simulation that is so far behind, until it has come so near."""

STALLED = timedelta(seconds=15)
"""Longer than that without a step, by the machine's time: the city was stopped, and goes on where it was."""


class Why(StrEnum):
    """Why the clock does not run as it was set."""

    AS_SET = "as_set"
    PAUSED = "paused"
    WATCHED = "watched"
    NIGHT = "night"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Running:
    """A speed, 0 for a clock that stands, and why."""

    speed: float
    why: Why


def running(
    speed: float,
    *,
    is_paused: bool,
    is_watched: bool,
    nights_are_short: bool,
    local: datetime,
    behind: timedelta,
    held: bool,
) -> Running:
    """Return how fast the clock is to run.

    Args:
        speed: As people set it.
        is_watched: Somebody has a case open, for whom the city goes at its real pace.
        local: The city's time, in its zone.
        behind: How far the simulation is behind it.
        held: Whether the clock waits for the simulation already.
    """
    if is_paused:
        return Running(0.0, Why.PAUSED)
    if behind > (GO_ON if held else HOLD):
        return Running(0.0, Why.BEHIND)
    if is_watched and speed > 1:
        return Running(1.0, Why.WATCHED)
    if nights_are_short and LIVELY <= speed < NIGHT_SPEED and is_night(local):
        return Running(float(NIGHT_SPEED), Why.NIGHT)
    return Running(speed, Why.AS_SET)


def is_night(local: datetime) -> bool:
    """Whether the city sleeps."""
    return not NIGHT_ENDS <= local.time() < NIGHT_BEGINS


def next_morning(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the end of the night that is or comes."""
    day = local.date() if local.time() < NIGHT_ENDS else local.date() + timedelta(days=1)
    return datetime.combine(day, NIGHT_ENDS, tzinfo=zone)
