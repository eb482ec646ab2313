"""What a city is configured to be, kept in the process for as long as nothing of it has changed."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from cityloop.geography.queries import extent
from cityloop.kernel.clock import CityClock, city_now
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, listed
from cityloop.kernel.versions import versions_of
from cityloop.organisation import models
from cityloop.organisation.rules.calendar import WorkCalendar
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.organisation.rules.city import (
    ClassChange,
    Department,
    OwnLimit,
    apply_changes,
    own_category,
    own_limit,
)
from cityloop.organisation.rules.settings import with_defaults
from cityloop.organisation.rules.staffing import AbsenceFact, AppointmentFact, DutyFact, present
from cityloop.standards import queries as standards
from cityloop.standards.rules import Category, TimeLimit, split_condition_key

REMEMBERED_DAYS = 400
"""Of how many days a city keeps the classes and the roster; a replay walks through years of them."""

Kept = TypeVar("Kept")


class _DayMemo:
    """Values by key, computed once; thread-safe because the worst that can happen is computing one twice."""

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    def get(self, key: Any, compute: Callable[[], Kept]) -> Kept:
        try:
            found: Kept = self._kept[key]
        except KeyError:
            found = compute()
            if len(self._kept) >= REMEMBERED_DAYS:
                self._kept.clear()
            self._kept[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty and who is away in a city on one day of UTC."""

    duties: tuple[DutyFact, ...]
    absences: tuple[AbsenceFact, ...]


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """A city as it is configured; a value that never changes: ask ``city()`` again for each request.

    Args:
        parent: Code of the superior centre, ``""`` at the top.
        calendars: By code; always ``"office"`` and ``"shift"``.
        departments: By id, parents before their units, those out of use included.
        settings: Every declared setting, the city's own value or the default.
        versions: What was read when it was built: the shared version and the city's own.
    """

    code: str
    name: str
    name_en: str
    region_code: str
    parent: str
    time_zone: ZoneInfo
    scheme: str
    settings: Mapping[str, Any]
    clock: CityClock | None
    calendars: Mapping[str, WorkCalendar]
    departments: Mapping[int, Department]
    versions: tuple[int, int]
    class_changes: tuple[ClassChange, ...] = field(repr=False)
    limits: Mapping[str, tuple[OwnLimit, ...]] = field(repr=False)
    appointments: Mapping[str, tuple[AppointmentFact, ...]] = field(repr=False)
    _classes: _DayMemo = field(default_factory=_DayMemo, repr=False)
    _rosters: _DayMemo = field(default_factory=_DayMemo, repr=False)

    # --- time

    def now(self) -> datetime:
        """Return the city's time, in UTC: the machine's, unless the city has a clock of its own."""
        return city_now(self.clock)

    def day_of(self, at: datetime) -> date:
        """Return the day that ``at`` falls on in the city."""
        return at.astimezone(self.time_zone).date()

    def today(self) -> date:
        return self.day_of(self.now())

    def calendar(self, code: str, version: int | None = None) -> WorkCalendar:
        """Return a working calendar, as it is now or as it was in ``version``.

        Raises:
            NotFound: The city has no such calendar or version.
        """
        found = self.calendars.get(code)
        if found is None:
            raise _no_calendar(self.code, code)
        return found if version in {None, found.version} else calendar_of(self.code, code, version or 0)

    # --- classes and limits

    @property
    def categories(self) -> Mapping[str, Category]:
        """The classes that the city uses today, by key."""
        return self.categories_on(self.today())

    def categories_on(self, day: date, scheme: str = "") -> Mapping[str, Category]:
        """Return the classes that the city used on ``day``, by key: its own scheme's unless another is named."""
        scheme = scheme or self.scheme
        changes = [
            change for change in self.class_changes if change.holds_on(day) and change.category.startswith(f"{scheme}/")
        ]
        standard = standard_classes(scheme, day, self.versions[0])
        if not changes:
            return standard
        # Between two days of change the same objects answer: a replay walks through years of days.
        key = (id(standard), tuple(map(id, changes)))
        return self._classes.get(key, lambda: MappingProxyType(apply_changes(standard, changes, day)))

    def limit_of(self, condition_key: str, timing_zone: str = "", on: date | None = None) -> TimeLimit:
        """Return the limit of a filing condition on a day (today if None): the city's own, else the standard's.

        A class that the city no longer uses keeps its limits: cases of it are still open.

        Raises:
            InvalidInput: The key is not of the form ``scheme/type/code#condition``.
            NotFound: Neither the standard nor the city knows the condition on that day.
        """
        day = self.today() if on is None else on
        if own := own_limit(self.limits.get(condition_key, ()), timing_zone, day):
            return own
        category_key, _mark = split_condition_key(condition_key)
        scheme = category_key.partition("/")[0]
        category = self.categories_on(day, scheme).get(category_key)
        category = category or standard_classes(scheme, day, self.versions[0]).get(category_key)
        category = category or self._once_added(category_key)
        for condition in category.conditions if category else ():
            if condition.key == condition_key:
                return condition.limit
        raise NotFound(_("There is no filing condition “%(key)s”.") % {"key": condition_key}, condition=condition_key)

    def _once_added(self, category_key: str) -> Category | None:
        """Return a class of the city's own that has ended, as it was last."""
        added = [one.added for one in self.class_changes if one.category == category_key and one.added is not None]
        return added[-1] if added else None

    # --- departments and people

    def departments_of_kind(self, kind: str, on: date | None = None) -> list[Department]:
        """Return the departments of a kind that work on a day (today if None), those nearest the root first."""
        day = self.today() if on is None else on
        found = [one for one in self.departments.values() if one.kind == kind and one.works_on(day)]
        return sorted(found, key=lambda one: (one.path.count("/"), one.code))

    def department_of_kind(self, kind: str, on: date | None = None) -> Department | None:
        """Return the department that a class of this kind is suggested to; None where there is none or not one alone.

        Of several departments the one that is no unit of another is meant; of two such, a person must choose.
        """
        found = self.departments_of_kind(kind, on)
        top = [one for one in found if one.path.count("/") == found[0].path.count("/")]
        return top[0] if len(top) == 1 else None

    def department_by_code(self, code: str) -> Department | None:
        return next((one for one in self.departments.values() if one.code == code), None)

    def subtree(self, department_id: int) -> list[int]:
        """Return the ids of a department and of all units below it; empty if there is no such department."""
        root = self.departments.get(department_id)
        return [one.id for one in self.departments.values() if one.path.startswith(root.path)] if root else []

    def on_duty(self, post: str, at: datetime, duty_grid: str = "") -> list[int]:
        """Return the ids of who is on duty in ``post`` at ``at``, deputies for the absent; by the roster alone.

        With ``duty_grid``: those on duty in that grid, and those whose turn names none.
        """
        roster = self.roster(at)
        turns = [duty for duty in roster.duties if duty.post == post and duty.covers(at)]
        if duty_grid:
            turns = [duty for duty in turns if duty.duty_grid in {"", duty_grid}]
        return present((duty.user_id for duty in turns), roster.absences, at)

    def holders(
        self, post: str, department_id: int | None = None, *, duty_grid: str = "", at: datetime | None = None
    ) -> list[int]:
        """Return the ids of who acts in ``post`` at ``at`` (now if None), deputies for the absent, in a steady order.

        With ``department_id`` only those appointed to that very department; with ``duty_grid`` only those of the grid.
        """
        moment = self.now() if at is None else at
        day = self.day_of(moment)
        held = [
            fact.user_id
            for fact in self.appointments.get(post, ())
            if fact.holds_on(day)
            and department_id in {None, fact.department_id}
            and (not duty_grid or fact.duty_grid == duty_grid)
        ]
        return present(held, self.roster(moment).absences, moment)

    def roster(self, at: datetime) -> Roster:
        """Return the duties and absences of the day of UTC that holds ``at``: two queries, once for a day."""
        day = at.astimezone(UTC).date()
        return self._rosters.get(day, lambda: _roster(self.code, day))


