"""Management, evaluation and extension grids (and duty grids) are drawn by choosing unit grids: one at a time, from a day on."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from cityloop.geography.actions.drawing import DUTY, AreaPlan, areas_of, draw, end_links, slot_of, word_faults
from cityloop.geography.actions.duty import end
from cityloop.geography.actions.writing import lock
from cityloop.geography.models import DutyGrid, DutyGridMember, GridArea, GridAreaMember, GridAreaPart
from cityloop.geography.rules.composing import LETTERS, issued_code
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.kernel.years import check_years

__all__ = ["DUTY", "AreaPlan", "checked_codes", "draw_area", "end_area", "slot_of"]


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
    faults = list(word_faults(plan))
    if not faults:
        plan = replace(plan, code=plan.code or _new_code(jurisdiction, plan))
        faults = [one.fault for one in draw(jurisdiction, [plan], valid_from)]
    if faults:
        raise InvalidInput(_("The area cannot be drawn like this; nothing was changed."), faults=faults[:50])
    return plan.code


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
        if holder := areas_of(GridAreaPart.objects.filter(part__in=found)).exclude(valid_to__lte=on).first():
            raise Conflict(
                _("“%(name)s” holds this management grid: choose its grids anew first.") % {"name": holder.name}
            )
        end(GridAreaMember.objects.filter(area__in=found).exclude(valid_to__lte=on), on)
        end_links(Q(area__in=found), on)
    end(found, on)


def _new_code(jurisdiction: str, plan: AreaPlan) -> str:
    table: Any = DutyGrid if plan.kind == DUTY else GridArea
    start = f"{LETTERS[plan.kind]}{jurisdiction}"[:7]
    used = table.objects.filter(code__startswith=start).order_by("code").values_list("code", flat=True)
    return issued_code(plan.kind, plan.unit_grids, set(used))


def checked_codes(codes: Collection[str]) -> tuple[str, ...]:
    """Return codes of unit grids as they came from a page: each once, in order, only what can be one."""
    return tuple(sorted({code for code in codes if len(code) == 15 and code.isascii() and code.isdigit()}))
