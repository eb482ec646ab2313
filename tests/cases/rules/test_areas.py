"""Areas as people paste them."""

import json
from typing import Any

import pytest

from cityloop.cases.rules import areas
from cityloop.cases.rules.areas import read_area
from cityloop.geography.rules import Extent
from cityloop.kernel.errors import InvalidInput

CITY = Extent(120.0, 30.0, 120.1, 30.1)


def square(west: float, south: float, side: float = 0.01) -> dict[str, Any]:
    east, north = west + side, south + side
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def feature(geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


ONE, TWO = square(120.0, 30.0), square(120.02, 30.0)


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        pytest.param(ONE, 1, id="a polygon"),
        pytest.param({"type": "MultiPolygon", "coordinates": [ONE["coordinates"], TWO["coordinates"]]}, 2, id="several"),
        pytest.param(feature(ONE), 1, id="a feature"),
        pytest.param({"type": "FeatureCollection", "features": [feature(ONE), feature(TWO)]}, 2, id="features"),
        pytest.param({"type": "GeometryCollection", "geometries": [ONE, ONE]}, 1, id="what lies on itself is one"),
        pytest.param(ONE | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}}, 1, id="CGCS2000"),
    ],
)  # fmt: skip
def test_an_area_is_read_however_it_is_wrapped(data: Any, parts: int) -> None:
    area = read_area(json.dumps(data), CITY)
    assert (area.geom_type, len(area.geoms), area.is_valid) == ("MultiPolygon", parts, True)
    assert read_area(json.dumps(data), None).equals(area)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON (1:2)"),
        ("[" * 100_000, "is not JSON"),
        ("7", "is not GeoJSON"),
        ("{}", "made of polygons"),
        ('{"type": "FeatureCollection"}', "“features” must be a list"),
        ('{"type": "FeatureCollection", "features": []}', "holds no polygon"),
        (json.dumps(feature(None)), "made of polygons"),
        (json.dumps({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}), "made of polygons"),
        ('{"type": "Polygon"}', "coordinates that make no polygon"),
        ('{"type": "Polygon", "coordinates": [[["a", "b"]]]}', "coordinates that make no polygon"),
        ('{"type": "Polygon", "coordinates": []}', "has no shape"),
        (json.dumps(square(30.0, 120.0)), "look swapped"),
        (json.dumps(square(121.0, 31.0)), "lies outside the city"),
        (json.dumps({"type": "Polygon", "coordinates": [[[120, 30], [120.1, 30.1], [120.1, 30], [120, 30.1], [120, 30]]]}),
         "crosses or touches itself"),
        (json.dumps(ONE | {"crs": {"properties": {"name": "EPSG:3857"}}}), "another system"),
        (json.dumps(ONE | {"crs": "GCJ02"}), "another system"),
        (" " * (areas.MOST_CHARACTERS + 1), "is longer than"),
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_area(text, CITY)
    assert why in refused.value.message


def test_a_border_of_too_many_points_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "MOST_POINTS", 4)
    with pytest.raises(InvalidInput, match="5 points"):
        read_area(json.dumps(ONE), CITY)
