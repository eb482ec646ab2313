"""Arrays that processes share: made once, kept in files, mapped by whoever needs them.

What is mapped lies in memory once, however many processes look at it, and a process that starts has it at once.
"""

import contextlib
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

KEPT = 8
"""Folders of one kind that stay; the oldest go first. A process that has mapped one keeps it after it is gone."""

DRAFT = ".draft-"
ABANDONED_S = 3600.0

logger = logging.getLogger(__name__)


def shelved(kind: str, stamp: str, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays that ``make`` makes, mapped read-only; made only where no process has made them yet.

    Args:
        kind: What they are, in letters.
        stamp: What they were made from, in letters and digits: another stamp, other arrays.
        make: Gives plain arrays (no objects) by name.
    """
    shelf: Path = settings.DATA / "cache"
    folder = shelf / f"{kind}-{stamp}"
    try:
        return _mapped(folder)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, EOFError):  # damaged: made again
        _take_away(folder)
    arrays = make()
    try:
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(arrays, folder)
        _clear(shelf, kind)
        return _mapped(folder)
    except OSError as exc:  # a full or a foreign disk: then every process has its own
        logger.warning("%s cannot be shared between processes: %s", kind, exc)
        return arrays


def _mapped(folder: Path) -> Arrays:
    names = [path.stem for path in sorted(folder.iterdir())]  # the folder appears whole or not at all
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}


def _put(arrays: Arrays, folder: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder.parent))
    try:
        for name, array in arrays.items():
            with (draft / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                # After a power failure a file may be as long as it should and hold zeros, which are numbers too.
                file.flush()
                os.fsync(file.fileno())
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        # another process was quicker: its arrays are the same
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _clear(shelf: Path, kind: str) -> None:
    folders = sorted(shelf.glob(f"{kind}-*"), key=os.path.getmtime, reverse=True)
    for folder in folders[KEPT:]:
        _take_away(folder)
    # What a killed process had begun; nobody works on one for that long.
    for draft in shelf.glob(f"{DRAFT}*"):
        if time.time() - draft.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(draft, ignore_errors=True)


def _take_away(folder: Path) -> None:
    """Remove a folder whole: who looks for it finds all of it, or nothing."""
    gone = folder.with_name(f"{DRAFT}gone-{secrets.token_hex(6)}")
    with contextlib.suppress(OSError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
