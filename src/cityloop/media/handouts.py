"""Files made for one person for a while: a workbook, a report. They are no evidence, and known by no content.

Whoever asked for one fetches it, nobody else, until it expires; then the worker takes it out of the store. It lies in the same store as
all files, so that any machine hands out what another has made; a backup leaves it aside.
"""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound, Unavailable
from cityloop.kernel.translation import _
from cityloop.media import models, store
from cityloop.media.rules.ranges import Part

logger = logging.getLogger(__name__)

PLACE = "handouts"
"""Where they lie in the store; all other files lie under the code of their city."""

AT_ONCE = 500
"""Handouts that one run of the worker takes out."""


@dataclass(frozen=True, slots=True)
class Handout:
    """A file that is whole and may be fetched."""

    id: UUID
    type: str
    bytes: int


@contextlib.contextmanager
def handing_out(id: UUID, *, owner_id: int, type: str, expires_at: datetime) -> Iterator[Path]:  # noqa: A002
    """Give a path to write a file to; it is stored when the block ends without an error, and there is nothing if it does not.

    The row stands before the bytes do, so that what a killed process leaves is found when it expires.

    Args:
        id: Under which it is fetched.
        owner_id: Who alone may fetch it.
        type: Its media type.
        expires_at: By the machine's clock.
    Raises:
        Unavailable: The store does not answer, or is full.
    """
    models.Handout.objects.create(id=id, owner_id=owner_id, type=type, expires_at=expires_at)
    with store.work_folder() as folder:
        path = folder / "made"
        yield path
        count = path.stat().st_size
        store.put(key_of(id), path)
    if not models.Handout.objects.filter(pk=id).update(bytes=count):  # it expired while it was made
        store.delete(key_of(id))


def handout(id: UUID, owner_id: int, *, now: datetime | None = None) -> Handout:  # noqa: A002
    """Return what was made for ``owner_id``.

    Raises:
        NotFound: There is none of theirs, it is not whole, or it has expired.
    """
    rows = models.Handout.objects.filter(pk=id, owner_id=owner_id, bytes__gt=0, expires_at__gt=now or machine_now())
    row = rows.first()
    if row is None or row.bytes is None:
        raise NotFound(_("There is no such file for you, or its time is over. Have it made again."))
    return Handout(row.id, row.type, row.bytes)


def content_of(one: Handout) -> Iterator[bytes]:
    """Return the bytes of a file, block by block.

    Raises:
        NotFound: It is not in the store: this database was restored from a backup.
        Unavailable: The store does not answer.
    """
    try:
        return store.blocks(key_of(one.id), Part(0, one.bytes - 1))
    except Unavailable:
        if store.has(key_of(one.id)):
            raise
        raise NotFound(_("There is no such file for you, or its time is over. Have it made again.")) from None


def erase_expired(*, now: datetime) -> int:
    """Take what has expired out of the store; return how many. What cannot be taken out keeps its row and is tried again.

    Raises:
        Unavailable: The store does not answer.
    """
    expired = models.Handout.objects.filter(expires_at__lte=now).order_by("expires_at", "id")
    ids = list(expired.values_list("pk", flat=True)[:AT_ONCE])
    for one in ids:
        store.delete(key_of(one))
        models.Handout.objects.filter(pk=one).delete()
    if ids:
        logger.info("%d handouts expired", len(ids))
    return len(ids)


def key_of(id: UUID) -> str:  # noqa: A002
    """Return the name in the store."""
    return f"{PLACE}/{id}"
