"""Counting open time: when a limit runs out, and how much of it has passed.

A ``WorkCalendar`` holds the open spans of its years as sorted UTC instants, with the open time that has passed before
each. So every question is a search in a sorted list, never a walk through minutes. ``CONTINUOUS`` answers the same
questions round the clock, so that whoever counts need not ask which kind of clock runs.

Where the clocks of a zone are turned, a time of day means the first instant at which the clock on the wall shows it or
a later time: what opens at 02:30 opens at 03:00 when that hour is skipped, and an hour that is shown twice opens and
closes nothing for the second time.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, chain
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.organisation.rules.calendar_days import FIRST_YEAR, LAST_YEAR, DayException, DaySpan, Hours, Season, Week
from cityloop.organisation.rules.calendar_reading import week_of
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.standards.rules import TimeLimit

__all__ = [
    "CONTINUOUS",
    "Calendar",
    "CalendarRule",
    "ContinuousCalendar",
    "DayException",
    "DaySpan",
    "Hours",
    "Season",
    "Week",
    "WorkCalendar",
    "open_time",
    "week_of",
]

Span = tuple[datetime, datetime]
"""Open from the first instant until before the second; both in UTC."""

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class ContinuousCalendar:
    """Open round the clock, on every day: answers as ``WorkCalendar`` does."""

    code: str = "continuous"
    version: int = 1
    workday: timedelta = timedelta(days=1)

    def is_known(self, day: date) -> bool:  # noqa: ARG002 - the question of every calendar
        return True

    def add(self, start: datetime, amount: timedelta) -> datetime:
        if start.tzinfo is not UTC:
            start = _in_utc(start)
        _refuse_negative(amount)
        try:
            return start + amount
        except OverflowError as exc:
            raise _beyond(self.code) from exc

    def add_both(self, start: datetime, less: timedelta, more: timedelta) -> tuple[datetime, datetime]:
        return self.add(start, less), self.add(start, more)

    def between(self, first: datetime, second: datetime) -> timedelta:
        return _in_utc(second) - _in_utc(first)

    def spans(self, first: datetime, second: datetime) -> list[Span]:
        first, second = _in_utc(first), _in_utc(second)
        return [(first, second)] if first < second else []


CONTINUOUS = ContinuousCalendar()

_NEAR = 8
"""Spans looked at first when time is added: some days."""


class _Table(NamedTuple):
    """The open spans of whole years, in UTC. ``passed[n]`` is the open time before span ``n``, its last item all of it."""

    starts: list[datetime]
    ends: list[datetime]
    passed: list[timedelta]
    covers_from: datetime
    covers_until: datetime
    first_year: int
    last_year: int


class WorkCalendar:
    """A ``CalendarRule`` compiled for counting. Instants may come in any zone and go in UTC.

    Safe to share between threads: the table is never changed, only replaced by one that reaches further.

    Raises:
        ValueError: (all methods) An instant is naive, or an amount negative.
        InvalidInput: (all methods) The answer lies outside the years a calendar counts in, 1900 to 2199.
    """

    __slots__ = ("_growing", "_table", "code", "rule", "version", "workday", "zone")

    def __init__(self, rule: CalendarRule, zone: ZoneInfo, table: _Table) -> None:
        self.rule = rule
        self.code = rule.code
        self.version = rule.version
        self.workday = rule.workday
        self.zone = zone
        self._table = table
        self._growing = threading.Lock()

    @classmethod
    def compile(cls, rule: CalendarRule, first_year: int, last_year: int) -> Self:
        """Return the calendar of ``rule``, ready for these years (both included) and growing by itself beyond them.

        Raises:
            ValueError: The years are not in order, or outside 1900 to 2199.
        """
        if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
            raise ValueError(f"a calendar of the years {first_year} to {last_year} cannot be made")
        zone = ZoneInfo(rule.time_zone)
        return cls(rule, zone, _compiled(rule, zone, first_year, last_year))

    def is_known(self, day: date) -> bool:
        """Whether the holidays of that day's year are known."""
        return self.rule.is_known(day)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant at which ``amount`` of open time has passed since ``start``.

        No amount is no wait: the answer is ``start`` itself, open or closed. Before opening, counting begins at the next
        opening. When the time runs out exactly at closing, the answer is that closing.
        """
        if start.tzinfo is not UTC:
            start = _in_utc(start)
        if amount <= _NOTHING:
            _refuse_negative(amount)
            return start
        table = self._table
        ends, passed = table.ends, table.passed
        begun, opened = _begun(table, start)
        if amount > passed[-1] - opened or start < table.covers_from:
            self._grow_for(table, start, amount)
            return self.add(start, amount)
        # To the left: a target that is met exactly at a closing belongs to that closing, not to the next opening.
        # Most ends lie within the next days: among the next few spans, before all years are searched.
        target, near = opened + amount, begun + _NEAR
        if near >= len(passed) or target > passed[near]:
            near = len(passed)
        ended = bisect_left(passed, target, begun, near)
        return ends[ended - 1] - (passed[ended] - target)

    def add_both(self, start: datetime, less: timedelta, more: timedelta) -> tuple[datetime, datetime]:
        """Return ``add`` of two amounts, the smaller one first: for many deadlines, each with its warning, in half of the time."""
        if start.tzinfo is not UTC:
            start = _in_utc(start)
        table = self._table
        ends, passed = table.ends, table.passed
        begun, opened = _begun(table, start)
        target, near = opened + more, begun + _NEAR
        if less <= _NOTHING or near >= len(passed) or target > passed[near] or start < table.covers_from:
            return self.add(start, less), self.add(start, more)
        ended = bisect_left(passed, target, begun, near)
        second = ends[ended - 1] - (passed[ended] - target)
        target = opened + less
        ended = bisect_left(passed, target, begun, ended + 1)
        return ends[ended - 1] - (passed[ended] - target), second

    def between(self, first: datetime, second: datetime) -> timedelta:
        """Return the open time from ``first`` to ``second``; negative when ``second`` is the earlier one."""
        first, second = _in_utc(first), _in_utc(second)
        if second < first:
            return -self.between(second, first)
        table = self._covering(first, second)
        return _begun(table, second)[1] - _begun(table, first)[1]

    def spans(self, first: datetime, second: datetime) -> list[Span]:
        """Return the open spans from ``first`` to ``second``, clipped to them, in order; spans that touch are one."""
        first, second = _in_utc(first), _in_utc(second)
        if second <= first:
            return []
        table = self._covering(first, second)
        touched = slice(bisect_right(table.ends, first), bisect_left(table.starts, second))
        return [
            (max(start, first), min(end, second))
            for start, end in zip(table.starts[touched], table.ends[touched], strict=True)
        ]

    def _covering(self, first: datetime, second: datetime) -> _Table:
        table = self._table
        while first < table.covers_from or second > table.covers_until:
            # A year more on each side: the first and last hours of a local year lie in another year of UTC.
            table = self._grown(table, first.year - 1, second.year + 1)
        return table

    def _grow_for(self, table: _Table, start: datetime, amount: timedelta) -> None:
        if start < table.covers_from:
            self._grown(table, start.year - 1, table.last_year)
            return
        try:
            no_earlier_than = start + amount
        except OverflowError as exc:
            raise _beyond(self.code) from exc
        # Doubling: a limit of decades must not compile its years one by one.
        doubled = table.last_year + (table.last_year - table.first_year + 1)
        self._grown(table, table.first_year, max(doubled, no_earlier_than.year + 1))

    def _grown(self, table: _Table, first_year: int, last_year: int) -> _Table:
        """Replace ``table`` by one that reaches further, unless another thread has done so meanwhile; return what stands.

        Raises:
            InvalidInput: It covers all years already.
        """
        with self._growing:
            if self._table is table:
                first_year = max(FIRST_YEAR, min(first_year, table.first_year))
                last_year = min(LAST_YEAR, max(last_year, table.last_year))
                if (first_year, last_year) == (table.first_year, table.last_year):
                    raise _beyond(self.code)
                self._table = _compiled(self.rule, self.zone, first_year, last_year, known=table)
            return self._table


Calendar = WorkCalendar | ContinuousCalendar


# --- limits


def open_time(limit: TimeLimit, calendar: Calendar) -> tuple[bool, timedelta]:
    """Return whether ``limit`` runs round the clock (by ``CONTINUOUS``) or by ``calendar``, and how long it is there."""
    return limit.is_continuous, limit.duration(calendar.workday)


# --- instants


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise ValueError(f"a naive datetime has no place in time: {instant.isoformat()}")
    try:
        return instant.astimezone(UTC)
    except OverflowError as exc:
        raise _beyond() from exc


def _refuse_negative(amount: timedelta) -> None:
    if amount < _NOTHING:
        raise ValueError(f"open time cannot be negative: {amount}")


def _beyond(code: str = "") -> InvalidInput:
    return InvalidInput(
        _("A date or a limit reaches beyond the years %(first)d to %(last)d that a calendar counts in.")
        % {"first": FIRST_YEAR, "last": LAST_YEAR},
        calendar=code,
    )


# --- compiling


def _begun(table: _Table, instant: datetime) -> tuple[int, timedelta]:
    """Return how many spans have begun at ``instant``, and the open time before it."""
    begun = bisect_right(table.starts, instant)
    passed = table.passed[begun]
    if begun and instant < table.ends[begun - 1]:
        passed -= table.ends[begun - 1] - instant
    return begun, passed


def _compiled(
    rule: CalendarRule, zone: ZoneInfo, first_year: int, last_year: int, known: _Table | None = None
) -> _Table:
    """Return the table of these years, both included; the years of ``known``, all among them, are taken from there."""
    if known is None:
        spans = _spans_of_years(rule, zone, first_year, last_year)
    else:
        spans = chain(
            _spans_of_years(rule, zone, first_year, known.first_year - 1),
            zip(known.starts, known.ends, strict=True),
            _spans_of_years(rule, zone, known.last_year + 1, last_year),
        )
    joined = list(_joined(spans))
    return _Table(
        starts=[start for start, _end in joined],
        ends=[end for _start, end in joined],
        passed=list(accumulate((end - start for start, end in joined), initial=_NOTHING)),
        covers_from=_instant(zone, date(first_year, 1, 1), 0),
        covers_until=_instant(zone, date(last_year + 1, 1, 1), 0),
        first_year=first_year,
        last_year=last_year,
    )


def _spans_of_years(rule: CalendarRule, zone: ZoneInfo, first_year: int, last_year: int) -> Iterator[Span]:
    for ordinal in range(date(first_year, 1, 1).toordinal(), date(last_year + 1, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        for hours in rule.hours_on(day):
            yield _instant(zone, day, hours.opens), _instant(zone, day, hours.closes)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Join spans that touch (a night shift over midnight), and drop those that the turning of the clocks has swallowed."""
    held: Span | None = None
    for start, end in spans:
        if start == end:
            continue
        if held is not None and held[1] == start:
            held = (held[0], end)
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """Return the first instant (UTC) at which the clock on the wall shows ``minutes`` after midnight, or later."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    instant = wall.replace(tzinfo=zone)
    before, after = instant.utcoffset(), instant.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    if after <= before:  # an ordinary time, or the first of two
        return instant.astimezone(UTC)
    # The wall never shows this time: the clocks are turned forward somewhere in these seconds, and it shows a later one.
    earliest = (wall - after).replace(tzinfo=UTC)
    seconds = range((after - before) // timedelta(seconds=1))
    turned = bisect_left(seconds, wall, key=lambda s: _wall(zone, earliest + timedelta(seconds=s)))
    return earliest + timedelta(seconds=turned)


def _wall(zone: ZoneInfo, instant: datetime) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
