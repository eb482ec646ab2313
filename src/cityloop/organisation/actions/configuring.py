"""What a city changes of the standards and of its calendars."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation import models
from cityloop.organisation.actions.checking import save_checked
from cityloop.organisation.actions.people import known_jurisdiction
from cityloop.organisation.choices import OverrideKind
from cityloop.organisation.rules.calendar_days import PUBLISHED, DayException, NationalDays
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.standards.rules import TimeLimit


@transaction.atomic
def override_limit(
    jurisdiction: str,
    condition: str,
    limit: TimeLimit,
    *,
    valid_from: date,
    valid_to: date | None = None,
    timing_zone: str = "",
) -> int:
    """Set a city's own limit for a filing condition, in one timing zone or all; return the row's id.

    Raises:
        InvalidInput: The condition's key is none, or a limit holds at that time already.
    """
    row = models.LimitOverride(
        jurisdiction=known_jurisdiction(jurisdiction),
        condition=condition,
        timing_zone=timing_zone,
        amount=limit.amount,
        unit=limit.unit,
        text=limit.text,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_checked(row)
    return row.pk


@transaction.atomic
def disable_class(jurisdiction: str, category: str, *, valid_from: date, valid_to: date | None = None) -> int:
    """Take a class of the standard out of a city's use; return the row's id.

    Raises:
        InvalidInput: The key is none, or the class is changed at that time already.
    """
    return _override_class(jurisdiction, category, OverrideKind.DISABLE, None, valid_from, valid_to)


@transaction.atomic
def add_class(
    jurisdiction: str, category: str, definition: Mapping[str, Any], *, valid_from: date, valid_to: date | None = None
) -> int:
    """Give a city a class of its own; return the row's id. ``definition`` is what ``rules.city.own_category`` reads.

    Raises:
        InvalidInput: Key or definition cannot be used, or the class is changed at that time already.
    """
    return _override_class(jurisdiction, category, OverrideKind.ADD, dict(definition), valid_from, valid_to)


def _override_class(
    jurisdiction: str,
    category: str,
    kind: str,
    definition: dict[str, Any] | None,
    valid_from: date,
    valid_to: date | None,
) -> int:
    row = models.ClassOverride(
        jurisdiction=known_jurisdiction(jurisdiction),
        category=category,
        kind=kind,
        definition=definition,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    save_checked(row)
    return row.pk


@transaction.atomic
def create_calendar(jurisdiction: str, name: str, rule: CalendarRule) -> str:
    """Give a city another working calendar, under the rule's code, which is returned.

    Raises:
        InvalidInput: The city has a calendar of this code, or the code cannot be used.
    """
    known_jurisdiction(jurisdiction)
    save_checked(models.WorkingCalendar(jurisdiction=jurisdiction, code=rule.code, name=name, rule=rule.to_json()))
    return rule.code


@transaction.atomic
def change_calendar(jurisdiction: str, code: str, rule: CalendarRule) -> int:
    """Give a calendar a new rule; return its version: the next one, or the same if nothing changed.

    Raises:
        NotFound: The city has no such calendar.
    """
    row = _calendar(jurisdiction, code)
    return _store_rule(row, rule.to_json())


@transaction.atomic
def change_day(jurisdiction: str, code: str, day: date, exception: DayException | None) -> int:
    """Make a single day of a calendar differ, or (None) be as its rule says; return the calendar's version.

    Raises:
        NotFound: The city has no such calendar.
    """
    row = _calendar(jurisdiction, code)
    stored = row.parsed().to_json()
    exceptions = dict(stored["exceptions"])
    exceptions.pop(day.isoformat(), None)
    if exception is not None:
        exceptions[day.isoformat()] = exception.to_json()
    return _store_rule(row, {**stored, "exceptions": exceptions})


@transaction.atomic
def renew_holidays(published: NationalDays = PUBLISHED) -> int:
    """Take public holidays that were published meanwhile into every calendar that counts by them; return how many changed.

    Each becomes a new version: what was counted by an older one is still explained by it. Years that only a calendar
    knows stay in it.
    """
    changed = 0
    for row in models.WorkingCalendar.objects.select_for_update().filter(rule__public_holidays=True).order_by("pk"):
        rule = row.parsed()
        national = rule.national.with_those_of(published)
        if national == rule.national and "national" in row.rule:
            continue
        _store_rule(row, replace(rule, national=national).to_json())
        changed += 1
    return changed


def _calendar(jurisdiction: str, code: str) -> models.WorkingCalendar:
    rows = models.WorkingCalendar.objects.select_for_update()
    row = rows.filter(jurisdiction=jurisdiction, code=code).first()
    if row is None:
        raise NotFound(_("There is no such calendar: %(code)s.") % {"code": code})
    return row


def _store_rule(row: models.WorkingCalendar, rule: dict[str, Any]) -> int:
    # What the row itself says is left as it stands in the JSON: else each version would differ by its own number.
    row.rule = rule | {name: row.rule[name] for name in ("code", "version") if name in row.rule}
    save_checked(row)
    return row.version
