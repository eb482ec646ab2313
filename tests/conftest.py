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
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

from cityloop.site.postgres import SETTINGS, Cluster

# No law fails by the clock: how fast something is, is measured in bench/.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of a group (``xdist_group``) run on one worker, so that what they share is made once.

    pytest-xdist 3.8 writes the group into an attribute in which pytest 9.2 does not look any more.
    """
    for item in items:
        if named := getattr(item, "_nodeid", ""):
            item._id = NodeId.parse(named)


@pytest.fixture(scope="session", autouse=True)
def _kept_standards(request: pytest.FixtureRequest) -> None:
    """Keep the standards' catalogues in the tests' database, also after a test that empties it.

    Each test would copy them into its transaction else, and leave as many dead rows for the next one to walk over.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.models.signals import post_migrate

    from cast import load_standards

    def keep(**_of_the_signal: object) -> None:
        if str(connection.settings_dict["NAME"]).startswith("test_"):
            load_standards()

    post_migrate.connect(keep, sender=apps.get_app_config("standards"), weak=False)


@pytest.fixture(autouse=True)
def _forgotten_tables() -> Iterator[None]:
    """Forget the cities' tables: a test's version 1 is gone with its transaction, the next one's is another."""
    yield
    from cityloop.cases.queries import happened, routing, tables

    happened.forget()
    for kept in (tables.table, tables._plan, routing.routing, routing._plan):
        kept.cache_clear()
