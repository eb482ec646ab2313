"""The ground of all tests: a real private PostgreSQL + PostGIS, started once for the whole run."""

import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityloop.site.postgres import SETTINGS, Cluster

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start_cluster(data: Path) -> None:
    """Start the cluster that the test settings expect in ``data``; it goes when the run ends."""
    data.chmod(0o755)  # PostgreSQL runs as another user where the tests run as root
    cluster = Cluster(data / "postgres", data / "run", SETTINGS | QUICK)
    cluster.make()
    server = subprocess.Popen(cluster.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def stop() -> None:
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(data, ignore_errors=True)

    atexit.register(stop)
    for _ in range(200):
        if cluster.is_ready():
            break
        time.sleep(0.05)
    cluster.ensure_database()


if "PYTEST_XDIST_WORKER" not in os.environ:
    start_cluster(Path(os.environ["CITYLOOP_DATA"]))


@pytest.fixture(autouse=True)
def _forgotten_tables() -> Iterator[None]:
    """Forget the cities' tables: a test's version 1 is gone with its transaction, the next one's is another."""
    yield
    from cityloop.cases.queries import routing, tables

    for kept in (tables.table, tables._plan, routing.routing, routing._plan):
        kept.cache_clear()
