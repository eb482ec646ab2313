"""The loop's doors for programs, on the real database: what they give, and what they refuse."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from cases.conftest import BROKEN_COVER, MANHOLE, PHOTOS, POINT, Desk
from cases.door import DAY, V1, Door, problem
from cast import CITY, NOW, OTHER_CITY, SINCE
from cityloop.cases import models
from cityloop.cases.openapi import example_of
from cityloop.cases.queries import default_table
from cityloop.organisation import actions as organisation
from cityloop.standards.rules import TimeLimit

REPORT = {
    "source": "collector",
    "category": MANHOLE,
    "condition": BROKEN_COVER,
    "point": POINT,
    "photos": PHOTOS,
    "description": "人行道上井盖破损",
    "address": "人民路 18 号",
}
CALL = {
    "source": "hotline",
    "category": MANHOLE,
    "point": POINT,
    "description": "井盖坏了",
    "reporter": {"name": "张三丰", "phone": "13812341234"},
}
UNSEEN = "9901012026070199999"


@pytest.fixture(autouse=True)
def _the_desk_tells_the_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock stands where the scene's desk stands."""
    name = "committed_desk" if "committed_desk" in request.fixturenames else "desk"
    desk: Desk = request.getfixturevalue(name)
    for place in (
        "cityloop.kernel.clock.machine_now",
        "cityloop.site.api.machine_now",
        "cityloop.organisation.queries.viewers.machine_now",
    ):
        monkeypatch.setattr(place, lambda: desk.now)


@pytest.fixture
def door(request: pytest.FixtureRequest) -> Door:
    name = "committed_desk" if "committed_desk" in request.fixturenames else "desk"
    return Door(request.getfixturevalue(name).cast)


def report(door: Door, who: str = "collector", **changes: Any) -> Any:
    inputs = {name: value for name, value in {**REPORT, **changes}.items() if value is not None}
    return door(who).post("/cases", {"inputs": inputs})


# --- making a case


def test_a_report_is_readable_at_once(door: Door) -> None:
    made = report(door)
    assert made.status_code == 201
    body = made.json()
    assert (body["number"], body["seq"], body["state"], body["repeated"]) == (
        "9901012026070100001",
        1,
        "reported",
        False,
    )
    assert made["Location"] == f"{V1}/cases/{body['number']}"
    assert made["ETag"] == '"1"'
    shown = door("acceptor").get(f"/cases/{body['number']}").json()
    assert shown["description"] == REPORT["description"]
    assert shown["place"]["address"] == REPORT["address"]
    assert shown["place"]["location"] == {"type": "Point", "coordinates": [120.005, 30.005]}
    assert shown["reported_at"] == "2026-07-01T02:00:00Z"
    assert shown["reported_by"] == {"id": door.cast["collector"], "name": "collector"}


@pytest.mark.parametrize("place", ["body", "header", "quoted header", "both"])
def test_the_same_request_with_the_same_key_is_answered_as_before(door: Door, place: str) -> None:
    key = str(uuid4())
    body: dict[str, Any] = {"inputs": REPORT} | ({"key": key} if place in {"body", "both"} else {})
    headers = {"header": key, "quoted header": f'"{key}"', "both": key}.get(place, "")
    sent = {"Idempotency-Key": headers} if headers else {}
    first = door("collector").post("/cases", body, **sent)
    second = door("collector").post("/cases", body, **sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "repeated": True}
    assert second["Location"] == first["Location"]
    assert models.Case.objects.count() == 1


def test_another_request_with_the_same_key_is_refused(door: Door) -> None:
    key = str(uuid4())
    number = door("collector").post("/cases", {"key": key, "inputs": REPORT}).json()["number"]
    other = {"key": key, "inputs": {**REPORT, "description": "另一件事"}}
    problem(door("collector").post("/cases", other), 422, "key_reused")
    problem(door("collector").act(number, "note", key=key, opinion="看过"), 422, "key_reused")
    assert models.Case.objects.count() == 1


def test_another_person_may_have_the_same_key(door: Door) -> None:
    key = str(uuid4())
    assert door("collector").post("/cases", {"key": key, "inputs": REPORT}).status_code == 201
    assert door("acceptor").post("/cases", {"key": key, "inputs": CALL}).status_code == 201


def test_without_a_key_sending_twice_acts_twice(door: Door) -> None:
    assert report(door).json()["number"] != report(door).json()["number"]


def test_an_act_with_the_same_key_is_done_once(door: Door) -> None:
    number, key = report(door).json()["number"], str(uuid4())
    first = door("acceptor").act(number, "accept", key=key)
    second = door("acceptor").act(number, "accept", key=key)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == {**first.json(), "repeated": True}
    assert models.CaseEvent.objects.count() == 2


def test_a_key_that_differs_from_the_header_is_refused(door: Door) -> None:
    answer = door("collector").post(
        "/cases", {"key": str(uuid4()), "inputs": REPORT}, **{"Idempotency-Key": str(uuid4())}
    )
    problem(answer, 422, "invalid", "key")
    problem(
        door("collector").post("/cases", {"inputs": REPORT}, **{"Idempotency-Key": "7"}),
        422,
        "invalid",
        "Idempotency-Key",
    )


UNREADABLE = {
    "emptied by the web server, since it was not ASCII": "",
    "nothing but quotes": '""',
    "Chinese": "井",
    "as a server leaves it that reads Latin-1": "äº",
    "a control character": "\x01",
    "no end": '"',
    "two": '"1", "2"',
    "in braces": "{0190163d-8694-739b-aea5-966c26f8ad91}",
    "with underlines": "0190163d_8694_739b_aea5_966c26f8ad91",
    "too long": "1" * 4000,
}


def test_a_header_that_cannot_be_read_is_refused_not_ignored(door: Door, subtests: pytest.Subtests) -> None:
    """Whoever sends a key or an ETag counts on it: without it the act would be done twice, or on what has changed."""
    number = report(door).json()["number"]
    for name, sent in UNREADABLE.items():
        for header in ("If-Match", "Idempotency-Key"):
            with subtests.test(f"{header}: {name}"):
                answer = door("acceptor").act(number, "accept", headers={header: sent})
                body = problem(answer, 422, "invalid", header)
                assert header in body["detail"]
    assert models.CaseEvent.objects.count() == 1


def test_a_split_names_the_second_case(door: Door) -> None:
    number = report(door).json()["number"]
    done = door("acceptor").act(number, "split", category=MANHOLE, description="第二处").json()
    assert done["child"] == "9901012026070100002"
    assert door("acceptor").get(f"/cases/{done['child']}").json()["split_from"] == number
    assert door("acceptor").get(f"/cases/{number}").json()["split_into"] == [done["child"]]
    lines = door("acceptor").get(f"/cases/{number}/timeline").json()["items"]
    assert [line["cases"] for line in lines] == [[], [done["child"]]]


def test_a_merged_case_tells_its_masters_number(door: Door) -> None:
    master, number = (report(door).json()["number"] for _each in range(2))
    door("acceptor").act(number, "merge", master=master)
    assert door("acceptor").get(f"/cases/{number}").json()["master"] == master


def test_a_filter_that_nothing_knows_is_refused(door: Door) -> None:
    report(door)
    acceptor = door("acceptor")
    for name in ("state", "source"):
        body = problem(acceptor.get("/cases", {name: "nope"}), 422, "invalid", name)
        assert body["faults"][0]["value"] == "nope"
    problem(acceptor.get("/cases", {"jurisdiction": "990202"}), 404, "not_found")
    assert acceptor.get("/cases", {"state": "closed"}).json()["items"] == []
    assert acceptor.get("/cases", {"source": "drone"}).json()["items"] == []
    assert door("citizen").get("/cases", {"jurisdiction": OTHER_CITY, "mine": True}).json()["items"] == []


