"""Arrays in files, shared."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cityloop.kernel import shelf
from cityloop.kernel.shelf import Arrays, shelved


@pytest.fixture
def data(tmp_path: Path, settings: object) -> Path:
    settings.DATA = tmp_path  # type: ignore[attr-defined] # pytest-django's wrapper takes any name
    return tmp_path


def numbers(value: int, made: list[int]) -> Callable[[], Arrays]:
    def make() -> Arrays:
        made.append(value)
        return {"one": np.full(3, value), "words": np.array([["a", "字"]])}

    return make


def test_what_was_made_once_is_mapped_afterwards(data: Path) -> None:
    made: list[int] = []
    for _time in (1, 2):
        arrays = shelved("numbers", "a1", numbers(7, made))
        assert arrays["one"].tolist() == [7, 7, 7]
        assert arrays["words"].tolist() == [["a", "字"]]
        assert isinstance(arrays["one"], np.memmap)
        assert not arrays["one"].flags.writeable
    assert made == [7]
    assert shelved("numbers", "a2", numbers(8, made))["one"][0] == 8


def test_the_oldest_go_and_whoever_mapped_them_keeps_them(data: Path) -> None:
    made: list[int] = []
    first = shelved("numbers", "s0", numbers(0, made))
    os.utime(data / "cache" / "numbers-s0", (1, 1))
    for index in range(1, shelf.KEPT + 1):
        shelved("numbers", f"s{index}", numbers(index, made))
    left = {path.name for path in (data / "cache").iterdir()}
    assert left == {f"numbers-s{index}" for index in range(1, shelf.KEPT + 1)}
    assert first["one"].tolist() == [0, 0, 0]


def test_half_a_file_is_made_again(data: Path) -> None:
    made: list[int] = []
    shelved("numbers", "a", numbers(1, made))
    (data / "cache" / "numbers-a" / "one.npy").write_bytes(b"")
    assert shelved("numbers", "a", numbers(1, made))["one"].tolist() == [1, 1, 1]


def test_what_a_killed_process_left_is_swept_and_what_is_being_made_is_not(data: Path) -> None:
    old, new = data / "cache" / ".draft-old", data / "cache" / ".draft-new"
    old.mkdir(parents=True)
    new.mkdir()
    os.utime(old, (1, 1))
    shelved("numbers", "a", numbers(1, []))
    assert (old.exists(), new.exists()) == (False, True)


def test_a_disk_that_takes_nothing_stops_nobody(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    (data / "cache").write_text("in the way")
    assert shelved("numbers", "a", numbers(5, []))["one"].tolist() == [5, 5, 5]
    assert "cannot be shared" in caplog.text
