"""The bulk twin, beside the one door."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cast import CITY, NOW
from cityloop.cases import actions, models
from cityloop.cases.actions import PastAct, PastCase, Replay, telling
from cityloop.cases.actions.tables import set_table
from cityloop.cases.queries import default_text, table
from cityloop.cases.queries.verifying import verify
from cityloop.organisation.queries import system_viewer

BEGAN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
UPTO = BEGAN + timedelta(days=5)


def past(number: int, *, closed: bool = True, **changes: object) -> PastCase:
    given: dict[str, object] = {
        "key": UUID(int=number << 64),
        "reported_at": BEGAN + timedelta(hours=number),
        "closed_at": BEGAN + timedelta(hours=number + 30) if closed else None,
        "category": MANHOLE,
        "condition": BROKEN_COVER,
        "source": "hotline",
        "lon": 120.005,
        "lat": 30.005,
        "description": "井盖破损\t一处\\n",
        "address": "人民路 1 号",
        "department": "HW",
    }
    return PastCase(**(given | changes))  # type: ignore[arg-type] # the test's own words


def test_past_cases_are_written_once(desk: Desk) -> None:
    replay = Replay("990101", label="test", upto=UPTO)
    batch = [past(1), past(2, closed=False), past(3, lon=None, lat=None), past(4, department="NONE")]
    count = replay.write(batch)
    assert (count.made, count.already, [index for index, _why in count.refused]) == (3, 0, [3])
    again = replay.write(batch)
    assert (again.made, again.already, again.twice, len(again.refused)) == (0, 0, [0, 1, 2], 1)
    later = Replay("990101", label="test", upto=UPTO).write(batch)
    assert (later.made, later.already, later.twice, len(later.refused)) == (0, 3, [], 1)
    states = list(models.Case.objects.order_by("number").values_list("state", flat=True))
    assert states == ["closed", "dispatched", "closed"]


def test_verify_cannot_tell_the_twin_from_the_door(desk: Desk) -> None:
    Replay("990101", label="test", upto=UPTO).write([past(1), past(2, closed=False), past(3, lon=None, lat=None)])
    desk("duty_chief", desk.to_close(), "close", condition_met=True)
    done = verify()
    assert done.findings == []
    assert (done.cases, done.events) == (4, 9 + 4 + 9 + 9)


def test_a_source_that_knows_when_steps_were_taken_has_them_told_so(desk: Desk) -> None:
    order = ("accept", "file", "dispatch", "sign", "feedback", "send_check", "check_back")
    steps = {action: BEGAN + timedelta(hours=1, minutes=20 * number) for number, action in enumerate(order, start=1)}
    assert Replay("990101", label="test", upto=UPTO).write([past(1, steps=steps)]).made == 1
    told = dict(models.CaseEvent.objects.filter(action__in=order).order_by("seq").values_list("action", "at"))
    assert told == steps
    assert verify().findings == []


def test_steps_out_of_order_are_refused(desk: Desk) -> None:
    steps = {"accept": BEGAN + timedelta(hours=5), "file": BEGAN + timedelta(hours=4)}
    after = {"check_back": BEGAN + timedelta(hours=900)}
    count = Replay("990101", label="test", upto=UPTO).write([past(1, steps=steps), past(2, steps=after)])
    assert [place for place, _why in count.refused] == [0, 1]


# --- the same case through both


def through_the_door(told: PastCase, *, signing: bool) -> str:
    """Let the system do at the door, act by act and at the same times, what the twin tells of ``told``; return the number."""
    actor = system_viewer("test", CITY)
    inputs = {
        "source": told.source,
        "category": told.category,
        "condition": told.condition,
        "description": told.description,
        "address": told.address,
        "external_number": told.external_number,
        "external_due": told.external_due_at,
    }
    if told.lon is not None:
        inputs["point"] = {"lon": told.lon, "lat": told.lat, "system": "wgs84"}
    how: dict[str, Any] = {"actor": actor, "via": "replayed"}
    number = actions.report(CITY, inputs, key=uuid4(), now=told.reported_at, **how).number
    steps: list[tuple[str, dict[str, Any], datetime]] = [
        ("accept", {}, told.reported_at),
        ("file", {}, told.reported_at),
        ("dispatch", {"department": told.department}, told.reported_at),
    ]
    if told.closed_at is not None:
        steps += [("sign", {}, told.reported_at)] if signing else []
        steps += [
            ("feedback", {}, told.closed_at),
            ("send_check", {}, told.closed_at),
            ("check_back", {"result": "pass"}, told.closed_at),
            ("close", {"condition_met": True}, told.closed_at),
        ]
    for action, given, at in steps:
        actions.perform(number, action, given, key=uuid4(), now=at, **how)
    return number


APART = {"case", "case_id", "id", "number", "hash", "head", "key", "request", "salt"}
"""What cannot be the same in two cases: ids, numbers, and the digests that hold them."""


def rows_of(number: str) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a case without what must differ; the digests of texts, salted, by their names only."""
    row = models.Case.objects.get(number=number)
    told = {
        "case": list(models.Case.objects.filter(pk=row.pk).values()),
        "events": list(row.events.order_by("seq").values()),
        "tasks": list(row.tasks.order_by("n").values()),
        "texts": list(row.texts.order_by("seq", "field").values()),
    }
    for event in told["events"]:
        body = orjson.loads(event["body"])
        event["body"] = body | {"texts": sorted(body.get("texts", ()))}
    return {name: [{k: v for k, v in one.items() if k not in APART} for one in rows] for name, rows in told.items()}


