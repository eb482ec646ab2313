"""Files in which the processes of a machine count, each in a lane of its own (``metrics``)."""

import fcntl
import os
from pathlib import Path

FOLDER = "metrics"
"""Of the lanes, in the data folder."""

KINDS = ("counter", "histogram", "gauge_sum")
BYTES = 2 << 20
"""Of a file: some ten thousand figures."""

MOST_LANES = 1024


class Lane:
    """The lane of this process; called, it gives the number. A process that forks takes another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pid = self.number = 0
        self.lock = -1
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __call__(self) -> int:
        if os.getpid() != self.pid:
            self._take()
        return self.number

    def _take(self) -> None:
        for number in range(MOST_LANES):
            lock = os.open(self.folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Room is taken now: on a disk that fills up later, a page without any would end the process.
                for kind in KINDS:
                    self._make(self.folder / f"{kind}_{number}.db")
            except BlockingIOError:
                os.close(lock)
                continue
            except BaseException:
                os.close(lock)
                raise
            self.lock, self.number, self.pid = lock, number, os.getpid()
            return
        raise OSError(f"more than {MOST_LANES} processes count in {self.folder}")

    @staticmethod
    def _make(path: Path) -> None:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(file).st_size < BYTES:
                os.posix_fallocate(file, 0, BYTES)
        finally:
            os.close(file)
