"""The course of a case that is over: when each step was taken, by people who are mostly quick and sometimes late."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from cityloop.demo.rules.timing import Limit
from cityloop.organisation.rules.calendar import Calendar

DAY_BEGINS, DAY_ENDS = 8, 20
"""Hours between which the centre's seats are taken."""

BEFORE_DISPOSAL: Mapping[str, tuple[float, float]] = {"accept": (1, 14), "file": (3, 26), "dispatch": (1, 14)}
AFTER_DISPOSAL: Mapping[str, tuple[float, float]] = {"send_check": (2, 24), "check_back": (8, 40), "close": (2, 24)}
"""How many minutes each step takes, at least and at most; one in twenty takes three times as long."""

SLOW = 0.05
SLOWER = 3.0

URGED_FROM = 0.9
"""Which part of its limit a disposal has to take that it was urged on the way."""


def disposal_share(source: Random) -> float:
    """Draw which part of its limit a disposal takes: most well within it, about six in a hundred beyond.

    Source:
        On-time disposal of 76 to 97 in 100, as on the project's page of scale (5.4).
    """
    return min(2.5, source.lognormvariate(-0.8, 0.51))


def course(reported_at: datetime, limit: Limit, shift: Calendar, zone: ZoneInfo, source: Random) -> dict[str, datetime]:
    """Return when each step was taken: whole seconds, none before the one before it.

    Args:
        reported_at: UTC.
        limit: Of the disposal.
        shift: When the centre's seats are taken.
        zone: The city's.
        source: Draws how quick people were.
    """
    times: dict[str, datetime] = {}
    at = reported_at
    for action, spread in BEFORE_DISPOSAL.items():
        at = times[action] = _later(at, _minutes(spread, source), shift, zone)
    share = disposal_share(source)
    fed_back = limit.calendar.add(at, limit.amount * share).replace(microsecond=0)
    way = fed_back - at
    times["sign"] = at + way * source.uniform(0.02, 0.12)
    if share > URGED_FROM:
        times["urge"] = at + way * source.uniform(0.8, 0.95)
    at = times["feedback"] = max(fed_back, at)
    for action, spread in AFTER_DISPOSAL.items():
        at = times[action] = _later(at, _minutes(spread, source), shift, zone)
    return {action: then.replace(microsecond=0) for action, then in times.items()}


def _minutes(spread: tuple[float, float], source: Random) -> timedelta:
    minutes = source.uniform(*spread) * (SLOWER if source.random() < SLOW else 1.0)
    return timedelta(seconds=round(60 * minutes))


def _later(at: datetime, wait: timedelta, shift: Calendar, zone: ZoneInfo) -> datetime:
    """Return ``at`` and ``wait`` of open time later; within the day no calendar is asked, which takes longer than all else."""
    local = at.astimezone(zone)
    then = local + wait
    if local.hour >= DAY_BEGINS and then.hour < DAY_ENDS and then.date() == local.date():
        return at + wait
    return shift.add(at, wait)
