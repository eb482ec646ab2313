"""An import being checked: read batch by batch, judged, staged; then all rows together. It goes on where a killed worker left off."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from cityloop.assets.actions.importing.comparing import compare, gone_of
from cityloop.assets.actions.importing.doubles import judge_doubles, judge_keys
from cityloop.assets.actions.importing.keeping import file_of, forget_all
from cityloop.assets.actions.importing.staging import stage, write_found
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun, StagedRow
from cityloop.assets.rules.imports.mapping import column_of, texts_of
from cityloop.assets.rules.imports.rows import Rows, judge_shapes, judge_values
from cityloop.assets.targets import Target, Work, of_name
from cityloop.geography.files import Asked, Batch, open_layer
from cityloop.geography.queries import Locator, extent
from cityloop.geography.rules.shapes import points_on
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound

logger = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""Told the rows that are done, how many there are (-1: nobody knows), and which step it is."""

BATCH_ROWS = 20_000


def nobody(_done: int, _total: int, _step: str) -> None:
    return


def work_of(run: ImportRun) -> Work:
    """Return what an import is judged and written with."""
    on = date.fromisoformat(run.options["valid_from"])
    work = Work(run.id, run.jurisdiction, on, run.options, run.mapping)
    try:
        work.extent = extent(run.jurisdiction, on)
    except NotFound:
        work.extent = None
    work.known = of_name(run.target).prepare(work)
    return work


def check_run(run: ImportRun, *, progress: Progress = nobody, clock: Callable[[], datetime] = machine_now) -> ImportRun:
    """Read, judge and stage all rows, then ask what only all of them together can tell, and compare with what is there.

    Batches that were staged before stay: after a kill it goes on with the next one.

    Raises:
        InvalidInput: The file cannot be read to its end.
    """
    target, work = of_name(run.target), work_of(run)
    if run.rows_read and not _is_whole(run):  # unlogged rows are gone when PostgreSQL was killed
        forget_all(run)
        run.rows_read, run.counts = 0, {}
    _read_all(run, target, work, progress, clock)
    _say(run, "together", clock)
    progress(run.rows_read, run.rows_read, "together")
    with transaction.atomic():
        if target.judge_whole:
            target.judge_whole(work, lambda found: write_found(run.id, found))
        judge_keys(run, target)
        compare(run, target, work)
        judge_doubles(run, target, work)
        counts = {**counts_of(run), "gone": gone_of(run, target, work)}
        if target.counts:
            counts |= target.counts(work)
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.CHECKED, counts=counts, rows_total=run.rows_read, finished_at=clock(), step=""
        )
    run.refresh_from_db()
    logger.info("import %s: %d rows of %s checked: %s", run.id, run.rows_read, run.file_name, counts)
    return run


def _is_whole(run: ImportRun) -> bool:
    good = run.counts.get("staged", 0)
    return bool(StagedRow.objects.filter(run_id=run.id).count() >= good)


def _read_all(run: ImportRun, target: Target, work: Work, progress: Progress, clock: Callable[[], datetime]) -> None:
    asked = replace(Asked(**run.reading), skip=run.rows_read, batch=BATCH_ROWS)
    locator = Locator.load(work.valid_from, run.jurisdiction) if work.extent and target.inside else None
    if run.counts.get("is_read"):
        return
    kept = _kept(target)
    staged = int(run.counts.get("staged", 0))
    with file_of(run) as path, open_layer(path, asked, name=run.file_name) as file:
        total = file.count
        for batch in file.batches:
            rows = judged(batch, run, target, work, locator)
            with transaction.atomic():
                staged += stage(run.id, target, rows, [name for name in kept if name in rows.texts])
                write_found(run.id, rows.found)
                run.rows_read, run.counts = batch.before + len(batch.numbers), {"staged": staged}
                ImportRun.objects.filter(pk=run.pk).update(
                    rows_read=run.rows_read, rows_total=total, counts=run.counts, beat_at=clock(), step="reading"
                )
            progress(run.rows_read, total, "reading")
    run.counts = {"staged": staged, "is_read": True}
    ImportRun.objects.filter(pk=run.pk).update(counts=run.counts)