# --- doors


def city(jurisdiction: str) -> City:
    """Return the city as it is now: one small query as long as nothing of it has changed.

    Raises:
        NotFound: There is no such jurisdiction.
    """
    versions = versions_of(jurisdiction)
    kept = _cities.get(jurisdiction)
    if kept is not None and kept.versions == versions:
        return kept
    with _building:
        kept = _cities.get(jurisdiction)
        if kept is None or kept.versions != versions:
            kept = _cities[jurisdiction] = _built(jurisdiction)
        return kept


def bounds_of(codes: Iterable[str]) -> str:
    """Return what a map of the first of these cities that has an area shows: west, south, east, north in degrees; "" for none."""
    for code in sorted(codes):
        known = city(code)
        if bounds := _bounds(code, known.versions, known.today()):
            return bounds
    return ""


@lru_cache(maxsize=256)
def _bounds(code: str, versions: tuple[int, int], day: date) -> str:  # noqa: ARG001  # the versions are the key of the cache
    try:
        return ",".join(f"{degree:.6f}" for degree in extent(code, day))
    except NotFound:
        return ""


def jurisdictions() -> dict[str, str]:
    """Return the names of all jurisdictions by code, ordered by code."""
    return dict(models.Jurisdiction.objects.order_by("code").values_list("code", "name"))


