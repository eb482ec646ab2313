import numpy as np
import pytest
import shapely

from cityloop.geography.rules.checks import Recipe, judge_shape, overlaps, overlaps_within
from cityloop.geography.rules.located import Extent
from geography.conftest import box

VALUES = {"code": "6301200042", "id": "7", "name": "东门"}


@pytest.mark.parametrize(
    ("recipe", "value"),
    [
        pytest.param("code", "6301200042", id="a column"),
        pytest.param("", "", id="nothing"),
        pytest.param("{code[0:6]}000{code[7:10]}", "630120000042", id="cut"),
        pytest.param("{code[-3:]}", "042", id="cut from the end"),
        pytest.param("990101{id:03}", "990101007", id="filled"),
        pytest.param("990101001{#:03}", "990101001012", id="numbered"),
        pytest.param("{name}-{id}", "东门-7", id="joined"),
        pytest.param("{code[0:2]:04}", "0063", id="cut and filled"),
    ],
)
def test_recipe(recipe: str, value: str) -> None:
    assert Recipe(recipe).of(VALUES, 12) == value


def test_a_recipe_names_the_columns_it_needs() -> None:
    assert Recipe("{code[0:6]}{#:03}{id}").columns() == ["code", "id"]
    assert Recipe("BGID").columns() == ["BGID"]
    assert Recipe("").columns() == []


EXTENT = Extent(116.0, 39.0, 116.1, 39.1)
swapped = shapely.transform(box(0, 0, 5, 5), lambda points: points[:, ::-1])


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(None, id="none"),
        pytest.param(shapely.Polygon(), id="empty"),
        pytest.param(shapely.Point(116, 39), id="a point"),
        pytest.param(shapely.LineString([(116, 39), (117, 39)]), id="a line"),
        pytest.param(swapped, id="swapped"),
        pytest.param(shapely.box(500, 39, 501, 40), id="outside the globe"),
        pytest.param(shapely.Polygon([(116, 39), (np.inf, 39), (116, 40)]), id="infinite"),
        pytest.param(shapely.Polygon([(116, 39), (116.01, 39.01), (116, 39)]), id="flat"),
    ],
)
def test_what_cannot_be_an_area_says_why(shape: shapely.Geometry | None) -> None:
    for extent in (EXTENT, None):
        ground = judge_shape(shape, extent, mend=True)
        assert ground.shape is None
        assert ground.why


def test_swapped_axes_are_called_so() -> None:
    assert "swapped" in judge_shape(swapped, EXTENT, mend=True).why
    assert "swapped" in judge_shape(swapped, None, mend=True).why
    zurich_swapped = shapely.box(47.3, 8.5, 47.4, 8.6)
    assert "swapped" in judge_shape(zurich_swapped, Extent(8.4, 47.3, 8.7, 47.5), mend=True).why


def test_a_polygon_that_crosses_itself_is_mended_or_refused_as_asked() -> None:
    bow = shapely.Polygon([(116, 39), (116.01, 39.01), (116.01, 39), (116, 39.01)])
    mended = judge_shape(bow, EXTENT, mend=True)
    assert mended.was_mended
    assert mended.shape.is_valid
    refused = judge_shape(bow, EXTENT, mend=False)
    assert refused.shape is None
    assert "crosses" in refused.why


def test_a_sound_polygon_is_taken_as_a_multipolygon_unmended() -> None:
    ground = judge_shape(box(0, 0, 5, 5), EXTENT, mend=False)
    assert (ground.shape.geom_type, ground.was_mended, ground.why) == ("MultiPolygon", False, "")


def test_overlaps_are_pairs_with_their_area_above_the_tolerance() -> None:
    shapes = np.array([box(0, 0, 5, 5), box(5, 0, 9, 5), box(4, 4, 6, 6), box(20, 20, 21, 21)])
    found = list(overlaps_within(shapes, 1.0))
    assert [(later, earlier) for later, earlier, _area in found] == [(2, 0), (2, 1)]
    assert found[0][2] == pytest.approx(86.3 * 111, rel=0.01)
    assert not list(overlaps_within(shapes, 1e6))
    assert [pair[:2] for pair in overlaps(shapes[:1], shapes[2:], 1.0)] == [(0, 0)]
    assert not list(overlaps(shapes, np.array([], dtype=object), 1.0))
