"""Child processes that never outlive their supervisor, and come back when they die."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from cityloop.kernel.translation import _

MARK = "CITYLOOP_SUPERVISED"
"""Each child carries it in its environment, with the data folder as value: so that what a killed run left is known."""

PARTS = frozenset({"web", "uploads", "worker"})
"""What one machine runs of it, beside the database; of several machines each may run some of these."""

SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.25, 30.0
RAN_WELL_S = 30.0
"""A child that ran this long was well: its next death counts as the first."""


def wait_before_restart_s(deaths: int) -> float:
    """Return how long to wait after the ``deaths``-th death in a row: doubling, from a quarter to half a minute."""
    return min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2.0 ** (min(deaths, 20) - 1))


def how_it_ended(code: int) -> str:
    """Return the words for a return code as asyncio gives it: negative is the number of a signal."""
    if code >= 0:
        return _("exit code %(code)d") % {"code": code}
    try:
        return _("signal %(name)s") % {"name": signal.Signals(-code).name}
    except ValueError:
        return _("signal %(name)s") % {"name": -code}


class Log:
    """The one stream that all processes speak into: a line is time, process, words.

    ``quiet`` shows on the screen only what ``spoken`` processes say; everything goes to ``file`` where one is given, and
    the last lines are kept for the message of a failure.
    """

    def __init__(self, screen: TextIO = sys.stdout, *, as_json: bool = False, file: TextIO | None = None) -> None:
        self.screen = screen
        self.as_json = as_json
        self.file = file
        self.last: deque[str] = deque(maxlen=60)

    def line(self, process: str, words: str, *, shown: bool = True) -> None:
        now = datetime.now().astimezone()
        if self.as_json:
            entry = {"at": now.isoformat(timespec="milliseconds"), "process": process} | facts_of(words)
            text = json.dumps(entry, ensure_ascii=False)
        else:
            text = f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}  {process:<9} {words}"
        self.last.append(text)
        if self.file:
            self._write(self.file, text)
        if shown:
            self._write(self.screen, text)

    @staticmethod
    def _write(stream: TextIO, text: str) -> None:
        # A closed terminal or a full disk must not take the city down with it.
        with contextlib.suppress(OSError, ValueError):
            stream.write(f"{text}\n")
            stream.flush()


def facts_of(words: str) -> dict[str, object]:
    """Return what a process said as an object: its own where it speaks JSON, else its words as ``message``."""
    if words.startswith("{"):
        with contextlib.suppress(ValueError):
            told = json.loads(words)
            if isinstance(told, dict):
                return told
    return {"message": words}


NO_NEWS = "which seems quite high compared to the number of CPU cores"
"""Granian's advice at every start, left out: most of our threads wait at the turnstile, which does what it recommends."""


@dataclass(slots=True)
class Child:
    """One program that is kept running.

    ``command`` is asked anew at each start (a port may have moved); ``before`` runs ahead of it, in a thread.
    """

    name: str
    command: Callable[[], list[str]]
    log: Log
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 10.0
    shown: bool = True
    before: Callable[[], object] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    deaths: int = 0
    process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = field(default=None, repr=False)

    async def start(self) -> None:
        if self.before:
            await asyncio.to_thread(self.before)
        if self.stopping.is_set():
            return
        # A pipe of our own, not asyncio's: its wait() would wait until the last grandchild has closed the pipe too, and a
        # web server whose head was killed leaves workers behind that hold it.
        read_end, write_end = os.pipe()
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=dict(self.env),
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone, which stops them in order
            )
        finally:
            os.close(write_end)
            self._reader = asyncio.create_task(self._read(os.fdopen(read_end, "rb", buffering=0)))
        if self.stopping.is_set():  # asked to while it was being started
            self.kill()

    async def wait(self) -> int:
        """Wait for its end, and end what it left behind in its process group."""
        if self.process is None:
            return 0
        code = await self.process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self._reader:
            # What is in the pipe is read; somebody who left the group may hold it open, so not for ever.
            await asyncio.wait([self._reader], timeout=1)
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        return code

    async def keep(self) -> None:
        """Run it for ever; after each death wait a little longer, and say so."""
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                await self.start()
                words = how_it_ended(await self.wait())
            except Exception as exc:  # noqa: BLE001 # whatever kept it from starting, the next try may fare better
                words = _("it could not be started: %(why)s") % {"why": exc}
            if self.stopping.is_set():
                return
            self.deaths = 1 if time.monotonic() - started >= RAN_WELL_S else self.deaths + 1
            wait_s = wait_before_restart_s(self.deaths)
            text = _("%(name)s ended (%(how)s, death %(n)d in a row); starting it again in %(wait).2g s")
            facts = {"name": self.name, "how": words, "n": self.deaths, "wait": wait_s}
            self.log.line("cityloop", text % facts)
            await asyncio.sleep(wait_s)

    async def stop(self) -> None:
        """Ask it to stop; after its patience is over, make it."""
        self.stopping.set()
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.patience_s)
        except TimeoutError:
            text = _("%(name)s did not stop within %(wait).0f s and is ended")
            self.log.line("cityloop", text % {"name": self.name, "wait": self.patience_s})
            self.kill()
            await process.wait()

    def send(self, kind: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(kind)

    def kill(self) -> None:
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def _read(self, pipe: BinaryIO) -> None:
        stream = asyncio.StreamReader(limit=1 << 20)
        transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), pipe
        )
        try:
            while True:
                try:
                    line = await stream.readline()
                except ValueError:
                    continue  # a line of more than a megabyte: its start is dropped, its end will be read
                if not line:
                    return
                words = line.decode(errors="replace").rstrip()
                if NO_NEWS not in words:
                    self.log.line(self.name, words, shown=self.shown)
        finally:
            transport.close()


def dying_with_us(command: Iterable[str]) -> list[str]:
    """Return ``command`` so that the kernel ends it when the supervisor dies, however that happens."""
    return ["setpriv", "--pdeathsig", "TERM", *command]


def pids_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is ``folder``: all of PostgreSQL's are where its data is."""
    return [pid for pid in _pids() if _link(f"/proc/{pid}/cwd") == str(folder)]


def pids_marked(data: Path) -> list[int]:
    """Return the processes that some supervisor started for the data folder ``data``."""
    mark = f"{MARK}={data}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and mark in _environment(pid)]


def send(pids: Iterable[int], kind: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, kind)


def _pids() -> list[int]:
    """Return all process ids; none where the system keeps no /proc."""
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 # names are all we need
    except OSError:
        return []


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 # compared as text: a deleted folder has no path
    except OSError:
        return ""


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
