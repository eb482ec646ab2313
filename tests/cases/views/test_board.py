"""The board, what is supervised and shifts, through the door of the pages."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from cases.conftest import Desk
from cast import make_person
from cityloop.cases.models import ShiftHandover, Task
from cityloop.organisation.queries import city

BOARDS = ("/desk/board", "/desk/board/cases?what=closed", "/desk/supervised", "/desk/supervised?over=1")


@pytest.fixture
def today(desk: Desk) -> Desk:
    """Acts by the clock that the pages go by."""
    desk.now = city(desk.cast.jurisdiction).now() - timedelta(minutes=30)
    return desk


@pytest.mark.parametrize("who", ["dept_clerk", "dispatcher", "acceptor", "collector", "citizen"])
def test_who_answers_for_no_city_has_no_board(desk: Desk, at: Any, who: str) -> None:
    for path in BOARDS:
        assert at(who).get(path).status_code == 403, path


@pytest.mark.parametrize("who", ["leader", "duty_chief", "inspector"])
def test_the_board_stands_and_each_figure_leads_somewhere(
    today: Desk, at: Any, who: str, django_assert_max_num_queries: Any
) -> None:
    closed = today.to_close()
    today("duty_chief", closed, "close", condition_met=True)
    open_one = today.in_disposal()
    page = at(who)
    html = page.get("/desk/board").content.decode()
    with django_assert_max_num_queries(8):
        page.get("/desk/board")
    links = {
        one.replace("&amp;", "&") for one in re.findall(r'href="(/desk/(?:board/cases|wall|search)\?[^"]+)"', html)
    }
    assert len(links) > 20
    for link in sorted(links)[:12]:
        assert page.get(link).status_code == 200, link
    behind = page.get(next(one for one in sorted(links) if "what=closed" in one and "days=7" in one)).content.decode()
    assert closed in behind
    assert open_one not in behind
    assert "of 1" in html
    assert "100.0 %" not in html, "no share of one case"


@pytest.mark.parametrize(
    "query",
    ["what=closed&first=x&days=y&until=z", "what=late&days=99999&first=0001-01-01", "what=rework&until=2026-01-01"],
)
def test_whatever_an_address_asks_of_the_board_is_answered(desk: Desk, at: Any, query: str) -> None:
    assert at("leader").get(f"/desk/board/cases?{query}").status_code == 200
    assert at("leader").get("/desk/board/cases?what=nothing").status_code == 404


def test_a_reply_that_is_due_lies_on_the_departments_desk_and_comes_back_to_who_asked(today: Desk, at: Any) -> None:
    number = today.in_disposal()
    reply_by = today.now + timedelta(hours=2)
    more: dict[str, Any] = {"level": 2, "supervision": "important", "reply_by": reply_by.isoformat()}
    today("leader", number, "supervise", opinion="settle it today", **more)
    task = Task.objects.get(kind="supervision")
    assert (task.due_at, task.post, task.done_at) == (reply_by, "dept_clerk", None)
    assert "Reply to supervision" in at("dept_clerk").get("/desk?kind=supervision").content.decode()
    waiting = at("inspector").get("/desk/supervised").content.decode()
    assert number in waiting
    assert "settle it today" in waiting
    form = at("dept_clerk").get(f"/desk/cases/{number}/reply_supervision", HTTP_HX_REQUEST="true").content.decode()
    assert "settle it today" in form, "what is answered stands above the form"
    today.later(minutes=5)
    today("dept_clerk", number, "reply_supervision", opinion="a crew is there")
    assert number not in at("leader").get("/desk/supervised").content.decode()
    answered = at("leader").get("/desk/supervised?over=1").content.decode()
    assert "a crew is there" in answered
    assert "answered in time" in answered
    assert number not in at("stranger").get("/desk/supervised").content.decode()


def test_above_the_form_that_closes_stand_the_closing_condition_and_what_the_check_found(today: Desk, at: Any) -> None:
    number = today.to_close()
    form = at("duty_chief").get(f"/desk/cases/{number}/close", HTTP_HX_REQUEST="true").content.decode()
    assert "Closing condition" in form
    assert "Passed" in form or "Pass" in form


def test_a_shift_is_handed_over_and_taken_in_pages(today: Desk, at: Any) -> None:
    relief = make_person("relief", "duty_chief")
    number = today.report().number
    today("acceptor", number, "accept")
    page = at("duty_chief")
    form = page.get("/desk/shift").content.decode()
    assert f'value="{number}"' in form
    key, seat = (re.search(rf'name="{name}" value="([^"]*)"', form) for name in ("key", "seat"))
    assert key
    assert seat
    sent = {
        "key": key[1], "seat": seat[1], "coming": str(relief), "remarks": "Rain at six.", "mark": number,
        f"remark-{number}": "the caller is waiting",
    }  # fmt: skip
    wrong = page.post("/desk/shift", sent | {"coming": str(today.cast["acceptor"])})
    assert wrong.status_code == 422
    assert "Rain at six." in wrong.content.decode()
    assert "the caller is waiting" in wrong.content.decode()
    done = page.post("/desk/shift", sent)
    assert page.post("/desk/shift", sent).headers["Location"] == done.headers["Location"]
    path = done.headers["Location"]
    assert "Take over, signed" not in page.get(path).content.decode()
    taken = at(relief)
    assert "Take over, signed relief" in taken.get(path).content.decode()
    assert taken.post(f"{path}/take").status_code == 302
    assert ShiftHandover.objects.get().taken_by == relief
    assert "relief" in taken.get("/desk/shift").content.decode()
    assert "the caller is waiting" in taken.get(f"{path}/print").content.decode()
    for who in ("acceptor", "dept_clerk", "stranger"):
        for address in (path, f"{path}/print"):
            assert at(who).get(address).status_code == 404
        assert at(who).post(f"{path}/take").status_code == 404


@pytest.mark.parametrize("who", ["dept_clerk", "collector", "citizen", "evaluator"])
def test_who_works_in_no_shift_has_no_page_of_shifts(desk: Desk, at: Any, who: str) -> None:
    assert at(who).get("/desk/shift").status_code == 403
    assert at(who).post("/desk/shift", {"key": str(uuid4())}).status_code == 403


@pytest.mark.parametrize("query", ["day=x", "day=9999-12-31", "seat=nothing", "day=2020-01-01"])
def test_whatever_an_address_asks_of_shifts_is_answered(desk: Desk, at: Any, query: str) -> None:
    assert at("acceptor").get(f"/desk/shift?{query}").status_code == 200
