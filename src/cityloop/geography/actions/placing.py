"""Many areas of one kind at a time, as a file brings them: drawn together where they can be, and told which rows of which tables came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from django.db import connection, transaction

from cityloop.geography.actions.bringing import Written
from cityloop.geography.actions.drawing import DUTY, AreaPlan, Wrong, draw, end_areas
from cityloop.geography.actions.duty import end
from cityloop.geography.actions.writing import lock
from cityloop.geography.models import DutyGrid, DutyGridMember
from cityloop.geography.queries.composed import AreaRow, areas

DAYS = ("jurisdiction", "valid_from", "valid_to")
DUTY_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "geography_dutygridmember": ("duty_grid_id", "unit_grid_id", *DAYS),
    "geography_dutygrid": ("code", "name", *DAYS),
}
AREA_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "geography_gridareamember": ("area_id", "unit_grid_id", "slot", *DAYS),
    "geography_gridareapart": ("area_id", "part_id", *DAYS),
    "geography_gridarea": ("kind", "code", "name", "rating", "purpose", "body", *DAYS),
}
"""Columns by table, of what drawing areas writes; what hangs on others stands before them."""

# What a change from a day on can touch, and what it leaves ended on that day.
TOUCHED = """
SELECT t.id, to_jsonb(t)::text FROM {table} t
WHERE t.jurisdiction = %(jurisdiction)s AND (t.valid_to IS NULL OR t.valid_to >= %(on)s)
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of plans.

    Args:
        before, after: The areas of the kind on the day, by code.
        wrong: Of plans that cannot be drawn; they were left out.
        written: The rows that came of it; nothing where nothing was to be written.
    """

    before: Mapping[str, AreaRow]
    after: Mapping[str, AreaRow]
    wrong: Sequence[Wrong]
    written: Sequence[Written]


def tables_of(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return the columns by table of what areas of a kind stand in."""
    return DUTY_TABLES if kind == DUTY else AREA_TABLES


def place_areas(
    kind: str,
    plans: Sequence[AreaPlan],
    *,
    jurisdiction: str,
    valid_from: date,
    ending: Sequence[str] = (),
    write: bool,
) -> Placed:
    """Draw areas together from a day on; a plan that cannot be drawn is left out.

    Args:
        kind: ``duty`` or an ``AreaKind``.
        plans: As for ``drawing.draw``.
        jurisdiction: 6 digits.
        valid_from: The first day on which they hold.
        ending: Codes of areas that end on that day.
        write: Else nothing is left of it.
    """
    wrong: list[Wrong] = []
    rest = list(plans)
    with transaction.atomic():
        lock(jurisdiction)
        before = {one.code: one for one in areas(jurisdiction, valid_from, kind)}
        held = {table: _touched(table, jurisdiction, valid_from) for table in tables_of(kind)}
        while found := _tried(jurisdiction, kind, rest, ending, valid_from):
            wrong += found
            refused = {one.area for one in found}
            rest = [one for one in rest if one.code not in refused]
        after = {one.code: one for one in areas(jurisdiction, valid_from, kind)}
        if not write:
            transaction.set_rollback(True)
            return Placed(before, after, wrong, ())
        written = [
            one
            for table, rows in held.items()
            for one in _written(table, rows, _touched(table, jurisdiction, valid_from))
        ]
    return Placed(before, after, wrong, written)


def _tried(jurisdiction: str, kind: str, plans: Sequence[AreaPlan], ending: Sequence[str], on: date) -> list[Wrong]:
    """Draw and end; return what is wrong, and then nothing of it stays."""
    with transaction.atomic():
        # First what ends: its unit grids are free, and no neighbour that would fall apart.
        if kind == DUTY:
            _end_duty(jurisdiction, ending, on)
        else:
            end_areas(jurisdiction, kind, ending, on)
        wrong = draw(jurisdiction, plans, on) if plans else []
        if wrong:
            transaction.set_rollback(True)
    return wrong


def _end_duty(jurisdiction: str, codes: Sequence[str], on: date) -> None:
    found = DutyGrid.objects.valid_on(on).filter(jurisdiction=jurisdiction, code__in=codes)
    end(DutyGridMember.objects.filter(duty_grid__in=found).exclude(valid_to__lte=on), on)
    end(found, on)


def _touched(table: str, jurisdiction: str, on: date) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED.format(table=table), {"jurisdiction": jurisdiction, "on": on})
        return dict(cursor.fetchall())


def _written(table: str, before: Mapping[int, str], after: Mapping[int, str]) -> list[Written]:
    added = tuple(key for key in after if key not in before)
    ended = tuple(key for key, row in before.items() if key in after and after[key] != row)
    taken = tuple(key for key in before if key not in after)
    rows: dict[int, dict[str, Any]] = {key: orjson.loads(before[key]) for key in (*ended, *taken)}
    return [
        Written(table, "a", added),
        Written(table, "g", ended, tuple({"valid_to": rows[key]["valid_to"]} for key in ended)),
        Written(table, "r", taken, tuple(rows[key] for key in taken)),
    ]
