"""The same house on a folder and on an S3-compatible store: moto's server, in a process of its own."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Unavailable
from cityloop.media import actions, queries, store
from cityloop.media.rules.ranges import Part
from media import samples
from media.conftest import NOW, keep, storages

KEY = "990101/aa/aabb/original"


def test_what_is_put_is_there_whole_and_in_parts(any_store: str, tmp_path: Path) -> None:
    content = os.urandom(700_000)
    (tmp_path / "sent").write_bytes(content)
    assert not store.has(KEY)
    store.put(KEY, tmp_path / "sent")
    assert store.has(KEY)
    store.fetch(KEY, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    assert b"".join(store.blocks(KEY, Part(0, 699_999))) == content
    assert b"".join(store.blocks(KEY, Part(300_000, 600_000))) == content[300_000:600_001]


def test_what_is_stored_can_be_listed_and_has_an_age(any_store: str, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(b"same")
    assert store.listed("990101/aa") == ([], [])
    store.put(KEY, tmp_path / "sent")
    store.put("990101/aa/bbcc/public", tmp_path / "sent")
    assert {*store.listed("990101/aa")[0]} == {"aabb", "bbcc"}
    assert store.listed("990101/aa/aabb") == ([], ["original"])
    assert abs((machine_now() - store.stored_at(KEY)).total_seconds()) < 60


def test_the_digest_of_what_is_stored_is_of_all_its_bytes(any_store: str, tmp_path: Path) -> None:
    content = os.urandom(700_000)
    (tmp_path / "sent").write_bytes(content)
    assert store.digest(KEY) is None
    store.put(KEY, tmp_path / "sent")
    assert store.digest(KEY) == (hashlib.sha256(content).hexdigest(), 700_000)


@pytest.mark.django_db
def test_originals_are_compared_with_what_was_sent(any_store: str, tmp_path: Path) -> None:
    same, gone, other, erased = (keep(samples.jpeg(seed), tmp_path).file for seed in range(1, 5))
    (tmp_path / "other").write_bytes(b"another, and longer" * 9000)
    store.delete(store.key_of(*gone.place, "original"))
    store.put(store.key_of(*other.place, "original"), tmp_path / "other")
    actions.erase(erased.id, by_id=1, reason="a face", now=NOW)
    told = {one.id: (one.is_there, one.is_same) for one in queries.originals()}
    assert told == {same.id: (True, True), gone.id: (False, False), other.id: (True, False)}
    assert [one.id for one in queries.originals(after=same.id, places=[other.place, same.place])] == [other.id]


def test_put_twice_it_is_there_once(any_store: str, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(b"same")
    store.put(KEY, tmp_path / "sent")
    store.put(KEY, tmp_path / "sent")
    assert b"".join(store.blocks(KEY, Part(0, 3))) == b"same"


def test_what_is_not_there_is_a_refusal(any_store: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        store.fetch(KEY, tmp_path / "back")
    with pytest.raises(Unavailable):
        store.blocks(KEY, Part(0, 3))


@pytest.mark.django_db
def test_a_photo_goes_the_whole_way_through_an_object_store(bucket: Any, tmp_path: Path, folder: Path) -> None:
    content = samples.jpeg()
    file = keep(content, tmp_path).file
    actions.prepare(file.id)
    names = sorted(one.key for one in bucket.objects.all())
    place = f"city/990101/{file.sha256[:2]}/{file.sha256}"
    assert names == [f"{place}/{variant}" for variant in ("large", "original", "public", "small")]
    assert not folder.exists()
    link = queries.link(file.id, "original")
    assert b"".join(Client().get(link).streaming_content) == content
    part = Client().get(link, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == content[10:20]


@pytest.mark.django_db
def test_an_object_store_that_is_down_is_a_refusal(tmp_path: Path) -> None:
    with storages("s3://k:s@evidence?endpoint=http://127.0.0.1:9&region=x"), pytest.raises(Unavailable):
        keep(samples.jpeg(), tmp_path)


def test_a_file_never_appears_half_written(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sent").write_bytes(b"evidence")

    def dies(_self: Path, _target: Path) -> None:
        raise OSError("killed")

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(Unavailable):
        store.put(KEY, tmp_path / "sent")
    assert not store.has(KEY)
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_the_work_folder_is_gone_afterwards() -> None:
    with store.work_folder() as place:
        (place / "part").write_bytes(b"x")
    assert not place.exists()
    assert NOW
