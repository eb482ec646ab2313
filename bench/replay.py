"""``replay``: past cases through the bulk twin, all events and hashes written, beside the one door called case by case."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from bench.ground import CITY, EXTENT, cluster, figure, make_city, say

SEED = 20261122
CASES = 20_200
BATCH = 2_000
DOOR_CASES = 150
MANHOLE = "gb47678_2026/part/01001"


def replay() -> None:
    """Cases per second, each with nine events, eight tasks and two texts."""
    with cluster():
        make_city()
        from cityloop.cases.actions import PastCase, Replay
        from cityloop.cases.queries.verifying import verify

        chance = random.Random(SEED)
        west, south, east, north = EXTENT
        begins = datetime(2025, 3, 1, tzinfo=UTC)

        def past(number: int) -> PastCase:
            reported = begins + timedelta(minutes=number * 7 + chance.random())
            return PastCase(
                key=uuid5(UUID(int=SEED), str(number)),
                reported_at=reported,
                closed_at=reported + timedelta(hours=chance.uniform(1, 200)),
                category=MANHOLE,
                condition=f"{MANHOLE}#cov_break",
                source="hotline",
                lon=chance.uniform(west, east),
                lat=chance.uniform(south, north),
                description="井盖破损，行人绊倒，请尽快更换",
                address=f"人民路 {number % 900} 号",
                department="HW",
            )

        cases = [past(number) for number in range(CASES)]
        twin = Replay(CITY, label="bench")
        twin.write(cases[:200])
        started, made = time.perf_counter(), 0
        for count in twin.write_all(cases[start : start + BATCH] for start in range(200, CASES, BATCH)):
            made += count.made
            say(f"replay: {made:,} cases, {made / (time.perf_counter() - started):,.0f}/s so far")
        rate = made / (time.perf_counter() - started)
        figure("replay.rate", rate, "1/s", n=made, ratio=round(rate / _through_the_door(), 1))
        started = time.perf_counter()
        done = verify()
        if done.findings:
            raise SystemExit(f"verify found {done.findings[0]}")
        figure("replay.verify_rate", done.events / (time.perf_counter() - started), "1/s", n=done.events)


def _through_the_door() -> float:
    """Return how many cases a second go through ``perform``, act by act, in the same process on the same city."""
    from cityloop.cases.actions import perform, report
    from cityloop.organisation.queries import system_viewer

    actor, inputs = system_viewer("bench", CITY), {"source": "hotline", "category": MANHOLE}
    acts: list[tuple[str, dict[str, Any]]] = [
        ("accept", {}),
        ("file", {"condition": f"{MANHOLE}#cov_break"}),
        ("dispatch", {"department": "HW"}),
        ("sign", {}),
        ("feedback", {}),
        ("send_check", {}),
        ("check_back", {"result": "pass"}),
        ("close", {"condition_met": True}),
    ]
    started = time.perf_counter()
    for _case in range(DOOR_CASES):
        point = {"lon": 120.05, "lat": 30.05, "system": "wgs84"}
        number = report(CITY, inputs | {"point": point}, actor=actor, key=uuid4(), via="system").number
        for action, given in acts:
            perform(number, action, given, actor=actor, key=uuid4(), via="system")
    return DOOR_CASES / (time.perf_counter() - started)
