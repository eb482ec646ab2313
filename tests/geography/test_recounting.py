"""Figures after a change by hand are those of the whole city measured anew."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import shapely

from cityloop.geography.rules.division import Communities, Surroundings, Wish, measured
from cityloop.geography.rules.division.editing import Change, Face, bent, joined, moved, split
from cityloop.geography.rules.division.measuring import Borders, Each
from cityloop.geography.rules.division.recounting import reach, recounted
from cityloop.geography.rules.shapes import column

CODE = "420106001001"


def square(west: int, south: int, east: int, north: int) -> shapely.Polygon:
    """Thousandths of a degree."""
    return shapely.box(*(round(each / 1000, 9) for each in (west, south, east, north)))


def faces() -> dict[int, Face]:
    return {
        row * 3 + column_: Face(square(column_, row, column_ + 1, row + 1), CODE, is_built=True)
        for row in range(3)
        for column_ in range(3)
    }


CITY = Surroundings(
    lines=column([shapely.linestrings([(0.001, 0), (0.001, 0.003)])]),
    strengths=np.array([4]),
    buildings=column([
        shapely.box(0.0014, 0.0004, 0.0018, 0.0006),
        shapely.box(0.0016, 0.0019, 0.0018, 0.0021),  # on a border from the beginning
        shapely.box(0.0029, 0.0024, 0.0031, 0.0026),  # juts out of the city
    ]),
    loads=np.array([(0.0012, 0.0015), (0.0025, 0.0025), (0.0016, 0.0002)]),
)  # fmt: skip
WISH = Wish()
GROUND = Communities((CODE,), column([square(0, 0, 3, 3)]))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(moved(faces(), (0.001, 0.001), (0.0013, 0.0012)), id="a corner"),
        pytest.param(bent(faces(), (0.001, 0.001), (0.001, 0.002), (0.0014, 0.0015)), id="a border"),
        pytest.param(joined(faces(), [4, 7]), id="a merger that heals a building"),
        pytest.param(split(faces(), 1, [(0.0016, -0.0001), (0.0016, 0.0011)]), id="a cut through a building"),
    ],
)
def test_what_is_counted_around_a_change_is_what_the_whole_city_says(change: Change) -> None:
    gone = [faces()[key] for key in change.gone]
    west, south, east, north = reach([*gone, *change.new], CITY)
    around = shapely.box(west, south, east, north)
    stay = {key: one for key, one in faces().items() if key not in change.gone}
    beside = [one for one in stay.values() if shapely.intersects(one.shape, around)]
    counted = recounted(gone, change.new, beside, CITY)
    before, _each = _measured(list(faces().values()))
    after, each = _measured([*change.new, *stay.values()])
    told = Borders(before["cut_buildings"], before["along_m"], before["inner_m"]).changed(counted.before, counted.after)
    assert told.cut_buildings == after["cut_buildings"]
    assert told.inner_m == pytest.approx(after["inner_m"], abs=0.2)
    assert told.along_m == pytest.approx(after["along_m"], abs=0.2)
    some = len(change.new)
    assert counted.each.parts.tolist() == each.parts[:some].tolist()
    assert counted.each.cuts.tolist() == each.cuts[:some].tolist()
    assert counted.each.area_m2 == pytest.approx(each.area_m2[:some])
    assert counted.each.compact == pytest.approx(each.compact[:some], abs=1e-3)
    assert counted.each.is_built.all()


def _measured(now: list[Face]) -> tuple[dict[str, Any], Each]:
    told, each = measured(column([one.shape for one in now]), tuple(one.community for one in now), GROUND, CITY, WISH)
    return asdict(told), each
