"""What an action needs, checked as values and shown as JSON Schema, both from the same table."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from cases.rules.story import REPORT, SOLVED, UNTIL, WHY
from cases.rules.town import BROKEN_COVER, MANHOLE, NOW, OPEN_COVER, PHOTOS, department, table, town
from cityloop.cases.rules.inputs import CHECKS, clean_inputs, schema_of
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.hashing import canonical

KNOWN = {"category": MANHOLE, "department": "HW", "number": "9901012026070100009", "is_system": False}
FAR = datetime(9999, 12, 31, 23, tzinfo=UTC)
PHOTO = PHOTOS[0]


def clean(action: str, inputs: dict[str, Any], **known: Any) -> dict[str, Any]:
    return clean_inputs(table().actions[action], table(), inputs, KNOWN | known, town(), NOW)


TAKEN = [
    # (action, input, what is sent, what is taken)
    ("note", "opinion", "  现场已围挡 ", "现场已围挡"),
    ("note", "opinion", "x" * 4000, "x" * 4000),
    ("reject", "reason", "duplicate", "duplicate"),
    ("mark", "typical", False, False),
    ("supervise", "level", 1, 1),
    ("supervise", "level", 3, 3),
    ("supervise", "reply_by", "2026-07-02T09:00:00+08:00", datetime(2026, 7, 2, 1, tzinfo=UTC)),
    ("supervise", "reply_by", UNTIL, UNTIL),
    ("report", "external_due", "2020-01-01T00:00:00Z", datetime(2020, 1, 1, tzinfo=UTC)),
    ("report", "source", "drone", "drone"),
    ("report", "category", "gb47678_2026/part/01002", "gb47678_2026/part/01002"),
    ("report", "condition", OPEN_COVER, OPEN_COVER),
    ("report", "point", {"lon": 120, "lat": 30, "system": "gcj02"}, {"lon": 120.0, "lat": 30.0, "system": "gcj02"}),
    ("report", "reporter", {"name": " 甲 ", "phone": ""}, {"name": "甲"}),
    ("report", "part_code", "33010201010000001", "33010201010000001"),
    ("attach", "photos", [PHOTO, {"kind": "check", "sha256": "0" * 64}], [PHOTO, {"kind": "check", "sha256": "0" * 64}]),
    ("dispatch", "department", "SZ", "SZ"),
    ("dispatch_multi", "co_departments", ["SZ", "HW-1"], ["SZ", "HW-1"]),
    ("redispatch", "department", "HW-1", "HW-1"),
    ("redispatch", "handler", 9, 9),
    ("merge", "master", "9901012026070100001", "9901012026070100001"),
]  # fmt: skip

REFUSED = [
    # (action, input, what is sent, why it is refused)
    ("note", "opinion", 7, "must be text"),
    ("note", "opinion", ["x"], "must be text"),
    ("note", "opinion", "x" * 4001, "too long: 4001 characters, at most 4000"),
    ("note", "opinion", "x" * 1_000_000, "too long"),
    ("note", "opinion", "a\x00b", "cannot be stored"),
    ("transfer", "target", "two\nlines", "one line"),
    ("transfer", "target", "x" * 101, "too long"),
    ("reject", "reason", "bored", "must be one of: outside_area, outside_scope"),
    ("reject", "reason", ["duplicate"], "must be one of"),
    ("return_to_supervision", "back_to", "filed", "must be one of: reported, accepted"),
    ("mark", "typical", "yes", "true or false"),
    ("mark", "typical", 1, "true or false"),
    ("supervise", "level", 0, "whole number from 1 to 3"),
    ("supervise", "level", 4, "whole number from 1 to 3"),
    ("supervise", "level", True, "whole number"),
    ("supervise", "level", 1.5, "whole number"),
    ("supervise", "level", "2", "whole number"),
    ("supervise", "reply_by", "2026-07-02T09:00:00", "with an offset"),
    ("supervise", "reply_by", "tomorrow", "with an offset"),
    ("supervise", "reply_by", "20260702T090000+0800", "with an offset"),
    ("supervise", "reply_by", "2026-W27-4T09:00:00+08:00", "with an offset"),
    ("supervise", "reply_by", "2026-07-02T09:00+08:00", "with an offset"),
    ("supervise", "reply_by", 1_800_000_000, "with an offset"),
    ("supervise", "reply_by", "0001-01-01T00:00:00+08:00", "in the years 1970 to 2199"),
    ("supervise", "reply_by", "2026-07-02T25:61:00+08:00", "hours from 00 to 23, minutes from 00 to 59"),
    ("report", "external_due", "2026-02-30T09:00:00+08:00", "there is no such day or time"),
    ("report", "external_due", "9999-12-31T23:59:59Z", "in the years 1970 to 2199"),
    ("report", "external_due", "99999-12-31T23:59:59Z", "in the years 1970 to 2199"),
    ("report", "external_due", "0001-01-01T00:00:00Z", "in the years 1970 to 2199"),
    ("report", "part_code", "the lamp there", "may hold digits only"),
    ("report", "part_code", "330102010100000", "has 15 digits; it must have 16 / 17"),
    ("report", "part_code", "3301020101000000", "must be at least 1"),
    ("report", "part_code", "0301020101000001", "may not begin with 0"),
    ("supervise", "reply_by", NOW, "must lie ahead, at most 366 days"),
    ("supervise", "reply_by", NOW - timedelta(days=1), "must lie ahead"),
    ("supervise", "reply_by", NOW + timedelta(days=366, seconds=1), "must lie ahead"),
    ("supervise", "reply_by", FAR, "must lie ahead"),
    ("report", "source", "rumour", "no such source is known here; choose one of: Collector, Hotline"),
    ("report", "source", {"a": 1}, "choose one of"),
    ("report", "category", "01001", "unknown or switched off"),
    ("report", "category", ["x"], "unknown or switched off"),
    ("report", "condition", f"{MANHOLE}#none", "condition is unknown"),
    ("report", "condition", "gb47678_2026/part/01002#cov_open", "another class"),
    ("report", "condition", 5, "condition is unknown"),
    ("report", "point", [120, 30], "must be {lon, lat, system}"),
    ("report", "point", {"lon": 120, "lat": 30}, "untagged point"),
    ("report", "point", {"lon": 120, "lat": 30, "system": "mars"}, "untagged point"),
    ("report", "point", {"lon": 120, "lat": 30, "system": ["wgs84"]}, "untagged point"),
    ("report", "point", {"lon": 30, "lat": 120, "system": "wgs84"}, "look swapped"),
    ("report", "point", {"lon": 120, "lat": 91, "system": "wgs84"}, "lat in -90"),
    ("report", "point", {"lon": 181, "lat": 30, "system": "wgs84"}, "lon must lie"),
    ("report", "point", {"lon": "120", "lat": 30, "system": "wgs84"}, "lon must lie"),
    ("report", "point", {"lon": float("nan"), "lat": 30, "system": "wgs84"}, "lon must lie"),
    ("report", "point", {"lon": True, "lat": 30, "system": "wgs84"}, "lon must lie"),
    ("report", "point", {"lon": 120, "lat": 30, "system": "wgs84", "alt": 1}, "must be {lon, lat, system}"),
    ("report", "reporter", "甲", "must be {name, phone}"),
    ("report", "reporter", {"email": "x"}, "must be {name, phone}"),
    ("report", "reporter", {"name": "x" * 101}, "at most 100"),
    ("report", "reporter", {"name": 7}, "at most 100"),
    ("report", "photos", {"kind": "close"}, "list of at most 20"),
    ("report", "photos", [{"kind": "close", "sha256": f"{n:064x}"} for n in range(21)], "list of at most 20"),
    ("report", "photos", [PHOTO, PHOTO], "same file twice"),
    ("report", "photos", ["a" * 64], "SHA-256"),
    ("report", "photos", [{"kind": "close", "sha256": "A" * 64}], "SHA-256"),
    ("report", "photos", [{"kind": "close", "sha256": "a" * 63}], "SHA-256"),
    ("report", "photos", [{"kind": "after", "sha256": "a" * 64}], "close, wide, reference"),
    ("report", "photos", [PHOTO | {"url": "x"}], "close, wide, reference"),
    ("dispatch", "department", "NONE", "no such department"),
    ("dispatch", "department", "OLD", "no such department"),
    ("dispatch", "department", 1, "no such department"),
    ("dispatch_multi", "co_departments", "SZ", "1 to 20"),
    ("dispatch_multi", "co_departments", ["SZ", "SZ"], "twice"),
    ("dispatch_multi", "co_departments", ["SZ", "NONE"], "no such department"),
    ("dispatch_multi", "co_departments", ["SZ"] * 21, "1 to 20"),
    ("redispatch", "department", "SZ", "unit of the responsible department"),
    ("redispatch", "department", "HW", "has the case already"),
    ("redispatch", "handler", "9", "number of a person"),
    ("redispatch", "handler", True, "number of a person"),
    ("redispatch", "handler", 404, "does not hold the post “Handler”"),
    ("send_verify", "collector", 404, "does not hold the post “Collector”"),
    ("merge", "master", 17, "case number"),
    ("merge", "master", "9" * 41, "case number"),
    ("merge", "master", KNOWN["number"], "this case itself"),
]  # fmt: skip


ENOUGH: dict[str, dict[str, Any]] = {
    "reject": {"reason": "duplicate", **WHY},
    "supervise": {"level": 2, "supervision": "leader", "reply_by": UNTIL, **WHY},
    "report": {"source": "hotline", "category": MANHOLE},
    "dispatch_multi": {"department": "OWN"},
}
"""What else has to be sent for the action to be taken."""


@pytest.mark.parametrize(("action", "name", "sent", "taken"), TAKEN)
def test_an_input_is_taken(action: str, name: str, sent: Any, taken: Any) -> None:
    own = department(5, "OWN", "/5/")
    city = replace(town(), departments={**town().departments, "OWN": own})
    inputs = ENOUGH.get(action, {}) | {name: sent}
    known = KNOWN | {"category": inputs.get("category", MANHOLE), "is_system": True}
    assert clean_inputs(table().actions[action], table(), inputs, known, city, NOW)[name] == taken


@pytest.mark.parametrize(("action", "name", "sent", "why"), REFUSED)
def test_an_input_is_refused(action: str, name: str, sent: Any, why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean(action, {name: sent})
    [fault] = [fault for fault in refusal.value.faults if fault.field == name]
    assert why in fault.why
    assert len(fault.value) <= 80
    assert name in refusal.value.message


def test_every_kind_of_input_is_tried() -> None:
    kinds = {need.type for action in table().actions.values() for need in action.needs.values()}
    for rows in (TAKEN, REFUSED):
        assert {table().actions[action].needs[name].type for action, name, _sent, _then in rows} == kinds == set(CHECKS)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean("supervise", {"level": 9, "supervision": "x", "reply_by": "x", "colour": "red"})
    assert [fault.field for fault in refusal.value.faults] == ["colour", "level", "supervision", "reply_by"]
    with pytest.raises(InvalidInput) as refusal:
        clean("supervise", {})
    assert [fault.field for fault in refusal.value.faults] == ["level", "supervision", "reply_by", "opinion"]


def test_the_lead_is_no_co_handler() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        clean("dispatch_multi", {"department": "HW", "co_departments": ["SZ", "HW"]})


def test_a_condition_is_judged_by_the_class_that_is_sent_with_it() -> None:
    other = "gb47678_2026/part/01002"
    assert clean("accept", {"category": other, "condition": f"{other}#cov_open"})
    with pytest.raises(InvalidInput, match="another class"):
        clean("accept", {"category": other, "condition": BROKEN_COVER})


@pytest.mark.parametrize("nothing", [None, "", [], "  "])
def test_blanks_are_left_out(nothing: Any) -> None:
    assert clean("urge", {"opinion": nothing} if nothing != [] else {}) == {}


# --- the same as JSON Schema


def schema(action: str) -> dict[str, Any]:
    return schema_of(table().actions[action], table(), "en")


JSON_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def fits(value: Any, wanted: dict[str, Any]) -> bool:
    """Return whether ``value`` fits a JSON Schema, of as much of the language as the tables use."""
    kind = JSON_TYPES[wanted["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return False
    if isinstance(value, dict):
        parts = wanted["properties"]
        return (
            set(value) <= set(parts)
            and set(wanted.get("required", ())) <= set(value)
            and any(set(other["required"]) <= set(value) for other in wanted.get("anyOf", [{"required": []}]))
            and all(fits(part, parts[name]) for name, part in value.items())
        )
    if isinstance(value, list):
        return wanted.get("minItems", 0) <= len(value) <= wanted["maxItems"] and all(
            fits(item, wanted["items"]) for item in value
        )
    if isinstance(value, str):
        return (
            len(value) <= wanted.get("maxLength", len(value))
            and value in wanted.get("enum", [value])
            and re.search(wanted.get("pattern", ""), value) is not None
        )
    least, most = wanted.get("minimum", value), wanted.get("maximum", value)
    return bool(least <= value <= most and value == wanted.get("const", value))


def as_json(inputs: dict[str, Any]) -> Any:
    return orjson.loads(canonical(inputs))


@pytest.mark.parametrize("action", table().actions)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_action_has_a_schema(action: str, language: str) -> None:
    found = schema_of(table().actions[action], table(), language)
    assert set(found["properties"]) == set(table().actions[action].needs)
    assert found["additionalProperties"] is False
    orjson.dumps(found)


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("report", REPORT), ("self_report", SOLVED), ("note", WHY), ("dispatch", {"department": "HW"}),
        ("dispatch_multi", {"department": "HW", "co_departments": ["SZ"]}), ("mark", {"typical": True}),
        ("supervise", {"level": 2, "supervision": "leader", "reply_by": UNTIL, **WHY}), ("close", {"condition_met": True}),
        ("redispatch", {"handler": 9}), ("reject", {"reason": "duplicate", **WHY}),
    ],
)  # fmt: skip
def test_what_is_taken_fits_the_schema(action: str, inputs: dict[str, Any]) -> None:
    clean(action, inputs)
    assert fits(as_json(inputs), schema(action))


NOT_OF_FORM = {"cannot be stored", "one line", "same file twice", "must be at least 1"}
NOT_FOR_A_SCHEMA = {"category", "condition", "department", "departments", "person", "case", "instant"}
"""Kinds of which only the city's rows, or the clock on the wall, can tell whether they fit."""


