"""What is asked of the heat of cases, and its steps of time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.heat import MOST_STEPS, UNITS, Window, begin_of, heat_asked
from cityloop.kernel.errors import InvalidInput

TODAY = date(2026, 5, 7)
BOX = "120,30,120.1,30.1"


@pytest.mark.parametrize(
    ("window", "first", "steps", "last"),
    [
        pytest.param("day", "2026-04-08", 30, "2026-05-07", id="a day by days"),
        pytest.param("week", "2026-02-07", 90, "2026-05-07", id="a week by days"),
        pytest.param("month", "2025-05-05", 53, "2026-05-04", id="four weeks by weeks, from Mondays"),
        pytest.param("year", "2021-05-01", 61, "2026-05-01", id="a year by months, from the first"),
    ],
)
def test_without_days_a_window_looks_back_as_far_as_it_needs(window: str, first: str, steps: int, last: str) -> None:
    found = heat_asked(BOX, window, "", "", {}, TODAY).steps
    assert (found[0].isoformat(), len(found), found[-1].isoformat()) == (first, steps, last)


@given(st.dates(date(1971, 1, 1), date(2150, 1, 1)), st.integers(0, 390), st.sampled_from(list(Window)))
def test_every_day_asked_for_lies_in_one_step(first: date, more: int, window: Window) -> None:
    last = first + timedelta(days=more)
    steps = heat_asked(BOX, window, first.isoformat(), last.isoformat(), {}, TODAY).steps
    assert steps == sorted(set(steps))
    assert len(steps) <= MOST_STEPS + 1
    for day in (first, last, first + timedelta(days=more // 2)):
        assert begin_of(UNITS[window], day) in steps


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param({"box": "120,30"}, "bbox", id="half a box"),
        pytest.param({"box": "121,30,120,31"}, "bbox", id="a box that is inside out"),
        pytest.param({"window": "hour"}, "window", id="a window that there is not"),
        pytest.param({"first": "yesterday"}, "since", id="no day"),
        pytest.param({"first": "2026-05-08"}, "since", id="begins after it ends"),
        pytest.param({"first": "2020-01-01"}, "since", id="six years by days"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(asked: dict[str, str], field: str) -> None:
    given = {"box": BOX, "window": "week", "first": "", "last": "", **asked}
    with pytest.raises(InvalidInput) as refusal:
        heat_asked(**given, only={}, today=TODAY)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_a_narrower_box_has_smaller_cells() -> None:
    wide, narrow = (heat_asked(box, "week", "", "", {}, TODAY).zoom for box in ("119,29,121,31", BOX))
    assert wide < narrow
