"""People who report to a running city and never give a report up, whatever happens to it meanwhile."""

import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from running import Run

CITY = "990101"
CLIENTS = 6
READY_S = 60
ACKNOWLEDGED = (200, 201)
BUSY = frozenset({429, 503})
"""Answers that say: try again."""


def make_city(city: Run, database: str = "") -> str:
    """Make a city with grids and somebody who takes calls; return their token.

    Args:
        database: Its URL, where it is not the city's private one.
    """
    os.environ |= {"CITYLOOP_DATA": str(city.data), "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.prod"}
    os.environ.pop("CITYLOOP_DATABASE_URL", None)
    if database:
        os.environ["CITYLOOP_DATABASE_URL"] = database
    import django

    django.setup()
    from cityloop.geography.actions import lay_regular_grid
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions

    actions.create_jurisdiction(CITY, "试验市")
    actions.create_department(CITY, "HW", "环卫中心", "sanitation", valid_from=date(2010, 1, 1))
    lay_regular_grid(CITY, 120.0, 30.0, 120.02, 30.02, 200, date(2010, 1, 1))
    user = actions.create_user("calls", password="long-enough-2026", name="受理员")
    actions.appoint(user.pk, "acceptor", CITY, valid_from=date(2020, 1, 1))
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
        self.answers: Counter[int] = Counter()
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
        self.answers[answer.status] += 1
        if answer.status in ACKNOWLEDGED:
            number: str = json.loads(data)["number"]
            return number
        if answer.status not in BUSY:
            self.odd.append(f"{answer.status} {data[:300].decode(errors='replace')}")
        return None

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(READY_S)
        stuck = sum(thread.is_alive() for thread in self.threads)
        self.odd += [f"{stuck} of {CLIENTS} clients never came to an end"] if stuck else []
        sys.stderr.write("\n")


@contextmanager
def folder(name: str) -> Iterator[Path]:
    """Give a folder that other users may enter, and take it away at the end."""
    parent = Path(tempfile.mkdtemp(prefix=f"cl-{name}-", dir="/var/tmp"))
    parent.chmod(0o711)
    try:
        yield parent
    finally:
        shutil.rmtree(parent, ignore_errors=True)


@contextmanager
def running(city: Run) -> Iterator[Run]:
    """Let a city run until the block ends; where that fails, tell what the city said last."""
    try:
        yield city.ready()
    except BaseException:
        sys.stderr.write(city.said()[-3000:])
        raise
    finally:
        if city.process.poll() is None:
            city.stop()


def wait_until_well(city: Run) -> None:
    until = time.monotonic() + READY_S
    well = 0
    while well < 2:  # a dying process may answer once more
        well = well + 1 if city.get("/readyz") == 200 else 0
        if time.monotonic() > until:
            raise SystemExit(f"The city did not come back:\n{city.said()[-3000:]}")
        time.sleep(0.1)


def counted(load: Load) -> dict[str, Any]:
    """Return what is there of what was acknowledged, and whether all of it is right."""
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
        "value": lost,
        "unit": "1",
        "n": len(load.acknowledged),
        "retries": load.retries,
        "more_than_acknowledged": len(stored) - len(load.acknowledged),
        "odd_answers": len(load.odd),
        "findings": len(findings),
        "right": 0 < len(load.acknowledged) == len(stored) and lost == 0 and not findings and not load.odd,
    }
