"""The versions of a city's table, asked by programs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cases.door import Door, problem
from cast import CITY, NOW, Cast
from cityloop.cases.actions import set_table
from cityloop.cases.queries.tables import default_text, table
from cityloop.kernel.clock import machine_now

SIGNING = "  signing: true "


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


@pytest.fixture
def door(city_cast: Cast) -> Door:
    return Door(city_cast)


def planned() -> None:
    assert default_text().count(SIGNING) == 1
    text = default_text().replace(SIGNING, "  signing: false ")
    at = machine_now()
    set_table(CITY, text, actor_id=None, now=at, note="不再签收", effective_from=at + timedelta(days=5))


def test_a_planned_version_is_told_in_words_of_both_languages_and_line_by_line(door: Door) -> None:
    planned()
    body = door("sysadmin").get("/table/diff").json()
    assert (body["base"], body["version"]) == (0, 1)
    [line] = body["items"]
    assert line["text"] == "Setting “signing”: changed from yes to no"
    assert (line["kind"], line["section"], line["code"], line["before"], line["after"]) == (
        "changed",
        "settings",
        "signing",
        "yes",
        "no",
    )
    assert "-  signing: true " in body["text"]
    assert "+  signing: false " in body["text"]
    assert ["states.dispatched" in one["field"] for one in body["warnings"]].count(True) == 1
    assert (
        door("sysadmin", language="zh-hans").get("/table/diff").json()["items"][0]["text"]
        == "设置“signing”：由是改为否"
    )
    assert door("sysadmin").get("/table/diff", {"base": 1, "version": 1}).json()["items"] == []


def test_versions_say_which_holds_when(door: Door) -> None:
    planned()
    body = door("sysadmin").get("/table/versions").json()
    assert (body["jurisdiction"], body["in_force"]) == (CITY, 0)
    assert [(one["version"], one["standing"], one["note"]) for one in body["items"]] == [(1, "planned", "不再签收")]
    set_table(CITY, default_text(), actor_id=None, now=NOW, note="", is_draft=True)
    assert [one["standing"] for one in door("sysadmin").get("/table/versions").json()["items"]] == ["draft", "planned"]


@pytest.mark.parametrize("path", ["/table/diff", "/table/versions"])
def test_only_those_see_them_who_may_change_them(door: Door, path: str) -> None:
    problem(door("dispatcher").get(path), 403, "not_allowed")
    problem(door("stranger").get(path, {"jurisdiction": CITY}), 404, "not_found")
    problem(door().get(path), 401, "not_signed_in")


def test_a_version_that_is_not_there_is_refused(door: Door) -> None:
    problem(door("sysadmin").get("/table/diff", {"version": 7}), 404, "not_found")
    problem(door("sysadmin").get("/table/diff", {"version": "x"}), 422, "invalid")
    problem(door("sysadmin").get("/table/diff", {"verson": 1}), 422, "invalid", "verson")
