"""Regions and unit grids that another room has read and staged: judged whole, written, and told which rows of which tables came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from cityloop.geography.actions.settling import (
    ImportOptions,
    Settled,
    settle_grids,
    settle_regions,
    write_settled_grids,
    write_settled_regions,
)
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DutyGridMember, GridAreaMember, Region, UnitGrid
from cityloop.geography.rules.candidates import Candidate, Judged

TABLES = {
    "geography_dutygridmember": ("duty_grid_id", "unit_grid_id", "valid_from", "valid_to"),
    "geography_gridareamember": ("area_id", "unit_grid_id", "slot", "valid_from", "valid_to"),
    "geography_unitgrid": ("code", "name", "jurisdiction", "timing_zone", "geometry", "valid_from", "valid_to"),
    "geography_region": ("code", "level", "name", "parent_code", "jurisdiction", "geometry", "valid_from", "valid_to"),
}
"""Columns by table, of all that is written here; what hangs on others stands before them."""

Memberships = type[DutyGridMember] | type[GridAreaMember]
MEMBERS: dict[str, Memberships] = {
    "geography_dutygridmember": DutyGridMember,
    "geography_gridareamember": GridAreaMember,
}


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of a table by their keys: ``a`` added, ``c`` changed, ``g`` ended, ``r`` taken away because they would have held for no day.

    ``before`` is what stood in those that are not new, as texts; of those taken away the whole row.
    """

    table: str
    fate: str
    ids: tuple[int, ...]
    before: tuple[dict[str, Any], ...] = ()


def bring(
    kind: str,
    judged: Judged,
    *,
    jurisdiction: str,
    valid_from: date,
    options: ImportOptions,
    level: RegionLevel = RegionLevel.COMMUNITY,
    write: bool,
) -> tuple[Settled, list[Written]]:
    """Judge rows whole and, where asked, write those that stand; what is wrong is added to ``judged``.

    Args:
        kind: ``regions`` or ``grids``.
        judged: The rows whose shapes and words are good.
        jurisdiction: 6 digits.
        valid_from: The first day on which they hold.
        options: As for a file.
        level: Of regions.
        write: Else nothing is left of it.
    """
    with transaction.atomic():
        if kind == "regions":
            settled = settle_regions(judged, level, jurisdiction=jurisdiction, valid_from=valid_from, options=options)
        else:
            settled = settle_grids(judged, jurisdiction=jurisdiction, valid_from=valid_from, options=options)
        if not write:
            transaction.set_rollback(True)
            return settled, []
        written = _write_regions(settled, level, valid_from) if kind == "regions" else _write_grids(settled, valid_from)
    return settled, written


def _write_regions(settled: Settled, level: RegionLevel, on: date) -> list[Written]:
    write_settled_regions(settled, level, on)
    codes = [row.code for row in settled.new]
    new = Region.objects.filter(code__in=codes, valid_from=on, level=level).order_by("id").values_list("id", flat=True)
    return [
        Written("geography_region", "a", tuple(new)),
        Written("geography_region", "g", settled.ended, tuple({"valid_to": None} for _one in settled.ended)),
    ]


def _write_grids(settled: Settled, on: date) -> list[Written]:
    held = {name: _memberships(table, settled.ended) for name, table in MEMBERS.items()}
    write_settled_grids(settled, on)
    codes = [row.code for row in settled.new]
    new = tuple(UnitGrid.objects.filter(code__in=codes, valid_from=on).order_by("id").values_list("id", flat=True))
    written = []
    for name, before in held.items():
        now = _memberships(MEMBERS[name], [*new, *settled.ended])
        changed = [key for key, row in now.items() if key in before and row != before[key]]
        written += [
            Written(name, "a", tuple(key for key in now if key not in before)),
            Written(name, "c", tuple(changed), tuple(before[key] for key in changed)),
        ]
    return [
        *written,
        Written("geography_unitgrid", "a", new),
        Written("geography_unitgrid", "g", settled.ended, tuple({"valid_to": None} for _one in settled.ended)),
    ]


def _memberships(table: Memberships, grids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return, by key, of what unit grids belong to what an import of grids may change, as texts."""
    rows = table.objects.filter(unit_grid__in=grids).order_by("id").values_list("id", "unit_grid_id", "valid_to")
    return {
        key: {"unit_grid_id": str(grid), "valid_to": valid_to and valid_to.isoformat()} for key, grid, valid_to in rows
    }


def candidates(rows: Sequence[tuple[int, str, dict[str, str], Any]], jurisdiction: str) -> list[Candidate]:
    """Return staged rows (number, code, values, shape) as rows that may become areas."""
    return [
        Candidate(
            number,
            code,
            values.get("name", ""),
            jurisdiction,
            shape,
            values.get("parent_code", ""),
            values.get("timing_zone", "normal"),
        )
        for number, code, values, shape in rows
    ]
