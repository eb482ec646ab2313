"""The working calendar against somebody who only looks at the clock, minute by minute.

    python -m soak.calendar_walk --cases 1000000 --seed 1

For each of many random calendars (zones with odd clocks, night shifts, seasons, single days, national holidays) the
walker goes through some years of minutes, reads the clock on the wall at each of them, and looks up in the calendar's
JSON whether that minute is open. The open minutes are counted up (``numpy.cumsum``); when a limit of ``n`` minutes runs
out is where that count is ``n`` higher than at the start.

Why this is independent of ``WorkCalendar``: every minute is judged for itself, by its own reading of the JSON and by the
functions of ``chinese_calendar``; the walker knows no spans, never turns a local time into an instant (only instants
into local times, the direction that has one answer), and has no prefix sums of spans. The counted array is only a memory
of the walk: on some cases of each calendar the walk is done again by a plain loop.

One summary line of JSON goes to standard output, progress and differences to standard error.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

from soaking import main

CASES_OF_A_CALENDAR = 500
LOOPED_CASES = 3
YEARS_WALKED = 3
PROCESSES = 2

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
BLOCK_MINUTES = 6 * 60

ZONES = (
    "Asia/Shanghai",  # summer time 1986 to 1991
    "America/Los_Angeles",
    "Europe/Zurich",
    "America/St_Johns",  # turned its clocks at one minute past midnight
    "America/Havana",  # turns its clocks at midnight: a day that begins at 01:00
    "Australia/Lord_Howe",  # turns them by half an hour
    "Pacific/Apia",  # had no 30 December 2011
    "Africa/Casablanca",  # four changes in one year
    "Asia/Kathmandu",
    "UTC",
)
CLOCK = tuple(f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60))
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Week = dict[str, list[list[str]]]
"""Weekday → spans, as the JSON of a calendar has them."""


# --- the walker


@dataclass(frozen=True)
class Walk:
    """Some years of minutes, each judged by the clock on the wall.

    Attributes:
        origin: The instant at which minute 0 begins.
        is_open: ``(n,)`` whether the minute is open.
        open_before: ``(n + 1,)`` how many of the minutes before it are open.
    """

    origin: datetime
    is_open: NDArray[np.bool_]
    open_before: NDArray[np.int64]

    def minute_of(self, instant: datetime) -> tuple[int, timedelta]:
        return divmod(instant - self.origin, MINUTE)

    def add(self, start: datetime, minutes: int) -> datetime:
        """Return when ``minutes`` open minutes have passed since ``start``."""
        minute, into_it = self.minute_of(start)
        if minutes == 0:
            return start
        done = int(np.searchsorted(self.open_before, self.open_before[minute] + minutes))
        if not into_it or not self.is_open[minute]:
            return self.origin + done * MINUTE
        # What of the first minute had passed already is missing at the end: it is taken from the next open minute.
        done += int(np.argmax(self.is_open[done:]))
        return self.origin + done * MINUTE + into_it

    def add_by_loop(self, start: datetime, minutes: int) -> datetime:
        """Give what ``add`` gives, by going from minute to minute; for a ``start`` at a whole minute."""
        minute, _into_it = self.minute_of(start)
        while minutes:
            minutes -= int(self.is_open[minute])
            minute += 1
        return self.origin + minute * MINUTE

    def between(self, first: datetime, second: datetime) -> timedelta:
        return self._open_until(second) - self._open_until(first)

    def spans(self, first: datetime, second: datetime) -> list[tuple[datetime, datetime]]:
        """Return the runs of open minutes from ``first`` to ``second``, both at whole minutes."""
        (start, _), (end, _) = self.minute_of(first), self.minute_of(second)
        closed_around = np.concatenate([[False], self.is_open[start:end], [False]])
        turns = np.flatnonzero(closed_around[1:] != closed_around[:-1]).reshape(-1, 2)
        return [(first + int(opens) * MINUTE, first + int(closes) * MINUTE) for opens, closes in turns]

    def _open_until(self, instant: datetime) -> timedelta:
        minute, into_it = self.minute_of(instant)
        return int(self.open_before[minute]) * MINUTE + (into_it if self.is_open[minute] else timedelta(0))


def walk(rule: dict[str, Any], first_year: int) -> Walk:
    """Go through ``YEARS_WALKED`` years of minutes with ``rule``, the JSON of a ``CalendarRule``, in hand."""
    origin = datetime(first_year, 1, 1, tzinfo=UTC)
    minutes = (datetime(first_year + YEARS_WALKED, 1, 1, tzinfo=UTC) - origin) // MINUTE
    wall = wall_clock(origin, minutes, ZoneInfo(rule["time_zone"]))
    # An hour that the wall shows for the second time is not a new one: nobody goes home twice.
    wall = np.maximum.accumulate(wall)
    days, minutes_of_day = np.divmod(wall, DAY_MINUTES)
    first_day = int(days[0])
    judged = np.array(
        [
            minutes_open(printed_hours(rule, date.fromordinal(ordinal)))
            for ordinal in range(first_day, int(days[-1]) + 1)
        ]
    )
    is_open = judged[days - first_day, minutes_of_day]
    return Walk(origin, is_open, np.concatenate([[0], np.cumsum(is_open, dtype=np.int64)]))


def wall_clock(origin: datetime, minutes: int, zone: ZoneInfo) -> NDArray[np.int64]:
    """Return ``(minutes,)`` what the wall shows at each minute after ``origin``: minutes since the day with ordinal 0.

    The clock is read every six hours; only where it has been turned meanwhile is it read at each minute.
    """
    wall = np.empty(minutes, dtype=np.int64)
    blocks = [*range(0, minutes, BLOCK_MINUTES), minutes]
    for begin, end in pairwise(blocks):
        shown = read_wall(origin + begin * MINUTE, zone)
        if read_wall(origin + end * MINUTE, zone) - shown == end - begin:
            wall[begin:end] = np.arange(shown, shown + end - begin)
        else:
            wall[begin:end] = [read_wall(origin + minute * MINUTE, zone) for minute in range(begin, end)]
    return wall


def read_wall(instant: datetime, zone: ZoneInfo) -> int:
    shown = instant.astimezone(zone)
    return shown.toordinal() * DAY_MINUTES + shown.hour * 60 + shown.minute


Hours = tuple[tuple[str, str], ...]


@cache
def minutes_open(hours: Hours) -> NDArray[np.bool_]:
    """Judge each of the 1440 minutes of a local day: what the clock shows against the printed hours, as texts."""
    return np.array([any(opens <= shown < closes for opens, closes in hours) for shown in CLOCK])


def printed_hours(rule: dict[str, Any], day: date) -> Hours:
    """Look up when ``day`` is open, as a person with the printed calendar would."""
    exception = rule["exceptions"].get(day.isoformat(), {"kind": ""})
    if exception["kind"] == "holiday":
        return ()
    if exception["kind"] == "spans":
        return as_hours(exception["spans"])
    weekday = WEEKDAYS[day.weekday()]
    if exception["kind"] == "workday":
        weekday = rule["makeup_weekday"]
    elif rule["public_holidays"] and 2004 <= day.year <= 2026:
        is_off, holiday = chinese_calendar.get_holiday_detail(day)
        if holiday and is_off:
            return ()
        if holiday:
            weekday = rule["makeup_weekday"]
    return as_hours(printed_week(rule, day).get(weekday, []))


def as_hours(spans: list[list[str]]) -> Hours:
    return tuple((opens, closes) for opens, closes in spans)


def printed_week(rule: dict[str, Any], day: date) -> Week:
    today = f"{day:%m-%d}"
    week: Week = rule["weekly"]
    for season in rule["seasons"]:
        first, last = season["from"], season["to"]
        if first <= today <= last if first <= last else not last < today < first:
            week = season["weekly"]
    return week


# --- what is drawn


def random_rule(chance: random.Random, first_year: int) -> dict[str, Any]:
    """Draw a calendar as JSON; some of its seasons may be closed on most days, but it opens somewhere."""
    return {
        "code": "drawn",
        "version": 1,
        "time_zone": chance.choice(ZONES),
        "weekly": random_week(chance),
        "seasons": random_seasons(chance),
        "exceptions": random_exceptions(chance, first_year),
        "public_holidays": chance.random() < 0.5,
        "makeup_weekday": chance.choice(["mon", "mon", "fri", "sun"]),
    }


def random_week(chance: random.Random) -> Week:
    office = [["08:00", "12:00"], ["14:00", "18:00"]]
    night = [["00:00", "06:00"], ["22:00", "24:00"]]
    always = [["00:00", "24:00"]]
    return chance.choice(
        [
            dict.fromkeys(WEEKDAYS[:5], office),
            dict.fromkeys(WEEKDAYS, office),
            dict.fromkeys(WEEKDAYS, night),
            dict.fromkeys(WEEKDAYS, always),
            {chance.choice(WEEKDAYS): random_spans(chance)},
            {weekday: random_spans(chance) for weekday in chance.sample(WEEKDAYS, chance.randint(2, 7))},
        ]
    )


def random_spans(chance: random.Random) -> list[list[str]]:
    """Draw one to four spans, more often than not with an end in the small hours, when clocks are turned."""
    ends = sorted({chance.choice([chance.randrange(4 * 60), chance.randrange(DAY_MINUTES + 1)]) for _ in range(8)})
    ends = ends[: len(ends) // 2 * 2][: 2 * chance.randint(1, 4)]
    return [[clock_text(opens), clock_text(closes)] for opens, closes in zip(ends[::2], ends[1::2], strict=True)]


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def random_seasons(chance: random.Random) -> list[dict[str, Any]]:
    first, second, third, fourth = sorted(chance.sample(range(366), 4))
    texts = [f"{date(2000, 1, 1) + timedelta(days=n):%m-%d}" for n in (first, second, third, fourth)]
    summer = {"from": texts[1], "to": texts[2], "weekly": random_week(chance)}
    winter = {"from": texts[3], "to": texts[0], "weekly": random_week(chance)}
    return chance.choice([[], [], [summer], [winter], [summer, winter]])


def random_exceptions(chance: random.Random, first_year: int) -> dict[str, Any]:
    described: list[dict[str, Any]] = [
        {"kind": "holiday"},
        {"kind": "workday"},
        {"kind": "spans", "spans": random_spans(chance)},
    ]
    days = (
        date(first_year, 1, 1) + timedelta(days=chance.randrange(YEARS_WALKED * 365))
        for _ in range(chance.choice([0, 5, 60]))
    )
    return {day.isoformat(): chance.choice(described) for day in days}


def random_instant(chance: random.Random, walked: Walk, part: float = 1.0) -> datetime:
    """Draw an instant of the first ``part`` of the walk; every second one lies inside a minute."""
    minute = chance.randrange(int((len(walked.is_open) - 1) * part))
    into_it = chance.choice([timedelta(0), timedelta(microseconds=chance.randrange(60_000_000))])
    return walked.origin + minute * MINUTE + into_it


def random_minutes(chance: random.Random, walked: Walk, start: datetime) -> int:
    """Draw a limit that runs out within the walk: minutes, days or months of open time."""
    left = int(walked.open_before[-1] - walked.open_before[walked.minute_of(start)[0]]) - 1
    return chance.randint(0, max(0, min(left, chance.choice([60, 480, 4_800, 50_000, left]))))


# --- comparing


def differences(rule_json: dict[str, Any], first_year: int, cases: int, chance: random.Random) -> Iterator[str]:
    """Yield a line for each answer of ``WorkCalendar`` that is not the walker's."""
    # The words of the rules need settings, and these have to be named before the rules are read.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.test")
    from cityloop.organisation.rules.calendar import CalendarRule, WorkCalendar

    # Compiled for one of the years only: the others it must reach by itself.
    year = first_year + chance.randrange(YEARS_WALKED)
    calendar = WorkCalendar.compile(CalendarRule.from_json(rule_json), year, year)
    walked = walk(rule_json, first_year)
    for case in range(cases):
        start = random_instant(chance, walked, part=0.7)
        minutes = random_minutes(chance, walked, start)
        other = random_instant(chance, walked)
        answers = [
            (f"add {start} {minutes} min", calendar.add(start, minutes * MINUTE), walked.add(start, minutes)),
            (f"between {start} {other}", calendar.between(start, other), walked.between(start, other)),
        ]
        if case < LOOPED_CASES:
            start, minutes = start.replace(second=0, microsecond=0), min(minutes, 2_000)
            until = start + chance.randrange(60 * DAY_MINUTES) * MINUTE
            answers += [
                (
                    f"loop {start} {minutes} min",
                    calendar.add(start, minutes * MINUTE),
                    walked.add_by_loop(start, minutes),
                ),
                (f"spans {start} {until}", calendar.spans(start, until), walked.spans(start, until)),
            ]
        for question, got, wanted in answers:
            if got != wanted:
                yield f"{question}: {got}, the walker says {wanted}; calendar {json.dumps(rule_json)}"


