"""The ground of all tests: a real private PostgreSQL + PostGIS, started once for the whole run."""

import atexit
import gc
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

from cityloop.site.postgres import SETTINGS, Cluster

# No law fails by the clock: how fast something is, is measured in bench/.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

QUICK = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "max_wal_size": "2GB", "checkpoint_timeout": "1h",
}  # fmt: skip
"""What is written need not outlive the run."""


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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage only after all tests are found, not among them, and seldom: it took one part in twelve of some tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Let what shares something costly run on one worker, and what is long begin first, so that no worker ends late and alone.

    Tests share what their group (``xdist_group``) names; those of a file that look at pages, its browser.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("long")
            if not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(item.path.stem))
    yield
    for item in items:
        # pytest-xdist 3.8 writes the group into an attribute in which pytest 9.2 does not look any more.
        if named := getattr(item, "_nodeid", ""):
            item._id = NodeId.parse(named)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database for each worker, with the standards' catalogues; a test that commits leaves it as it began."""
    from django.test import TransactionTestCase

    from beginning import Beginning, drop_database, make_database

    with django_db_blocker.unblock():
        name = make_database()
        began = Beginning.of_now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: began.bring_back())
        yield
    with django_db_blocker.unblock():
        drop_database(name)


@pytest.fixture(autouse=True)
def _forgotten_tables() -> Iterator[None]:
    """Forget the cities and their tables: a test's version 1 is gone with its transaction, the next one's is another."""
    yield
    from cityloop.cases.queries import happened, routing, tables
    from cityloop.site import maps

    happened.forget()
    maps.forget()
    for kept in (tables.table, tables._plan, routing.routing, routing._plan):
        kept.cache_clear()
