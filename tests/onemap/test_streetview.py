"""Directions on the ground, which picture is shown, how a panorama is cut: laws and tables."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.onemap.rules.squares import BASE, SQUARE_PX, WIDEST_PX, Level, Squares, ends_of, levels_of
from cityloop.onemap.rules.streetview import Near, bearing, headings_along, metres, shown_of, turned

OLD, NEW = date(2024, 3, 1), date(2026, 3, 1)
spots = st.tuples(st.floats(119.99, 120.01), st.floats(29.99, 30.01))


@pytest.mark.parametrize(
    ("end", "looks"),
    [((120.0, 30.001), 0), ((120.001, 30.0), 90), ((120.0, 29.999), 180), ((119.999, 30.0), 270), ((120.0, 30.0), 0)],
)
def test_a_look_is_told_clockwise_from_north(end: tuple[float, float], looks: float) -> None:
    assert bearing((120.0, 30.0), end) == looks


def test_a_thousandth_of_a_degree_is_a_hundred_metres() -> None:
    assert metres((120.0, 30.0), (120.0, 30.001)) == pytest.approx(111.3, abs=0.2)
    assert metres((120.0, 30.0), (120.001, 30.0)) == pytest.approx(96.4, abs=0.2)


@given(start=spots, end=spots)
@settings(max_examples=50)
def test_back_is_the_other_way(start: tuple[float, float], end: tuple[float, float]) -> None:
    if metres(start, end) > 1:
        apart = abs(turned(bearing(start, end) - bearing(end, start)) - 180)
        assert apart <= 0.21
    assert metres(start, end) == pytest.approx(metres(end, start))


@given(st.floats(-1e6, 1e6))
@settings(max_examples=50)
def test_every_angle_lies_within_a_circle(angle: float) -> None:
    assert 0 <= turned(angle) < 360


@pytest.mark.parametrize(
    ("near", "chosen"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([Near(1, 50.1, NEW)], None, id="out of reach"),
        pytest.param([Near(1, 3, OLD), Near(2, 9, OLD)], 1, id="the nearest of a drive"),
        pytest.param([Near(1, 3, OLD), Near(2, 9, NEW)], 2, id="the later drive along the same street"),
        pytest.param([Near(1, 3, OLD), Near(2, 19, NEW)], 1, id="a later drive in another street"),
        pytest.param([Near(2, 3, NEW), Near(1, 3, NEW)], 1, id="two at one spot: always the same one"),
    ],
)
def test_the_newest_of_the_nearest_is_shown(near: list[Near], chosen: int | None) -> None:
    shown = shown_of(near)
    assert (shown.id if shown else None) == chosen


def test_a_drive_looks_ahead_and_at_its_end_as_it_came() -> None:
    way = [(120.0, 30.0), (120.0001, 30.0), (120.0001, 30.0001), (120.5, 30.0), (120.5, 30.0)]
    assert headings_along(way) == [90.0, 0.0, 0.0, None, None]
    assert headings_along([(120.0, 30.0)]) == [None]
    assert headings_along([]) == []


@given(st.integers(1, 20_000))
@settings(max_examples=80)
def test_a_panorama_is_cut_at_sizes_that_a_viewer_takes(width: int) -> None:
    levels = levels_of(width)
    assert (levels == []) == (width <= BASE[0])
    for level in levels:
        assert level.cols & (level.cols - 1) == 0
        assert level.cols <= 64
        assert level.width % (2 * level.cols) == 0
        assert level.side <= SQUARE_PX
        assert level.width <= min(width, WIDEST_PX)
    assert [level.width for level in levels] == sorted(level.width for level in levels)


@given(st.integers(1025, 9000), st.data())
@settings(max_examples=30)
def test_every_square_lies_behind_the_one_before(width: int, data: st.DataObject) -> None:
    levels = levels_of(width)
    count = 1 + sum(level.cols * level.rows for level in levels)
    lengths = data.draw(st.lists(st.integers(1, 90), min_size=count, max_size=count))
    squares = Squares.of(Squares(tuple(levels), ends_of(lengths)).as_json())
    parts = [squares.base] + [
        squares.part(n, col, row) or (0, -1) for n, level in enumerate(levels) for col, row in level.squares()
    ]
    assert [last - first + 1 for first, last in parts] == lengths
    assert parts[0][0] == 0
    assert parts[-1][1] == sum(lengths) - 1
    assert squares.part(len(levels), 0, 0) is None
    assert squares.part(0, levels[0].cols, 0) is None
    assert Level(2048, 4).rows == 2
