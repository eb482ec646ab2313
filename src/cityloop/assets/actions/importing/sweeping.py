"""What imports leave that nobody goes on with: traces of killed processes, and files that were sent and forgotten."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from cityloop.assets.actions.importing.keeping import PLACE, drop, forget_rows, key_of
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun, StagedRow
from cityloop.geography.files import work_place
from cityloop.kernel.disk import sweep_left
from cityloop.kernel.errors import Conflict
from cityloop.media import store

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
FORGOTTEN = timedelta(days=30)
"""An import that was begun and neither applied nor refused is refused after so long: its rows and its file take room."""

AT_ONCE = 1000
MOST = 100
"""Files without an import in one run. More are no traces of killed processes: this is another database than the store's."""

UNFINISHED = (ImportState.CHOOSING, ImportState.CHECKED, ImportState.FAILED)
STAGED = (ImportState.CHECKING, ImportState.CHECKED, ImportState.APPLYING, ImportState.FAILED)
"""States in which rows are rightly staged."""


def sweep(*, now: datetime) -> int:
    """Take away what is left: files without an import, imports without a file, rows of imports that are done, what was forgotten.

    Returns:
        How many things were taken away.

    Raises:
        Unavailable: The store does not answer; the rest is found the next time.
    """
    done = _forgotten(now) + _rows() + sweep_left(work_place(), before=now - DAY)
    _folders, names = store.listed(PLACE)
    done += _files_without_row(names, now) + _rows_without_file({*names}, now)
    if done:
        logger.info("imports: %d things taken away that nobody goes on with", done)
    return done


def _forgotten(now: datetime) -> int:
    rows = ImportRun.objects.filter(state__in=UNFINISHED, asked_at__lt=now - FORGOTTEN).order_by("asked_at")
    done = 0
    for run in rows[:AT_ONCE]:
        try:
            drop(run, now=now)
        except Conflict:  # somebody has gone on with it just now
            continue
        done += 1
    return done


def _rows() -> int:
    held = StagedRow.objects.order_by("run_id").values_list("run_id", flat=True).distinct()
    known = {*ImportRun.objects.filter(state__in=STAGED).values_list("pk", flat=True)}
    left = [run_id for run_id in held if run_id not in known]
    for run_id in left:
        forget_rows(ImportRun(pk=run_id))
    return len(left)


def _files_without_row(names: list[str], now: datetime) -> int:
    by_id = {run_id: name for name in names if (run_id := _uuid(name))}
    known = {*ImportRun.objects.filter(pk__in=by_id).exclude(state=ImportState.DROPPED).values_list("pk", flat=True)}
    left = [key_of(run_id) for run_id in by_id if run_id not in known]
    if len(left) > MOST:
        logger.warning("%d files of imports are in no row: is this the store's database? None is taken away", len(left))
        return 0
    old = [key for key in left if store.stored_at(key) < now - DAY]
    for key in old:
        store.delete(key)
    return len(old)


def _rows_without_file(names: set[str], now: datetime) -> int:
    """Take away imports whose file was never stored: the row is written first, and the process was killed between the two."""
    rows = ImportRun.objects.filter(state=ImportState.CHOOSING, asked_at__lt=now - DAY).order_by("asked_at")
    left = [run_id for run_id in rows.values_list("pk", flat=True)[:AT_ONCE] if str(run_id) not in names]
    return int(ImportRun.objects.filter(pk__in=left, state=ImportState.CHOOSING).delete()[0])


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
