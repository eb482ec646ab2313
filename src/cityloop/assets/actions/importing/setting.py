"""What an import is told before it is checked: what the file becomes, how it is read, which column holds what."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cityloop.assets.actions.importing.keeping import file_of, forget_all
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportMapping, ImportRun
from cityloop.assets.rules.imports.mapping import CONSTANT, missing_columns, propose, shape_of
from cityloop.assets.targets import Target, of_name
from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.files import Asked, Looked, look
from cityloop.geography.queries import extent
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, Unavailable
from cityloop.kernel.translation import _, how_said, listed
from cityloop.kernel.years import check_years

logger = logging.getLogger(__name__)

MOST_M = 10_000
LOOKED_AT_ONCE = 64 << 20
"""Bytes: of a larger file nobody waits twice until it is read in."""

OPTIONS = ("valid_from", "scheme", "tolerance_m", "road_m", "replace", "mend", "level", "is_partial", "same_again")


def middle_of(jurisdiction: str, on: date) -> float | None:
    """Return the longitude of a city's middle; None where its borders are not known."""
    try:
        west, _south, east, _north = extent(jurisdiction, on)
    except NotFound:
        return None
    return (west + east) / 2


def look_into(run: ImportRun, asked: Asked, on: date) -> Looked:
    """Look into the file of an import.

    Raises:
        InvalidInput: It cannot be read.
    """
    with file_of(run) as path:
        return look(path, asked, middle_lon=middle_of(run.jurisdiction, on), name=run.file_name)


def first_look(run: ImportRun, on: date) -> None:
    """Keep of a file that cannot be read why, so that lists tell it; a large one says so when it is set up."""
    if run.file_bytes > LOOKED_AT_ONCE or run.state != ImportState.CHOOSING:
        return
    try:
        look_into(run, Asked(), on)
    except InvalidInput as exc:
        words = exc.message
        ImportRun.objects.filter(pk=run.pk, state=ImportState.CHOOSING).update(
            state=ImportState.FAILED, failure=words[:500], failure_said=how_said(words)
        )
    except Unavailable as exc:
        logger.warning("import %s was not looked into yet: %s", run.id, exc.message)


def propose_for(run: ImportRun, target: Target, asked: Asked, on: date) -> tuple[Looked, dict[str, str], Asked]:
    """Look into the file and propose which column holds what: as in the last file of this shape, else by names and content.

    Returns:
        What the file holds, the column of each field, how it is read (with what was guessed or kept).
    Raises:
        InvalidInput: The file cannot be read.
    """
    looked = look_into(run, asked, on)
    if not asked.layer and target.name in looked.layers and looked.layer != target.name:
        asked = replace(asked, layer=target.name)  # an extract of OpenStreetMap has a layer for each
        looked = look_into(run, asked, on)
    kept = ImportMapping.objects.filter(
        jurisdiction=run.jurisdiction, target=target.name, shape=shape_of(looked.columns)
    ).first()
    if kept is not None:
        reading = Asked(**{**asdict(asked), **{name: kept.reading.get(name, "") for name in ("x", "y", "wkt")}})
        if not asked.crs and not looked.crs and kept.reading.get("crs"):
            reading = replace(reading, crs=kept.reading["crs"])
            looked = look_into(run, replace(reading, layer=looked.layer), on)
        return looked, dict(kept.mapping), replace(reading, layer=looked.layer)
    position = {name for name in looked.position.values() if name}
    columns = [name for name in looked.columns if name not in position]
    rows = [[row[looked.columns.index(name)] for name in columns] for row in looked.rows]
    found = propose(target.fields, columns, rows, target.words_of(run.jurisdiction, on))
    reading = replace(asked, layer=looked.layer, crs=asked.crs or looked.crs or looked.guess)
    position_of = looked.position
    return looked, found, replace(reading, x=position_of["x"], y=position_of["y"], wkt=position_of["wkt"])


def set_up(
    run: ImportRun,
    *,
    target: str,
    reading: Asked,
    mapping: Mapping[str, str],
    options: Mapping[str, Any],
    looked: Looked,
    now: datetime | None = None,
) -> ImportRun:
    """Tell an import what it is to be; what was checked before is forgotten.

    Raises:
        InvalidInput: The target, a column, the day or an option cannot be used.
        Conflict: It is applied, or somebody works on it.
    """
    kind = of_name(target)
    given = _options(options)
    told = {name: recipe for name, recipe in mapping.items() if recipe and recipe != CONSTANT}
    if unknown := set(told) - {one.name for one in kind.fields}:
        raise InvalidInput(
            _("There is no field “%(name)s”. There are: %(known)s.")
            % {"name": min(unknown), "known": listed(one.name for one in kind.fields)}
        )
    if absent := missing_columns(told, looked.columns):
        raise InvalidInput(
            _("The file has no column “%(column)s”. It has: %(columns)s.")
            % {"column": absent[0], "columns": listed(looked.columns)},
            faults=[Fault("mapping", _("the file has no such column"), name[:80]) for name in absent],
        )
    needed = [one for one in kind.fields if one.is_needed and one.name not in told]
    if needed:
        raise InvalidInput(
            _("Say which column holds: %(fields)s.") % {"fields": listed(one.title for one in needed)},
            faults=[Fault(one.name, _("is needed")) for one in needed],
        )
    if kind.is_shapeless(told):
        reading = replace(reading, crs=reading.crs or looked.crs or CoordinateSystem.CGCS2000, is_bare=True)
    if not reading.crs and not looked.crs:
        raise InvalidInput(
            _("Name the system of the coordinates: the file does not say it."), faults=[Fault("crs", _("is needed"))]
        )
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state not in {ImportState.CHOOSING, ImportState.CHECKED, ImportState.FAILED}:
            raise Conflict(
                _("This import is “%(state)s”: it cannot be set up anew.") % {"state": row.get_state_display()}
            )
        forget_all(row)
        row.state, row.target = ImportState.CHOOSING, kind.name
        row.reading = asdict(reading) | {"skip": 0}
        row.mapping, row.options = told, given
        row.looked = {
            "columns": list(looked.columns),
            "kind": looked.kind,
            "is_sheet": looked.is_sheet,
            "layers": list(looked.layers),
            "crs": looked.crs,
        }
        row.rows_total, row.rows_read, row.counts, row.step = looked.count, 0, {}, ""
        row.started_at = row.finished_at = row.failure_said = None
        row.failure, row.compared = "", None
        row.save()
        ImportMapping.objects.update_or_create(
            jurisdiction=row.jurisdiction,
            target=kind.name,
            shape=shape_of(looked.columns),
            defaults={
                "mapping": told,
                "reading": {name: getattr(reading, name) for name in ("crs", "x", "y", "wkt")},
                "used_at": now or machine_now(),
            },
        )
    return row


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if name in OPTIONS and value not in {None, ""}}
    try:
        day = date.fromisoformat(str(given["valid_from"]))
        metres = [float(given[name]) for name in ("tolerance_m", "road_m") if name in given]
    except (KeyError, ValueError) as exc:
        raise InvalidInput(
            _("The day must be written 2026-05-01, a tolerance as a number of metres."),
            faults=[Fault("options", str(exc)[:80])],
        ) from exc
    if not all(0 <= one <= MOST_M for one in metres):
        raise InvalidInput(_("A tolerance lies between 0 and %(most)d m.") % {"most": MOST_M})
    check_years(day)
    return given | {"valid_from": day.isoformat()}
