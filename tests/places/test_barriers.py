"""What a division follows and spares comes from the ground, and from the day's ground only."""

from datetime import date

import pytest
import shapely

from cast import CITY
from cityloop.geography.rules.division import Strength
from cityloop.geography.surroundings import surroundings
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)
LINE = shapely.LineString([(121, 30), (121.01, 30.01)])
BOX = shapely.box(121, 30, 121.01, 30.01)


def test_roads_water_and_buildings_of_the_day_are_told() -> None:
    ground = Ground(
        [NewRoad("arterial", LINE), NewRoad("path", LINE)],
        [NewBuilding(BOX)],
        [NewArea("water", BOX), NewArea("park", BOX)],
    )
    add_ground(CITY, ground, DAY)
    told = surroundings(CITY, DAY)
    assert told.strengths.tolist() == [Strength.ARTERIAL, Strength.PATH]
    assert (len(told.lines), len(told.water), len(told.buildings)) == (2, 1, 1)
    before = surroundings(CITY, date(2025, 1, 1))
    assert (len(before.lines), len(before.water), len(before.buildings), before.loads.shape) == (0, 0, 0, (0, 2))
