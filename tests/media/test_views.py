"""Files as they are fetched: by a signed link, whole or in parts, and in no other way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings

from cityloop.kernel.clock import machine_now
from cityloop.media import actions, queries, views
from cityloop.media.queries import MediaFile
from media import samples
from media.conftest import keep

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def photo(tmp_path: Path) -> MediaFile:
    return ready(samples.jpeg(exif=samples.exif_block()), tmp_path)


def ready(content: bytes, tmp_path: Path) -> MediaFile:
    file = keep(content, tmp_path).file
    actions.prepare(file.id)
    done = queries.media_file(file.id)
    assert done is not None
    return done


def fetch(link: str, **headers: str) -> Any:
    client = Client(headers={name.replace("_", "-"): value for name, value in headers.items()})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get(link)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_whoever_holds_a_link_gets_the_variant_it_names(photo: MediaFile) -> None:
    for variant, facts in photo.variants.items():
        answer = fetch(queries.link(photo.id, variant))
        content = body(answer)
        assert answer.status_code == 200
        assert answer["Content-Type"] == facts.type
        assert int(answer["Content-Length"]) == facts.bytes == len(content)
        assert (samples.SECRET.encode() in content) == (variant == "original")


def test_an_answer_can_do_no_harm(photo: MediaFile) -> None:
    answer = fetch(queries.link(photo.id, "public"))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Content-Disposition"] == f'inline; filename="{photo.id}-public.jpg"'
    assert fetch(queries.link(photo.id, "original"))["Content-Disposition"].startswith("attachment")


def test_a_link_expires(photo: MediaFile) -> None:
    long_ago = machine_now() - timedelta(hours=2)
    answer = fetch(queries.link(photo.id, "public", expires_in=HOUR, now=long_ago))
    assert answer.status_code == 410
    assert "expired" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert fetch(queries.link(photo.id, "public", expires_in=HOUR)).status_code == 200


def test_a_link_holds_as_long_as_asked_and_at_most_a_quarter_longer() -> None:
    for minute in range(0, 60, 7):
        now = datetime(2026, 7, 2, 8, minute, 13, tzinfo=UTC)
        until = int(queries.link(uuid4(), "public", expires_in=HOUR, now=now).partition("until=")[2].partition("&")[0])
        assert 3600 <= until - now.timestamp() <= 4500


def test_links_of_one_quarter_are_the_same_so_that_browsers_keep_what_they_have() -> None:
    name, now = uuid4(), datetime(2026, 7, 2, 8, 0, 1, tzinfo=UTC)
    links = {queries.link(name, "public", expires_in=HOUR, now=now + timedelta(minutes=minute)) for minute in range(15)}
    assert len(links) == 1


def test_a_link_that_was_changed_opens_nothing(photo: MediaFile) -> None:
    link = queries.link(photo.id, "small")
    path, _mark, query = link.partition("?")
    until = int(query.partition("until=")[2].partition("&")[0])
    signature = query.rpartition("=")[2]
    for changed in (
        link.replace("/small", "/original"),
        link.replace(str(photo.id), str(uuid4())),
        link.replace(str(until), str(until + 900)),
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        path,
        f"{path}?until={until}",
        f"{path}?until=never&signature={signature}",
        f"{path}?until=٣&signature={signature}",
        f"{path}?until={until}&signature=ü",
    ):
        answer = fetch(changed)
        assert answer.status_code == 404, changed
        assert answer.content == b"There is no such file.\n"


def test_another_installation_s_signature_opens_nothing(photo: MediaFile) -> None:
    link = queries.link(photo.id, "public")
    with override_settings(SECRET_KEY="another secret"):
        assert fetch(link).status_code == 404


def test_a_signed_link_to_what_is_not_there_is_404(photo: MediaFile, tmp_path: Path) -> None:
    waiting = keep(samples.jpeg(8), tmp_path).file
    assert fetch(queries.link(uuid4(), "public")).status_code == 404
    assert fetch(queries.link(waiting.id, "public")).status_code == 404
    assert fetch(queries.link(waiting.id, "original")).status_code == 200


def test_a_refusal_speaks_the_language_of_whoever_fetches(photo: MediaFile) -> None:
    """A program in another country read Chinese alone."""
    link = queries.link(uuid4(), "public")
    assert Client(headers={"Accept-Language": "en"}).get(link).content == b"There is no such file.\n"
    assert "文件" in Client(headers={"Accept-Language": "zh-CN"}).get(link).content.decode()
    assert "文件" in Client().get(link).content.decode()
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert client.get(link).content == b"There is no such file.\n"


def test_only_the_variants_there_are_have_links() -> None:
    with pytest.raises(ValueError, match="huge"):
        queries.link(uuid4(), "huge")


def test_a_part_is_answered_as_a_part(photo: MediaFile) -> None:
    link = queries.link(photo.id, "original")
    whole = body(fetch(link))
    for asked, part in {"bytes=0-99": whole[:100], "bytes=1000-": whole[1000:], "bytes=-7": whole[-7:]}.items():
        answer = fetch(link, Range=asked)
        assert answer.status_code == 206
        assert body(answer) == part
        assert int(answer["Content-Length"]) == len(part)
        assert answer["Accept-Ranges"] == "bytes"
    assert fetch(link, Range="bytes=10-19")["Content-Range"] == f"bytes 10-19/{len(whole)}"


def test_a_part_behind_the_end_is_refused_with_the_length(photo: MediaFile) -> None:
    answer = fetch(queries.link(photo.id, "original"), Range=f"bytes={photo.bytes}-")
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{photo.bytes}"


def test_if_range_of_another_file_gives_the_whole(photo: MediaFile) -> None:
    link = queries.link(photo.id, "original")
    etag = fetch(link)["ETag"]
    assert fetch(link, Range="bytes=0-9", If_Range=etag).status_code == 206
    for other in ('"another"', f"W/{etag}", "Wed, 01 Jul 2026 02:00:00 GMT"):
        assert fetch(link, Range="bytes=0-9", If_Range=other).status_code == 200


def test_an_open_range_of_a_long_file_is_answered_piece_by_piece(
    photo: MediaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_AT_ONCE", 1000)
    link = queries.link(photo.id, "original")
    answer = fetch(link, Range="bytes=500-")
    assert answer["Content-Range"] == f"bytes 500-1499/{photo.bytes}"
    assert len(body(answer)) == 1000
    assert len(body(fetch(link, Range="bytes=500-3999"))) == 3500, "what is asked for in so many words is given"
    assert len(body(fetch(link))) == photo.bytes


def test_what_a_browser_has_is_not_sent_again(photo: MediaFile) -> None:
    link = queries.link(photo.id, "public")
    first = fetch(link)
    assert "private" in first["Cache-Control"]
    again = fetch(link, If_None_Match=first["ETag"])
    assert again.status_code == 304
    assert again["ETag"] == first["ETag"]
    assert fetch(queries.link(photo.id, "small"), If_None_Match=first["ETag"]).status_code == 200


def test_head_tells_what_get_would(photo: MediaFile) -> None:
    link = queries.link(photo.id, "public")
    whole, head = fetch(link), Client().head(link)
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition"):
        assert head[name] == whole[name]
    assert head.content == b""
    assert Client().head(link, headers={"Range": "bytes=0-9"})["Content-Length"] == "10"


def test_nothing_but_reading_is_taken(photo: MediaFile) -> None:
    assert Client().post(queries.link(photo.id, "public")).status_code == 405


def test_a_store_that_does_not_answer_says_when_to_try_again(photo: MediaFile, folder: Path) -> None:
    for path in folder.rglob("public"):
        path.unlink()
    answer = fetch(queries.link(photo.id, "public"))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
