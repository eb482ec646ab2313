"""Duty grids: which unit grids belong together, from which day."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from cityloop.geography.actions.writing import lock
from cityloop.geography.models import DutyGrid, DutyGridMember, UnitGrid
from cityloop.kernel.dated import DatedQuerySet
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

# One duty grid for each community that has unit grids in no duty grid, coded R + community + 01, unless it is there.
MAKE_BY_COMMUNITY = """
INSERT INTO geography_dutygrid (code, name, jurisdiction, valid_from)
SELECT 'R' || g.community_code || '01', coalesce(min(r.name), g.community_code), %(jurisdiction)s, %(on)s
FROM geography_unitgrid g
LEFT JOIN geography_region r
    ON r.code = g.community_code AND r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s)
WHERE g.jurisdiction = %(jurisdiction)s AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
    AND NOT EXISTS (
        SELECT FROM geography_dutygridmember m
        WHERE m.unit_grid_id = g.id AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
    )
    AND NOT EXISTS (
        SELECT FROM geography_dutygrid d
        WHERE d.code = 'R' || g.community_code || '01' AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
    )
GROUP BY g.community_code
"""

# Each of those unit grids goes into its community's duty grid, as soon as that holds.
FILL_BY_COMMUNITY = """
INSERT INTO geography_dutygridmember (duty_grid_id, unit_grid_id, jurisdiction, valid_from)
SELECT d.id, g.id, %(jurisdiction)s, greatest(d.valid_from, %(on)s)
FROM geography_unitgrid g
JOIN geography_dutygrid d
    ON d.code = 'R' || g.community_code || '01' AND d.jurisdiction = %(jurisdiction)s AND d.valid_to IS NULL
WHERE g.jurisdiction = %(jurisdiction)s AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
    AND NOT EXISTS (
        SELECT FROM geography_dutygridmember m
        WHERE m.unit_grid_id = g.id AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
    )
"""

# A new version of a unit grid takes the memberships of the old one: those that begin that day or later move over,
# those that hold are continued, and then they end with the old version.
CARRY_OVER = (
    """
    UPDATE {table} m SET unit_grid_id = new.id
    FROM geography_unitgrid old JOIN geography_unitgrid new ON new.code = old.code AND new.valid_from = %(on)s
    WHERE m.unit_grid_id = old.id AND old.id = ANY(%(old)s) AND m.valid_from >= %(on)s
    """,
    """
    INSERT INTO {table} ({columns}, unit_grid_id, jurisdiction, valid_from, valid_to)
    SELECT {columns}, new.id, m.jurisdiction, %(on)s, m.valid_to
    FROM {table} m
    JOIN geography_unitgrid old ON old.id = m.unit_grid_id
    JOIN geography_unitgrid new ON new.code = old.code AND new.valid_from = %(on)s
    WHERE old.id = ANY(%(old)s) AND m.valid_from < %(on)s AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
    """,
    """
    UPDATE {table} SET valid_to = %(on)s
    WHERE unit_grid_id = ANY(%(old)s) AND valid_from < %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
    """,
)
MEMBERSHIPS = {"geography_dutygridmember": "duty_grid_id", "geography_gridareamember": "area_id, slot"}
"""What unit grids belong to: the tables, and their columns that a new version of a unit grid takes over."""


@dataclass(frozen=True, slots=True)
class DutyGridPlan:
    """A duty grid to be: its code, its name, the codes of its unit grids."""

    code: str
    name: str
    unit_grids: tuple[str, ...]


@transaction.atomic
def duty_grids_by_community(jurisdiction: str, valid_from: date) -> int:
    """Make a duty grid of each community's unit grids that are in none; return how many were made."""
    lock(jurisdiction)
    with connection.cursor() as cursor:
        cursor.execute(MAKE_BY_COMMUNITY, {"jurisdiction": jurisdiction, "on": valid_from})
        made: int = cursor.rowcount
        cursor.execute(FILL_BY_COMMUNITY, {"jurisdiction": jurisdiction, "on": valid_from})
        cursor.execute("ANALYZE geography_dutygridmember")
    return made


