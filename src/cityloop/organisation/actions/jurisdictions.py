"""A jurisdiction comes into being, with all that it needs on its first day."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from cityloop.kernel.clock import CityClock
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation import models
from cityloop.organisation.actions.checking import save_checked
from cityloop.organisation.rules.calendar_reading import week_of
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.organisation.rules.settings import DECLARED
from cityloop.organisation.rules.staffing import STANDARD_POSTS
from cityloop.standards.choices import DEFAULT_SCHEME
from cityloop.standards.rules import RegionCode

EVERY_DAY = "mon tue wed thu fri sat sun"

MAINLAND_ZONES = frozenset({"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "Asia/Kashgar", "PRC"})
"""Where the State Council's public holidays and make-up workdays hold."""


def seed_posts() -> int:
    """Make the rows of the standard posts that are missing; return how many were made. Names that a city changed stay."""
    there = set(models.Post.objects.filter(jurisdiction="").order_by("code").values_list("code", flat=True))
    missing = [post for code, post in STANDARD_POSTS.items() if code not in there]
    made = models.Post.objects.bulk_create(
        models.Post(code=post.code, name=post.name, name_en=post.name_en, axis=post.axis, sight=post.sight)
        for post in missing
    )
    return len(made)


def standard_calendars(time_zone: str) -> dict[str, tuple[str, CalendarRule]]:
    """Return name and rule of the two calendars that every city begins with, by code.

    ``office``: Monday to Friday, 08:00-12:00 and 14:00-18:00, with the public holidays of mainland China where the zone
    is one of its own. ``shift``: 08:00-20:00 on every day, the hours of the centre's seats and of the collectors.
    """
    return {
        "office": (
            "办公时间",
            CalendarRule(
                code="office",
                version=1,
                time_zone=time_zone,
                weekly=week_of("08:00-12:00 14:00-18:00"),
                public_holidays=time_zone in MAINLAND_ZONES,
            ),
        ),
        "shift": (
            "值班时间",
            CalendarRule(code="shift", version=1, time_zone=time_zone, weekly=week_of("08:00-20:00", EVERY_DAY)),
        ),
    }


@transaction.atomic
def create_jurisdiction(
    code: str,
    name: str,
    *,
    name_en: str = "",
    parent: str = "",
    region_code: str = "",
    time_zone: str = "Asia/Shanghai",
    scheme: str = DEFAULT_SCHEME,
    settings: Mapping[str, Any] | None = None,
    clock: CityClock | None = None,
) -> str:
    """Make a jurisdiction with its working calendars; return its code.

    Args:
        code: The six digits of its division (GB/T 2260), for example ``320508``.
        name: As it stands on pages.
        name_en: The same in English.
        parent: Code of the superior centre, ``""`` where there is none in this installation.
        region_code: The region that it governs; its own code if empty.
        time_zone: By its name in the tz database.
        scheme: The classification that new cases are filed under.
        settings: Of those that the rooms declare, the ones that differ from the default.
        clock: A clock of its own, for a demonstration.

    Raises:
        InvalidInput: Code, zone or a setting cannot be used.
        NotFound: There is no such parent.
        Conflict: The jurisdiction exists.
    """
    check_division(code)
    if models.Jurisdiction.objects.filter(pk=code).exists():
        raise Conflict(_("The jurisdiction “%(code)s” exists already.") % {"code": code})
    if parent and not models.Jurisdiction.objects.filter(pk=parent).exists():
        raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": parent})
    row = models.Jurisdiction(
        code=code,
        name=name,
        name_en=name_en,
        parent_id=parent or None,
        region_code=region_code or code,
        time_zone=time_zone,
        scheme=scheme,
        settings=dict(settings or {}),
        clock_origin=clock.origin if clock else None,
        clock_real_origin=clock.real_origin if clock else None,
        clock_speed=clock.speed if clock else 1.0,
    )
    save_checked(row)
    make_calendars(code, time_zone)
    return code


def make_calendars(jurisdiction: str, time_zone: str) -> None:
    """Give a new jurisdiction the working calendars that every city begins with."""
    for code, (name, rule) in standard_calendars(time_zone).items():
        save_checked(models.WorkingCalendar(jurisdiction=jurisdiction, code=code, name=name, rule=rule.to_json()))


@transaction.atomic
def change_settings(jurisdiction: str, values: Mapping[str, Any]) -> None:
    """Set some settings of a city; the others stay. A value of None goes back to the default.

    Raises:
        InvalidInput: There is no such setting, or it cannot have this value.
        NotFound: There is no such jurisdiction.
    """
    row = models.Jurisdiction.objects.select_for_update().filter(pk=jurisdiction).first()
    if row is None:
        raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": jurisdiction})
    # Of what was given alone: a class that the city has abolished meanwhile stands in nobody's way.
    strangers = [DECLARED[key].stranger_in(value, jurisdiction) for key, value in values.items() if key in DECLARED]
    if faults := [fault for fault in strangers if fault is not None]:
        raise InvalidInput(_("Some settings of the city cannot be used."), faults=faults)
    row.settings = {key: value for key, value in {**row.settings, **values}.items() if value is not None}
    save_checked(row)


@transaction.atomic
def set_clock(jurisdiction: str, clock: CityClock | None) -> None:
    """Give a demonstration's city a clock of its own, or take it away."""
    models.Jurisdiction.objects.filter(pk=jurisdiction).update(
        clock_origin=clock.origin if clock else None,
        clock_real_origin=clock.real_origin if clock else None,
        clock_speed=clock.speed if clock else 1.0,
    )


def check_division(code: str) -> None:
    """Check that ``code`` is the six digits of a division.

    Raises:
        InvalidInput: It is not; the message says why.
    """
    if len(code) != 6:
        raise InvalidInput(_("A jurisdiction's code has six digits, for example 110101."))
    RegionCode(code)
