"""The days that a calendar is made of: hours, weeks, seasons, single days, national holidays; and how JSON writes them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from chinese_calendar.constants import holidays as national_holidays
from chinese_calendar.constants import workdays as national_workdays

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The years that a calendar can count in: a mistyped year must not make it compile millennia."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Weekdays as JSON spells them, in the order of ``date.weekday()``."""

MINUTES_OF_A_DAY = 24 * 60

MonthDay = tuple[int, int]
ExceptionKind = Literal["holiday", "workday", "spans"]


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """Open from ``opens`` until before ``closes``: minutes of the local day, 0 to 1440 (24:00)."""

    opens: int
    closes: int

    def to_json(self) -> list[str]:
        return [clock_text(self.opens), clock_text(self.closes)]


Hours = tuple[DaySpan, ...]
Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""The hours of Monday to Sunday."""


@dataclass(frozen=True, slots=True)
class NationalDays:
    """The public holidays of mainland China and the days worked for them, as published by one time.

    Attributes:
        off: Days without work, weekends between them included.
        worked: Make-up workdays.
        known_years: Follows from ``off``: a year is known once its National Day is named, because the notice for one year
            may already name New Year's Day of the next.
    """

    off: frozenset[date]
    worked: frozenset[date]
    known_years: frozenset[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        years = frozenset(day.year for day in self.off if (day.month, day.day) == (10, 1))
        object.__setattr__(self, "known_years", years)

    def with_those_of(self, newer: "NationalDays") -> "NationalDays":
        """Return these days with the years that ``newer`` knows as it knows them; the others stay."""
        off = frozenset(day for day in self.off if day.year not in newer.known_years)
        worked = frozenset(day for day in self.worked if day.year not in newer.known_years)
        return NationalDays((off - newer.worked) | newer.off, (worked - newer.off) | newer.worked)

    def to_json(self) -> dict[str, dict[str, list[str]]]:
        years = sorted({day.year for day in self.off | self.worked})
        return {
            f"{year:04d}": {"off": _days_text(self.off, year), "worked": _days_text(self.worked, year)}
            for year in years
        }


PUBLISHED = NationalDays(frozenset(national_holidays), frozenset(national_workdays))
"""What the State Council has published and ``chinesecalendar`` holds today."""


@dataclass(frozen=True, slots=True)
class Season:
    """A part of every year with a week of its own, both days included; ``first`` after ``last`` wraps New Year."""

    name: str
    first: MonthDay
    last: MonthDay
    weekly: Week

    def holds(self, day: date) -> bool:
        month_day = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= month_day <= self.last
        return month_day >= self.first or month_day <= self.last


@dataclass(frozen=True, slots=True)
class DayException:
    """One day that differs: closed (``holiday``), open like a make-up day (``workday``), or with ``spans`` of its own."""

    kind: ExceptionKind
    name: str = ""
    spans: Hours = ()

    def to_json(self) -> dict[str, Any]:
        described: dict[str, Any] = {"kind": self.kind, "name": self.name}
        if self.kind == "spans":
            described["spans"] = hours_json(self.spans)
        return described


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def month_day_text(month_day: MonthDay) -> str:
    return f"{month_day[0]:02d}-{month_day[1]:02d}"


def _days_text(days: frozenset[date], year: int) -> list[str]:
    return [month_day_text((day.month, day.day)) for day in sorted(days) if day.year == year]


def hours_json(hours: Hours) -> list[list[str]]:
    return [span.to_json() for span in hours]


def week_json(week: Week) -> dict[str, list[list[str]]]:
    return {name: hours_json(hours) for name, hours in zip(WEEKDAYS, week, strict=True) if hours}
