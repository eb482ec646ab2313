"""What a disk must be told so that a loss of power takes nothing that was said to be kept."""

import os
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
