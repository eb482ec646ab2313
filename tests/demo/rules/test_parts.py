from collections import Counter

import numpy as np
import pytest
import shapely

from cityloop.assets.rules import NewPart, faults_of
from cityloop.demo.rules.ground import SMALL, Ground, lay_out, on_earth
from cityloop.demo.rules.mix import SCHEME
from cityloop.demo.rules.parts import parts
from cityloop.demo.rules.staff import UNITS, keeper
from cityloop.geography.rules.shapes import column
from cityloop.standards.queries import package_catalogue

COVERS = {"01001", "01002", "01003", "01004", "01005", "01006", "01007", "01011", "01015"}
POLES = {"01037", "01030", "01031", "01050", "01039"}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return lay_out(1, SMALL)


@pytest.fixture(scope="module")
def made(ground: Ground) -> list[NewPart]:
    known = package_catalogue()
    return parts(1, ground, lambda code, street: keeper(known[f"{SCHEME}/part/{code}"].dept_kind, street))


def test_every_part_can_be_written(made: list[NewPart]) -> None:
    classes = {one.code for one in package_catalogue().values() if one.scheme == SCHEME and one.type == "part"}
    assert faults_of(made, SCHEME, classes, {unit.code for unit in UNITS}) == []
    assert {len(part.code) for part in made} == {17}


def test_they_stand_in_the_city_and_are_of_the_shape_that_their_class_has(ground: Ground, made: list[NewPart]) -> None:
    shapes = column([part.shape for part in made])
    assert shapely.intersects(ground.district.shape, shapes).all()
    drawn = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    known = package_catalogue()
    for part in made:
        assert drawn[part.shape.geom_type] == known[f"{SCHEME}/part/{part.code[6:11]}"].geometry


def test_the_mix_is_that_of_a_city(made: list[NewPart]) -> None:
    share = {code: count / len(made) for code, count in Counter(part.code[6:11] for part in made).items()}
    assert 0.25 <= sum(share.get(code, 0) for code in COVERS) <= 0.38
    assert 0.13 <= sum(share.get(code, 0) for code in POLES) <= 0.25
    assert 0.15 <= share["04002"] + share["04003"] <= 0.32
    assert 0.03 <= share["03005"] <= 0.06


def test_covers_and_lamps_stand_along_roads_and_no_tree_stands_in_a_house_or_the_river(
    ground: Ground, made: list[NewPart]
) -> None:
    layout = ground.layout
    roads = shapely.STRtree(on_earth(column([road.line for road in layout.roads])))
    lamps = column([part.shape for part in made if part.code[6:11] in {"01037", "01003"}])
    near, _road = roads.query(lamps, predicate="dwithin", distance=0.00028)
    assert len(np.unique(near)) == len(lamps)
    trees = column([part.shape for part in made if part.code[6:11] == "04003"])
    river = on_earth(next(patch.shape for patch in layout.patches if patch.kind == "river"))
    assert not shapely.intersects(river, trees).any()
    inside, _house = shapely.STRtree(on_earth(layout.buildings.shapes)).query(trees, predicate="within")
    assert len(inside) == 0


def test_most_are_in_order_and_some_are_not(made: list[NewPart]) -> None:
    states = Counter(part.state for part in made)
    assert 0.94 < states["intact"] / len(made) < 0.98
    assert states["damaged"] > states["lost"] > 0


def test_the_same_seed_makes_the_same_parts(ground: Ground, made: list[NewPart]) -> None:
    known = package_catalogue()
    again = parts(1, ground, lambda code, street: keeper(known[f"{SCHEME}/part/{code}"].dept_kind, street))
    assert [(one.code, one.state, one.shape.wkb) for one in again] == [
        (one.code, one.state, one.shape.wkb) for one in made
    ]
