"""The documented actions: every example fits its schema, and works."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cases.conftest import Desk, send
from cases.door import DAY, V1, Door, misfits
from cast import CITY, SINCE
from cityloop.cases.openapi import example_of
from cityloop.cases.queries import default_table
from cityloop.organisation.actions import create_department
from cityloop.site.api import document

JSON = "application/json"

FILED = "acceptor accept, duty_chief file"
DISPATCHED = f"{FILED}, dispatcher dispatch"
AT_WORK = f"{DISPATCHED}, dept_clerk sign"
FED_BACK = f"{AT_WORK}, dept_clerk feedback"
CHECKING = f"{FED_BACK}, acceptor send_check"
TO_CLOSE = f"{CHECKING}, collector check_back"
CLOSED = f"{TO_CLOSE}, duty_chief close"
LATE = f"{AT_WORK}, wait 30, dept_clerk feedback, acceptor send_check, collector check_back, duty_chief close"
FORCED = f"{AT_WORK}, duty_chief force_close"

PATHS = {
    "send_verify": "acceptor send_verify",
    "verify_back": "acceptor send_verify, collector verify_back",
    "accept": "acceptor accept",
    "reject": "acceptor reject",
    "file": FILED,
    "merge": "acceptor merge",
    "unmerge": "acceptor merge, acceptor unmerge",
    "cancel": "duty_chief cancel",
    "approve_cancel": "duty_chief cancel, leader approve_cancel",
    "reject_cancel": "duty_chief cancel, leader reject_cancel",
    "dispatch": DISPATCHED,
    "dispatch_multi": f"{FILED}, dispatcher dispatch_multi",
    "co_feedback": f"{FILED}, dispatcher dispatch_multi, municipal_clerk co_feedback",
    "return_to_supervision": f"{FILED}, dispatcher return_to_supervision",
    "sign": AT_WORK,
    "redispatch": f"{AT_WORK}, dept_clerk redispatch",
    "finish_work": f"{AT_WORK}, dept_clerk redispatch, handler finish_work",
    "return": f"{AT_WORK}, dept_clerk return",
    "reject_return": f"{AT_WORK}, dept_clerk return, dispatcher reject_return",
    "apply_extension": f"{AT_WORK}, dept_clerk apply_extension",
    "approve_extension": f"{AT_WORK}, dept_clerk apply_extension, dispatcher approve_extension",
    "reject_extension": f"{AT_WORK}, dept_clerk apply_extension, dispatcher reject_extension",
    "apply_defer": f"{AT_WORK}, dept_clerk apply_defer",
    "approve_defer": f"{AT_WORK}, dept_clerk apply_defer, dispatcher approve_defer, duty_chief approve_defer",
    "reject_defer": f"{AT_WORK}, dept_clerk apply_defer, dispatcher reject_defer",
    "apply_suspend": f"{AT_WORK}, dept_clerk apply_suspend",
    "approve_suspend": f"{AT_WORK}, dept_clerk apply_suspend, dispatcher approve_suspend, leader approve_suspend",
    "reject_suspend": f"{AT_WORK}, dept_clerk apply_suspend, dispatcher reject_suspend",
    "apply_authorise": f"{AT_WORK}, dept_clerk apply_authorise",
    "approve_authorise": f"{AT_WORK}, dept_clerk apply_authorise, dispatcher approve_authorise",
    "reject_authorise": f"{AT_WORK}, dept_clerk apply_authorise, dispatcher reject_authorise",
    "consult": f"{FILED}, dispatcher consult",
    "conclude": f"{FILED}, dispatcher consult, dispatcher conclude",
    "urge": "dispatcher urge",
    "supervise": "leader supervise",
    "reply_supervision": "leader supervise, acceptor reply_supervision",
    "instruct": "leader instruct",
    "mark": "duty_chief mark",
    "feedback": FED_BACK,
    "reject_feedback": f"{FED_BACK}, dispatcher reject_feedback",
    "send_check": CHECKING,
    "check_back": TO_CLOSE,
    "rework": f"{TO_CLOSE}, duty_chief rework",
    "close": CLOSED,
    "force_close": FORCED,
    "approve_force_close": f"{FORCED}, leader approve_force_close",
    "reject_force_close": f"{FORCED}, leader reject_force_close",
    "fast_track": "acceptor fast_track",
    "transfer": f"{FILED}, dispatcher transfer",
    "transfer_back": f"{FILED}, dispatcher transfer, dispatcher transfer_back",
    "return_from_outside": f"{FILED}, dispatcher transfer, dispatcher return_from_outside",
    "callback": f"{CLOSED}, acceptor callback",
    "reopen": f"{CLOSED}, duty_chief reopen",
    "appeal": f"{LATE}, dept_clerk appeal",
    "rule": f"{LATE}, dept_clerk appeal, dispatcher rule",
    "resume": f"{AT_WORK}, dept_clerk apply_defer, dispatcher approve_defer, duty_chief approve_defer, dept_clerk resume",
    "amend": f"{FILED}, duty_chief amend",
    "note": "acceptor note",
    "attach": "acceptor attach",
    "withdraw": "acceptor accept, acceptor withdraw",
    "split": "acceptor split",
}
"""How each action can be reached from a new report: who takes which action, each with its documented example."""

OF_THE_REPORTER = {"rate"}
"""Taken by nobody but whoever reported the case as one of the public: these reports are the staff's. See ``rules/test_engine.py``."""


def test_every_action_has_a_path() -> None:
    people_take = {
        code
        for code, action in default_table().actions.items()
        if not action.creates and (action.decides or {permit.post for permit in action.by} != {"system"})
    }
    assert set(PATHS) | OF_THE_REPORTER == people_take


