"""Where a city's cases go by its routing rules: the version in force, compiled once for a process, and what it is asked about.

A city without rules of its own runs by version 0, which has none: the default order decides.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cityloop.assets import queries as assets
from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.routing import (
    DefaultOrder,
    Office,
    Routing,
    Ruling,
    Subject,
    Surroundings,
    decide,
    folded,
    rule_from_json,
)
from cityloop.cases.rules.routing_checks import Area, Class, Known
from cityloop.cases.rules.routing_facts import routing_fact
from cityloop.geography import queries as geography
from cityloop.geography.choices import RegionLevel
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.queries import City
from cityloop.organisation.queries import city as city_of
from cityloop.standards.rules import Category

NO_VERSION = 0
"""The version of a city that has written no rule."""

SAID = ("description", "address")
"""The texts in which words are looked for."""


class Plan(NamedTuple):
    """From which instant on which version of a city's routing rules holds, in order."""

    begins: tuple[datetime, ...]
    versions: tuple[int, ...]

    def at(self, instant: datetime) -> int:
        place = bisect_right(self.begins, instant)
        return self.versions[place - 1] if place else NO_VERSION


@lru_cache(maxsize=512)
def _plan(jurisdiction: str, _versions: tuple[int, int]) -> Plan:
    rows = models.RoutingVersion.objects.filter(jurisdiction=jurisdiction, effective_from__isnull=False)
    found = sorted(rows.order_by("version").values_list("effective_from", "version"))
    return Plan(tuple(begins for begins, _version in found if begins), tuple(version for _begins, version in found))


def routing_in_force(city: City, at: datetime | None = None) -> int:
    """Return the version that holds at ``at`` (now if None), by the city's clock; ``NO_VERSION`` where none does."""
    plan = _plan(city.code, city.versions)
    return plan.at(at or city.now()) if plan.begins else NO_VERSION


def held_until(city: City, version: int) -> datetime | None:
    """Return when the next version took, or is to take, the place of one; None where none is planned."""
    plan = _plan(city.code, city.versions)
    if version not in plan.versions:
        return None
    place = plan.versions.index(version) + 1
    return plan.begins[place] if place < len(plan.begins) else None


@lru_cache(maxsize=64)
def routing(jurisdiction: str, version: int) -> Routing:
    """Return a version that holds, or has held, in order: it never changes, so a process compiles it once.

    Raises:
        NotFound: There is no such version.
    """
    if version == NO_VERSION:
        return Routing(())
    row = models.RoutingVersion.objects.filter(jurisdiction=jurisdiction, version=version).first()
    if row is None or row.effective_from is None:
        raise NotFound(
            _("There is no version %(version)d of the routing rules of “%(city)s”.")
            % {"version": version, "city": jurisdiction}
        )
    return compiled(row)


def compiled(row: models.RoutingVersion) -> Routing:
    """Return the rules of a version, a draft too, in order."""
    return Routing(map(rule_from_json, row.rules))


@lru_cache(maxsize=64)
def working(city: LoopCity) -> frozenset[str]:
    """Return the codes of the departments that work today."""
    return frozenset(one.code for one in city.city.departments.values() if one.works_on(city.day))


Regions = tuple[geography.RegionRow, ...]
Grids = tuple[geography.DutyGridRow, ...]


@lru_cache(maxsize=32)
def regions_of(city: LoopCity) -> Regions:
    """Return the streets and communities of a city today: one query in a process while nothing of the city changes."""
    levels = {RegionLevel.STREET, RegionLevel.COMMUNITY}
    return tuple(one for one in geography.regions(city.code, city.day) if one.level in levels)


@lru_cache(maxsize=32)
def grids_of(city: LoopCity) -> Grids:
    """Return the duty grids of a city today, two queries, as ``regions_of`` does."""
    return tuple(geography.duty_grids(city.code, city.day))


@lru_cache(maxsize=32)
def default_order(city: LoopCity) -> DefaultOrder:
    """Return where cases go that no rule fits."""
    offices = [
        Office(one.code, one.name, one.kind, one.path.count("/") - 2)
        for one in city.city.departments.values()
        if one.works_on(city.day)
    ]
    kinds = {key: one.dept_kind for key, one in city.categories.items()}
    return DefaultOrder(Surroundings(offices, kinds, {one.code: one.name for one in regions_of(city)}))


def known_of(city: LoopCity, regions: Regions, grids: Iterable[str]) -> Known:
    """Return what rules may name in a city."""
    return Known(
        [class_of(one) for one in city.categories.values()],
        list(_areas(regions)),
        frozenset(grids),
        working(city),
        frozenset(table_in_force(city.code).sources),
    )


def class_of(category: Category) -> Class:
    return Class(category.key, f"{category.scheme}/{category.type}/{category.big_code}", category.type)


