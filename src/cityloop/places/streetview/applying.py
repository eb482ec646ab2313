"""The good pictures of an import are kept and cut; when all are, they stand on the map together. And the way back."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.media import actions as media
from cityloop.media import queries as files
from cityloop.media import store
from cityloop.media.choices import Kind, State, Variant
from cityloop.onemap.actions import streetview as onemap
from cityloop.onemap.choices import StreetKind
from cityloop.onemap.queries.streetview import StreetPicture, StreetRun, digests_of, is_kept, picture, pictures_of
from cityloop.places.rules.street_pictures import Refused
from cityloop.places.streetview.checking import Progress, nobody
from cityloop.places.streetview.reading import cut, filled_up, fits, is_part, made_to_fit, see
from cityloop.places.streetview.sources import Member, Source

logger = logging.getLogger(__name__)

STREET: Final = -1
"""Whose the files of street view are: no account's, so that taking them out takes nothing from anybody who sent the same photo."""

POOL: Final = "streetview"
"""Pictures of one drive look alike, and are compared with no case's."""


def apply(run: StreetRun, source: Source, *, clock: Callable[[], datetime], progress: Progress = nobody) -> int:
    """Keep and cut the good pictures, and put them on the map at once; return how many.

    What was kept before a worker was killed is not kept again. Nothing is on the map before all is.

    Raises:
        InvalidInput: Nothing can be read of the source any more.
        Unavailable: The store does not answer, or is full; trying again goes on from there.
    """
    source.members()  # a zip reads its table
    numbers = list(pictures_of(run, bad=False).values_list("pk", flat=True))
    for done, pk in enumerate(numbers, 1):
        row = picture(pk)
        if row.file_id is None:
            with store.work_folder() as folder:
                try:
                    _keep(run, row, source, folder, clock)
                except Refused as exc:
                    onemap.left_out(row, exc.judged.reason)
        onemap.beat(run, done=done, total=len(numbers), now=clock())
        progress(done, len(numbers))
    taken = onemap.put_on_map(run.id, now=clock())
    logger.info("street view %s: %d pictures on the map", run.id, taken)
    return taken


def _keep(run: StreetRun, row: StreetPicture, source: Source, folder: Path, clock: Callable[[], datetime]) -> None:
    """Keep one picture, and cut it if it is a panorama.

    Raises:
        Refused: It changed since it was checked, cannot be decoded whole, or was erased here before.
    """
    path = _fitting(row, source, folder, clock)
    try:
        kept = media.keep(
            path, jurisdiction=run.jurisdiction, owner_id=STREET, now=clock(), pool=POOL, kinds=[Kind.PHOTO]
        ).file
    except Conflict as exc:
        raise Refused("erased") from exc
    except InvalidInput as exc:
        raise Refused("damaged") from exc
    if kept.sha256 != row.sha256 and _is_taken(run, kept.sha256):
        raise Refused("known")
    media.prepare(kept.id)
    ready = files.media_file(kept.id)
    if ready is None or ready.state != State.READY:
        raise Refused("damaged")
    squares = _squares(ready, folder) if row.facts["kind"] == StreetKind.PANO else None
    onemap.stored(row, kept.id, kept.sha256, (ready.width, ready.height), squares)


def _is_taken(run: StreetRun, sha256: str) -> bool:
    """Tell whether a picture that was made smaller on its way is one that is there already."""
    return bool(digests_of(run.jurisdiction, [sha256])) or pictures_of(run).filter(facts__stored=sha256).exists()


def _fitting(row: StreetPicture, source: Source, folder: Path, clock: Callable[[], datetime]) -> Path:
    """Return the picture as it is kept: as it came, or smaller, or with the rest of its sphere."""
    came, made = folder / "came", folder / "made"
    source.copy(Member(row.name, 0), came)
    seen = see(came, now=clock())
    if row.facts["kind"] == StreetKind.PANO and is_part(seen):
        filled_up(came, seen, made)
        return made
    if not fits(seen):
        made_to_fit(came, made)
        return made
    return came


def _squares(ready: files.MediaFile, folder: Path) -> Mapping[str, Any]:
    shown, pack = folder / "shown", folder / "squares"
    store.fetch(store.key_of(ready.jurisdiction, ready.sha256, Variant.PUBLIC), shown)
    squares = cut(shown, pack)
    if squares is None or not media.keep_squares(ready.id, pack):
        raise Refused("damaged")
    return squares.as_json()


def undo(run: StreetRun, *, clock: Callable[[], datetime]) -> None:
    """Take an import off the map, then its files out of the store; gone on with after a worker was killed.

    Raises:
        Unavailable: The store does not answer.
    """
    onemap.take_off_map(run)
    forget_files(run)
    onemap.undone(run, now=clock())
    logger.info("street view %s: taken out again", run.id)


def forget_files(run: StreetRun) -> None:
    """Let the files of an import go that stand nowhere on the map."""
    for row in pictures_of(run).filter(file_id__isnull=False).iterator(500):
        file_id: UUID | None = row.file_id
        if file_id is not None and not is_kept(run.jurisdiction, file_id):
            media.let_go(file_id, owner_id=STREET)
            onemap.let_go(row)