@transaction.atomic
def make_duty_grids(jurisdiction: str, plans: Sequence[DutyGridPlan], valid_from: date) -> int:
    """Make or redraw duty grids as planned, from ``valid_from`` on; return how many unit grids found a place.

    A code that holds already is superseded: its row and memberships end on that day. A unit grid that was in another duty
    grid leaves it on that day; one that is left without any ends. What began only that day is replaced without a trace: it held for no day.

    Raises:
        InvalidInput: A unit grid is unknown on that day, or planned twice; a code is empty, planned twice, or another
            jurisdiction's; something is drawn for a later day already. ``faults`` name each. Or the day cannot be used.
    """
    check_years(valid_from)
    lock(jurisdiction)
    grids = dict(
        UnitGrid.objects.valid_on(valid_from)
        .filter(jurisdiction=jurisdiction)
        .order_by("code")
        .values_list("code", "pk")
    )
    if faults := [*_plan_faults(plans, grids), *_clashes(jurisdiction, plans, grids, valid_from)]:
        raise InvalidInput(_("The duty grids cannot be drawn like this; nothing was changed."), faults=faults)
    taken = [grids[code] for plan in plans for code in plan.unit_grids]
    old = DutyGrid.objects.valid_on(valid_from).filter(code__in=[plan.code for plan in plans])
    members = DutyGridMember.objects.valid_on(valid_from)
    left = {*members.filter(unit_grid__in=taken).values_list("duty_grid", flat=True)}
    end(members.filter(Q(unit_grid__in=taken) | Q(duty_grid__in=old)), valid_from)
    end(old, valid_from)
    made = DutyGrid.objects.bulk_create(
        DutyGrid(code=plan.code, name=plan.name, jurisdiction=jurisdiction, valid_from=valid_from) for plan in plans
    )
    DutyGridMember.objects.bulk_create(
        DutyGridMember(duty_grid=grid, unit_grid_id=grids[code], jurisdiction=jurisdiction, valid_from=valid_from)
        for grid, plan in zip(made, plans, strict=True)
        for code in plan.unit_grids
    )
    kept = {*members.filter(duty_grid__in=left).values_list("duty_grid", flat=True)}
    end(DutyGrid.objects.filter(pk__in=left - kept, valid_to=None), valid_from)
    return len(taken)


def end(rows: DatedQuerySet[Any], on: date) -> None:
    """Let ``rows`` hold no longer from ``on``; a row that would have begun that day or later never was."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=pks, valid_from__gte=on).delete()
    rows.model.objects.filter(pk__in=pks).update(valid_to=on)


def carry_over(old: Sequence[int], on: date) -> None:
    """Give the memberships of superseded unit grids, by primary key, to the versions that begin on the day ``on``."""
    with connection.cursor() as cursor:
        for table, columns in MEMBERSHIPS.items():
            for statement in CARRY_OVER:
                cursor.execute(statement.format(table=table, columns=columns), {"old": list(old), "on": on})


def _plan_faults(plans: Sequence[DutyGridPlan], known: Container[str]) -> Iterator[Fault]:
    codes: set[str] = set()
    planned: set[str] = set()
    for number, plan in enumerate(plans):
        if not plan.code or len(plan.code) > 20 or plan.code in codes:
            yield Fault(f"{number}.code", _("is empty, too long or stands here twice"), plan.code[:80])
        codes.add(plan.code)
        for grid in plan.unit_grids:
            if grid not in known:
                yield Fault(f"{number}.unit_grids", _("is unknown here"), grid[:80])
            elif grid in planned:
                yield Fault(f"{number}.unit_grids", _("stands here twice"), grid)
            planned.add(grid)


def _clashes(jurisdiction: str, plans: Sequence[DutyGridPlan], grids: Mapping[str, int], on: date) -> Iterator[Fault]:
    """Name what others hold, and what is drawn for later days."""
    same = DutyGrid.objects.filter(code__in=[plan.code for plan in plans])
    for code in same.exclude(jurisdiction=jurisdiction).order_by("code").values_list("code", flat=True):
        yield Fault("code", _("belongs to another city"), code)
    for code in (
        same.filter(jurisdiction=jurisdiction, valid_from__gt=on).order_by("code").values_list("code", flat=True)
    ):
        yield Fault("code", _("is drawn already for a later day"), code)
    taken = [grids[grid] for plan in plans for grid in plan.unit_grids if grid in grids]
    later = DutyGridMember.objects.filter(unit_grid__in=taken, valid_from__gt=on).order_by("unit_grid__code")
    for code in later.values_list("unit_grid__code", flat=True):
        yield Fault("unit_grids", _("is drawn already for a later day"), code)
