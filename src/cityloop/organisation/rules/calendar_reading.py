"""A calendar's JSON, read: each fault is noted with its place, so that people see all of them at once."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast, get_args

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _, listed
from cityloop.organisation.rules.calendar_days import (
    MINUTES_OF_A_DAY,
    WEEKDAYS,
    DayException,
    DaySpan,
    ExceptionKind,
    Hours,
    MonthDay,
    NationalDays,
    Season,
    Week,
)


def week_of(hours: str, days: str = "mon tue wed thu fri") -> Week:
    """Return a week with the same ``hours`` on each of ``days``: ``week_of("08:00-12:00 14:00-18:00")``.

    Raises:
        InvalidInput: A time is not HH:MM, or a day is unknown.
    """
    spans = [span.split("-") for span in hours.split()]
    reader = Reader()
    week = reader.week(dict.fromkeys(days.split(), spans), "weekly")
    refuse_if(reader.faults)
    return week


def refuse_if(faults: Sequence[Fault]) -> None:
    if faults:
        first = faults[0]
        raise InvalidInput(
            _("The calendar cannot be used: %(field)s: %(why)s") % {"field": first.field or "JSON", "why": first.why},
            faults=faults,
        )


class Reader:
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
