"""Regions and unit grids out of files: each row judged, the good ones written in one transaction, or none."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date
from pathlib import Path

from django.db import transaction

from cityloop.geography.actions.settling import (
    ImportOptions,
    settle_grids,
    settle_regions,
    write_settled_grids,
    write_settled_regions,
)
from cityloop.geography.choices import RegionLevel
from cityloop.geography.files.features import AreaFile, open_areas
from cityloop.geography.queries.areas import extent
from cityloop.geography.rules.candidates import (
    Candidate,
    Judged,
    Reason,
    judge_ground,
)
from cityloop.geography.rules.checks import Recipe
from cityloop.geography.rules.codes import is_region_code
from cityloop.geography.rules.located import NORMAL_ZONE, Extent
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
        path: Any file that ``files.open_layer`` reads.
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
    with transaction.atomic():
        settled = settle_regions(judged, level, jurisdiction=jurisdiction, valid_from=valid_from, options=options)
        _refuse_if_bad(judged, options)
        write_settled_regions(settled, level, valid_from)
    return _report(judged, read, len(settled.new), len(settled.ended), path)


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
        path: Any file that ``files.open_layer`` reads.
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
    with transaction.atomic():
        settled = settle_grids(judged, jurisdiction=jurisdiction, valid_from=valid_from, options=options)
        _refuse_if_bad(judged, options)
        write_settled_grids(settled, valid_from)
    return _report(judged, read, len(settled.new), len(settled.ended), path)


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
        judged, read = Judged(file.layer, columns), 0
        for feature in file.features:
            read = feature.number
            words = {name: recipe.of(feature.values, feature.number) for name, recipe in recipes.items()}
            row = Candidate(
                feature.row,
                words["code"],
                words["name"],
                words["jurisdiction"] or jurisdiction,
                feature.shape,
                words.get("parent", ""),
                words.get("timing_zone") or NORMAL_ZONE,
            )
            if why := _why_not(row):
                judged.fault(feature.row, why)
            else:
                judge_ground(judged, row, extent, mend=options.mend)
            if progress and feature.number % 100 == 0:
                progress(feature.number, file.count)
    if progress:
        progress(read, read)
    return judged, read


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
