import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cityloop.demo.rules.ground.faces import cut_apart, grown, joined_small, merged, shared_lengths
from cityloop.geography.rules.shapes import column

SQUARE = shapely.LinearRing([(0, 0), (100, 0), (100, 100), (0, 100)])
MIDDLE = shapely.LineString([(50, 0), (50, 100)])
"""Two rooms of 50 by 100 metres."""


def test_lines_that_cross_make_faces_that_know_their_neighbours() -> None:
    faces = cut_apart(column([SQUARE, MIDDLE]))
    assert sorted(shapely.area(faces.shapes)) == [5000, 5000]
    [wall] = np.flatnonzero(faces.of_line == 1)
    assert {int(faces.left[wall]), int(faces.right[wall])} == {0, 1}
    assert ((faces.left < 0) != (faces.right < 0))[faces.of_line == 0].all(), "outside there is nothing"


def test_a_line_that_ends_in_a_room_parts_nothing() -> None:
    faces = cut_apart(column([SQUARE, shapely.LineString([(50, 0), (50, 60)])]))
    assert len(faces.shapes) == 1
    [alley] = np.flatnonzero(faces.of_line == 1)
    assert faces.left[alley] == faces.right[alley] == 0


def test_an_end_a_hair_from_a_line_ends_on_it() -> None:
    faces = cut_apart(column([SQUARE, shapely.LineString([(50, 0.004), (50, 99.996)])]))
    assert len(faces.shapes) == 2


def test_bent_neighbours_keep_one_border() -> None:
    def bend(edges: object) -> object:
        return shapely.transform(shapely.segmentize(edges, 7), lambda xy: xy + np.sin(xy[:, ::-1] / 9))

    faces = cut_apart(column([SQUARE, MIDDLE]), bend)
    assert shapely.coverage_is_valid(faces.shapes)


def test_shared_borders_are_measured_between_groups() -> None:
    faces = cut_apart(column([SQUARE, MIDDLE, shapely.LineString([(0, 30), (50, 30)])]))
    west = shapely.get_coordinates(shapely.centroid(faces.shapes))[:, 0] < 50
    groups = np.where(west, 0, 1)
    assert shared_lengths(faces, groups) == {(0, 1): 100}
    assert sorted(shapely.area(merged(faces.shapes, groups))) == [5000, 5000]


def test_what_is_too_small_joins_the_neighbour_with_the_longest_border() -> None:
    sizes, least = np.array([5.0, 1.0, 5.0]), np.full(3, 2.0)
    shared = {(0, 1): 3.0, (1, 2): 4.0}
    assert joined_small(sizes, least, np.zeros(3, dtype=np.int64), shared).tolist() == [0, 1, 1]
    apart = np.array([0, 0, 1])
    assert joined_small(sizes, least, apart, shared).tolist() == [0, 0, 1], "never across a border that must stay"


def test_small_ones_join_until_they_are_large_enough() -> None:
    sizes, least = np.array([1.0, 1.0, 1.0, 9.0]), np.full(4, 3.0)
    shared = {(0, 1): 2.0, (1, 2): 2.0, (2, 3): 1.0}
    assert joined_small(sizes, least, np.zeros(4, dtype=np.int64), shared).tolist() == [0, 0, 0, 1]


@given(st.integers(2, 7), st.integers(2, 7), st.integers(1, 4))
def test_districts_are_connected_and_leave_nothing_out(wide: int, high: int, count: int) -> None:
    cells = [(x, y) for y in range(high) for x in range(wide)]
    beside = [
        [cells.index(near) for near in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)) if near in cells]
        for x, y in cells
    ]
    district = grown(np.array(cells, dtype=np.float64), np.ones(len(cells)), beside, count)
    assert set(district.tolist()) == set(range(count))
    for number in range(count):
        own = np.flatnonzero(district == number).tolist()
        reached, waiting = set(), [own[0]]
        while waiting:
            one = waiting.pop()
            reached.add(one)
            waiting += [other for other in beside[one] if district[other] == number and other not in reached]
        assert reached == set(own)
