"""What the map is drawn from, for the whole city: each piece can be written."""

from collections import Counter

import pytest

from cityloop.demo.actions.ground import _map
from cityloop.demo.rules.ground import FULL, lay_out
from cityloop.places.rules import faults_of

pytestmark = pytest.mark.xdist_group("demo ground")


def test_every_road_house_and_area_of_a_full_city_can_be_drawn() -> None:
    ground = _map(lay_out(1, FULL).layout)
    assert faults_of(ground) == []
    assert {road.road_class for road in ground.roads} == {"arterial", "secondary", "lane", "path"}
    assert 2 <= sum(road.is_bridge for road in ground.roads) <= 20
    assert min(Counter(one.kind for one in ground.areas)[kind] for kind in ("water", "park", "farm", "residential")) > 3
