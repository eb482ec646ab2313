import asyncio
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.site import processes
from cityloop.site.processes import MARK, Child, Log, wait_before_restart_s

T = TypeVar("T")


def child(code: str, log: Log, **options: object) -> Child:
    return Child("child", lambda: [sys.executable, "-c", code], log, os.environ, **options)


def run(scene: Coroutine[None, None, T]) -> T:
    async def in_time() -> T:
        result = await asyncio.wait_for(scene, 20)
        await asyncio.sleep(0.05)  # the loop closes transports in its next turns
        return result

    return asyncio.run(in_time())


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 # another process speaks, no event of ours
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(("deaths", "wait_s"), [(1, 0.25), (2, 0.5), (3, 1), (7, 16), (8, 30), (1000, 30)])
def test_each_death_doubles_the_wait_up_to_half_a_minute(deaths: int, wait_s: float) -> None:
    assert wait_before_restart_s(deaths) == wait_s


@given(st.integers(1, 10**6))
def test_the_wait_never_shrinks(deaths: int) -> None:
    assert wait_before_restart_s(deaths) <= wait_before_restart_s(deaths + 1) <= processes.LONGEST_WAIT_S


def test_a_line_has_time_process_and_words() -> None:
    screen = io.StringIO()
    Log(screen).line("web", "hello")
    assert screen.getvalue().split(maxsplit=2)[2].split() == ["web", "hello"]


def test_as_json_each_line_is_an_object() -> None:
    screen = io.StringIO()
    Log(screen, as_json=True).line("web", "你好 “x”")
    entry = json.loads(screen.getvalue())
    assert (entry["process"], entry["message"]) == ("web", "你好 “x”")


def test_what_is_not_shown_goes_to_the_file_and_stays_for_a_failure() -> None:
    screen, file = io.StringIO(), io.StringIO()
    log = Log(screen, file=file)
    log.line("web", "hidden", shown=False)
    assert screen.getvalue() == ""
    assert "hidden" in file.getvalue()
    assert "hidden" in log.last[-1]


def test_a_closed_screen_stops_nobody() -> None:
    screen = io.StringIO()
    screen.close()
    Log(screen).line("web", "said into the void")


def test_a_child_that_dies_comes_back_and_it_is_said() -> None:
    async def scene() -> str:
        screen = io.StringIO()
        short_lived = child("print('alive', flush=True); raise SystemExit(3)", Log(screen))
        keeper = asyncio.create_task(short_lived.keep())
        await until(lambda: screen.getvalue().count("alive") == 3)
        await short_lived.stop()
        keeper.cancel()
        return screen.getvalue()

    said = run(scene())
    assert "0.25" in said
    assert "0.5" in said


def test_a_child_that_ignores_the_signal_is_ended() -> None:
    async def scene() -> tuple[int | None, str]:
        screen = io.StringIO()
        stubborn = child(
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
            Log(screen),
            patience_s=0.3,
        )
        keeper = asyncio.create_task(stubborn.keep())
        await until(lambda: "deaf" in screen.getvalue())
        await stubborn.stop()
        await keeper
        assert stubborn.process
        return stubborn.process.returncode, screen.getvalue()

    code, said = run(scene())
    assert code == -signal.SIGKILL
    assert "child" in said


def test_what_a_dead_child_started_dies_with_it_and_holds_nobody_up() -> None:
    async def scene() -> int:
        screen = io.StringIO()
        parent = child(
            "import subprocess, sys, os, time;"
            "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
            "print('grandchild', p.pid, flush=True); time.sleep(60)",
            Log(screen),
        )
        await parent.start()
        await until(lambda: "grandchild" in screen.getvalue())
        assert parent.process
        parent.process.kill()
        await asyncio.wait_for(parent.wait(), 5)
        return int(screen.getvalue().split()[-1])

    grandchild = run(scene())
    limit = time.monotonic() + 5
    while is_running(grandchild) and time.monotonic() < limit:
        time.sleep(0.01)
    assert not is_running(grandchild)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_marked_process_is_known_by_its_data_folder(tmp_path: Path) -> None:
    async def scene() -> tuple[list[int], list[int], int]:
        screen = io.StringIO()
        command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)"]
        marked = Child("child", lambda: command, Log(screen), os.environ | {MARK: str(tmp_path)})
        await marked.start()
        await until(lambda: "up" in screen.getvalue())
        assert marked.process
        found = processes.pids_marked(tmp_path), processes.pids_marked(tmp_path / "other"), marked.process.pid
        await marked.stop()
        await marked.wait()
        return found

    mine, others, pid = run(scene())
    assert mine == [pid]
    assert others == []


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        pytest.param("PostgreSQL ready", {"message": "PostgreSQL ready"}, id="words"),
        pytest.param('{"level": "info", "ms": 3.5}', {"level": "info", "ms": 3.5}, id="an object of its own"),
        pytest.param("{half of one", {"message": "{half of one"}, id="no object"),
    ],
)
def test_a_process_that_speaks_json_is_not_wrapped_in_it(words: str, entry: dict[str, object]) -> None:
    screen = io.StringIO()
    Log(screen, as_json=True).line("web", words)
    line = json.loads(screen.getvalue())
    assert line.pop("at")
    assert line == {"process": "web"} | entry