class Follower:
    """Walks a path through the API, one documented example after the other."""

    def __init__(self, desk: Desk, door: Door) -> None:
        self.desk, self.door = desk, door
        self.done: set[str] = set()
        self.number = self.other = ""

    @property
    def paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = document("en", self.desk.now.date())["paths"]
        return paths

    def report(self) -> None:
        bodies = self.paths[f"{V1}/cases"]["post"]["requestBody"]["content"][JSON]["examples"]
        for code, body in bodies.items():
            self.send("collector", body["value"])
            made = self.door("collector").post("/cases", body["value"])
            assert (made.status_code, made.json()["action"]) == (201, code)
            if code == "report":
                self.number = made.json()["number"]

    def follow(self, path: str) -> None:
        for step in path.split(", "):
            who, what = step.split(" ")
            if who == "wait":
                self.desk.later(days=int(what))
                continue
            answer = self.act(who, what)
            assert answer.status_code == 200, (path, step, answer.content)
            self.done.add(answer.json()["action"])

    def act(self, who: str, action: str) -> Any:
        call = self.paths[f"{V1}/cases/{{number}}/actions/{action}"]["post"]
        example = call["requestBody"]["content"][JSON]["example"]
        if action == "merge":
            example = {"inputs": {**example["inputs"], "master": self.other}}  # a number that nobody can foresee
        if action == "redispatch":
            example = {"inputs": {**example["inputs"], "handler": self.desk.cast["handler"]}}
        self.send(who, example)
        return self.door(who).post(f"/cases/{self.number}/actions/{action}", example)

    def send(self, who: str, body: dict[str, Any]) -> None:
        """Send the photos that an example names, as its reader would before."""
        send([photo["sha256"] for photo in body["inputs"].get("photos", ())], [self.desk.cast[who]])


@pytest.fixture
def follower(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Follower:
    for place in (
        "cityloop.kernel.clock.machine_now",
        "cityloop.site.api.machine_now",
        "cityloop.organisation.queries.viewers.machine_now",
    ):
        monkeypatch.setattr(place, lambda: desk.now)
    sanitation = desk.cast.departments["sanitation"]
    create_department(CITY, "HW-1", "环卫一队", "sanitation", parent_id=sanitation, valid_from=SINCE)
    return Follower(desk, Door(desk.cast))


@pytest.mark.long
def test_every_documented_example_works(follower: Follower) -> None:
    ways = [one for one in PATHS.values() if not any(other.startswith(f"{one},") for other in PATHS.values())]
    follower.report()
    follower.other = follower.number
    for way in ways:
        follower.report()
        follower.follow(way)
    assert follower.done == set(PATHS)


def _bodies() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for call in document("en", DAY)["paths"].values():
        contents = (one["requestBody"]["content"] for one in call.values() if "requestBody" in one)
        for body in (content[JSON] for content in contents if JSON in content):  # a file has no schema to fit
            examples = [one["value"] for one in body.get("examples", {}).values()]
            for example in [*examples, *([body["example"]] if "example" in body else [])]:
                yield str(example), body["schema"], example


def test_every_example_fits_its_schema() -> None:
    bodies = list(_bodies())
    assert len(bodies) > 50
    for name, schema, example in bodies:
        assert list(misfits(schema, example, document("en", DAY), name)) == []


def test_a_schema_refuses_what_does_not_fit() -> None:
    described = document("en", DAY)
    schema = {"$ref": "#/components/schemas/RejectRequest"}
    good = {"inputs": {"reason": "duplicate", "opinion": "重复"}}
    assert not list(misfits(schema, good, described, ""))
    for wrong in (
        {},
        {"inputs": {}},
        {"inputs": {**good["inputs"], "reason": "x"}},
        {**good, "more": 1},
        {"inputs": 7},
    ):
        assert list(misfits(schema, wrong, described, ""))


@pytest.mark.parametrize(
    ("action", "name", "words"),
    [
        ("report", "photos", "How many are needed depends on the source: collector 2"),
        ("report", "point", "Needed for the sources: collector,"),
        ("close", "reply", "Needed where public ∈ {true}."),
        ("fast_track", "department", "Needed where solved ∈ {false, null}."),
        ("file", "condition", "Needed unless the case has it already."),
        ("apply_defer", "until", "Lies ahead, by at most 366 days."),
        ("redispatch", "department", "A unit of the responsible department."),
        ("self_report", "photos", "One of each kind."),
    ],
)
def test_what_a_schema_cannot_say_is_said_in_words(action: str, name: str, words: str) -> None:
    camel = "".join(part.capitalize() for part in action.split("_"))
    properties = document("en", DAY)["components"]["schemas"][f"{camel}Inputs"]["properties"]
    assert words in properties[name]["description"]


def test_a_call_says_from_where_to_where_and_by_whom() -> None:
    call = document("en", DAY)["paths"][f"{V1}/cases/{{number}}/actions/approve_defer"]["post"]
    assert call["description"].split("\n\n") == [
        "From: In disposal (`in_disposal`).",
        "To: Deferred (`deferred`).",
        "By: Dispatcher, Duty chief, Leader.",
        "Row 16 of the loop's description.",
    ]
    assert (
        "any open state" in document("en", DAY)["paths"][f"{V1}/cases/{{number}}/actions/urge"]["post"]["description"]
    )


def test_an_example_needs_no_more_than_the_table_knows() -> None:
    loop = default_table()
    for action in loop.actions.values():
        assert set(example_of(action, loop, date(2026, 7, 1))) <= set(action.needs)
