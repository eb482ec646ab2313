"""Where files lie: a folder of this machine or an S3-compatible store, both through Django's storages.

A file is named by its content, so it is written once and never changed; writing it twice gives the same bytes.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File as DjangoFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from typing_extensions import override

from cityloop.kernel.disk import sync_folder
from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _
from cityloop.media.rules.ranges import Part

BLOCK = 256 * 1024


class FolderStorage(FileSystemStorage):
    """A local folder. A file appears under its name whole and on disk, or not at all."""

    @override
    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{uuid4().hex}")
        try:
            with beside.open("xb") as file:
                for block in content.chunks(BLOCK):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(target.parent)
        return name


def key_of(jurisdiction: str, sha256: str, variant: str) -> str:
    """Return the name in the store. The first two digits spread a city's files over 256 folders."""
    return f"{jurisdiction}/{sha256[:2]}/{sha256}/{variant}"


def put(key: str, path: Path) -> None:
    """Store the file at ``path`` under ``key``.

    Raises:
        Unavailable: The store does not answer, or is full.
    """
    with answering(), path.open("rb") as file:
        _storage().save(key, DjangoFile(file))


def has(key: str) -> bool:
    """Return whether ``key`` is stored.

    Raises:
        Unavailable: As for ``put``.
    """
    with answering():
        return _storage().exists(key)


def listed(place: str) -> tuple[list[str], list[str]]:
    """Return the names of folders and of keys right in ``place``; none where it is not there.

    Raises:
        Unavailable: As for ``put``.
    """
    with answering():
        try:
            return _storage().listdir(place)
        except FileNotFoundError:  # a folder's word; an object store has nothing under it then
            return [], []


def stored_at(key: str) -> datetime:
    """Return when ``key`` was stored last.

    Raises:
        Unavailable: As for ``fetch``.
    """
    with answering():
        return _storage().get_modified_time(key)


def fetch(key: str, target: Path) -> None:
    """Copy what is stored under ``key`` to ``target``.

    Raises:
        Unavailable: As for ``put``; also where it is not there any more.
    """
    with answering(), _storage().open(key) as stored, target.open("wb") as file:
        shutil.copyfileobj(stored, file, BLOCK)


def place(key: str) -> Path | None:
    """Return where on this machine ``key`` lies, to be read in place; None where an object store keeps it.

    Raises:
        Unavailable: It is not there any more.
    """
    storage = _storage()
    if not isinstance(storage, FileSystemStorage):
        return None
    path = Path(storage.path(key))
    if not path.is_file():
        raise Unavailable(
            _("The store of files does not answer, or is full. Try again in a moment."), retry_after_seconds=10
        )
    return path


def delete(key: str) -> None:
    """Take ``key`` out of the store; what is not there is as good as taken out.

    Raises:
        Unavailable: As for ``put``.
    """
    with answering():
        _storage().delete(key)


def blocks(key: str, part: Part) -> Iterator[bytes]:
    """Return ``part`` of what is stored under ``key``, block by block, with a ``close`` where it holds something open.

    The first block is read now, so that a refusal is still possible.

    Raises:
        Unavailable: As for ``fetch``.
    """
    with answering():
        source, close = _open_part(key, part)
        try:
            first = source.read(min(BLOCK, part.length))
        except BaseException:
            close()
            raise
    if part.length <= BLOCK:
        close()
        return iter([first])
    return Blocks(first, source, close, part.length)


class Blocks(Iterator[bytes]):
    """Blocks of something open. Not a generator: one that was never begun would not close what it holds."""

    def __init__(self, first: bytes, source: IO[bytes], close: Callable[[], None], length: int) -> None:
        self.next = first
        self.source = source
        self.close = close
        self.left = length - len(first)

    @override
    def __next__(self) -> bytes:
        if not self.next:
            self.close()
            raise StopIteration
        block, self.next = self.next, self.source.read(min(BLOCK, self.left))
        self.left -= len(self.next)
        return block


def digest(key: str) -> tuple[str, int] | None:
    """Return the SHA-256 of what is stored under ``key`` and how many bytes it has; None where nothing is.

    Raises:
        Unavailable: As for ``put``.
    """
    told, count = hashlib.sha256(), 0
    with answering():
        if not _storage().exists(key):
            return None
        source, close = _open_part(key, None)
        try:
            while block := source.read(BLOCK):
                told.update(block)
                count += len(block)
        finally:
            close()
    return told.hexdigest(), count


def _open_part(key: str, part: Part | None) -> tuple[IO[bytes], Callable[[], None]]:
    """Open what is stored under ``key`` where ``part`` begins; None for the whole."""
    storage: Any = _storage()
    if hasattr(storage, "bucket"):  # an object store is asked for the part alone; storages would fetch it all
        wanted = {"Range": f"bytes={part.first}-{part.last}"} if part else {}
        body = storage.bucket.Object(storage.full_key(key)).get(**wanted)["Body"]
        return body, body.close
    file = storage.open(key)
    file.seek(part.first if part else 0)
    return file, file.close


def work_place() -> Path:
    """Return where files lie while they are worked on; what a killed process leaves there is swept (``strays``)."""
    return Path(settings.DATA) / "media-work"


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """Return a folder for files under way, gone afterwards. It lies in the data folder, not in a /tmp that may be memory.

    Raises:
        Unavailable: Nothing can be written there.
    """
    place = work_place()
    with answering():
        place.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(dir=place, ignore_cleanup_errors=True)
    with folder as name:
        yield Path(name)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn whatever a disk or an object store fails with into a refusal that says to try again."""
    try:
        yield
    except Exception as exc:
        if not isinstance(exc, OSError) and not type(exc).__module__.startswith(("botocore", "boto3", "urllib3")):
            raise
        message = _("The store of files does not answer, or is full. Try again in a moment.")
        raise Unavailable(message, retry_after_seconds=10) from exc


def _storage() -> Storage:
    return storages["default"]
