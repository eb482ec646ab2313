"""Which columns hold coordinates, and in what system: guesses by names and numbers."""

import numpy as np
import pytest

from cityloop.geography.rules.columns import Position, gauss_zone, guess_position, guess_system, number_of


@pytest.mark.parametrize(
    ("columns", "row", "position"),
    [
        (("名称", "经度", "纬度"), ("a", "114.3", "30.5"), Position("经度", "纬度")),
        (("id", "POINT_X", "POINT_Y"), ("1", "114.3", "30.5"), Position("POINT_X", "POINT_Y")),
        (("lat", "lng"), ("30.5", "114.3"), Position("lng", "lat")),
        # Chinese surveys call the north x
        (("X坐标", "Y坐标"), ("3376000.1", "514000.2"), Position("Y坐标", "X坐标")),
        (("编号", "甲", "乙"), ("7", "114.31", "30.52"), Position("甲", "乙")),
        (("编号", "甲", "乙"), ("7", "30.52", "114.31"), Position("乙", "甲")),
        (("名称", "图形"), ("a", "POINT (114 30)"), Position(wkt="图形")),
        (("名称", "数量"), ("a", "3"), Position()),
    ],
)
def test_positions_are_found(columns: tuple[str, ...], row: tuple[str, ...], position: Position) -> None:
    assert guess_position(columns, [dict(zip(columns, row, strict=True))]) == position


@pytest.mark.parametrize(
    ("text", "value"),
    [("114.5", 114.5), ("114°30′0″", 114.5), ("30°30'36\"N", 30.51), ("西", float("nan")), ("12°0'0\"W", -12.0)],
)
def test_degrees_are_read_as_people_write_them(text: str, value: float) -> None:
    assert number_of(text) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("east", "north", "middle", "system"),
    [
        (38_514_000.0, 3_376_000.0, None, "EPSG:4526"),
        (514_000.0, 3_376_000.0, 114.2, "EPSG:4547"),
        (514_000.0, 3_376_000.0, None, ""),
        (514_000.0, 9_000_000.0, 114.2, ""),
    ],
)
def test_gauss_zones_with_and_without_prefix(east: float, north: float, middle: float | None, system: str) -> None:
    assert gauss_zone(east, north, middle) == system


def test_a_name_may_tell_that_degrees_are_shifted() -> None:
    x, y = np.array([114.3]), np.array([30.5])
    assert guess_system(["lng_bd09", "lat_bd09"], x, y, None) == "bd09"
    assert guess_system(["高德经度"], x, y, None) == "gcj02"
    assert guess_system(["x"], x, y, None) == "wgs84"
