"""Parts are written all or none, each in its grid, by a code that nobody else has."""

import time

import numpy as np
import pytest
import shapely
from django.db import connection

from assets.conftest import CITY, DAY, SOUTH, WEST, code, part
from cast import Cast
from cityloop.assets.actions import add_parts
from cityloop.assets.models import Part
from cityloop.geography.queries import locate
from cityloop.kernel.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db


def test_a_part_is_written_with_its_class_and_its_grid(gridded: Cast) -> None:
    line = shapely.LineString([(WEST + 0.002, SOUTH + 0.002), (WEST + 0.003, SOUTH + 0.002)])
    parts = [part(1, keeper="HW"), part(2, line, "01002", state="damaged")]
    assert add_parts(CITY, parts, DAY) == 2
    one, other = Part.objects.order_by("code")
    assert (one.code, one.class_code, one.scheme, one.keeper) == (code(1), "01001", "gb47678_2026", "HW")
    here = locate(WEST + 0.001, SOUTH + 0.001, DAY)
    assert here is not None
    assert one.unit_grid == here.unit_grid != ""
    assert (other.state, other.geometry.geom_type, other.valid_from) == ("damaged", "LineString", DAY)


def test_a_part_outside_every_grid_has_none(gridded: Cast) -> None:
    add_parts(CITY, [part(1, shapely.Point(100, 20))], DAY)
    assert Part.objects.get().unit_grid == ""


def test_one_bad_part_keeps_all_of_them_out(gridded: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_parts(CITY, [part(1), part(2, owner="nobody")], DAY)
    assert [fault.field for fault in refused.value.faults] == ["1.owner"]
    assert not Part.objects.exists()


def test_a_code_that_a_part_has_is_not_given_again(gridded: Cast) -> None:
    add_parts(CITY, [part(1)], DAY)
    with pytest.raises(InvalidInput) as refused:
        add_parts(CITY, [part(2), part(1)], DAY)
    assert [fault.field for fault in refused.value.faults] == ["1.code"]
    assert Part.objects.count() == 1


def test_no_city_no_parts(db: None) -> None:
    with pytest.raises(NotFound):
        add_parts("119999", [], DAY)


def test_the_mercator_copy_is_kept_by_the_database_to_the_last_digit(gridded: Cast) -> None:
    """WGS 84 and CGCS2000 are never transformed into one another: the copy is Mercator's formula over the same degrees."""
    add_parts(CITY, [part(1, shapely.Point(121.4737, 31.2304))], DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_X(mercator), ST_Y(mercator), ST_X(geometry), ST_Y(geometry) FROM assets_part")
        x, y, lon, lat = cursor.fetchone()
    assert (lon, lat) == (121.4737, 31.2304)
    radius = 6378137.0
    assert x == pytest.approx(radius * np.radians(lon), abs=1e-6)
    assert y == pytest.approx(radius * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)), abs=1e-6)


def test_twenty_thousand_are_a_matter_of_seconds(gridded: Cast) -> None:
    points = shapely.points(np.linspace(WEST, WEST + 0.01, 20_000), SOUTH + 0.005)
    began = time.monotonic()
    assert add_parts(CITY, [part(n, shape) for n, shape in enumerate(points, 1)], DAY) == 20_000
    assert time.monotonic() - began < 30  # not a measurement: one INSERT each would take minutes
