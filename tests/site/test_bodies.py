"""Slow senders: nobody works on half a body, and they do not take all places."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from cityloop.site.bodies import Bodies
from cityloop.site.problems import MOST_BYTES
from cityloop.site.turnstile import Places

THREADS = 8


class Slow(io.RawIOBase):
    """A body whose second half comes when it is told."""

    def __init__(self) -> None:
        self.parts = [b"first ", b"second"]
        self.go = threading.Event()

    def read(self, size: int = -1) -> bytes:
        if len(self.parts) == 1:
            self.go.wait(10)
        return self.parts.pop(0) if self.parts else b""


def application(seen: list[bytes]) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b"done"]

    return answer


def send(bodies: Bodies, stream: Any, length: object, address: str = "192.0.2.1") -> tuple[str, list[bytes]]:
    told: list[str] = []
    environ = {
        "CONTENT_LENGTH": str(length), "REMOTE_ADDR": address, "wsgi.input": stream, "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/cases", "HTTP_ACCEPT_LANGUAGE": "en",
    }  # fmt: skip
    answer = list(bodies(environ, lambda status, _headers: told.append(status)))
    return told[0], answer


def test_the_application_is_asked_when_the_body_is_there() -> None:
    seen: list[bytes] = []
    bodies, slow = Bodies(application(seen), THREADS), Slow()
    thread = threading.Thread(target=send, args=(bodies, slow, 12))
    thread.start()
    time.sleep(0.1)
    assert seen == []
    slow.go.set()
    thread.join(10)
    assert seen == [b"first second"]


def test_slow_senders_take_a_part_of_the_threads_and_the_others_go_on() -> None:
    seen: list[bytes] = []
    bodies, slow = Bodies(application(seen), THREADS), [Slow() for _one in range(4)]
    threads = [
        threading.Thread(target=send, args=(bodies, each, 12, f"192.0.2.{number // 2}"))
        for number, each in enumerate(slow)
    ]
    for thread in threads:
        thread.start()
    while bodies._reading.total() < 4:
        time.sleep(0.01)
    status, [refusal] = send(bodies, io.BytesIO(b"quick"), 5, "192.0.2.9")
    assert (status[:3], json.loads(refusal)["title"]) == ("429", "Too many requests")
    assert send(bodies, io.BytesIO(b""), 0, "192.0.2.9")[0] == "200 OK", "without a body nobody waits"
    slow[0].go.set()
    threads[0].join(10)
    assert send(bodies, io.BytesIO(b"quick"), 5, "192.0.2.1")[0].startswith("429"), "two of this address are at it"
    assert send(bodies, io.BytesIO(b"quick"), 5, "192.0.2.9")[0] == "200 OK"
    for each in slow:
        each.go.set()
    for thread in threads:
        thread.join(10)
    assert not bodies._reading


def test_no_more_is_read_than_was_promised_and_large_bodies_lie_in_a_file() -> None:
    seen: list[bytes] = []
    bodies = Bodies(application(seen), THREADS)
    send(bodies, io.BytesIO(b"x" * (MOST_BYTES + 10)), MOST_BYTES + 5)
    assert seen == [b"x" * (MOST_BYTES + 5)]


def test_in_a_flood_nothing_is_read() -> None:
    seen: list[bytes] = []
    places, stream = Places(1), io.BytesIO(b"whatever")
    bodies = Bodies(application(seen), THREADS, places=places)
    assert places.take()
    assert send(bodies, stream, 8)[0].startswith("429")
    assert (seen, stream.tell()) == ([], 0)
    places.leave()
    assert send(bodies, stream, 8)[0] == "200 OK"


def test_what_is_refused_unread_stays_unread() -> None:
    seen: list[bytes] = []
    stream = io.BytesIO(b"whatever")
    for length in ("no number", 10**12, ""):
        send(Bodies(application(seen), THREADS), stream, length)
    assert seen == [b"whatever", b"", b""], "handed on as it came"


def test_a_sender_who_says_no_more_is_given_up_and_others_come_in() -> None:
    seen: list[bytes] = []
    bodies, slow = Bodies(application(seen), THREADS, patience_s=0.2), [Slow(), Slow()]
    threads = [threading.Thread(target=send, args=(bodies, each, 12)) for each in slow]
    for thread in threads:
        thread.start()
    while bodies._reading.total() < 2:
        time.sleep(0.01)
    assert send(bodies, io.BytesIO(b"quick"), 5)[0].startswith("429"), "two of this address are at it"
    for thread in threads:
        thread.join(10)
    assert send(bodies, io.BytesIO(b"quick"), 5)[0] == "200 OK"
    assert bodies._given_up.total() == 2
    status, [refusal] = send(bodies, third := Slow(), 12)
    assert (status[:3], json.loads(refusal)["code"]) == ("408", "too_slow")
    for each in (*slow, third):
        each.go.set()
    until = time.monotonic() + 10
    while bodies._given_up and time.monotonic() < until:
        time.sleep(0.01)
    assert not bodies._given_up, "who has gone is not counted any more"
    assert seen == [b"quick"], "nobody works on what came too late"
