"""What a backup looks like: one ZIP file that any machine can open, whose parts say by their digests that they are whole.

::

    database.dump     pg_dump, custom format
    media.tar         the files of the local store, as they lie there, folder by folder
    media.sha256      a line for each of them in the same order, as sha256sum writes it
    secret            signs sessions and links, where the data folder keeps it
    manifest.json     what it is, how much it holds, the SHA-256 of each part

Nothing is compressed here: the dump and the photos are so already, and what is stored plainly is read at the disk's speed.
The files are one part, however many they are: of each part a ZIP file's reader and its writer hold the name in memory, and a
city has millions. Format 1 had a part for each (``media/…``); such backups are read still.
"""

import errno
import fcntl
import hashlib
import os
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cityloop.kernel.disk import sync_folder
from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.kernel.translation import _

FORMAT, A_PART_FOR_EACH_FILE = 2, 1
DATABASE, FILES, LIST, SECRET, MANIFEST = "database.dump", "media.tar", "media.sha256", "secret", "manifest.json"
MEDIA = "media/"
BLOCK = 1 << 20
LONGEST_MANIFEST = 1 << 20
PER_FILE = 3 * tarfile.BLOCKSIZE
"""Bytes that a file takes beside its own, at most: what stands before it, what fills its last block up, its lines in the list."""

