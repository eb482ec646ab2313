"""A division that is published for a later day has new unit grids already: what is drawn before that day goes on to them, as publishing lets it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Min

from cityloop.geography.actions.duty import carry_over, end
from cityloop.geography.actions.publishing import FOLLOW
from cityloop.geography.models import DutyGridMember, GridAreaMember, UnitGrid

# The grids that begin when others end: with their codes, or with new ones on their ground.
HEIRS = """
SELECT g.id FROM geography_unitgrid g
WHERE g.jurisdiction = %(jurisdiction)s AND g.valid_from = %(on)s AND (
    EXISTS (SELECT FROM geography_unitgrid o WHERE o.id = ANY(%(old)s) AND o.code = g.code)
    OR EXISTS (SELECT FROM geography_gridorigin o WHERE o.grid_id = g.id AND o.origin_id = ANY(%(old)s))
        AND NOT EXISTS (SELECT FROM geography_unitgrid o WHERE o.code = g.code AND o.valid_to = %(on)s)
)
"""


def follow_later(jurisdiction: str, changed: Collection[int], slots: Collection[str], on: date) -> None:
    """Carry what unit grids belong to on to those that follow them on later days.

    What was drawn for such a day itself stays: its area begins on that day.

    Args:
        jurisdiction: 6 digits.
        changed: Keys of the unit grids that were put into areas, or taken out of them, from the day on.
        slots: In what they lie (``GridAreaMember.slot``); none for duty grids.
        on: The day.
    """
    grids = {*changed}
    while day := UnitGrid.objects.filter(pk__in=grids, valid_to__gt=on).aggregate(day=Min("valid_to"))["day"]:
        old = list(UnitGrid.objects.filter(pk__in=grids, valid_to=day).values_list("pk", flat=True))
        values: dict[str, Any] = {"jurisdiction": jurisdiction, "on": day, "old": old}
        with connection.cursor() as cursor:
            cursor.execute(HEIRS, values)
            heirs = [key for (key,) in cursor.fetchall()]
        if slots:
            _members(slots).filter(unit_grid__in=heirs, valid_from=day, area__valid_from__lt=day).delete()
        else:
            DutyGridMember.objects.filter(unit_grid__in=heirs, valid_from=day, duty_grid__valid_from__lt=day).delete()
        carry_over(old, day)
        members = _members(slots) if slots else DutyGridMember.objects.all()
        end(members.filter(unit_grid__in=old).exclude(valid_to__lte=day), day)
        with connection.cursor() as cursor:
            cursor.execute(FOLLOW[bool(slots)], values)
        grids, on = grids | {*heirs}, day


def _members(slots: Collection[str]) -> Any:
    return GridAreaMember.objects.filter(slot__in=slots)
