import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cityloop.demo.rules.ground.blocks import Use
from cityloop.demo.rules.ground.buildings import ROWS, facing, rows, square_to


def lot(turn: float, wide: float = 140, high: float = 90) -> shapely.Polygon:
    """A lot turned by so many degrees."""
    angle = math.radians(turn)
    turned = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return shapely.Polygon(np.array([(0, 0), (wide, 0), (wide, high), (0, high)]) @ turned)


@pytest.mark.parametrize("turn", [0, 12, -30, 40])
def test_houses_stand_along_the_roads_beside_their_lot(turn: float) -> None:
    way = ROWS[Use.ESTATE][0]
    houses = rows(lot(turn), way, np.random.default_rng(1))
    assert len(houses) > 4
    for house in houses:
        assert math.degrees(square_to(house)) == pytest.approx(turn, abs=0.5)


def test_rows_follow_the_roads_east_and_west_where_the_corners_are_not_square() -> None:
    leaning = shapely.Polygon([(0, 0), (150, 20), (180, 110), (30, 90)])
    assert math.degrees(facing(leaning)) == pytest.approx(math.degrees(math.atan2(20, 150)), abs=0.5)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.floats(-90, 90), st.floats(8, 220), st.floats(8, 160), st.sampled_from(sorted(ROWS)))
def test_no_house_leaves_its_lot_or_stands_in_another(
    seed: int, turn: float, wide: float, high: float, use: Use
) -> None:
    ground = lot(turn, wide, high)
    for way in ROWS[use]:
        houses = rows(ground, way, np.random.default_rng(seed))
        assert shapely.covers(shapely.buffer(ground, 0.01), houses).all()
        assert shapely.is_valid(houses).all()
        one, _other = shapely.STRtree(houses).query(houses, predicate="overlaps")
        assert len(one) == 0
