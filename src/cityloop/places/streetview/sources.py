"""Where pictures come from: a zip, or a folder of this machine. Nothing is written under a name that a zip gives."""

import contextlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from typing_extensions import override

from cityloop.kernel.errors import InvalidInput, TooLarge
from cityloop.kernel.sheets import Row, read_csv, read_sheets
from cityloop.kernel.translation import _
from cityloop.places.rules.street_pictures import MB, MOST_BYTES, Refused

MOST_PICTURES: Final = 20_000
MOST_LIST_BYTES: Final = 20 * MB
LISTS: Final = frozenset({".csv", ".txt", ".xlsx", ".xls", ".ods"})
LEFT_OUT: Final = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
BOMB: Final = 200
"""No picture is packed to less than a two hundredth of its size."""

BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a source."""

    name: str
    bytes: int


class Source(Protocol):
    """What pictures are read from, one after another."""

    def members(self) -> list[Member]:
        """Return all files, by name.

        Raises:
            InvalidInput: Nothing can be read.
        """
        ...

    def copy(self, member: Member, target: Path) -> None:
        """Write one file to ``target``.

        Raises:
            Refused: It is damaged, locked, larger than any picture, or its name is a trap.
        """
        ...


class FolderSource(Source):
    """All files in a folder and in the folders in it, links apart; with ``positions``, a list that lies elsewhere, in the place of its own."""

    def __init__(self, path: Path, positions: Path | None = None) -> None:
        self.path = path
        self.positions = positions

    @override
    def members(self) -> list[Member]:
        if not self.path.is_dir():
            raise InvalidInput(_("There is no folder “%(folder)s”.") % {"folder": self.path})
        found = []
        for folder, _folders, names in os.walk(self.path):
            for name in names:
                file = Path(folder) / name
                if file.is_file() and not file.is_symlink() and not (self.positions and is_list(name)):
                    found.append(Member(file.relative_to(self.path).as_posix(), file.stat().st_size))
        if self.positions:
            if not self.positions.is_file():
                raise InvalidInput(_("There is no file “%(file)s”.") % {"file": self.positions})
            found.append(Member(self.positions.name, self.positions.stat().st_size))
        return _ordered(found)

    @override
    def copy(self, member: Member, target: Path) -> None:
        is_other = self.positions is not None and member.name == self.positions.name
        path = self.positions if is_other and self.positions else self.path / member.name
        try:
            with path.open("rb") as file:
                _copy(file, target, _most(member))
        except OSError as exc:
            raise Refused("damaged") from exc


class ZipSource(Source):
    """A zip, read piece by piece from where it lies."""

    def __init__(self, path: Path) -> None:
        try:
            # Names that do not say to be UTF-8 are what a Chinese Windows wrote; any bytes are names in the last one.
            try:
                self.archive = zipfile.ZipFile(path, metadata_encoding="gb18030")
            except UnicodeDecodeError:
                self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as exc:
            raise InvalidInput(_("This is no zip, or it was cut short. Pack the pictures again.")) from exc

    @override
    def members(self) -> list[Member]:
        self.infos: dict[str, zipfile.ZipInfo] = {}
        found = []
        for info in self.archive.infolist():
            if not info.is_dir():
                self.infos[info.filename] = info
                found.append(Member(info.filename, info.file_size))
        return _ordered(found)

    @override
    def copy(self, member: Member, target: Path) -> None:
        info = self.infos[member.name]
        if why := _why_not(info):
            raise Refused(why)
        try:
            with self.archive.open(info) as file:
                _copy(file, target, _most(member))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as exc:
            raise Refused("damaged") from exc


def _why_not(info: zipfile.ZipInfo) -> str:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
        return "unsafe_name"
    if info.flag_bits & 1:
        return "locked"
    if info.file_size > 10 * MB and info.file_size > BOMB * max(info.compress_size, 1):
        return "bomb"
    return ""


def _ordered(members: list[Member]) -> list[Member]:
    """Return the members that anybody meant to send, by name.

    Raises:
        InvalidInput: There is none.
        TooLarge: There are more than ``MOST_PICTURES``.
    """
    meant = sorted((one for one in members if not _is_litter(one.name)), key=lambda one: one.name)
    if not meant:
        raise InvalidInput(
            _("There is nothing in it. Pack the pictures and, if there is one, the list of their positions.")
        )
    if len(meant) > MOST_PICTURES:
        words = _("There are more than %(most)d files in it. Send them in several parts.")
        raise TooLarge(words % {"most": MOST_PICTURES})
    return meant


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == "__MACOSX" or part.startswith("._") or part.lower() in LEFT_OUT for part in parts)


def _most(member: Member) -> int:
    return MOST_LIST_BYTES if is_list(member.name) else MOST_BYTES


def _copy(file: IO[bytes], target: Path, most: int) -> None:
    """Copy, whatever the source says of its size.

    Raises:
        Refused: There is more than ``most``.
    """
    count = 0
    with target.open("wb") as out:
        while block := file.read(BLOCK):
            count += len(block)
            if count > most:
                raise Refused("too_large")
            out.write(block)


def is_list(name: str) -> bool:
    """Return whether a file may be a list of positions, by its name."""
    return PurePosixPath(name).suffix.lower() in LISTS


def rows_of(path: Path, name: str) -> list[Row]:
    """Return the rows of a list: the first sheet that has any.

    Raises:
        InvalidInput: It is neither CSV nor a workbook, or too large.
    """
    if path.stat().st_size > MOST_LIST_BYTES:
        raise InvalidInput(_("The list “%(file)s” has more than 20 MB.") % {"file": name})
    data = path.read_bytes()
    if PurePosixPath(name).suffix.lower() in {".csv", ".txt"}:
        return read_csv(data)
    return next((rows for rows in read_sheets(data).values() if rows), [])


@contextlib.contextmanager
def closing_source(source: Source) -> Iterator[Source]:
    """Close what a source holds open."""
    try:
        yield source
    finally:
        if isinstance(source, ZipSource):
            source.archive.close()
