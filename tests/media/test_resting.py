"""Uploads under way, on a real folder."""

import os
import time
from pathlib import Path

import pytest

from cityloop.media.resting import SECONDS, Announced, Resting
from cityloop.media.rules.tus import Checksum

PHOTO = Announced(41, "990101", 10)


@pytest.fixture
def resting(tmp_path: Path) -> Resting:
    return Resting(tmp_path / "uploads")


def age(resting: Resting, name: str, seconds: float) -> None:
    for path in (resting.folder / name).iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


def test_how_far_an_upload_is_stands_on_disk_alone(resting: Resting) -> None:
    name = resting.begin(PHOTO)
    assert resting.offset(name) == 0
    resting.append(name, b"abc")
    resting.append(name, b"de")
    assert Resting(resting.folder).offset(name) == 5
    assert Resting(resting.folder).read(name) == PHOTO


@pytest.mark.parametrize("name", ["", "..", "../x", "0" * 31, "0" * 32, "G" * 32, "0" * 31 + "/"])
def test_a_name_that_is_none_finds_nothing(resting: Resting, name: str) -> None:
    resting.begin(PHOTO)
    assert resting.read(name) is None


def test_bytes_set_aside_count_once_their_checksum_is_right(resting: Resting) -> None:
    name = resting.begin(PHOTO)
    resting.set_aside(name, b"abc")
    assert resting.offset(name) == 0
    assert not resting.take_aside(name, Checksum("sha1", b"right"), b"wrong")
    assert resting.offset(name) == 0
    resting.set_aside(name, b"abc")
    assert resting.take_aside(name, Checksum("sha1", b"right"), b"right")
    assert resting.path(name).read_bytes() == b"abc"


def test_what_has_rested_too_long_is_swept_unless_somebody_is_at_it(resting: Resting) -> None:
    old, busy, fresh = (resting.begin(PHOTO) for _ in range(3))
    for name in (old, busy):
        age(resting, name, SECONDS + 60)
    assert resting.sweep(frozenset({busy})) == 1
    assert [resting.read(name) is None for name in (old, busy, fresh)] == [True, False, False]


def test_each_byte_that_comes_lets_an_upload_rest_anew(resting: Resting) -> None:
    name = resting.begin(PHOTO)
    age(resting, name, SECONDS - 60)
    resting.append(name, b"abc")
    assert resting.expires_at(name) > time.time() + SECONDS - 60
    assert resting.sweep() == 0


def test_strange_files_in_the_folder_stay(resting: Resting) -> None:
    resting.folder.mkdir()
    note = resting.folder / "note.txt"
    note.write_text("mine")
    os.utime(note, (0, 0))
    assert resting.sweep() == 0
    assert note.exists()


def test_only_ones_own_that_are_not_complete_are_open(resting: Resting) -> None:
    resting.begin(PHOTO)
    resting.begin(Announced(42, "990101", 10))
    resting.begin(Announced(41, "990101", 10, media_id="x"))
    assert resting.open_ones(41) == [PHOTO]
