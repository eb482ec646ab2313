"""Uploads under way, on a real folder."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cityloop.media.rules.tus import Checksum
from cityloop.media.uploads import Announced, Resting
from cityloop.media.uploads.resting import SECONDS

PHOTO = Announced(41, "990101", 10)


@pytest.fixture
def resting(tmp_path: Path) -> Resting:
    return Resting(tmp_path / "uploads")


def begin(resting: Resting, announced: Announced = PHOTO) -> str:
    name = resting.begin(announced, 20)
    assert name
    return name


def age(resting: Resting, name: str, seconds: float) -> None:
    for path in (resting.folder / name).iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


def test_how_far_an_upload_is_stands_on_disk_alone(resting: Resting) -> None:
    name = begin(resting)
    assert resting.offset(name) == 0
    resting.append(name, b"abc")
    resting.append(name, b"de")
    assert Resting(resting.folder).offset(name) == 5
    assert Resting(resting.folder).read(name) == PHOTO


@pytest.mark.parametrize("name", ["", "..", "../x", "0" * 31, "0" * 32, "G" * 32, "0" * 31 + "/"])
def test_a_name_that_is_none_finds_nothing(resting: Resting, name: str) -> None:
    begin(resting)
    assert resting.read(name) is None


def test_bytes_set_aside_count_once_their_checksum_is_right(resting: Resting) -> None:
    name = begin(resting)
    resting.set_aside(name, b"abc")
    assert resting.offset(name) == 0
    assert not resting.take_aside(name, Checksum("sha1", b"right"), b"wrong")
    assert resting.offset(name) == 0
    resting.set_aside(name, b"abc")
    assert resting.take_aside(name, Checksum("sha1", b"right"), b"right")
    assert resting.path(name).read_bytes() == b"abc"


def test_what_has_rested_too_long_is_swept_unless_somebody_is_at_it(resting: Resting) -> None:
    old, busy, fresh = (begin(resting) for _ in range(3))
    for name in (old, busy):
        age(resting, name, SECONDS + 60)
    assert resting.sweep(frozenset({busy})) == 1
    assert [resting.read(name) is None for name in (old, busy, fresh)] == [True, False, False]


def test_each_byte_that_comes_lets_an_upload_rest_anew(resting: Resting) -> None:
    name = begin(resting)
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


# --- how many are open


def test_only_ones_own_that_are_not_complete_are_open(resting: Resting) -> None:
    begin(resting)
    begin(resting, Announced(42, "990101", 5))
    begin(resting, Announced(41, "990101", 7, media_id="x"))
    for anew in (resting, Resting(resting.folder)):
        assert (anew.coming(41), anew.coming(42), anew.coming(43)) == (10, 5, 0)


def test_what_is_complete_removed_or_swept_is_open_no_more(resting: Resting) -> None:
    kept, removed, swept = (begin(resting) for _ in range(3))
    assert resting.begin(PHOTO, 3) is None
    resting.write(kept, replace(PHOTO, media_id="x"))
    resting.remove(removed)
    age(resting, swept, SECONDS + 60)
    resting.sweep()
    assert resting.coming(41) == 0
    assert resting.begin(PHOTO, 1)


def test_nothing_is_remembered_of_an_owner_whose_last_upload_has_ended(resting: Resting) -> None:
    ended = begin(resting)
    for owner in range(100):
        name = begin(resting, Announced(-1 - owner, "990101", 10))
        assert resting.begin(Announced(-1 - owner, "990101", 10), 1, name) is None
        resting.write(
            name, Announced(-1 - owner, "990101", 10, **({"media_id": "x"} if owner % 2 else {"refusal": "no"}))
        )
        resting.remove(name)
    assert {*resting._open_ones()} == {41}
    resting.remove(ended)
    assert not resting._open_ones()
    assert not resting._owners


def test_of_many_that_begin_at_once_only_so_many_as_may_get_a_place(
    resting: Resting, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Resting.write

    def slow(self: Resting, name: str, announced: Announced) -> None:
        time.sleep(0.05)  # all others come before the first one lies on disk
        write(self, name, announced)

    monkeypatch.setattr(Resting, "write", slow)
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda _: resting.begin(PHOTO, 3), range(8)))
    assert len([name for name in names if name]) == 3
    assert resting.coming(41) == 30
    assert len([*resting.folder.iterdir()]) == 3


def test_to_begin_reads_no_other_upload_again(resting: Resting, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        begin(resting)
    anew = Resting(resting.folder)
    read: list[str] = []
    monkeypatch.setattr(Resting, "read", lambda _self, name: read.append(name))
    for _ in range(3):
        begin(anew)
        anew.coming(41)
    assert len(read) == 3, "the folder is read once"


def test_a_place_that_could_not_be_made_does_not_count(resting: Resting, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(Resting, "write", full)
        with pytest.raises(OSError, match="no space"):
            begin(resting)
    assert resting.coming(41) == 0