ALIKE = {
    "closed in time": past(1, closed_at=BEGAN + timedelta(hours=2)),
    "closed late": past(2),
    "still with the department": past(3, closed=False),
    "without a position": past(4, lon=None, lat=None),
    "with an outside deadline": past(5, external_number="311-7", external_due_at=BEGAN + timedelta(days=3)),
    "closed in the instant of its report": past(6, closed_at=BEGAN + timedelta(hours=6)),
    "told without words": past(7, description="", address=""),
    "with signs of its own": past(8, description='\\N "\\\\"\r\n\t，', address="\\."),
}


@pytest.mark.parametrize("signing", [True, False])
def test_the_twin_writes_what_the_door_writes(desk: Desk, signing: bool, subtests: pytest.Subtests) -> None:
    if not signing:
        text = default_text().replace("  signing: true ", "  signing: false ")
        # The door goes by the table that held when the case began, its twin by the one that holds now.
        set_table(CITY, text, actor_id=None, now=datetime(2020, 1, 1, tzinfo=UTC), note="")
    replay = Replay(CITY, label="test", upto=UPTO)
    for name, told in ALIKE.items():
        with subtests.test(name):
            mine = through_the_door(told, signing=signing)
            assert replay.write([told]).made == 1
            twin = models.CaseEvent.objects.get(key=told.key).case.number
            assert rows_of(mine) == rows_of(twin)
            models.Case.objects.update(kind="void", closed_at=None)  # no later one is similar to these
    table.cache_clear()


def test_a_city_that_goes_without_a_step_is_told_without_it(desk: Desk) -> None:
    """Accepting files at once there, and nobody signs."""
    steps = {
        "    to: accepted\n    by: [acceptor, duty_chief@task, system]": "    to: filed\n    by: [acceptor, duty_chief@task, system]",
        "    from: [accepted]\n    to: filed\n    by: [duty_chief, system]": "    from: [verifying]\n    to: accepted\n    by: [duty_chief, system]",
        "  signing: true ": "  signing: false ",
    }  # fmt: skip
    text = default_text()
    for old, new in steps.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    assert Replay(CITY, label="test", upto=UPTO).write([past(1), past(2, closed=False)]).refused == []
    told = [
        list(case.events.order_by("seq").values_list("action", flat=True))
        for case in models.Case.objects.order_by("number")
    ]
    assert told == [
        ["report", "accept", "dispatch", "feedback", "send_check", "check_back", "close"],
        ["report", "accept", "dispatch"],
    ]
    assert verify().findings == []


def test_a_city_that_closes_in_no_way_we_know_refuses_line_by_line(desk: Desk) -> None:
    text = default_text().replace("  close:\n    number: 26", "  finish:\n    number: 26")
    silent = re.sub(r"\npast:\n(  - .*\n)+", "\n", text)  # how cases are told is left out
    set_table(CITY, silent, actor_id=None, now=NOW, note="")
    count = Replay(CITY, label="test", upto=UPTO).write([past(1), past(2, closed=False)])
    assert count.made == 1
    assert [why for _index, why in count.refused] == ["There is no action “close” in this city's table."]
    set_table(
        CITY,
        text.replace("{action: close, over", "{action: finish, over"),
        actor_id=None,
        now=NOW,
        note="and here it is said",
    )
    assert Replay(CITY, label="test", upto=UPTO).write([past(3)]).refused == []
    assert models.Case.objects.get(kind="closed").events.latest("seq").action == "finish"


