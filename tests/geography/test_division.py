"""Automatic division: laws that hold for any small city, and what a person would ask of a known one."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.geography.rules.division import (
    Communities,
    Strength,
    Surroundings,
    Wish,
    codes_of,
    nothing,
    propose,
    quality_of,
    reading_order,
    staying,
)
from cityloop.geography.rules.division.faces import segments_of
from cityloop.geography.rules.shapes import column
from cityloop.kernel.errors import InvalidInput

LON, LAT = 114.3, 30.5
DEGREE_X, DEGREE_Y = 95_900.0, 110_860.0
"""Metres of a degree there, near enough to write a city in metres."""

COMMUNITY = "420106001001"


def on_earth(shapes: Any) -> Any:
    return shapely.transform(shapes, lambda at: at / (DEGREE_X, DEGREE_Y) + (LON, LAT))


def city(
    lines: list[Any] | None = None, buildings: list[Any] | None = None, water: list[Any] | None = None, loads: Any = ()
) -> Surroundings:
    lines = lines or []
    return Surroundings(
        on_earth(column(lines)),
        np.full(len(lines), int(Strength.LOCAL)),
        on_earth(column(water or [])),
        on_earth(column(buildings or [])),
        np.array(loads, dtype=float).reshape(-1, 2) / (DEGREE_X, DEGREE_Y) + (LON, LAT),
    )


def communities(*boxes: Any) -> Communities:
    codes = tuple(f"420106001{number:03}" for number in range(1, len(boxes) + 1))
    return Communities(codes, on_earth(column(list(boxes))))


points = st.tuples(st.integers(-50, 650), st.integers(-50, 450))
roads = st.lists(st.tuples(points, points).filter(lambda ends: ends[0] != ends[1]), max_size=8)
houses = st.lists(
    st.tuples(st.integers(0, 560), st.integers(0, 360), st.integers(5, 60), st.integers(5, 60), st.integers(0, 89)),
    max_size=12,
)
splits = st.integers(150, 450)


@settings(max_examples=25, deadline=None)
@given(roads=roads, houses=houses, split=splits, tilt=st.integers(-60, 60), pond=st.none() | points)
def test_any_city_is_covered_once_and_no_building_is_cut(
    roads: Any, houses: Any, split: int, tilt: int, pond: Any
) -> None:
    west = shapely.Polygon([(0, 0), (split, 0), (split + tilt, 400), (0, 400)])
    east = shapely.Polygon([(split, 0), (600, 0), (600, 400), (split + tilt, 400)])
    two = communities(west, east)
    around = city(
        [shapely.LineString(ends) for ends in roads],
        [
            shapely.affinity.rotate(shapely.box(x, y, x + wide, y + high), turn, origin=(x, y))
            for x, y, wide, high, turn in houses
        ],
        [shapely.Point(pond).buffer(70)] if pond else [],
    )
    proposal = propose(two, around, Wish())
    assert shapely.coverage_is_valid(proposal.shapes)
    assert shapely.is_valid(proposal.shapes).all()
    told = quality_of(proposal.shapes, proposal.communities, two, around, Wish())
    assert told.overlap_m2 == 0
    assert told.gap_m2 < 10  # half a centimetre along the edge of the city
    assert told.cut_buildings == 0
    for code, shape in zip(proposal.communities, proposal.shapes, strict=True):
        border = two.shapes[two.codes.index(code)]
        assert shapely.area(shapely.difference(shape, border)) * DEGREE_X * DEGREE_Y < 10


def test_streets_become_borders() -> None:
    streets = [shapely.LineString([(x, -5), (x, 305)]) for x in (100, 200)]
    streets += [shapely.LineString([(-5, y), (305, y)]) for y in (100, 200)]
    proposal = propose(communities(shapely.box(0, 0, 300, 300)), city(streets), Wish())
    assert len(proposal.shapes) == 9
    assert shapely.area(proposal.flat) == pytest.approx(np.full(9, 10_000), rel=0.02)


def test_a_border_goes_around_a_house_that_stands_in_its_way() -> None:
    house = shapely.box(90, 40, 112, 60)
    around = city([shapely.LineString([(100, -5), (100, 105)])], [house])
    one = communities(shapely.box(0, 0, 200, 100))
    proposal = propose(one, around, Wish())
    assert len(proposal.shapes) == 2
    told = quality_of(proposal.shapes, proposal.communities, one, around, Wish())
    assert (told.cut_buildings, told.cut_by_communities) == (0, 0)
    assert told.along == pytest.approx(1.0)


def test_a_building_that_juts_out_of_the_city_is_not_laid_to_the_division() -> None:
    fork = shapely.box(10, -20, 90, -5).union(shapely.box(10, -10, 30, 40)).union(shapely.box(70, -10, 90, 40))
    one = communities(shapely.box(0, 0, 200, 100))
    around = city([shapely.LineString([(50, -5), (50, 105)])], [fork])
    proposal = propose(one, around, Wish(built_m2=5_000))
    told = quality_of(proposal.shapes, proposal.communities, one, around, Wish())
    assert (told.cut_buildings, told.cut_by_communities) == (0, 1)


def test_a_road_inside_a_building_divides_nothing() -> None:
    hall = shapely.box(20, 20, 80, 80)
    proposal = propose(
        communities(shapely.box(0, 0, 100, 100)), city([shapely.LineString([(40, 40), (60, 60)])], [hall]), Wish()
    )
    assert len(proposal.shapes) == 1


def test_open_ground_is_divided_more_coarsely() -> None:
    village = [shapely.box(x, y, x + 20, y + 12) for x in range(20, 280, 40) for y in range(20, 280, 30)]
    proposal = propose(communities(shapely.box(0, 0, 1500, 300)), city([], village), Wish())
    middle = shapely.get_x(shapely.centroid(proposal.flat))
    area = shapely.area(proposal.flat)
    assert np.median(area[middle < 250]) == pytest.approx(10_000, rel=0.4)
    assert np.median(area[middle > 500]) > 50_000


def test_where_many_parts_stand_grids_are_smaller() -> None:
    chance = np.random.default_rng(1)
    parts = np.vstack((chance.uniform((0, 0), (300, 300), (900, 2)), chance.uniform((300, 0), (600, 300), (100, 2))))
    one = communities(shapely.box(0, 0, 600, 300))
    plain = propose(one, city(loads=parts), Wish(load_weight=0))
    fair = propose(one, city(loads=parts), Wish(load_weight=0.6))
    spread = [
        quality_of(each.shapes, each.communities, one, city(loads=parts), Wish()).load_spread for each in (plain, fair)
    ]
    assert spread[1] < 0.8 * spread[0]


def test_a_community_gets_no_more_grids_than_it_may() -> None:
    proposal = propose(communities(shapely.box(0, 0, 2000, 1000)), city(), Wish(most=20))
    assert len(proposal.shapes) <= 30


def test_narrow_ground_between_carriageways_is_no_grid() -> None:
    streets = [shapely.LineString([(-5, y), (805, y)]) for y in (98, 106)]
    streets += [shapely.LineString([(x, -5), (x, 98)]) for x in (100, 200, 300, 400, 500, 600, 700)]
    streets += [shapely.LineString([(x, 106), (x, 205)]) for x in (100, 200, 300, 400, 500, 600, 700)]
    proposal = propose(communities(shapely.box(0, 0, 800, 204)), city(streets), Wish())
    width = 2 * shapely.area(proposal.flat) / shapely.length(proposal.flat)
    assert len(proposal.shapes) == 16
    assert width.min() > 30


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish(built_m2=10), "built_m2"),
        (Wish(open_m2=float("nan")), "open_m2"),
        (Wish(built_m2=50_000, open_m2=20_000), "open_m2"),
        (Wish(load_weight=2), "load_weight"),
        (Wish(most=1000), "most"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: Wish, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        wish.checked()
    assert [fault.field for fault in refused.value.faults] == [field]


def test_without_communities_it_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="import them first"):
        propose(Communities((), nothing()), Surroundings(), Wish())


def test_numbers_run_from_west_to_east_and_from_north_to_south() -> None:
    boxes = column([shapely.box(x, y, x + 1, y + 1) for y in (0, 1, 2) for x in (2, 0, 1)])
    assert reading_order(boxes).tolist() == [7, 8, 6, 4, 5, 3, 1, 2, 0]


def test_a_number_that_was_used_is_not_given_again() -> None:
    boxes = column([shapely.box(x, 0, x + 1, 1) for x in range(3)])
    codes = codes_of(boxes, [COMMUNITY] * 3, {1: f"{COMMUNITY}002"}, [f"{COMMUNITY}007"])
    assert codes == [f"{COMMUNITY}008", f"{COMMUNITY}002", f"{COMMUNITY}009"]
    with pytest.raises(InvalidInput) as refused:
        codes_of(boxes, [COMMUNITY] * 3, {}, [f"{COMMUNITY}997"])
    assert refused.value.faults[0].value == COMMUNITY


def test_a_grid_that_stays_nearly_as_it_was_keeps_its_code() -> None:
    old = column([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    new = column([shapely.box(0, 0, 1.1, 1), shapely.box(1.1, 0, 1.5, 1), shapely.box(1.5, 0, 2, 1)])
    kept = staying(new, [COMMUNITY] * 3, old, [f"{COMMUNITY}001", f"{COMMUNITY}002"])
    assert kept == {0: f"{COMMUNITY}001"}


def test_each_border_has_two_sides() -> None:
    boxes = column([shapely.box(0, 0, 1, 1), shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0)])])
    segments = segments_of(boxes)
    shared = segments.other >= 0
    assert shared.sum() == 1
    assert segments.ends[shared].tolist() in ([[1, 0, 1, 1]], [[1, 1, 1, 0]])
