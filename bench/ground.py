"""What every measurement stands on: a private cluster with the production settings, a city, and figures on standard output."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

CITY = "990101"
EXTENT = (120.0, 30.0, 120.1, 30.1)
"""West, south, east, north of the measured city, degrees: about 10 km each way, some 2,500 grids of 200 m."""


def say(text: str) -> None:
    """Show progress on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def figure(name: str, value: float, unit: str, *, n: int, **more: float | str) -> None:
    """Print one figure: ``benchmark.figure``, its value and unit, from how many it was taken."""
    line = {"name": name, "value": round(value, 4), "unit": unit, "n": n, **more}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def rate_per_core(work: Callable[[], int], *, rounds: int = 7) -> tuple[float, int]:
    """Return the median rate per second of CPU time over ``rounds`` of ``work`` (which says how much it did), and the sum.

    CPU time, not wall time: the figure is one core's, whatever else the machine does.
    """
    rates, total = [], 0
    for _round in range(rounds):
        started = time.process_time()
        done = work()
        rates.append(done / (time.process_time() - started))
        total += done
    return median(rates), total


GROUND = Path(os.environ.get("CITYLOOP_BENCH", "/var/tmp"))
"""Where the folders of measurements lie."""


@contextmanager
def folder(kept: Path | None = None) -> Iterator[Path]:
    """Give a data folder: ``kept``, which stays, or one that goes afterwards."""
    data = kept or Path(tempfile.mkdtemp(prefix="cityloop-bench-", dir=GROUND))
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o755)
    try:
        yield data
    finally:
        if kept is None:
            shutil.rmtree(data, ignore_errors=True)


BUILDING = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "8GB", "maintenance_work_mem": "512MB",
}  # fmt: skip
"""Settings of a database that is made for measurements: what breaks off is made anew."""


@contextmanager
def cluster(kept: Path | None = None, *, building: bool = False) -> Iterator[Path]:
    """Run a private cluster as ``cityloop up`` does, in a folder of its own (``folder``); Django speaks to it.

    Args:
        building: It is filled, and nothing is measured: ``BUILDING``.
    """
    with folder(kept) as data:
        yield from _cluster(data, BUILDING if building else {})


def _cluster(data: Path, other: dict[str, str]) -> Iterator[Path]:
    from cityloop.site.postgres import SETTINGS, Cluster

    private = Cluster(data / "postgres", data / "run", SETTINGS | other)
    private.make()
    server = subprocess.Popen(private.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        while not private.is_ready():
            time.sleep(0.05)
        private.ensure_database()
        os.environ |= {
            "CITYLOOP_DATA": str(data),
            "CITYLOOP_DATABASE_URL": private.url,
            "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.prod",
            "CITYLOOP_SECRET_KEY": "for measurements only, never on a city's machine",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("load_standards", stdout=sys.stderr)
        yield data
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def make_city(code: str = CITY) -> None:
    """Make a city with grids and a department of each kind that the measurements use."""
    from cityloop.geography.actions import lay_regular_grid
    from cityloop.organisation import actions

    actions.create_jurisdiction(code, "量测市")
    actions.create_department(code, "HW", "环卫中心", "sanitation", valid_from=date(2010, 1, 1))
    lay_regular_grid(code, *EXTENT, 200, date(2010, 1, 1))
