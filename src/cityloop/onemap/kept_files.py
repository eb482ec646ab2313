"""Tiles that were made or fetched before, as files in a folder of this machine that never grows beyond its bound.

The oldest go first. Any process may throw any of it away at any time: it is made again.
"""

import contextlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

SHARE: Final = 20
"""After so small a share of the bound was written the folder is looked through."""

DRAFT: Final = ".draft-"


class KeptFiles:
    """A folder of small files by their names, for many threads and processes."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self._most = most_bytes
        self._since = most_bytes  # what others left is counted first of all
        self._lock = threading.Lock()

    def get(self, name: str) -> tuple[bytes, float] | None:
        """Return what is kept under a name, and how many seconds it is old."""
        path = self.folder / name
        try:
            with path.open("rb") as file:
                return file.read(), max(0.0, time.time() - os.fstat(file.fileno()).st_mtime)
        except OSError:
            return None

    def put(self, name: str, body: bytes) -> None:
        """Keep something; where nothing can be written it is not kept."""
        if len(body) > self._most:
            return
        path = self.folder / name
        draft = path.with_name(f"{DRAFT}{uuid4().hex}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_bytes(body)
            draft.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            return
        with self._lock:
            self._since += len(body) + 4096
            is_due = self._since >= self._most // SHARE
            if is_due:
                self._since = 0
        if is_due:
            threading.Thread(target=self.sweep, daemon=True).start()

    def drop(self, place: str) -> None:
        """Throw a whole folder of it away."""
        shutil.rmtree(self.folder / place, ignore_errors=True)

    def sweep(self) -> int:
        """Throw the oldest away until nine tenths of the bound are left; return how many bytes are kept."""
        found: list[tuple[float, int, Path]] = []
        for here, _folders, names in os.walk(self.folder):
            for name in names:
                with contextlib.suppress(OSError):
                    path = Path(here, name)
                    told = path.stat()
                    found.append((told.st_mtime, max(told.st_size, 4096), path))
        total = sum(size for _at, size, _path in found)
        if total <= self._most:
            return total
        for _at, size, path in sorted(found):
            if total <= self._most * 9 // 10:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        return total
