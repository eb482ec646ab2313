import re
from collections import Counter

import pytest
import shapely

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import SMALL, Ground, Use, lay_out
from cityloop.demo.rules.whereabouts import Place, Whereabouts


@pytest.fixture(scope="module")
def ground() -> Ground:
    return lay_out(1, SMALL)


@pytest.fixture(scope="module")
def where(ground: Ground) -> Whereabouts:
    return Whereabouts(ground)


@pytest.fixture(scope="module")
def places(where: Whereabouts) -> list[Place]:
    source = chance(1, "places")
    return [where.draw(source) for _number in range(1500)]


def test_places_lie_at_kerbs_in_the_community_that_they_name(ground: Ground, places: list[Place]) -> None:
    for place in places:
        assert shapely.contains_xy(ground.communities[place.community].shape, place.lon, place.lat)
        road = ground.layout.roads[place.road]
        assert shapely.distance(road.line, shapely.Point(place.x, place.y)) < 35


def test_more_happens_where_the_town_is_busy(ground: Ground, places: list[Place]) -> None:
    uses = Counter(ground.layout.uses[place.face] for place in places)
    assert uses[Use.COUNTRY] < 0.06 * len(places)
    assert uses[Use.OLD] > uses[Use.INDUSTRY]


def test_a_place_can_be_asked_for_before_ground_of_a_use(ground: Ground, where: Whereabouts) -> None:
    source = chance(2, "places")
    drawn = {ground.layout.uses[where.draw_before([Use.SCHOOL, Use.MARKET], source).face] for _number in range(60)}
    assert drawn == {Use.SCHOOL, Use.MARKET}


def test_an_address_names_the_community_and_a_road(ground: Ground, where: Whereabouts, places: list[Place]) -> None:
    source = chance(3, "said")
    said = [where.say(place, source) for place in places]
    for place, text in zip(places, said, strict=True):
        assert ground.communities[place.community].name in text
        assert ground.layout.roads[place.road].name in text
    assert sum("交叉口" in text for text in said) > 100
    assert sum(bool(re.search(r"\d+号", text)) for text in said) > 500


def test_houses_are_odd_on_one_side_and_even_on_the_other(where: Whereabouts) -> None:
    sides = {
        (kerb.is_left, where._at(kerb, 0.5, chance(1, number)).number % 2)
        for number, kerb in enumerate(where.kerbs[:400])
    }
    assert sides <= {(True, 1), (False, 0)}


def test_what_lies_near_lies_near(where: Whereabouts, places: list[Place]) -> None:
    source = chance(4, "near")
    away = [shapely.distance(shapely.Point(one.x, one.y), shapely.Point(near.x, near.y))
            for one in places[:200] for near in [where.near(one, 55, source)]]  # fmt: skip
    assert 20 < sum(away) / len(away) < 110
    aside = where.at(places[0].lon, places[0].lat, 3.0, 4.0)
    assert aside.community == places[0].community
    assert abs(aside.lon - places[0].lon) < 0.0001
