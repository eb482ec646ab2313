import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules.coordinates import CHINA, check_position, convert, looks_swapped
from cityloop.kernel.errors import InvalidInput

VECTORS = [
    pytest.param((116.391300, 39.907500), (116.397541, 39.908901), (116.403914, 39.915245), id="Beijing"),
    pytest.param((121.473700, 31.230400), (121.478223, 31.228458), (121.484781, 31.234311), id="Shanghai"),
    pytest.param((113.264400, 23.129100), (113.269730, 23.126423), (113.276151, 23.132711), id="Guangzhou"),
    pytest.param((104.066500, 30.572300), (104.069005, 30.569846), (104.075481, 30.575856), id="Chengdu"),
    pytest.param((87.617700, 43.792800), (87.620549, 43.794025), (87.626981, 43.800147), id="Urumqi"),
]
Point = tuple[float, float]

lons_of_china = st.floats(73.4, 135.1)
lats_of_china = st.floats(3.8, 53.6)
systems = st.sampled_from(CoordinateSystem.values)


def metres(one: Point, other: Point) -> float:
    north = (one[1] - other[1]) * 111_320
    east = (one[0] - other[0]) * 111_320 * math.cos(math.radians(one[1]))
    return math.hypot(north, east)


@pytest.mark.parametrize(("wgs84", "gcj02", "bd09"), VECTORS)
def test_the_published_vectors_hold(wgs84: Point, gcj02: Point, bd09: Point) -> None:
    assert convert(*wgs84, "wgs84", "gcj02") == pytest.approx(gcj02, abs=1e-6)
    assert convert(*wgs84, "wgs84", "bd09") == pytest.approx(bd09, abs=1e-6)
    assert convert(*gcj02, "gcj02", "wgs84") == pytest.approx(wgs84, abs=1e-6)
    assert convert(*gcj02, "gcj02", "bd09") == pytest.approx(bd09, abs=1e-6)
    assert convert(*bd09, "bd09", "gcj02") == pytest.approx(gcj02, abs=1e-6)
    assert convert(*bd09, "bd09", "cgcs2000") == pytest.approx(wgs84, abs=1e-6)


@given(lon=lons_of_china, lat=lats_of_china, source=systems, target=systems)
def test_there_and_back_is_within_a_decimetre(lon: float, lat: float, source: str, target: str) -> None:
    there = convert(lon, lat, source, target)
    assert metres(convert(*there, target, source), (lon, lat)) < 0.1


@given(lon=lons_of_china, lat=lats_of_china, source=systems, target=systems)
def test_arrays_give_what_scalars_give(lon: float, lat: float, source: str, target: str) -> None:
    lons, lats = convert(np.array([lon, lon]), np.array([lat, lat]), source, target)
    assert (lons[1], lats[1]) == pytest.approx(convert(lon, lat, source, target), abs=1e-12)


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_wgs84_and_cgcs2000_keep_their_numbers(lon: float, lat: float) -> None:
    assert convert(lon, lat, "wgs84", "cgcs2000") == (lon, lat)
    assert convert(lon, lat, "cgcs2000", "wgs84") == (lon, lat)


@pytest.mark.parametrize("place", [(-118.24, 34.05), (8.54, 47.37), (-0.13, 51.5), (140.0, 36.0), (0.0, 90.0)])
def test_outside_china_gcj02_is_wgs84(place: Point) -> None:
    assert convert(*place, "wgs84", "gcj02") == place
    assert convert(*place, "gcj02", "wgs84") == place
    lons, lats = convert(np.array([place[0]]), np.array([place[1]]), "gcj02", "wgs84")
    assert (lons[0], lats[0]) == place


def test_the_shift_begins_at_the_edge_of_the_published_box() -> None:
    assert convert(CHINA.west, 40.0, "wgs84", "gcj02") != (CHINA.west, 40.0)
    assert convert(CHINA.west - 1e-9, 40.0, "wgs84", "gcj02") == (CHINA.west - 1e-9, 40.0)


def test_an_unknown_number_stays_unknown() -> None:
    lons, lats = convert(np.array([np.nan, 116.3913]), np.array([np.nan, 39.9075]), "wgs84", "gcj02")
    assert np.isnan([lons[0], lats[0]]).all()
    assert (lons[1], lats[1]) == pytest.approx((116.397541, 39.908901), abs=1e-6)


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        convert(116.0, 39.0, "wgs72", "wgs84")
    assert "wgs72" in refusal.value.message
    assert "%(" not in refusal.value.message


@pytest.mark.parametrize("place", [(181.0, 0.0), (0.0, 91.0), (math.nan, 1.0), (1.0, math.inf)])
def test_what_is_no_position_is_refused(place: Point) -> None:
    with pytest.raises(InvalidInput):
        check_position(*place)


def test_swapped_numbers_out_of_range_are_called_swapped() -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_position(39.9, 116.39)
    assert refusal.value.faults[0].value == "39.9, 116.39"
    with pytest.raises(InvalidInput) as other:
        check_position(500.0, 39.9)
    assert refusal.value.message != other.value.message


@pytest.mark.parametrize(
    ("lon", "lat", "swapped"),
    [
        pytest.param(39.9, 116.4, True, id="latitude first"),
        pytest.param(116.4, 39.9, False, id="inside"),
        pytest.param(113.3, 23.1, False, id="another city"),
        pytest.param(39.9, 110.0, False, id="swapped, another city"),
    ],
)
def test_looks_swapped(lon: float, lat: float, swapped: bool) -> None:
    assert looks_swapped(lon, lat, (116.0, 39.5, 117.0, 40.5)) is swapped


def test_a_point_that_fits_both_ways_is_not_called_swapped() -> None:
    assert not looks_swapped(10.2, 10.4, (10.0, 10.0, 11.0, 11.0))
