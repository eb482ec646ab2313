"""Who works on an import of street view: one process at a time; what a killed one left is gone on with by the next."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction

from cityloop.geography.choices import CoordinateSystem
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, TooLarge
from cityloop.kernel.translation import _, listed
from cityloop.media import store
from cityloop.onemap.actions import streetview as onemap
from cityloop.onemap.choices import StreetState
from cityloop.onemap.queries.streetview import WORKING, StreetRun, find_run, lost_runs
from cityloop.places.streetview.applying import apply, forget_files, undo
from cityloop.places.streetview.checking import Progress, check, nobody
from cityloop.places.streetview.reading import digest_of
from cityloop.places.streetview.sources import Source, ZipSource, closing_source

logger = logging.getLogger(__name__)

PLACE: Final = "streetview"
MOST_BYTES: Final = 2 << 30
LOST: Final = timedelta(minutes=5)
"""An import that gave no sign of life for so long was lost with its worker; one picture never takes that long."""

Clock = Callable[[], datetime]


def key_of(run_id: UUID) -> str:
    """Return under which name a zip lies in the store, until it is taken or refused."""
    return f"{PLACE}/{run_id}"


def begin_zip(
    path: Path, *, jurisdiction: str, name: str, actor_id: int | None, system: str = CoordinateSystem.WGS84, now: datetime | None = None,
    waits: bool = False,
) -> StreetRun:  # fmt: skip
    """Keep a zip of pictures; ``ask_to`` has it checked.

    Args:
        waits: Its form comes later (``call``): it is checked then, or after a day as it stands.

    Raises:
        InvalidInput: There is no such file, it is empty, or no zip; or the coordinate system is unknown.
        TooLarge: It has more than 2 GB.
        Unavailable: The store does not answer, or is full.
    """
    if not path.is_file():
        raise InvalidInput(_("There is no file “%(file)s”.") % {"file": name})
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise TooLarge(_("“%(file)s” has more than %(most)d GB. Send it in several parts.") % {"file": name, "most": 2})
    with closing_source(ZipSource(path)) as source:
        source.members()
    run = onemap.begin(
        jurisdiction, name, system=checked_system(system), actor_id=actor_id, now=now or machine_now(), size=size,
        sha256=digest_of(path), waits=waits,
    )  # fmt: skip
    store.put(key_of(run.id), path)
    return run


def begin_folder(jurisdiction: str, name: str, *, actor_id: int | None, system: str, now: datetime) -> StreetRun:
    """Write down that the pictures of a folder are to come; whoever began goes on with it, since no worker reaches the folder.

    Raises:
        InvalidInput: The coordinate system is unknown.
    """
    return onemap.begin(jurisdiction, name, system=checked_system(system), actor_id=actor_id, now=now)


def checked_system(system: str) -> str:
    """Return a coordinate system's code.

    Raises:
        InvalidInput: It is unknown.
    """
    if system not in CoordinateSystem.values:
        words = _("“%(system)s” is not a coordinate system we know. Use one of: %(known)s.")
        raise InvalidInput(
            words % {"system": system[:40], "known": listed(CoordinateSystem.values)},
            faults=[Fault("crs", _("is unknown here"), system[:80])],
        )
    return system


def ask_to(
    run: StreetRun, state: StreetState, *, actor_id: int | None, now: datetime | None = None, in_background: bool = True
) -> None:
    """Begin to apply, to undo or to check an import again; or drop it.

    Raises:
        Conflict: It stands elsewhere, or there is nothing good to apply.
        Unavailable: The store does not answer.
    """
    at = now or machine_now()
    with transaction.atomic():
        row = onemap.move(run.id, state, actor_id=actor_id, now=at)
        if state == StreetState.DROPPED:
            transaction.on_commit(lambda: _dropped(row))
        elif in_background:
            transaction.on_commit(lambda: defer(row.id))
    run.refresh_from_db()


def _dropped(run: StreetRun) -> None:
    forget_files(run)
    if run.file_sha256:
        store.delete(key_of(run.id))


def defer(run_id: UUID) -> None:
    """Have an import gone on with by the worker."""
    from cityloop.places.tasks import go_on_streetview

    go_on_streetview.defer(run_id=str(run_id))


@contextmanager
def source_of(run: StreetRun) -> Iterator[Source]:
    """Give the pictures of an import that came as a zip.

    Raises:
        InvalidInput: It is no zip that can be read.
        Unavailable: The store does not answer.
    """
    with store.work_folder() as folder:
        path = folder / "zip"
        store.fetch(key_of(run.id), path)
        with closing_source(ZipSource(path)) as source:
            yield source


def go_on(
    run_id: UUID, *, source: Source | None = None, progress: Progress = nobody, clock: Clock = machine_now
) -> StreetRun | None:
    """Do what an import waits for, unless somebody is at it; what it refuses is kept as the reason of its failure.

    Args:
        source: The pictures of a folder, which no other process reaches.

    Raises:
        CityError: What was refused.
    """
    run = find_run(run_id)
    if run is None or run.state not in WORKING:
        return run
    # One after another in a city: what one import lets go, another might just keep.
    with alone("places", f"street view {run.jurisdiction}") as is_alone:
        run.refresh_from_db()
        if not is_alone or run.state not in WORKING:
            return run
        try:
            _work(run, source, progress, clock)
        except CityError as exc:
            onemap.failed(run.id, exc.message, now=clock())
            raise
        except Exception:
            onemap.failed(run.id, _("It broke off; the log says more."), now=clock())
            raise
    run.refresh_from_db()
    return run


def _work(run: StreetRun, source: Source | None, progress: Progress, clock: Clock) -> None:
    if run.state == StreetState.UNDOING:
        undo(run, clock=clock)
        return
    if source is not None:
        _with(run, source, progress, clock)
    elif run.file_sha256:
        with source_of(run) as kept:
            _with(run, kept, progress, clock)
        if run.state == StreetState.APPLYING:
            store.delete(key_of(run.id))  # each of its pictures is kept by itself now
    else:
        raise Conflict(_("Its pictures lie in a folder: go on with “cityloop import streetview FOLDER --resume …”."))


def _with(run: StreetRun, source: Source, progress: Progress, clock: Clock) -> None:
    if run.state == StreetState.CHECKING:
        check(run, source, clock=clock, progress=progress)
    else:
        apply(run, source, clock=clock, progress=progress)


def resume_lost(*, now: datetime | None = None) -> int:
    """Have the imports gone on with whose worker is gone; return how many. Those of folders wait for their command."""
    found = lost_runs((now or machine_now()) - LOST)
    for run_id in found:
        logger.warning("street view %s gave no sign of life: it is gone on with", run_id)
        defer(run_id)
    return len(found)
