"""The machine's clock is set back an hour, and put right again, while people report and act.

    python -m soak.clock --acts 200

The clock is libfaketime's, for all processes of the city. No case's history runs backwards, nothing is lost or doubled, sessions
and tokens stay valid, and what moves by itself goes on moving in the hour that comes twice.
"""

import http.client
import json
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from loading import BUSY, Load, counted, folder, make_city, running, wait_until_well
from running import Run, unused_port
from soaking import main

BACK_S = -3600
TICK_S = 150
"""A tick is due every minute; the worker may have to be started anew first."""


def library() -> str:
    """Return the path of libfaketime.

    Raises:
        FileNotFoundError: Debian's package ``libfaketime`` is not installed.
    """
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise FileNotFoundError("libfaketimeMT.so.1 (Debian: libfaketime)")
    return str(found[0])


class Clock:
    """What the city's processes take for the time: the machine's, moved."""

    def __init__(self, parent: Path) -> None:
        self.file = parent / "clock"
        self.move(0)
        self.environment = {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def move(self, seconds: int) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self.file)


def run(acts: int, *, without_tick: bool) -> dict[str, Any]:
    with folder("clock") as parent:
        clock = Clock(parent)
        with running(Run(parent / "data", unused_port(), **clock.environment)) as city:
            return _hurt(city, make_city(city), clock, acts, waits_for_tick=not without_tick)


def _hurt(city: Run, token: str, clock: Clock, acts: int, *, waits_for_tick: bool) -> dict[str, Any]:
    wrong: list[str] = []
    ticks: list[float] = []
    with Load(city.port, token) as load:
        for moved in (0, BACK_S, 0):
            clock.move(moved)
            wrong += _act(load, acts)
            if waits_for_tick and moved:
                ticks.append(_seconds_until_a_tick())
            wait_until_well(city)
    told = {"name": "clock.lost", **counted(load), "acts": 3 * acts, "set_back_s": -BACK_S}
    wrong += _backwards()
    if waits_for_tick:
        told["tick_after_s"] = round(ticks[0], 1)
        if ticks[0] >= TICK_S:
            wrong.append("nothing moves by itself in the hour that comes twice")
            sys.stderr.write(city.said()[-3000:])
    return told | {"wrong": sorted(set(wrong)), "right": told["right"] and not wrong}


def _act(load: Load, acts: int) -> list[str]:
    """Have each of the newest cases noted, through the API, by the token of before; a busy city is asked again, with the same key."""
    until = time.monotonic() + 60
    before = len(load.acknowledged)
    while len(load.acknowledged) < before + acts // 4:
        if time.monotonic() > until:
            return ["reports are not taken"]
        time.sleep(0.1)
    wrong = []
    for number in list(load.acknowledged.values())[-acts:]:
        body = json.dumps({"key": str(uuid4()), "inputs": {"opinion": "补充情况"}})
        status, said = _noted(load, number, body)
        while status in BUSY and time.monotonic() < until:
            time.sleep(0.2)
            status, said = _noted(load, number, body)
        if status not in {200, 201, 403}:
            wrong.append(f"a note is answered {status} {said!r}")
    return wrong


def _noted(load: Load, number: str, body: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=20)
    try:
        connection.request("POST", f"/api/v1/cases/{number}/actions/note", body, load.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()[:200]
    finally:
        connection.close()


def _seconds_until_a_tick() -> float:
    began, before = time.monotonic(), _jobs()
    while _jobs() == before and time.monotonic() - began < TICK_S:
        time.sleep(1)
    return time.monotonic() - began


def _jobs() -> int:
    """Return how many jobs of the tick there have been."""
    return int(_asked("SELECT coalesce(max(id), 0) FROM procrastinate_jobs WHERE task_name = 'cases.tick'")[0][0])


def _asked(question: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


def _backwards() -> list[str]:
    """Return what runs backwards in the history of any case."""
    from cityloop.cases import models

    rows = models.CaseEvent.objects.order_by("case_id", "seq").values_list("case__number", "seq", "at")
    return [
        f"{number}: event {seq} is earlier than the one before"
        for (earlier, _seq, before), (number, seq, at) in pairwise(rows)
        if earlier == number and at - before < timedelta(0)
    ]


if __name__ == "__main__":
    sys.exit(main(__doc__, run, acts=200, without_tick=False))
