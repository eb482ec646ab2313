"""What one of the public sees of a case that they reported: where it stands, their own words, the answers to them."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from cases.conftest import BROKEN_COVER, POINT, Desk, send
from cases.door import Door
from cast import CITY, make_person
from cityloop.cases.actions.tables import set_table
from cityloop.cases.queries import default_table, default_text
from cityloop.cases.queries.case_detail import case_detail
from cityloop.cases.queries.case_list import Wanted, case_page
from cityloop.cases.queries.found import find
from cityloop.cases.queries.my_tasks import task_page
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.queries.tables import example_text
from cityloop.cases.queries.timeline import timeline
from cityloop.organisation.queries import viewer_of
from cityloop.organisation.rules.staffing import HeldPost, Viewer

INNER = "内部备注：此人经常投诉"
AFTER = {"kind": "after", "sha256": "c" * 64}
MINE = {"kind": "close", "sha256": "d" * 64}
CALLED = {"source": "web", "condition": None, "description": "井盖破了", "address": "我家门口"}


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.cast)


def a_citizens_case(desk: Desk) -> str:
    """Return a case that a citizen reported, on which the staff has noted, dispatched, worked and applied."""
    send([MINE["sha256"]], [desk.cast["citizen"]])
    send([AFTER["sha256"]], [desk.cast["dept_clerk"]])
    number = desk.report("citizen", photos=[MINE], reporter={"name": "李女士", "phone": "13800001111"}, **CALLED).number
    desk("acceptor", number, "note", opinion=INNER)
    desk("acceptor", number, "accept", opinion=INNER)
    desk("duty_chief", number, "file", condition=BROKEN_COVER, opinion=INNER)
    desk("dispatcher", number, "dispatch", department="HW", opinion=INNER)
    desk("dept_clerk", number, "sign")
    desk("dept_clerk", number, "redispatch", handler=desk.cast["handler"])
    desk("dept_clerk", number, "attach", photos=[AFTER], opinion=INNER)
    desk("leader", number, "instruct", opinion=INNER)
    desk("dept_clerk", number, "apply_extension", opinion=INNER)
    return number


def closed(desk: Desk, number: str) -> str:
    desk("dispatcher", number, "reject_extension", opinion=INNER)
    desk("dept_clerk", number, "feedback", opinion=INNER)
    desk("acceptor", number, "send_check", collector=desk.cast["collector"])
    desk("collector", number, "check_back", result="pass", opinion=INNER)
    desk("duty_chief", number, "close", condition_met=True, reply="井盖已更换。", opinion=INNER)
    return number


READINGS = ("/cases/{}", "/cases/{}/timeline", "/cases/{}/clocks", "/cases/{}/actions", "/cases/{}/actions?all=true")


@pytest.mark.parametrize("path", READINGS)
def test_no_note_and_nobody_of_the_staff_leaves_the_server(desk: Desk, door: Door, path: str) -> None:
    number = a_citizens_case(desk)
    told = door("citizen").get(path.format(number)).content.decode()
    assert INNER not in told
    staff = set(desk.cast.people) - {"citizen", "stranger"}
    # Here people are called after their posts: by its name a post may stand there, nobody's account.
    names = [f'"name":"{name}"' for name in staff]
    assert not [name for name in names if name in told]
    ids = [f'"id":{desk.cast[name]},' for name in staff]
    assert not [one for one in ids if one in told]
    assert AFTER["sha256"] not in told


def test_of_the_staffs_work_one_of_the_public_sees_the_state(desk: Desk) -> None:
    number = a_citizens_case(desk)
    detail = case_detail(find(number, desk.cast.viewer("citizen", desk.now)))
    assert detail.state.code == "in_disposal"
    assert detail.description == "井盖破了"
    assert detail.place.address == "我家门口"
    assert detail.place.position == (POINT["lon"], POINT["lat"])
    assert detail.reporter is not None
    assert detail.reporter.phone == "13800001111"
    assert detail.reported_by is not None
    assert [file.sha256 for file in detail.files] == [MINE["sha256"]]
    hidden = (detail.tasks, detail.applications, detail.clocks, detail.flags, detail.co_departments, detail.values)
    assert not any(hidden)
    assert not any((detail.head, detail.department, detail.handler, detail.collector, detail.due_at, detail.condition))
    staffs = case_detail(find(number, desk.cast.viewer("dispatcher", desk.now)))
    assert all((staffs.tasks, staffs.applications, staffs.clocks, staffs.department, staffs.handler, staffs.due_at))


def test_what_the_staff_wrote_over_ones_own_words_is_not_ones_own(desk: Desk) -> None:
    number = a_citizens_case(desk)
    desk("dispatcher", number, "amend", description="投诉人夸大其词", opinion="x")
    assert case_detail(find(number, desk.cast.viewer("citizen", desk.now))).description == "井盖破了"
    assert case_detail(find(number, desk.cast.viewer("acceptor", desk.now))).description == "投诉人夸大其词"


def test_the_timeline_of_one_of_the_public_tells_states_own_acts_and_answers(desk: Desk) -> None:
    number = closed(desk, a_citizens_case(desk))
    lines = timeline(find(number, desk.cast.viewer("citizen", desk.now)))
    assert [line.action.code for line in lines] == [
        "report", "accept", "file", "dispatch", "sign", "feedback", "send_check", "check_back", "close"
    ]  # fmt: skip
    first, last = lines[0], lines[-1]
    assert first.by is not None
    assert first.by.id == desk.cast["citizen"]
    assert first.texts["description"] == "井盖破了"
    assert first.inputs["source"] == "web"
    assert [file.sha256 for file in first.files] == [MINE["sha256"]]
    assert last.texts == {"reply": "井盖已更换。"}
    for line in lines[1:]:
        assert (line.by, line.deputy_for, line.inputs, line.spent, line.why, line.files) == (None, None, {}, [], "", [])
        assert line.post.code != "citizen"


def test_a_table_says_what_more_the_public_sees(desk: Desk) -> None:
    text = default_text()
    for old, new in (
        ("  inputs: [reply]", "  inputs: [reply, reason]"), ("  photos: []", "  photos: [after]"), ("  flags: [supporters]", "  flags: [leader_noted]")
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    set_table(CITY, text, actor_id=None, note="", now=desk.now)
    desk.later(minutes=1)
    number = a_citizens_case(desk)
    found = find(number, desk.cast.viewer("citizen", desk.now))
    detail = case_detail(found)
    assert [flag.flag.code for flag in detail.flags] == ["leader_noted"]
    theirs, mine = sorted(detail.files, key=lambda file: file.sha256 == MINE["sha256"])
    assert theirs.sha256 == AFTER["sha256"]
    assert theirs.links is not None
    assert "original" not in theirs.links
    assert mine.links is not None
    assert "attach" in [line.action.code for line in timeline(found)]
    desk("dispatcher", number, "reject_extension", opinion=INNER)
    desk("dept_clerk", number, "return", reason="not_ours", opinion=INNER)
    last = timeline(find(number, desk.cast.viewer("citizen", desk.now)))[-1]
    assert (last.inputs, last.texts) == ({"reason": "not_ours"}, {})


def test_a_list_hides_what_a_case_hides_and_finds_nothing_by_it(desk: Desk, door: Door) -> None:
    number = a_citizens_case(desk)
    citizen = desk.cast.viewer("citizen", desk.now)
    [line] = case_page(citizen, Wanted(mine=True)).items
    assert (line.number, line.state.code) == (number, "in_disposal")
    assert (line.department, line.due_at, line.condition, line.duty_grid) == (None, None, None, "")
    for wanted in (
        Wanted(department=("HW",)),
        Wanted(due_before=desk.now.replace(year=2030)),
        Wanted(duty_grid="D-01"),
    ):
        assert case_page(citizen, wanted).items == []
        assert case_page(citizen, replace(wanted, mine=True)).items == []
    assert case_page(citizen, Wanted(mine=True), order="due_at").items == []
    assert [
        one.department.code
        for one in case_page(desk.cast.viewer("acceptor"), Wanted(department=("HW",))).items
        if one.department
    ] == ["HW"]


def test_a_task_of_the_public_is_the_reporters_alone(desk: Desk) -> None:
    set_table(CITY, example_text("service_request"), actor_id=None, note="", now=desk.now)
    desk.later(minutes=1)
    number = desk.report("citizen", **CALLED | {"condition": BROKEN_COVER}, photos=None, department="HW").number
    desk("dept_clerk", number, "start")
    desk("dept_clerk", number, "ask_requester", reply="门牌号？")
    other = make_person("neighbour", "citizen")
    assert [task.number for task in task_page(desk.cast.viewer("citizen", desk.now)).items] == [number]
    assert task_page(viewer_of(other, desk.now)).items == []
    [asked] = [
        line
        for line in timeline(find(number, desk.cast.viewer("citizen", desk.now)))
        if line.action.code == "ask_requester"
    ]
    assert asked.texts == {"reply": "门牌号？"}


def test_who_reported_as_one_of_the_staff_reads_as_one(desk: Desk) -> None:
    number = desk.report("collector").number
    desk("acceptor", number, "note", opinion=INNER)
    lines = timeline(find(number, desk.cast.viewer("collector", desk.now)))
    assert lines[-1].texts == {"opinion": INNER}


def reader(*posts: HeldPost) -> Viewer:
    return Viewer(7, "somebody", posts)


ABOVE: dict[str, Any] = {"jurisdiction": "990100", "below": frozenset({CITY})}


@pytest.mark.parametrize(
    ("posts", "public"),
    [
        pytest.param((), True, id="without a post"),
        pytest.param((HeldPost("citizen", CITY),), True, id="a citizen"),
        pytest.param((HeldPost("dispatcher", "990102"),), True, id="staff of another city"),
        pytest.param((HeldPost("citizen", CITY), HeldPost("handler", CITY)), False, id="staff who is a citizen too"),
        pytest.param((HeldPost("leader", **ABOVE),), False, id="staff of the city above"),
        pytest.param((HeldPost("officer", CITY),), False, id="a post that the table does not know"),
        pytest.param((HeldPost("volunteer", CITY),), True, id="a post that sees its own only"),
    ],
)
def test_who_is_one_of_the_public(posts: tuple[HeldPost, ...], public: bool) -> None:
    assert reads_as_public(default_table(), CITY, reader(*posts)) is public


def test_who_was_on_the_staff_and_is_no_more_does_not_see_who_called(desk: Desk) -> None:
    number = desk.report(
        "acceptor", source="hotline", photos=None, reporter={"name": "李四光", "phone": "13900001234"}
    ).number
    found = find(number, Viewer(desk.cast["acceptor"], "acceptor"))
    told = orjson.dumps([case_detail(found), timeline(found)], default=str)
    assert b"13900001234" not in told
    assert "李".encode() not in told
