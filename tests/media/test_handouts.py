"""What is made for one person for a while, on both kinds of store."""

import os
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound, Unavailable
from cityloop.media import handouts, models, store, strays
from cityloop.media.pages import handed_out
from cityloop.site.backup import files_in, media_folder
from media.conftest import NOW, OTHER, SENDER, storages

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CONTENT = os.urandom(700_000)


def made(content: bytes = CONTENT) -> UUID:
    name = uuid4()
    with handouts.handing_out(name, owner_id=SENDER, type="text/csv", expires_at=NOW + DAY) as path:
        path.write_bytes(content)
    return name


def test_whoever_asked_for_it_and_nobody_else_is_given_it_until_it_expires(any_store: str) -> None:
    name = made()
    one = handouts.handout(name, SENDER, now=NOW)
    answer = handed_out(one, "案卷-1.csv")
    assert b"".join(answer.streaming_content) == CONTENT
    assert (answer["Content-Length"], answer["Content-Type"]) == ("700000", "text/csv")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%A1%88")
    for owner, now in ((OTHER, NOW), (SENDER, NOW + DAY)):
        with pytest.raises(NotFound):
            handouts.handout(name, owner, now=now)


def test_what_has_expired_is_taken_out_of_the_store_and_what_has_not_stays(any_store: str) -> None:
    name = made()
    assert handouts.erase_expired(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert store.has(handouts.key_of(name))
    assert handouts.erase_expired(now=NOW + DAY) == 1
    assert not store.has(handouts.key_of(name))
    assert not models.Handout.objects.exists()


def test_what_breaks_off_leaves_a_row_that_expires_and_nothing_to_fetch() -> None:
    name = uuid4()
    writing = handouts.handing_out(name, owner_id=SENDER, type="text/csv", expires_at=NOW)
    with pytest.raises(ZeroDivisionError), writing as path:
        path.write_bytes(b"half" * (1 // 0))
    assert not store.has(handouts.key_of(name))
    with pytest.raises(NotFound):
        handouts.handout(name, SENDER, now=NOW - DAY)
    assert handouts.erase_expired(now=NOW) == 1


def test_a_store_that_is_down_keeps_the_row_for_the_next_time(any_store: str) -> None:
    name = made()
    with storages("s3://k:s@evidence?endpoint=http://127.0.0.1:9&region=x"), pytest.raises(Unavailable):
        handouts.erase_expired(now=NOW + DAY)
    assert models.Handout.objects.filter(pk=name).exists()
    assert handouts.erase_expired(now=NOW + DAY) == 1


def test_what_expired_while_it_was_made_is_not_kept() -> None:
    name = uuid4()
    with handouts.handing_out(name, owner_id=SENDER, type="text/csv", expires_at=NOW) as path:
        path.write_bytes(b"late")
        handouts.erase_expired(now=NOW)
    assert not store.has(handouts.key_of(name))


def test_one_without_a_row_is_a_stray_after_a_day_and_no_backup_holds_any(any_store: str) -> None:
    with_row, without = made(), made()
    models.Handout.objects.filter(pk=without).delete()
    one = handouts.Handout(without, "text/csv", len(CONTENT))
    assert strays.remove_strays(now=machine_now()) == 0
    assert strays.remove_strays(now=machine_now() + 2 * DAY) == 1
    assert store.has(handouts.key_of(with_row))
    with pytest.raises(NotFound):
        handouts.content_of(one)
    assert [*files_in(media_folder())] == []
