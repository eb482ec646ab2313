"""The shape of a catalogue: keys, own classes, correspondences."""

import pytest

from cityloop.kernel.errors import InvalidInput
from cityloop.standards import package
from cityloop.standards.rules import (
    Correspondence,
    next_extension_code,
    relate,
    split_category_key,
    split_condition_key,
    why_not_code,
)

NEW, MIDDLE, OLD = package.package().schemes


@pytest.mark.parametrize(
    "key",
    ["", "gb47678_2026/part", "gb47678_2026/matter/01001", "GB/part/01001", "gb47678_2026/part/1a", "a/part/01\n"],
)
def test_what_is_no_class_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="not a class key"):
        split_category_key(key)


@pytest.mark.parametrize("key", ["gb47678_2026/part/01001", "gb47678_2026/part/01001#", "gb47678_2026/part/01001#A b"])
def test_what_is_no_condition_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="not a condition key"):
        split_condition_key(key)


def test_keys_come_apart() -> None:
    assert split_category_key("gb47678_2026/part/01001") == ("gb47678_2026", "part", "01001")
    assert split_condition_key("gb47678_2026/event/06001#c2") == ("gb47678_2026/event/06001", "c2")


def test_own_classes_count_down_from_the_top() -> None:
    assert next_extension_code(NEW, "part", "01", []) == "01999"
    assert next_extension_code(NEW, "part", "01", ["01999", "01998", "02997"]) == "01997"
    assert next_extension_code(MIDDLE, "event", "03", ["0399"]) == "0398"


def test_own_classes_end_where_those_of_the_standard_begin() -> None:
    taken = [f"01{number:03}" for number in range(81, 1000)]
    assert next_extension_code(NEW, "part", "01", taken) == "01080"
    with pytest.raises(InvalidInput, match="No number is left"):
        next_extension_code(NEW, "part", "01", [*taken, "01080"])


def test_2007_has_no_own_classes_inside_a_big_class() -> None:
    with pytest.raises(InvalidInput, match="numbered from 21"):
        next_extension_code(OLD, "part", "01", [])


@pytest.mark.parametrize(
    ("code", "kind", "why"),
    [
        ("01001", "part", ""),
        ("1001", "part", "5 digits"),
        ("０1001", "part", "5 digits"),
        ("01016", "part", "unused"),
        ("06031", "event", "unused"),
        ("06031", "part", ""),
    ],
)
def test_a_code_fits_its_scheme_or_the_reason_is_told(code: str, kind: str, why: str) -> None:
    told = why_not_code(code, kind, NEW.code_digits, NEW.unused)
    assert bool(told) == bool(why)
    assert why in told


def test_a_split_class_relates_to_all_its_successors() -> None:
    classes = [
        one for one in package.package().categories if one.key.endswith(("part/0117", "part/01030", "part/01031"))
    ]
    pairs = [
        Correspondence("part", NEW.code, "01031", OLD.code, "0117"),
        Correspondence("part", NEW.code, "01030", OLD.code, "0117"),
        Correspondence("event", NEW.code, "01030", OLD.code, "0199"),
    ]
    related = {one.key: one.related for one in relate(classes, pairs)}
    assert related[f"{OLD.code}/part/0117"] == {NEW.code: ("01030", "01031")}
    assert related[f"{NEW.code}/part/01030"] == {OLD.code: ("0117",)}
