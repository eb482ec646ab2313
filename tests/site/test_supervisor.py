"""The supervisor on the real thing: a city started, hurt and stopped as it happens on a machine."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityloop.site.processes import pids_in, pids_marked
from running import Run, outside_environment, unused_port, words_of

pytestmark = pytest.mark.xdist_group("supervisor")  # one city serves all tests of this file


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="cl-up-", dir="/var/tmp"))
    parent.chmod(0o711)
    yield parent
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Run]:
    """A city started where its port was taken."""
    wanted = unused_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", wanted))
        taken.listen()
        run = Run(folder / "data", wanted).ready()
    run.port = int(run.data.joinpath("address").read_text().strip().rstrip("/").rsplit(":", 1)[1])
    yield run
    if run.process.poll() is None:
        run.stop()


@pytest.fixture
def city(first: Run) -> Run:
    """The same city, running: a test that ended it may have come before."""
    if first.process.poll() is not None:
        again = Run(first.data, first.port).ready()
        first.process, first.log = again.process, again.log
    return first


def test_where_the_port_is_taken_it_takes_another_and_says_so(first: Run) -> None:
    said = first.first_words
    assert f"is taken by another program; using {first.port}" in said
    assert f"CityLoop is ready: http://localhost:{first.port}/" in said


def test_the_uploads_answer_on_a_port_of_their_own(city: Run) -> None:
    city.wait_for(lambda: city.pid_of("cityloop.site.uploads") > 0)
    port = int(re.findall(r"--port (\d+)", words_of(city.pid_of("cityloop.site.uploads")))[0])
    assert port != city.port

    def version() -> str | None:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asked.request("OPTIONS", "/uploads/")
            answer = asked.getresponse()
            return answer.getheader("Tus-Version") if answer.status == 204 else None
        except OSError:  # another check has just killed it: it is on its way back
            return None
        finally:
            asked.close()

    city.wait_for(lambda: version() == "1.0.0")


def test_a_running_city_opens_its_door_and_is_ready(city: Run) -> None:
    assert city.get("/sign-in") == 200
    city.wait_for(lambda: city.get("/readyz") == 200)


CHILDREN = [
    ("postgres", "postgres"),
    ("web", "cityloop.site.wsgi"),
    ("uploads", "cityloop.site.uploads"),
    ("worker", "procrastinate"),
]


@pytest.mark.parametrize(("name", "words"), CHILDREN)
def test_what_is_killed_comes_back(city: Run, name: str, words: str) -> None:
    before = city.pid_of(words)
    deaths = city.said().count(f"{name} ended")
    os.kill(before, signal.SIGKILL)
    city.wait_for(lambda: city.said().count(f"{name} ended") > deaths)
    city.wait_for(lambda: city.pid_of(words) not in {0, before})
    city.wait_for(lambda: city.get("/readyz") == 200)
    # Every web process, also another than the one that was ready: what died with the database is given to no request.
    assert [city.get("/sign-in") for _request in range(8)] == [200] * 8
    assert f"{name} ended (signal SIGKILL" in city.said()


def figure(city: Run, name: str) -> float:
    """Return what ``/metrics`` says of ``name`` with its labels, 0 where it says nothing."""
    with urllib.request.urlopen(f"http://127.0.0.1:{city.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.rpartition(" ")[0] == name]
    return float(found[0]) if found else 0.0


def test_what_all_web_processes_have_done_is_told_by_any_of_them(city: Run) -> None:
    before = figure(city, 'cityloop_requests_total{method="GET",route="/healthz",status="200"}')
    for _ in range(20):  # a connection each, which either process may take
        assert city.get("/healthz") == 200
    counted = [figure(city, 'cityloop_requests_total{method="GET",route="/healthz",status="200"}') for _ in range(6)]
    assert counted == [before + 20] * 6
    assert len(list((city.data / "metrics").glob("counter_*.db"))) >= 3, "two web processes, the worker"
    assert figure(city, 'cityloop_pool_connections{state="idle"}') + figure(
        city, 'cityloop_pool_connections{state="used"}'
    )


def test_a_second_run_on_the_folder_is_refused_and_names_the_first(city: Run) -> None:
    second = Run(city.data, unused_port())
    assert second.process.wait(timeout=20) == 1
    assert f"already runs on {city.data}, as process {city.process.pid}" in second.said()
    assert city.get("/healthz") == 200


def test_nobody_else_reaches_the_database(city: Run) -> None:
    assert (city.data / "run").stat().st_mode & 0o077 == 0
    assert (city.data / "secret").stat().st_mode & 0o077 == 0


def command(city: Run, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cityloop.site.cli", "--data", str(city.data), *words],
        env=outside_environment() | more,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_runs_end_and_begin_again(city: Run) -> None:
    """One story, since each start takes seconds: killed, started until ready, founded, stopped early, late."""
    killed = city.process.pid
    os.kill(killed, signal.SIGKILL)
    city.process.wait()

    # The next run finds a lock without a holder, perhaps a dying PostgreSQL; it works, and stops by itself once ready.
    once = Run(city.data, city.port, "--until-ready", "90")
    assert once.process.wait(timeout=100) == 0
    said = once.said()
    assert said.index("CityLoop is ready") < said.index("shutting down") < said.index("CityLoop stopped")
    assert_nothing_is_left(city.data)

    # Day one: a command starts PostgreSQL for itself while no city runs.
    words = ("init", "--no-input", "--code", "370202", "--city", "市南区", "--username", "chief", "--name", "李雷")
    done = command(city, *words, CITYLOOP_ADMIN_PASSWORD="Chengguan-2026-loop")
    assert (done.returncode, done.stderr) == (0, "")
    assert_nothing_is_left(city.data)

    # Told to stop while it starts, it stops; now somebody can sign in.
    early = Run(city.data, city.port)
    early.wait_for("PostgreSQL ready")
    assert early.stop() == 0
    assert "Stopping (SIGTERM)" in early.said()
    assert "ended (" not in early.said()
    assert_nothing_is_left(city.data)

    late = Run(city.data, city.port, "--until-ready", "0.01")
    assert late.process.wait(timeout=30) == 1
    assert "did not answer within" in late.said()
    assert_nothing_is_left(city.data)


def test_a_command_uses_the_database_of_the_running_city(city: Run) -> None:
    done = command(city, "showmigrations", "kernel")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[X] 0001" in done.stdout
    assert city.process.poll() is None


def assert_nothing_is_left(data: Path) -> None:
    assert pids_marked(data) == []
    assert pids_in(data / "postgres") == []
    assert not (data / "address").exists()
    assert not (data / "postgres" / "postmaster.pid").exists()
