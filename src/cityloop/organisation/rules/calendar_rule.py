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

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, Self, cast, get_args
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays as national_holidays
from chinese_calendar.constants import workdays as national_workdays

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed

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
        return [_clock_text(self.opens), _clock_text(self.closes)]


Hours = tuple[DaySpan, ...]
Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""The hours of Monday to Sunday."""


def week_of(hours: str, days: str = "mon tue wed thu fri") -> Week:
    """Return a week with the same ``hours`` on each of ``days``: ``week_of("08:00-12:00 14:00-18:00")``.

    Raises:
        InvalidInput: A time is not HH:MM, or a day is unknown.
    """
    spans = [span.split("-") for span in hours.split()]
    reader = _Reader()
    week = reader.week(dict.fromkeys(days.split(), spans), "weekly")
    _refuse_if(reader.faults)
    return week


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
            described["spans"] = _hours_json(self.spans)
        return described


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
        _refuse_if(_contradictions(self))

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
            "weekly": _week_json(self.weekly),
            "seasons": [
                {
                    "name": season.name,
                    "from": _month_day_text(season.first),
                    "to": _month_day_text(season.last),
                    "weekly": _week_json(season.weekly),
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
        reader = _Reader()
        fields = reader.rule(value)
        _refuse_if(reader.faults)
        return cls(**fields)


# --- out


def _clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _month_day_text(month_day: MonthDay) -> str:
    return f"{month_day[0]:02d}-{month_day[1]:02d}"


def _days_text(days: frozenset[date], year: int) -> list[str]:
    return [_month_day_text((day.month, day.day)) for day in sorted(days) if day.year == year]


def _hours_json(hours: Hours) -> list[list[str]]:
    return [span.to_json() for span in hours]


def _week_json(week: Week) -> dict[str, list[list[str]]]:
    return {name: _hours_json(hours) for name, hours in zip(WEEKDAYS, week, strict=True) if hours}


# --- in


def _refuse_if(faults: Sequence[Fault]) -> None:
    if faults:
        first = faults[0]
        raise InvalidInput(
            _("The calendar cannot be used: %(field)s: %(why)s") % {"field": first.field or "JSON", "why": first.why},
            faults=faults,
        )


class _Reader:
    """Reads JSON values and notes each fault with its place, so that people see all of them at once.

    What cannot be read comes back as something harmless: the caller refuses the whole when there are ``faults``.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def rule(self, value: Any) -> dict[str, Any]:
        needed = ("code", "version", "time_zone", "weekly")
        optional = (
            "seasons",
            "exceptions",
            "public_holidays",
            "makeup_weekday",
            "known_years",
            "workday_minutes",
            "national",
        )
        given = self.fields(value, "", needed, optional)
        readers = {
            "code": self.text,
            "version": self.number,
            "time_zone": self.text,
            "weekly": self.week,
            "seasons": self.seasons,
            "exceptions": self.exceptions,
            "public_holidays": self.flag,
            "makeup_weekday": self.weekday,
            "known_years": self.years,
            "workday_minutes": self.workday,
            "national": self.national,
        }
        read: dict[str, Any] = {name: readers[name](given[name], name) for name in readers if name in given}
        if "workday_minutes" in read:
            read["workday"] = read.pop("workday_minutes")
        return read

    def note(self, path: str, why: str, value: Any = "") -> None:
        self.faults.append(Fault(path, why, shown(value)))

    def fields(self, value: Any, path: str, needed: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.note(path, _("An object with named fields is needed here."), value)
            return {}
        prefix = f"{path}." if path else ""
        for name in needed:
            if name not in value:
                self.note(f"{prefix}{name}", _("This field is missing."))
        for name in value:
            if name not in needed and name not in optional:
                self.note(f"{prefix}{name}", _("This field is unknown. Check its spelling or leave it out."))
        return {name: value[name] for name in (*needed, *optional) if name in value}

    def items(self, value: Any, path: str) -> list[tuple[str, Any]]:
        if not isinstance(value, (list, tuple)):
            self.note(path, _("A list is needed here."), value)
            return []
        return [(f"{path}.{index}", item) for index, item in enumerate(value)]

    def text(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            self.note(path, _("A text is needed here."), value)
            return ""
        return value

    def number(self, value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            self.note(path, _("A whole number is needed here."), value)
            return 0
        return value

    def flag(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            self.note(path, _("Only true or false can stand here."), value)
        return value is True

    def workday(self, value: Any, path: str) -> timedelta:
        # Clipped, because a timedelta cannot hold every integer: what is out of range is refused with the rule.
        return timedelta(minutes=max(-1, min(self.number(value, path), MINUTES_OF_A_DAY + 1)))

    def years(self, value: Any, path: str) -> frozenset[int]:
        return frozenset(self.number(item, place) for place, item in self.items(value, path))

    def weekday(self, value: Any, path: str) -> int:
        if value not in WEEKDAYS:
            self.note(path, _("A weekday is one of %(names)s.") % {"names": listed(WEEKDAYS)}, value)
            return 0
        return WEEKDAYS.index(value)

    def week(self, value: Any, path: str) -> Week:
        given = self.fields(value, path, (), WEEKDAYS)
        week = tuple(self.hours(given[name], f"{path}.{name}") if name in given else () for name in WEEKDAYS)
        return cast("Week", week)

    def hours(self, value: Any, path: str) -> Hours:
        return tuple(self.span(item, place) for place, item in self.items(value, path))

    def span(self, value: Any, path: str) -> DaySpan:
        ends = self.items(value, path)
        if len(ends) != 2:
            self.note(path, _("A span is two times: when it opens and when it closes."), value)
            return DaySpan(0, MINUTES_OF_A_DAY)
        opens, closes = (self.time_of_day(item, place) for place, item in ends)
        return DaySpan(opens, closes)

    def time_of_day(self, value: Any, path: str) -> int:
        match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", value) if isinstance(value, str) else None
        if match is None:
            self.note(path, _("A time of day is written as HH:MM, from 00:00 to 24:00."), value)
            return 0
        return int(match[0][:2]) * 60 + int(match[0][3:])

    def seasons(self, value: Any, path: str) -> tuple[Season, ...]:
        return tuple(self.season(item, place) for place, item in self.items(value, path))

    def season(self, value: Any, path: str) -> Season:
        given = self.fields(value, path, ("from", "to", "weekly"), ("name",))
        return Season(
            name=self.text(given.get("name", ""), f"{path}.name"),
            first=self.month_day(given["from"], f"{path}.from") if "from" in given else (1, 1),
            last=self.month_day(given["to"], f"{path}.to") if "to" in given else (1, 1),
            weekly=self.week(given.get("weekly", {}), f"{path}.weekly"),
        )

    def month_day(self, value: Any, path: str) -> MonthDay:
        try:
            # Any leap year will do: 29 February may begin or end a season.
            day = self._strict_date(f"2000-{value}")
        except ValueError:
            self.note(path, _("A day of the year is written as MM-DD, as in 05-01."), value)
            return (1, 1)
        return (day.month, day.day)

    def national(self, value: Any, path: str) -> NationalDays:
        off: set[date] = set()
        worked: set[date] = set()
        if not isinstance(value, Mapping):
            self.note(path, _("An object with named fields is needed here."), value)
            value = {}
        for year, described in value.items():
            days = self.fields(described, f"{path}.{year}", ("off", "worked"))
            off |= self.days_of(year, days.get("off", ()), f"{path}.{year}.off")
            worked |= self.days_of(year, days.get("worked", ()), f"{path}.{year}.worked")
        return NationalDays(frozenset(off), frozenset(worked))

    def days_of(self, year: Any, value: Any, path: str) -> set[date]:
        days = set()
        for place, item in self.items(value, path):
            try:
                days.add(self._strict_date(f"{year}-{item}"))
            except ValueError:
                self.note(place, _("A day of the year is written as MM-DD, as in 05-01."), item)
        return days

    def exceptions(self, value: Any, path: str) -> dict[date, DayException]:
        if not isinstance(value, Mapping):
            self.note(path, _("An object with named fields is needed here."), value)
            return {}
        read = {}
        for name, described in value.items():
            try:
                day = self._strict_date(name)
            except ValueError:
                self.note(f"{path}.{name}", _("A date is written as YYYY-MM-DD."), name)
            else:
                read[day] = self.exception(described, f"{path}.{name}")
        return read

    def exception(self, value: Any, path: str) -> DayException:
        given = self.fields(value, path, ("kind",), ("name", "spans"))
        kind = given.get("kind", "holiday")
        if kind not in get_args(ExceptionKind):
            self.note(f"{path}.kind", _("A day is “holiday”, “workday” or “spans”."), kind)
            kind = "holiday"
        if (kind == "spans") != ("spans" in given):
            self.note(f"{path}.spans", _("Spans belong to a day of the kind “spans”, and only to it."))
        return DayException(
            kind=kind,
            name=self.text(given.get("name", ""), f"{path}.name"),
            spans=self.hours(given.get("spans", []), f"{path}.spans"),
        )

    @staticmethod
    def _strict_date(text: Any) -> date:
        """Read YYYY-MM-DD and nothing else: ``date.fromisoformat`` would also take 20260101 and 2026-W01-4."""
        if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)


# --- what must hold between the parts


def _contradictions(rule: CalendarRule) -> list[Fault]:
    faults = [
        *_scalar_faults(rule),
        *_week_faults(rule.weekly, "weekly"),
        *(
            fault
            for n, season in enumerate(rule.seasons)
            for fault in _week_faults(season.weekly, f"seasons.{n}.weekly")
        ),
        *_season_faults(rule.seasons),
        *_exception_faults(rule.exceptions),
        *(
            Fault(f"national.{day.year:04d}", _("A day is off or worked, not both."), day.isoformat())
            for day in sorted(rule.national.off & rule.national.worked)
        ),
    ]
    if not any(hours for week in (rule.weekly, *(season.weekly for season in rule.seasons)) for hours in week):
        # Counting would look for open time until the last year, and not find any.
        faults.append(Fault("weekly", _("This calendar never opens. Enter the hours of at least one weekday.")))
    return faults


def _scalar_faults(rule: CalendarRule) -> list[Fault]:
    faults = []
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", rule.code):
        faults.append(
            Fault("code", _("A code is 1 to 40 small letters, digits, - or _, a letter first."), rule.code[:80])
        )
    if rule.version < 1:
        faults.append(Fault("version", _("Versions count from 1."), str(rule.version)))
    if not _is_time_zone(rule.time_zone):
        faults.append(
            Fault("time_zone", _("This time zone is unknown. Write it as in Asia/Shanghai."), rule.time_zone[:80])
        )
    if not 0 <= rule.makeup_weekday < len(WEEKDAYS):
        faults.append(Fault("makeup_weekday", _("Weekdays count from 0 (Monday) to 6."), str(rule.makeup_weekday)))
    whole_minutes = rule.workday % timedelta(minutes=1) == timedelta(0)
    if not (timedelta(0) < rule.workday <= timedelta(days=1) and whole_minutes):
        faults.append(
            Fault("workday_minutes", _("A working day has 1 to 1440 minutes, in whole minutes."), str(rule.workday))
        )
    faults += [
        Fault("known_years", _("A year lies between %(first)d and %(last)d.") % _year_limits(), str(year))
        for year in sorted(rule.known_years)
        if not FIRST_YEAR <= year <= LAST_YEAR
    ]
    return faults


def _year_limits() -> dict[str, int]:
    return {"first": FIRST_YEAR, "last": LAST_YEAR}


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # OSError: the name of a folder, as in "America"
        return False
    return True


def _week_faults(week: Week, path: str) -> list[Fault]:
    if len(week) != len(WEEKDAYS):
        return [Fault(path, _("A week has seven days."), str(len(week)))]
    return [
        fault for name, hours in zip(WEEKDAYS, week, strict=True) for fault in _hours_faults(hours, f"{path}.{name}")
    ]


def _hours_faults(hours: Hours, path: str) -> list[Fault]:
    faults = []
    open_until = 0
    for index, span in enumerate(hours):
        if not 0 <= span.opens < span.closes <= MINUTES_OF_A_DAY:
            why = _("A span closes after it opens, by 24:00. Write a night shift as two spans, one on each day.")
        elif span.opens < open_until:
            why = _("The spans of a day follow one another and do not overlap.")
        else:
            open_until = span.closes
            continue
        faults.append(Fault(f"{path}.{index}", why, "–".join(span.to_json())))
    return faults


def _season_faults(seasons: Sequence[Season]) -> list[Fault]:
    days_of_a_leap_year = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]
    faults = []
    for index, season in enumerate(seasons):
        shared = [d for d in days_of_a_leap_year if season.holds(d) and any(s.holds(d) for s in seasons[:index])]
        if shared:
            faults.append(
                Fault(
                    f"seasons.{index}",
                    _("Two seasons hold the same day. Let one end before the other begins."),
                    shared[0].strftime("%m-%d"),
                )
            )
    return faults


def _exception_faults(exceptions: Mapping[date, DayException]) -> list[Fault]:
    faults = []
    for day, exception in exceptions.items():
        path = f"exceptions.{day.isoformat()}"
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            faults.append(
                Fault(path, _("A year lies between %(first)d and %(last)d.") % _year_limits(), day.isoformat())
            )
        if exception.spans and exception.kind != "spans":
            faults.append(Fault(f"{path}.spans", _("Spans belong to a day of the kind “spans”, and only to it.")))
        faults += _hours_faults(exception.spans, f"{path}.spans")
    return faults
