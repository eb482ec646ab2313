"""Management, evaluation and extension grids (and duty grids) are drawn by choosing unit grids: one at a time, from a day on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from cityloop.geography.actions.draft_rows import grid_rows
from cityloop.geography.actions.duty import DutyGridPlan, end, make_duty_grids
from cityloop.geography.actions.writing import lock
from cityloop.geography.choices import AreaKind, Purpose, Rating
from cityloop.geography.models import DutyGrid, DutyGridMember, GridArea, GridAreaMember, GridAreaPart, UnitGrid
from cityloop.geography.rules.composing import LETTERS, issued_code, pieces_of
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.kernel.years import check_years

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


@transaction.atomic
def draw_area(jurisdiction: str, plan: AreaPlan, valid_from: date) -> str:
    """Draw or redraw an area from a day on; return its code.

    Unit grids that were in another area of the same kind leave it on that day; one that is left without any ends. What began only
    that day is replaced without a trace: it held for no day.

    Raises:
        InvalidInput: ``faults`` name what is wrong: no name, no unit grids, unknown ones, a management grid or what is left of its
            neighbour does not hang together, an evaluation grid cuts a management grid, something is drawn for a later day. Or
            the day cannot be used.
    """
    check_years(valid_from)
    lock(jurisdiction)
    if faults := list(_word_faults(plan)):
        raise InvalidInput(_("The area cannot be drawn like this; nothing was changed."), faults=faults)
    code = plan.code or _new_code(jurisdiction, plan)
    if plan.kind == DUTY:
        make_duty_grids(jurisdiction, [DutyGridPlan(code, plan.name, plan.unit_grids)], valid_from)
        return code
    rows = UnitGrid.objects.valid_on(valid_from).filter(jurisdiction=jurisdiction, code__in=plan.unit_grids)
    grids = {grid: (pk, shape) for pk, grid, shape in grid_rows(rows)}
    if faults := [*_code_faults(jurisdiction, plan, code, valid_from), *_grid_faults(plan, grids)]:
        raise InvalidInput(_("The area cannot be drawn like this; nothing was changed."), faults=faults)
    old = GridArea.objects.valid_on(valid_from).filter(jurisdiction=jurisdiction, code=code)
    if plan.kind == AreaKind.EVALUATION:
        parts = _whole_parts(jurisdiction, grids, valid_from)
        _refuse_later(GridAreaPart.objects.filter(part__in=parts), valid_from)
        left = list(_areas_of(GridAreaPart, part__in=parts).filter(valid_to=None).exclude(pk__in=old))
        _end_links(Q(part__in=parts) | Q(area__in=old), valid_from)
        end(old, valid_from)
        made = _made(jurisdiction, plan, code, valid_from)
        GridAreaPart.objects.bulk_create(
            GridAreaPart(area=made, part_id=part, jurisdiction=jurisdiction, valid_from=valid_from) for part in parts
        )
    else:
        pks = [pk for pk, _shape in grids.values()]
        _refuse_later(GridAreaMember.objects.filter(unit_grid__in=pks, slot=plan.slot), valid_from)
        left = list(
            _areas_of(GridAreaMember, unit_grid__in=pks, slot=plan.slot).filter(valid_to=None).exclude(pk__in=old)
        )
        links = _links_of(old, valid_from)
        members = GridAreaMember.objects.valid_on(valid_from)
        end(members.filter(Q(unit_grid__in=pks, slot=plan.slot) | Q(area__in=old)), valid_from)
        _end_links(Q(part__in=old), valid_from)
        end(old, valid_from)
        made = _made(jurisdiction, plan, code, valid_from)
        GridAreaMember.objects.bulk_create(
            GridAreaMember(area=made, unit_grid_id=pk, slot=plan.slot, jurisdiction=jurisdiction, valid_from=valid_from)
            for pk in pks
        )
        # A management grid that is redrawn stays in its evaluation grid.
        GridAreaPart.objects.bulk_create(
            GridAreaPart(area_id=area, part=made, jurisdiction=jurisdiction, valid_from=valid_from) for area in links
        )
    _end_empty(left, plan.kind, valid_from)
    return code


@transaction.atomic
def end_area(jurisdiction: str, kind: str, code: str, on: date) -> None:
    """Let an area hold no longer from a day on; its unit grids are then in none of its kind.

    Raises:
        NotFound: There is none of this code on that day.
        Conflict: It is a management grid that an evaluation grid holds.
    """
    check_years(on)
    lock(jurisdiction)
    table: Any = DutyGrid if kind == DUTY else GridArea
    found = table.objects.filter(jurisdiction=jurisdiction, code=code).exclude(valid_to__lte=on)
    if kind != DUTY:
        found = found.filter(kind=kind)
    if not found.exists():
        raise NotFound(_("There is no such area on that day."))
    if kind == DUTY:
        end(DutyGridMember.objects.filter(duty_grid__in=found).exclude(valid_to__lte=on), on)
    else:
        if holder := _areas_of(GridAreaPart, part__in=found).exclude(valid_to__lte=on).first():
            raise Conflict(
                _("“%(name)s” holds this management grid: choose its grids anew first.") % {"name": holder.name}
            )
        end(GridAreaMember.objects.filter(area__in=found).exclude(valid_to__lte=on), on)
        _end_links(Q(area__in=found), on)
    end(found, on)


def _word_faults(plan: AreaPlan) -> Iterator[Fault]:
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


def _new_code(jurisdiction: str, plan: AreaPlan) -> str:
    table: Any = DutyGrid if plan.kind == DUTY else GridArea
    start = f"{LETTERS[plan.kind]}{jurisdiction}"[:7]
    used = table.objects.filter(code__startswith=start).order_by("code").values_list("code", flat=True)
    return issued_code(plan.kind, plan.unit_grids, set(used))


def _code_faults(jurisdiction: str, plan: AreaPlan, code: str, on: date) -> Iterator[Fault]:
    same = GridArea.objects.filter(code=code).exclude(valid_to__lte=on)
    if same.exclude(jurisdiction=jurisdiction).exists():
        yield Fault("code", _("belongs to another city"), code)
    elif same.exclude(kind=plan.kind).exists() or same.exclude(purpose=plan.purpose).exists():
        yield Fault("code", _("is that of an area of another kind"), code)
    elif same.filter(valid_from__gt=on).exists():
        yield Fault("code", _("is drawn already for a later day"), code)


def _grid_faults(plan: AreaPlan, grids: Mapping[str, tuple[int, Any]]) -> Iterator[Fault]:
    for code in plan.unit_grids:
        if code not in grids:
            yield Fault("unit_grids", _("is unknown here"), code[:80])
    if plan.kind == AreaKind.MANAGEMENT and grids:
        pieces = int(pieces_of(column([shape for _pk, shape in grids.values()])).max()) + 1
        if pieces > 1:
            yield Fault(
                "unit_grids",
                _("lie in %(pieces)d pieces: the unit grids of a management grid lie side by side")
                % {"pieces": pieces},
            )


def _whole_parts(jurisdiction: str, grids: Mapping[str, tuple[int, Any]], on: date) -> list[int]:
    """Return the keys of the management grids that unit grids are made up of.

    Raises:
        InvalidInput: Some are in no management grid, or not all of one were chosen; ``faults`` name them.
    """
    chosen = {pk: code for code, (pk, _shape) in grids.items()}
    members = GridAreaMember.objects.valid_on(on).filter(jurisdiction=jurisdiction, slot=AreaKind.MANAGEMENT)
    lies = dict(members.filter(unit_grid__in=chosen).order_by("unit_grid").values_list("unit_grid_id", "area_id"))
    faults = [Fault("unit_grids", _("is in no management grid"), code) for pk, code in chosen.items() if pk not in lies]
    areas = sorted(set(lies.values()))
    missing = members.filter(area__in=areas).exclude(unit_grid__in=chosen).order_by("area__code")
    for code, name in dict(missing.values_list("area__code", "area__name")).items():
        faults.append(Fault("unit_grids", _("not all of this management grid was chosen"), f"{code} {name}"))
    if faults:
        raise InvalidInput(
            _("An evaluation grid is made of whole management grids; nothing was changed."), faults=faults[:50]
        )
    return areas


def _areas_of(table: type[GridAreaMember] | type[GridAreaPart], **where: Any) -> Any:
    rows: Any = table.objects.filter(**where)
    return GridArea.objects.filter(pk__in=rows.values("area")).order_by("code")


def _refuse_later(rows: Any, on: date) -> None:
    later = rows.filter(valid_from__gt=on).order_by("area__code").values_list("area__code", "area__name").distinct()
    if names := [f"{code} {name}" for code, name in later[:5]]:
        raise InvalidInput(
            _("Some of these are drawn already for a later day, in %(areas)s.") % {"areas": listed(names)},
            faults=[Fault("unit_grids", _("is drawn already for a later day"), one) for one in names],
        )


def _links_of(areas: Any, on: date) -> list[int]:
    links = GridAreaPart.objects.valid_on(on).filter(part__in=areas)
    return list(links.order_by("area").values_list("area_id", flat=True))


def _end_links(which: Q, on: date) -> None:
    end(GridAreaPart.objects.filter(which).exclude(valid_to__lte=on), on)


def _made(jurisdiction: str, plan: AreaPlan, code: str, on: date) -> GridArea:
    return GridArea.objects.create(
        jurisdiction=jurisdiction, kind=plan.kind, code=code, name=plan.name.strip(), rating=plan.rating,
        purpose=plan.purpose, body=plan.body.strip(), valid_from=on,
    )  # fmt: skip


def _end_empty(areas: Sequence[GridArea], kind: str, on: date) -> None:
    """Let areas end that were left without anything; see that a management grid that lost some still hangs together.

    Raises:
        InvalidInput: One does not.
    """
    table: Any = GridAreaPart if kind == AreaKind.EVALUATION else GridAreaMember
    for area in areas:
        left = table.objects.valid_on(on).filter(area=area)
        if not left.exists():
            _end_links(Q(part=area), on)
            end(GridArea.objects.filter(pk=area.pk), on)
        elif kind == AreaKind.MANAGEMENT:
            grids = grid_rows(UnitGrid.objects.filter(pk__in=left.values("unit_grid")))
            if pieces_of(column([shape for _pk, _code, shape in grids])).any():
                name = f"{area.code} {area.name}"
                raise InvalidInput(
                    _("“%(name)s” would fall apart: choose so that its other unit grids still lie side by side.")
                    % {"name": name},
                    faults=[Fault("unit_grids", _("would fall apart"), name)],
                )


def checked_codes(codes: Collection[str]) -> tuple[str, ...]:
    """Return codes of unit grids as they came from a page: each once, in order, only what can be one."""
    return tuple(sorted({code for code in codes if len(code) == 15 and code.isascii() and code.isdigit()}))
