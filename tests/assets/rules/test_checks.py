"""Which parts cannot be written, and why."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cityloop.assets.rules import NewPart, faults_of

SCHEME = "gb47678_2026"
CODE = "99010101001000001"
HERE = shapely.Point(121.5, 29.9)
CROSSED = shapely.Polygon([(0.1, 0), (1, 1), (1, 0), (0.1, 1)])


def told(*parts: NewPart) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in faults_of(parts, SCHEME, {"01001", "02003"}, {"HW"})]


def test_a_point_a_line_and_a_polygon_can_be_written() -> None:
    line, area = shapely.LineString([(121, 30), (121.1, 30)]), shapely.box(121, 30, 121.1, 30.1)
    parts = [NewPart(f"9901010100100000{n}", shape) for n, shape in enumerate((HERE, line, area), 1)]
    assert told(*parts) == []


@pytest.mark.parametrize(
    ("part", "column"),
    [
        pytest.param(NewPart("9901010100100001", HERE), "code", id="16 digits are of an older scheme"),
        pytest.param(NewPart("990101 01001000001", HERE), "code", id="blanks"),
        pytest.param(NewPart("99010101001000000", HERE), "code", id="numbers begin at 1"),
        pytest.param(NewPart("99010101009000001", HERE), "code", id="a class that the city does not have"),
        pytest.param(NewPart(CODE, HERE, owner="??"), "owner", id="nobody's owner"),
        pytest.param(NewPart(CODE, HERE, keeper="??"), "keeper", id="nobody's keeper"),
        pytest.param(NewPart(CODE, HERE, state="fine"), "state", id="no state"),
        pytest.param(NewPart(CODE, None), "shape", id="no shape"),
        pytest.param(NewPart(CODE, shapely.MultiPoint([(121, 30)])), "shape", id="several points"),
        pytest.param(NewPart(CODE, shapely.Point()), "shape", id="an empty point"),
        pytest.param(NewPart(CODE, shapely.Point(0, 0)), "shape", id="the point that stands for none"),
        pytest.param(NewPart(CODE, shapely.Point(500_000, 3_300_000)), "shape", id="metres for degrees"),
        pytest.param(NewPart(CODE, shapely.Point(float("nan"), 30)), "shape", id="not a number"),
        pytest.param(NewPart(CODE, CROSSED), "shape", id="a border that crosses itself"),
    ],
)
def test_what_is_wrong_is_told_with_its_column(part: NewPart, column: str) -> None:
    assert told(part) == [(0, column)]


def test_a_code_given_twice_is_told_with_the_row_that_has_it() -> None:
    assert told(NewPart(CODE, HERE), NewPart("99010102003000001", HERE), NewPart(CODE, HERE)) == [(2, "code")]


@given(st.lists(st.sampled_from(["good", "code", "shape"]), max_size=20))
def test_each_bad_row_is_told_and_no_good_one(kinds: list[str]) -> None:
    parts = [
        NewPart("1" if kind == "code" else f"99010101001{row + 1:06}", None if kind == "shape" else HERE)
        for row, kind in enumerate(kinds)
    ]
    assert told(*parts) == [(row, kind) for row, kind in enumerate(kinds) if kind != "good"]
