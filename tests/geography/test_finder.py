"""Points by the million, beside the plain question asked of every shape."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography.rules import finder
from cityloop.geography.rules.finder import NOWHERE, Finder, Floats, Index
from cityloop.geography.rules.shapes import Shapes, column


def plainly(shapes: Shapes, lons: Floats, lats: Floats) -> Index:
    """Ask every shape about every point."""
    found = np.full(len(lons), NOWHERE, dtype=np.int32)
    for index in range(len(shapes) - 1, -1, -1):
        found[shapely.intersects_xy(shapes[index], lons, lats)] = index
    return found


def irregular(side: int, seed: int) -> Shapes:
    """Return ``side * side`` crooked grids that share their borders."""
    chance = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corners = 60 + (corners + chance.uniform(-0.4, 0.4, corners.shape)) / 500
    rings = (corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1])
    return np.asarray(shapely.polygons(np.stack(rings, axis=2).reshape(side * side, 4, 2)))


@pytest.mark.parametrize("per_shape", [1, 9, 64])
def test_it_answers_as_the_shapes_do(monkeypatch: pytest.MonkeyPatch, per_shape: int) -> None:
    monkeypatch.setattr(finder, "SQUARES_PER_SHAPE", per_shape)
    shapes, chance = irregular(20, seed=per_shape), np.random.default_rng(7)
    corners = shapely.get_coordinates(shapes)
    middles = (corners[1:] + corners[:-1]) / 2
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = np.column_stack((chance.uniform(west, east, 5000), chance.uniform(south, north, 5000)))
    points = np.concatenate((corners, middles, anywhere, anywhere + 0.03))
    lons, lats = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    assert np.array_equal(Finder.over(shapes).first(lons, lats), plainly(shapes, lons, lats))


def test_most_points_ask_no_shape() -> None:
    shapes, chance = irregular(20, seed=1), np.random.default_rng(2)
    squares = finder.squares_over(shapes)
    numbers = squares.numbers(chance.uniform(60, 60.04, 20_000), chance.uniform(60, 60.04, 20_000))
    assert np.mean(squares.answers[numbers] <= finder.ON_BORDER) < 0.4


def test_counties_far_apart_get_squares_of_their_own() -> None:
    near, chance = irregular(8, seed=4), np.random.default_rng(5)
    far = np.asarray(shapely.transform(irregular(6, seed=5), lambda points: np.add(points, (11.0, 0.002))))
    north = np.asarray(shapely.transform(irregular(3, seed=6), lambda points: np.add(points, (0.001, 7.0))))
    shapes = np.concatenate((far, near, north))
    clusters = finder.clusters_of(shapes)
    assert sorted(len(cluster) for cluster in clusters) == [9, 36, 64]
    points = np.concatenate([shapely.get_coordinates(shapes), chance.uniform(59.9, 71.2, (5000, 2))])
    lons, lats = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    found = Finder.over(shapes)
    assert np.array_equal(found.first(lons, lats), plainly(shapes, lons, lats))
    assert (
        sum(squares.columns * squares.rows for squares in found._clusters) < 2 * len(shapes) * finder.SQUARES_PER_SHAPE
    )


def test_what_lies_nowhere() -> None:
    found = Finder.over(column([shapely.box(120, 30, 120.1, 30.1)]))
    lons = np.array([119.0, 120.2, 120.05, 120.05, np.nan, np.inf, -np.inf, 1e308])
    lats = np.array([30.05, 30.05, 29.0, 30.2, 30.05, 30.05, np.nan, -1e308])
    assert found.first(lons, lats).tolist() == [NOWHERE] * 8
    assert found.first(np.array([120.0, 120.1]), np.array([30.0, 30.1])).tolist() == [0, 0]


def test_no_shapes_are_nowhere() -> None:
    assert Finder.over(column([])).first(np.array([1.0]), np.array([2.0])).tolist() == [NOWHERE]


small = st.integers(0, 8).map(lambda number: number / 8)
sides = st.tuples(st.integers(0, 7), st.integers(1, 8)).map(lambda two: (two[0] / 8, (two[0] + two[1]) / 8))
boxes = st.tuples(sides, sides).map(lambda two: (two[0][0], two[1][0], two[0][1], two[1][1]))
dots = st.lists(st.tuples(small, small), min_size=1, max_size=30)


@given(st.lists(boxes, min_size=1, max_size=6), dots, st.booleans())
@settings(max_examples=100)
def test_shapes_may_overlap_nest_and_have_holes(
    corners: list[tuple[float, float, float, float]], points: list[tuple[float, float]], is_holed: bool
) -> None:
    shapes = [shapely.box(*four) for four in corners]
    if is_holed:
        shapes[0] = shapely.difference(shapely.box(-0.5, -0.5, 1.5, 1.5), shapes[0])
    lons, lats = (np.array(side) for side in zip(*points, strict=True))
    found = Finder.over(column(shapes)).first(lons, lats)
    assert np.array_equal(found, plainly(column(shapes), lons, lats))