OF_WRONG_FORM = [
    (action, name, sent)
    for action, name, sent, why in REFUSED
    if table().actions[action].needs[name].type not in NOT_FOR_A_SCHEMA
    and why not in NOT_OF_FORM
    and "nan" not in str(sent)  # JSON has no such number
]


@pytest.mark.parametrize(("action", "name", "sent"), OF_WRONG_FORM)
def test_what_has_a_wrong_form_does_not_fit_the_schema(action: str, name: str, sent: Any) -> None:
    assert not fits(as_json({name: sent})[name], schema(action)["properties"][name])


def test_a_schema_in_the_peoples_language() -> None:
    labels = schema_of(table().actions["reject"], table(), "zh")["properties"]["reason"]["x-labels"]
    assert labels["duplicate"] == "重复上报"
    labels = schema_of(table().actions["reject"], table(), "en")["properties"]["reason"]["x-labels"]
    assert labels["duplicate"] == "Duplicate"


def test_a_schema_says_what_must_be_there() -> None:
    assert schema("close")["required"] == ["condition_met"]
    assert schema("close")["properties"]["condition_met"] == {"type": "boolean", "const": True}
    assert schema("amend")["anyOf"][0] == {"required": ["category"]}
    assert schema("self_report")["properties"]["photos"]["minItems"] == 2
