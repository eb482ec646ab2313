"""The file of an import: kept in the store of files under the import's id, until the import is refused."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportFault, ImportRun, StagedRow
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, TooLarge
from cityloop.kernel.translation import _
from cityloop.media import store

PLACE = "imports"
MOST_BYTES = 2 << 30
BLOCK = 1 << 20


def key_of(run_id: UUID) -> str:
    """Return under which name the file lies in the store."""
    return f"{PLACE}/{run_id}"


def begin(path: Path, *, jurisdiction: str, name: str, actor_id: int | None, now: datetime | None = None) -> ImportRun:
    """Keep a file that is to be imported; the row stands before the bytes do.

    Raises:
        InvalidInput: There is no such file, or it is empty.
        TooLarge: It has more than ``MOST_BYTES``.
        Unavailable: The store does not answer, or is full.
    """
    if not path.is_file():
        raise InvalidInput(_("There is no file “%(file)s”.") % {"file": name})
    size = path.stat().st_size
    if not size:
        raise InvalidInput(_("“%(file)s” is empty. Export it again.") % {"file": name})
    if size > MOST_BYTES:
        raise TooLarge(
            _("“%(file)s” has more than %(most)d GB. Send its layers one by one.") % {"file": name, "most": 2}
        )
    run = ImportRun.objects.create(
        jurisdiction=jurisdiction,
        asked_at=now or machine_now(),
        asked_by=actor_id,
        file_name=name[:255],
        file_bytes=size,
        file_sha256=_digest(path),
    )
    store.put(key_of(run.id), path)
    return run


def _digest(path: Path) -> str:
    told = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            told.update(block)
    return told.hexdigest()


@contextmanager
def file_of(run: ImportRun) -> Iterator[Path]:
    """Give the file of an import as a path, gone afterwards.

    Raises:
        Unavailable: The store does not answer.
    """
    with store.work_folder() as folder:
        path = folder / "file"
        store.fetch(key_of(run.id), path)
        yield path


def drop(run: ImportRun, *, now: datetime | None = None) -> None:
    """Refuse an import that is not applied: its rows and its file go, what was found stays to be read.

    Raises:
        Conflict: It is applied, or somebody works on it.
    """
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state not in {ImportState.CHOOSING, ImportState.CHECKED, ImportState.FAILED}:
            raise Conflict(
                _("This import is “%(state)s”: it cannot be refused now.") % {"state": row.get_state_display()}
            )
        forget_rows(row)
        ImportRun.objects.filter(pk=row.pk).update(state=ImportState.DROPPED, finished_at=now or machine_now())
        transaction.on_commit(lambda: store.delete(key_of(row.id)))


def reopen(run: ImportRun) -> None:
    """Let an import that was checked be set up anew; what was found is forgotten.

    Raises:
        Conflict: It is applied, or somebody works on it.
    """
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state not in {ImportState.CHECKED, ImportState.FAILED}:
            raise Conflict(
                _("This import is “%(state)s”: it cannot be set up anew.") % {"state": row.get_state_display()}
            )
        forget_all(row)
        ImportRun.objects.filter(pk=row.pk).update(state=ImportState.CHOOSING, counts={}, rows_read=0)


def forget_rows(run: ImportRun) -> None:
    """Take the staged rows of an import away."""
    StagedRow.objects.filter(run_id=run.id).delete()


def forget_all(run: ImportRun) -> None:
    """Take the staged rows and all that was found away: it is checked anew."""
    forget_rows(run)
    ImportFault.objects.filter(run=run).delete()
