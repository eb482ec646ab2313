"""A flood: who is served, who waits, who is told to come again."""

import threading
import time
from collections.abc import Iterator

import orjson
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from cityloop.site import turnstile
from cityloop.site.settings.env import THREADS_PER_SEAT
from cityloop.site.turnstile import Places, Turnstile

SEATS = settings.SERVING.threads
ROOM = SEATS * (THREADS_PER_SEAT - 1)


class Slow:
    """Work that is done when it is told, and counts how many are at it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.at_work = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.go.wait(10)
        with self.lock:
            self.at_work -= 1
        if request.path == "/broken":
            raise RuntimeError("broken")
        return HttpResponse("done")


@pytest.fixture
def work() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go.set()


def crowd(gate: Turnstile, path: str, size: int) -> tuple[list[int], list[threading.Thread]]:
    """Send ``size`` requests at once; return the list that their statuses come into, and the threads."""
    answers: list[int] = []

    def come() -> None:
        answers.append(gate(RequestFactory().get(path)).status_code)

    threads = [threading.Thread(target=come) for _one in range(size)]
    for thread in threads:
        thread.start()
    return answers, threads


def test_a_flood_is_served_as_far_as_there_is_room_and_the_rest_is_told_at_once(
    work: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Turnstile(work, Places(ROOM))
    answers, threads = crowd(gate, "/api/v1/cases", ROOM + 20)
    until = time.monotonic() + 5
    while len(answers) < 20 and time.monotonic() < until:
        time.sleep(0.01)
    assert answers == [429] * 20
    assert caplog.text.count("too many requests") == 1, "a flood is logged once a second"
    work.go.set()
    for thread in threads:
        thread.join(10)
    assert sorted(answers) == [200] * ROOM + [429] * 20
    assert work.most == SEATS
    assert gate(RequestFactory().get("/")).status_code == 200, "nobody sits there any more"


def test_a_refusal_says_when_to_come_again(work: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.01)
    gate = Turnstile(work, Places(ROOM))
    _answers, threads = crowd(gate, "/", SEATS)
    while work.at_work < SEATS:
        time.sleep(0.01)
    refusal = gate(RequestFactory().post("/api/v1/cases", headers={"Accept-Language": "en"}))
    assert (refusal.status_code, refusal["Retry-After"]) == (429, "1")
    assert refusal["Content-Type"] == "application/problem+json"
    assert orjson.loads(refusal.content)["detail"].startswith("Too many requests at this moment.")
    page = gate(RequestFactory().get("/"))
    assert (page.status_code, page["Retry-After"]) == (429, "1")
    assert "请返回后再试" in page.content.decode()
    work.go.set()
    for thread in threads:
        thread.join(10)


def test_what_asks_no_database_is_always_answered(work: Slow) -> None:
    gate = Turnstile(work, Places(ROOM))
    gate.places.taken = ROOM
    work.go.set()
    for path in ("/healthz", "/readyz"):
        assert gate(RequestFactory().get(path)).status_code == 200
    assert gate(RequestFactory().get("/healthzzz")).status_code == 429
    assert gate(RequestFactory().get("/")).status_code == 429


def test_work_that_breaks_gives_its_seat_back(work: Slow) -> None:
    gate = Turnstile(work, Places(ROOM))
    work.go.set()
    for _time in range(ROOM + 1):
        with pytest.raises(RuntimeError, match="broken"):
            gate(RequestFactory().get("/broken"))
