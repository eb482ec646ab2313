"""Cities that express a process of their own without code, through the one door."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command

from cases.conftest import BROKEN_COVER, MANHOLE, PHOTOS, POINT, Desk
from cast import CITY, NOW
from cityloop.cases import models
from cityloop.cases.actions import PastCase, Replay, set_table, tick
from cityloop.cases.queries.loop_page import loop_page
from cityloop.cases.queries.tables import EXAMPLES, example_text, table
from cityloop.cases.queries.verifying import verify


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


def runs_by(name: str) -> None:
    set_table(CITY, example_text(name), actor_id=None, now=NOW, note=name)


def states(number: str) -> list[str]:
    return list(models.CaseEvent.objects.filter(case__number=number).order_by("seq").values_list("to_state", flat=True))


def test_a_request_goes_straight_to_the_department_that_closes_it(desk: Desk) -> None:
    runs_by("service_request")
    number = desk.report("acceptor", source="hotline", department="HW").number
    desk("dept_clerk", number, "start", handler=desk.cast["handler"])
    desk("dept_clerk", number, "ask_requester", reply="门牌号？")
    desk("acceptor", number, "answer", opinion="5 号")
    desk("handler", number, "finish_work")
    desk("dept_clerk", number, "close", condition_met=True, reply="已修")
    desk("acceptor", number, "reopen", opinion="没有")
    desk("dept_clerk", number, "close", condition_met=True, reply="又修")
    assert tick(now=NOW + timedelta(days=15)).done == {"archive": 1}
    assert states(number) == [
        "open", "in_progress", "awaiting_requester", "in_progress", "in_progress", "closed", "open", "closed", "archived",
    ]  # fmt: skip
    assert verify().findings == []


def test_what_names_no_department_is_sorted_first(desk: Desk) -> None:
    runs_by("service_request")
    number = desk.report("acceptor", source="hotline").number
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dept_clerk", number, "reroute", reason="other_department", opinion="x")
    desk("dispatcher", number, "decline", reason="private", reply="x")
    assert states(number) == ["triage", "open", "triage", "declined"]
    assert verify().findings == []


def test_nothing_is_filed_that_no_inspector_has_seen(desk: Desk) -> None:
    runs_by("verified_first")
    seen_by = desk.cast["collector"]
    number = desk.report("acceptor", source="hotline").number
    desk("acceptor", number, "send_verify", collector=seen_by)
    desk("collector", number, "verify_back", result="unable", photos=PHOTOS[:1])
    desk("duty_chief", number, "send_verify", collector=seen_by)
    desk("collector", number, "verify_back", result="exists", photos=PHOTOS[:1])
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dept_clerk", number, "feedback", collector=seen_by)
    desk("collector", number, "check_back", result="not_pass")
    desk("dept_clerk", number, "feedback", collector=seen_by)
    desk("collector", number, "check_back", result="pass")
    assert states(number) == [
        "reported", "verifying", "disputed", "verifying", "filed", "in_disposal", "checking", "in_disposal", "checking", "closed",
    ]  # fmt: skip
    assert states(desk.report().number) == ["filed"]
    assert verify().findings == []


def test_history_is_replayed_into_a_city_without_filing(desk: Desk) -> None:
    runs_by("service_request")
    past = PastCase(
        uuid4(), NOW - timedelta(days=9), NOW - timedelta(days=8), MANHOLE, BROKEN_COVER, "hotline",
        POINT["lon"], POINT["lat"], "井盖", "", "HW",
    )  # fmt: skip
    assert Replay(CITY, label="test", upto=NOW).write([past]).made == 1
    assert states(models.Case.objects.get().number) == ["triage", "open", "closed"]
    assert verify().findings == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_drawn_and_written_out(desk: Desk, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("show_table", "--example", name)
    assert capsys.readouterr().out == example_text(name)
    runs_by(name)
    page = loop_page(desk.cast.viewer("dispatcher", NOW), CITY)
    loop = table(CITY, 1)
    assert page.title == loop.title.en
    assert all(state.en in page.drawing for state in loop.states.values())
    assert len(page.moves) > 15
