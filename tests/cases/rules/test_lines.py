"""A line of figures by day, drawn."""

from datetime import date, timedelta

import pytest

from cityloop.cases.rules.lines import Series, line_drawing

DAYS = [date(2026, 7, 1) + timedelta(days=n) for n in range(31)]


@pytest.mark.parametrize(("most", "top"), [(0, 1), (3, 3), (5, 5), (9, 10), (199, 200), (201, 250), (7001, 8000)])
def test_the_axis_ends_at_a_round_figure_above_the_largest(most: int, top: int) -> None:
    drawing = line_drawing("Reported", DAYS, [Series("Reported", [most] * 31)])
    assert f">{top}</text>" in drawing


def test_names_are_data_never_markup() -> None:
    drawing = line_drawing('a"<b>', DAYS, [Series("<script>", [1] * 31)])
    assert "<b>" not in drawing
    assert "<script>" not in drawing


def test_a_line_without_a_value_for_each_day_is_refused() -> None:
    with pytest.raises(ValueError, match="a value for each"):
        line_drawing("x", DAYS, [Series("x", [1])])
    with pytest.raises(ValueError, match="two days"):
        line_drawing("x", DAYS[:1], [Series("x", [1])])
