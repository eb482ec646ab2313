"""Processes of a running city are killed while people report: whatever was acknowledged is there, once.

    python -m soak.kills --kills 50

Clients report through the API and send each report again, with the same key, until it is acknowledged. Meanwhile one process
after another gets SIGKILL: PostgreSQL, one of its servers' processes, the web server's head, one of its workers, the
background worker. At the end numbers are counted and every case is rebuilt from its events.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from cityloop.site.processes import pids_in
from running import Run, parent_of, unused_port

CITY = "990101"
CLIENTS = 6
TARGETS = ("postgres", "backend", "granian", "web worker", "procrastinate")
READY_S = 60
ACKNOWLEDGED = (200, 201)


def run(kills: int, seed: int) -> dict[str, Any]:
    parent = Path(tempfile.mkdtemp(prefix="cl-kills-", dir="/var/tmp"))
    parent.chmod(0o711)
    city = Run(parent / "data", unused_port()).ready()
    try:
        token = make_city(city)
        return _hurt(city, token, kills, random.Random(seed)) | {"seed": seed}
    finally:
        if city.process.poll() is None:
            city.stop()
        shutil.rmtree(parent, ignore_errors=True)


def make_city(city: Run) -> str:
    """Make a city with grids and a collector in it; return the collector's token."""
    os.environ |= {"CITYLOOP_DATA": str(city.data), "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.prod"}
    os.environ.pop("CITYLOOP_DATABASE_URL", None)
    import django

    django.setup()
    from cityloop.geography.actions import lay_regular_grid
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions

    actions.create_jurisdiction(CITY, "试验市")
    actions.create_department(CITY, "HW", "环卫中心", "sanitation", valid_from=date(2010, 1, 1))
    lay_regular_grid(CITY, 120.0, 30.0, 120.02, 30.02, 200, date(2010, 1, 1))
    user = actions.create_user("collector", password="long-enough-2026", name="采集员")
    actions.appoint(user.pk, "collector", CITY, valid_from=date(2020, 1, 1))
    return actions.issue_token(user.pk, "kills", now=machine_now(), scopes=["read", "write"])


def enter() -> None:
    """Begin with a new connection: the one of before may have been to a server that is gone."""
    from django.db import connection

    connection.close()


class Load:
    """Clients that report until they are told to stop, and never give a report up."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: dict[str, str] = {}
        self.stopping = threading.Event()
        self.retries = 0
        self.odd: list[str] = []
        self.threads = [threading.Thread(target=self._report, args=(index,)) for index in range(CLIENTS)]

    def _report(self, index: int) -> None:
        chance = random.Random(index)
        while not self.stopping.is_set():
            key = str(uuid4())
            point = {"lon": chance.uniform(120, 120.02), "lat": chance.uniform(30, 30.02), "system": "wgs84"}
            inputs = {"source": "hotline", "category": "gb47678_2026/part/01001", "point": point}
            body = json.dumps({"key": key, "inputs": inputs})
            while (number := self._sent(body)) is None:
                self.retries += 1
                time.sleep(0.05)
            self.acknowledged[key] = number

    def _sent(self, body: str) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/api/v1/cases", body, self.headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status in ACKNOWLEDGED:
            number: str = json.loads(data)["number"]
            return number
        if answer.status not in {429, 503}:
            self.odd.append(f"{answer.status} {data[:300].decode(errors='replace')}")
        return None


def _hurt(city: Run, token: str, kills: int, chance: random.Random) -> dict[str, Any]:
    load = Load(city.port, token)
    for thread in load.threads:
        thread.start()
    killed: dict[str, int] = {}
    try:
        while sum(killed.values()) < kills:
            target = TARGETS[sum(killed.values()) % len(TARGETS)]
            time.sleep(chance.uniform(0.2, 1.5))
            if victim := _victim(city, target, chance):
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                killed[target] = killed.get(target, 0) + 1
                _wait_until_well(city)
                sys.stderr.write(f"\r{sum(killed.values())} of {kills} kills, {len(load.acknowledged):,} cases")
    finally:
        load.stopping.set()
        for thread in load.threads:
            thread.join(READY_S)
    sys.stderr.write("\n")
    return _counted(load, killed)


def _victim(city: Run, target: str, chance: random.Random) -> int:
    """Return a process of that kind, 0 while there is none."""
    if target in {"postgres", "granian", "procrastinate"}:
        return city.pid_of(target)
    if target == "backend":
        head = city.pid_of("postgres")
        backends = [pid for pid in pids_in(city.data / "postgres") if parent_of(pid) == head]
        return chance.choice(backends) if backends else 0
    head = city.pid_of("granian")
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    workers = [pid for pid in pids if parent_of(pid) == head] if head else []
    return chance.choice(workers) if workers else 0


def _wait_until_well(city: Run) -> None:
    until = time.monotonic() + READY_S
    well = 0
    while well < 2:  # a dying process may answer once more
        well = well + 1 if city.get("/readyz") == 200 else 0
        if time.monotonic() > until:
            raise SystemExit(f"The city did not come back:\n{city.said()[-3000:]}")
        time.sleep(0.1)


def _counted(load: Load, killed: dict[str, int]) -> dict[str, Any]:
    from cityloop.cases import models
    from cityloop.cases.queries.verifying import verify

    enter()
    stored = dict(models.CaseEvent.objects.filter(seq=1).values_list("key", "case__number"))
    told = {str(key): number for key, number in stored.items()}
    lost = sum(told.get(key) != number for key, number in load.acknowledged.items())
    findings = verify(CITY).findings
    for line in [*load.odd[:5], *map(str, findings[:5])]:
        sys.stderr.write(f"{line}\n")
    return {
        "name": "kills.lost",
        "value": lost,
        "unit": "1",
        "n": len(load.acknowledged),
        "kills": sum(killed.values()),
        "killed": killed,
        "retries": load.retries,
        "more_than_acknowledged": len(stored) - len(load.acknowledged),
        "odd_answers": len(load.odd),
        "findings": len(findings),
        "right": lost == 0 and not findings and len(stored) == len(load.acknowledged) and not load.odd,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    summary = run(options.kills, options.seed)
    print(json.dumps(summary))
    return 0 if summary["right"] else 1


if __name__ == "__main__":
    sys.exit(main())