def test_the_menu_asks_for_what_the_act_asks_for(door: Door) -> None:
    bare = {name: value for name, value in REPORT.items() if name != "condition"}
    number = door("collector").post("/cases", {"inputs": bare}).json()["number"]
    acceptor = door("acceptor")

    def schema(who: str, action: str) -> Any:
        items = door(who).get(f"/cases/{number}/actions").json()["items"]
        [choice] = [one for one in items if one["code"] == action]
        assert choice["allowed"]
        return choice["input_schema"]

    short = schema("acceptor", "fast_track")
    assert short["required"] == ["solved"]
    assert short["properties"]["solved"]["const"] is True
    problem(acceptor.act(number, "fast_track", department="HW", condition=BROKEN_COVER), 409, "conflict")
    acceptor.act(number, "accept")
    assert schema("duty_chief", "file")["required"] == ["condition"]
    problem(door("duty_chief").act(number, "file"), 422, "invalid", "condition")
    door("duty_chief").act(number, "file", condition=BROKEN_COVER)
    assert (
        "required" not in schema("dispatcher", "transfer")
        or "condition" not in schema("dispatcher", "transfer")["required"]
    )


def test_a_reply_is_required_where_the_public_waits_for_one(door: Door) -> None:
    number = door("acceptor").post("/cases", {"inputs": CALL}).json()["number"]
    items = door("acceptor").get(f"/cases/{number}/actions").json()["items"]
    [reject] = [one for one in items if one["code"] == "reject"]
    assert reject["input_schema"]["required"] == ["reason", "opinion", "reply"]


def test_a_source_says_which_posts_may_name_it(door: Door) -> None:
    sources = {one["code"]: one["by"] for one in door("citizen").get("/table").json()["sources"]}
    assert sources["hotline"] == ["acceptor"]
    assert (sources["collector"], sources["iot"]) == (["collector"], ["acceptor"])
    assert sources["app"] == ["acceptor", "citizen"]
    problem(door("citizen").post("/cases", {"inputs": {**CALL, "source": "leader"}}), 422, "invalid", "source")


def test_a_wrong_value_is_shown_as_json(door: Door) -> None:
    for value, shown in ((True, "true"), (["SZ"], '["SZ"]'), ({"lon": 31.19}, '{"lon": 31.19}')):
        body = problem(
            door("collector").post("/cases", {"inputs": {**REPORT, "address": value}}), 422, "invalid", "address"
        )
        assert body["faults"][0]["value"] == shown


def test_a_clock_tells_its_limit_in_words_and_who_extended_it(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    for _each in range(2):
        desk("dept_clerk", number, "apply_extension", opinion="x")
        desk("dispatcher", number, "approve_extension")
    clocks = {
        one["explanation"]["stage"]: one for one in door("acceptor").get(f"/cases/{number}/clocks").json()["items"]
    }
    assert clocks["accept"]["explanation"]["text"] == "15 working minutes"
    assert "hour" in clocks["disposal"]["explanation"]["text"]
    granted = clocks["disposal"]["extensions"]
    assert sum(one["seconds"] for one in granted) == clocks["disposal"]["explanation"]["extra_s"]
    assert [(one["action"]["code"], one["by"]["name"], one["post"]["code"]) for one in granted] == [
        ("approve_extension", "dispatcher", "dispatcher")
    ] * 2
    assert clocks["accept"]["extensions"] == []
    desk("dispatcher", number, "amend", condition=f"{MANHOLE}#cov_open", opinion="x")
    clocks = {
        one["explanation"]["stage"]: one for one in door("acceptor").get(f"/cases/{number}/clocks").json()["items"]
    }
    assert (clocks["disposal"]["extensions"], clocks["disposal"]["explanation"]["extra_s"]) == ([], 0)
    assert door("citizen").get(f"/cases/{number}/clocks").status_code == 404


def test_a_report_goes_to_the_city_where_one_holds_a_post(door: Door) -> None:
    answer = door("collector").post("/cases", {"jurisdiction": OTHER_CITY, "inputs": REPORT})
    problem(answer, 403, "not_allowed")
    organisation.appoint(door.cast["acceptor"], "acceptor", OTHER_CITY, valid_from=SINCE)
    body = problem(door("acceptor").post("/cases", {"inputs": CALL}), 422, "invalid", "jurisdiction")
    assert f"{CITY}, {OTHER_CITY}" in body["faults"][0]["why"]
    assert door("acceptor").post("/cases", {"jurisdiction": CITY, "inputs": CALL}).status_code == 201


def test_who_holds_no_post_reports_nothing(door: Door) -> None:
    user = organisation.create_user("newcomer", password="long-enough-2026", name="新人")
    door.cast.people["newcomer"] = user.pk
    problem(door("newcomer").post("/cases", {"inputs": REPORT}), 403, "not_allowed")
    problem(door("newcomer").get("/table"), 403, "not_allowed")
    assert door("newcomer").get("/cases").json() == {"items": [], "next": None}
    assert door("newcomer").get("/tasks").json() == {"items": [], "next": None}


# --- input that is wrong


WRONG_REPORTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown class": ({"category": "gb47678_2026/part/99999"}, "category"),
    "class by name": ({"category": "manhole"}, "category"),
    "unknown condition": ({"condition": f"{MANHOLE}#nothing"}, "condition"),
    "outside the city": ({"point": {**POINT, "lon": 121.5}}, "point"),
    "swapped": ({"point": {**POINT, "lon": 30.005, "lat": 120.005}}, "point"),
    "no system": ({"point": {"lon": 120.005, "lat": 30.005}}, "point"),
    "lon as text": ({"point": {**POINT, "lon": "120.005"}}, "point"),
    "lon beyond the world": ({"point": {**POINT, "lon": 1e308}}, "point"),
    "lat as truth": ({"point": {**POINT, "lat": True}}, "point"),
    "point as list": ({"point": [120.005, 30.005]}, "point"),
    "no point": ({"point": None}, "point"),
    "one photo of two": ({"photos": PHOTOS[:1]}, "photos"),
    "a photo twice": ({"photos": [*PHOTOS, PHOTOS[0]]}, "photos"),
    "photos as text": ({"photos": "two"}, "photos"),
    "photos as numbers": ({"photos": [1, 2]}, "photos"),
    "unknown source": ({"source": "dove"}, "source"),
    "source as list": ({"source": ["collector"]}, "source"),
    "no source": ({"source": None}, "source"),
    "text too long": ({"description": "字" * 4001}, "description"),
    "text with a null character": ({"description": "a\x00b"}, "description"),
    "text as number": ({"description": 7}, "description"),
    "text as object": ({"description": {"zh": "坏"}}, "description"),
    "number of two lines": ({"external_number": "a\nb"}, "external_number"),
    "no offset": ({"external_due": "2026-07-03T09:00"}, "external_due"),
    "no time": ({"external_due": "tomorrow"}, "external_due"),
    "a day alone": ({"external_due": "2026-07-03"}, "external_due"),
    "time in digits": ({"external_due": "1782867600"}, "external_due"),
    "time without seconds": ({"external_due": "2026-07-03T09:00Z"}, "external_due"),
    "time without separators": ({"external_due": "20260703T090000Z"}, "external_due"),
    "beyond time": ({"external_due": "9999-12-31T23:59:59-12:00"}, "external_due"),
    "time as number": ({"external_due": 1e300}, "external_due"),
    "more of a reporter": ({"reporter": {"name": "张三", "age": 7}}, "reporter"),
    "not asked for": ({"colour": "red"}, "colour"),
}


def test_what_is_wrong_in_a_report_is_named(door: Door, subtests: pytest.Subtests) -> None:
    for name, (changes, field) in WRONG_REPORTS.items():
        with subtests.test(name):
            problem(report(door, **changes), 422, "invalid", field)
    assert not models.Case.objects.exists()
    assert not models.CaseCounter.objects.exists()


def test_swapped_axes_are_told_as_such(door: Door) -> None:
    # Where both numbers are possible latitudes, only the city's extent tells.
    where = {"lon": 30.005, "lat": 120.005, "system": "wgs84"}
    query = door("acceptor").get("/locate", where)
    assert "swapped" in problem(query, 422, "invalid")["detail"]
    assert "swapped" in problem(report(door, point=where), 422, "invalid", "point")["detail"]


