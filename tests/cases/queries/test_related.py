"""What belongs to a case, and who sees it."""

from typing import Any

import pytest

from cases.conftest import POINT, Desk
from cityloop.cases.queries.found import find
from cityloop.cases.queries.related import related
from cityloop.kernel.versions import one_reading


def groups(desk: Desk, number: str, who: str = "acceptor") -> dict[str, list[str]]:
    found = find(number, desk.cast.viewer(who, desk.now))
    return {group.name: [one.number for one in group.cases] for group in related(found)}


def test_merged_and_split_cases_find_each_other(desk: Desk) -> None:
    master, other, third = desk.report().number, desk.report().number, desk.report().number
    for one in (other, third):
        desk("acceptor", one, "merge", master=master)
    assert set(groups(desk, master)["Merged and split"]) == {other, third}
    assert set(groups(desk, other)["Merged and split"]) == {master, third}
    found = find(other, desk.cast.viewer("acceptor", desk.now))
    bonds = {one.number: one.why for group in related(found) for one in group.cases if group.name == "Merged and split"}
    assert bonds == {master: "this case was merged into it", third: "merged into the same case"}


def test_a_case_near_by_of_the_same_class_is_a_probable_duplicate(desk: Desk) -> None:
    one = desk.report().number
    desk.later(minutes=5)
    other = desk.report(point={**POINT, "lon": 120.0051}).number
    assert groups(desk, other)["Probable duplicates"] == [one]
    assert groups(desk, one)["Probable duplicates"] == [other]


def test_what_a_reader_may_not_see_is_in_no_group(desk: Desk) -> None:
    mine = desk.in_disposal()
    desk.report()
    assert "Probable duplicates" in groups(desk, mine, "dispatcher")
    assert groups(desk, mine, "dept_clerk") == {}, "the other one was never dispatched to them"


def test_the_same_account_is_named_to_those_only_who_may_know_the_reporter(desk: Desk) -> None:
    far = {**POINT, "lon": 120.001}
    one = desk.report("citizen", source="web", photos=None).number
    desk.later(days=1)
    other = desk.report("citizen", source="web", photos=None, point=far).number
    assert groups(desk, other)["The same reporter"] == [one]
    assert "The same reporter" not in groups(desk, other, "evaluator")
    assert groups(desk, other, "citizen") == {}


def test_calls_from_one_phone_belong_together_however_it_was_typed(desk: Desk) -> None:
    def call(phone: str) -> str:
        desk.later(days=2)
        return desk.report("acceptor", source="hotline", photos=None, reporter={"phone": phone}).number

    one, other, third = call("138 0000 1234"), call("+86 13800001234"), call("13800009999")
    assert groups(desk, other)["The same reporter"] == [one]
    assert "The same reporter" not in groups(desk, third)
    assert "The same reporter" not in groups(desk, other, "evaluator")


@pytest.mark.parametrize("count", [1, 6])
def test_it_costs_no_more_for_many(desk: Desk, count: int, django_assert_max_num_queries: Any) -> None:
    number = desk.report().number
    for _time in range(count):
        desk("acceptor", desk.report().number, "merge", master=number)
    found = find(number, desk.cast.viewer("acceptor", desk.now))
    with one_reading():
        related(found)
        with django_assert_max_num_queries(8):
            related(found)