def cities_with(setting: str) -> list[str]:
    """Return the codes of the jurisdictions that have a value of their own for a setting, in order: one query."""
    rows = models.Jurisdiction.objects.filter(settings__has_key=setting)
    return list(rows.order_by("code").values_list("code", flat=True))


def calendar_names(jurisdiction: str) -> dict[str, str]:
    """Return what the calendars of a city are called, by code: kept until anything of the city changes."""
    return _calendar_names(jurisdiction, versions_of(jurisdiction))


@lru_cache(maxsize=512)
def _calendar_names(jurisdiction: str, versions: tuple[int, int]) -> dict[str, str]:  # noqa: ARG001  # the key of the cache
    rows = models.WorkingCalendar.objects.filter(jurisdiction=jurisdiction).order_by("code")
    return dict(rows.values_list("code", "name"))


def only_jurisdiction() -> str:
    """Return the code of the installation's one jurisdiction.

    Raises:
        NotFound: There is none, or more than one.
    """
    codes = list(jurisdictions())
    if not codes:
        raise NotFound(_("There is no city here yet. Make it first: cityloop init"))
    if len(codes) != 1:
        raise NotFound(_("Name the city by its code; here are: %(codes)s.") % {"codes": listed(codes)})
    return codes[0]


def is_founded() -> bool:
    """Whether the installation has its first city or administrator."""
    return models.Jurisdiction.objects.exists() or models.User.objects.filter(is_superuser=True).exists()


def calendar_of(jurisdiction: str, code: str, version: int) -> WorkCalendar:
    """Return a working calendar as it was in ``version``, so that an old due time can be computed again.

    Raises:
        NotFound: There was no such calendar or version.
    """
    rule = (
        models.CalendarVersion.objects.filter(calendar__jurisdiction=jurisdiction, calendar__code=code, version=version)
        .values_list("rule", flat=True)
        .first()
    )
    if rule is None:
        raise _no_calendar(jurisdiction, code)
    return compiled(code, version, rule)


def compiled(code: str, version: int, rule: Mapping[str, Any]) -> WorkCalendar:
    """Return the calendar of a stored rule; the row's code and version hold, whatever the JSON says."""
    return _compiled(orjson.dumps({**rule, "code": code, "version": version}, option=orjson.OPT_SORT_KEYS))


# --- building


def standard_classes(scheme: str, day: date, shared_version: int) -> Mapping[str, Category]:
    """Return the standard's classes on ``day``: the same mapping for every day on which they are the same."""
    changes = _change_days(scheme, shared_version)
    place = bisect_right(changes, day)
    return _standard_classes(scheme, changes[place - 1] if place else day, shared_version)


@lru_cache(maxsize=32)
def _change_days(scheme: str, shared_version: int) -> list[date]:  # noqa: ARG001  # the version is the key of the cache
    return standards.change_days(scheme)


@lru_cache(maxsize=32)
def _standard_classes(scheme: str, day: date, shared_version: int) -> Mapping[str, Category]:  # noqa: ARG001
    return MappingProxyType(dict(standards.catalogue(scheme, day)))


_cities: dict[str, City] = {}
_building = threading.Lock()


def _built(jurisdiction: str) -> City:
    """Read a city from its tables; again if it changed meanwhile, so that what is kept is of one moment."""
    versions = versions_of(jurisdiction)
    for _attempt in range(5):
        found = _read(jurisdiction, versions)
        # Anew: within one request the first look is remembered, and would always agree with itself.
        before, versions = versions, versions_of(jurisdiction, anew=True)
        if versions == before:
            break
    return found


