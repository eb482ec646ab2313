"""The database is gone for a while, as people report: everybody is told to try again, and all goes on when it is back.

    python -m soak.outage --seconds 60 --times 3

The database is a server of its own, as with ``CITYLOOP_DATABASE_URL``; it is ended the hard way, so it comes back through recovery.
Meanwhile ``/healthz`` answers, ``/readyz`` says no, reports are answered 503, and no process gives up.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cityloop.site.postgres import SETTINGS, Cluster
from loading import Load, counted, folder, make_city, running, wait_until_well
from running import Run, unused_port
from soaking import main


class Server:
    """A PostgreSQL of our own that comes and goes."""

    def __init__(self, parent: Path) -> None:
        self.cluster = Cluster(parent / "postgres", parent / "run", SETTINGS)
        self.cluster.make()
        self.process: subprocess.Popen[bytes] | None = None

    def come(self) -> None:
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(self.cluster.command(), stdout=quiet, stderr=quiet, cwd="/")
        until = time.monotonic() + 60
        while not self.cluster.is_ready():
            assert time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.05)

    def go(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(60)


@contextmanager
def server(parent: Path) -> Iterator[Server]:
    one = Server(parent)
    one.come()
    one.cluster.ensure_database()
    try:
        yield one
    finally:
        one.go(signal.SIGINT)


def run(seconds: float, times: int) -> dict[str, Any]:
    with folder("outage") as parent, server(parent) as database:
        url = database.cluster.url
        city = Run(parent / "data", unused_port(), CITYLOOP_DATABASE_URL=url)
        with running(city):
            return _hurt(city, make_city(city, url), database, seconds, times)


def _hurt(city: Run, token: str, database: Server, seconds: float, times: int) -> dict[str, Any]:
    wrong: list[str] = []
    back: list[float] = []
    with Load(city.port, token) as load:
        for turn in range(times):
            time.sleep(2)
            database.go(signal.SIGQUIT)
            until = time.monotonic() + seconds
            time.sleep(1)
            while time.monotonic() < until:
                for path, due in (("/healthz", 200), ("/readyz", 503)):
                    if (status := city.get(path)) != due:
                        wrong.append(f"{path} answers {status}")
                time.sleep(0.5)
            database.come()
            came = time.monotonic()
            wait_until_well(city)
            back.append(time.monotonic() - came)
            sys.stderr.write(f"\r{turn + 1} of {times}, {len(load.acknowledged):,} cases")
        acknowledged = len(load.acknowledged)
        time.sleep(3)
        if len(load.acknowledged) == acknowledged:
            wrong.append("nobody reports any more")
    told = {"name": "outage.lost", **counted(load), "times": times, "seconds": seconds, "wrong": sorted(set(wrong))}
    told |= {"refused": load.answers[503], "back_seconds": round(max(back), 1)}
    return told | {"right": told["right"] and not wrong and load.answers[503] > 0}


if __name__ == "__main__":
    sys.exit(main(__doc__, run, seconds=60.0, times=3))
