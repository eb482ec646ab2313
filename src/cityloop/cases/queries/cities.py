"""A city as the loop sees it: departments by code, calendars, limits, who is on duty."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property, lru_cache

from cityloop.cases import models
from cityloop.cases.rules.clocks import ROUND_THE_CLOCK, Calendar
from cityloop.organisation import queries as organisation
from cityloop.organisation.queries import City
from cityloop.organisation.rules.calendar import open_time
from cityloop.organisation.rules.city import Department
from cityloop.standards.rules import Category, Condition, TimeLimit


class LoopCity:
    """Answers for one city on one day; made anew when anything of the city changes."""

    def __init__(self, city: City, day: date) -> None:
        self.city = city
        self.day = day
        self.code = city.code
        self.categories: Mapping[str, Category] = city.categories_on(day)
        self._departments = {department.code: department for department in city.departments.values()}
        self._conditions: dict[str, Condition] = {}
        for category in self.categories.values():
            for condition in category.conditions:
                self._conditions[condition.key] = condition
        self._calendars: dict[tuple[str, int], Calendar] = {("", 0): ROUND_THE_CLOCK}
        self._limits: dict[tuple[str, str], TimeLimit] = {}
        self._seconds: dict[tuple[TimeLimit, str], tuple[bool, int]] = {}

    @cached_property
    def has_restrictions(self) -> bool:
        """Whether any class may not be reported somewhere or at some time; most cities have no such zone."""
        return models.RestrictedZone.objects.filter(jurisdiction=self.code).exists()

    def department(self, code: str) -> Department | None:
        return self._departments.get(code)

    def condition(self, key: str) -> Condition | None:
        return self._conditions.get(key)

    def calendar(self, code: str, version: int = 0) -> Calendar:
        """Return a calendar; ``""`` runs round the clock, version 0 is the one in force."""
        known = self._calendars.get((code, version))
        if known is None:
            known = self._calendars[code, version] = self.city.calendar(code, version or None)
        return known

    def limit_of(self, condition: str, timing_zone: str, now: datetime) -> TimeLimit:  # noqa: ARG002 (the day is fixed)
        """Return the limit of a filing condition on this city's day."""
        known = self._limits.get((condition, timing_zone))
        if known is None:
            known = self._limits[condition, timing_zone] = self.city.limit_of(condition, timing_zone, self.day)
        return known

    def open_seconds(self, limit: TimeLimit, calendar: str) -> tuple[bool, int]:
        """Return whether ``limit`` runs round the clock, and its seconds of open time under ``calendar``."""
        known = self._seconds.get((limit, calendar))
        if known is None:
            # A limit that runs round the clock asks no calendar; the office's stands in where the table names none.
            continuous, amount = open_time(limit, self.city.calendar(calendar or "office"))
            known = self._seconds[limit, calendar] = (continuous, int(amount.total_seconds()))
        return known

    def on_duty(self, post: str, at: datetime, duty_grid: str) -> int | None:
        """Return who stands in ``post`` at ``at``, for the grid if it has somebody, else for nobody in particular."""
        people = self.city.on_duty(post, at, duty_grid) if duty_grid else []
        if not people and duty_grid:
            people = self.city.holders(post, duty_grid=duty_grid, at=at)
        return people[0] if people else None

    def holds_post(self, user_id: int, post: str, department: str) -> bool:
        """Return whether ``user_id`` acts in ``post`` now, in ``department`` or a unit above or below it where one is named."""
        if user_id not in self.city.holders(post):
            return False
        if not department:
            return True
        wanted = self._departments.get(department)
        return wanted is not None and any(
            user_id in self.city.holders(post, unit.id)
            for unit in self.city.departments.values()
            if unit.path.startswith(wanted.path) or wanted.path.startswith(unit.path)
        )

    def others_hold(self, posts: tuple[str, ...], user_id: int | None) -> bool:
        """Return whether anybody but ``user_id`` acts in one of ``posts``."""
        return any(person != user_id for post in posts for person in self.city.holders(post))

    def department_ids(self, codes: list[str]) -> list[int]:
        return [self._departments[code].id for code in codes if code in self._departments]


@lru_cache(maxsize=512)
def _loop_city(_code: str, _versions: tuple[int, int], day: date, city: City) -> LoopCity:
    return LoopCity(city, day)


def loop_city(code: str, on: date | None = None) -> LoopCity:
    """Return the city as it is now (its classes and limits as on ``on``): one small query when nothing has changed.

    Raises:
        NotFound: There is no such jurisdiction.
    """
    city = organisation.city(code)
    return _loop_city(code, city.versions, on or city.today(), city)
