"""The wall of red lights through the door of the pages, and acting on several cases at once."""

import math
import re
from typing import Any

import pytest

from cases.conftest import Desk
from cityloop.cases.models import Case, Following
from cityloop.cases.queries import pulse
from cityloop.organisation.queries import city

PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def late(desk: Desk) -> list[str]:
    numbers = [desk.in_disposal() for _time in range(3)]
    Case.objects.update(due_at=city(desk.cast.jurisdiction).now().replace(year=2020), double_at=None)
    return numbers


def without_tokens(html: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)


def test_the_wall_shows_what_is_late_and_where(desk: Desk, late: list[str], at: Any) -> None:
    html = at("duty_chief").get("/desk/wall").content.decode()
    assert all(f'value="{number}"' in html for number in late)
    assert "环卫中心" in html
    assert re.search(r'department=HW&amp;light=red">3<', html)


@pytest.mark.parametrize("who", ["dept_clerk", "dept_leader", "acceptor", "collector", "citizen"])
def test_who_answers_for_no_city_has_no_wall(late: list[str], at: Any, who: str) -> None:
    for path in ("/desk/wall", "/desk/wall/mark"):
        assert at(who).get(path).status_code == 403, path


def test_the_wall_of_a_stranger_has_nothing_of_ours(late: list[str], at: Any) -> None:
    assert late[0] not in at("stranger").get("/desk/wall?department=HW").content.decode()


@pytest.mark.parametrize(("who", "code"), [("duty_chief", "urge"), ("inspector", "supervise")])
def test_those_chosen_come_to_the_form_of_the_act(late: list[str], at: Any, who: str, code: str) -> None:
    html = at(who).get("/desk/wall").content.decode()
    assert f'name="action" value="{code}"' in html
    form = at(who).get("/desk/batch", {"number": late, "action": code}).content.decode()
    assert all(f'name="number" value="{number}"' in form for number in late)
    assert f'name="action" value="{code}"' in form


def test_the_wall_tells_when_it_changed(desk: Desk, late: list[str], at: Any) -> None:
    page = at("duty_chief")
    before = page.get("/desk/wall/mark")
    assert page.get("/desk/wall/mark", headers={"If-None-Match": before["ETag"]}).status_code == 304
    desk("dispatcher", late[0], "urge")
    Case.objects.update(due_at=city(desk.cast.jurisdiction).now().replace(year=2020), double_at=None)
    after = page.get("/desk/wall/mark", headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after["ETag"] != before["ETag"]) == (200, True)
    part = page.get("/desk/wall", **PART).content.decode()
    assert "<html" not in part
    assert without_tokens(part).strip() in without_tokens(page.get("/desk/wall").content.decode())


@pytest.mark.parametrize(
    "query",
    ["light=no", "light=red&light=yellow", "cursor=rubbish", "department=%20", "street=-", "public=1&state=x'--"],
)
def test_whatever_an_address_asks_for_is_answered(late: list[str], at: Any, query: str) -> None:
    assert at("duty_chief").get(f"/desk/wall?{query}").status_code == 200


def test_the_wall_costs_few_statements(
    late: list[str], at: Any, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two more where a quarter of a second has passed since any desk of the process asked what has happened.
    monkeypatch.setattr(pulse, "LOOKED_AT_S", math.inf)
    page = at("duty_chief")
    page.get("/desk/wall")
    with django_assert_max_num_queries(8):
        page.get("/desk/wall")


def test_a_star_follows_and_unfollows(late: list[str], at: Any, desk: Desk) -> None:
    page = at("dept_clerk")
    path = f"/desk/cases/{late[0]}/follow"
    assert 'aria-pressed="false"' in page.get(f"/desk/cases/{late[0]}").content.decode()
    assert page.post(path, {"on": "1", "next": "https://elsewhere.example/"}).headers["Location"].startswith("/desk")
    assert 'aria-pressed="true"' in page.get(f"/desk/cases/{late[0]}").content.decode()
    listed = page.get("/desk/followed").content.decode()
    assert late[0] in listed
    assert late[1] not in listed
    assert 'aria-pressed="false"' in page.post(path, {"on": "0"}, **PART).content.decode()
    assert not Following.objects.filter(person=desk.cast["dept_clerk"]).exists()
    assert at("stranger").post(path, {"on": "1"}).status_code == 404
    assert at("stranger").get("/desk/followed").status_code == 200