def _kept(target: Target) -> list[str]:
    """Return the fields whose values are staged; the key stands in a column of its own."""
    return [one.name for one in target.fields if one.name != target.key or target.shape_key]


def judged(batch: Batch, run: ImportRun, target: Target, work: Work, locator: Locator | None) -> Rows:
    """Judge one batch: shapes, values, place, and what the target asks."""
    texts = {name: texts_of(recipe, batch.texts, batch.ordinals) for name, recipe in run.mapping.items()}
    for one in target.fields:
        if one.default and one.name not in texts:
            texts[one.name] = [""] * len(batch.numbers)
    columns = {name: column_of(recipe) for name, recipe in run.mapping.items()}
    rows = Rows(batch.numbers, batch.shapes, texts, columns)
    if target.is_shapeless(run.mapping):
        rows.shapes = np.full(len(batch.numbers), None, dtype=object)
        rows.place()
    else:
        judge_shapes(
            rows,
            batch.broken,
            target.kinds,
            work.extent if target.inside or target.name == "grids" or target.without_shape else None,
            several=target.several,
            as_point=target.as_point,
            mend=work.options.get("mend", True) is not False,
        )
        rows.placed = rows.good.copy()
    judge_values(rows, target.fields)
    if locator is not None:
        _judge_inside(rows, locator)
    if target.judge:
        target.judge(rows, work)
    return rows


def _judge_inside(rows: Rows, locator: Locator) -> None:
    """Refuse what lies outside the city's areas."""
    lons, lats = rows.lons.copy(), rows.lats.copy()
    placed = np.flatnonzero(rows.placed)
    if len(placed):
        lons[placed], lats[placed] = points_on(rows.shapes[placed])
    rows.area = locator.locate(lons, lats)
    rows.fault(np.flatnonzero(rows.placed & ~rows.area.found), "geometry", "outside")
    rows.placed &= rows.area.found


def _say(run: ImportRun, step: str, clock: Callable[[], datetime]) -> None:
    ImportRun.objects.filter(pk=run.pk).update(step=step, beat_at=clock())


COUNTS = """
SELECT
    (SELECT count(DISTINCT number) FROM assets_importfault WHERE run_id = %(run)s AND NOT is_note),
    (SELECT count(*) FROM assets_importfault WHERE run_id = %(run)s AND NOT is_note),
    (SELECT count(*) FROM assets_importfault WHERE run_id = %(run)s AND is_note),
    (SELECT count(*) FROM assets_stagedrow WHERE run_id = %(run)s AND is_good),
    (SELECT count(*) FROM assets_stagedrow WHERE run_id = %(run)s AND is_good AND fate = 'a'),
    (SELECT count(*) FROM assets_stagedrow WHERE run_id = %(run)s AND is_good AND fate = 'c'),
    (SELECT count(*) FROM assets_stagedrow WHERE run_id = %(run)s AND is_good AND fate = 's'),
    (SELECT ST_Extent(geometry) FROM assets_stagedrow WHERE run_id = %(run)s AND is_good)
"""


def _degrees(box: str | None) -> list[float]:
    """Return west, south, east, north of what PostGIS writes as ``BOX(120.1 30.1,120.2 30.2)``; nothing of nothing."""
    return [float(number) for number in box[4:-1].replace(",", " ").split()] if box else []


def counts_of(run: ImportRun) -> dict[str, Any]:
    """Count what was found and what would become of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"run": run.id})
        bad, faults, notes, good, added, changed, same, box = cursor.fetchone()
    return {
        **run.counts,
        "bad": bad, "faults": faults, "notes": notes, "good": good, "added": added, "changed": changed, "same": same,
        "box": _degrees(box),
    }  # fmt: skip
