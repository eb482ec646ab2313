"""What the tests of the registry share: a city with a grid, and parts that can be written."""

from datetime import date

import pytest
import shapely

from cast import CITY, Cast, city_cast  # noqa: F401
from cityloop.assets.rules import NewPart
from cityloop.geography.actions import lay_regular_grid

DAY = date(2026, 1, 1)
WEST, SOUTH = 121.0, 30.0
SHAPE = shapely.Point(WEST + 0.001, SOUTH + 0.001)


def code(number: int, class_code: str = "01001", division: str = CITY) -> str:
    return f"{division}{class_code}{number:06}"


def part(number: int, shape: shapely.Geometry = SHAPE, class_code: str = "01001", **more: str) -> NewPart:
    return NewPart(code(number, class_code), shape, **more)


@pytest.fixture
def gridded(city_cast: Cast) -> Cast:  # noqa: F811
    lay_regular_grid(CITY, WEST, SOUTH, WEST + 0.01, SOUTH + 0.01, 200, date(2020, 1, 1))
    return city_cast
