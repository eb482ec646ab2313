"""What a stranger has packed comes out within bounds; what an archive says of itself may be a lie.

It asks Django for nothing: the processes that read files load it.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Protocol

BOMB_RATIO, BOMB_FROM = 400, 64 << 20
"""An archive of more than 64 MB unpacked that holds one byte for 400 is no survey."""
MOST_MEMBERS = 2000
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What the standard library raises where an archive is cut short, locked, or packed in a way that it does not know."""


class TooMuch(Exception):
    """It would take more room than anybody needs."""


class Readable(Protocol):
    """What gives its bytes block by block."""

    def read(self, size: int = -1, /) -> bytes: ...


def members_of(archive: zipfile.ZipFile, most: int) -> list[zipfile.ZipInfo]:
    """Return the files of an archive.

    Args:
        most: Bytes that all of them may come to.

    Raises:
        TooMuch: They are too many, or say that they come to more. What one of them holds beyond what it says is never unpacked.
    """
    members = [info for info in archive.infolist() if not info.is_dir() and "__MACOSX" not in info.filename]
    if len(members) > MOST_MEMBERS or sum(info.file_size for info in members) > most:
        raise TooMuch
    return members


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name; a Chinese Windows writes GBK without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int) -> Path:
    """Unpack one member under a name of ours: what stands in the archive chooses no place.

    Raises:
        TooMuch: As ``copy_out``.
    """
    with archive.open(info) as packed:
        copy_out(packed, target, info.compress_size, most)
    return target


def copy_out(packed: Readable, target: Path, size: int, most: int) -> None:
    """Copy what is unpacked of ``size`` bytes.

    Raises:
        TooMuch: It comes to more than ``most`` bytes, or to so many from so few that it is a bomb.
    """
    written = 0
    with target.open("wb") as out:
        while block := packed.read(1 << 20):
            written += len(block)
            if written > most or (written > BOMB_FROM and written > BOMB_RATIO * max(size, 1)):
                raise TooMuch
            out.write(block)
