"""Where the files of this room lie: in the store of whoever runs it. A room above says which, since media stands on our own floor."""

import contextlib
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _

PLACE = "grounds"


@dataclass(frozen=True, slots=True)
class Files:
    """A store of files.

    Args:
        put: Keeps the file at a path under a key.
        fetch: Copies what stands under a key to a path.
        delete: Takes a key out.
        place: Says where on this machine a key lies; None where it lies elsewhere.
        work_folder: Gives a folder for files under way.
    """

    put: Callable[[str, Path], None]
    fetch: Callable[[str, Path], None]
    delete: Callable[[str], None]
    place: Callable[[str], Path | None]
    work_folder: Callable[[], AbstractContextManager[Path]]


_files: list[Files] = []


def register(files: Files) -> None:
    """Say where files lie; called once, when the app of the room that knows is ready."""
    _files[:] = [files]


def store() -> Files:
    """Return the store of files."""
    return _files[0]


def key_of(file_id: UUID, part: str = "file") -> str:
    """Return under which key a file lies: what has come (``file``), or the COG that was made of it (``cog``)."""
    return f"{PLACE}/{file_id}/{part}"


COPIES = "ground-copies"


def local(key: str) -> Path:
    """Return a path of this machine at which a stored file can be read in place.

    Where an object store keeps it, it is copied here first, in the background.

    Raises:
        Unavailable: The copy is under way.
    """
    path = store().place(key)
    if path is not None:
        return path
    copy = Path(settings.DATA) / "cache" / COPIES / key.replace("/", "-")
    if copy.is_file():
        return copy
    if key not in _copying:
        _copying.add(key)
        threading.Thread(target=_copy, args=(key, copy), daemon=True).start()
    raise Unavailable(_("This map is just being copied to this server. Try again in a moment."), retry_after_seconds=5)


_copying: set[str] = set()


def _copy(key: str, copy: Path) -> None:
    beside = copy.with_name(f".{copy.name}-{os.getpid()}")
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store().fetch(key, beside)
        beside.replace(copy)
    except (OSError, Unavailable):
        with contextlib.suppress(OSError):
            beside.unlink()
    finally:
        _copying.discard(key)


def forget_copy(key: str) -> None:
    """Take the copy of a file away that is none any more."""
    (Path(settings.DATA) / "cache" / COPIES / key.replace("/", "-")).unlink(missing_ok=True)
