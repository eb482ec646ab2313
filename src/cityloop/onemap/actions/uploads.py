"""Files that have come for a ground map, until a form says what they are."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from cityloop.kernel.clock import machine_now
from cityloop.onemap import files
from cityloop.onemap.hashing import digest_of
from cityloop.onemap.models import Basemap, GroundUpload, Raster

UNUSED_AFTER = timedelta(days=1)


def keep_upload(path: Path, jurisdiction: str, owner: int, *, now: datetime | None = None) -> GroundUpload:
    """Keep a file that has come; the row stands before the bytes do."""
    row = GroundUpload.objects.create(
        jurisdiction=jurisdiction,
        owner=owner,
        sha256=digest_of(path),
        bytes=path.stat().st_size,
        came_at=now or machine_now(),
    )
    files.store().put(files.key_of(row.id), path)
    return row


def take_upload(upload: GroundUpload) -> None:
    """Have a file be part of what was made of it, under its id."""
    upload.delete()


def drop_upload(upload_id: UUID) -> None:
    """Throw away a file that nothing came of."""
    GroundUpload.objects.filter(pk=upload_id).delete()
    files.store().delete(files.key_of(upload_id))


def forget_uploads(*, now: datetime | None = None) -> int:
    """Throw away files that came a day ago and are part of nothing; return how many."""
    old = GroundUpload.objects.filter(came_at__lt=(now or machine_now()) - UNUSED_AFTER)
    # A process that died between making something of a file and taking it left both.
    used = [
        set(model.objects.filter(pk__in=old.values("id")).values_list("id", flat=True)) for model in (Raster, Basemap)
    ]
    GroundUpload.objects.filter(pk__in=set().union(*used)).delete()
    found = list(old.values_list("id", flat=True))
    for upload_id in found:
        drop_upload(upload_id)
    return len(found)
