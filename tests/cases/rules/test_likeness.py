"""How probable it is that two reports tell of one thing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.likeness import SHOWN, Told, likeness, related_classes, text_likeness
from cityloop.standards.queries import package_catalogue

AT = datetime(2026, 7, 1, 2, tzinfo=UTC)
BIKES, VENDORS = "gb47678_2026/event/09010", "gb47678_2026/event/09001"
COVER = "3502000101000001"


def score(hours: float = 1, distance_m: float = 15, **more: Any) -> float:
    first = Told(more.pop("first", BIKES), AT, more.pop("said", ""), more.pop("part", ""))
    second = Told(BIKES, AT + timedelta(hours=hours), more.pop("says", ""), more.pop("names", ""))
    asked = {"distance_m": distance_m, "radius_m": 50, "is_part": False, **more}
    return likeness(first, second, **asked).score


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"distance_m": 5}, {"distance_m": 30}, id="nearer"),
        pytest.param({"hours": 1}, {"hours": 5}, id="sooner"),
        pytest.param({"hours": 24, "is_part": True}, {"hours": 24}, id="a part stays broken"),
        pytest.param({}, {"first": VENDORS}, id="the same class"),
        pytest.param({"said": "电动车乱停", "says": "电动车乱停放"}, {"said": "电动车乱停", "says": "共享单车倒伏"}, id="like words"),
        pytest.param({"part": COVER, "names": COVER}, {}, id="the same part"),
        pytest.param({}, {"part": COVER, "names": COVER[:-1] + "2"}, id="another part"),
        pytest.param({}, {"closed_at": AT + timedelta(minutes=30)}, id="open still"),
        pytest.param(
            {"closed_at": AT + timedelta(hours=2)}, {"closed_at": AT + timedelta(minutes=30)}, id="closed only later"
        ),
    ],
)  # fmt: skip
def test_what_speaks_for_a_duplicate(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert score(**better) > score(**worse)


def test_a_second_call_within_the_hour_is_shown_and_one_of_last_week_is_not() -> None:
    assert score(hours=0.7, distance_m=12) > SHOWN
    assert score(hours=100, distance_m=12) < SHOWN
    assert score(hours=0.7, distance_m=49) < SHOWN


def test_the_same_part_counts_however_wrong_the_position_is() -> None:
    assert score(part=COVER, names=COVER, distance_m=49) == score(part=COVER, names=COVER, distance_m=0)


@given(
    hours=st.floats(-10_000, 10_000),
    distance_m=st.floats(0, 5000),
    radius_m=st.floats(1, 5000),
    said=st.text(),
    says=st.text(),
)
def test_a_score_is_a_probability(hours: float, distance_m: float, radius_m: float, said: str, says: str) -> None:
    assert 0 <= score(hours, distance_m, radius_m=radius_m, said=said, says=says) <= 1


@given(one=st.text(), other=st.text())
def test_words_are_as_like_one_way_as_the_other(one: str, other: str) -> None:
    assert text_likeness(one, other) == text_likeness(other, one)


def test_texts_are_alike_whatever_the_width_and_case_of_letters() -> None:
    assert text_likeness("ＡＢＣ路12号", "abc路１２号") == 1
    assert text_likeness("井盖", "路灯") == 0
    assert text_likeness("井", "井盖") is None


def test_related_are_the_big_class_and_a_part_with_its_disorder() -> None:
    classes = package_catalogue()
    related = related_classes(classes[BIKES], classes)
    assert VENDORS in related
    assert BIKES not in related
    matter = next(one for one in classes.values() if one.part_key in classes)
    assert matter.part_key in related_classes(matter, classes)
    assert matter.key in related_classes(classes[matter.part_key], classes)
