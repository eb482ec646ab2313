"""A working calendar as people write and read it: hours, single days line by line, a year at a glance."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _
from cityloop.organisation.rules.calendar_days import WEEKDAYS
from cityloop.organisation.rules.calendar_rule import CalendarRule

HOLIDAY_WORDS = ("休", "holiday")
WORKDAY_WORDS = ("班", "workday")
MARKS = {"open": " ", "closed": "·", "holiday": "休", "workday": "班", "spans": "~"}


def hours_to_text(spans: list[list[str]]) -> str:
    """Return ``08:00-12:00 14:00-18:00``; ``""`` for a closed day."""
    return " ".join(f"{opens}-{closes}" for opens, closes in spans)


def hours_from_text(text: str) -> list[list[str]]:
    """Return the spans that a text of hours names; the calendar's own reader checks each time."""
    return [re.split(r"[-–—~至]", span, maxsplit=1) for span in text.replace(",", " ").replace("，", " ").split()]


def days_to_text(exceptions: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the days that differ, one a line: ``2026-10-01 休 国庆节`` or ``2026-06-18 08:00-12:00 盘点``."""
    lines = []
    for day in sorted(exceptions):
        kind, name = exceptions[day]["kind"], exceptions[day].get("name", "")
        words = {"holiday": HOLIDAY_WORDS[0], "workday": WORKDAY_WORDS[0]}
        what = words.get(kind) or hours_to_text(exceptions[day]["spans"])
        lines.append(f"{day} {what} {name}".strip())
    return "\n".join(lines)


def days_from_text(text: str) -> dict[str, dict[str, Any]]:
    """Read the days that differ; empty lines are left aside.

    Raises:
        InvalidInput: With a fault for each line that cannot be read or names a day again.
    """
    found: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        read = _day_from_line(line)
        if read is None:
            why = _("Write a date, then 休, 班 or hours, then a name: 2026-10-01 休 国庆节.")
            faults.append(Fault(f"exceptions.{number}", why, line[:80]))
        elif read[0] in found:
            faults.append(Fault(f"exceptions.{number}", _("This day is named twice."), line[:80]))
        else:
            found[read[0]] = read[1]
    if faults:
        raise InvalidInput(
            " ".join(_("Line %(line)s: %(why)s") % {"line": fault.field[11:], "why": fault.why} for fault in faults),
            faults=faults,
        )
    return found


def _day_from_line(line: str) -> tuple[str, dict[str, Any]] | None:
    day, *words = line.split()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) or not words:
        return None
    if words[0].lower() in HOLIDAY_WORDS + WORKDAY_WORDS:
        kind = "holiday" if words[0].lower() in HOLIDAY_WORDS else "workday"
        return day, {"kind": kind, "name": " ".join(words[1:])}
    hours = [word for word in words if re.fullmatch(r"\d{2}:\d{2}[-–—~至]\d{2}:\d{2}", word)]
    if not hours or words[: len(hours)] != hours:
        return None
    return day, {"kind": "spans", "name": " ".join(words[len(hours) :]), "spans": hours_from_text(" ".join(hours))}


def year_at_a_glance(rule: CalendarRule, year: int) -> str:
    """Return a year as text, a line for each month: how many days it is open, then each day's number with its mark.

    The marks: 休 a weekday that is closed, 班 a day that is open although its weekday is closed, ~ other hours than its
    weekday's, · closed as every week; no mark: open as every week.
    """
    known = rule.is_known(date(year, 6, 30))
    lines = [] if known else [_("The holidays of %(year)d are not known yet: enter them.") % {"year": year}]
    for month in range(1, 13):
        days = [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
        count = sum(1 for day in days if rule.hours_on(day))
        marks = " ".join(f"{day.day:2d}{mark_of(rule, day)}" for day in days)
        lines.append(f"{year}-{month:02d} [{count:2d}] {marks}".rstrip())
    return "\n".join(lines)


def mark_of(rule: CalendarRule, day: date) -> str:
    """Return the mark of a day: how it differs from every day of its weekday."""
    hours, usual = rule.hours_on(day), _usual(rule, day)
    if hours == usual:
        return MARKS["open" if hours else "closed"]
    if not hours:
        return MARKS["holiday"]
    return MARKS["spans" if usual else "workday"]


def _usual(rule: CalendarRule, day: date) -> Any:
    week = next((season.weekly for season in rule.seasons if season.holds(day)), rule.weekly)
    return week[day.weekday()]


def weekday_names() -> dict[str, str]:
    """Return a word for each weekday, Monday first."""
    words = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return dict(zip(WEEKDAYS, words, strict=True))
