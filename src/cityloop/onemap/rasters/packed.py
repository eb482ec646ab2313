"""A zip of sheets: pictures, each with the files beside it that say where it lies (``.tfw``) and in what system (``.prj``)."""

import math
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cityloop.kernel.unpacking import DAMAGED, TooMuch, extract, members_of, name_of
from cityloop.onemap.rasters.refused import RefusedPicture

MAGIC: Final = b"PK\3\4"
MOST_UNPACKED: Final = 16 << 30
MOST_SHEETS: Final = 500
MOST_WORDS: Final = 64 << 10
"""Bytes of a file beside a sheet."""

PICTURES: Final = (".tif", ".tiff")
WORLDS: Final = (".tfw", ".tifw", ".tiffw", ".wld")

World = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture of a zip, unpacked at ``path``.

    ``world``: the six numbers of its world file, as they stand there, or None. ``system``: what its ``.prj`` says, or "".
    """

    name: str
    path: Path
    world: World | None
    system: str


def is_packed(path: Path) -> bool:
    """Whether a file is a zip, by its first bytes."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def unpacked(path: Path, folder: Path, tell: Callable[[], None]) -> list[Sheet]:
    """Unpack the sheets of a zip into ``folder``, by their names; ``tell`` is called after each.

    A zip with one ``.prj`` alone says it of all its sheets.

    Raises:
        RefusedPicture: There is none, they are too many or too large, or something is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name_of(info).replace("\\", "/").lower(): info for info in members_of(archive, MOST_UNPACKED)}
            pictures = _pictures(members)
            _refuse_without_room(sum(members[name].file_size for name in pictures), folder)
            found = []
            for number, name in enumerate(pictures):
                info, stem = members[name], name.rpartition(".")[0]
                shown = name_of(info).replace("\\", "/").rpartition("/")[2]
                target = extract(archive, info, folder / f"sheet{number}.tif", MOST_UNPACKED)
                found.append(
                    Sheet(shown, target, _world(archive, members, stem, shown), _system(archive, members, stem))
                )
                tell()
            return found
    except TooMuch as exc:
        raise RefusedPicture("too_much_packed", f"{MOST_UNPACKED >> 30} GB") from exc
    except DAMAGED as exc:
        raise RefusedPicture("cut_short", log=exc) from exc


def _pictures(members: Iterable[str]) -> list[str]:
    found = sorted(name for name in members if name.endswith(PICTURES) and not name.rpartition("/")[2].startswith("."))
    if not found:
        raise RefusedPicture("no_sheet")
    if len(found) > MOST_SHEETS:
        raise TooMuch
    return found


def _refuse_without_room(needed: int, folder: Path) -> None:
    if shutil.disk_usage(folder).free < needed * 1.1:
        raise RefusedPicture("no_room", f"{needed * 1.1 / 1e9:.1f} GB")


def _words(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    with archive.open(info) as file:
        return file.read(MOST_WORDS).decode("utf-8-sig", errors="replace").strip()


def _system(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], stem: str) -> str:
    all_of_them = [name for name in members if name.endswith(".prj")]
    own = f"{stem}.prj" if f"{stem}.prj" in members else all_of_them[0] if len(all_of_them) == 1 else ""
    return _words(archive, members[own]) if own else ""


def _world(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], stem: str, shown: str) -> World | None:
    name = next((stem + end for end in WORLDS if stem + end in members), "")
    if not name:
        return None
    try:
        a, d, b, e, c, f = map(float, _words(archive, members[name]).split()[:6])
    except ValueError as exc:
        raise RefusedPicture("bad_world", shown, exc) from exc
    if not all(map(math.isfinite, (a, d, b, e, c, f))) or a * e == b * d:
        raise RefusedPicture("bad_world", shown)
    return a, d, b, e, c, f
