from datetime import date
from typing import Any

import pytest

from cityloop.kernel.errors import InvalidInput
from cityloop.organisation.rules.city import ClassChange, OwnLimit, apply_changes, own_category, own_limit
from cityloop.standards.rules import Category, TimeLimit

KEY = "gb47678_2026/event/06999"
DEFINITION = {
    "name_zh": "共享单车堆积",
    "dept_kind": "enforcement",
    "conditions": [
        {
            "id": "pile",
            "text_zh": "十辆以上",
            "closing_zh": "清走",
            "limit": {"amount": 4, "unit": "work_hour", "text": "4小时"},
        }
    ],
}


def test_a_class_of_the_citys_own_is_read() -> None:
    category = own_category(KEY, DEFINITION)
    assert (category.scheme, category.type, category.big_code, category.code) == (
        "gb47678_2026",
        "event",
        "06",
        "06999",
    )
    assert category.conditions[0].key == f"{KEY}#pile"
    assert category.conditions[0].limit == TimeLimit(4, "work_hour", "4小时")


def changed(**fields: Any) -> dict[str, Any]:
    condition = {**DEFINITION["conditions"][0], **fields.pop("condition", {})}  # type: ignore[dict-item]
    return {**DEFINITION, "conditions": [condition], **fields}


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        pytest.param([], "definition", id="not an object"),
        pytest.param(changed(name_zh=""), "definition.name_zh", id="no name"),
        pytest.param(changed(nmae_en="x"), "definition.nmae_en", id="a misspelt field"),
        pytest.param(changed(conditions=[]), "definition.conditions", id="no condition"),
        pytest.param(changed(aliases_zh="单车"), "definition.aliases_zh", id="a text for a list"),
        pytest.param(changed(condition={"id": ""}), "definition.conditions.0.id", id="a condition without id"),
        pytest.param(
            changed(condition={"limit": {"amount": 0, "unit": "work_hour"}}),
            "definition.conditions.0.limit",
            id="no time",
        ),
        pytest.param(
            changed(condition={"limit": {"amount": 1, "unit": "week"}}), "definition.conditions.0.limit", id="weeks"
        ),
        pytest.param(changed(conditions=DEFINITION["conditions"] * 2), "definition.conditions", id="an id twice"),
    ],
)
def test_a_definition_that_cannot_be_used_names_the_place(definition: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        own_category(KEY, definition)
    assert field in [fault.field for fault in refusal.value.faults]


def standard_class(code: str) -> Category:
    return Category(f"s/event/{code}", "s", "event", code[:2], code, code, "", "大类", "Big", "sanitation", ())


STANDARD = {category.key: category for category in (standard_class("01001"), standard_class("01002"))}
DAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("first", "after", "used"),
    [
        pytest.param(DAY, None, False, id="from its first day"),
        pytest.param(date(2026, 1, 1), date(2026, 7, 2), False, id="on its last day"),
        pytest.param(date(2026, 1, 1), DAY, True, id="no longer"),
        pytest.param(date(2026, 7, 2), None, True, id="not yet"),
    ],
)
def test_a_class_is_disabled_on_the_days_it_says(first: date, after: date | None, used: bool) -> None:
    change = ClassChange("s/event/01001", "disable", None, first, after)
    assert ("s/event/01001" in apply_changes(STANDARD, [change], DAY)) is used


def test_an_added_class_takes_the_name_of_its_big_class() -> None:
    added = own_category("s/event/01999", DEFINITION)
    classes = apply_changes(STANDARD, [ClassChange(added.key, "add", added, DAY, None)], DAY)
    assert (classes[added.key].big_name_zh, classes[added.key].big_name_en) == ("大类", "Big")
    assert set(classes) == {*STANDARD, added.key}


def limit(amount: int, zone: str = "", first: date = date(2026, 1, 1), after: date | None = None) -> OwnLimit:
    return OwnLimit("c", zone, TimeLimit(amount, "work_hour"), first, after)


@pytest.mark.parametrize(
    ("limits", "zone", "amount"),
    [
        pytest.param([], "core", None, id="the city says nothing"),
        pytest.param([limit(1)], "core", 1, id="for all zones"),
        pytest.param([limit(1), limit(2, "core")], "core", 2, id="the zone's own comes first"),
        pytest.param([limit(2, "core")], "outer", None, id="another zone's"),
        pytest.param([limit(2, "core", after=DAY), limit(1)], "core", 1, id="the zone's has ended"),
        pytest.param([limit(1, after=DAY), limit(3, first=DAY)], "", 3, id="the new one from its day"),
    ],
)
def test_a_citys_own_limit(limits: list[OwnLimit], zone: str, amount: int | None) -> None:
    found = own_limit(limits, zone, DAY)
    assert (found.amount if found else None) == amount
