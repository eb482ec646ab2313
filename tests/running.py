"""``cityloop up`` as it runs on a machine, for tests that start it, hurt it and stop it."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cityloop.site.processes import pids_in, pids_marked


def unused_port() -> int:
    """Return a port that stays free until it is used: the system takes those of outgoing connections from 32768 on."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def outside_environment() -> dict[str, str]:
    """Return the environment as it was before the tests settled in it."""
    ours = ("CITYLOOP_", "DJANGO_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "CITYLOOP_LANGUAGE": "en"
    }


COMMAND = ("-m", "cityloop.site.cli")


class Run:
    """One ``cityloop up``, and what it says. ``program`` is what Python runs, ``settings`` stand in the environment."""

    def __init__(self, data: Path, port: int, *more: str, program: Sequence[str] = COMMAND, **settings: str) -> None:
        self.data, self.port, self.first_words = data, port, ""
        self.log = data.parent / f"{data.name}-{time.monotonic_ns()}.log"
        command = [sys.executable, *program, "up", "--data", str(data), "--port", str(port), *more]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command, env=outside_environment() | settings, stdout=output, stderr=output, start_new_session=True
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, what: str | Callable[[], bool], limit_s: float = 60) -> None:
        until = time.monotonic() + limit_s
        while not (what in self.said() if isinstance(what, str) else what()):
            assert time.monotonic() < until, f"waited in vain for {what}:\n{self.said()[-4000:]}"
            time.sleep(0.05)

    def ready(self) -> "Run":
        self.wait_for("CityLoop is ready")
        self.first_words = self.said()
        return self

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def pid_of(self, name: str) -> int:
        """Return the process id of a child of the supervisor, 0 while there is none."""
        if name == "postgres":
            heads = [pid for pid in pids_in(self.data / "postgres") if parent_of(pid) == self.process.pid]
        else:
            heads = [
                pid for pid in pids_marked(self.data) if parent_of(pid) == self.process.pid and name in words_of(pid)
            ]
        return heads[0] if heads else 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
