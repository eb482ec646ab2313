"""``worklist`` and ``lifecycle``: a desk and the whole loop over HTTP, beside a million cases and beside few.

The databases are built once, by the bulk twin, with ``script/bench --prepare``.
"""

import http.client
import json
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4, uuid5

from bench.ground import CITY, EXTENT, GROUND, cluster, figure, make_city, say
from bench.web import stack

SEED = 20261122
SIZES = SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
BATCH = 2_000
OPEN_SHARE = 0.05
BYTES_PER_CASE = 18_000
"""13,000 with indexes, as measured at 100,000, and room for the log."""

PAST = timedelta(days=730)
OPEN_FOR = timedelta(days=60)
URGES = 2.47
"""Of each closed case, on average: with its ten other events and the four of an open case that makes twelve."""

PEOPLE = ("acceptor", "duty_chief", "dispatcher", "dept_clerk", "collector")
PAGES, PAGE, ROUNDS, CLIENTS, LIFE_SECONDS = 50, 50, 150, 8, 20
MANHOLE = "gb47678_2026/part/01001"
ANSWERED = 300
"""Status codes below it."""


def folder_of(cases: int) -> Path:
    return GROUND / f"cityloop-bench-{cases}"


def prepare(cases: int) -> None:
    """Build the database of so many cases, or bring the one that is there up to date; the disk is looked at first."""
    data = folder_of(cases)
    if (data / "prepared.json").exists():
        say(f"{cases:,} cases: there already, in {data}; brought up to date")
        with cluster(data):  # its migrations, and counted anew what they have written
            _settle()
        return
    needed, free = cases * BYTES_PER_CASE, shutil.disk_usage(GROUND).free
    say(f"{cases:,} cases: takes {needed / 1e9:.1f} GB in {data}; {free / 1e9:.0f} GB are free")
    if needed * 1.2 > free:
        raise SystemExit("The disk has too little room. Name another folder as CITYLOOP_BENCH.")
    shutil.rmtree(data, ignore_errors=True)
    with cluster(data, building=True):
        started = time.monotonic()
        tokens = _make_people()
        events = _write(cases)
        _settle()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
        told = {
            "cases": cases,
            "events": events,
            "bytes": size,
            "seconds": round(time.monotonic() - started),
            "tokens": tokens,
        }
        (data / "prepared.json").write_text(json.dumps(told))
        say(f"{cases:,} cases, {events:,} events, {size / 1e9:.1f} GB in {told['seconds']} s")


