"""Processes of a running city are killed while people report: whatever was acknowledged is there, once.

    python -m soak.kills --kills 50

Clients report through the API and send each report again, with the same key, until it is acknowledged. Meanwhile one process
after another gets SIGKILL: PostgreSQL, one of its servers' processes, the web server's head, one of its workers, the
background worker. At the end numbers are counted and every case is rebuilt from its events.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from cityloop.site.processes import pids_in
from loading import Load, counted, folder, make_city, running, wait_until_well
from running import Run, parent_of, unused_port
from soaking import main

TARGETS = ("postgres", "backend", "web", "web worker", "worker")
HEADS = {"postgres": "postgres", "web": "cityloop.site.wsgi", "worker": "procrastinate"}
"""By what the supervisor's child is known."""

PATIENCE_S = 60


def run(kills: int, seed: int) -> dict[str, Any]:
    with folder("kills") as parent, running(Run(parent / "data", unused_port())) as city:
        return _hurt(city, make_city(city), kills, random.Random(seed)) | {"seed": seed}


def _hurt(city: Run, token: str, kills: int, chance: random.Random) -> dict[str, Any]:
    killed: dict[str, int] = {}
    with Load(city.port, token) as load:
        for number in range(kills):
            target = TARGETS[number % len(TARGETS)]
            time.sleep(chance.uniform(0.2, 1.5))
            _kill(city, target, chance)
            killed[target] = killed.get(target, 0) + 1
            sys.stderr.write(f"\r{number + 1} of {kills} kills, {len(load.acknowledged):,} cases")
    return {"name": "kills.lost", **counted(load), "kills": sum(killed.values()), "killed": killed}


def _kill(city: Run, target: str, chance: random.Random) -> None:
    """Kill a process of that kind, and wait until another one stands in its place and the city is well."""
    until = time.monotonic() + PATIENCE_S
    while not (victim := _victim(city, target, chance)):
        assert time.monotonic() < until, f"there is no {target} to kill"
        time.sleep(0.1)
    os.kill(victim, signal.SIGKILL)
    wait_until_well(city)
    while target in HEADS and city.pid_of(HEADS[target]) in {0, victim}:
        assert time.monotonic() < until, f"no other {target} came"
        time.sleep(0.1)


def _victim(city: Run, target: str, chance: random.Random) -> int:
    """Return a process of that kind, 0 while there is none."""
    if target in HEADS:
        return city.pid_of(HEADS[target])
    if target == "backend":
        head = city.pid_of("postgres")
        backends = [pid for pid in pids_in(city.data / "postgres") if parent_of(pid) == head]
        return chance.choice(backends) if backends else 0
    head = city.pid_of(HEADS["web"])
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    workers = [pid for pid in pids if parent_of(pid) == head] if head else []
    return chance.choice(workers) if workers else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, run, kills=50, seed=3))
