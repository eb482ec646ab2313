"""Limits: what they mean and how their texts are read."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.standards.choices import TimeUnit
from cityloop.standards.rules import TimeLimit, limit_text_zh, parse_limit

limits = st.builds(TimeLimit, st.integers(1, 100_000), st.sampled_from(TimeUnit.values))


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        pytest.param("紧急2小时", 2, "urgent_hour", id="urgent is continuous"),
        pytest.param("紧急工作时2", 2, "urgent_hour", id="unit before amount"),
        pytest.param("2紧急工作时", 2, "urgent_hour", id="urgent outweighs working"),
        pytest.param("2小时（紧急）", 2, "urgent_hour", id="urgent in brackets"),
        pytest.param("紧急1天", 1, "urgent_day", id="urgent day"),
        pytest.param("紧急3个工作日", 3, "urgent_day", id="urgent working day"),
        pytest.param("4工作时", 4, "work_hour", id="working hours"),
        pytest.param("4个工作小时内", 4, "work_hour", id="working hours with 个 and 内"),
        pytest.param("2个工作日", 2, "work_day", id="working days"),
        pytest.param("1天", 1, "work_day", id="a plain day is a working day"),
        pytest.param("4小时", 4, "work_hour", id="plain hours are working hours"),
        pytest.param("十五个工作日以内", 15, "work_day", id="Chinese numeral"),
        pytest.param("两小时", 2, "work_hour", id="两"),
        pytest.param("一百二十天", 120, "work_day", id="hundreds"),
        pytest.param("二〇日", 20, "work_day", id="digits in a row"),
        pytest.param("24自然时", 24, "natural_hour", id="natural hours"),
        pytest.param("7个自然日", 7, "natural_day", id="natural days"),
        pytest.param("３０分钟", 30, "work_minute", id="full-width digits, plain minutes"),
        pytest.param("紧急30分钟", 30, "minute", id="urgent minutes are continuous"),
        pytest.param("1.5小时", 90, "work_minute", id="a part of an hour becomes minutes"),
        pytest.param("半个工作日", 4, "work_hour", id="half a working day is half of eight hours"),
        pytest.param("紧急半天", 12, "urgent_hour", id="half an urgent day is twelve hours"),
    ],
)
def test_a_text_is_read_and_kept(text: str, amount: int, unit: str) -> None:
    assert parse_limit(text) == TimeLimit(amount, unit, text)


def test_a_plain_text_is_continuous_where_the_city_says_so() -> None:
    assert parse_limit("4小时", plain_is_work=False).unit == "natural_hour"
    assert parse_limit("30分钟", plain_is_work=False).unit == "minute"
    assert parse_limit("4工作时", plain_is_work=False).unit == "work_hour"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "state one amount"),
        ("立即", "state one amount"),
        ("1天12小时", "state one amount"),
        ("2个月", "state one unit"),
        ("2", "state one unit"),
        ("2小时工作日", "state one unit"),
        ("3工作自然日", "both working time and natural time"),
        ("紧急3自然日", "both working time and natural time"),
        ("0.001小时", "no whole number of minutes"),
        ("0天", "from 1 to 100,000"),
        ("999999天", "from 1 to 100,000"),
    ],
)
def test_a_text_that_states_no_limit_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        parse_limit(text)


@given(limit=limits)
def test_what_is_written_is_read_back(limit: TimeLimit) -> None:
    again = parse_limit(limit_text_zh(limit))
    assert (again.amount, again.unit) == (limit.amount, limit.unit)


@given(text=st.text(alphabet="紧急自然工作小时分钟天日个半一二十百两内0123456789. ", max_size=12))
def test_any_text_is_a_limit_or_a_refusal(text: str) -> None:
    with suppress(InvalidInput):
        limit = parse_limit(text)
        again = parse_limit(limit_text_zh(limit))
        assert (again.amount, again.unit, limit.text) == (limit.amount, limit.unit, text.strip())


@pytest.mark.parametrize("amount", [0, -1, 100_001, True, 1.5, "2"])
def test_an_amount_is_a_positive_whole_number(amount: object) -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        TimeLimit(amount, "work_day")  # type: ignore[arg-type]  # that is the point


def test_a_unit_is_one_of_the_eight() -> None:
    with pytest.raises(InvalidInput, match="fortnight"):
        TimeLimit(1, "fortnight")


@pytest.mark.parametrize(
    ("unit", "hours", "is_continuous"),
    [
        ("urgent_hour", 2, True),
        ("urgent_day", 48, True),
        ("natural_hour", 2, True),
        ("natural_day", 48, True),
        ("minute", 2 / 60, True),
        ("work_hour", 2, False),
        ("work_minute", 2 / 60, False),
        ("work_day", 15, False),
    ],
)
def test_a_working_day_is_as_long_as_the_calendar_says(unit: str, hours: float, is_continuous: bool) -> None:
    limit = TimeLimit(2, unit)
    assert limit.duration(timedelta(hours=7.5)) == timedelta(hours=hours)
    assert limit.is_continuous is is_continuous
