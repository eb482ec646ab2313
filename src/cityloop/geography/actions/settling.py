"""Judged rows against one another and against what is there; those that stand are written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely

from cityloop.geography.actions.duty import carry_over, end
from cityloop.geography.actions.writing import NewGrid, NewRegion, lock, write_grids, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DutyGridMember, GridAreaMember, Region, UnitGrid
from cityloop.geography.rules.candidates import (
    Candidate,
    Fate,
    Judged,
    Version,
    judge_beside,
    judge_codes,
    judge_communities,
    judge_versions,
    note_gaps,
)
from cityloop.geography.rules.codes import grid_code, is_region_code, parent_codes
from cityloop.kernel.dated import DatedQuerySet
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import behaves.

    ``layer``, ``crs``: see ``reading.open_areas``. ``keep_good``: write the good rows though others are refused; else one
    bad row refuses the file. ``mend``: mend polygons that cross themselves. ``supersede``: a code in use gets a new version
    on the import's day, and the old one ends; else it is a fault. ``tolerance_m2``: how much areas may overlap or stick
    out, since surveys are rounded. ``retire``: codes of areas that end on the import's day, as where one grid was split.
    """

    layer: str = ""
    crs: str = ""
    keep_good: bool = False
    mend: bool = True
    supersede: bool = False
    tolerance_m2: float = 10.0
    retire: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of judged rows: those that are ``new``, the versions that they end, the codes that stay as they are."""

    new: tuple[Candidate, ...]
    ended: tuple[int, ...]
    unchanged: frozenset[str]


def settle_regions(
    judged: Judged, level: RegionLevel, *, jurisdiction: str, valid_from: date, options: ImportOptions
) -> Settled:
    """Judge regions against one another and against what is there, within the transaction that may write them."""
    judge_codes(judged, jurisdiction, lambda code: code if is_region_code(code, level) else None)
    lock(jurisdiction)
    mine = Region.objects.filter(jurisdiction__in=_jurisdictions(judged, jurisdiction), level=level)
    end(_retiring(mine, options.retire, valid_from), valid_from)
    judged.rows = _with_parents(judged.rows, valid_from)
    fate = judge_versions(
        judged, _versions(Region, judged, "parent_code"), _region_words, valid_from, supersede=options.supersede
    )
    judge_beside(judged, _holding(mine, valid_from), options.tolerance_m2)
    return _settled(judged, fate)


def write_settled_regions(settled: Settled, level: RegionLevel, valid_from: date) -> None:
    """Write settled regions: new versions begin, old ones end."""
    Region.objects.filter(pk__in=settled.ended).update(valid_to=valid_from)
    rows = [NewRegion(row.code, level, row.name, row.parent, row.jurisdiction, row.shape) for row in settled.new]
    write_regions(rows, valid_from)


def settle_grids(judged: Judged, *, jurisdiction: str, valid_from: date, options: ImportOptions) -> Settled:
    """Judge unit grids against one another and against what is there, within the transaction that may write them."""
    judge_codes(judged, jurisdiction, grid_code)
    lock(jurisdiction)
    mine = UnitGrid.objects.filter(jurisdiction__in=_jurisdictions(judged, jurisdiction))
    _retire_grids(mine, options.retire, valid_from)
    communities = _communities(jurisdiction, valid_from)
    judge_communities(judged, communities, options.tolerance_m2)
    fate = judge_versions(
        judged, _versions(UnitGrid, judged, "timing_zone"), _grid_words, valid_from, supersede=options.supersede
    )
    neighbours = judge_beside(judged, _holding(mine, valid_from), options.tolerance_m2)
    note_gaps(judged, communities, neighbours, options.tolerance_m2)
    return _settled(judged, fate)


def write_settled_grids(settled: Settled, valid_from: date) -> None:
    """Write settled unit grids: new versions begin and take the old ones' places in their duty grids."""
    UnitGrid.objects.filter(pk__in=settled.ended).update(valid_to=valid_from)
    rows = [NewGrid(row.code, row.jurisdiction, row.shape, row.name, row.timing_zone) for row in settled.new]
    write_grids(rows, valid_from)
    carry_over(settled.ended, valid_from)


def _settled(judged: Judged, fate: Fate) -> Settled:
    new = tuple(row for row in judged.rows if row.code not in fate.unchanged)
    ended = tuple(fate.ended[row.code] for row in new if row.code in fate.ended)
    return Settled(new, ended, fate.unchanged)


def _jurisdictions(judged: Judged, own: str) -> set[str]:
    return {own, *(row.jurisdiction for row in judged.rows)}


def _communities(division: str, on: date) -> dict[str, Any]:
    """Return the shapes of the communities in a division, by code."""
    prefix = division.removesuffix("00").removesuffix("00")
    rows = Region.objects.filter(level=RegionLevel.COMMUNITY, code__startswith=prefix)
    return dict(_holding(rows, on))


def _holding(areas: DatedQuerySet[Any], on: date) -> list[tuple[str, Any]]:
    """Return code and shape of the areas that hold on a day and have a border."""
    rows = areas.valid_on(on).filter(geometry__isnull=False).order_by("code").values_list("code", "geometry")
    return [(code, shapely.from_wkb(bytes(geometry.wkb))) for code, geometry in rows]


def _versions(model: type[Region | UnitGrid], judged: Judged, word: str) -> list[Version]:
    """Return all that was ever there with the codes of the rows; ``word`` names a third column that may change."""
    rows = model.objects.filter(code__in=[row.code for row in judged.rows]).order_by("code", "valid_from")
    columns = ("pk", "code", "valid_from", "valid_to", "geometry", "name", "jurisdiction", word)
    return [
        Version(pk, code, begins, ends, geometry and shapely.from_wkb(bytes(geometry.wkb)), tuple(words))
        for pk, code, begins, ends, geometry, *words in rows.values_list(*columns)
    ]


def _region_words(row: Candidate) -> tuple[str, ...]:
    return row.name, row.jurisdiction, row.parent


def _grid_words(row: Candidate) -> tuple[str, ...]:
    return row.name, row.jurisdiction, row.timing_zone


def _with_parents(rows: Sequence[Candidate], on: date) -> list[Candidate]:
    """Return regions with the code of the innermost known region around each, where the file names none."""
    around = {code for row in rows for code in parent_codes(row.code)}
    known = set(Region.objects.valid_on(on).filter(code__in=around).values_list("code", flat=True).order_by("code"))
    return [
        replace(row, parent=row.parent or next((code for code in parent_codes(row.code) if code in known), ""))
        for row in rows
    ]


def _retire_grids(grids: DatedQuerySet[UnitGrid], codes: Collection[str], on: date) -> None:
    retiring = _retiring(grids, codes, on)
    for members in (DutyGridMember.objects.all(), GridAreaMember.objects.all()):
        end(members.filter(unit_grid__in=retiring).exclude(valid_to__lte=on), on)
    end(retiring, on)


def _retiring(areas: DatedQuerySet[Any], codes: Collection[str], on: date) -> DatedQuerySet[Any]:
    """Return the areas to retire.

    Raises:
        InvalidInput: One of ``codes`` does not hold on the day ``on``.
    """
    found = areas.valid_on(on).filter(code__in=codes)
    if unknown := set(codes) - set(found.order_by("code").values_list("code", flat=True)):
        raise InvalidInput(
            _("What does not hold on that day cannot be retired: %(codes)s.") % {"codes": listed(sorted(unknown)[:5])},
            faults=[Fault("retire", _("does not hold on that day"), code[:80]) for code in sorted(unknown)],
        )
    return found
