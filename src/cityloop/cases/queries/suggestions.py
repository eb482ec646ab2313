"""Where a case should be sent, and what lies with each department: what a dispatcher looks at before choosing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.routing import (
    asked_of,
    default_order,
    grids_of,
    regions_of,
    routing,
    routing_in_force,
    rulings_now,
    subjects,
    working,
)
from cityloop.cases.queries.routing_words import RuleWords, Suggestion, areas_named, suggestion
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.routing import Ruling, decide


@dataclass(frozen=True, slots=True)
class Load:
    """What lies with a department and its units: open cases, and those of them that are overdue."""

    open: int
    late: int


def loads(city: LoopCity) -> Mapping[str, Load]:
    """Return what lies with each department that has anything, by code, its units counted with it: one query."""
    tasks = models.Task.objects.open().filter(jurisdiction=city.code, department_id__isnull=False)
    late = Count("case", distinct=True, filter=Q(due_at__lt=city.city.now()))
    counted = (
        tasks.order_by("department_id").values("department_id").annotate(n=Count("case", distinct=True), late=late)
    )
    own = {row["department_id"]: (row["n"], row["late"]) for row in counted}
    found: dict[str, Load] = {}
    for one in city.city.departments.values():
        below = [own[unit] for unit in city.city.subtree(one.id) if unit in own] if own else []
        if below:
            found[one.code] = Load(sum(count for count, _late in below), sum(overdue for _count, overdue in below))
    return found


def suggest(found: Found) -> Suggestion:
    """Return where a case should go now, in words: the queries of ``routing.subjects``."""
    city, row = found.city, found.row
    version, regions = routing_in_force(city.city, found.now), regions_of(city)
    rules, order = routing(city.code, version), default_order(city)
    [asked] = subjects(city, [asked_of(row)], rules, found.now)
    ruling = decide(rules, order, asked, working(city))
    areas = {one.code: one.name for one in regions}
    say = RuleWords(Words(found.loop, city), named_areas(city, ruling, areas))
    names = {"category": say.category(row.category), "area": areas.get(row.community) or areas.get(row.street) or ""}
    return suggestion(ruling, version, say, names, order(asked), returned_by(found))


def returned_by(found: Found) -> str:
    """Return the code of the department that has returned a case; ``""`` where none has."""
    is_returned = bool(found.snapshot.flags.get(found.loop.flag("returns")))
    return str(found.snapshot.values.get("department") or "") if is_returned else ""


def named_areas(city: LoopCity, ruling: Ruling, areas: Mapping[str, str]) -> Mapping[str, str]:
    """Return the names of the areas that a ruling speaks of; duty grids are read only where it names one."""
    rules = [*([ruling.rule] if ruling.rule else []), *ruling.gave_way]
    if areas_named(rules) <= areas.keys():
        return areas
    return {**areas, **{one.code: one.name for one in grids_of(city)}}


def suggested(rows: Sequence[models.Case]) -> dict[str, str]:
    """Return the departments to which cases should go, by number; those without one are left out. See ``rulings_now``."""
    given = rulings_now(rows)
    return {row.number: given[row.id][0].department for row in rows if given[row.id][0].department}
