"""When a city works, as plain data: hours of a week, seasons, single days, national holidays.

A rule is what people enter and what the database keeps (``to_json``, ``from_json``); ``calendar.WorkCalendar`` counts by
it. Its JSON::

    {"code": "office", "version": 1, "time_zone": "Asia/Shanghai",
     "weekly": {"mon": [["08:00", "12:00"], ["14:00", "18:00"]], "tue": …},
     "seasons": [{"name": "夏季", "from": "05-01", "to": "09-30", "weekly": {…}}],
     "exceptions": {"2026-10-01": {"kind": "holiday", "name": "国庆节"},
                    "2026-06-18": {"kind": "spans", "name": "盘点", "spans": [["08:00", "12:00"]]}},
     "public_holidays": true, "makeup_weekday": "mon", "known_years": [], "workday_minutes": 480,
     "national": {"2026": {"off": ["01-01", …], "worked": ["01-04", …]}, …}}

``national`` is what was published when the rule was made: a package that knows more, or better, must not change what a
deadline was counted by. Where it is left out, what is published today is taken.

A shift over midnight is written as two spans: until ``24:00``, and from ``00:00`` of the next weekday.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from cityloop.organisation.rules.calendar_checks import contradictions
from cityloop.organisation.rules.calendar_days import (
    PUBLISHED,
    WEEKDAYS,
    DayException,
    Hours,
    NationalDays,
    Season,
    Week,
    month_day_text,
    week_json,
)
from cityloop.organisation.rules.calendar_reading import Reader, refuse_if


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """When work is done, as people define it.

    For each day the first of these that speaks decides: ``exceptions``, the national holidays and make-up workdays of
    mainland China (where ``public_holidays``), the season that holds the day, ``weekly``.

    Attributes:
        version: Counts up with each change; what was computed names the version it was computed by.
        makeup_weekday: Whose hours a make-up workday has; 0 is Monday.
        known_years: Years whose holidays somebody declares to have entered, beyond those that are known nationally.
        workday: How much open time a limit of one working day is; whole minutes.
        national: What is counted by where ``public_holidays``; kept with the rule, so that a version never changes.

    Raises:
        InvalidInput: The parts contradict each other; each fault names its place as a dotted path into the JSON.
    """

    code: str
    version: int
    time_zone: str
    weekly: Week
    seasons: tuple[Season, ...] = ()
    exceptions: Mapping[date, DayException] = field(default_factory=dict)
    public_holidays: bool = False
    makeup_weekday: int = 0
    known_years: frozenset[int] = frozenset()
    workday: timedelta = timedelta(hours=8)
    national: NationalDays = PUBLISHED

    def __post_init__(self) -> None:
        refuse_if(contradictions(self))

    def hours_on(self, day: date) -> Hours:
        """Return when ``day`` is open, in order; empty when it is closed."""
        exception = self.exceptions.get(day)
        if exception is not None and exception.kind == "spans":
            return exception.spans
        if self._is_closed_all_day(day, exception):
            return ()
        makes_up = exception is not None or (self.public_holidays and day in self.national.worked)
        return self._week_on(day)[self.makeup_weekday if makes_up else day.weekday()]

    def is_known(self, day: date) -> bool:
        """Whether the holidays of that year are known; if not, each Monday to Friday counts as it stands in the week.

        An unknown year becomes known when a holiday of it is entered as an exception, or by ``known_years``.
        """
        return (
            not self.public_holidays
            or day.year in self.national.known_years
            or day.year in self.known_years
            or any(other.year == day.year and entered.kind == "holiday" for other, entered in self.exceptions.items())
        )

    def _is_closed_all_day(self, day: date, exception: DayException | None) -> bool:
        if exception is not None:
            return exception.kind == "holiday"
        return self.public_holidays and day in self.national.off

    def _week_on(self, day: date) -> Week:
        return next((season.weekly for season in self.seasons if season.holds(day)), self.weekly)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON values; ``from_json`` gives it back. Days that do not count are left out."""
        national = {"national": self.national.to_json()} if self.public_holidays else {}
        return {
            "code": self.code,
            "version": self.version,
            "time_zone": self.time_zone,
            "weekly": week_json(self.weekly),
            "seasons": [
                {
                    "name": season.name,
                    "from": month_day_text(season.first),
                    "to": month_day_text(season.last),
                    "weekly": week_json(season.weekly),
                }
                for season in self.seasons
            ],
            "exceptions": {day.isoformat(): self.exceptions[day].to_json() for day in sorted(self.exceptions)},
            "public_holidays": self.public_holidays,
            "makeup_weekday": WEEKDAYS[self.makeup_weekday],
            "known_years": sorted(self.known_years),
            "workday_minutes": self.workday // timedelta(minutes=1),
            **national,
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the rule that ``value`` (JSON, already parsed) describes; all but the first four fields may be left out.

        Raises:
            InvalidInput: With a fault for each place that is wrong: unknown or missing fields included.
        """
        reader = Reader()
        fields = reader.rule(value)
        refuse_if(reader.faults)
        return cls(**fields)
