"""What must hold between the parts of a calendar."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cityloop.kernel.errors import Fault
from cityloop.kernel.translation import _
from cityloop.organisation.rules.calendar_days import (
    FIRST_YEAR,
    LAST_YEAR,
    MINUTES_OF_A_DAY,
    WEEKDAYS,
    DayException,
    Hours,
    Season,
    Week,
)

if TYPE_CHECKING:
    from cityloop.organisation.rules.calendar_rule import CalendarRule


def contradictions(rule: "CalendarRule") -> list[Fault]:
    """Return a fault for each place at which the parts of ``rule`` cannot stand together."""
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


def _scalar_faults(rule: "CalendarRule") -> list[Fault]:
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