def test_a_past_case_closed_before_its_report_is_refused(desk: Desk) -> None:
    count = Replay(CITY, label="test", upto=UPTO).write([past(1, closed_at=BEGAN)])
    assert (count.made, count.refused) == (0, [(0, "It was closed before it was reported.")])
    assert models.Case.objects.count() == 0


def test_a_past_case_may_have_been_urged_while_it_was_open(desk: Desk) -> None:
    urged = tuple(BEGAN + timedelta(hours=hours) for hours in (3, 9))
    count = Replay(CITY, label="test", upto=UPTO).write([past(1, urged_at=urged), past(2, urged_at=urged[::-1])])
    assert (count.made, [place for place, _why in count.refused]) == (1, [1])
    told = models.CaseEvent.objects.filter(action="urge").order_by("seq").values_list("at", flat=True)
    assert tuple(told) == urged
    assert verify().findings == []


def test_numbers_go_on_where_the_door_stopped_and_back(desk: Desk) -> None:
    replay = Replay(CITY, label="test", upto=UPTO)
    desk.now = BEGAN + timedelta(hours=1)
    assert desk.report().number == f"{CITY}2026030200001"
    replay.write([past(1), past(2)])
    assert desk.report().number == f"{CITY}2026030200004"
    assert verify().findings == []


def test_batches_follow_each_other_and_know_of_each_other(desk: Desk) -> None:
    Replay(CITY, label="test", upto=UPTO).write([past(9)])
    batches = [
        [past(1), past(2)],
        [past(2), past(3), past(3)],
        [past(9)],
        [],
        [past(1), past(4, department="NONE")],
        [past(2)],
    ]
    counts = list(Replay(CITY, label="test", upto=UPTO).write_all(batches))
    assert [(count.made, count.already, len(count.refused), count.twice) for count in counts] == [
        (2, 0, 0, []),
        (1, 0, 0, [0, 2]),
        (0, 1, 0, []),
        (0, 0, 0, []),
        (0, 0, 1, [0]),
        (0, 0, 0, [0]),
    ]
    assert models.Case.objects.count() == 4
    assert verify().findings == []


def test_a_batch_that_fails_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = Replay(CITY, label="test", upto=UPTO)
    monkeypatch.setattr(telling._Told, "_task_line", lambda *_story: "no task")
    with pytest.raises(Exception, match="invalid input"):
        replay.write([past(1), past(2)])
    monkeypatch.undo()
    assert models.Case.objects.count() == 0
    assert replay.write([past(1), past(2)]).made == 2
    numbers = models.Case.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"{CITY}2026030200001", f"{CITY}2026030200002"]


def test_what_was_closed_long_ago_is_archived_and_waits_for_nobody(desk: Desk) -> None:
    """Seven days after its closing the system archives a case: a city that takes over its past has nobody left to call back."""
    long_ago, lately = past(1), past(2, closed_at=UPTO)
    assert Replay(CITY, label="test", upto=UPTO + timedelta(days=5)).write([long_ago, lately]).made == 2
    first, second = models.Case.objects.order_by("number")
    assert (first.state, second.state) == ("archived", "closed")
    assert long_ago.closed_at is not None
    archived = first.events.get(action="archive")
    assert archived.at == long_ago.closed_at + timedelta(days=7, seconds=1)
    assert [task.kind for task in models.Task.objects.open()] == ["callback"]
    assert verify().findings == []


def test_photos_that_a_past_case_names_hang_on_it_whether_they_are_here_or_not(desk: Desk) -> None:
    shown = [{"kind": "before", "sha256": "a" * 64}, {"kind": "after", "sha256": "b" * 64}]
    acts = (
        PastAct("accept", BEGAN + timedelta(hours=2)),
        PastAct("file", BEGAN + timedelta(hours=2)),
        PastAct("dispatch", BEGAN + timedelta(hours=2), inputs={"department": "HW"}),
        PastAct("sign", BEGAN + timedelta(hours=3)),
        PastAct("feedback", BEGAN + timedelta(hours=4), inputs={"photos": shown}),
        PastAct("send_check", BEGAN + timedelta(hours=5)),
        PastAct("check_back", BEGAN + timedelta(hours=6), inputs={"result": "pass"}),
        PastAct("close", BEGAN + timedelta(hours=7), inputs={"condition_met": True}),
    )
    told = past(1, acts=acts, closed_at=acts[-1].at)
    assert Replay(CITY, label="test", upto=UPTO).write([told]).made == 1
    hangs = models.Attachment.objects.order_by("seq").values_list("seq", "n", "kind", "sha256", "lies_in")
    assert list(hangs) == [(6, 1, "before", "a" * 64, CITY), (6, 2, "after", "b" * 64, CITY)]
    assert verify().findings == []
