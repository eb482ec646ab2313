"""Regions and unit grids out of files: each row judged, the good ones written in one transaction, or none."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from django.db import transaction

from cityloop.geography.actions.duty import carry_over, end
from cityloop.geography.actions.writing import NewGrid, NewRegion, lock, write_grids, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DutyGridMember, Region, UnitGrid
from cityloop.geography.queries.areas import extent
from cityloop.geography.reading import AreaFile, open_areas
from cityloop.geography.rules.candidates import (
    Candidate,
    Judged,
    Reason,
    Version,
    judge_beside,
    judge_codes,
    judge_communities,
    judge_ground,
    judge_versions,
    note_gaps,
)
from cityloop.geography.rules.checks import Recipe
from cityloop.geography.rules.codes import grid_code, is_region_code, parent_codes
from cityloop.geography.rules.located import NORMAL_ZONE, Extent
from cityloop.kernel.dated import DatedQuerySet
from cityloop.kernel.errors import Fault, InvalidInput, NotFound
from cityloop.kernel.sheets import RowFault
from cityloop.kernel.translation import _, listed
from cityloop.kernel.years import check_years

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Told now and then how many rows of how many were read."""

MOST_FAULTS = 1000
"""A refusal names at most this many rows; its message counts them all."""


@dataclass(frozen=True, slots=True)
class RegionFields:
    """Where the values of a region stand: column names or recipes (``rules.checks.Recipe``)."""

    code: str = "code"
    name: str = "name"
    parent: str = ""  # where empty, the innermost region around it that is known by its code
    jurisdiction: str = ""  # where empty, the import's own


@dataclass(frozen=True, slots=True)
class GridFields:
    """Where the values of a unit grid stand: column names or recipes (``rules.checks.Recipe``)."""

    code: str = "code"
    name: str = ""
    timing_zone: str = ""  # where empty, everybody's
    jurisdiction: str = ""  # where empty, the import's own


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
class ImportReport:
    """What became of a file's rows. ``notes`` tell what was mended, and where the cover has gaps."""

    read: int
    written: int
    superseded: int
    unchanged: int
    faults: tuple[RowFault, ...]
    notes: tuple[RowFault, ...]


REGION_FIELDS, GRID_FIELDS, OPTIONS = RegionFields(), GridFields(), ImportOptions()


def import_regions(
    path: Path,
    level: RegionLevel,
    *,
    jurisdiction: str,
    valid_from: date,
    fields: RegionFields = REGION_FIELDS,
    options: ImportOptions = OPTIONS,
    progress: Progress | None = None,
) -> ImportReport:
    """Read the regions of one level from a file.

    Args:
        path: GeoJSON or GeoPackage.
        level: Which step of the tree the file holds.
        jurisdiction: 6 digits; each code must lie in this division.
        valid_from: The first day on which the regions hold.
        fields: Which columns hold what.
        options: What to do with what is not as it should be.
        progress: Told now and then how far the reading is.

    Raises:
        InvalidInput: The file, a column, the day or (unless ``keep_good``) a row cannot be used; ``faults`` name row and
            column.
    """
    check_years(valid_from)
    # the regions that come may reach farther than those that are there: so their extent says nothing
    judged, read = _read(path, fields, options, jurisdiction=jurisdiction, extent=None, progress=progress)
    judge_codes(judged, jurisdiction, lambda code: code if is_region_code(code, level) else None)
    with transaction.atomic():
        lock(jurisdiction)
        mine = Region.objects.filter(jurisdiction__in=_jurisdictions(judged, jurisdiction), level=level)
        end(_retiring(mine, options.retire, valid_from), valid_from)
        judged.rows = _with_parents(judged.rows, valid_from)
        fate = judge_versions(
            judged, _versions(Region, judged, "parent_code"), _region_words, valid_from, supersede=options.supersede
        )
        judge_beside(judged, _holding(mine, valid_from), options.tolerance_m2)
        _refuse_if_bad(judged, options)
        new = [row for row in judged.rows if row.code not in fate.unchanged]
        ended = [fate.ended[row.code] for row in new if row.code in fate.ended]
        Region.objects.filter(pk__in=ended).update(valid_to=valid_from)
        rows = [NewRegion(row.code, level, row.name, row.parent, row.jurisdiction, row.shape) for row in new]
        write_regions(rows, valid_from)
    return _report(judged, read, len(new), len(ended), path)


