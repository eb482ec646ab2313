"""A division is changed by hand: the topology stays, whatever is asked."""

from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography.rules.division.editing import Change, Face, bent, joined, moved, split
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import InvalidInput

ONE, OTHER = "420106001001", "420106001002"


def faces() -> dict[int, Face]:
    """Nine squares of a thousandth of a degree, the eastern three in another community; corners are shared."""
    return {
        row * 3 + column_: Face(
            shapely.box(*(round(each / 1000, 9) for each in (column_, row, column_ + 1, row + 1))),
            OTHER if column_ == 2 else ONE,
            f"{OTHER if column_ == 2 else ONE}{row * 3 + column_ + 1:03}",
        )
        for row in range(3)
        for column_ in range(3)
    }


def after(change: Change) -> dict[int, Face]:
    kept = {key: face for key, face in faces().items() if key not in change.gone}
    return kept | dict(enumerate(change.new, 100))


def is_whole(now: dict[int, Face]) -> bool:
    shapes = column([face.shape for face in now.values()])
    return bool(shapely.coverage_is_valid(shapes)) and float(shapely.area(shapes).sum()) == pytest.approx(9e-6)


def test_a_corner_moves_in_all_faces_that_share_it() -> None:
    change = moved(faces(), (0.001, 0.001), (0.0012, 0.0013))
    assert sorted(change.gone) == [0, 1, 3, 4]
    assert is_whole(after(change))
    assert all(((0.0012, 0.0013) in face.shape.exterior.coords) for face in change.new)


def test_a_border_is_bent() -> None:
    change = bent(faces(), (0.001, 0.001), (0.001, 0.002), (0.0013, 0.0015))
    assert sorted(change.gone) == [3, 4]
    assert is_whole(after(change))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param((0.001, 0.0), (0.001, 0.0001), id="edge of the city"),
        pytest.param((0.002, 0.001), (0.0021, 0.001), id="border of a community"),
        pytest.param((0.001, 0.001), (0.0035, 0.0035), id="across other borders"),
        pytest.param((0.0011, 0.001), (0.001, 0.001), id="no corner"),
    ],
)
def test_what_would_break_the_topology_is_refused(start: Any, end: Any) -> None:
    with pytest.raises(InvalidInput):
        moved(faces(), start, end)


def test_merged_grids_keep_the_code_of_the_one_that_is_most_of_them() -> None:
    change = joined(faces(), [0, 1])
    assert change.gone == (0, 1)
    assert [face.code for face in change.new] == [""]
    assert is_whole(after(change))


@pytest.mark.parametrize("keys", [[0], [1, 2], [0, 4], [0, 77]])
def test_grids_of_two_communities_or_apart_are_not_merged(keys: list[int]) -> None:
    with pytest.raises(InvalidInput):
        joined(faces(), keys)


def test_a_split_puts_its_ends_into_the_neighbours() -> None:
    change = split(faces(), 4, [(0.0013, 0.0005), (0.00135, 0.0025)])
    assert sorted(change.gone) == [1, 4, 7]
    assert is_whole(after(change))
    kept = [face.code for face in change.new if face.code.endswith("005")]
    assert len(kept) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.floats(0.0005, 0.0025)] * 2), st.tuples(*[st.floats(0.0005, 0.0025)] * 2), st.sampled_from(range(9))
)
def test_any_split_keeps_the_cover_or_is_refused(start: Any, end: Any, key: int) -> None:
    try:
        change = split(faces(), key, [start, end])
    except InvalidInput:
        return
    assert is_whole(after(change))


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.floats(0.0, 0.003)] * 2))
def test_any_move_keeps_the_cover_or_is_refused(end: Any) -> None:
    try:
        change = moved(faces(), (0.001, 0.002), end)
    except InvalidInput:
        return
    assert is_whole(after(change))
