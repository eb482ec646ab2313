"""Refusals of the API, read by somebody who reads Chinese only."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from cases.conftest import MANHOLE, POINT, Desk
from cases.door import DAY, V1, Door
from cityloop.site.api import document

CHINESE = "zh-hans"
UNSEEN = "9901012026070199999"
CODES = re.compile(r"“[^”]*”|\S*[0-9_/.:=]\S*")
"""What is quoted, and what only a program would spell so: addresses, keys, codes with digits or underlines."""
WORDS = re.compile(r"[A-Za-z]{4,}")
PROGRAMS_WORDS = frozenset({
    "JSON", "UUID", "ETag", "HEAD", "POST", "Allow", "Authorization", "Bearer", "Content-Length", "Content-Type",
    "Idempotency-Key", "If-Match", "X-CSRFToken", "CSRF", "true", "false",
})  # fmt: skip
"""Names of the wire, which are the same in every language."""


@pytest.fixture(autouse=True)
def _the_desk_tells_the_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (
        "cityloop.kernel.clock.machine_now",
        "cityloop.site.api.machine_now",
        "cityloop.organisation.queries.viewers.machine_now",
    ):
        monkeypatch.setattr(place, lambda: desk.now)


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.cast)


def names_of_the_api() -> frozenset[str]:
    """What the document calls things: parameters, fields and choices are spelled by it, in every language."""

    def walk(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from part.get("properties", {})
            yield from (name for name in part.get("enum", ()) if isinstance(name, str))
            yield from ([part["name"]] if "in" in part and isinstance(part.get("name"), str) else [])
            for inner in part.values():
                yield from walk(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from walk(inner)

    return frozenset(walk(document("en", DAY)))


def english_in(text: str, spelled: frozenset[str]) -> list[str]:
    """Return the words of ``text`` that only a reader of English would understand."""
    rest = CODES.sub(" ", text)
    for word in sorted(PROGRAMS_WORDS, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return [word for word in WORDS.findall(rest) if word not in spelled]


REPORT = {"source": "hotline", "category": MANHOLE, "point": POINT, "description": "井盖坏了"}
Call = Callable[[Door, str], Any]


def get(path: str, who: str = "acceptor", **query: Any) -> Call:
    return lambda door, _number: door(who, language=CHINESE).client.get(V1 + path, query)


def report(**changes: Any) -> Call:
    inputs = {name: value for name, value in {**REPORT, **changes}.items() if value is not None}
    return lambda door, _number: door("acceptor", language=CHINESE).post("/cases", {"inputs": inputs})


def body(sent: Any, **headers: str) -> Call:
    return lambda door, _number: door("acceptor", language=CHINESE).post("/cases", sent, **headers)


def raw(sent: bytes, content_type: str = "application/json", **environ: Any) -> Call:
    return lambda door, _number: door("acceptor", language=CHINESE).raw("/cases", sent, content_type, **environ)


def act(action: str, who: str = "acceptor", headers: dict[str, str] | None = None, **inputs: Any) -> Call:
    return lambda door, number: door(who, language=CHINESE).act(number, action, headers=headers, **inputs)


def stranger(door: Door, _number: str) -> Any:
    return Client(headers={"Accept-Language": CHINESE}).get(f"{V1}/cases")


def bad_token(door: Door, _number: str) -> Any:
    return Client(headers={"Accept-Language": CHINESE, "Authorization": "Bearer cl_x"}).get(f"{V1}/cases")


def no_token(door: Door, _number: str) -> Any:
    return Client(headers={"Accept-Language": CHINESE, "Authorization": "Basic x"}).get(f"{V1}/cases")


def read_only(door: Door, number: str) -> Any:
    return door("acceptor", scopes=("read",), language=CHINESE).act(number, "accept")


def method(door: Door, _number: str) -> Any:
    return door("acceptor", language=CHINESE).client.delete(f"{V1}/cases")


def key_reused(door: Door, number: str) -> Any:
    key = str(uuid4())
    door("acceptor", language=CHINESE).act(number, "note", key=key, opinion="看过")
    return door("acceptor", language=CHINESE).act(number, "note", key=key, opinion="又看过")


TOLD: dict[str, tuple[int, Call]] = {
    "nobody": (401, stranger),
    "unknown token": (401, bad_token),
    "no token": (401, no_token),
    "scope": (403, read_only),
    "no such address": (404, get("/nothing")),
    "no such case": (404, get(f"/cases/{UNSEEN}")),
    "no such city": (404, get("/table", jurisdiction="110101")),
    "method": (405, method),
    "no JSON": (400, raw(b"{")),
    "length": (400, raw(b"{}", CONTENT_LENGTH="x")),
    "too large": (413, raw(b"x" * 300_000)),
    "no media type": (415, raw(b"{}", "text/plain")),
    "no body": (422, body(None)),
    "unknown field": (422, body({"colour": "red", "inputs": REPORT})),
    "key": (422, body({"key": "x", "inputs": REPORT})),
    "header": (422, body({"inputs": REPORT}, **{"Idempotency-Key": "x"})),
    "nesting": (422, body({"inputs": {"a": [[[[[[[]]]]]]]}})),
    "unknown parameter": (422, get("/cases", stat="filed")),
    "limit": (422, get("/cases", limit=0)),
    "limit in words": (422, get("/cases", limit="many")),
    "kind": (422, get("/cases", kind="lost")),
    "order": (422, get("/cases", order="number")),
    "time": (422, get("/cases", due_before="12345")),
    "number": (422, get("/cases", number="A")),
    "long": (422, get("/cases", district="x" * 200)),
    "cursor": (422, get("/cases", cursor="x")),
    "mine": (422, get("/cases", mine="perhaps")),
    "lon": (422, get("/locate", lon="x", lat=30, system="wgs84")),
    "outside": (422, get("/locate", lon=10, lat=10, system="wgs84")),
    "swapped": (422, get("/locate", lon=30, lat=120, system="wgs84")),
    "system": (422, get("/locate", lon=30, lat=12, system="mars")),
    "class": (422, report(category="x")),
    "source": (422, report(source="dove")),
    "point": (422, report(point={"lon": 1})),
    "point untagged": (422, report(point={"lon": 120, "lat": 30})),
    "point abroad": (422, report(point={"lon": 10, "lat": 10, "system": "wgs84"})),
    "photos": (422, report(source="collector", photos=[])),
    "due": (422, report(external_due="tomorrow")),
    "text": (422, report(description="字" * 4001)),
    "reporter": (422, report(reporter="甲")),
    "not asked": (422, report(colour="red")),
    "missing": (422, report(category=None)),
    "post": (403, act("accept", "collector")),
    "state": (409, act("close", "duty_chief", condition_met=True)),
    "unknown action": (422, act("fly")),
    "If-Match": (422, act("accept", headers={"If-Match": "井"})),
    "outdated": (412, act("accept", headers={"If-Match": '"9"'})),
    "key reused": (422, key_reused),
}


def test_every_refusal_reads_as_chinese(desk: Desk, door: Door, subtests: pytest.Subtests) -> None:
    number, spelled = desk.report().number, names_of_the_api()
    for name, (status, call) in TOLD.items():
        with subtests.test(name):
            answer = call(door, number)
            assert answer.status_code == status, answer.content
            told = answer.json()
            texts = [told["title"], told["detail"], *(fault["why"] for fault in told["faults"])]
            sent = {part for fault in told["faults"] for part in fault["field"].split(".")}
            assert [english_in(text, spelled | sent) for text in texts] == [[] for _text in texts], texts
            assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts), texts


def test_what_fails_reads_as_chinese_too(
    door: Door, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for failure in (OperationalError("connection refused"), ZeroDivisionError("division by zero")):
        with subtests.test(type(failure).__name__):
            monkeypatch.setattr("cityloop.cases.api.task_page", Mock(side_effect=failure))
            told = door("acceptor", language=CHINESE).client.get(f"{V1}/tasks").json()
            assert english_in(told["title"] + told["detail"], frozenset()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("须为以下之一：part, event", []),
        ("须为以下之一：part or event", []),
        ("colour：此处没有这一项", ["colour"]),
        ("“nothing” 是 must be text", ["must", "text"]),
        ("The request cannot be read", ["request", "cannot", "read"]),
        ("请求头 Idempotency-Key 须为 UUID，见 /api/docs，如 2026-07-01T09:00:00%2B08:00", []),
    ],
)
def test_english_is_found_where_it_stands(text: str, found: list[str]) -> None:
    assert english_in(text, frozenset({"part", "event"})) == found
