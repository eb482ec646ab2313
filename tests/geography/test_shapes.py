import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from cityloop.geography.rules.shapes import (
    SRID,
    area_m2,
    as_ewkb,
    column,
    mended,
    metres_per_degree,
    polygonal,
)


@pytest.mark.parametrize("lat", [-60.0, 0.0, 30.5, 45.0, 71.0])
def test_areas_are_those_of_the_ellipsoid(lat: float) -> None:
    shape = shapely.segmentize(shapely.Polygon([(114, lat), (114.02, lat + 0.003), (114.015, lat + 0.02)]), 0.0005)
    exact = abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0])
    assert float(area_m2(shape)) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("lat", [0.0, 30.0, 60.0])
def test_a_degree_is_as_long_as_on_the_ellipsoid(lat: float) -> None:
    geod = Geod(ellps="GRS80")
    lon_m, lat_m = metres_per_degree(lat)
    assert lon_m == pytest.approx(geod.inv(0, lat, 0.001, lat)[2] * 1000, rel=1e-6)
    assert lat_m == pytest.approx(geod.inv(0, lat - 0.0005, 0, lat + 0.0005)[2] * 1000, rel=1e-6)


def test_a_bow_tie_is_mended_into_its_two_wings() -> None:
    whole = mended(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    assert whole.is_valid
    assert whole.geom_type == "MultiPolygon"
    assert whole.area == pytest.approx(2.0)


def test_a_line_in_the_shape_of_a_polygon_covers_nothing() -> None:
    assert mended(shapely.Polygon([(0, 0), (1, 1), (0, 0)])).is_empty


def test_only_polygons_are_kept_and_in_two_dimensions() -> None:
    mixed = shapely.GeometryCollection([shapely.Point(9, 9), shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)])])
    kept = polygonal(mixed)
    assert kept.geom_type == "MultiPolygon"
    assert not kept.has_z
    assert kept.bounds == (0, 0, 1, 1)


def test_a_column_of_multipolygons_is_one_dimensional() -> None:
    shapes = [shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])] * 3
    assert column(shapes).shape == (3,)
    assert column([]).shape == (0,)
    assert np.asarray(column(shapes)[0]).item().area == 1


@given(st.lists(st.one_of(
    st.none(),
    st.builds(shapely.Point, st.floats(-180, 180), st.floats(-90, 90)),
    st.builds(shapely.Point, st.floats(-180, 180), st.floats(-90, 90), st.floats(-10, 10)),
    st.sampled_from([shapely.Point(), shapely.MultiPoint([(1, 2)]), shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)]),
), max_size=30))  # fmt: skip
def test_points_are_laid_out_as_geos_does(shapes: list[shapely.Geometry | None]) -> None:
    told = column(shapes)
    expected = shapely.to_wkb(shapely.set_srid(told, SRID), hex=True, include_srid=True)
    assert as_ewkb(told).tolist() == expected.tolist()