NONSENSE: dict[str, tuple[bytes, str, int]] = {
    "half": (b"{", "unreadable", 400),
    "rubbish": (b"rubbish", "unreadable", 400),
    "no UTF-8": (b"\xff\xfe{}", "unreadable", 400),
    "half a character": (b'{"inputs": {"description": "\\ud800"}}', "unreadable", 400),
    "not a number": (b'{"inputs": {"point": {"lon": NaN}}}', "unreadable", 400),
    "a bomb of brackets": (b"[" * 5000 + b"]" * 5000, "unreadable", 400),
    "nothing": (b"", "invalid", 422),
    "null": (b"null", "invalid", 422),
    "list": (b"[]", "invalid", 422),
    "text": (b'"text"', "invalid", 422),
    "number": (b"7", "invalid", 422),
    "no inputs": (b"{}", "invalid", 422),
    "inputs null": (b'{"inputs": null}', "invalid", 422),
    "inputs as list": (b'{"inputs": []}', "invalid", 422),
    "inputs as text": (b'{"inputs": "x"}', "invalid", 422),
    "key as number": (b'{"inputs": {}, "key": 7}', "invalid", 422),
    "key that is no UUID": (b'{"inputs": {}, "key": "7"}', "invalid", 422),
    "action as number": (b'{"inputs": {}, "action": 7}', "invalid", 422),
    "no action": (b'{"inputs": {}, "action": ""}', "invalid", 422),
    "jurisdiction as object": (b'{"inputs": {}, "jurisdiction": {}}', "invalid", 422),
    "more than asked for": (b'{"inputs": {}, "colour": "red"}', "invalid", 422),
    "nested too deep": (b'{"inputs": {"description": ' + b"[" * 300 + b"]" * 300 + b"}}", "invalid", 422),
    "an endless number": (b'{"inputs": {"description": ' + b"9" * 5000 + b"}}", "unreadable", 400),
}


def test_a_body_that_makes_no_sense_is_refused(door: Door, subtests: pytest.Subtests) -> None:
    for name, (body, code, status) in NONSENSE.items():
        with subtests.test(name):
            problem(door("collector").raw("/cases", body), status, code)


def test_where_json_breaks_is_told(door: Door) -> None:
    body = problem(door("collector").raw("/cases", b'{"inputs":\n {"source": collector}}'), 400, "unreadable")
    assert "line 2, column 13" in body["detail"]


