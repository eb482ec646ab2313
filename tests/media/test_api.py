"""Files for programs: sent in one request, looked at by whoever sent them and nobody else."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import UnreadablePostError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.door import V1, Door, as_documented, problem
from cast import CITY, NOW, OTHER_CITY, PASSWORD, SINCE, Cast
from cityloop.kernel.hashing import sha256
from cityloop.media import actions, models
from cityloop.media.rules import tus
from cityloop.media.uploads.resting import SECONDS
from cityloop.organisation import actions as organisation
from media import samples


@pytest.fixture(autouse=True)
def _the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (
        "cityloop.kernel.clock.machine_now",
        "cityloop.site.api.machine_now",
        "cityloop.organisation.queries.viewers.machine_now",
    ):
        monkeypatch.setattr(place, lambda: NOW)


@pytest.fixture
def door(city_cast: Cast) -> Door:
    return Door(city_cast)


def send(door: Door, content: bytes, who: str = "collector", query: str = "", content_type: str = "image/jpeg") -> Any:
    return as_documented(door(who).client.generic("POST", f"{V1}/media{query}", content, content_type=content_type))


def test_a_photo_sent_as_the_body_is_kept(door: Door) -> None:
    content = samples.jpeg(exif=samples.exif_block())
    answer = send(door, content)
    assert answer.status_code == 201
    told = answer.json()
    assert told["sha256"] == sha256(content).hex()
    assert told["location"] == {"type": "Point", "coordinates": [samples.LON, samples.LAT]}
    assert told["taken"] == "2026-07-01T10:00:00+08:00"
    assert (told["jurisdiction"], told["kind"], told["state"], told["alike"]) == (CITY, "photo", "waiting", False)
    assert answer["Location"] == f"{V1}/media/{told['id']}"
    assert door("collector").get(f"/media/{told['id']}").json() == told
    assert b"".join(Client().get(told["links"]["original"]).streaming_content) == content


def test_a_photo_sent_by_a_form_is_kept(door: Door) -> None:
    file = SimpleUploadedFile("a.exe", samples.jpeg(), "application/x-msdownload")
    answer = as_documented(door("collector").client.post(f"{V1}/media", {"file": file}))
    assert answer.status_code == 201
    assert answer.json()["type"] == "image/jpeg"


def test_a_form_without_the_file_is_refused(door: Door) -> None:
    answer = door("collector").client.post(f"{V1}/media", {"photo": SimpleUploadedFile("a.jpg", samples.jpeg())})
    problem(answer, 422, "invalid", "file")


def test_sent_twice_it_is_kept_once(door: Door) -> None:
    first, again = send(door, samples.jpeg()), send(door, samples.jpeg())
    assert [first.status_code, again.status_code] == [201, 200]
    assert first.json()["id"] == again.json()["id"]


def test_nobody_is_told_that_others_had_sent_it_nor_when(door: Door) -> None:
    """Whoever has a photo could find out whether somebody reported with it, and on which day."""
    first = send(door, samples.jpeg(), "collector").json()
    models.Keeping.objects.update(at=NOW)
    models.File.objects.update(kept_at=NOW)
    other = send(door, samples.jpeg(), "acceptor")
    assert other.status_code == 201
    assert other.json()["id"] == first["id"], "it is one file all the same"
    told = door("acceptor").client.get(f"{V1}/media/{first['id']}").json()["kept_at"]
    assert told == other.json()["kept_at"] > f"{NOW:%Y-%m-%d}"
    again = send(door, samples.jpeg(), "collector")
    assert (again.status_code, again.json()["kept_at"][:10]) == (200, f"{NOW:%Y-%m-%d}"), "of one's own it is told"


def test_a_photo_used_again_is_told_and_taken(door: Door) -> None:
    picture = samples.picture(4)
    send(door, samples.encoded(picture, quality=95), "collector")
    again = send(door, samples.encoded(picture, quality=50), "acceptor")
    assert again.status_code == 201
    assert again.json()["alike"] is True


def test_copies_have_links_once_they_are_made(door: Door) -> None:
    told = send(door, samples.jpeg()).json()
    assert {*told["links"]} == {"original"}
    actions.prepare(told["id"])
    ready = door("collector").get(f"/media/{told['id']}").json()
    assert ready["state"] == "ready"
    assert {*ready["links"]} == {"original", "public", "large", "small"}
    for link in ready["links"].values():
        assert Client().get(link).status_code == 200


def test_nobody_else_sees_a_file(door: Door) -> None:
    told = send(door, samples.jpeg()).json()
    for who in ("acceptor", "stranger", "citizen"):
        problem(door(who).get(f"/media/{told['id']}"), 404, "not_found")
    problem(door().get(f"/media/{told['id']}"), 401, "not_signed_in")
    problem(door("collector").get(f"/media/{uuid4()}"), 404, "not_found")


def test_a_file_goes_to_a_city_of_the_sender_s_own(door: Door) -> None:
    problem(send(door, samples.jpeg(), query=f"?jurisdiction={OTHER_CITY}"), 403, "not_allowed")
    assert send(door, samples.jpeg(), query=f"?jurisdiction={CITY}").json()["jurisdiction"] == CITY
    assert send(door, samples.jpeg(), "stranger").json()["jurisdiction"] == OTHER_CITY
    organisation.appoint(door.cast["stranger"], "inspector", CITY, valid_from=SINCE)
    problem(send(door, samples.jpeg(), "stranger"), 422, "invalid", "jurisdiction")


def test_what_cannot_be_used_is_refused_with_words(door: Door) -> None:
    body = problem(send(door, b"<html>"), 422, "invalid", "file")
    assert "whatever its name says" in body["detail"]
    problem(send(door, samples.jpeg()[:-3000]), 422, "invalid", "file")
    problem(send(door, b""), 422, "invalid", "file")
    problem(send(door, samples.jpeg(), query="?city=990101"), 422, "invalid", "city")
    assert not models.File.objects.exists()


def test_a_body_that_is_too_long_is_refused_unread(door: Door) -> None:
    answer = door("collector").client.generic("POST", f"{V1}/media", b"x", CONTENT_LENGTH=str(30 << 20))
    assert "/api/v1/uploads" in problem(answer, 413, "too_large")["detail"]


def test_sending_needs_the_scope_to_write(door: Door) -> None:
    answer = door("collector", scopes=("read",)).client.generic("POST", f"{V1}/media", samples.jpeg())
    problem(answer, 403, "scope")


def test_a_session_needs_its_csrf_token(door: Door) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/sign-in", {"username": "collector", "password": PASSWORD})
    client = Client(enforce_csrf_checks=True)
    client.force_login(organisation_user(door.cast["collector"]))
    problem(client.generic("POST", f"{V1}/media", samples.jpeg(), content_type="image/jpeg"), 403, "csrf")


def organisation_user(user_id: int) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=user_id)


def test_whoever_sends_too_much_in_a_day_is_told_to_wait(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_A_DAY", 30_000)
    send(door, samples.jpeg(1))
    answer = send(door, samples.jpeg(2))
    problem(answer, 429, "too_many")
    assert int(answer["Retry-After"]) > 0
    assert send(door, samples.jpeg(2), "acceptor").status_code == 201


def test_the_address_of_the_uploads_is_told(door: Door, settings: Any) -> None:
    told = door("collector").get("/uploads").json()
    assert told["url"] == f"http://testserver:{settings.SERVING.upload_port}/uploads/"
    assert told["most_bytes"] >= 100 << 20
    assert ",".join(told["extensions"]) == tus.announcement(1)["Tus-Extension"]
    assert told["expires_hours"] * 3600 == SECONDS
    settings.UPLOAD_URL = "https://city.example/uploads"
    assert door("collector").get("/uploads").json()["url"] == "https://city.example/uploads/"


def test_a_look_at_a_file_is_one_statement_beyond_who_asks(door: Door) -> None:
    told = send(door, samples.jpeg()).json()
    door("collector").get("/uploads")
    with CaptureQueriesContext(connection) as before:
        door("collector").get("/uploads")
    with CaptureQueriesContext(connection) as after:
        door("collector").get(f"/media/{told['id']}")
    assert len(after) == len(before) + 1


def test_a_sender_who_hangs_up_is_not_told_that_the_store_is_full(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs_up(*_args: Any) -> bytes:
        raise UnreadablePostError("connection reset")

    monkeypatch.setattr("django.http.HttpRequest.read", hangs_up)
    problem(send(door, samples.jpeg()), 400, "unreadable")


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/json",
        "",
    ],
)
def test_a_body_in_a_wrapping_that_cannot_be_read_is_refused(door: Door, content_type: str) -> None:
    answer = send(door, b'{"file": 1}', content_type=content_type)
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"
