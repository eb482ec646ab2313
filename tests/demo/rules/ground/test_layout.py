from collections import Counter

import numpy as np
import pytest
import shapely

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import SMALL, Layout, RoadClass, Use, survey
from cityloop.demo.rules.ground.extent import Bend


@pytest.fixture(scope="module")
def layout() -> Layout:
    return survey(5, SMALL)


def test_there_are_roads_of_every_class_and_all_but_paths_have_names(layout: Layout) -> None:
    assert {road.kind for road in layout.roads} == set(RoadClass)
    assert all(bool(road.name) == (road.kind is not RoadClass.PATH) for road in layout.roads)
    named = Counter((road.name, road.kind) for road in layout.roads if road.name)
    assert set(named.values()) == {1}


def test_the_river_has_bridges_and_streets_without_a_bridge_stop_at_its_bank(layout: Layout) -> None:
    river = next(patch.shape for patch in layout.patches if patch.kind == "river")
    over = {road.kind for road in layout.roads if shapely.length(shapely.intersection(road.line, river)) > 5}
    assert over == {RoadClass.MAIN}
    bridges = [road for road in layout.roads if shapely.length(shapely.intersection(road.line, river)) > 5]
    assert 1 <= len(bridges) < sum(road.kind is RoadClass.MAIN for road in layout.roads) / 2


def test_the_whole_of_a_city_is_there(layout: Layout) -> None:
    assert {Use.OLD, Use.ESTATE, Use.TOWER, Use.INDUSTRY, Use.PARK, Use.BANK, Use.COUNTRY, Use.SQUARE} <= set(
        layout.uses
    )
    kinds = {patch.kind for patch in layout.patches}
    assert {"sea", "river", "creek", "lake", "park", "green", "farm"} <= kinds
    assert all(shapely.is_valid(patch.shape) for patch in layout.patches)


def test_it_is_denser_in_the_old_quarter_than_in_new_estates_and_in_the_country(layout: Layout) -> None:
    lots, houses = shapely.area(layout.lots), shapely.area(layout.buildings.shapes)

    def covered(use: Use) -> float:
        own = np.array([one is use for one in layout.uses])
        return float(houses[own[layout.buildings.face]].sum() / lots[own].sum())

    assert covered(Use.OLD) > 1.5 * covered(Use.ESTATE) > 6 * covered(Use.COUNTRY)


def test_what_is_bent_can_be_found_on_the_plan_again() -> None:
    bend = Bend(SMALL, chance(2, "bend"))
    plan = np.array([(0.0, 0.0), (400.0, 300.0), (-900.0, 700.0), (1200.0, -1000.0)])
    assert np.abs(bend.back(bend(plan)) - plan).max() < 1.0
