"""What is done with files: keep one, prepare what people are shown of it, erase one."""

import hashlib
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connection, transaction

from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound, TooLarge, TooMany, Unavailable
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import _, how_said
from cityloop.kernel.zones import on_the_wall
from cityloop.media import models, queries, reading, store
from cityloop.media.choices import Kind, State, Variant
from cityloop.media.queries import Alike, MediaFile, file_of, find_alike, signed
from cityloop.media.reading.seen import Seen, refuse_size
from cityloop.media.rules.formats import MB, MOST_BYTES
from cityloop.media.rules.looks import bands_of

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
MOST_A_DAY = 4 * 1024 * MB
"""Bytes that one person may send in 24 hours: a collector's day has some hundred photos and a few videos."""

LATE = timedelta(minutes=5)
"""A file that has waited this long has lost its job: the worker that had it was killed."""

AGAIN = timedelta(hours=1)
"""By then nobody makes copies of a file any more that was erased meanwhile."""

REASON_CHARACTERS = 300


class Reader(Protocol):
    """What bytes are read from: an open file, an upload, a request."""

    def read(self, length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept.

    Args:
        file: Kept when whoever sends it now sent it first; when others did is theirs to know.
        is_new: False where they had sent the same content before. Sent by several it is one file, and each owns it.
        alike: An earlier photo that looks like this one; ``file.alike`` says so ever after.
    """

    file: MediaFile
    is_new: bool
    alike: Alike | None


@dataclass(frozen=True, slots=True)
class Received:
    path: Path
    sha256: str
    bytes: int


def keep(
    source: Reader | Path,
    *,
    jurisdiction: str,
    owner_id: int,
    now: datetime,
    pool: str = "",
    kinds: Collection[Kind] = tuple(Kind),
) -> Kept:
    """Store a file privately as it was sent, and say what is in it. Twice is once: the same content is one file of a city.

    The original is on disk, or in the object store, before the row that names it is committed; what people are shown of it
    is made in the background.

    Args:
        source: A file's path, or whatever can be read.
        owner_id: Who sent it.
        now: The machine's time.
        pool: Name of a set of pictures that are used again on purpose (a demo's): none of them is compared with any other.
        kinds: Those that are taken.
    Raises:
        InvalidInput: It is of none of ``kinds``, is damaged, or too large in pixels or seconds.
        Conflict: This very content was erased here: it does not come back.
        TooLarge: It has too many bytes.
        Unavailable: The store does not answer, or is full.
    """
    with store.work_folder() as folder:
        received = _receive(source, folder)
        if known := _kept_again(received, jurisdiction, owner_id, now, pool, kinds):
            return known
        seen = reading.look(received.path, now=now, kinds=kinds)
        refuse_size(seen.format, received.bytes)
        # Also where it lies there without a row, left by a killed process: stored anew it is young, and is not swept away.
        store.put(store.key_of(jurisdiction, received.sha256, Variant.ORIGINAL), received.path)
        return _record(received, seen, jurisdiction, owner_id, now, pool)


def _receive(source: Reader | Path, folder: Path) -> Received:
    """Write what comes into ``folder``, counting and hashing.

    Raises:
        TooLarge: There is more than any kind of file may have; the rest is not read.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return _receive(file, folder)
    digest, count = hashlib.sha256(), 0
    path = folder / "received"
    with store.answering():
        target = path.open("wb")
    with target:
        while block := source.read(store.BLOCK):
            count += len(block)
            if count > MOST_BYTES:
                raise TooLarge(
                    _("The file has more than %(most)d MB. Send a smaller one.") % {"most": MOST_BYTES // MB},
                    faults=[Fault("file", _("is too large"))],
                )
            digest.update(block)
            with store.answering():  # not around the reading: a sender who hangs up is no fault of the store
                target.write(block)
                target.flush()
    return Received(path, digest.hexdigest(), count)


@transaction.atomic
def _kept_again(
    received: Received, jurisdiction: str, owner_id: int, now: datetime, pool: str, kinds: Collection[Kind]
) -> Kept | None:
    """Return what is kept already; None where it is not, or is of no kind that is taken: looking at it says why."""
    row = models.File.objects.filter(jurisdiction=jurisdiction, sha256=received.sha256).first()
    return _own(row, owner_id, now, pool) if row and row.kind in kinds else None


@transaction.atomic
def _record(received: Received, seen: Seen, jurisdiction: str, owner_id: int, now: datetime, pool: str) -> Kept:
    """Write the row, unless somebody was faster with the same content, and have the copies made."""
    comparable = seen.looks is not None and not pool
    alike = find_alike(jurisdiction, received.sha256, seen.looks) if comparable and seen.looks is not None else None
    facts = {
        "pool": pool,
        "kind": seen.format.kind,
        "format": seen.format.code,
        "bytes": received.bytes,
        "width": seen.width,
        "height": seen.height,
        "seconds": seen.seconds,
        "lon": seen.origin.lon,
        "lat": seen.origin.lat,
        "taken": seen.origin.taken.isoformat() if seen.origin.taken else "",
        "looks": None if seen.looks is None else signed(seen.looks),
        "bands": None if seen.looks is None else bands_of(seen.looks),
        "alike_id": alike.id if alike else None,
        "alike_distance": alike.distance if alike else None,
        "kept_at": now,
    }
    row, is_new = models.File.objects.get_or_create(jurisdiction=jurisdiction, sha256=received.sha256, defaults=facts)
    if not is_new:
        if row.state == State.ERASED:  # between our looking for it and this: what we have just stored must go again
            _remove_all(row)
        return _own(row, owner_id, now, pool)
    models.Keeping.objects.create(file=row, owner_id=owner_id, at=now)
    defer(row.pk)
    logger.info("file %s kept: %s of %d bytes", row.pk, row.format, row.bytes)
    return Kept(file_of(row), is_new=True, alike=alike)


def _own(row: models.File, owner_id: int, now: datetime, pool: str) -> Kept:
    """Note that ``owner_id`` has sent it too. Sent outside a pool, it is compared from now on.

    Raises:
        Conflict: It was erased.
    """
    if row.erased_at is not None:
        raise Conflict(
            _("This very file was erased here on %(day)s: %(why)s. Send another one, without what had to go.")
            % {"day": f"{on_the_wall(row.erased_at, row.jurisdiction):%Y-%m-%d}", "why": row.why}
        )
    keeping, is_first = models.Keeping.objects.get_or_create(file=row, owner_id=owner_id, defaults={"at": now})
    if not is_first and owner_id == queries.NOBODY:
        keeping.at = now  # another nobody: what was sent just now is not swept away as yesterday's
        keeping.save(update_fields=["at"])
    if row.pool and not pool:
        row.pool = ""
        row.save(update_fields=["pool"])
    file = file_of(row, kept_at=keeping.at)
    return Kept(file, is_new=is_first, alike=file.alike)


def refuse_over_quota(owner_id: int, coming: int, *, now: datetime) -> None:
    """Refuse ``coming`` more bytes of somebody who has sent a day's worth.

    Raises:
        TooMany: With them it would be more than one person may send in 24 hours.
    """
    if queries.bytes_sent(owner_id, since=now - DAY) + coming > MOST_A_DAY:
        raise TooMany(
            _("You have sent %(most)d MB of files within a day; more are not taken from one account. Go on tomorrow.")
            % {"most": MOST_A_DAY // MB},
            retry_after_seconds=3600,
        )


def let_go(file_id: UUID, *, owner_id: int = queries.NOBODY) -> bool:
    """Forget that ``owner_id`` has sent a file; where nobody else has, forget the file. Return whether it is gone.

    For what was sent and never used: its caller knows that nothing names it. Unlike an erased file it may come again.
    """
    with transaction.atomic():
        row = models.File.objects.select_for_update().filter(pk=file_id, erased_at=None).first()
        if row is None:
            return False
        models.Keeping.objects.filter(file=row, owner_id=owner_id).delete()
        if models.Keeping.objects.filter(file=row).exists():
            return False
        row.delete()
        transaction.on_commit(lambda: _remove_unkept(row))
    logger.info("file %s let go: sent, and never used", file_id)
    return True


def _remove_unkept(row: models.File) -> None:
    """Take the bytes of a row that is gone out of the store, unless the same content has come again meanwhile."""
    if models.File.objects.filter(jurisdiction=row.jurisdiction, sha256=row.sha256).exists():
        return
    try:
        _remove_all(row)
    except Unavailable:
        logger.warning("file %s: the store does not answer; strays are removed within a day", row.sha256[:12])


def prepare(file_id: UUID) -> None:
    """Make what people are shown of a file: a copy without metadata, smaller pictures, a still of a video.

    May run twice, even at the same time: the names in the store are those of the content, and only a waiting file becomes
    ready or broken.

    Raises:
        Unavailable: The store does not answer, or is full; trying again can help.
    """
    row = models.File.objects.filter(pk=file_id, state=State.WAITING).first()
    if row is None:
        return
    with store.work_folder() as folder:
        store.fetch(store.key_of(row.jurisdiction, row.sha256, Variant.ORIGINAL), folder / "received")
        try:
            made = reading.copies(folder / "received", row.format, folder)
        except InvalidInput as exc:
            _settle(row, state=State.BROKEN, **_broken_since(exc.message))
            return
        variants = {}
        for one in made:
            store.put(store.key_of(row.jurisdiction, row.sha256, one.variant), one.path)
            variants[one.variant.value] = {
                "type": one.type, "bytes": one.path.stat().st_size, "width": one.width, "height": one.height,
            }  # fmt: skip
    _settle(row, state=State.READY, variants=variants)


def keep_squares(file_id: UUID, path: Path) -> bool:
    """Keep beside a photo that is ready its copy in squares, which whoever made it can read; False where it is not ready.

    It goes with the file, whenever that is erased or let go. May run twice.

    Raises:
        Unavailable: The store does not answer, or is full.
    """
    row = models.File.objects.filter(pk=file_id, state=State.READY).first()
    if row is None:
        return False
    store.put(store.key_of(row.jurisdiction, row.sha256, Variant.SQUARES), path)
    facts = {"type": "application/octet-stream", "bytes": path.stat().st_size, "width": 0, "height": 0}
    with transaction.atomic():
        locked = models.File.objects.select_for_update().filter(pk=file_id, state=State.READY).first()
        if locked is not None:
            locked.variants |= {Variant.SQUARES.value: facts}
            locked.save(update_fields=["variants"])
            return True
    _remove_all(row)  # it was erased meanwhile
    return False


def _settle(row: models.File, *, state: State, **facts: object) -> None:
    if models.File.objects.filter(pk=row.pk, state=State.WAITING).update(state=state, **facts):
        logger.info("file %s: %s", row.pk, state)
    elif models.File.objects.filter(pk=row.pk, state=State.ERASED).exists():
        _remove_all(row)  # it was erased while its copies were made


def _broken_since(words: str) -> dict[str, Any]:
    return {"why": words[:300], "why_said": how_said(words)}


def erase(file_id: UUID, *, by_id: int, reason: str, now: datetime) -> MediaFile:
    """Erase a file for good: a face or a number plate that must go.

    From here on nothing of it is shown. Its bytes and all its copies leave the store at once or, where that does not answer,
    by the worker as soon as it does. The row keeps its digest, who erased it, when and why; whatever names the digest stays
    as it is. Where the same content was sent to another city too, it is a file of its own there.

    Args:
        by_id: Who erases; the face has asked whether they may.
        reason: At most 300 characters.
        now: The machine's time.
    Raises:
        InvalidInput: There is no reason, or too long a one.
        NotFound: There is no such file.
        Conflict: It was erased before.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_CHARACTERS:
        raise InvalidInput(
            _("Say why it is erased, in at most %(most)d characters.") % {"most": REASON_CHARACTERS},
            faults=[Fault("reason", _("is missing") if not reason else _("is too long"))],
        )
    with transaction.atomic():
        row = models.File.objects.select_for_update().filter(pk=file_id).first()
        if row is None:
            raise NotFound(_("There is no such file."))
        if row.state == State.ERASED:
            raise Conflict(_("This file was erased before."))
        row.state, row.why, row.why_said, row.variants = State.ERASED, reason, None, {}
        row.erased_at, row.erased_by = now, by_id
        row.lon = row.lat = row.looks = row.bands = row.alike_id = row.alike_distance = None
        row.taken = ""
        row.save()
        defer_removal(file_id)
        transaction.on_commit(lambda: _remove_now(file_id, now))
    logger.info("file %s erased by %s", file_id, by_id)
    return file_of(row)


GONE = """
-- Files that were erased before they came here.
INSERT INTO media_file (id, jurisdiction, sha256, pool, kind, format, bytes, width, height, seconds, taken, state, why, variants,
    kept_at, erased_at, erased_by, gone_at)
SELECT id, %(city)s, sha256, %(pool)s, %(kind)s, %(format)s, 0, 0, 0, 0, '', 'erased', %(why)s, '{}', kept_at, erased_at, %(by)s, erased_at
FROM unnest(%(ids)s::uuid[], %(digests)s::text[], %(kept)s::timestamptz[], %(erased)s::timestamptz[])
    AS given (id, sha256, kept_at, erased_at)
ON CONFLICT (jurisdiction, sha256) DO NOTHING
"""
GONE_AT_ONCE = 5000


class GoneFile(NamedTuple):
    """A photo that was erased before it came here: its digest, since when it was kept, when it was erased."""

    sha256: str
    kept_at: datetime
    erased_at: datetime


def remember_gone(files: Iterable[GoneFile], *, jurisdiction: str, by_id: int, why: str, pool: str = "") -> int:
    """Write down photos that another system had kept and erased: whatever names them says why there is nothing to see.

    What is here already stays as it is. Return how many were given.
    """
    given = list(files)
    for first in range(0, len(given), GONE_AT_ONCE):
        some = given[first : first + GONE_AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(
                GONE,
                {
                    "city": jurisdiction,
                    "by": by_id,
                    "why": why,
                    "pool": pool,
                    "kind": Kind.PHOTO,
                    "format": "jpeg",
                    "ids": [uuid7() for _one in some],
                    "digests": [one.sha256 for one in some],
                    "kept": [one.kept_at for one in some],
                    "erased": [one.erased_at for one in some],
                },
            )
    return len(given)


def _remove_now(file_id: UUID, now: datetime) -> None:
    try:
        remove(file_id, now=now)
    except Unavailable:
        logger.warning("file %s: the store does not answer; the worker removes it", file_id)


def remove(file_id: UUID, *, now: datetime) -> None:
    """Take an erased file's bytes and copies out of the store; may run twice.

    Raises:
        Unavailable: The store does not answer; trying again can help.
    """
    row = models.File.objects.filter(pk=file_id, state=State.ERASED).first()
    if row is not None:
        _remove_all(row)
        models.File.objects.filter(pk=file_id, gone_at=None).update(gone_at=now)


def _remove_all(row: models.File) -> None:
    for variant in Variant:
        store.delete(store.key_of(row.jurisdiction, row.sha256, variant))


def catch_up(*, now: datetime) -> int:
    """Do what is left of files whose job was lost with a worker that was killed; return how many they were.

    Raises:
        Unavailable: The store does not answer.
    """
    late = list(models.File.objects.filter(state=State.WAITING, kept_at__lt=now - LATE).order_by("kept_at")[:200])
    for row in late:
        if row.kept_at < now - DAY and not store.has(store.key_of(row.jurisdiction, row.sha256, Variant.ORIGINAL)):
            # Not at once: a disk that is not mounted looks the same. Nor never: it would stand before all that come after it.
            logger.error("file %s: its original is not in the store", row.pk)
            _settle(row, state=State.BROKEN, **_broken_since(_("The original is no longer in the store.")))
        else:
            defer(row.pk)
    stay = models.File.objects.filter(state=State.ERASED, gone_at=None, erased_at__lt=now - LATE).order_by("erased_at")
    to_remove = list(stay[:200].values_list("pk", flat=True))
    for file_id in to_remove:
        defer_removal(file_id)
    return len(late) + len(to_remove)


def defer(file_id: UUID) -> None:
    """Have ``prepare`` run in the worker once this transaction is committed; one waiting job for a file is enough."""
    from cityloop.media.tasks import prepare_file

    _defer_once(prepare_file, file_id)


def defer_removal(file_id: UUID) -> None:
    """Have ``remove`` run in the worker once this transaction is committed, and once more ``AGAIN`` later.

    A worker that was making copies meanwhile takes them out itself, unless it is killed before that.
    """
    from cityloop.media.tasks import remove_file

    _defer_once(remove_file, file_id)
    _defer_once(remove_file, file_id, after=AGAIN)


def _defer_once(task: Any, file_id: UUID, *, after: timedelta = timedelta()) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    try:
        with transaction.atomic():  # the refusal of a second job must not spoil the caller's transaction
            when = {"seconds": int(after.total_seconds())} if after else None
            task.configure(queueing_lock=f"{task.name} {file_id} {after}", schedule_in=when).defer(file_id=str(file_id))
    except AlreadyEnqueued:
        logger.debug("file %s has its job already", file_id)