LISTED = re.compile(r"([0-9a-f]{64})  (media/.+)")


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself.

    ``media`` is "folder" (its files are in here), "elsewhere" (an object store keeps them) or "left_out".
    ``database_bytes`` is what the database took on its disk, indexes included. ``heads`` is the digest over the last
    hashes of all cases.
    """

    model_config = ConfigDict(frozen=True)
    format: int
    made_at: datetime
    cityloop: str
    postgresql: int
    migrations: dict[str, list[str]]
    cases: int
    events: int
    heads: str
    database_bytes: int
    media: Literal["folder", "elsewhere", "left_out"]
    media_files: int
    media_bytes: int
    parts: dict[str, Part]


def order(name: str) -> tuple[tuple[bool, str], ...]:
    """Return a key that sorts files as ``os.walk`` comes by them: in each folder its files, then its folders."""
    *folders, file = name.split("/")
    return (*((True, folder) for folder in folders), (False, file))


class Writer:
    """Writes a backup part by part, the manifest last. What it holds in memory does not grow with the number of files.

    Args:
        folder: Where the list of files waits for its turn.
    """

    def __init__(self, file: IO[bytes], made_at: datetime, folder: Path) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self.made_at = made_at.astimezone(UTC)
        self.parts: dict[str, Part] = {}
        self.files = self.file_bytes = 0
        self.list: IO[bytes] = TemporaryFile(dir=folder)  # noqa: SIM115 # close() closes it

    def add(self, name: str, source: IO[bytes]) -> Part:
        """Write what ``source`` holds as a part of its own."""
        with self.zip.open(self._entry(name), "w", force_zip64=True) as entry:
            self.parts[name] = part = _part(source, entry)
        return part

    def add_files(self, files: Iterable[tuple[str, IO[bytes]]]) -> None:
        """Write the files of the media store, each with its name within it, in their ``order``. No other part is under way."""
        with self.zip.open(self._entry(FILES), "w", force_zip64=True) as entry:
            for name, source in files:
                self._add_file(entry, name, source)
            entry.write(bytes(2 * tarfile.BLOCKSIZE))
        self.list.seek(0)
        self.add(LIST, self.list)

    def _add_file(self, entry: IO[bytes], name: str, source: IO[bytes]) -> None:
        # Header by header: a TarFile would remember each of them.
        header = tarfile.TarInfo(f"{MEDIA}{name}")
        header.mode, header.mtime = 0o600, int(self.made_at.timestamp())
        header.size = source.seek(0, os.SEEK_END)
        source.seek(0)
        entry.write(header.tobuf())
        part = _part(source, entry)
        if part.bytes != header.size:
            raise OSError(errno.EIO, _("%(name)s changed while it was read") % {"name": name})
        entry.write(bytes(-part.bytes % tarfile.BLOCKSIZE))
        self.list.write(f"{part.sha256}  {MEDIA}{name}\n".encode())
        self.files += 1
        self.file_bytes += part.bytes

    def finish(self, **facts: Any) -> Manifest:
        manifest = Manifest(
            format=FORMAT,
            made_at=self.made_at,
            media_files=self.files,
            media_bytes=self.file_bytes,
            parts=self.parts,
            **facts,
        )
        self.zip.writestr(self._entry(MANIFEST), manifest.model_dump_json(indent=2))
        return manifest

    def close(self) -> None:
        """Let go of what is open; a backup without a manifest is none."""
        self.list.close()
        self.zip.close()

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self.made_at.timetuple()[:6])
        entry.external_attr = 0o600 << 16  # it holds what people said in confidence
        return entry


def _part(source: IO[bytes], target: IO[bytes]) -> Part:
    digest, length = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        target.write(block)
        digest.update(block)
        length += len(block)
    return Part(bytes=length, sha256=digest.hexdigest())


@contextmanager
def written(path: Path, made_at: datetime) -> Iterator[Writer]:
    """Give a writer for the backup at ``path``, which appears there whole and on disk, or not at all.

    Raises:
        Conflict: Something lies there already.
        OSError: As the disk says.
    """
    if path.exists():
        raise Conflict(_("%(path)s is there already. Give the backup another name.") % {"path": path})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(path.parent)
    draft = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            writer = Writer(file, made_at, path.parent)
            try:
                yield writer
            finally:
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in ``folder``: a half backup whose writer no longer holds it."""
    for draft in folder.glob(".*.part"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


class Reader:
    """Reads a backup. What is not as its manifest says is refused with ``InvalidInput``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
            entry = self.zip.getinfo(MANIFEST)
            if entry.file_size > LONGEST_MANIFEST:
                raise self.broken(MANIFEST)
            text = self.zip.read(entry)
        except FileNotFoundError:
            raise InvalidInput(_("There is no file %(path)s.") % {"path": path}) from None
        except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, EOFError) as exc:
            words = _("%(path)s is no backup of CityLoop, or only half of one.")
            raise InvalidInput(words % {"path": path}) from exc
        try:
            self.manifest = Manifest.model_validate_json(text)
        except ValidationError as exc:
            raise self.broken(MANIFEST) from exc
        if self.manifest.format > FORMAT:
            words = _("%(path)s was made by CityLoop %(version)s, which is newer. Install that version or a later one.")
            raise InvalidInput(words % {"path": path, "version": self.manifest.cityloop})

    def close(self) -> None:
        self.zip.close()

    def broken(self, part: str) -> InvalidInput:
        words = _("%(path)s is damaged: %(part)s is not what it was when the backup was made. Take another backup.")
        return InvalidInput(words % {"path": self.path, "part": part})

    def check(self) -> None:
        """Read everything once and compare it with the manifest."""
        if DATABASE not in self.manifest.parts or (LIST in self.manifest.parts) is not (
            self.manifest.media == "folder"
        ):
            raise self.broken(MANIFEST)
        for name, part in self.manifest.parts.items():
            self._check(name, part.sha256)
        files = 0
        for name, digest, blocks in self.files():
            if copied(blocks) != digest:
                raise self.broken(f"{MEDIA}{name}")
            files += 1
        if files != self.manifest.media_files:
            raise self.broken(LIST)

    def files(self) -> Iterator[tuple[str, str, Iterator[bytes]]]:
        """Yield of each file its name within the store, the SHA-256 that it should have, and its content: now or never."""
        if self.manifest.format == A_PART_FOR_EACH_FILE:
            for name, digest in self.listed():
                yield name, digest, self.blocks(f"{MEDIA}{name}")
            return
        if LIST not in self.manifest.parts:
            return
        with self.open(FILES) as entry, self._reading(FILES):
            tar = tarfile.open(fileobj=entry, mode="r|", bufsize=BLOCK)  # noqa: SIM115 # it holds nothing open
            for name, digest in self.listed():
                yield name, digest, self._next_file(tar, f"{MEDIA}{name}")

    def _next_file(self, tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
        with self._reading(name):
            header = tar.next()
            tar.members = []  # type: ignore[attr-defined] # else it remembers every one of them
            content = tar.extractfile(header) if header and header.name == name else None
            if content is None:
                raise self.broken(name)
            while block := content.read(BLOCK):
                yield block

    def listed(self) -> Iterator[tuple[str, str]]:
        """Yield name within the store and SHA-256 of each file, in their ``order``."""
        if LIST not in self.manifest.parts:
            return
        last: tuple[tuple[bool, str], ...] = ()
        with self.open(LIST) as lines:
            for line in lines:
                found = LISTED.fullmatch(line.decode(errors="replace").rstrip("\n"))
                if found is None:
                    raise self.broken(LIST)
                name = found[2].removeprefix(MEDIA)
                pure = PurePosixPath(name)
                # A name must not lead out of the store.
                if pure.is_absolute() or ".." in pure.parts or "\0" in name:
                    raise self.broken(LIST)
                before, last = last, order(name)
                if last <= before:
                    raise self.broken(LIST)
                yield name, found[1]

    def open(self, name: str) -> IO[bytes]:
        try:
            return self.zip.open(name)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError) as exc:
            raise self.broken(name) from exc

    def blocks(self, name: str) -> Iterator[bytes]:
        with self.open(name) as entry, self._reading(name):
            while block := entry.read(BLOCK):
                yield block

    @contextmanager
    def _reading(self, part: str) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, tarfile.TarError, EOFError) as exc:
            raise self.broken(part) from exc

    def _check(self, name: str, sha256: str) -> None:
        if copied(self.blocks(name)) != sha256:
            raise self.broken(name)


def copied(blocks: Iterable[bytes], target: IO[bytes] | None = None) -> str:
    """Write ``blocks`` to ``target``, where there is one; return their SHA-256."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        if target:
            target.write(block)
    return digest.hexdigest()
