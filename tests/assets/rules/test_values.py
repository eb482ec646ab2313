from datetime import date, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.assets.choices import ChangeKind
from cityloop.assets.rules.values import (
    Past,
    as_of,
    as_position,
    difference,
    faults_in,
    faults_of_shape,
    kind_of,
    metres_apart,
    shape_of,
    tidied,
    why_not_undone,
)

SCHEME, OLD = "gb47678_2026", "gb30428_2013"
FIRST = date(2026, 1, 1)
VALUES = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["intact", "damaged", "lost"]),
        "name": st.sampled_from(["", "灯", "井盖"]),
        "remark": st.just("x"),
    }
)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({}, {"state": "intact"}, ChangeKind.NEW),
        ({"state": "intact"}, {"state": "damaged"}, ChangeKind.CHANGED),
        ({"position": "a", "name": ""}, {"position": "b", "name": "x"}, ChangeKind.MOVED),
        ({"state": "lost", "valid_to": None}, {"state": "removed", "valid_to": "2026-02-01"}, ChangeKind.GONE),
        ({"state": "removed", "valid_to": "2026-02-01"}, {"state": "lost", "valid_to": None}, ChangeKind.CHANGED),
    ],
)
def test_a_change_is_called_after_the_gravest_of_what_it_does(before: Any, after: Any, kind: ChangeKind) -> None:
    assert kind_of(before, after) == kind


def test_only_what_differs_and_is_named_is_a_change() -> None:
    before = {"name": "a", "state": "intact", "remark": "r"}
    assert difference(before, {"name": "a", "state": "lost"}) == ({"state": "intact"}, {"state": "lost"})


@settings(max_examples=40, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6), st.integers(0, 6))
def test_each_day_is_found_again_from_the_present_and_its_changes(days: list[dict[str, str]], asked: int) -> None:
    now, changes = days[0], list[Past]()
    for number, values in enumerate(days[1:], start=1):
        old, new = difference(now, values)
        changes.insert(0, Past(FIRST + timedelta(number), old))
        now = {**now, **new}
    asked = min(asked, len(days) - 1)
    assert as_of(now, changes, FIRST + timedelta(asked)) == days[asked]


def test_a_change_is_taken_back_only_while_what_it_made_is_still_so() -> None:
    before, after = {"state": "intact"}, {"state": "lost"}
    assert why_not_undone({"state": "lost", "name": "b"}, before, after) == ""
    assert why_not_undone({"state": "damaged"}, before, after)
    assert why_not_undone({"state": "lost"}, {}, after)


@pytest.mark.parametrize(
    ("values", "scheme", "field"),
    [
        ({"state": "fine"}, SCHEME, "state"),
        ({"source": "satellite"}, SCHEME, "source"),
        ({"accuracy": "D"}, SCHEME, "accuracy"),
        ({"owner": "nobody"}, SCHEME, "owner"),
        ({"name": "长" * 31}, SCHEME, "name"),
        ({"remark": "x" * 1001}, SCHEME, "remark"),
        ({"name": "a\0b"}, SCHEME, "name"),
        ({"colour": "red"}, SCHEME, "colour"),
        ({"extras": {"material": "铸铁"}}, SCHEME, "extras.material"),
        ({"extras": {"on_tactile_path": "yes"}}, OLD, "extras.on_tactile_path"),
        ({"extras": {"shape": "圆" * 31}}, OLD, "extras.shape"),
        ({"extras": "圆"}, OLD, "extras"),
    ],
)
def test_what_cannot_be_kept_is_told_with_its_field(values: dict[str, Any], scheme: str, field: str) -> None:
    assert [fault.field for fault in faults_in(values, scheme, {"sanitation"})] == [field]


def test_what_a_scheme_asks_for_is_taken() -> None:
    values = {
        "state": "lost",
        "owner": "sanitation",
        "keeper_name": "某公司",
        "extras": {"on_tactile_path": True, "material": "铸铁"},
    }
    assert faults_in(values, OLD, {"sanitation"}) == []


def test_texts_lose_their_blanks_and_empty_extras_are_none() -> None:
    assert tidied({"name": " a ", "extras": {"shape": "", "material": "石"}}) == {
        "name": "a",
        "extras": {"material": "石"},
    }
    assert tidied({"extras": {"shape": ""}}) == {"extras": None}


@settings(max_examples=30, deadline=None)
@given(st.floats(73, 135), st.floats(18, 53))
def test_a_position_is_kept_to_a_tenth_of_a_millimetre(lon: float, lat: float) -> None:
    point = shapely.Point(lon, lat)
    assert metres_apart(shape_of(as_position(point)), point) < 0.0002


@pytest.mark.parametrize(
    "wkt", ["POINT EMPTY", "POINT (0 0)", "POINT (200 10)", "MULTIPOINT ((1 2), (3 4))", "POINT (NaN 1)"]
)
def test_what_no_map_shows_is_no_position(wkt: str) -> None:
    assert faults_of_shape(shapely.from_wkt(wkt))
