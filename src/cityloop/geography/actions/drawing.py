"""Areas of one kind drawn together: what is wrong is told of each, and then nothing may stay of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from cityloop.geography.actions.draft_rows import grid_rows
from cityloop.geography.actions.duty import DutyGridPlan, end, make_duty_grids
from cityloop.geography.actions.following import follow_later
from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.geography.models import DutyGridMember, GridArea, GridAreaMember, GridAreaPart, UnitGrid
from cityloop.geography.rules.composing import LETTERS, pieces_of
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

DUTY = "duty"
"""The kind that has a table of its own: what the collectors walk."""

MOST = 20_000
"""Unit grids in one area."""


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """An area to be.

    Args:
        kind: ``duty`` or an ``AreaKind``.
        name: What it is called.
        unit_grids: Their codes; of an evaluation grid all of its management grids.
        code: Of the area that is redrawn, or of the new one; ``""``: it is given one.
        rating: Type of an evaluation grid.
        purpose: Of an extension grid.
        body: Who answers for it.
    """

    kind: str
    name: str
    unit_grids: tuple[str, ...]
    code: str = ""
    rating: str = ""
    purpose: str = ""
    body: str = ""

    @property
    def slot(self) -> str:
        return slot_of(self.kind, self.purpose)


def slot_of(kind: str, purpose: str = "") -> str:
    """Return in what a unit grid lies once at a time."""
    return f"{kind}:{purpose}" if purpose else str(kind)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the plan of this code."""

    area: str
    fault: Fault


Grids = Mapping[str, tuple[int, Any]]
"""Key and shape of unit grids, by code."""


def draw(jurisdiction: str, plans: Sequence[AreaPlan], on: date) -> list[Wrong]:
    """Draw or redraw areas of one kind from a day on; return what is wrong.

    It is called under the lock, in a transaction that is rolled back where anything is wrong. No code and, within a slot, no unit
    grid stands in two plans.
    """
    if wrong := [Wrong(plan.code, fault) for plan in plans for fault in word_faults(plan)]:
        return wrong
    if plans[0].kind == DUTY:
        return _draw_duty(jurisdiction, plans, on)
    codes = {code for plan in plans for code in plan.unit_grids}
    rows = UnitGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=codes)
    grids = {grid: (pk, shape) for pk, grid, shape in grid_rows(rows)}
    if wrong := [*_code_faults(jurisdiction, plans, on), *_grid_faults(plans, grids)]:
        return wrong
    drawn = _draw_wholes if plans[0].kind == AreaKind.EVALUATION else _draw_members
    return drawn(jurisdiction, plans, grids, on)


def end_areas(jurisdiction: str, kind: str, codes: Collection[str], on: date) -> None:
    """Let areas of a kind other than duty grids hold no longer from a day on, and evaluation grids that held nothing but them."""
    found = GridArea.objects.valid_on(on).filter(jurisdiction=jurisdiction, kind=kind, code__in=codes)
    areas = list(found)
    end(GridAreaMember.objects.filter(area__in=areas).exclude(valid_to__lte=on), on)
    end_links(Q(area__in=areas), on)
    _end_empty(areas, on)


def areas_of(rows: Any) -> Any:
    """Return the areas of rows that lie in areas, by code."""
    return GridArea.objects.filter(pk__in=rows.values("area")).order_by("code")


def end_links(which: Q, on: date) -> None:
    """End what lies in evaluation grids."""
    end(GridAreaPart.objects.filter(which).exclude(valid_to__lte=on), on)


def _draw_duty(jurisdiction: str, plans: Sequence[AreaPlan], on: date) -> list[Wrong]:
    given = Q(code__in=[code for plan in plans for code in plan.unit_grids])
    held = DutyGridMember.objects.valid_on(on).filter(duty_grid__code__in=[plan.code for plan in plans])
    rows = UnitGrid.objects.valid_on(on).filter(given | Q(pk__in=held.values("unit_grid")), jurisdiction=jurisdiction)
    changed = list(rows.order_by("pk").values_list("pk", flat=True))
    owner = {grid: plan.code for plan in plans for grid in plan.unit_grids} | {plan.code: plan.code for plan in plans}
    try:
        make_duty_grids(jurisdiction, [DutyGridPlan(one.code, one.name, one.unit_grids) for one in plans], on)
    except InvalidInput as refusal:
        return [Wrong(owner.get(one.value, plans[0].code), one) for one in refusal.faults]
    follow_later(jurisdiction, changed, (), on)
    return []


