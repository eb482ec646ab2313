"""Files kept on the real database and a real folder."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from cast import CITY, OTHER_CITY
from cityloop.kernel.errors import InvalidInput, NotFound, TooLarge, TooMany, Unavailable
from cityloop.media import actions, models, queries, store
from cityloop.media.choices import Kind, State
from cityloop.media.rules.formats import LIMITS, MOST_BYTES
from cityloop.media.rules.looks import ALIKE_BITS, bands_of
from media import samples
from media.conftest import NOW, OTHER, SENDER, keep

pytestmark = pytest.mark.django_db


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# --- keeping


def test_a_photo_is_kept_as_it_was_sent_with_what_was_found_in_it(tmp_path: Path, folder: Path) -> None:
    content = samples.jpeg(exif=samples.exif_block())
    kept = keep(content, tmp_path)
    assert kept.is_new
    assert kept.alike is None
    file = kept.file
    assert (file.kind, file.type, file.bytes, file.width, file.height) == (
        "photo",
        "image/jpeg",
        len(content),
        640,
        480,
    )
    assert (file.lon, file.lat, file.state) == (samples.LON, samples.LAT, "waiting")
    assert file.taken is not None
    assert file.taken.isoformat() == "2026-07-01T10:00:00+08:00"
    assert [path.read_bytes() for path in folder.rglob("original")] == [content]
    assert queries.media_file(file.id) == file


def test_a_large_photo_has_the_size_that_it_is_shown_in(tmp_path: Path) -> None:
    file = keep(samples.jpeg(size=(1600, 1200)), tmp_path).file  # one that is decoded smaller
    assert (file.width, file.height) == (1600, 1200)


def test_a_stream_is_kept_like_a_file() -> None:
    content = samples.jpeg()
    kept = actions.keep(io.BytesIO(content), jurisdiction=CITY, owner_id=SENDER, now=NOW)
    assert kept.file.bytes == len(content)


def test_the_same_content_twice_is_one_file(tmp_path: Path, folder: Path) -> None:
    first, again, by_another = (keep(samples.jpeg(), tmp_path, owner_id=who) for who in (SENDER, SENDER, OTHER))
    assert [first.is_new, again.is_new, by_another.is_new] == [True, False, True]
    assert first.file == again.file == by_another.file
    assert stored(folder) == ["original"]
    assert queries.own_file(first.file.id, SENDER) == queries.own_file(first.file.id, OTHER)


def test_the_same_content_in_two_cities_is_two_files(tmp_path: Path, folder: Path) -> None:
    here, there = keep(samples.jpeg(), tmp_path), keep(samples.jpeg(), tmp_path, city=OTHER_CITY)
    assert here.file.id != there.file.id
    assert there.is_new
    assert there.alike is None
    assert stored(folder) == ["original", "original"]


def test_nothing_stays_of_a_file_that_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InvalidInput):
        keep(samples.jpeg()[:-3000], tmp_path)
    assert not models.File.objects.exists()
    assert stored(folder) == []


def test_a_photo_of_too_many_bytes_is_refused(tmp_path: Path) -> None:
    content = samples.jpeg()
    keep(content + bytes(LIMITS[Kind.PHOTO].bytes - len(content)), tmp_path)
    with pytest.raises(TooLarge, match="at most 20 MB"):
        keep(content + bytes(LIMITS[Kind.PHOTO].bytes - len(content) + 1), tmp_path)


def test_more_than_any_file_may_have_is_not_read_to_its_end() -> None:
    class Endless:
        given = 0

        def read(self, length: int, /) -> bytes:
            self.given += length
            assert self.given < MOST_BYTES + (8 << 20)
            return bytes(length)

    with pytest.raises(TooLarge):
        actions.keep(Endless(), jurisdiction=CITY, owner_id=SENDER, now=NOW)


def test_a_full_disk_is_a_refusal_and_leaves_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="is full"):
        keep(samples.jpeg(), tmp_path)
    assert stored(folder) == []
    assert not models.File.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_same_at_once_have_one_file(folder: Path) -> None:
    barrier, content = Barrier(4), samples.jpeg()

    def send(owner_id: int) -> actions.Kept:
        barrier.wait()
        try:
            return actions.keep(io.BytesIO(content), jurisdiction=CITY, owner_id=owner_id, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        kept = [*pool.map(send, range(4))]
    assert len({one.file.id for one in kept}) == 1
    assert stored(folder) == ["original"]
    assert models.Keeping.objects.count() == 4


# --- photos that look alike


def test_the_same_photo_saved_again_at_another_quality_is_noticed(tmp_path: Path) -> None:
    picture = samples.picture(3, (1200, 900))
    first = keep(samples.encoded(picture, quality=95), tmp_path)
    again = keep(samples.encoded(picture.resize((800, 600)), quality=50), tmp_path, owner_id=OTHER)
    assert again.is_new
    assert again.alike is not None
    assert again.alike.id == first.file.id
    assert again.alike.distance <= ALIKE_BITS
    assert again.file.alike == again.alike


def test_another_photo_is_not_noticed(tmp_path: Path) -> None:
    assert [keep(samples.jpeg(seed), tmp_path).alike for seed in range(12)] == [None] * 12


def test_a_photo_of_nothing_is_never_noticed(tmp_path: Path) -> None:
    for grey in (3, 4):
        assert keep(samples.encoded(Image.new("RGB", (640, 480), (grey, grey, grey))), tmp_path).alike is None


def test_a_photo_of_another_city_is_not_compared(tmp_path: Path) -> None:
    picture = samples.picture(3)
    keep(samples.encoded(picture, quality=95), tmp_path, city=OTHER_CITY)
    assert keep(samples.encoded(picture, quality=50), tmp_path).alike is None


def test_what_a_demo_keeps_in_its_pool_is_not_compared(tmp_path: Path) -> None:
    first, second, third = (samples.encoded(samples.picture(3), quality=quality) for quality in (95, 70, 50))
    keep(first, tmp_path, pool="demo")
    assert keep(second, tmp_path, pool="demo").alike is None
    assert keep(third, tmp_path).alike is None


def test_a_photo_of_a_pool_that_somebody_sends_in_earnest_is_compared_from_then_on(tmp_path: Path) -> None:
    first, second = (samples.encoded(samples.picture(3), quality=quality) for quality in (95, 50))
    keep(first, tmp_path, pool="demo")
    earnest = keep(first, tmp_path)
    alike = keep(second, tmp_path).alike
    assert alike is not None
    assert alike.id == earnest.file.id


def test_the_search_for_what_looks_alike_goes_by_index() -> None:
    chance = Random(1)
    hashes = [chance.getrandbits(64) for _ in range(3000)]
    facts = {"jurisdiction": CITY, "kind": "photo", "format": "jpeg", "bytes": 1, "kept_at": NOW}
    models.File.objects.bulk_create(
        models.File(**facts, sha256=f"{number:064x}", looks=queries.signed(looks), bands=bands_of(looks))
        for number, looks in enumerate(hashes)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE media_file")
        asked = {"looks": 1, "bands": bands_of(1), "jurisdiction": CITY, "sha256": "", "most": 4}
        cursor.execute(f"EXPLAIN {queries.ALIKE}", asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "media_by_looks" in plan
    for number, looks in enumerate(hashes[:20]):
        found = queries.find_alike(CITY, "", looks ^ 0b1011 << number)
        assert found is not None
        assert found.distance == 3


# --- what people are shown


def test_copies_are_made_in_the_background(tmp_path: Path) -> None:
    file = keep(samples.jpeg(exif=samples.exif_block()), tmp_path).file
    assert ProcrastinateJob.objects.filter(task_name="media.prepare", args={"file_id": str(file.id)}).count() == 1
    actions.prepare(file.id)
    ready = queries.media_file(file.id)
    assert ready is not None
    assert ready.state == State.READY
    assert {*ready.variants} == {"original", "public", "large", "small"}
    for variant, facts in ready.variants.items():
        path = tmp_path / variant
        store.fetch(store.key_of(CITY, file.sha256, variant), path)
        assert path.stat().st_size == facts.bytes
        with Image.open(path) as image:
            assert image.size == (facts.width, facts.height)
            assert (not image.getexif()) == (variant != "original")


def test_copies_made_twice_are_the_same(tmp_path: Path, folder: Path) -> None:
    file = keep(samples.video(tmp_path / "v").read_bytes(), tmp_path).file
    actions.prepare(file.id)
    first = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    models.File.objects.update(state=State.WAITING)
    actions.prepare(file.id)
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    assert {*first} == {"original", "public", "large", "small"}


def test_a_job_that_comes_late_changes_nothing(tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    actions.prepare(file.id)
    with CaptureQueriesContext(connection) as asked:
        actions.prepare(file.id)
    assert len(asked) == 1


def test_a_file_that_breaks_in_the_background_says_why(tmp_path: Path, folder: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    [original] = folder.rglob("original")
    original.write_bytes(original.read_bytes()[:2000])
    actions.prepare(file.id)
    broken = queries.media_file(file.id)
    assert broken is not None
    assert broken.state == State.BROKEN
    assert "damaged" in broken.why
    assert {*broken.variants} == {"original"}


def test_a_store_that_does_not_answer_leaves_the_file_waiting(tmp_path: Path, folder: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    [original] = folder.rglob("original")
    original.rename(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        actions.prepare(file.id)
    assert models.File.objects.get().state == State.WAITING


def test_a_file_whose_job_was_lost_gets_another_but_never_two(tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    ProcrastinateJob.objects.all().delete()
    assert actions.catch_up(now=NOW + timedelta(minutes=1)) == 0
    for _ in range(3):
        assert actions.catch_up(now=NOW + timedelta(minutes=10)) == 1
    [job] = ProcrastinateJob.objects.filter(task_name="media.prepare")
    assert job.args == {"file_id": str(file.id)}
    actions.prepare(file.id)
    assert actions.catch_up(now=NOW + timedelta(minutes=10)) == 0


def test_lost_originals_hold_up_nobody_s_second_chance(tmp_path: Path, folder: Path) -> None:
    facts = {"jurisdiction": CITY, "kind": "photo", "format": "jpeg", "bytes": 1, "kept_at": NOW}
    models.File.objects.bulk_create(models.File(**facts, sha256=f"{number:064x}") for number in range(200))
    file = keep(samples.jpeg(), tmp_path, now=NOW + timedelta(hours=1)).file
    ProcrastinateJob.objects.all().delete()
    actions.catch_up(now=NOW + timedelta(hours=23))
    assert not models.File.objects.filter(state=State.BROKEN).exists(), "a disk that is not mounted looks the same"
    ProcrastinateJob.objects.all().delete()
    later = NOW + timedelta(hours=25)
    assert [actions.catch_up(now=later) for _ in range(2)] == [200, 1]
    [job] = ProcrastinateJob.objects.filter(task_name="media.prepare")
    assert job.args == {"file_id": str(file.id)}
    assert {*models.File.objects.filter(bytes=1).values_list("state", "why")} == {
        ("broken", "The original is no longer in the store.")
    }
    later += timedelta(days=1)
    assert actions.catch_up(now=later) == 1, "what is there keeps its chance for ever"
    assert models.File.objects.get(pk=file.id).state == State.WAITING


# --- quota and questions


def test_a_day_s_worth_is_enough(tmp_path: Path) -> None:
    kept = keep(samples.jpeg(), tmp_path)
    models.File.objects.update(bytes=actions.MOST_A_DAY - 10)
    actions.refuse_over_quota(SENDER, 10, now=NOW)
    actions.refuse_over_quota(OTHER, 1000, now=NOW)
    with pytest.raises(TooMany) as refused:
        actions.refuse_over_quota(SENDER, 11, now=NOW)
    assert refused.value.details["retry_after_seconds"] > 0
    actions.refuse_over_quota(SENDER, 11, now=NOW + timedelta(hours=25))
    assert kept.is_new


def test_files_are_found_by_digest_in_one_statement(tmp_path: Path) -> None:
    files = [keep(samples.jpeg(seed), tmp_path).file for seed in range(3)]
    elsewhere = keep(samples.jpeg(9), tmp_path, city=OTHER_CITY).file
    with CaptureQueriesContext(connection) as asked:
        found = queries.by_digest(CITY, [*(file.sha256 for file in files), elsewhere.sha256, "0" * 64])
    assert len(asked) == 1
    assert found == {file.sha256: file for file in files}
    assert queries.by_digest(CITY, []) == {}


def test_a_file_is_its_sender_s_alone(tmp_path: Path) -> None:
    file = keep(samples.jpeg(), tmp_path).file
    with pytest.raises(NotFound):
        queries.own_file(file.id, OTHER)


# --- what was here before us


def test_a_file_that_was_erased_before_it_came_here_says_why_and_is_looked_for_by_nobody(
    tmp_path: Path, folder: Path
) -> None:
    here = keep(samples.jpeg(), tmp_path).file
    told = [
        actions.GoneFile(digest, NOW - timedelta(days=60), NOW - timedelta(days=30))
        for digest in ("a" * 64, here.sha256)
    ]
    actions.remember_gone(told, jurisdiction=CITY, by_id=SENDER, why="30 days are over")
    files = {
        place[1]: file for place, (file, _is_own) in queries.files_at({(CITY, one.sha256) for one in told}).items()
    }
    gone = files["a" * 64]
    assert (gone.state, gone.why, gone.erased_at) == (State.ERASED, "30 days are over", NOW - timedelta(days=30))
    assert files[here.sha256].state == State.WAITING, "what is here stays"
    assert [one.place for one in queries.originals()] == [(CITY, here.sha256)]
    actions.catch_up(now=NOW)
    assert not ProcrastinateJob.objects.filter(task_name="media.remove").exists()
