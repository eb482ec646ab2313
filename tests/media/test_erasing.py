"""A face must go: nothing of a file is left but its digest, who erased it, when and why."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from cast import CITY, OTHER_CITY
from cityloop.kernel import zones
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound, Unavailable
from cityloop.media import actions, models, queries, store, tasks
from cityloop.media.queries import MediaFile
from media import samples
from media.conftest import NOW, OTHER, SENDER, keep

pytestmark = pytest.mark.django_db
CONTENT = samples.jpeg(exif=samples.exif_block())


@pytest.fixture
def photo(tmp_path: Path) -> MediaFile:
    file = keep(CONTENT, tmp_path).file
    actions.prepare(file.id)
    return file


def erase(file: MediaFile, reason: str = "路人面部") -> MediaFile:
    erased = actions.erase(file.id, by_id=OTHER, reason=reason, now=NOW)
    actions.remove(file.id, now=NOW)  # what happens once the transaction is committed
    return erased


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_bytes_and_all_copies_are_gone_and_the_row_says_who_when_and_why(photo: MediaFile, folder: Path) -> None:
    assert stored(folder) == ["large", "original", "public", "small"]
    erase(photo)
    assert stored(folder) == []
    row = models.File.objects.get()
    assert (row.sha256, row.state, row.why, row.erased_by, row.erased_at) == (
        photo.sha256, "erased", "路人面部", OTHER, NOW,
    )  # fmt: skip
    assert (row.lon, row.lat, row.taken, row.looks, row.bands, row.variants) == (None, None, "", None, None, {})
    assert row.gone_at == NOW


def test_a_link_that_was_handed_out_answers_that_it_is_gone(photo: MediaFile) -> None:
    links = queries.links(photo)
    erase(photo)
    assert {Client().get(link).status_code for link in links.values()} == {410}
    assert queries.links(queries.own_file(photo.id, SENDER)) == {}


def test_the_day_of_an_erasure_is_the_city_s(photo: MediaFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    erase(photo)
    models.File.objects.update(erased_at=datetime(2026, 7, 1, 20, 0, tzinfo=UTC))
    with pytest.raises(Conflict, match="erased here on 2026-07-02"):  # the installation's, where no such city is known
        keep(CONTENT, tmp_path)
    monkeypatch.setattr(zones, "_asked", [{CITY: ZoneInfo("America/New_York")}.get])
    with pytest.raises(Conflict, match="erased here on 2026-07-01"):
        keep(CONTENT, tmp_path)


def test_the_same_content_does_not_come_back(photo: MediaFile, tmp_path: Path, folder: Path) -> None:
    erase(photo)
    with pytest.raises(Conflict, match="erased here on 2026-07-02: 路人面部"):
        keep(CONTENT, tmp_path)
    assert stored(folder) == []


def test_what_was_stored_while_it_was_erased_goes_too(
    photo: MediaFile, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(photo)
    monkeypatch.setattr(actions, "_kept_again", lambda *_args: None)  # asked before it was erased
    with pytest.raises(Conflict):
        keep(CONTENT, tmp_path)
    assert stored(folder) == []


def test_copies_made_while_it_was_erased_go_too(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = keep(CONTENT, tmp_path).file
    made = actions.reading.copies

    def erased_meanwhile(*args: object) -> object:
        done = made(*args)  # type: ignore[arg-type]
        erase(photo)
        return done

    monkeypatch.setattr(actions.reading, "copies", erased_meanwhile)
    actions.prepare(photo.id)
    assert stored(folder) == []
    assert models.File.objects.get().state == "erased"


def test_copies_of_a_worker_that_was_killed_after_it_was_erased_go_an_hour_later(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = keep(CONTENT, tmp_path).file
    made = actions.reading.copies

    def erased_meanwhile(*args: object) -> object:
        done = made(*args)  # type: ignore[arg-type]
        erase(photo)
        return done

    def killed(*_args: object, **_facts: object) -> None:
        raise SystemExit

    monkeypatch.setattr(actions.reading, "copies", erased_meanwhile)
    monkeypatch.setattr(actions, "_settle", killed)
    with pytest.raises(SystemExit):
        actions.prepare(photo.id)
    assert stored(folder) == ["large", "public", "small"]
    [later] = ProcrastinateJob.objects.filter(task_name="media.remove", scheduled_at__isnull=False)
    assert later.scheduled_at is not None
    assert timedelta(minutes=59) < later.scheduled_at - machine_now() <= timedelta(hours=1)
    tasks.remove_file(**later.args)
    assert stored(folder) == []


def test_a_store_that_does_not_answer_is_asked_again_by_the_worker(
    photo: MediaFile, folder: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(store, "_storage", lambda: 1 / 0)
        broken.setattr(actions, "remove", refuse)
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            actions.erase(photo.id, by_id=OTHER, reason="车牌", now=NOW)
    assert stored(folder) != []
    assert Client().get(queries.link(photo.id, "small")).status_code == 410
    [job] = ProcrastinateJob.objects.filter(task_name="media.remove", scheduled_at=None)
    ProcrastinateJob.objects.filter(pk=job.pk).update(status="failed")
    assert actions.catch_up(now=NOW + timedelta(hours=1)) == 1
    actions.remove(photo.id, now=NOW)
    assert stored(folder) == []
    assert actions.catch_up(now=NOW + timedelta(hours=1)) == 0


def refuse(*_args: object, **_kwargs: object) -> None:
    raise Unavailable("", retry_after_seconds=1)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_nothing_is_erased_without_a_reason(photo: MediaFile, folder: Path, reason: str) -> None:
    with pytest.raises(InvalidInput):
        erase(photo, reason)
    assert len(stored(folder)) == 4


def test_what_is_not_there_or_was_erased_before_is_refused(photo: MediaFile) -> None:
    with pytest.raises(NotFound):
        actions.erase(uuid4(), by_id=OTHER, reason="车牌", now=NOW)
    erase(photo)
    with pytest.raises(Conflict):
        erase(photo, "车牌")
    assert models.File.objects.get().why == "路人面部"


def test_another_citys_file_of_the_same_content_stays(photo: MediaFile, tmp_path: Path, folder: Path) -> None:
    there = keep(CONTENT, tmp_path, city=OTHER_CITY).file
    erase(photo)
    assert stored(folder) == ["original"]
    assert queries.media_file(there.id) == there


# --- who may attach a file


def test_only_what_somebody_has_sent_themselves_is_theirs_to_attach(photo: MediaFile, tmp_path: Path) -> None:
    there = keep(CONTENT, tmp_path, city=OTHER_CITY).file
    with CaptureQueriesContext(connection) as asked:
        [mine] = queries.usable([photo.sha256, "0" * 64], SENDER, {CITY})
    assert len(asked) == 1
    assert (mine.jurisdiction, mine.sha256, mine.kind, mine.state) == (CITY, photo.sha256, "photo", "ready")
    assert queries.usable([photo.sha256], OTHER, {CITY}) == []
    assert queries.usable([photo.sha256], 0, {CITY}) == []
    assert [one.jurisdiction for one in queries.usable([photo.sha256], SENDER, {CITY, OTHER_CITY})] == [
        CITY,
        OTHER_CITY,
    ]
    assert queries.usable([there.sha256], SENDER, {"990103"}) == []


def test_files_are_found_by_city_and_digest_with_who_has_sent_them(photo: MediaFile, tmp_path: Path) -> None:
    there = keep(CONTENT, tmp_path, city=OTHER_CITY, owner_id=OTHER).file
    with CaptureQueriesContext(connection) as asked:
        found = queries.files_at([photo.place, there.place], OTHER)
    assert len(asked) == 1
    assert {place: is_own for place, (_file, is_own) in found.items()} == {photo.place: False, there.place: True}
    assert queries.places_of([photo.id]) == {photo.id: photo.place}


def test_links_without_the_original(photo: MediaFile) -> None:
    [(shown, _is_own)] = queries.files_at([photo.place]).values()
    assert set(queries.links(shown)) == {"original", "public", "large", "small"}
    assert set(queries.links(shown, originals=False)) == {"public", "large", "small"}


def test_the_step_of_links_changes_when_links_do(photo: MediaFile) -> None:
    at = [NOW + timedelta(minutes=minutes) for minutes in range(0, 60, 5)]
    links = [queries.link(photo.id, "small", now=now) for now in at]
    steps = [queries.links_step(now=now) for now in at]
    assert len(set(links)) == len(set(steps)) > 3
    assert [a == b for a, b in pairwise(links)] == [a == b for a, b in pairwise(steps)]