def differences_of_one_calendar(seed: str, cases: int) -> list[str]:
    """Return the first few differences over ``cases`` cases of the calendar that ``seed`` draws."""
    chance = random.Random(seed)
    first_year = chance.choice([1985, 1990, 2003, 2010, 2016, 2024, 2025, 2026, 2035])
    rule_json = random_rule(chance, first_year)
    found = []
    for difference in differences(rule_json, first_year, cases, chance):
        found.append(f"seed {seed}: {difference}")
        if len(found) == 5:
            break
    return found


def run(cases: int, seed: str) -> dict[str, Any]:
    calendars = -(-cases // CASES_OF_A_CALENDAR)
    sizes = [CASES_OF_A_CALENDAR] * (calendars - 1) + [cases - CASES_OF_A_CALENDAR * (calendars - 1)]
    seeds = [f"{seed}:{n}" for n in range(calendars)]
    began = time.monotonic()
    found: list[str] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for done, lines in enumerate(pool.map(differences_of_one_calendar, seeds, sizes, chunksize=4), start=1):
            found += lines
            for line in lines:
                print(line, file=sys.stderr)
            if done % 50 == 0 or done == calendars:
                elapsed = time.monotonic() - began
                print(f"{done} of {calendars} calendars, {elapsed:.0f} s, {len(found)} differences", file=sys.stderr)
    return {
        "name": "calendar_walk.seconds",
        "value": round(time.monotonic() - began, 1),
        "unit": "s",
        "n": cases,
        "calendars": calendars,
        "differences": len(found),
        "seed": seed,
        "right": not found,
    }


if __name__ == "__main__":
    sys.exit(main(__doc__, run, cases=1_000_000, seed="1"))