class NeverRead:
    """A body that must not be touched."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def test_a_megabyte_of_text_is_refused_unread(door: Door) -> None:
    environ = {"CONTENT_LENGTH": str(1024 * 1024), "wsgi.input": NeverRead()}
    body = problem(door("collector").raw("/cases", b"", **environ), 413, "too_large")
    assert "262144" in body["detail"]


def test_a_megabyte_of_text_is_refused(door: Door) -> None:
    problem(report(door, description="字" * (1024 * 1024 // 3)), 413, "too_large")


@pytest.mark.parametrize(
    ("content_type", "environ", "status", "code"),
    [
        pytest.param("text/plain", {}, 415, "not_json", id="text"),
        pytest.param("application/x-www-form-urlencoded", {}, 415, "not_json", id="form"),
        pytest.param("", {}, 415, "not_json", id="unmarked"),
        pytest.param(
            "application/json",
            {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
            411,
            "length_needed",
            id="in chunks",
        ),
        pytest.param("application/json", {"CONTENT_LENGTH": "many"}, 400, "unreadable", id="length in words"),
    ],
)
def test_a_body_that_says_the_wrong_thing_of_itself_is_refused(
    door: Door, content_type: str, environ: dict[str, str], status: int, code: str
) -> None:
    problem(door("collector").raw("/cases", b"{}", content_type, **environ), status, code)


WRONG_PARAMETERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no rows": ("/cases", {"limit": 0}, "limit"),
    "fewer than none": ("/cases", {"limit": -1}, "limit"),
    "too many rows": ("/cases", {"limit": 201}, "limit"),
    "rows in words": ("/cases", {"limit": "many"}, "limit"),
    "fewer tasks than none": ("/tasks", {"limit": -1}, "limit"),
    "a cursor of nobody's": ("/cases", {"cursor": "x"}, "cursor"),
    "an empty cursor": ("/cases", {"cursor": "W10"}, "cursor"),
    "a cursor of nothing": ("/cases", {"cursor": "bnVsbA"}, "cursor"),
    "a cursor in Chinese": ("/cases", {"cursor": "井"}, "cursor"),
    "unknown order": ("/cases", {"order": "number"}, "order"),
    "unknown kind": ("/cases", {"kind": "lost"}, "kind.0"),
    "neither yes nor no": ("/cases", {"mine": "perhaps"}, "mine"),
    "a number of letters": ("/cases", {"number": "A"}, "number"),
    "a null character": ("/cases", {"state": "a\x00"}, "state.0"),
    "a null character in a text": ("/cases", {"external_number": "a\x00"}, "external_number"),
    "time without offset": ("/cases", {"reported_from": "2026-07-01T09:00:00"}, "reported_from"),
    "no time": ("/cases", {"reported_from": "soon"}, "reported_from"),
    "seconds since 1970": ("/cases", {"due_before": "12345"}, "due_before"),
    "a day alone": ("/cases", {"reported_to": "2026-07-01"}, "reported_to"),
    "a plus that became a space": ("/cases", {"reported_to": "2026-07-01T09:00:00 08:00"}, "reported_to"),
    "a time without seconds": ("/cases", {"reported_to": "2026-07-01T09:00Z"}, "reported_to"),
    "before all time": ("/cases", {"reported_from": "0001-01-01T00:00:00+08:00"}, "reported_from"),
    "after all time": ("/cases", {"reported_from": "9999-12-31T23:59:59-12:00"}, "reported_from"),
    "no time at all": ("/cases", {"reported_from": ""}, "reported_from"),
    "a slip of the pen": ("/cases", {"stat": "filed"}, "stat"),
    "a filter of another list": ("/tasks", {"source": "hotline"}, "source"),
    "lon in words": ("/locate", {"lon": "x", "lat": 30, "system": "wgs84"}, "lon"),
    "no number": ("/locate", {"lon": "nan", "lat": 30, "system": "wgs84"}, "lon"),
    "endless": ("/locate", {"lon": "inf", "lat": 30, "system": "wgs84"}, "lon"),
    "no lat": ("/locate", {"lon": 120, "system": "wgs84"}, "lat"),
    "no system": ("/locate", {"lon": 120, "lat": 30}, "system"),
    "unknown system": ("/locate", {"lon": 120, "lat": 30, "system": "mars"}, "system"),
    "unknown type": ("/categories", {"type": "animal"}, "type"),
    "a parameter that nobody knows": ("/table", {"city": CITY}, "city"),
}


def test_a_parameter_that_is_wrong_is_named(door: Door, subtests: pytest.Subtests) -> None:
    for name, (path, query, field) in WRONG_PARAMETERS.items():
        with subtests.test(name):
            problem(door("acceptor").get(path, query), 422, "invalid", field)


def test_the_first_and_the_last_instant_are_no_fault(door: Door) -> None:
    for name, at in (("reported_from", "0001-01-01T00:00:00Z"), ("reported_to", "9999-12-31T23:59:59.999999Z")):
        assert door("acceptor").get("/cases", {name: at}).json()["items"] == []


def test_too_many_parameters_are_refused(door: Door) -> None:
    query = "&".join(f"state={number}" for number in range(1001))
    problem(door("acceptor").get(f"/cases?{query}"), 400, "unreadable")


def test_a_cursor_of_another_list_is_refused(door: Door) -> None:
    for _each in range(3):
        report(door)
    cursors = {
        "/cases": door("acceptor").get("/cases", {"limit": 1}).json()["next"],
        "/cases?order=due_at": door("acceptor").get("/cases", {"limit": 1, "order": "due_at"}).json()["next"],
        "/tasks": door("acceptor").get("/tasks", {"limit": 1}).json()["next"],
    }
    for path in cursors:
        for other, cursor in cursors.items():
            query = {"cursor": cursor} | ({"order": "due_at"} if "due_at" in path else {})
            answer = door("acceptor").get(path.partition("?")[0], query)
            if path == other:
                assert answer.status_code == 200
            else:
                problem(answer, 422, "invalid", "cursor")


def test_a_number_of_no_case_is_not_found(door: Door, subtests: pytest.Subtests) -> None:
    for number in ("1", "x" * 19, UNSEEN, "٩" * 19, "99010120260701%00001", "9" * 5000):
        with subtests.test(number[:30]):
            for path in ("", "/timeline", "/clocks", "/actions"):
                problem(door("acceptor").get(f"/cases/{number}{path}"), 404, "not_found")
            problem(door("acceptor").act(number, "accept"), 404, "not_found")


def test_an_action_in_the_wrong_state_is_refused(door: Door) -> None:
    number = report(door).json()["number"]
    body = problem(door("duty_chief").act(number, "close", condition_met=True), 409, "conflict")
    assert (body["action"], body["state"]) == ("close", "reported")
    assert "To accept" in body["detail"]


def test_an_action_by_the_wrong_post_is_refused(door: Door) -> None:
    number = report(door).json()["number"]
    body = problem(door("dispatcher").act(number, "accept"), 403, "not_allowed")
    assert "Acceptor" in body["detail"]


def test_an_unknown_action_is_refused(door: Door) -> None:
    number = report(door).json()["number"]
    problem(door("acceptor").act(number, "paint"), 422, "invalid")
    assert door("collector").post("/cases", {"action": "paint", "inputs": REPORT}).status_code in {409, 422}
    problem(door("collector").post("/cases", {"action": "accept", "inputs": REPORT}), 409, "conflict")
    problem(door("collector").act(number, "report", **REPORT), 409, "conflict")


def test_a_refused_act_leaves_nothing_behind(door: Door) -> None:
    number = report(door).json()["number"]
    before = door("acceptor").get(f"/cases/{number}").json()
    problem(door("acceptor").act(number, "reject", reason="not_found"), 422, "invalid", "opinion")
    problem(door("acceptor").act(number, "merge", master=UNSEEN), 422, "invalid", "master")
    assert door("acceptor").get(f"/cases/{number}").json() == before
    assert models.CaseEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path"), [("delete", "/cases"), ("put", "/cases/1"), ("patch", "/table"), ("post", "/tasks")]
)
def test_a_wrong_method_is_told_the_right_ones(door: Door, method: str, path: str) -> None:
    answer = getattr(door("acceptor").client, method)(V1 + path, content_type="application/json")
    body = problem(answer, 405, "wrong_method")
    assert "GET" in body["detail"]
    assert "GET" in answer["Allow"]


def test_refusals_speak_the_callers_language(door: Door) -> None:
    refusals = {
        language: problem(door("acceptor", language=language).get("/cases", {"limit": 0}), 422, "invalid")["detail"]
        for language in ("en", "zh-Hans", "zh-CN", "tlh")
    }
    assert refusals["en"] == "What was sent cannot be used: limit: must be at least 1"
    assert door("acceptor", language="zh-CN").get("/table").json()["title"] == "数字城管闭环"
    assert door("acceptor", language="tlh").get("/table").json()["title"] == "数字城管闭环"
    assert door("acceptor", language="en").get("/table").json()["title"] == "The closed loop"


# --- who may see what


ENDPOINTS = ("/cases/{number}", "/cases/{number}/timeline", "/cases/{number}/clocks", "/cases/{number}/actions")
OF_THE_CITY = ("/cases", "/tasks", "/table", "/categories", "/loop.svg")
WHERE = {"lon": 120.005, "lat": 30.005, "system": "wgs84"}


def test_a_stranger_is_told_that_there_is_nothing(door: Door) -> None:
    number = report(door).json()["number"]
    for path in ENDPOINTS:
        theirs = problem(door("stranger").get(path.format(number=number)), 404, "not_found")
        nobodys = problem(door("stranger").get(path.format(number=UNSEEN)), 404, "not_found")
        assert theirs["detail"].replace(number, UNSEEN) == nobodys["detail"]
    problem(door("stranger").act(number, "accept"), 404, "not_found")
    assert door("stranger").get("/cases").json()["items"] == []
    problem(door("stranger").get("/cases", {"jurisdiction": CITY}), 404, "not_found")
    assert door("stranger").get("/cases", {"number": number}).json()["items"] == []
    assert door("stranger").get("/tasks").json()["items"] == []
    for path in ("/table", "/categories", "/loop.svg"):
        problem(door("stranger").get(path, {"jurisdiction": CITY}), 404, "not_found")
        problem(door("stranger").get(path, {"jurisdiction": "123456"}), 404, "not_found")
    problem(door("stranger").get("/locate", {**WHERE, "jurisdiction": CITY}), 404, "not_found")


def test_nobody_is_asked_to_sign_in(door: Door) -> None:
    number = report(door).json()["number"]
    answers = [
        *(door().get(path.format(number=number)) for path in ENDPOINTS + OF_THE_CITY),
        door().get("/locate", WHERE),
        door().post("/cases", {"inputs": REPORT}),
        door().act(number, "accept"),
    ]
    for answer in answers:
        problem(answer, 401, "not_signed_in")
        assert answer["WWW-Authenticate"] == 'Bearer realm="cityloop"'


def test_a_token_for_reading_reads_and_does_not_act(door: Door) -> None:
    number = report(door).json()["number"]
    reader = door("acceptor", scopes=("read",))
    for path in ENDPOINTS + OF_THE_CITY:
        assert reader.get(path.format(number=number)).status_code == 200
    assert reader.get("/locate", WHERE).status_code == 200
    problem(reader.act(number, "accept"), 403, "scope")
    problem(reader.post("/cases", {"inputs": REPORT}), 403, "scope")


def test_a_token_for_acting_reads_too(door: Door) -> None:
    number = report(door).json()["number"]
    actor = door("acceptor", scopes=("write",))
    assert actor.get(f"/cases/{number}").status_code == 200
    assert actor.act(number, "accept").status_code == 200


def test_a_collector_sees_what_was_reported_and_no_more(door: Door, desk: Desk) -> None:
    theirs = report(door).json()["number"]
    other = door("acceptor").post("/cases", {"inputs": {**CALL, "point": {**POINT, "lon": 120.0001}}}).json()["number"]
    models.Case.objects.filter(number=other).update(duty_grid="elsewhere")
    assert [one["number"] for one in door("collector").get("/cases").json()["items"]] == [theirs]
    problem(door("collector").get(f"/cases/{other}"), 404, "not_found")


def test_a_department_sees_its_own(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    waiting = desk.report().number
    assert [one["number"] for one in door("dept_clerk").get("/cases").json()["items"]] == [number]
    assert door("municipal_clerk").get("/cases").json()["items"] == []
    problem(door("dept_clerk").get(f"/cases/{waiting}"), 404, "not_found")
    problem(door("municipal_clerk").get(f"/cases/{number}"), 404, "not_found")


MASKED = {"name": "张**", "phone": "138****1234", "masked": True}
WHOLE = {"name": "张三丰", "phone": "13812341234", "masked": False}


def test_who_called_is_known_to_those_who_speak_with_them(door: Door, desk: Desk, subtests: pytest.Subtests) -> None:
    number = door("acceptor").post("/cases", {"inputs": CALL}).json()["number"]
    desk("acceptor", number, "accept")
    desk("duty_chief", number, "file", condition=BROKEN_COVER)
    desk("dispatcher", number, "dispatch", department="HW")
    models.Case.objects.filter(number=number).update(duty_grid="D-01", people=[door.cast["handler"]])
    for who in door.cast.people:
        if who in {"citizen", "officer", "stranger", "municipal_clerk", "municipal_handler"}:
            continue  # see nothing of it
        with subtests.test(who):
            shown = WHOLE if who in {"acceptor", "duty_chief", "dispatcher", "leader"} else MASKED
            case, told = door(who).get(f"/cases/{number}"), door(who).get(f"/cases/{number}/timeline")
            assert case.json()["reporter"] == shown
            texts = told.json()["items"][0]["texts"]
            assert (texts["reporter_name"], texts["reporter_phone"]) == (shown["name"], shown["phone"])
            if shown is MASKED:
                assert b"13812341234" not in case.content + told.content
                assert "张三丰".encode() not in case.content + told.content


def test_a_citizen_sees_their_own_report_whole_and_is_a_star_to_others(door: Door, desk: Desk) -> None:
    number = door("citizen").post("/cases", {"inputs": {**CALL, "source": "app"}}).json()["number"]
    mine = door("citizen").get(f"/cases/{number}").json()
    assert mine["reporter"] == WHOLE
    assert mine["reported_by"] == {"id": door.cast["citizen"], "name": "citizen"}
    for path in (f"/cases/{number}", f"/cases/{number}/timeline"):
        assert b'"citizen"' not in door("inspector").get(path).content.replace(b'{"code":"citizen"', b"")
    assert door("inspector").get(f"/cases/{number}").json()["reported_by"] == {"id": None, "name": "c**"}
    assert door("inspector").get(f"/cases/{number}/timeline").json()["items"][0]["by"] == {"id": None, "name": "c**"}
    assert door("acceptor").get(f"/cases/{number}").json()["reported_by"]["id"] == door.cast["citizen"]


def test_an_erased_text_is_gone_everywhere(door: Door) -> None:
    number = door("acceptor").post("/cases", {"inputs": CALL}).json()["number"]
    models.CaseText.objects.filter(personal=True).update(text=None, salt=None, erased_at=NOW)
    assert door("acceptor").get(f"/cases/{number}").json()["reporter"] == {"name": None, "phone": None, "masked": False}
    texts = door("acceptor").get(f"/cases/{number}/timeline").json()["items"][0]["texts"]
    assert texts == {"description": "井盖坏了", "reporter_name": None, "reporter_phone": None}


# --- what is told of a case


def test_the_timeline_tells_who_did_what_in_which_post(door: Door, desk: Desk) -> None:
    number = desk.report(description="破了").number
    desk.later(minutes=5)
    desk("acceptor", number, "accept", opinion="属实")
    desk.later(minutes=12)
    desk("duty_chief", number, "file", condition=BROKEN_COVER)
    report_, accept, file = door("leader").get(f"/cases/{number}/timeline").json()["items"]
    assert (report_["seq"], report_["from_state"], report_["stayed_s"], report_["spent"]) == (1, None, None, [])
    assert report_["texts"] == {"description": "破了"}
    assert report_["inputs"]["category"] == MANHOLE
    assert accept["by"] == {"id": door.cast["acceptor"], "name": "acceptor"}
    assert accept["post"] == {"code": "acceptor", "name": "Acceptor"}
    assert accept["action"] == {"code": "accept", "name": "Accept"}
    assert (accept["from_state"]["code"], accept["to_state"]["code"]) == ("reported", "accepted")
    assert accept["texts"] == {"opinion": "属实"}
    assert accept["stayed_s"] == 300
    assert accept["spent"] == [{"clock": {"code": "accept", "name": "Accept"}, "used_s": 300, "limit_s": 900}]
    assert (file["stayed_s"], file["spent"][0]["used_s"], file["at"]) == (720, 720, "2026-07-01T02:17:00Z")


def test_time_in_a_stage_is_told_in_open_hours(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    desk.later(days=1)
    desk("dept_clerk", number, "note", opinion="在等材料")
    desk.later(hours=1)
    desk("dept_clerk", number, "feedback")
    note, feedback = door("leader").get(f"/cases/{number}/timeline").json()["items"][-2:]
    office_day = 8 * 3600
    assert (note["stayed_s"], feedback["stayed_s"]) == (86_400, 90_000)  # a note moves nothing
    assert [one["used_s"] for one in feedback["spent"]] == [office_day + 3600]


def due_by(explanation: dict[str, Any]) -> datetime | None:
    """Return when a clock is due by its explanation alone: a short script that knows nothing of calendars."""
    if explanation["until"]:
        return datetime.fromisoformat(explanation["until"])
    left = timedelta(seconds=explanation["limit_s"] + explanation["extra_s"])
    for start, end in explanation["spans"]:
        begins, ends = datetime.fromisoformat(start), datetime.fromisoformat(end)
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return None


def _disposal(door: Door, number: str) -> dict[str, Any]:
    items = door("leader").get(f"/cases/{number}/clocks").json()["items"]
    [reason] = [one for one in items if one["line"]["clock"]["code"] == "disposal"]
    return dict(reason)


def test_a_deadline_explains_itself(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()  # four working hours from ten in the morning of a Wednesday
    reason = _disposal(door, number)
    assert reason["line"]["due_at"] == "2026-07-01T08:00:00Z"
    assert due_by(reason["explanation"]) == datetime.fromisoformat("2026-07-01T16:00+08:00")
    assert reason["explanation"]["basis"] == BROKEN_COVER
    assert len(reason["explanation"]["spans"]) == 2  # the break at noon lies between


def test_an_explained_deadline_holds_through_pauses_and_approvals(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    desk.later(hours=1)
    desk("dept_clerk", number, "apply_extension", opinion="缺料")
    desk("dispatcher", number, "approve_extension")
    until = (desk.now + timedelta(days=5)).isoformat()
    desk("dept_clerk", number, "apply_defer", reason="weather", until=until, opinion="暴雨")
    desk("dispatcher", number, "approve_defer")
    desk("duty_chief", number, "approve_defer")
    held = _disposal(door, number)
    assert (held["line"]["status"], held["line"]["light"], held["line"]["due_at"]) == ("paused", "paused", None)
    assert held["line"]["left_s"] == 7 * 3600
    assert due_by(held["explanation"]) is None
    assert held["explanation"]["pauses"] == [["2026-07-01T03:00:00Z", None]]
    desk.later(days=2)
    desk("dept_clerk", number, "resume")
    reason = _disposal(door, number)
    assert reason["explanation"]["extra_s"] == 4 * 3600
    assert reason["explanation"]["pauses"] == [["2026-07-01T03:00:00Z", "2026-07-03T03:00:00Z"]]
    # 7 hours left: 11–12 and 14–18 on Friday, then 8–10 on Monday
    assert due_by(reason["explanation"]) == datetime.fromisoformat("2026-07-06T10:00+08:00")
    assert due_by(reason["explanation"]) == datetime.fromisoformat(reason["line"]["due_at"])


def test_every_explained_deadline_equals_the_one_that_drives_the_light(door: Door, desk: Desk) -> None:
    number = desk.to_close()
    desk("duty_chief", number, "rework", opinion="没修好")
    items = door("leader").get(f"/cases/{number}/clocks").json()["items"]
    assert {one["line"]["clock"]["code"] for one in items} >= {"accept", "file", "disposal", "check", "close"}
    for item in items:
        told = item["line"]["due_at"]
        assert due_by(item["explanation"]) == (told and datetime.fromisoformat(told))
    [running] = [one for one in items if one["line"]["status"] == "running"]
    assert models.Case.objects.get(number=number).due_at == due_by(running["explanation"])


def test_a_clock_changes_its_light_with_time(door: Door, desk: Desk) -> None:
    number, began = desk.report().number, desk.now
    shown = [(0, "green", 900), (11, "green", 240), (13, "yellow", 120), (16, "red", -60), (31, "double_red", -960)]
    for minutes, light, left_s in shown:
        desk.now = began + timedelta(minutes=minutes)
        [clock] = door("leader").get(f"/cases/{number}").json()["clocks"]
        assert (clock["light"], clock["left_s"], clock["used_s"]) == (light, left_s, 60 * minutes)


def test_a_case_tells_all_about_itself(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    desk("duty_chief", number, "mark", important=True)
    desk("dept_clerk", number, "apply_extension", opinion="缺料")
    case = door("leader").get(f"/cases/{number}").json()
    assert case["state"] == {"code": "in_disposal", "name": "In disposal", "kind": "working"}
    assert case["department"] == {"code": "HW", "name": "环卫中心"}
    assert case["category"]["code"] == MANHOLE
    assert case["condition"]["code"] == BROKEN_COVER
    assert case["closing"]
    assert {one["flag"]["code"]: one["value"] for one in case["flags"]} == {
        "important": True,
        "extension_pending": True,
    }
    assert [one["task"]["code"] for one in case["tasks"]] == ["in_disposal", "decide:extension"]
    assert [one["post"]["code"] for one in case["tasks"]] == ["dept_clerk", "dispatcher"]
    [application] = case["applications"]
    assert application["application"] == {"code": "extension", "name": "Extension"}
    assert application["by"]["id"] == door.cast["dept_clerk"]
    assert [post["code"] for post in application["waits_for"]] == ["dispatcher"]
    assert case["head"] == models.Case.objects.get(number=number).head.hex()
    assert door("leader", language="zh-CN").get(f"/cases/{number}").json()["state"]["name"] == "处置中"


def test_an_amended_description_takes_the_place_of_the_first(door: Door, desk: Desk) -> None:
    number = desk.filed(description="井盖", address="人民路")
    desk("duty_chief", number, "amend", description="雨水井盖", opinion="补充")
    case = door("leader").get(f"/cases/{number}").json()
    assert (case["description"], case["place"]["address"]) == ("雨水井盖", "人民路")


# --- what one may do


def _choices(door: Door, who: str, number: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
    items = door(who).get(f"/cases/{number}/actions", query).json()["items"]
    return {item["code"]: item for item in items}


def test_what_one_may_do_is_told_with_what_it_needs(door: Door, desk: Desk) -> None:
    number = desk.report().number
    choices = _choices(door, "acceptor", number)
    allowed = {code for code, choice in choices.items() if choice["allowed"]}
    assert allowed == {"send_verify", "accept", "reject", "merge", "fast_track", "note", "attach", "split"}
    assert all((choice["why_not"] is None) is choice["allowed"] for choice in choices.values())
    assert choices["reject"]["input_schema"]["required"] == ["reason", "opinion"]
    assert "Duty chief" in choices["cancel"]["why_not"]
    assert "close" not in choices


def test_the_actions_of_other_states_are_told_on_demand(door: Door, desk: Desk) -> None:
    number = desk.report().number
    everything = _choices(door, "acceptor", number, {"all": True})
    assert "To accept" in everything["close"]["why_not"]
    assert "report" not in everything
    few = _choices(door, "acceptor", number)
    assert {code: everything[code] for code in few} == few


def test_what_the_system_does_is_told_as_such(door: Door, desk: Desk) -> None:
    number = desk.to_close()
    desk("duty_chief", number, "close", condition_met=True)
    archive = _choices(door, "duty_chief", number)["archive"]
    assert archive["why_not"] == "The system does this by itself when its time has come."


def test_who_applied_may_not_decide(door: Door, desk: Desk) -> None:
    organisation.appoint(door.cast["duty_chief"], "leader", CITY, valid_from=SINCE)
    number = desk.report().number
    desk("duty_chief", number, "cancel", opinion="重复")
    assert "second person" in _choices(door, "duty_chief", number)["approve_cancel"]["why_not"]
    assert _choices(door, "leader", number)["approve_cancel"]["allowed"]


def test_one_takes_back_only_ones_own_last_act(door: Door, desk: Desk) -> None:
    number = desk.report().number
    assert not _choices(door, "acceptor", number)["withdraw"]["allowed"]
    desk("acceptor", number, "accept")
    assert _choices(door, "acceptor", number)["withdraw"]["allowed"]
    assert "somebody else" in _choices(door, "duty_chief", number)["withdraw"]["why_not"]
    desk.later(minutes=31)
    assert "30 minutes" in _choices(door, "acceptor", number)["withdraw"]["why_not"]


def test_whatever_is_allowed_fails_for_its_inputs_alone(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    for who in door.cast.people:
        if door(who).get(f"/cases/{number}").status_code == 404:
            continue
        for code, choice in _choices(door, who, number).items():
            if choice["allowed"]:
                problem(door(who).act(number, code, no_such_input=1), 422, "invalid", "no_such_input")


def test_what_is_not_allowed_is_refused_for_the_reason_told(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    loop = default_table()
    for who in ("dept_clerk", "dispatcher", "leader", "evaluator", "handler"):
        for code, choice in _choices(door, who, number, {"all": True}).items():
            if choice["allowed"] or code in {"merge", "archive"}:  # merge asks for the other case first
                continue
            answer = door(who).act(number, code, **example_of(loop.actions[code], loop, DAY))
            assert answer.status_code in {403, 409}, (who, code, answer.content)
            assert choice["why_not"].rstrip(".") in answer.json()["detail"]
    assert models.CaseEvent.objects.count() == 5


# --- lists


def _numbers(answer: Any) -> list[str]:
    return [item["number"] for item in answer.json()["items"]]


def _pages(door: Door, path: str, query: dict[str, Any], who: str = "leader") -> Iterator[list[str]]:
    cursor = ""
    while True:
        answer = door(who).get(path, query | ({"cursor": cursor} if cursor else {}))
        yield _numbers(answer)
        cursor = answer.json()["next"]
        if cursor is None:
            return


@pytest.fixture
def ten(desk: Desk) -> list[str]:
    """Numbers of ten cases, oldest first: two reported at one instant, three closed, two without a deadline."""
    numbers = []
    for index in range(7):
        desk.later(minutes=0 if index == 3 else 1)
        numbers.append(desk.report().number)
    numbers += [desk.to_close() for _each in range(3)]
    for number in numbers[7:]:
        desk("duty_chief", number, "close", condition_met=True)
    for number in numbers[:2]:
        desk("acceptor", number, "accept")
        desk("duty_chief", number, "file", condition=BROKEN_COVER)
        desk("dispatcher", number, "consult", departments=["HW"], opinion="会商")
    return numbers


def test_a_list_is_paged_newest_first(door: Door, ten: list[str]) -> None:
    pages = list(_pages(door, "/cases", {"limit": 3}))
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert [number for page in pages for number in page] == ten[::-1]


def test_a_list_by_due_ends_with_what_is_due_at_no_time(door: Door, ten: list[str]) -> None:
    for limit in (1, 2, 3, 5, 200):
        pages = list(_pages(door, "/cases", {"limit": limit, "order": "due_at"}))
        assert [number for page in pages for number in page] == [*ten[2:7], *ten[:2]]


def test_a_new_case_does_not_shift_the_pages_behind_it(door: Door, desk: Desk, ten: list[str]) -> None:
    first = door("leader").get("/cases", {"limit": 4})
    desk.later(minutes=1)
    desk.report()
    second = door("leader").get("/cases", {"limit": 200, "cursor": first.json()["next"]})
    assert _numbers(first) + _numbers(second) == ten[::-1]


NARROWED: dict[str, tuple[dict[str, Any], Any]] = {
    "state": ({"state": "reported"}, [2, 3, 4, 5, 6]),
    "either of two states": ({"state": ["consulting", "closed"]}, [0, 1, 7, 8, 9]),
    "kind": ({"kind": "paused"}, [0, 1]),
    "department": ({"department": "HW"}, [7, 8, 9]),
    "another department": ({"department": "SZ"}, []),
    "source and class": ({"source": "collector", "category": MANHOLE}, range(10)),
    "another class": ({"category": "gb47678_2026/part/01002"}, []),
    "from, inclusive": ({"reported_from": "2026-07-01T02:04:00Z"}, range(4, 10)),
    "until, exclusive": ({"reported_to": "2026-07-01T10:04:00+08:00"}, range(4)),
    "due before": ({"due_before": "2026-07-01T02:19:00Z"}, [2, 3]),
    "beginning of the number": ({"number": "9901012026070100"}, range(10)),
    "nearly the whole number": ({"number": "990101202607010001"}, [9]),
    "another city's numbers": ({"number": "990102"}, []),
    "jurisdiction": ({"jurisdiction": CITY}, range(10)),
    "external number": ({"external_number": "X-1"}, []),
    "mine": ({"mine": True}, []),
    "not only mine": ({"mine": False}, range(10)),
}


def test_a_list_is_narrowed(door: Door, ten: list[str], subtests: pytest.Subtests) -> None:
    for name, (query, places) in NARROWED.items():
        with subtests.test(name):
            assert _numbers(door("leader").get("/cases", query)) == [ten[place] for place in places][::-1]


def test_a_list_is_narrowed_to_a_place(door: Door, desk: Desk) -> None:
    near = desk.report().number
    far = desk.report(point={**POINT, "lon": 120.0005, "lat": 30.0005}).number
    place = door("leader").get(f"/cases/{near}").json()["place"]
    assert _numbers(door("leader").get("/cases", {"unit_grid": place["unit_grid"]})) == [near]
    for level in ("district", "street", "community"):
        assert _numbers(door("leader").get("/cases", {level: place[level]["code"]})) == [far, near]
        assert _numbers(door("leader").get("/cases", {level: "0"})) == []


def test_mine_is_what_i_reported(door: Door, desk: Desk) -> None:
    mine = desk.report("acceptor", source="hotline", photos=None).number
    desk.report()
    assert _numbers(door("acceptor").get("/cases", {"mine": True})) == [mine]


def test_an_external_number_finds_its_case(door: Door, desk: Desk) -> None:
    number = desk.report("acceptor", source="transfer_12345", photos=None, external_number="12345-7").number
    desk.report()
    [case] = door("leader").get("/cases", {"external_number": "12345-7"}).json()["items"]
    assert (case["number"], case["external_number"]) == (number, "12345-7")


# --- tasks


def test_a_task_stands_on_the_lists_of_those_who_may_do_it(door: Door, desk: Desk) -> None:
    number = desk.report().number
    [task] = door("acceptor").get("/tasks").json()["items"]
    assert (task["number"], task["post"]["code"], task["light"]) == (number, "acceptor", "green")
    assert (task["task"]["name"], task["state"]["code"], task["due_at"]) == (
        "To accept",
        "reported",
        "2026-07-01T02:15:00Z",
    )
    others = [who for who in door.cast.people if who != "acceptor" and _numbers(door(who).get("/tasks"))]
    assert others == []


def test_a_departments_task_is_not_another_departments(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    assert _numbers(door("dept_clerk").get("/tasks")) == [number]
    assert _numbers(door("municipal_clerk").get("/tasks")) == []


def test_a_collectors_tasks_are_those_of_the_grid_and_those_by_name(door: Door, desk: Desk) -> None:
    number = desk.report().number
    desk("acceptor", number, "send_verify", collector=door.cast["collector"])
    assert _numbers(door("collector").get("/tasks")) == [number]
    models.Task.objects.filter(done_at=None).update(person=None, duty_grid="elsewhere")
    assert _numbers(door("collector").get("/tasks")) == []
    models.Task.objects.filter(done_at=None).update(duty_grid="D-01")
    assert _numbers(door("collector").get("/tasks")) == [number]


def test_an_unseen_case_gives_no_task(door: Door, desk: Desk) -> None:
    desk.in_disposal()
    for who in door.cast.people:
        for number in _numbers(door(who).get("/tasks")):
            assert door(who).get(f"/cases/{number}").status_code == 200


def test_a_deputy_finds_the_tasks_of_whom_they_act_for(door: Door, desk: Desk) -> None:
    number = desk.in_disposal()
    organisation.record_absence(
        door.cast["dept_clerk"],
        CITY,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(days=1),
        deputy_id=door.cast["municipal_clerk"],
    )
    assert _numbers(door("municipal_clerk").get("/tasks")) == [number]
    door("municipal_clerk").act(number, "feedback")
    told = door("leader").get(f"/cases/{number}/timeline").json()["items"][-1]
    assert told["deputy_for"] == {"id": door.cast["dept_clerk"], "name": "dept_clerk"}


def test_tasks_are_paged_soonest_first(door: Door, desk: Desk) -> None:
    numbers = [desk.report().number for _each in range(5) if desk.later(minutes=1)]
    for limit in (1, 2, 5):
        assert [one for page in _pages(door, "/tasks", {"limit": limit}, "acceptor") for one in page] == numbers


def test_tasks_are_narrowed_by_what_is_asked(door: Door, desk: Desk) -> None:
    lamp = "gb47678_2026/part/01012"
    first, second = desk.report().number, desk.report(category=lamp, condition=None).number
    desk.later(minutes=1)
    third = desk.report().number
    asked = {
        "category": (lamp, [second]),
        "kind": ("no such kind", []),
        "state": ("reported", [first, second, third]),
        "street": ("000000000", []),
        "due_before": ("2026-07-01T02:15:30Z", [first, second]),
    }
    for name, (value, numbers) in asked.items():
        assert _numbers(door("acceptor").get("/tasks", {name: value})) == numbers, name
    kind = door("acceptor").get("/tasks").json()["items"][0]["task"]["code"]
    assert _numbers(door("acceptor").get("/tasks", {"kind": kind})) == [first, second, third]
    assert door("acceptor").get("/tasks", {"light": "red"}).status_code == 422


# --- the city


def test_the_table_tells_states_and_actions_with_names_and_needs(door: Door) -> None:
    table = door("collector").get("/table").json()
    assert table["version"] == 0
    states = {state["code"]: state for state in table["states"]}
    assert states["archived"] == {
        "code": "archived",
        "name": "Archived",
        "kind": "closed",
        "step": "evaluate",
        "is_final": True,
    }
    actions = {action["code"]: action for action in table["actions"]}
    assert actions["accept"]["leads_from"] == ["reported"]
    assert actions["accept"]["leads_to"] == ["accepted"]
    assert actions["approve_extension"]["by"] == ["dispatcher", "duty_chief"]
    assert actions["report"]["creates"]
    assert actions["report"]["input_schema"]["required"] == ["source", "category"]


def test_a_point_is_located_by_its_system(door: Door) -> None:
    found = door("collector").get("/locate", WHERE).json()
    assert found["jurisdiction"] == CITY
    assert len(found["unit_grid"]) == 15
    shifted = door("collector").get("/locate", {**WHERE, "system": "gcj02"}).json()
    assert shifted["location"]["coordinates"] == pytest.approx([119.9953 + 0.005, 30.0075], abs=1e-3)
    assert shifted["unit_grid"] != found["unit_grid"]


def test_the_classes_are_told_with_the_citys_limits(door: Door) -> None:
    organisation.override_limit(CITY, BROKEN_COVER, TimeLimit(3, "work_hour"), valid_from=SINCE)
    items = door("collector").get("/categories", {"type": "part"}).json()["items"]
    assert {item["type"] for item in items} == {"part"}
    [manhole] = [item for item in items if item["key"] == MANHOLE]
    [broken] = [one for one in manhole["conditions"] if one["key"] == BROKEN_COVER]
    assert (broken["amount"], broken["unit"]) == (3, "work_hour")
    assert len(door("collector").get("/categories").json()["items"]) > len(items)


def test_the_loop_is_drawn(door: Door) -> None:
    drawn = door("collector", language="zh-CN").get("/loop.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "受理" in drawn.content.decode()


# --- the same twice, and two at once


def test_a_case_that_has_not_changed_is_not_sent_again(door: Door, desk: Desk) -> None:
    number = desk.report().number
    first = door("leader").get(f"/cases/{number}")
    again = door("leader").get(f"/cases/{number}", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    weak = door("leader").get(f"/cases/{number}", **{"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert weak.status_code == 304
    assert door("leader").get(f"/cases/{number}", **{"If-None-Match": '"1"'}).status_code == 200


def test_more_than_a_whole_limit_late_is_told_wherever_a_light_shines(
    door: Door, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lists and the head of the case knew only red; its clock alone told it."""
    monkeypatch.setattr("cityloop.cases.queries.case_detail.links_step", lambda: 1)  # goes by the machine's clock
    number = desk.report().number
    etags = []
    for minutes, light in ((10, "green"), (10, "red"), (10, "red"), (1, "double_red")):
        desk.later(minutes=minutes)
        acceptor = door("acceptor")
        case = acceptor.get(f"/cases/{number}")
        etags.append(case["ETag"])
        [line], [task] = acceptor.get("/cases").json()["items"], acceptor.get("/tasks").json()["items"]
        [open_task], [clock] = case.json()["tasks"], case.json()["clocks"]
        assert {one["light"] for one in (line, task, case.json(), open_task, clock)} == {light}
    assert len(set(etags)) == 3
    assert etags[1] == etags[2]


