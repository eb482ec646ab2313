"""Our side of the process that draws tiles: started when the first tile is asked for, gone when none was for half an hour."""

import atexit
import logging
import os
import select
import subprocess
import threading
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import orjson

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap.rasters.maker import child

PATIENCE_S: Final = 30.0
"""How long one tile may take."""

START_S: Final = 60.0
"""How long the process may take to start, on a machine that has much to do."""

logger = logging.getLogger(__name__)


class _Gone(Exception):
    """The process has ended: idle for a while, or killed."""


class Hand:
    """Draws one tile after another for all threads of this process.

    One child for each web process: so as many tiles are drawn at once as there are web processes, and no more memory is taken.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._turn = threading.Lock()
        self._owner = os.getpid()
        self._is_ready = False

    def tile(self, path: Path, zoom: int, x: int, y: int, form: str) -> bytes:
        """Return a tile of a COG, 512 points wide; nothing where it shows nothing.

        Args:
            form: ``webp`` or ``png``.

        Raises:
            Unavailable: Too many ask at this moment, or it cannot be drawn.
        """
        if not self._turn.acquire(timeout=PATIENCE_S / 6):
            raise _busy()
        try:
            asked = orjson.dumps({"path": str(path), "z": zoom, "x": x, "y": y, "form": form}) + b"\n"
            try:
                return self._answer(asked)
            except _Gone:
                return self._answer(asked)  # it went while nobody asked
        except _Gone as exc:
            raise _broken("the process has ended") from exc
        finally:
            self._turn.release()

    def end(self) -> None:
        """End the process, if there is one."""
        (ended, complaints), self._child, self._complaints = (self._child, self._complaints), None, None
        self._is_ready = False
        if ended is not None:
            ended.kill()
            ended.wait()
            for pipe in (ended.stdin, ended.stdout, complaints):
                if pipe is not None:
                    pipe.close()

    def _answer(self, asked: bytes) -> bytes:
        running = self._running()
        assert running.stdin is not None
        try:
            if not self._is_ready:
                self._line(running, time.monotonic() + START_S)
                self._is_ready = True
            until = time.monotonic() + PATIENCE_S
            running.stdin.write(asked)
            running.stdin.flush()
            told = orjson.loads(self._line(running, until))
            if "failed" in told:
                raise _broken(told["failed"])
            return self._read(running, told["bytes"], until)
        except (BrokenPipeError, _Gone) as exc:
            self.end()
            raise _Gone from exc
        except TimeoutError as exc:
            self.end()
            raise _broken("it took too long") from exc

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._owner != os.getpid():  # forked: the other process's child answers to it alone
            self._child, self._complaints, self._owner, self._is_ready = None, None, os.getpid(), False
        if self._child is None or self._child.poll() is not None:
            self.end()
            self._complaints = TemporaryFile()  # noqa: SIM115 # as long as the child
            self._child = child("tile", stdin=subprocess.PIPE, complaints=self._complaints)
            atexit.unregister(self.end)
            atexit.register(self.end)
        return self._child

    def _line(self, running: "subprocess.Popen[bytes]", until: float) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._read(running, 1, until)
        return line

    def _read(self, running: "subprocess.Popen[bytes]", count: int, until: float) -> bytes:
        assert running.stdout is not None
        got = b""
        while len(got) < count:
            ready, _none, _none2 = select.select([running.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            block = os.read(running.stdout.fileno(), count - len(got))
            if not block:
                raise _Gone
            got += block
        return got


def _busy() -> Unavailable:
    return Unavailable(
        _("Too many pictures are asked for at this moment. Try again in a moment."), retry_after_seconds=1
    )


def _broken(why: str) -> Unavailable:
    logger.warning("a tile of a raster could not be drawn: %s", why)
    return Unavailable(_("This picture cannot be drawn now. Try again in a moment."), retry_after_seconds=10)


HAND: Final = Hand()
