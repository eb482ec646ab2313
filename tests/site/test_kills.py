"""The small count of ``script/soak kills``: a run of its own, since it is a city of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from running import outside_environment

ROOT = Path(__file__).parents[2]


@pytest.mark.xdist_group("supervisor")  # two cities at once would be too many for a small machine
def test_whatever_was_acknowledged_is_there_once_though_processes_were_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soak.kills", "--kills", "5"],
        env=outside_environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["right"] is True
    assert set(told["killed"].values()) == {1}