def test_a_case_whose_outside_deadline_passes_is_sent_again(door: Door, desk: Desk) -> None:
    """It is no clock of ours: the fingerprint did not look at it."""
    desk.now = NOW
    due = NOW + timedelta(minutes=3)
    number = desk.report("acceptor", source="transfer_12345", external_due=due, photos=None).number
    before = door("leader").get(f"/cases/{number}")
    desk.later(minutes=4)
    after = door("leader").get(f"/cases/{number}", **{"If-None-Match": before["ETag"]})
    assert (before.json()["light"], after.status_code, after.json()["light"]) == ("green", 200, "red")


@pytest.mark.parametrize("change", ["event", "light", "language", "reader", "configuration"])
def test_a_case_that_reads_differently_is_sent_again(door: Door, desk: Desk, change: str) -> None:
    number = desk.report().number
    etag = door("leader").get(f"/cases/{number}")["ETag"]
    reader = door("leader")
    if change == "event":
        desk("acceptor", number, "accept")
    elif change == "light":
        desk.later(minutes=13)
    elif change == "language":
        reader = door("leader", language="zh-CN")
    elif change == "reader":
        reader = door("inspector")
    else:
        organisation.create_department(CITY, "YL", "园林局", "greening", valid_from=SINCE)
    answer = reader.get(f"/cases/{number}", **{"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer["ETag"] != etag


def test_menus_that_have_not_changed_are_not_sent_again(door: Door) -> None:
    for path in ("/table", "/categories"):
        etag = door("leader").get(path)["ETag"]
        assert door("leader").get(path, **{"If-None-Match": etag}).status_code == 304
        assert door("leader", language="zh-CN").get(path, **{"If-None-Match": etag}).status_code == 200


def test_an_act_on_what_was_seen_goes_through(door: Door, desk: Desk) -> None:
    number = desk.report().number
    etag = door("acceptor").get(f"/cases/{number}")["ETag"]
    desk.later(minutes=14)  # the light has turned yellow, which is nobody's act
    done = door("acceptor").act(number, "accept", headers={"If-Match": etag})
    assert done.status_code == 200
    assert done["ETag"] == '"2"'
    assert (
        door("duty_chief").act(number, "file", headers={"If-Match": done["ETag"]}, condition=BROKEN_COVER).status_code
        == 200
    )
    assert door("dispatcher").act(number, "urge", headers={"If-Match": "*"}).status_code == 200


def test_an_act_on_what_has_changed_is_refused(door: Door, desk: Desk) -> None:
    number = desk.report().number
    etag = door("acceptor").get(f"/cases/{number}")["ETag"]
    desk("duty_chief", number, "note", opinion="先看看")
    body = problem(door("acceptor").act(number, "accept", headers={"If-Match": etag}), 412, "outdated")
    assert body["seq"] == 2
    problem(door("acceptor").act(number, "accept", headers={"If-Match": '"9"'}), 412, "outdated")
    problem(door("acceptor").act(number, "accept", headers={"If-Match": "what?"}), 422, "invalid", "If-Match")


def test_a_repeated_act_is_answered_although_the_case_moved_on(door: Door, desk: Desk) -> None:
    number, key = desk.report().number, str(uuid4())
    headers = {"If-Match": '"1"'}
    assert door("acceptor").act(number, "accept", key=key, headers=headers).status_code == 200
    again = door("acceptor").act(number, "accept", key=key, headers=headers)
    assert (again.status_code, again.json()["repeated"]) == (200, True)


def _at_once(*calls: Any) -> list[Any]:
    barrier = Barrier(len(calls))

    def run(call: Any) -> Any:
        try:
            barrier.wait(10)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_who_act_at_once_one_is_first(committed_desk: Desk, door: Door) -> None:
    number = committed_desk.report().number
    door.token("acceptor")
    answers = _at_once(*[lambda: door("acceptor").act(number, "accept")] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    problem(refused, 409, "conflict")
    assert models.CaseEvent.objects.count() == 2


def test_of_two_who_saw_the_same_one_is_told_so(committed_desk: Desk, door: Door) -> None:
    number = committed_desk.report().number
    for who in ("duty_chief", "dispatcher"):
        door.token(who)
    seen = {"If-Match": '"1"'}
    calls = [
        lambda who=who: door(who).act(number, "note", headers=seen, opinion="看过")
        for who in ("duty_chief", "dispatcher")
    ]
    answers = _at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert models.CaseEvent.objects.count() == 2


def test_one_request_sent_twice_at_once_makes_one_case(committed_desk: Desk, door: Door) -> None:
    key = str(uuid4())
    door.token("collector")
    answers = _at_once(*[lambda: door("collector").post("/cases", {"key": key, "inputs": REPORT})] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert models.Case.objects.count() == 1


def test_numbers_have_no_gap_whoever_reports(committed_desk: Desk, door: Door) -> None:
    door.token("collector")
    good, bad = {"inputs": REPORT}, {"inputs": {**REPORT, "category": "none"}}
    calls = [lambda body=body: door("collector").post("/cases", body) for body in (good, bad) * 4]
    made = sorted(answer.json()["number"] for answer in _at_once(*calls) if answer.status_code == 201)
    assert made == [f"99010120260701{index:05}" for index in range(1, 5)]


# --- what it costs


SIGNED_IN = 2
"""Statements before a call begins: the token, and the versions of what is kept of the caller and of the city."""


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        pytest.param("/cases", 1, id="list"),
        pytest.param("/cases?order=due_at", 1, id="list by due"),
        pytest.param("/cases/{number}", 5, id="case: itself, texts, people, files, their earlier uses"),
        pytest.param(
            "/cases/{number}/timeline", 6, id="timeline: the case, events, texts, people, files, their earlier uses"
        ),
        pytest.param("/cases/{number}/clocks", 1, id="clocks"),
        pytest.param("/cases/{number}/actions", 1, id="actions"),
        pytest.param("/tasks", 1, id="tasks"),
        pytest.param("/table", 0, id="table"),
        pytest.param("/categories", 0, id="classes"),
        pytest.param("/loop.svg", 0, id="loop"),
        pytest.param("/locate?lon=120.005&lat=30.005&system=wgs84", 1, id="locate"),
    ],
)
def test_a_reading_asks_the_database_as_often_as_it_must(door: Door, desk: Desk, path: str, statements: int) -> None:
    for _each in range(5):
        number = desk.in_disposal()
    desk.report()
    reader = door("dispatcher")
    reader.get(path.format(number=number))  # what a process remembers is remembered now
    with CaptureQueriesContext(connection) as asked:
        assert reader.get(path.format(number=number)).status_code == 200
    assert len(asked) == SIGNED_IN + statements, [one["sql"][:120] for one in asked]


@pytest.mark.parametrize(("photos", "statements"), [(None, 1), (PHOTOS, 2)])
def test_a_case_that_has_not_changed_costs_one_statement_and_one_for_its_files(
    door: Door, desk: Desk, photos: list[dict[str, str]] | None, statements: int
) -> None:
    number = desk.report("acceptor", source="hotline", photos=photos).number
    etag = door("leader").get(f"/cases/{number}")["ETag"]
    with CaptureQueriesContext(connection) as asked:
        assert door("leader").get(f"/cases/{number}", **{"If-None-Match": etag}).status_code == 304
    assert len(asked) == SIGNED_IN + statements


@pytest.mark.parametrize(("photos", "statements"), [(None, 3), (PHOTOS, 4)])
def test_a_report_costs_three_statements_and_a_commit_and_one_more_for_its_photos(
    committed_desk: Desk, door: Door, photos: list[dict[str, str]] | None, statements: int
) -> None:
    report(door, "acceptor", source="hotline", photos=photos)
    with CaptureQueriesContext(connection) as asked:
        assert report(door, "acceptor", source="hotline", photos=photos).status_code == 201
    told = [one["sql"] for one in asked if one["sql"] not in {"BEGIN", "COMMIT"}]
    # where it lies, what lies near, which photos are the reporter's, and all that is written
    assert len(told) == SIGNED_IN + statements, told


def test_a_token_notes_its_use_once_a_day(door: Door, desk: Desk) -> None:
    door("leader").get("/table")
    with CaptureQueriesContext(connection) as asked:
        door("leader").get("/table")
    assert not [one for one in asked if one["sql"].startswith("UPDATE")]
    desk.later(days=1)
    with CaptureQueriesContext(connection) as asked:
        door("leader").get("/table")
    assert len([one for one in asked if one["sql"].startswith("UPDATE")]) == 1


def test_a_new_key_is_made_for_whoever_sends_none(door: Door) -> None:
    report(door)
    key = models.CaseEvent.objects.get().key
    assert isinstance(key, UUID)
    assert key.version == 7
