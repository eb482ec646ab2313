"""Areas that are drawn: what is taken, and what is refused with what to change."""

import math
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.onemap.rules.areas import MOST_CORNERS, as_geojson, drawn_area

SQUARE = {"type": "Polygon", "coordinates": [[[120, 30], [120.01, 30], [120.01, 30.01], [120, 30.01], [120, 30]]]}
BOW = {"type": "Polygon", "coordinates": [[[120, 30], [120.01, 30.01], [120.01, 30], [120, 30.01], [120, 30]]]}
LINE = {"type": "LineString", "coordinates": [[120, 30], [120.01, 30]]}
ROUND = {
    "type": "Polygon",
    "coordinates": [
        [
            [120 + 0.01 * math.cos(n / 3000 * math.tau), 30 + 0.01 * math.sin(n / 3000 * math.tau)]
            for n in [*range(3000), 0]
        ]
    ],
}


@pytest.mark.parametrize(
    ("area", "buffer_m", "field"),
    [
        pytest.param(None, 0, "area", id="nothing"),
        pytest.param("POLYGON", 0, "area", id="a text"),
        pytest.param({"type": "Polygon", "coordinates": [[[1, 2], [3]]]}, 0, "area", id="half a corner"),
        pytest.param({"type": "Polygon", "coordinates": []}, 0, "area", id="empty"),
        pytest.param({"type": "GeometryCollection", "geometries": [SQUARE]}, 0, "area", id="a collection"),
        pytest.param(BOW, 0, "area", id="crosses itself"),
        pytest.param(ROUND, 0, "area", id="too many corners"),
        pytest.param(LINE, 0, "area", id="a line is no surface"),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[30, 120], [31, 120], [31, 121], [30, 120]]]}, 0, "area", id="axes swapped"
        ),
        pytest.param(
            {"type": "Polygon", "coordinates": [[[100, 30], [120, 30], [120, 31], [100, 30]]]}, 0, "area", id="too wide"
        ),
        pytest.param({"type": "Point", "coordinates": [math.nan, 30]}, 5, "area", id="no number"),
        pytest.param(SQUARE, -1, "buffer_m", id="a negative distance"),
        pytest.param(SQUARE, "far", "buffer_m", id="no distance"),
        pytest.param(SQUARE, 50_000, "buffer_m", id="too far"),
        pytest.param(SQUARE, math.nan, "buffer_m", id="not a number"),
        pytest.param(SQUARE, True, "buffer_m", id="yes is no distance"),
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused_by_its_field(area: Any, buffer_m: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        drawn_area(area, buffer_m)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_a_surface_is_taken_and_so_is_what_lies_about_a_line() -> None:
    assert drawn_area(SQUARE).shape.equals(shapely.box(120, 30, 120.01, 30.01))
    assert drawn_area({"type": "Feature", "geometry": SQUARE, "properties": {}}, "").buffer_m == 0
    assert drawn_area(LINE, "12.5").buffer_m == 12.5


@given(st.integers(3, 60), st.floats(0.001, 1), st.floats(-179, 179), st.floats(-80, 80))
def test_whatever_leaves_as_geojson_comes_back_as_it_was(corners: int, radius: float, lon: float, lat: float) -> None:
    ring = [
        (lon + radius * math.cos(n / corners * math.tau), lat + radius * math.sin(n / corners * math.tau))
        for n in range(corners)
    ]
    made = shapely.Polygon(ring)
    again = drawn_area(as_geojson(made)).shape
    assert shapely.get_num_coordinates(again) == corners + 1 <= MOST_CORNERS
    assert made.hausdorff_distance(again) < 2e-6
