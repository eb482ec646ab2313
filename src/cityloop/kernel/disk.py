"""What a disk must be told so that a loss of power takes nothing that was said to be kept; what killed processes leave on it."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Have the names in ``folder`` on disk: after a loss of power a file without a name is lost.

    Raises:
        OSError: As the disk says.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_left(place: Path, *, before: datetime) -> int:
    """Take out of ``place`` what was last touched before an instant: folders of work that killed processes left; return how many."""
    if not place.is_dir():
        return 0
    gone = 0
    for left in place.iterdir():
        try:
            is_old = datetime.fromtimestamp(left.stat().st_mtime, UTC) < before
        except FileNotFoundError:  # somebody has finished meanwhile
            continue
        if is_old:
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
            gone += 1
    return gone
