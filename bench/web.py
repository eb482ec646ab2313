"""``create_case``: the whole stack as ``cityloop up`` runs it, loaded by wrk through the HTTP API."""

import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from bench.ground import CITY, figure, folder, make_city, say

SECONDS = 20
PATIENCE_S = 180


@contextmanager
def stack(kept: Path | None = None) -> Iterator[str]:
    """Run ``cityloop up`` in a folder of its own (``folder``) and yield its address; Django here speaks to the same database."""
    with folder(kept) as data:
        yield from _stack(data)


def _stack(data: Path) -> Iterator[str]:
    (data / "address").unlink(missing_ok=True)
    environment = {
        "CITYLOOP_DATA": str(data),
        "CITYLOOP_SECRET_KEY": "for measurements only, never on a city's machine",
        "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.prod",
        # Its processes run elsewhere: with a relative path they would run the code that is installed, not the one measured.
        "PYTHONPATH": os.pathsep.join(str(Path(one).resolve()) for one in sys.path if one),
    }
    with (data / "up.log").open("w") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "cityloop.site.cli", "up", "--port", "8790"],
            env={name: value for name, value in os.environ.items() if name != "CITYLOOP_DATABASE_URL"} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        address = _wait_for(data, up)
        os.environ |= environment
        import django

        django.setup()
        yield address
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)


