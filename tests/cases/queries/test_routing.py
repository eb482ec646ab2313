"""Where a city's cases go: the version in force, what a case is asked about, and what the dispatcher is told."""

from datetime import timedelta
from typing import Any

import pytest

from cases.conftest import MANHOLE, Desk
from cast import CITY, NOW, SINCE
from cityloop.assets.models import Part
from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.cases.models import Case
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.found import find
from cityloop.cases.queries.routing import NO_VERSION, routing_in_force, rulings_now
from cityloop.cases.queries.suggestions import loads, suggest, suggested
from cityloop.cases.rules.routing import Rule
from cityloop.organisation.actions import create_department

HEAP = "gb47678_2026/event/06011"


def in_force(*rules: Rule) -> int:
    version = new_draft(CITY, actor_id=None, now=NOW, rules=rules)
    put_routing_in_force(CITY, version, actor_id=None, now=NOW)
    return version


def department_on_duty(category: str = MANHOLE) -> str:
    """Make the one department of the kind that the class is for."""
    create_department(CITY, "QS", "管线办", loop_city(CITY).categories[category].dept_kind, valid_from=SINCE)
    return "QS"


def told(desk: Desk, number: str) -> Any:
    return suggest(find(number, desk.cast.viewer("dispatcher")))


def test_a_city_without_rules_goes_by_the_default_order(desk: Desk) -> None:
    number = desk.filed()
    assert (told(desk, number).department, told(desk, number).by) == ("", "none")
    on_duty = department_on_duty()
    found = told(desk, number)
    assert (found.department, found.version, found.rule, found.by) == (on_duty, NO_VERSION, 0, "duty")
    assert found.reason.startswith("No rule fits: the class")


def test_the_owner_of_a_part_comes_first(desk: Desk) -> None:
    create_department(CITY, "GS", "自来水公司", "water_supply", valid_from=SINCE)
    Part.objects.create(
        jurisdiction=CITY, code="9901010101000001", scheme="gb47678_2026", owner="GS", geometry="SRID=4490;POINT(120 30)",
        valid_from=SINCE,
    )  # fmt: skip
    found = told(desk, desk.filed(part_code="9901010101000001"))
    assert (found.department, found.by) == ("GS", "owner")


def test_a_rule_may_ask_who_keeps_the_part(desk: Desk) -> None:
    create_department(CITY, "YL", "园林队", "greening", valid_from=SINCE)
    Part.objects.create(
        jurisdiction=CITY, code="9901010101000001", scheme="gb47678_2026", owner="GS", keeper="YL", valid_from=SINCE,
        geometry="SRID=4490;POINT(120 30)",
    )  # fmt: skip
    in_force(Rule(1, "YL", keepers=("YL",)), Rule(2, "HW", words=("the",)))
    found = told(desk, desk.filed(part_code="9901010101000001"))
    assert (found.department, found.rule) == ("YL", 1)
    assert "kept by 园林队" in found.reason
    assert told(desk, desk.filed()).rule == 0


def test_a_rule_decides_and_says_who_gave_way(desk: Desk) -> None:
    version = in_force(
        Rule(1, "HW"), Rule(12, "HW", ("SZ",), classes=(MANHOLE,), words=("井盖",)), Rule(3, "SZ", kind="part")
    )
    found = told(desk, desk.filed(description="路口井盖破损"))
    assert (found.department, found.co_departments, found.version, found.rule) == ("HW", ("SZ",), version, 12)
    assert found.gave_way == (3, 1)
    assert found.reason.startswith("Rule 12: ")
    assert "3, 1 give way" in found.reason
    assert [(one.rule, one.department) for one in found.runners_up] == [(3, "SZ")]
    other = told(desk, desk.filed(description="别的"))
    assert (other.department, other.rule) == ("SZ", 3)


def test_what_was_said_last_counts(desk: Desk) -> None:
    in_force(Rule(1, "HW", words=("井盖",)))
    number = desk.report(description="井盖", condition=None).number
    desk("acceptor", number, "accept")
    desk("duty_chief", number, "file", condition=f"{MANHOLE}#cov_open")
    assert told(desk, number).rule == 1


@pytest.mark.parametrize(("hours", "rule"), [((9 * 60, 11 * 60), 1), ((11 * 60, 9 * 60), 0)])
def test_hours_are_those_of_the_city(desk: Desk, hours: tuple[int, int], rule: int) -> None:
    in_force(Rule(1, "HW", hours=hours))
    number = desk.filed()
    found = find(number, desk.cast.viewer("dispatcher"))
    assert suggest(found._replace(now=NOW)).rule == rule  # ten in the morning in Shanghai


def test_a_version_holds_from_its_instant_on(desk: Desk) -> None:
    in_force(Rule(1, "HW"))
    later = new_draft(CITY, actor_id=None, now=NOW, rules=[Rule(1, "SZ")])
    put_routing_in_force(CITY, later, actor_id=None, now=NOW, effective_from=NOW + timedelta(days=2))
    city = loop_city(CITY).city
    assert [routing_in_force(city, NOW + timedelta(days=days)) for days in (-1, 0, 1, 2)] == [0, 1, 1, 2]


def test_many_cases_are_asked_about_in_as_many_queries_as_one(desk: Desk, django_assert_max_num_queries: Any) -> None:
    in_force(Rule(1, "HW", classes=(HEAP,), words=("垃圾",)))
    on_duty = department_on_duty()
    for n in range(6):
        desk.filed(category=HEAP, condition=f"{HEAP}#c1", description="垃圾") if False else desk.filed(
            description=f"{n}"
        )
    rows = list(Case.objects.order_by("number"))
    suggested(rows)
    with django_assert_max_num_queries(4):
        found = rulings_now(rows)
    assert {ruling.department for ruling, _version in found.values()} == {on_duty}
    assert set(suggested(rows).values()) == {on_duty}


def test_what_lies_with_a_department_is_counted_with_its_units(desk: Desk) -> None:
    create_department(
        CITY, "HW-1", "一队", "sanitation", valid_from=SINCE, parent_id=desk.cast.departments["sanitation"]
    )
    _first, second = desk.in_disposal(), desk.in_disposal()
    desk("dept_clerk", second, "redispatch", department="HW-1")
    found = loads(loop_city(CITY))
    assert found["HW"].open == 2
    assert found["HW-1"].open == 1
    assert "SZ" not in found
