"""A second process: answers, refusals, and ends that nobody planned."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cityloop.kernel.aside import Aside
from cityloop.kernel.errors import InvalidInput, Unavailable


def work(given: int) -> tuple[int, int]:
    if given < 0:
        raise InvalidInput("Give a number from 0 up.")
    if given == 99:
        os.kill(os.getpid(), signal.SIGKILL)
    return given * 2, os.getpid()


def test_another_process_answers_in_order() -> None:
    with Aside(work) as aside:
        aside.send(1)
        first, pid = aside.receive()
        aside.send(2)
        assert (first, aside.receive()) == (2, (4, pid))
        assert pid != os.getpid()
    assert not Path(f"/proc/{pid}").exists()


def test_what_the_work_raises_is_raised_here_and_the_next_piece_is_done() -> None:
    with Aside(work) as aside:
        aside.send(-1)
        with pytest.raises(InvalidInput, match="from 0 up"):
            aside.receive()
        aside.send(3)
        assert aside.receive()[0] == 6


def test_a_process_that_was_killed_is_told() -> None:
    with Aside(work) as aside:
        aside.send(99)
        with pytest.raises(Unavailable, match="-9"):
            aside.receive()
        with pytest.raises(Unavailable, match="-9"):
            aside.send(1)


PARENT = """
import os, time
from cityloop.kernel.aside import Aside
with Aside(lambda given: os.getpid()) as one, Aside(lambda given: os.getpid()) as two:
    one.send(0), two.send(0)
    print(one.receive(), two.receive(), flush=True)
    time.sleep(60)
"""


def test_it_ends_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        helpers = [Path("/proc") / pid for pid in parent.stdout.readline().split()]
        assert len(helpers) == 2
        assert all(each.exists() for each in helpers)
        parent.kill()
    until = time.monotonic() + 10
    while any(each.exists() for each in helpers) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(each.exists() for each in helpers)