def _draw_members(jurisdiction: str, plans: Sequence[AreaPlan], grids: Grids, on: date) -> list[Wrong]:
    plan_of = {(plan.slot, grids[code][0]): plan.code for plan in plans for code in plan.unit_grids}
    taken = Q()
    for slot in sorted({slot for slot, _pk in plan_of}):
        taken |= Q(slot=slot, unit_grid__in=[pk for one, pk in plan_of if one == slot])
    rows = GridAreaMember.objects.filter(taken)
    if wrong := _later_faults(rows, on, lambda row: plan_of[row.slot, row.unit_grid_id]):
        return wrong
    old = GridArea.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=[plan.code for plan in plans])
    takers = defaultdict[int, set[str]](set)
    for area, slot, pk in rows.valid_on(on).exclude(area__in=old).values_list("area_id", "slot", "unit_grid_id"):
        takers[area].add(plan_of[slot, pk])
    left = list(GridArea.objects.filter(pk__in=takers, valid_to=None).order_by("code"))
    links = list(
        GridAreaPart.objects.valid_on(on).filter(part__in=old).order_by("pk").values_list("part__code", "area")
    )
    held = GridAreaMember.objects.valid_on(on).filter(taken | Q(area__in=old))
    changed = {pk for _slot, pk in plan_of} | {*held.values_list("unit_grid", flat=True)}
    end(held, on)
    end_links(Q(part__in=old), on)
    end(old, on)
    made = _made(jurisdiction, plans, on)
    GridAreaMember.objects.bulk_create(
        GridAreaMember(area=made[area], unit_grid_id=pk, slot=slot, jurisdiction=jurisdiction, valid_from=on)
        for (slot, pk), area in plan_of.items()
    )
    # A management grid that is redrawn stays in its evaluation grid.
    GridAreaPart.objects.bulk_create(
        GridAreaPart(area_id=area, part=made[code], jurisdiction=jurisdiction, valid_from=on) for code, area in links
    )
    follow_later(jurisdiction, changed, {slot for slot, _pk in plan_of}, on)
    _end_empty(left, on)
    if plans[0].kind != AreaKind.MANAGEMENT:
        return []
    fallen = [one for one in left if _is_fallen_apart(one, on)]
    return [
        Wrong(code, Fault("unit_grids", _("would fall apart: choose so that its other unit grids still lie side by side"), f"{one.code} {one.name}"))
        for one in fallen
        for code in sorted(takers[one.pk])
    ]  # fmt: skip


def _draw_wholes(jurisdiction: str, plans: Sequence[AreaPlan], grids: Grids, on: date) -> list[Wrong]:
    plan_of, wrong = _whole_parts(jurisdiction, plans, grids, on)
    rows = GridAreaPart.objects.filter(part__in=plan_of)
    if wrong := wrong or _later_faults(rows, on, lambda row: plan_of[row.part_id]):
        return wrong
    old = GridArea.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=[plan.code for plan in plans])
    left = list(areas_of(rows.valid_on(on)).filter(valid_to=None).exclude(pk__in=old))
    end_links(Q(part__in=plan_of) | Q(area__in=old), on)
    end(old, on)
    made = _made(jurisdiction, plans, on)
    GridAreaPart.objects.bulk_create(
        GridAreaPart(area=made[code], part_id=part, jurisdiction=jurisdiction, valid_from=on)
        for part, code in plan_of.items()
    )
    _end_empty(left, on)
    return []


def word_faults(plan: AreaPlan) -> Iterator[Fault]:
    """Yield what is wrong with the words of a plan."""
    if plan.kind not in LETTERS:
        yield Fault("kind", _("is no kind of area"), plan.kind[:80])
    if not plan.name.strip() or len(plan.name) > 100:
        yield Fault("name", _("is empty or too long"), plan.name[:80])
    if not plan.unit_grids:
        yield Fault("unit_grids", _("choose one at least, on the map or in the list"))
    if len(plan.unit_grids) > MOST:
        yield Fault("unit_grids", _("are more than %(most)d") % {"most": MOST}, str(len(plan.unit_grids)))
    if len(plan.code) > 20:
        yield Fault("code", _("is empty, too long or stands here twice"), plan.code[:80])
    if (plan.kind == AreaKind.EVALUATION) != (plan.rating in Rating.values):
        yield Fault("rating", _("an evaluation grid has a type: A, B or C"), plan.rating[:80])
    if (plan.kind == AreaKind.EXTENSION) != (plan.purpose in Purpose.values):
        yield Fault("purpose", _("an extension grid has a purpose"), plan.purpose[:80])
    if len(plan.body) > 100:
        yield Fault("body", _("is empty or too long"), plan.body[:80])


