from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.organisation.rules.calendar_reading import week_of
from cityloop.organisation.rules.calendar_rule import CalendarRule
from cityloop.organisation.rules.calendar_text import (
    days_from_text,
    days_to_text,
    hours_from_text,
    hours_to_text,
    mark_of,
    year_at_a_glance,
)

TEXT = "2026-06-18 08:00-12:00 盘点\n2026-10-01 休 国庆节\n2026-10-10 班 调休"


def test_days_are_written_as_they_are_read() -> None:
    assert days_to_text(days_from_text(TEXT)) == TEXT


def test_empty_lines_and_order_do_not_matter() -> None:
    assert days_from_text("\n".join(reversed(TEXT.splitlines())) + "\n\n") == days_from_text(TEXT)


@pytest.mark.parametrize(
    "line", ["2026-10-01", "10-01 休", "2026-10-01 国庆节", "2026-10-01 8-12", "2026-10-01 盘点 08:00-12:00"]
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        days_from_text(f"{TEXT}\n{line}")
    assert [(fault.field, fault.value) for fault in refusal.value.faults] == [("exceptions.4", line)]


def test_a_day_named_twice_is_refused() -> None:
    with pytest.raises(InvalidInput):
        days_from_text("2026-10-01 休\n2026-10-01 班")


times = st.integers(0, 1439).map(lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}")
exceptions = st.dictionaries(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(date.isoformat),
    st.one_of(
        st.fixed_dictionaries({"kind": st.sampled_from(["holiday", "workday"]), "name": st.sampled_from(["", "节日"])}),
        st.fixed_dictionaries(
            {
                "kind": st.just("spans"),
                "name": st.sampled_from(["", "半 天"]),
                "spans": st.lists(st.lists(times, min_size=2, max_size=2), min_size=1, max_size=3),
            }
        ),
    ),
)


@given(days=exceptions)
def test_whatever_days_differ_survive_being_written(days: dict[str, dict[str, object]]) -> None:
    assert days_from_text(days_to_text(days)) == days


@pytest.mark.parametrize("text", ["08:00-12:00 14:00-18:00", "08:00–12:00, 14:00~18:00", "08:00至12:00，14:00-18:00"])
def test_hours_are_read_as_people_write_them(text: str) -> None:
    assert hours_to_text(hours_from_text(text)) == "08:00-12:00 14:00-18:00"


OFFICE = CalendarRule.from_json(
    {
        "code": "office",
        "version": 1,
        "time_zone": "Asia/Shanghai",
        "weekly": CalendarRule("x", 1, "Asia/Shanghai", week_of("08:00-12:00 14:00-18:00")).to_json()["weekly"],
        "exceptions": days_from_text("2026-06-18 08:00-12:00\n2026-06-20 班\n2026-06-19 休"),
    }
)


@pytest.mark.parametrize(("day", "mark"), [(17, " "), (18, "~"), (19, "休"), (20, "班"), (21, "·")])
def test_a_day_is_marked_by_how_it_differs(day: int, mark: str) -> None:
    assert mark_of(OFFICE, date(2026, 6, day)) == mark


def test_a_year_shows_how_many_days_each_month_is_open() -> None:
    june = year_at_a_glance(OFFICE, 2026).splitlines()[5]
    # 22 weekdays, one of them made a holiday, and a Saturday that is worked
    assert june.startswith("2026-06 [22]  1 ")
    assert "19休 20班 21·" in june


def test_a_year_whose_holidays_are_unknown_says_so() -> None:
    rule = CalendarRule("office", 1, "Asia/Shanghai", week_of("08:00-12:00"), public_holidays=True)
    assert "2099" in year_at_a_glance(rule, 2099).splitlines()[0]
    assert len(year_at_a_glance(rule, 2099).splitlines()) == 13
    assert len(year_at_a_glance(rule, 2025).splitlines()) == 12
