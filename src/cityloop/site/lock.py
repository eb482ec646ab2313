"""The data folder's lock: one process at a time runs on a folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from cityloop.kernel.errors import Conflict, Unavailable
from cityloop.kernel.translation import _
from cityloop.site.paths import make_data_folder


class Lock:
    """The data folder's lock: whoever holds it may run on the folder. The kernel frees it when its holder dies."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.file: IO[str] | None = None

    def take(self) -> None:
        """Take it, or raise ``Conflict`` that names the process that has it."""
        try:
            make_data_folder(self.data)
            file = (self.data / "lock").open("a+")
        except OSError as exc:
            text = _("The data folder %(folder)s cannot be written (%(why)s). Choose another with --data.")
            raise Unavailable(text % {"folder": self.data, "why": exc.strerror}) from exc
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            file.close()
            text = _(
                "CityLoop already runs on %(folder)s, as process %(pid)s. Stop that one first (kill %(pid)s), or give"
                " this one a folder of its own with --data."
            )
            raise Conflict(text % {"folder": self.data, "pid": holder}) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self.file = file

    def free(self) -> None:
        if self.file:
            self.file.truncate(0)
            self.file.close()
            self.file = None