def _read(jurisdiction: str, versions: tuple[int, int]) -> City:
    row = models.Jurisdiction.objects.filter(pk=jurisdiction).first()
    if row is None:
        raise NotFound(_("There is no jurisdiction “%(code)s”.") % {"code": jurisdiction}, jurisdiction=jurisdiction)
    return City(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        region_code=row.region_code,
        parent=row.parent_id or "",
        time_zone=ZoneInfo(row.time_zone),
        scheme=row.scheme,
        settings=MappingProxyType(with_defaults(row.settings)),
        clock=_clock(row),
        calendars=MappingProxyType(_calendars(jurisdiction)),
        departments=MappingProxyType(_departments(jurisdiction)),
        versions=versions,
        class_changes=_class_changes(jurisdiction),
        limits=MappingProxyType(_limits(jurisdiction)),
        appointments=MappingProxyType(_appointments(jurisdiction)),
    )


def _clock(row: models.Jurisdiction) -> CityClock | None:
    if row.clock_origin is None or row.clock_real_origin is None:
        return None
    return CityClock(row.clock_origin, row.clock_real_origin, row.clock_speed)


def _calendars(jurisdiction: str) -> dict[str, WorkCalendar]:
    rows = models.WorkingCalendar.objects.filter(jurisdiction=jurisdiction).order_by("code")
    return {row.code: compiled(row.code, row.version, row.rule) for row in rows}


@lru_cache(maxsize=512)
def _compiled(rule: bytes) -> WorkCalendar:
    this_year = datetime.now(UTC).year
    return WorkCalendar.compile(CalendarRule.from_json(orjson.loads(rule)), this_year - 1, this_year + 2)


def _departments(jurisdiction: str) -> dict[int, Department]:
    rows = models.Department.objects.filter(jurisdiction=jurisdiction).order_by("path")
    return {
        row.id: Department(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            parent_id=row.parent_id,
            path=row.path,
            is_active=row.is_active,
            credit_code=row.credit_code,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    }


def _class_changes(jurisdiction: str) -> tuple[ClassChange, ...]:
    return tuple(
        ClassChange(
            category=row.category,
            kind=row.kind,
            added=own_category(row.category, row.definition) if row.definition is not None else None,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in models.ClassOverride.objects.filter(jurisdiction=jurisdiction).order_by("category", "valid_from")
    )


def _limits(jurisdiction: str) -> dict[str, tuple[OwnLimit, ...]]:
    found: dict[str, list[OwnLimit]] = {}
    for row in models.LimitOverride.objects.filter(jurisdiction=jurisdiction).order_by("id"):
        limit = TimeLimit(row.amount, row.unit, row.text)
        own = OwnLimit(row.condition, row.timing_zone, limit, row.valid_from, row.valid_to)
        found.setdefault(row.condition, []).append(own)
    return {condition: tuple(limits) for condition, limits in found.items()}


def _appointments(jurisdiction: str) -> dict[str, tuple[AppointmentFact, ...]]:
    rows = models.Appointment.objects.filter(jurisdiction=jurisdiction, user__is_active=True)
    found: dict[str, list[AppointmentFact]] = {}
    for row in rows.select_related("department").order_by("user_id", "id"):
        found.setdefault(row.post, []).append(appointment_fact(row))
    return {post: tuple(facts) for post, facts in found.items()}


def appointment_fact(row: models.Appointment, sight: str = "") -> AppointmentFact:
    return AppointmentFact(
        user_id=row.user_id,
        post=row.post,
        jurisdiction=row.jurisdiction,
        department_id=row.department_id,
        department_path=row.department.path if row.department else "",
        duty_grid=row.duty_grid,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        sight=sight,
    )


def duty_fact(row: models.Duty) -> DutyFact:
    return DutyFact(row.user_id, row.jurisdiction, row.post, row.duty_grid, row.starts_at, row.ends_at)


def absence_fact(row: models.Absence) -> AbsenceFact:
    return AbsenceFact(row.user_id, row.jurisdiction, row.starts_at, row.ends_at, row.deputy_id)


def _roster(jurisdiction: str, day: date) -> Roster:
    begins = datetime.combine(day, time(), UTC)
    during = {"jurisdiction": jurisdiction, "starts_at__lt": begins + timedelta(days=1), "ends_at__gt": begins}
    duties = models.Duty.objects.filter(**during, user__is_active=True).order_by("starts_at", "user_id", "id")
    absences = models.Absence.objects.filter(**during).order_by("starts_at", "id")
    return Roster(tuple(map(duty_fact, duties)), tuple(map(absence_fact, absences)))


def _no_calendar(jurisdiction: str, code: str) -> NotFound:
    message = _("“%(city)s” has no working calendar “%(code)s” in this version.")
    return NotFound(message % {"city": jurisdiction, "code": code}, calendar=code)
