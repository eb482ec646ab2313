"""What killed processes leave in a store, on both kinds of store."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cast import CITY
from cityloop.kernel.clock import machine_now
from cityloop.media import actions, models, store, strays
from cityloop.media.queries import MediaFile
from media import samples
from media.conftest import NOW, OTHER, keep

pytestmark = pytest.mark.django_db


def looked_at(sha256: str, *, days: int = 2) -> datetime:
    """Return a time in ``days`` at which the folder of this content has its turn."""
    at = machine_now() + timedelta(days=days)
    return at + timedelta(hours=(int(sha256[:2], 16) - int(at.timestamp()) // 3600) % 24)


def key_of(file: MediaFile, variant: str = "original") -> str:
    return store.key_of(CITY, file.sha256, variant)


@pytest.fixture
def lost(any_store: str, tmp_path: Path) -> MediaFile:
    """An original whose row was never written, beside a file that has its row."""
    keep(samples.jpeg(2), tmp_path)
    file = keep(samples.jpeg(1), tmp_path).file
    models.File.objects.filter(pk=file.id).delete()
    return file


def test_an_original_without_a_row_is_taken_out_after_a_day(lost: MediaFile) -> None:
    assert strays.remove_strays(now=looked_at(lost.sha256, days=0)) == 0, "its row may be about to be written"
    assert strays.remove_strays(now=looked_at(lost.sha256) + timedelta(hours=1)) == 0, "others have their turn"
    assert store.has(key_of(lost))
    assert strays.remove_strays(now=looked_at(lost.sha256)) == 1
    assert not store.has(key_of(lost))
    assert strays.remove_strays(now=looked_at(lost.sha256)) == 0


def test_what_has_a_row_stays(any_store: str, tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    actions.prepare(file.id)
    assert strays.remove_strays(now=looked_at(file.sha256)) == 0
    assert all(store.has(key_of(file, variant)) for variant in ("original", "public", "large", "small"))


def test_what_was_stored_after_its_erasure_is_taken_out(any_store: str, tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    actions.erase(file.id, by_id=OTHER, reason="车牌", now=NOW)
    actions.remove(file.id, now=NOW)
    store.put(key_of(file, "large"), tmp_path / "sent")
    assert strays.remove_strays(now=looked_at(file.sha256)) == 1
    assert not store.has(key_of(file, "large"))


def test_every_folder_has_its_turn_within_a_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keep(samples.jpeg(), tmp_path)
    places: list[str] = []
    monkeypatch.setattr(store, "listed", lambda place: places.append(place) or ([], []))
    for hour in range(24):
        strays.remove_strays(now=NOW + timedelta(hours=hour))
    assert sorted({*places} - {"handouts"}) == [f"{CITY}/{number:02x}" for number in range(256)]


def test_contents_are_looked_up_many_at_a_time(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    keep(samples.jpeg(), tmp_path)
    for number in range(5):
        (folder / CITY / "aa" / f"{number:064x}").mkdir(parents=True)
    monkeypatch.setattr(strays, "AT_ONCE", 2)
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert [*strays._strays_in(CITY, "aa")] == []


def test_a_store_of_another_database_is_not_touched(folder: Path, tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    for number in range(strays.MOST + 1):
        store.put(f"{CITY}/{file.sha256[:2]}/{number:064x}/original", tmp_path / "sent")
    assert strays.remove_strays(now=looked_at(file.sha256)) == 0
    assert len([*folder.rglob("original")]) == strays.MOST + 2


def test_a_stray_that_is_sent_again_is_young_again(tmp_path: Path, folder: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    models.File.objects.all().delete()
    [original] = folder.rglob("original")
    os.utime(original, (0, 0))
    keep(samples.jpeg(), tmp_path)
    assert machine_now() - store.stored_at(key_of(file)) < timedelta(minutes=1)
