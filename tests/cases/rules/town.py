"""A town without a database: for the rules of the loop, and for measuring them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cityloop.cases.queries.tables import default_table
from cityloop.cases.rules.clocks import ROUND_THE_CLOCK, Calendar
from cityloop.cases.rules.table import Table
from cityloop.organisation.rules.calendar import WorkCalendar, open_time
from cityloop.organisation.rules.calendar_days import WEEKDAYS
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.organisation.rules.city import Department
from cityloop.organisation.rules.staffing import HeldPost, Viewer
from cityloop.standards.queries import package_catalogue
from cityloop.standards.rules import Category, Condition, TimeLimit

CODE = "990101"
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
"""A Wednesday, ten in the morning in Shanghai."""
MANHOLE = "gb47678_2026/part/01001"
OPEN_COVER = f"{MANHOLE}#cov_open"
BROKEN_COVER = f"{MANHOLE}#cov_break"
POINT = {"lon": 120.005, "lat": 30.005, "system": "wgs84"}
PHOTOS = [{"kind": "close", "sha256": "a" * 64}, {"kind": "wide", "sha256": "b" * 64}]

DAY = (("08:00", "12:00"), ("14:00", "18:00"))


def calendar(code: str, spans: tuple[tuple[str, str], ...], days: int, *, holidays: bool) -> WorkCalendar:
    rule = {
        "code": code,
        "version": 1,
        "time_zone": "Asia/Shanghai",
        "weekly": {day: [list(span) for span in spans] for day in WEEKDAYS[:days]},
        "public_holidays": holidays,
    }
    return WorkCalendar.compile(CalendarRule.from_json(rule), 2025, 2027)


@dataclass(frozen=True)
class Town:
    """Departments HW (with a unit HW-1), SZ; everybody on duty is person 2."""

    code: str
    categories: Mapping[str, Category]
    conditions: Mapping[str, Condition]
    calendars: Mapping[str, WorkCalendar]
    departments: Mapping[str, Department]
    only_one_person: bool = False
    on_duty_person: int | None = 2

    def department(self, code: str) -> Department | None:
        return self.departments.get(code)

    def condition(self, key: str) -> Condition | None:
        return self.conditions.get(key)

    def calendar(self, code: str, version: int = 0) -> Calendar:
        return self.calendars[code] if code else ROUND_THE_CLOCK

    def limit_of(self, condition: str, timing_zone: str, now: datetime) -> TimeLimit:
        return self.conditions[condition].limit

    def open_seconds(self, limit: TimeLimit, calendar: str) -> tuple[bool, int]:
        continuous, amount = open_time(limit, self.calendars[calendar or "office"])
        return continuous, int(amount.total_seconds())

    def on_duty(self, post: str, at: datetime, duty_grid: str) -> int | None:
        return self.on_duty_person

    def holds_post(self, user_id: int, post: str, department: str) -> bool:
        return user_id in {2, 9}

    def others_hold(self, posts: tuple[str, ...], user_id: int | None) -> bool:
        return not self.only_one_person


def department(number: int, code: str, path: str, *, active: bool = True) -> Department:
    return Department(number, code, code, "sanitation", None, path, is_active=active)


@cache
def town(*, only_one_person: bool = False) -> Town:
    categories = package_catalogue()
    return Town(
        CODE,
        categories,
        {condition.key: condition for category in categories.values() for condition in category.conditions},
        {
            "office": calendar("office", DAY, 5, holidays=True),
            "shift": calendar("shift", (("08:00", "20:00"),), 7, holidays=False),
        },
        {
            unit.code: unit
            for unit in (
                department(1, "HW", "/1/"),
                department(2, "HW-1", "/1/2/"),
                department(3, "SZ", "/3/"),
                department(4, "OLD", "/4/", active=False),
            )
        },
        only_one_person,
    )


def held(post: str, path: str = "", deputy_for: int | None = None) -> HeldPost:
    return HeldPost(post, CODE, None, path, deputy_for)


IN_DEPARTMENT = {"dept_clerk": "/1/", "dept_leader": "/1/", "handler": "/1/"}
PEOPLE = {
    "collector": 2, "acceptor": 3, "duty_chief": 4, "dispatcher": 5, "dept_clerk": 6, "dept_leader": 7, "inspector": 8,
    "handler": 9, "evaluator": 10, "leader": 11, "citizen": 12,
}  # fmt: skip


@cache
def person(post: str) -> Viewer:
    """Return the person who holds just ``post``."""
    if post == "system":
        return Viewer(None, "system", jurisdictions=frozenset({CODE}), is_system=True)
    if post == "municipal_clerk":
        return Viewer(20, "municipal_clerk", (held("dept_clerk", "/3/"),))
    return Viewer(PEOPLE[post], post, (held(post, IN_DEPARTMENT.get(post, "")),))


def everybody() -> Viewer:
    """Return the one person of a small county, who holds every post."""
    return Viewer(1, "everybody", tuple(held(post, IN_DEPARTMENT.get(post, "")) for post in PEOPLE))


def table(**settings: Any) -> Table:
    """Return the default table, with other settings where given."""
    loop = default_table()
    return loop.model_copy(update={"settings": loop.settings.model_copy(update=settings)}) if settings else loop
