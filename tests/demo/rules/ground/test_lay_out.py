"""The division of the ground: what holds for every seed is tried on small cities, what a city should be like on the large one."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.demo.rules.ground import FULL, SMALL, Ground, lay_out
from cityloop.geography.rules.shapes import area_m2, column
from cityloop.standards.rules import GridCode

pytestmark = pytest.mark.xdist_group("demo ground")

seeds = st.integers(0, 5)
"""Few, so that the laws are tried on the same cities: each takes a second."""


@cache
def small(seed: int) -> Ground:
    return lay_out(seed, SMALL)


@pytest.fixture(scope="module")
def ground() -> Ground:
    return small(3)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_areas_share_their_borders_without_gap_or_overlap(seed: int) -> None:
    made = small(seed)
    assert len(made.streets) == 4
    assert len(made.communities) == 24
    for areas in (made.streets, made.communities, made.grids):
        shapes = column([area.shape for area in areas])
        assert shapely.is_valid(shapes).all()
        assert set(shapely.get_type_id(shapes).tolist()) == {3}, "each of one piece"
        assert shapely.coverage_is_valid(shapes)
        assert float(area_m2(shapes).sum()) == pytest.approx(float(area_m2(made.district.shape)), abs=1)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_each_unit_grid_has_a_valid_code_and_lies_in_the_community_that_it_names(seed: int) -> None:
    made = small(seed)
    communities = {area.code: area for area in made.communities}
    assert len({grid.code for grid in made.grids}) == len(made.grids)
    for grid in made.grids:
        assert str(GridCode.parse(grid.code)) == grid.code
        around = communities[GridCode.parse(grid.code).community_code]
        assert around.code == grid.parent
        assert around.zone == grid.zone
        assert shapely.covers(around.shape, shapely.point_on_surface(grid.shape))


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_no_building_is_cut_by_a_border_or_stands_in_another_or_in_the_water(seed: int) -> None:
    layout = small(seed).layout
    houses, division = layout.buildings, layout.division
    assert shapely.covers(division.grids[division.grid[houses.face]], houses.shapes).all()
    one, other = shapely.STRtree(houses.shapes).query(houses.shapes, predicate="overlaps")
    assert len(one) == len(other) == 0
    water = shapely.union_all(
        [patch.shape for patch in layout.patches if patch.kind in {"sea", "river", "creek", "lake"}]
    )
    assert not shapely.intersects(water, houses.shapes).any()


def test_each_duty_grid_is_a_connected_walk_in_one_community(ground: Ground) -> None:
    walked = [code for one in ground.duty_grids for code in one.grids]
    assert sorted(walked) == [grid.code for grid in ground.grids]
    shapes = {grid.code: grid.shape for grid in ground.grids}
    for one in ground.duty_grids:
        assert {code[:12] for code in one.grids} == {one.code[1:13]}
        assert shapely.coverage_union_all([shapes[code] for code in one.grids]).geom_type == "Polygon"


def test_each_street_is_made_of_its_six_communities(ground: Ground) -> None:
    for street in ground.streets:
        own = [area for area in ground.communities if area.parent == street.code]
        assert len(own) == 6
        assert all(area.code.startswith(street.code) for area in own)
        assert street.shape.equals(shapely.union_all([area.shape for area in own]))


def test_unit_grids_are_numbered_from_one_without_a_gap(ground: Ground) -> None:
    for community in ground.communities:
        own = [grid.code for grid in ground.grids if grid.parent == community.code]
        assert own == [f"{community.code}{number:03d}" for number in range(1, len(own) + 1)]


def test_the_zones_lie_around_the_centre(ground: Ground) -> None:
    zones = Counter(area.zone for area in ground.communities)
    assert zones == {"core": 8, "normal": 10, "outer": 6}


def test_another_seed_is_another_city() -> None:
    one, again, other = small(1), lay_out(1, SMALL), small(2)
    assert [grid.shape.wkb for grid in one.grids] == [grid.shape.wkb for grid in again.grids]
    assert (shapely.to_wkb(one.layout.buildings.shapes) == shapely.to_wkb(again.layout.buildings.shapes)).all()
    assert [road.name for road in one.layout.roads] == [road.name for road in again.layout.roads]
    assert one.district.shape != other.district.shape


def test_a_small_city_has_its_size() -> None:
    made = lay_out(1, FULL)
    areas = area_m2(column([grid.shape for grid in made.grids]))
    built = np.array([use != "country" for use in made.layout.division.use])
    assert 25e6 < areas[built].sum() < 40e6
    assert 1300 < len(made.grids) < 1900
    assert 15_000 < np.median(areas[built]) < 35_000
    assert 40 <= len(made.duty_grids) <= 65
    assert len(made.layout.buildings) > 8_000
    assert max(Counter(grid.parent for grid in made.grids).values()) < 999