def import_grids(
    path: Path,
    *,
    jurisdiction: str,
    valid_from: date,
    fields: GridFields = GRID_FIELDS,
    options: ImportOptions = OPTIONS,
    progress: Progress | None = None,
) -> ImportReport:
    """Read unit grids from a file.

    A superseded grid's successor takes its place in its duty grid; a retired grid leaves it.

    Args:
        path: GeoJSON or GeoPackage.
        jurisdiction: 6 digits; each code must lie in this division.
        valid_from: The first day on which the grids hold.
        fields: Which columns hold what.
        options: What to do with what is not as it should be.
        progress: Told now and then how far the reading is.

    Raises:
        InvalidInput: The file, a column, the day or (unless ``keep_good``) a row cannot be used; ``faults`` name row and
            column.
    """
    check_years(valid_from)
    around = _extent(jurisdiction, valid_from)
    judged, read = _read(path, fields, options, jurisdiction=jurisdiction, extent=around, progress=progress)
    judge_codes(judged, jurisdiction, grid_code)
    with transaction.atomic():
        lock(jurisdiction)
        mine = UnitGrid.objects.filter(jurisdiction__in=_jurisdictions(judged, jurisdiction))
        _retire_grids(mine, options.retire, valid_from)
        communities = _communities(jurisdiction, valid_from)
        judge_communities(judged, communities, options.tolerance_m2)
        fate = judge_versions(
            judged, _versions(UnitGrid, judged, "timing_zone"), _grid_words, valid_from, supersede=options.supersede
        )
        neighbours = judge_beside(judged, _holding(mine, valid_from), options.tolerance_m2)
        _refuse_if_bad(judged, options)
        note_gaps(judged, communities, neighbours, options.tolerance_m2)
        new = [row for row in judged.rows if row.code not in fate.unchanged]
        ended = [fate.ended[row.code] for row in new if row.code in fate.ended]
        UnitGrid.objects.filter(pk__in=ended).update(valid_to=valid_from)
        rows = [NewGrid(row.code, row.jurisdiction, row.shape, row.name, row.timing_zone) for row in new]
        write_grids(rows, valid_from)
        carry_over(ended, valid_from)
    return _report(judged, read, len(new), len(ended), path)


def _read(
    path: Path,
    fields: RegionFields | GridFields,
    options: ImportOptions,
    *,
    jurisdiction: str,
    extent: Extent | None,
    progress: Progress | None,
) -> tuple[Judged, int]:
    """Return the rows whose shapes can be areas, and how many rows there were."""
    columns = {one.name: getattr(fields, one.name) for one in fields_of(fields)}
    recipes = {name: Recipe(text) for name, text in columns.items()}
    with open_areas(path, layer=options.layer, crs=options.crs) as file:
        _refuse_unknown_columns(recipes.values(), file)
        judged = Judged(file.layer, columns)
        for feature in file.features:
            words = {name: recipe.of(feature.values, feature.number) for name, recipe in recipes.items()}
            row = Candidate(
                feature.number,
                words["code"],
                words["name"],
                words["jurisdiction"] or jurisdiction,
                feature.shape,
                words.get("parent", ""),
                words.get("timing_zone") or NORMAL_ZONE,
            )
            if why := _why_not(row):
                judged.fault(feature.number, why)
            else:
                judge_ground(judged, row, extent, mend=options.mend)
            if progress and feature.number % 100 == 0:
                progress(feature.number, file.count)
    if progress:
        progress(file.count, file.count)
    return judged, file.count


def _why_not(row: Candidate) -> Reason | None:
    """Return what is wrong with the words of a row: the tables have room for so much, and no more."""
    if len(row.name) > 100 or "\x00" in row.name:
        return "name", row.name, _("is longer than 100 characters")
    if len(row.timing_zone) > 20 or "\x00" in row.timing_zone:
        return "timing_zone", row.timing_zone, _("is longer than 20 characters")
    if not is_region_code(row.jurisdiction, RegionLevel.DISTRICT):
        return "jurisdiction", row.jurisdiction, _("is not a division of 6 digits")
    return None


def _refuse_unknown_columns(recipes: Iterable[Recipe], file: AreaFile) -> None:
    missing = [name for recipe in recipes for name in recipe.columns() if name not in file.columns]
    if missing:
        raise InvalidInput(
            _("The file has no column “%(column)s”. It has: %(columns)s.")
            % {"column": missing[0], "columns": listed(file.columns)},
            faults=[Fault("fields", _("the file has no such column"), name[:80]) for name in missing],
        )


def _extent(jurisdiction: str, on: date) -> Extent | None:
    try:
        return extent(jurisdiction, on)
    except NotFound:
        return None


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
    held = DutyGridMember.objects.filter(unit_grid__in=retiring).exclude(valid_to__lte=on)
    end(held, on)
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


def _refuse_if_bad(judged: Judged, options: ImportOptions) -> None:
    if not judged.faults or options.keep_good:
        return
    told = sorted(judged.faults, key=lambda fault: fault.row)
    raise InvalidInput(
        _("%(count)d rows cannot be used, so nothing was imported. The first: %(first)s")
        % {"count": len(told), "first": told[0]},
        faults=[Fault(f"{one.row}.{one.column}", one.why, one.value) for one in told[:MOST_FAULTS]],
        rows=len(told),
    )


def _report(judged: Judged, read: int, written: int, superseded: int, path: Path) -> ImportReport:
    faults, notes = (tuple(sorted(told, key=lambda one: one.row)) for told in (judged.faults, judged.notes))
    logger.info(
        "%s: %d rows read, %d written, %d superseded, %d refused", path.name, read, written, superseded, len(faults)
    )
    return ImportReport(read, written, superseded, len(judged.rows) - written, faults, notes)
