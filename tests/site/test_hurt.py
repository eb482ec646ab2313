"""Small counts of what ``script/soak`` does to a running city; each run has a city of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from running import outside_environment

pytestmark = pytest.mark.xdist_group("supervisor")  # two cities at once would be too many for a small machine

ROOT = Path(__file__).parents[2]


def soak(name: str, *counts: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", f"soak.{name}", *counts],
        env=outside_environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_whatever_was_acknowledged_is_there_once_though_processes_were_killed() -> None:
    told = soak("kills", "--kills", "5")
    assert (told["right"], told["value"]) == (True, 0)
    assert set(told["killed"].values()) == {1}


def test_whoever_reports_while_the_database_is_gone_is_told_to_try_again() -> None:
    told = soak("outage", "--seconds", "5", "--times", "1")
    assert (told["right"], told["value"], told["wrong"]) == (True, 0, [])
    assert told["refused"] > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk that is soon full")
def test_a_full_disk_loses_nothing_and_all_goes_on_with_room() -> None:
    told = soak("disk", "--seconds", "5", "--times", "1")
    assert (told["right"], told["value"], told["wrong"]) == (True, 0, [])
    assert told["refused"] > 0


def test_a_clock_that_is_set_back_turns_no_history_round_and_stops_nothing() -> None:
    told = soak("clock", "--acts", "12")
    assert (told["right"], told["value"], told["wrong"]) == (True, 0, [])
    assert told["tick_after_s"] < 60


def test_each_act_happens_once_however_often_it_was_sent() -> None:
    told = soak("retries", "--acts", "150", "--clients", "12")
    assert (told["right"], told["events"]) == (True, told["n"])
    assert min(told["dropped"], told["doubled"]) > 0