def _areas(regions: Sequence[geography.RegionRow]) -> Iterable[Area]:
    streets = {one.code: one for one in regions if one.level == RegionLevel.STREET}
    communities = [one for one in regions if one.level == RegionLevel.COMMUNITY]
    for one in communities:
        yield Area(one.parent_code if one.parent_code in streets else "", one.code)
    divided = {one.parent_code for one in communities}
    yield from (Area(code, "") for code in streets if code not in divided)


# --- asking


class Asked(NamedTuple):
    """What is known of a case when it is asked where it goes."""

    id: Any
    category: str
    part_code: str
    street: str
    community: str
    duty_grid: str
    source: str


def asked_of(row: models.Case) -> Asked:
    return Asked(row.id, row.category, row.part_code, row.street, row.community, row.duty_grid, row.source)


def rulings(city: LoopCity, asked: Sequence[Asked], compiled_rules: Routing, at: datetime) -> list[Ruling]:
    """Return where cases of one city go at one instant, in order: the queries of ``subjects``.

    One more reads the city's regions where it comes to the default order.
    """
    order, there = Later(city), working(city)
    return [decide(compiled_rules, order, one, there) for one in subjects(city, asked, compiled_rules, at)]


def subjects(city: LoopCity, asked: Sequence[Asked], compiled_rules: Routing, at: datetime) -> list[Subject]:
    """Return cases of one city as rules ask about them: one query for owners and keepers, one for what was said, if any asks."""
    local = at.astimezone(city.city.time_zone)
    moment = (local.hour * 60 + local.minute, local.isoweekday(), f"{local:%m-%d}")
    units, texts = units_of(city.code, asked), texts_of(asked) if compiled_rules.asks_for_words else {}
    return [subject(one, city.categories, units, texts, moment) for one in asked]


class Later:
    """The default order of a city, made when it is first asked: mostly a rule decides."""

    def __init__(self, city: LoopCity) -> None:
        self._city = city
        self._order: DefaultOrder | None = None

    def __call__(self, subject: Subject) -> tuple[str, str]:
        if self._order is None:
            self._order = default_order(self._city)
        return self._order(subject)


def subject(
    one: Asked,
    categories: Mapping[str, Category],
    units: Mapping[str, assets.PartUnits],
    texts: Mapping[Any, str],
    moment: tuple[int, int, str],
) -> Subject:
    """Return a case as rules ask about it.

    Args:
        moment: Minute of the city's day, weekday, ``MM-DD``.
    """
    category = categories.get(one.category)
    scheme, _slash, rest = one.category.partition("/")
    kind, _slash, code = rest.partition("/")
    big = f"{scheme}/{kind}/{category.big_code if category else code[:2]}"
    minute, weekday, month_day = moment
    of_part = units.get(one.part_code, assets.NO_UNITS)
    return Subject(
        one.category, big, kind, of_part.owner, of_part.keeper, one.street, one.community, one.duty_grid, one.source, minute, weekday, month_day, texts.get(one.id, ""),
    )  # fmt: skip


def units_of(jurisdiction: str, asked: Iterable[Asked]) -> Mapping[str, assets.PartUnits]:
    """Return who owns and who keeps the parts that cases name, by code: one query, none where no case names one."""
    codes = {one.part_code for one in asked} - {""}
    return assets.units(jurisdiction, codes) if codes else {}


def texts_of(asked: Iterable[Asked]) -> dict[Any, str]:
    """Return what was said of cases, description and address in one, as words are looked for in it: one query."""
    rows = models.CaseText.objects.filter(case_id__in=[one.id for one in asked], field__in=SAID, text__isnull=False)
    said: dict[Any, dict[str, str]] = {}
    for case, field, text in rows.order_by("case_id", "seq").values_list("case_id", "field", "text"):
        said.setdefault(case, {})[field] = text or ""  # what was said last counts
    return {case: folded("\n".join(parts.values())) for case, parts in said.items()}


def ruling_now(row: models.Case, at: datetime) -> tuple[Ruling, int]:
    """Return where a case goes at ``at``, and by which version of its city's rules."""
    city = loop_city(row.jurisdiction)
    version = routing_in_force(city.city, at)
    [ruling] = rulings(city, [asked_of(row)], routing(row.jurisdiction, version), at)
    return ruling, version


def told_at_dispatch(row: models.Case, at: datetime) -> Mapping[str, Any]:
    """Return what the event of a dispatch keeps of the rules: what they suggested, and why."""
    return routing_fact(*ruling_now(row, at))


def rulings_now(rows: Sequence[models.Case]) -> dict[Any, tuple[Ruling, int]]:
    """Return where each of several cases goes now, by id, city by city."""
    by_city: dict[str, list[Asked]] = {}
    for row in rows:
        by_city.setdefault(row.jurisdiction, []).append(asked_of(row))
    found: dict[Any, tuple[Ruling, int]] = {}
    for code, asked in by_city.items():
        city = loop_city(code)
        now = city_of(code).now()
        version = routing_in_force(city.city, now)
        given = rulings(city, asked, routing(code, version), now)
        found.update((one.id, (ruling, version)) for one, ruling in zip(asked, given, strict=True))
    return found