def _settle() -> None:
    """Let nothing be left to do in the background, where it would be measured with what is asked for.

    A city of this age has its events anchored and its old cases archived. The twin does neither: the anchors are made up for here,
    and the archiving of 950,000 cases is left undone (``LED``: the worker moves nothing by itself in a city that is led).
    """
    from django.db import connection

    from cityloop.cases.actions.anchoring import anchor
    from cityloop.cases.queries.waiting import LED
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation.actions.jurisdictions import change_settings

    change_settings(CITY, {LED: True})
    anchor(now=machine_now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _make_people() -> dict[str, str]:
    """Make the city, two departments, one person for each post; return their tokens, and the collector's id."""
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions
    from cityloop.organisation.queries import city

    make_city()
    actions.create_department(CITY, "SZ", "市政中心", "municipal", valid_from=date(2010, 1, 1))
    departments = {one.code: one.id for one in city(CITY).departments.values()}
    tokens = {}
    for post in PEOPLE:
        user = actions.create_user(f"bench_{post}", password="long-enough-2026", name=post)
        unit = departments["HW"] if post == "dept_clerk" else None
        actions.appoint(user.pk, post, CITY, department_id=unit, valid_from=date(2020, 1, 1))
        tokens[post] = actions.issue_token(user.pk, "bench", now=machine_now(), scopes=["read", "write"])
        tokens[f"{post}_id"] = str(user.pk)
    return tokens


def _write(cases: int) -> int:
    from cityloop.cases.actions import Replay
    from cityloop.cases.models import CaseEvent

    twin, made, started = Replay(CITY, label="bench"), 0, time.monotonic()
    for count in twin.write_all(_past(cases)):
        if count.refused:
            raise SystemExit(count.refused[0][1])
        made += count.made
        if made % (BATCH * 10) == 0:
            say(f"{made:,} of {cases:,}, {made / (time.monotonic() - started):,.0f} a second")
    return CaseEvent.objects.count()


def _past(cases: int) -> Iterator[list[Any]]:
    """Yield cases of the last two years in batches, in the order of their reports; one in twenty is open still."""
    from cityloop.cases.actions import PastCase
    from cityloop.organisation.queries import city

    chance = random.Random(SEED)
    classes = [
        one for key, one in sorted(city(CITY).categories.items()) if key.startswith("gb47678_2026/") and one.conditions
    ]
    west, south, east, north = EXTENT
    present = datetime(2026, 11, 20, tzinfo=UTC)
    for first in range(0, cases, BATCH):
        batch = []
        for number in range(first, min(first + BATCH, cases)):
            share = number / cases
            is_open = share > 1 - OPEN_SHARE
            age = OPEN_FOR * (1 - share) / OPEN_SHARE if is_open else PAST * (1 - share)
            reported = present - age
            took = timedelta(hours=chance.uniform(1, 200))
            urges = int(URGES + chance.random())
            category = chance.choice(classes)
            batch.append(
                PastCase(
                    key=uuid5(UUID(int=SEED), str(number)),
                    reported_at=reported,
                    closed_at=None if is_open else reported + took,
                    category=category.key,
                    condition=category.conditions[0].key,
                    source="hotline",
                    lon=chance.uniform(west, east),
                    lat=chance.uniform(south, north),
                    description="路面有积水，车辆绕行，请尽快处理",
                    address=f"人民路 {number % 900} 号",
                    department=chance.choice(("HW", "SZ")),
                    urged_at=() if is_open else tuple(reported + took * (n + 1) / (urges + 1) for n in range(urges)),
                )
            )
        yield batch


def prepared(cases: int) -> tuple[Path, dict[str, str]]:
    data = folder_of(cases)
    if not (data / "prepared.json").exists():
        raise SystemExit(f"{cases:,} cases are not prepared: script/bench --prepare")
    return data, json.loads((data / "prepared.json").read_text())["tokens"]


def verify() -> None:
    """Events a second and core: every case rebuilt from its events and compared, hashes, anchors and numbers included.

    Of a core: the CPU time of our process and of the database's that serves it, added up.
    """
    data, _tokens = prepared(MIDDLE)
    with cluster(data):
        from django.db import connection

        from cityloop.cases.actions.anchoring import anchor
        from cityloop.cases.queries.verifying import verify as verify_all
        from cityloop.kernel.clock import machine_now

        anchor(now=machine_now())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (served_by,) = cursor.fetchone()
        started, used, served = time.perf_counter(), time.process_time(), _cpu_seconds(served_by)
        done = verify_all(progress=_say_now_and_then)
        took, used, served = (
            time.perf_counter() - started,
            time.process_time() - used,
            _cpu_seconds(served_by) - served,
        )
        if done.findings:
            raise SystemExit(f"verify found {done.findings[0]}")
        shares: dict[str, float | str] = {
            "by_the_wall": round(done.events / took),
            "database_share": round(served / (used + served), 2),
        }
        figure("verify.rate", done.events / (used + served), "1/s", n=done.events, **shares)


def _say_now_and_then(cases: int) -> None:
    if cases % 20_000 == 0:
        say(f"verify: {cases:,} cases")


def _cpu_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


class Client:
    """One connection that stays open, as one person."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        self.http.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, self.headers)
        answer = self.http.getresponse()
        data = answer.read()
        if answer.status >= ANSWERED:
            raise SystemExit(f"{method} {path}: {answer.status} {data.decode()[:500]}")
        return json.loads(data)

    def close(self) -> None:
        self.http.close()


def worklist() -> None:
    """A department's open tasks: the first and the 50th page, all and of some classes; beside a tenth of the cases."""
    medians = {}
    for cases in (MIDDLE, LARGE):
        data, tokens = prepared(cases)
        with stack(data) as address, closing(Client(address, tokens["dept_clerk"])) as client:
            took, pages = _pages_of(client)
            cuts, medians[cases] = quantiles(took, n=100), median(took)
            if cases == LARGE:
                more: dict[str, float | str] = {"p50": round(cuts[49], 2), "cases": cases, "pages": pages}
                figure("worklist.p99", cuts[98], "ms", n=len(took), **more)
    figure("worklist.growth", medians[LARGE] / medians[MIDDLE], "1", n=2 * ROUNDS)


def _pages_of(client: Client) -> tuple[list[float], str]:
    codes = [item["category"]["code"] for item in client.ask("GET", f"/tasks?limit={PAGE}")["items"]]
    some = "&".join(f"category={quote(code)}" for code in sorted(set(codes))[:20])
    first, filtered = f"/tasks?limit={PAGE}", f"/tasks?limit={PAGE}&{some}"
    paths = [first, filtered, *(_far(client, path) for path in (first, filtered))]
    took = []
    for number in range(ROUNDS):
        path = paths[number % len(paths)]
        started = time.perf_counter()
        client.ask("GET", path)
        took.append((time.perf_counter() - started) * 1000)
    return took, "first and far, all and filtered"


def _far(client: Client, path: str) -> str:
    """Return the path of the 50th page, or of the last one where there are fewer."""
    far = path
    for _page in range(PAGES - 1):
        following = client.ask("GET", far)["next"]
        if following is None:
            break
        far = f"{path}&cursor={quote(following)}"
    return far


def lifecycle() -> None:
    """Whole cases a second, each nine requests by the people whose step it is; beside a hundredth of the cases."""
    rates = {}
    for cases in (SMALL, LARGE):
        data, tokens = prepared(cases)
        with stack(data) as address:
            say(f"lifecycle: {cases:,} cases, {CLIENTS} clients, {LIFE_SECONDS} s")
            _lives(address, tokens, 3)
            rates[cases], done, share = _lives(address, tokens, LIFE_SECONDS)
            if cases == LARGE:
                figure("lifecycle.rate", rates[cases], "1/s", n=done, client_cpu_share=share, cases=cases)
    figure("lifecycle.growth", rates[SMALL] / rates[LARGE], "1", n=2)


def _lives(address: str, tokens: dict[str, str], seconds: float) -> tuple[float, int, float]:
    """Let clients lead one case after another through the loop; return cases a second, cases, and the clients' share of a core."""
    until = time.monotonic() + seconds
    done, failures = [0] * CLIENTS, []

    def lead(index: int) -> None:
        people = {post: Client(address, tokens[post]) for post in PEOPLE}
        chance = random.Random(index)
        try:
            while time.monotonic() < until:
                _one_life(people, int(tokens["collector_id"]), chance)
                done[index] += 1
        except (SystemExit, OSError, http.client.HTTPException) as exc:
            failures.append(exc)
        finally:
            for client in people.values():
                client.close()

    started, used = time.monotonic(), time.process_time()
    threads = [threading.Thread(target=lead, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.stderr.write(f"{failures[0]}\n")
        raise SystemExit(f"{len(failures)} clients failed")
    took = time.monotonic() - started
    return sum(done) / took, sum(done), round((time.process_time() - used) / took, 2)


def _one_life(people: dict[str, Client], collector: int, chance: random.Random) -> None:
    west, south, east, north = EXTENT
    point = {"lon": chance.uniform(west, east), "lat": chance.uniform(south, north), "system": "wgs84"}
    inputs = {"source": "hotline", "category": MANHOLE, "point": point, "description": "井盖破损", "address": "人民路"}
    number = people["acceptor"].ask("POST", "/cases", {"key": str(uuid4()), "inputs": inputs})["number"]
    for post, action, given in (
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {"condition": f"{MANHOLE}#cov_break"}),
        ("dispatcher", "dispatch", {"department": "HW"}),
        ("dept_clerk", "sign", {}),
        ("dept_clerk", "feedback", {}),
        ("acceptor", "send_check", {"collector": collector}),
        ("collector", "check_back", {"result": "pass"}),
        ("duty_chief", "close", {"condition_met": True, "reply": "已修复"}),
    ):
        people[post].ask("POST", f"/cases/{number}/actions/{action}", {"key": str(uuid4()), "inputs": given})