def _code_faults(jurisdiction: str, plans: Sequence[AreaPlan], on: date) -> Iterator[Wrong]:
    by_code = {plan.code: plan for plan in plans}
    same = GridArea.objects.filter(code__in=by_code).exclude(valid_to__lte=on).order_by("code", "-valid_from")
    told: set[str] = set()
    for area in same:
        plan = by_code[area.code]
        if area.jurisdiction != jurisdiction:
            why = _("belongs to another city")
        elif (area.kind, area.purpose) != (plan.kind, plan.purpose):
            why = _("is that of an area of another kind")
        elif area.valid_from > on:
            why = _("is drawn already for a later day")
        else:
            continue
        if area.code not in told:
            told.add(area.code)
            yield Wrong(area.code, Fault("code", why, area.code))


def _grid_faults(plans: Sequence[AreaPlan], grids: Grids) -> Iterator[Wrong]:
    for plan in plans:
        for code in plan.unit_grids:
            if code not in grids:
                yield Wrong(plan.code, Fault("unit_grids", _("is unknown here"), code[:80]))
        known = [grids[code][1] for code in plan.unit_grids if code in grids]
        if plan.kind == AreaKind.MANAGEMENT and known:
            pieces = int(pieces_of(column(known)).max()) + 1
            if pieces > 1:
                why = _("lie in %(pieces)d pieces: the unit grids of a management grid lie side by side")
                yield Wrong(plan.code, Fault("unit_grids", why % {"pieces": pieces}))


def _whole_parts(
    jurisdiction: str, plans: Sequence[AreaPlan], grids: Grids, on: date
) -> tuple[dict[int, str], list[Wrong]]:
    """Return which plan each management grid goes to by its key, and what keeps plans from being made of whole ones."""
    chosen = {grids[code][0]: (code, plan.code) for plan in plans for code in plan.unit_grids}
    members = GridAreaMember.objects.valid_on(on).filter(jurisdiction=jurisdiction, slot=AreaKind.MANAGEMENT)
    lies = dict(members.filter(unit_grid__in=chosen).order_by("unit_grid").values_list("unit_grid_id", "area_id"))
    wrong = [
        Wrong(plan, Fault("unit_grids", _("is in no management grid"), code))
        for pk, (code, plan) in chosen.items()
        if pk not in lies
    ]
    goes = defaultdict[int, set[str]](set)
    for pk, area in lies.items():
        goes[area].add(chosen[pk][1])
    cut = {area for area, codes in goes.items() if len(codes) > 1}
    cut |= {*members.filter(area__in=goes).exclude(unit_grid__in=chosen).values_list("area", flat=True)}
    for one in GridArea.objects.filter(pk__in=cut).order_by("code"):
        why = _("not all of this management grid was chosen; an evaluation grid is made of whole ones")
        wrong += [Wrong(code, Fault("unit_grids", why, f"{one.code} {one.name}")) for code in sorted(goes[one.pk])]
    return {area: min(codes) for area, codes in goes.items()}, wrong


def _later_faults(rows: Any, on: date, plan_of: Callable[[Any], str]) -> list[Wrong]:
    later = rows.filter(valid_from__gt=on).select_related("area").order_by("area__code", "pk")
    found = {(plan_of(row), f"{row.area.code} {row.area.name}") for row in later}
    why = _("is drawn already for a later day")
    return [Wrong(code, Fault("unit_grids", why, area)) for code, area in sorted(found)]


def _made(jurisdiction: str, plans: Sequence[AreaPlan], on: date) -> dict[str, GridArea]:
    made = GridArea.objects.bulk_create(
        GridArea(
            jurisdiction=jurisdiction, kind=plan.kind, code=plan.code, name=plan.name.strip(), rating=plan.rating,
            purpose=plan.purpose, body=plan.body.strip(), valid_from=on,
        )
        for plan in plans
    )  # fmt: skip
    return {one.code: one for one in made}


def _end_empty(areas: Sequence[GridArea], on: date) -> None:
    """Let areas end that were left without anything, and the evaluation grids that held nothing else."""
    held = {
        *GridAreaMember.objects.valid_on(on).filter(area__in=areas).values_list("area", flat=True),
        *GridAreaPart.objects.valid_on(on).filter(area__in=areas).values_list("area", flat=True),
    }
    empty = [one.pk for one in areas if one.pk not in held]
    if not empty:
        return
    around = list(areas_of(GridAreaPart.objects.valid_on(on).filter(part__in=empty)))
    end_links(Q(part__in=empty), on)
    end(GridArea.objects.filter(pk__in=empty), on)
    _end_empty(around, on)


def _is_fallen_apart(area: GridArea, on: date) -> bool:
    left = GridAreaMember.objects.valid_on(on).filter(area=area)
    shapes = [shape for _pk, _code, shape in grid_rows(UnitGrid.objects.filter(pk__in=left.values("unit_grid")))]
    return bool(shapes) and bool(pieces_of(column(shapes)).any())
