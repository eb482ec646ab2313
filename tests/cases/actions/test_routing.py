"""Drafts of routing rules: edited, checked, put in force, never changed afterwards; and what a dispatch keeps of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import DatabaseError, transaction

from cases.conftest import MANHOLE, Desk
from cast import CITY, NOW
from cityloop.cases.actions.looking import look_at_timeline
from cityloop.cases.actions.routing import (
    drop_draft,
    drop_rule,
    new_draft,
    put_routing_in_force,
    withdraw_routing,
    write_rule,
)
from cityloop.cases.choices import Via
from cityloop.cases.models import Case, CaseEvent, RoutingVersion
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.found import find
from cityloop.cases.queries.routing import routing_in_force
from cityloop.cases.queries.verifying import verify
from cityloop.cases.rules.routing import Rule
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound, Outdated

ME: dict[str, Any] = {"actor_id": None}


def draft(*rules: Rule) -> int:
    return new_draft(CITY, **ME, now=NOW, rules=rules)


def numbers(version: int) -> list[int]:
    return [line["n"] for line in RoutingVersion.objects.get(jurisdiction=CITY, version=version).rules]


def test_a_draft_begins_as_what_holds_and_rules_keep_their_numbers(desk: Desk) -> None:
    first = draft(Rule(4, "HW", kind="part"), Rule(2, "SZ"))
    assert numbers(first) == [2, 4]
    put_routing_in_force(CITY, first, **ME, now=NOW)
    second = new_draft(CITY, **ME, now=NOW)
    assert write_rule(CITY, second, Rule(0, "HW", classes=(MANHOLE,)), **ME) == 5
    drop_rule(CITY, second, 5, **ME)
    assert write_rule(CITY, second, Rule(0, "HW", classes=(MANHOLE,)), **ME) == 6, "a number is given once"
    write_rule(CITY, second, Rule(2, "HW"), **ME)
    assert numbers(second) == [2, 4, 6]
    assert numbers(first) == [2, 4]


def test_who_edits_what_has_moved_on_is_told(desk: Desk) -> None:
    version = draft(Rule(1, "HW"))
    write_rule(CITY, version, Rule(1, "SZ"), **ME, edited=0)
    with pytest.raises(Outdated):
        write_rule(CITY, version, Rule(1, "HW"), **ME, edited=0)
    with pytest.raises(NotFound):
        write_rule(CITY, version, Rule(9, "HW"), **ME)
    with pytest.raises(NotFound):
        drop_rule(CITY, 77, 1, **ME)


def test_what_a_rule_cannot_say_is_refused_by_field(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        write_rule(CITY, draft(), Rule(0, "", hours=(60, 60)), **ME)
    assert [one.field for one in refused.value.faults] == ["department", "hours"]


@pytest.mark.parametrize(
    ("rules", "field", "why"),
    [
        ([Rule(1, "GONE")], "rule 1", "Lead department: “GONE” is not there"),
        ([Rule(1, "HW", classes=("gb47678_2026/event/77777",))], "rule 1", "Small or big classes"),
        ([Rule(1, "HW", areas=("990101099",), level="street")], "rule 1", "Areas"),
        ([Rule(3, "HW", kind="part"), Rule(8, "SZ", kind="part")], "rule 3", "conflicts with rule 8"),
        ([Rule(1, "HW"), Rule(1, "SZ", kind="part")], "rule 1", "stands twice"),
    ],
)
def test_what_contradicts_itself_or_names_what_is_gone_never_takes_force(
    desk: Desk, rules: list[Rule], field: str, why: str
) -> None:
    version = draft(*rules)
    with pytest.raises(InvalidInput) as refused:
        put_routing_in_force(CITY, version, **ME, now=NOW)
    assert any(one.field == field and why in one.why for one in refused.value.faults)
    assert RoutingVersion.objects.get(version=version).effective_from is None


def test_what_holds_is_never_changed(desk: Desk) -> None:
    version = draft(Rule(1, "HW"))
    put_routing_in_force(CITY, version, **ME, now=NOW)
    for change in (
        lambda: write_rule(CITY, version, Rule(1, "SZ"), **ME),
        lambda: drop_rule(CITY, version, 1, **ME),
        lambda: drop_draft(CITY, version, **ME),
        lambda: put_routing_in_force(CITY, version, **ME, now=NOW + timedelta(days=1)),
        lambda: withdraw_routing(CITY, version, **ME, now=NOW + timedelta(days=1)),
    ):
        with pytest.raises(Conflict):
            change()
    with pytest.raises(DatabaseError), transaction.atomic():
        RoutingVersion.objects.filter(version=version).update(rules=[])


def test_what_is_planned_can_be_withdrawn_and_edited_again(desk: Desk) -> None:
    version = draft(Rule(1, "HW"))
    put_routing_in_force(CITY, version, **ME, now=NOW, effective_from=NOW + timedelta(days=3))
    assert routing_in_force(loop_city(CITY).city, NOW + timedelta(days=4)) == version
    withdraw_routing(CITY, version, **ME, now=NOW)
    assert routing_in_force(loop_city(CITY).city, NOW + timedelta(days=4)) == 0
    write_rule(CITY, version, Rule(1, "SZ"), **ME)
    drop_draft(CITY, version, **ME)
    assert not RoutingVersion.objects.exists()


def test_a_dispatch_keeps_what_was_suggested_and_verifies(desk: Desk) -> None:
    version = draft(Rule(7, "SZ", classes=(MANHOLE,)), Rule(2, "HW"))
    put_routing_in_force(CITY, version, **ME, now=NOW)
    number = desk.filed()
    desk("dispatcher", number, "dispatch", department="HW", other_reason="已电话约定")
    event = CaseEvent.objects.get(case__number=number, action="dispatch")
    body = orjson.loads(event.body)
    assert body["routing"] == {"version": version, "rule": 7, "by": "rule", "suggested": "SZ", "gave_way": [2]}
    assert body["in"] == {"department": "HW"}
    assert "other_reason" in body["texts"], "the reason stands apart, where it can be erased"
    assert not verify(CITY).findings
    [line] = [
        one for one in look_at_timeline(find(number, desk.cast.viewer("dispatcher")), Via.DESK) if one.seq == event.seq
    ]
    assert "rule 7 of version 1" in line.why
    assert line.why.endswith("another was chosen")
    assert line.texts["other_reason"] == "已电话约定"


def test_a_dispatch_that_is_sent_twice_is_one_although_the_rules_changed_between(desk: Desk) -> None:
    number, key = desk.filed(), uuid4()
    first = desk("dispatcher", number, "dispatch", key=key, department="HW")
    put_routing_in_force(CITY, draft(Rule(1, "HW")), **ME, now=NOW)
    again = desk("dispatcher", number, "dispatch", key=key, department="HW")
    assert (again.repeated, again.seq) == (True, first.seq)


def test_acts_that_choose_no_department_keep_nothing(desk: Desk) -> None:
    number = desk.in_disposal()
    Case.objects.get(number=number)
    for event in CaseEvent.objects.filter(case__number=number).exclude(action="dispatch"):
        assert "routing" not in orjson.loads(event.body)
    assert orjson.loads(CaseEvent.objects.get(case__number=number, action="dispatch").body)["routing"] == {
        "version": 0, "rule": 0, "by": "none", "suggested": "",
    }  # fmt: skip