def _wait_for(data: Path, up: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if up.poll() is not None:
            break
        if (data / "address").exists() and up.poll() is None:
            return (data / "address").read_text().strip().rstrip("/")
        time.sleep(0.1)
    raise SystemExit((data / "up.log").read_text()[-3000:])


def create_case() -> None:
    """Cases per second and p99 of a report with locating, numbering, event and task, 8 clients; 16 for the numbers."""
    if shutil.which("wrk") is None:
        raise SystemExit("create_case needs wrk: apt-get install wrk")
    with stack() as address:
        reporter = _prepare()
        _check_one(address, reporter)
        say("create_case: warming up")
        _load(address, reporter, 8, 4)
        say(f"create_case: 8 clients, {SECONDS} s")
        done = _load(address, reporter, 8, SECONDS)
        if done["failed"] or done["refused"]:
            raise SystemExit(f"{done['failed']} requests failed, {done['refused']} were refused: {done}")
        figure("create_case.rate", done["made"] / done["seconds"], "1/s", n=done["made"])
        more = {"p50": done["p50"], "max": done["max"], "client_cpu_share": done["client_cpu_share"]}
        figure("create_case.p99", done["p99"], "ms", n=done["made"], **more)
        say("create_case: 16 writers")
        done = _load(address, reporter, 16, SECONDS // 2)
        rows, counter = _numbers()
        figure("create_case.rate_16", done["made"] / done["seconds"], "1/s", n=done["made"])
        figure("create_case.numbers_wrong", abs(rows - counter), "1", n=rows)
        if rows != counter:
            raise SystemExit(f"{rows} cases, the counter stands at {counter}")


PHOTOS = 64


class Reporter(NamedTuple):
    """Who reports, and the digests of the photos that they have sent."""

    token: str
    photos: tuple[str, ...]


SPIKE = 10
"""Times the rate that can be served."""

SPIKE_SECONDS = 60
SPIKE_CLIENTS = 4000
CALM_MS = 150.0
CALM_IN_A_ROW = 10


def spike() -> None:
    """Ten times what can be served, offered for a minute whether it is answered or not; then how long until it is calm."""
    with stack() as address:
        reporter = _prepare()
        _load(address, reporter, 8, 4)
        say("spike: what can be served")
        served = _load(address, reporter, 8, 10)
        rate = served["made"] / served["seconds"]
        say(f"spike: {rate:.0f} a second; offering {SPIKE * rate:,.0f} for {SPIKE_SECONDS} s")
        done = _load(address, reporter, SPIKE_CLIENTS, SPIKE_SECONDS, per_second=SPIKE * rate)
        calm = _seconds_until_calm(address, reporter)
        offered = sum(done[name] for name in ("made", "repeated", "refused", "failed"))
        shares = {
            "offered": round(offered / done["seconds"], 1),
            "made": round(done["made"] / done["seconds"], 1),
            "refused": done["refused"],
            "times": round(offered / done["seconds"] / rate, 1),
            "client_cpu_share": done["client_cpu_share"],
            "p99": done["p99"],
        }
        figure("spike.errors", done["failed"], "1", n=offered, **shares)
        figure("spike.recovery_seconds", calm, "s", n=CALM_IN_A_ROW)
        rows, counter = _numbers()
        if rows != counter:
            raise SystemExit(f"{rows} cases, the counter stands at {counter}")


def _seconds_until_calm(address: str, reporter: Reporter) -> float:
    """Report one case after another until so many in a row were quick; return when the first of these began."""
    ended = first = time.monotonic()
    quick = 0
    while quick < CALM_IN_A_ROW and time.monotonic() < ended + PATIENCE_S:
        started = time.monotonic()
        try:
            _check_one(address, reporter, quietly=True)
            is_quick = (time.monotonic() - started) * 1000 <= CALM_MS
        except urllib.error.HTTPError:
            is_quick = False
        if not is_quick:
            quick = 0
            continue
        first = started if quick == 0 else first
        quick += 1
    return first - ended


def _prepare() -> Reporter:
    """Make the city, a collector, a token that may write, and photos that the collector has sent."""
    from cityloop.kernel.clock import machine_now
    from cityloop.media.actions import keep
    from cityloop.organisation import actions

    make_city()
    user = actions.create_user("collector", password="long-enough-2026", name="采集员")
    actions.appoint(user.pk, "collector", CITY, valid_from=date(2020, 1, 1))
    token = actions.issue_token(user.pk, "bench", now=machine_now(), scopes=["read", "write"])
    photos = [
        keep(photo(), jurisdiction=CITY, owner_id=user.pk, now=machine_now(), pool="bench") for _ in range(PHOTOS)
    ]
    return Reporter(token, tuple(kept.file.sha256 for kept in photos))


def photo() -> io.BytesIO:
    drawn = io.BytesIO()
    Image.effect_noise((320, 240), 90).save(drawn, "JPEG")
    drawn.seek(0)
    return drawn


def _check_one(address: str, reporter: Reporter, *, quietly: bool = False) -> None:
    """One report by hand: what the load does must work at all."""
    inputs = {
        "source": "collector", "category": "gb47678_2026/part/01001", "condition": "gb47678_2026/part/01001#cov_break",
        "photos": [{"kind": kind, "sha256": one} for kind, one in zip(("close", "wide"), reporter.photos, strict=False)],
        "point": {"lon": 120.05, "lat": 30.05, "system": "wgs84"},
    }  # fmt: skip
    request = urllib.request.Request(
        f"{address}/api/v1/cases",
        data=json.dumps({"inputs": inputs}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {reporter.token}"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            number = json.load(answer)["number"]
    except urllib.error.HTTPError as exc:
        say(exc.read().decode(errors="replace"))
        raise
    if not quietly:
        say(f"a case by hand: {number}")


def _load(address: str, reporter: Reporter, clients: int, seconds: int, *, per_second: float = 0) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", str(Path(__file__).with_suffix("").parent / "create_case.lua"), f"{address}/api/v1/cases"],
        env={
            **os.environ,
            "BENCH_TOKEN": reporter.token,
            "BENCH_PHOTOS": " ".join(reporter.photos),
            "BENCH_RATE": str(round(per_second)),
        },
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer["client_cpu_share"] = round(cpu / answer["seconds"], 3)  # of one core
    return answer


def _numbers() -> tuple[int, int]:
    """Return how many different numbers there are, and what the counters stand at."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(DISTINCT number) FROM cases_case), (SELECT sum(last) FROM cases_casecounter)"
        )
        rows, counter = cursor.fetchone()
    return rows, counter


def resident() -> None:
    """Megabytes of memory of everything but PostgreSQL, after a load: each shared page counted once (proportional set size)."""
    with folder() as data, stack(data) as address:
        reporter = _prepare()
        _load(address, reporter, 8, SECONDS // 2)
        parts = megabytes(data)
        for name, size in parts.items():
            say(f"resident: {name} {size:.0f} MB")
        figure(
            "resident.mb",
            sum(parts.values()),
            "MB",
            n=len(parts),
            **{name: round(size) for name, size in parts.items()},
        )


def megabytes(data: Path) -> dict[str, float]:
    """Return the proportional set sizes by part."""
    from cityloop.site.processes import pids_marked

    parts: dict[str, float] = {}
    for pid in pids_marked(data):
        words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        if "postgres" in words.partition(" ")[0]:
            continue
        name = "worker" if "procrastinate" in words else "web_and_uploads"  # the web server's workers name nothing
        parts[name] = parts.get(name, 0.0) + _pss_mb(pid)
    supervisors = {int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]) for pid in pids_marked(data)}
    for pid in supervisors - set(pids_marked(data)):
        parts["supervisor"] = parts.get("supervisor", 0.0) + _pss_mb(pid)
    return parts


def _pss_mb(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("\nPss:")[1].split()[0]) / 1024
