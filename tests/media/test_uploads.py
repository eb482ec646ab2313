"""Resumable uploads, on the real process: Granian over the real database, spoken to as a phone does, and hurt as one is."""

import asyncio
import base64
import hashlib
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.test import Client, override_settings

import cityloop
from cast import CITY, OTHER_CITY, Cast
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, TooMany
from cityloop.media import actions, queries, uploads
from cityloop.media.rules.formats import MOST_BYTES
from cityloop.media.uploads import MOST_AT_THE_DOOR, MOST_OPEN, Announced, Resting, Scope, Sender, UploadApp
from cityloop.media.uploads.resting import SECONDS
from cityloop.organisation.actions import issue_token
from cityloop.site import problems
from media import samples

pytestmark = pytest.mark.xdist_group("uploads")  # one process serves all tests of this file
SECRET_KEY = "for the checks of the upload process only"
PIECE = {"Content-Type": "application/offset+octet-stream"}


@dataclass
class Server:
    """The upload process on a data folder of its own; it can be killed and started again."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        run = Path(os.environ["CITYLOOP_DATA"]) / "run"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("CITYLOOP_", "DJANGO_"))
        }
        environment |= {
            "PYTHONPATH": str(Path(cityloop.__file__).parents[1]),  # the tree that is tried, wherever it lies
            "CITYLOOP_DATA": str(self.data),
            "CITYLOOP_DATABASE_URL": f"postgresql:///{connection.settings_dict['NAME']}?host={run}&user=cityloop",
            "CITYLOOP_SECRET_KEY": SECRET_KEY,
            "CITYLOOP_LANGUAGE": "en",
        }
        words = ["--interface", "asgi", "--no-ws", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
                 "--log-level", "warning", "cityloop.site.uploads:application"]  # fmt: skip
        log = (self.data / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *words], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        for _ in range(900):
            if self.answers():
                return
            time.sleep(0.1)
        raise AssertionError((self.data / "log").read_text())

    def answers(self) -> bool:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def bytes_of(self, location: str) -> Path:
        return self.data / "uploads" / location.rpartition("/")[2] / "bytes"

    def kept(self) -> int:
        """Return how many bytes of uploads lie on disk."""
        return sum(one.stat().st_size for one in self.data.glob("uploads/*/bytes"))


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    one = Server(tmp_path_factory.mktemp("uploads"), port)
    one.start()
    yield one
    one.kill()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers[name.lower()]

    def problem(self, status: int, code: str) -> dict[str, Any]:
        assert self.status == status, self.body
        assert self["content-type"] == "application/problem+json"
        told: dict[str, Any] = orjson.loads(self.body)
        assert told["code"] == code
        return told


class Phone:
    """Speaks tus with a token, or as it is told."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.headers |= {"Tus-Resumable": "1.0.0", "Accept-Language": "en"}

    def ask(self, method: str, path: str = "/uploads/", body: bytes | None = None, **headers: str) -> Answer:
        asked = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in (self.headers | more).items() if value}
        asked.request(method, path, body, sent)
        answer = asked.getresponse()
        told = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        asked.close()
        return told

    def begin(self, length: int, **headers: str) -> str:
        answer = self.ask("POST", Upload_Length=str(length), **headers)
        assert answer.status == 201, answer.body
        return answer["location"]

    def send(self, location: str, data: bytes, offset: int, **headers: str) -> Answer:
        return self.ask("PATCH", location, data, **{**PIECE, "Upload_Offset": str(offset), **headers})

    def offset(self, location: str) -> int:
        return int(self.ask("HEAD", location)["upload-offset"])

    @contextmanager
    def breaks_off(
        self, location: str, data: bytes, offset: int, promised: int, **headers: str
    ) -> Iterator[socket.socket]:
        """Begin to send ``promised`` bytes but stop after ``data``; the connection stays open."""
        line = socket.create_connection(("127.0.0.1", self.server.port))
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {**self.headers, **PIECE, **more, "Upload-Offset": str(offset), "Content-Length": str(promised)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        with line:
            line.sendall(f"PATCH {location} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode() + data)
            yield line


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


@pytest.fixture
def phone_of(server: Server, cast: Cast) -> Callable[..., Phone]:
    def phone(who: str, *scopes: str) -> Phone:
        token = issue_token(cast[who], str(uuid4()), now=machine_now(), scopes=scopes or ("read", "write"))
        return Phone(server, token)

    return phone


@pytest.fixture
def phone(phone_of: Callable[..., Phone]) -> Phone:
    return phone_of("collector")


@pytest.fixture
def photo() -> bytes:
    return samples.jpeg(size=(3000, 2000), quality=95)


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def is_kept(answer: Answer, content: bytes, cast: Cast, who: str = "collector") -> bool:
    file = queries.own_file(UUID(answer["media-id"]), cast[who])
    assert answer["media-sha256"] == file.sha256 == hashlib.sha256(content).hexdigest()
    return file.bytes == len(content)


# --- the whole way


def test_a_photo_sent_in_pieces_is_kept(phone: Phone, photo: bytes, cast: Cast) -> None:
    location = phone.begin(len(photo))
    third = len(photo) // 3
    for offset in (0, third):
        answer = phone.send(location, photo[offset : offset + third], offset)
        assert answer.status == 204
        assert int(answer["upload-offset"]) == offset + third == phone.offset(location)
        assert "media-id" not in answer.headers
    last = phone.send(location, photo[2 * third :], 2 * third)
    assert last.status == 204
    assert is_kept(last, photo, cast)
    [original] = phone.server.data.glob(f"media/{CITY}/??/{last['media-sha256']}/original")
    assert original.read_bytes() == photo
    assert not phone.server.bytes_of(location).exists()


def test_whoever_missed_the_last_answer_can_ask_again(phone: Phone, photo: bytes, cast: Cast) -> None:
    location = phone.begin(len(photo))
    first = phone.send(location, photo, 0)
    told = phone.ask("HEAD", location)
    assert told["upload-offset"] == told["upload-length"] == str(len(photo))
    assert told["media-id"] == first["media-id"]
    assert phone.send(location, b"", len(photo))["media-id"] == first["media-id"]
    assert is_kept(told, photo, cast)


def test_metadata_comes_back_and_names_the_city(phone: Phone, phone_of: Callable[..., Phone], photo: bytes) -> None:
    header = f"filename {base64.b64encode('井盖.jpg'.encode()).decode()},jurisdiction {base64.b64encode(CITY.encode()).decode()}"
    location = phone.begin(len(photo), Upload_Metadata=header)
    assert phone.ask("HEAD", location)["upload-metadata"] == header
    other = base64.b64encode(OTHER_CITY.encode()).decode()
    refused = phone.ask("POST", Upload_Length="10", Upload_Metadata=f"jurisdiction {other}")
    refused.problem(403, "not_allowed")


# --- hurt on the way


def test_an_upload_that_stops_half_way_goes_on_where_it_stopped(phone: Phone, photo: bytes, cast: Cast) -> None:
    location, half = phone.begin(len(photo)), len(photo) // 2
    with phone.breaks_off(location, photo[:half], 0, len(photo)):
        until(lambda: phone.server.bytes_of(location).stat().st_size > 0)
    until(lambda: phone.offset(location) == half)
    assert is_kept(phone.send(location, photo[half:], half), photo, cast)


def test_a_sender_that_comes_anew_need_not_wait_for_its_lost_connection(phone: Phone, photo: bytes, cast: Cast) -> None:
    location, half = phone.begin(len(photo)), len(photo) // 2
    with phone.breaks_off(location, photo[:half], 0, len(photo)):
        until(lambda: phone.server.bytes_of(location).stat().st_size > 0)
        started = time.monotonic()
        offset = phone.offset(location)
        assert 0 < offset <= half
        assert time.monotonic() - started < 10, "not until the old connection has timed out"
        assert is_kept(phone.send(location, photo[offset:], offset), photo, cast)


def test_a_killed_process_loses_no_byte_and_doubles_none(phone: Phone, photo: bytes, cast: Cast) -> None:
    location, half = phone.begin(len(photo)), len(photo) // 2
    with phone.breaks_off(location, photo[:half], 0, len(photo)):
        until(lambda: phone.server.bytes_of(location).stat().st_size > 0)
        phone.server.kill()
    phone.server.start()
    offset = phone.offset(location)
    assert 0 < offset == phone.server.bytes_of(location).stat().st_size <= half
    assert phone.server.bytes_of(location).read_bytes() == photo[:offset]
    assert is_kept(phone.send(location, photo[offset:], offset), photo, cast)


def test_a_process_killed_before_it_could_hand_over_does_so_when_asked(phone: Phone, photo: bytes, cast: Cast) -> None:
    location = phone.begin(len(photo))
    phone.server.bytes_of(location).write_bytes(photo)
    assert is_kept(phone.ask("HEAD", location), photo, cast)


def test_a_store_that_is_down_is_told_and_tried_again(phone: Phone, photo: bytes, cast: Cast) -> None:
    location, media = phone.begin(len(photo)), phone.server.data / "media"
    aside = phone.server.data / "media-aside"
    if media.exists():
        media.rename(aside)
    media.write_text("a file where the folder should be")
    refused = phone.send(location, photo, 0)
    refused.problem(503, "unavailable")
    assert int(refused["retry-after"]) > 0
    media.unlink()
    if aside.exists():
        aside.rename(media)
    assert is_kept(phone.send(location, b"", len(photo)), photo, cast)


def test_pieces_that_do_not_fit_together_are_refused(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    phone.send(location, photo[:1000], 0)
    for offset in (0, 999, 1001):
        assert phone.send(location, photo[offset : offset + 10], offset).problem(409, "conflict")["offset"] == 1000
    assert phone.offset(location) == 1000


def test_more_than_was_announced_is_refused(phone: Phone) -> None:
    location = phone.begin(1000)
    phone.send(location, bytes(2000), 0).problem(413, "too_large")


def test_a_whole_file_with_something_behind_it_is_not_kept(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    phone.send(location, photo + b"xx", 0).problem(413, "too_large")
    assert phone.ask("HEAD", location).status == 404
    phone.send(location, b"", len(photo)).problem(404, "not_found")
    assert not phone.server.bytes_of(location).parent.exists()


def test_a_refusal_of_the_protocol_has_a_title_of_its_own(phone: Phone, photo: bytes) -> None:
    told = phone.ask("POST", Upload_Length="10", Tus_Resumable="0.2.2").problem(412, "wrong_version")
    assert told["title"] == "Another version of the protocol"
    location = phone.begin(len(photo))
    told = phone.ask("PATCH", location, b"x", Upload_Offset="0", Content_Type="text/plain").problem(415, "wrong_type")
    assert told["title"] == "Another Content-Type is needed"


def test_a_checksum_lets_no_wrong_byte_in(phone: Phone, photo: bytes, cast: Cast) -> None:
    location = phone.begin(len(photo))
    right = base64.b64encode(hashlib.sha256(photo).digest()).decode()
    phone.send(location, photo[:-1] + b"x", 0, Upload_Checksum=f"sha256 {right}").problem(460, "wrong_checksum")
    assert phone.offset(location) == 0
    with phone.breaks_off(location, photo[:70_000], 0, len(photo), Upload_Checksum=f"sha256 {right}"):
        time.sleep(0.3)
    assert phone.offset(location) == 0, "a piece that could not be checked whole does not count"
    sha1 = base64.b64encode(hashlib.sha1(photo).digest()).decode()
    assert is_kept(phone.send(location, photo, 0, Upload_Checksum=f"sha1 {sha1}"), photo, cast)


def test_a_file_that_cannot_be_used_is_refused_with_words_and_gone(phone: Phone) -> None:
    page = b"<html>" * 100
    location = phone.begin(len(page), Upload_Metadata=f"filetype {base64.b64encode(b'image/jpeg').decode()}")
    told = phone.send(location, page, 0).problem(422, "invalid")
    assert "whatever its name says" in told["detail"]
    assert phone.ask("HEAD", location).status == 404
    assert not phone.server.bytes_of(location).parent.exists()


# --- who may


def test_nobody_sends_a_byte_unasked(
    server: Server, phone: Phone, phone_of: Callable[..., Phone], photo: bytes
) -> None:
    location = phone.begin(len(photo))
    Phone(server, "").send(location, photo[:100], 0).problem(401, "not_signed_in")
    Phone(server, "cl_made_up").send(location, photo[:100], 0).problem(401, "not_signed_in")
    phone_of("acceptor", "read").send(location, photo[:100], 0).problem(403, "scope")
    for other in (phone_of("acceptor"), phone_of("stranger")):
        other.send(location, photo[:100], 0).problem(404, "not_found")
        assert other.ask("HEAD", location).status == 404
        other.ask("DELETE", location).problem(404, "not_found")
    assert phone.offset(location) == 0
    Phone(server, "").ask("POST", Upload_Length="10").problem(401, "not_signed_in")


def test_a_file_goes_to_the_sender_s_own_city(phone_of: Callable[..., Phone], photo: bytes, cast: Cast) -> None:
    stranger = phone_of("stranger")
    answer = stranger.send(stranger.begin(len(photo)), photo, 0)
    assert is_kept(answer, photo, cast, "stranger")
    assert queries.own_file(UUID(answer["media-id"]), cast["stranger"]).jurisdiction == OTHER_CITY


def test_a_session_may_send_with_its_csrf_token_from_a_page_of_ours(server: Server, cast: Cast, photo: bytes) -> None:
    with override_settings(SECRET_KEY=SECRET_KEY):
        client = Client()
        client.force_login(get_user_model().objects.get(pk=cast["collector"]))
    token = "a" * 32
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}; csrftoken={token}"
    page = Phone(server, "")
    ours = {"Cookie": cookie, "X_CSRFToken": token, "Origin": "http://127.0.0.1:8000"}
    answer = page.ask("POST", Upload_Length=str(len(photo)), **ours)
    assert answer.status == 201, answer.body
    assert answer["access-control-allow-origin"] == "http://127.0.0.1:8000"
    assert "media-id" in answer["access-control-expose-headers"].lower()
    page.ask("POST", Upload_Length="10", **{**ours, "X_CSRFToken": ""}).problem(403, "csrf")
    foreign = page.ask("POST", Upload_Length="10", **{**ours, "Origin": "https://elsewhere.example"})
    foreign.problem(401, "not_signed_in")
    assert "access-control-allow-origin" not in foreign.headers
    asked = page.ask("HEAD", answer["location"], **{**ours, "X_CSRFToken": ""})
    assert (asked.status, asked["upload-offset"]) == (200, "0"), "to ask changes nothing"
    listed = page.ask("GET", **{**ours, "X_CSRFToken": "", "Tus_Resumable": ""})
    own = [one["url"] for one in orjson.loads(listed.body)["uploads"]]
    assert (listed.status, answer["location"] in own) == (200, True), "nor to ask for all of one's own"
    hidden = {"X_CSRFToken": "", "X_HTTP_Method_Override": "DELETE"}
    assert page.ask("HEAD", answer["location"], **{**ours, **hidden}).status == 403
    assert page.ask("HEAD", answer["location"], **{**ours, "Origin": "https://elsewhere.example"}).status == 401
    assert is_kept(page.send(answer["location"], photo, 0, **ours), photo, cast)


# --- the protocol's small print


def test_what_the_server_can_do_is_told_to_anybody(server: Server) -> None:
    answer = Phone(server, "").ask("OPTIONS", Tus_Resumable="")
    assert answer.status == 204
    assert answer["tus-version"] == "1.0.0"
    assert {*answer["tus-extension"].split(",")} == {"creation", "expiration", "termination", "checksum"}
    assert int(answer["tus-max-size"]) == MOST_BYTES
    assert "sha1" in answer["tus-checksum-algorithm"]


def test_what_cannot_be_understood_is_refused(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    phone.ask("POST", Upload_Length="10", Tus_Resumable="0.2.2").problem(412, "wrong_version")
    phone.ask("POST").problem(400, "unreadable")
    phone.ask("POST", Upload_Length="-5").problem(400, "unreadable")
    phone.ask("POST", Upload_Length="10", Upload_Metadata="name !!!").problem(400, "unreadable")
    phone.ask("POST", Upload_Length="0").problem(422, "invalid")
    phone.ask("POST", Upload_Length=str(MOST_BYTES + 1)).problem(413, "too_large")
    phone.send(location, b"x", 0, Content_Type="text/plain").problem(415, "wrong_type")
    phone.ask("PATCH", location, b"x", **PIECE).problem(400, "unreadable")
    phone.send(location, b"x", 0, Upload_Checksum="sha1 !!").problem(400, "unreadable")
    phone.ask("PUT", location, b"x").problem(405, "wrong_method")
    phone.ask("GET", "/elsewhere").problem(404, "not_found")
    assert phone.ask("HEAD", "/uploads/../secret").status == 404


def test_each_refusal_tells_its_own_reason(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    told = phone.send(location, b"x", 0, Upload_Checksum="crc32 AAAA").problem(400, "unreadable")
    assert "“crc32”" in told["detail"], "it is no header that cannot be read"
    assert "sha1, sha256" in told["detail"]
    told = phone.ask("POST", Upload_Length="1" * 20).problem(413, "too_large")
    assert told["faults"][0]["value"] == "1" * 20
    assert phone.ask("POST", Upload_Length=f"{'0' * 30}7").status == 201, "seven, however it is written"
    for beyond in (len(photo) + 1, 10**19):
        told = phone.send(location, b"x", beyond).problem(409, "conflict")
        assert told["offset"] == 0
        assert f"ends at {len(photo)} bytes" in told["detail"]
        assert str(beyond) in told["detail"]
    assert phone.send(location, photo, 0).status == 204
    told = phone.send(location, b"more", len(photo)).problem(409, "conflict")
    assert "is complete" in told["detail"], "they were taken, and thrown away"
    assert phone.ask("GET", location).problem(405, "wrong_method")["detail"].endswith("HEAD, PATCH, DELETE.")


def test_whoever_lost_the_addresses_finds_their_open_uploads_and_can_end_them(
    phone_of: Callable[..., Phone], photo: bytes
) -> None:
    phone, other = phone_of("handler"), phone_of("stranger")
    assert orjson.loads(phone.ask("GET", Tus_Resumable="").body) == {"uploads": []}
    name = base64.b64encode("井盖.jpg".encode()).decode()
    begun = phone.begin(len(photo), Upload_Metadata=f"filename {name}")
    phone.send(begun, photo[:1000], 0)
    ended, strange = phone.begin(len(photo)), other.begin(len(photo))
    phone.send(ended, photo, 0)
    for _ in range(MOST_OPEN - 1):
        phone.begin(10)
    refused = phone.ask("POST", Upload_Length="10").problem(429, "too_many")
    assert "GET /uploads/ lists them" in refused["detail"]
    answer = phone.ask("GET", Tus_Resumable="")
    assert (answer.status, answer["content-type"]) == (200, "application/json")
    told = orjson.loads(answer.body)["uploads"]
    assert len(told) == MOST_OPEN
    assert {ended, strange}.isdisjoint(one["url"] for one in told)
    [found] = [one for one in told if one["url"] == begun]
    expires = datetime.fromisoformat(found.pop("expires_at"))
    assert abs(expires.timestamp() - time.time() - SECONDS) < 60
    assert found == {
        "url": begun, "offset": 1000, "length": len(photo), "name": "井盖.jpg", "jurisdiction": CITY,
    }  # fmt: skip
    for one in told:
        assert phone.ask("DELETE", one["url"]).status == 204
    assert orjson.loads(phone.ask("GET").body) == {"uploads": []}
    phone_of("acceptor", "read").ask("GET", Tus_Resumable="")
    assert Phone(phone.server, "").ask("GET").status == 401


def test_a_client_that_cannot_say_patch_says_it_by_a_header(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    answer = phone.ask("POST", location, photo[:10], X_HTTP_Method_Override="PATCH", Upload_Offset="0", **PIECE)
    assert answer.status == 204
    assert phone.offset(location) == 10


def test_an_upload_can_be_given_up(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    phone.send(location, photo[:1000], 0)
    assert phone.ask("DELETE", location).status == 204
    assert phone.ask("HEAD", location).status == 404
    assert not phone.server.bytes_of(location).parent.exists()


def test_an_upload_that_rests_too_long_expires(phone: Phone, photo: bytes) -> None:
    location = phone.begin(len(photo))
    assert "GMT" in phone.ask("HEAD", location)["upload-expires"]
    for path in phone.server.bytes_of(location).parent.iterdir():
        os.utime(path, (time.time() - SECONDS - 60,) * 2)
    phone.send(location, photo, 0).problem(410, "expired")


def test_nobody_begins_without_end(phone_of: Callable[..., Phone]) -> None:
    phone = phone_of("inspector")
    begun = [phone.begin(1000) for _ in range(MOST_OPEN)]
    refused = phone.ask("POST", Upload_Length="1000")
    refused.problem(429, "too_many")
    assert int(refused["retry-after"]) > 0
    phone.ask("DELETE", begun[0])
    phone.begin(1000)


def test_refusals_speak_the_sender_s_language(server: Server) -> None:
    told = Phone(server, "").ask("POST", Upload_Length="10", Accept_Language="zh-Hans").problem(401, "not_signed_in")
    assert "请" in told["detail"], told


# --- many at once: the application itself, its neighbours held up


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Where a neighbour waits until a test lets it go; at the end it goes in any case."""
    one = threading.Event()
    yield one
    one.set()


@pytest.fixture
def app(tmp_path: Path) -> UploadApp:
    def refuse(scope: Scope, exc: Exception) -> uploads.Answer:
        assert isinstance(exc, CityError)
        response = problems.refused(ASGIRequest(scope, io.BytesIO()), exc)
        return uploads.Answer(response.status_code, dict(response.items()), response.content)

    sender = Sender(41, frozenset({CITY}))
    return UploadApp(Resting(tmp_path / "up"), "/uploads", lambda _scope: sender, refuse, lambda _scope, given: given)


async def asked(app: UploadApp, method: str, path: str = "/uploads", body: bytes = b"", **headers: str) -> Answer:
    sent: list[Any] = []
    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": [*named, (b"tus-resumable", b"1.0.0")]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, sent[1]["body"])


def begun(app: UploadApp, length: int) -> str:
    return f"/uploads/{app.resting.begin(Announced(41, CITY, length), MOST_OPEN)}"


def test_files_that_are_being_looked_at_hold_up_nobody_else(
    app: UploadApp, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_args: object, **_more: object) -> SimpleNamespace:
        held.wait(30)
        return SimpleNamespace(file=SimpleNamespace(id=uuid4(), sha256="0" * 64))

    monkeypatch.setattr(actions, "keep", slow)
    whole, other = [begun(app, 2) for _ in range(6)], begun(app, 4)

    async def scene() -> None:
        ending = [asyncio.create_task(asked(app, "PATCH", one, b"xx", Upload_Offset="0", **PIECE)) for one in whole]
        await asyncio.sleep(0.5)  # their bytes have come: they are being looked at, or wait for that
        answer = await asyncio.wait_for(asked(app, "PATCH", other, b"yy", Upload_Offset="0", **PIECE), 10)
        assert (answer.status, answer["upload-offset"]) == (204, "2")
        held.set()
        assert {one.status for one in await asyncio.gather(*ending)} == {204}

    asyncio.run(scene())


def test_a_crowd_at_the_door_is_told_when_to_come_again(app: UploadApp, held: threading.Event) -> None:
    admit = app.admit

    def slow(scope: Scope) -> Sender:
        held.wait(30)
        return admit(scope)

    app.admit = slow
    location = begun(app, 4)

    async def scene() -> None:
        inside = [asyncio.create_task(asked(app, "HEAD", location)) for _ in range(MOST_AT_THE_DOOR)]
        await asyncio.sleep(0)
        refused = await asyncio.wait_for(asked(app, "HEAD", location), 10)
        assert (refused.status, refused["retry-after"], refused["content-type"]) == (
            429, "1", "application/problem+json",
        )  # fmt: skip
        posted = await asyncio.wait_for(asked(app, "POST", Upload_Length="10"), 10)
        assert posted.problem(429, "too_many")["retry_after_seconds"] == 1
        held.set()
        assert {one.status for one in await asyncio.gather(*inside)} == {200}
        assert (await asked(app, "HEAD", location)).status == 200

    asyncio.run(scene())


def test_uploads_begun_at_once_are_counted_together(app: UploadApp, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def quota(_owner_id: int, coming: int, *, now: object) -> None:
        assert now
        counted.append(coming)
        time.sleep(0.02)

    monkeypatch.setattr(actions, "refuse_over_quota", quota)

    async def scene() -> None:
        answers = await asyncio.gather(*(asked(app, "POST", Upload_Length="10") for _ in range(MOST_OPEN + 10)))
        assert sorted(one.status for one in answers) == [201] * MOST_OPEN + [429] * 10
        assert max(counted) == MOST_OPEN * 10, "each sees those that came before it"

    asyncio.run(scene())


def test_an_upload_over_the_quota_leaves_nothing_behind(app: UploadApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def quota(*_args: object, **_more: object) -> None:
        raise TooMany("too much", retry_after_seconds=3600)

    monkeypatch.setattr(actions, "refuse_over_quota", quota)
    asyncio.run(asked(app, "POST", Upload_Length="10")).problem(429, "too_many")
    assert app.resting.coming(41) == 0
    assert not [*app.resting.folder.iterdir()]
