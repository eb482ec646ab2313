import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cityloop.kernel import lanes
from cityloop.kernel.lanes import Lane

COUNTS = """
import json, sys
from cityloop.kernel import lanes, metrics
made, spent, held = metrics.counter("made", "Made.", ["what"]), metrics.times("spent", "Spent."), metrics.level("held", "Held.")
for line in sys.stdin:
    made.labels("bread").inc(int(line))
    spent.observe(0.2)
    held.set(int(line))
    print(json.dumps([metrics.SHARED is not None, metrics.text().decode()]), flush=True)
"""


class Counting:
    """A process that counts what it is told, and then says all figures."""

    def __init__(self, data: Path | None, **more: str) -> None:
        names = {"CITYLOOP_SUPERVISED", "PROMETHEUS_MULTIPROC_DIR"}
        environment = {name: value for name, value in os.environ.items() if name not in names} | more
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNTS],
            env=environment | ({"CITYLOOP_SUPERVISED": str(data)} if data else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def count(self, n: int) -> tuple[bool, dict[str, float]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{n}\n")
        self.process.stdin.flush()
        is_shared, text = json.loads(self.process.stdout.readline())
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return is_shared, {name: float(value) for name, _space, value in lines}

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def test_processes_are_added_up_and_the_dead_are_not_forgotten(tmp_path: Path) -> None:
    first, second = Counting(tmp_path), Counting(tmp_path)
    try:
        first.count(3)
        [folder] = {path.parent for path in tmp_path.rglob("*.db")}
        (folder / "counter_1.db").touch()  # of one that was killed as it began
        is_shared, figures = second.count(4)
        assert is_shared
        assert figures['made_total{what="bread"}'] == 7
        assert figures['spent_bucket{le="0.25"}'] == figures["spent_count"] == 2
        assert figures['spent_bucket{le="0.1"}'] == 0
        assert figures["held"] == 7

        first.end()
        first = Counting(tmp_path)
        assert first.count(1)[1]['made_total{what="bread"}'] == 8
        assert second.count(0)[1]["held"] == 1
        assert sorted(path.name for path in (tmp_path / "metrics").glob("*.lock")) == ["0.lock", "1.lock"]
    finally:
        first.end()
        second.end()


@pytest.mark.parametrize("where", ["alone", "no room"])
def test_a_process_that_cannot_share_counts_for_itself(where: str, tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("no folder")
    counting = Counting(tmp_path if where == "no room" else None, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    try:
        is_shared, figures = counting.count(2)
        assert not is_shared
        assert figures['made_total{what="bread"}'] == figures["held"] == 2
    finally:
        counting.end()


def test_a_file_has_its_room_before_anything_is_counted(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    assert lane() == 0
    for kind in lanes.KINDS:
        found = (tmp_path / f"{kind}_0.db").stat()
        assert found.st_size == lanes.BYTES
        assert found.st_blocks * 512 >= lanes.BYTES
    os.close(lane.lock)


def test_a_lane_belongs_to_one_process(tmp_path: Path) -> None:
    first, second = Lane(tmp_path), Lane(tmp_path)
    assert (first(), second(), first()) == (0, 1, 0)
    os.close(first.lock)
    third = Lane(tmp_path)
    assert third() == 0
    os.close(second.lock)
    os.close(third.lock)
