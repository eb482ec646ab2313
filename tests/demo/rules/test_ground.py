import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import CELL_M, LEAST_GRID, Ground, lay_out, point_in, point_near
from cityloop.geography.rules.shapes import area_m2, column, metres_per_degree

seeds = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def ground() -> Ground:
    return lay_out(3)


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_communities_share_their_borders_without_gap_or_overlap(seed: int) -> None:
    made = lay_out(seed)
    shapes = [area.shape for area in made.communities]
    assert len(shapes) == 24
    assert all(shape.is_valid and shape.geom_type == "Polygon" for shape in shapes)
    assert made.district.shape.geom_type == "Polygon"
    assert len(made.district.shape.interiors) == 0
    apart = float(area_m2(column(shapes)).sum())
    assert apart == pytest.approx(float(area_m2(made.district.shape)), abs=1)


def test_each_street_is_made_of_its_six_communities(ground: Ground) -> None:
    for street in ground.streets:
        own = [area for area in ground.communities if area.parent == street.code]
        assert len(own) == 6
        assert all(area.code.startswith(street.code) for area in own)
        assert street.shape.equals(shapely.union_all([area.shape for area in own]))


def test_unit_grids_cover_each_community_and_are_about_as_large_as_they_should_be(ground: Ground) -> None:
    areas = area_m2(column([grid.shape for grid in ground.grids]))
    assert 20_000 < float(np.median(areas)) <= CELL_M**2
    assert float(areas.min()) >= 0.99 * LEAST_GRID * 38_000
    for community in ground.communities:
        own = [place for place, grid in enumerate(ground.grids) if grid.parent == community.code]
        assert float(areas[own].sum()) == pytest.approx(float(area_m2(community.shape)), rel=1e-5)
        assert [ground.grids[place].code for place in own] == [
            f"{community.code}{number:03d}" for number in range(1, len(own) + 1)
        ]


def test_the_zones_lie_around_the_centre(ground: Ground) -> None:
    zones = [area.zone for area in ground.communities]
    assert (zones.count("core"), zones.count("normal"), zones.count("outer")) == (8, 10, 6)


def test_another_seed_is_another_city() -> None:
    assert lay_out(1) == lay_out(1)
    assert lay_out(1).district.shape != lay_out(2).district.shape


@settings(max_examples=20)
@given(seeds)
def test_points_are_drawn_inside(seed: int) -> None:
    triangle = shapely.Polygon([(0, 0), (0.01, 0), (0, 0.01)])
    assert shapely.contains_xy(triangle, *point_in(triangle, chance(seed)))


def test_a_spot_spreads_by_metres() -> None:
    source = chance(1, "spread")
    lon_m, lat_m = metres_per_degree(31.2)
    away = [point_near(123.4, 31.2, 70, source) for _number in range(500)]
    east = np.array([(lon - 123.4) * lon_m for lon, _lat in away])
    north = np.array([(lat - 31.2) * lat_m for _lon, lat in away])
    assert east.std() == pytest.approx(70, rel=0.15)
    assert north.std() == pytest.approx(70, rel=0.15)
