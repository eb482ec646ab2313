"""Coordinate systems, each way: WGS 84, CGCS2000, GCJ-02 and BD-09.

A wrong system moves a point by 300 to 1400 m, into the wrong grid and the wrong department. So a position comes with its
system or not at all, is converted at the door it came through, and is stored as CGCS2000; WGS 84 is taken as equal to it
(they differ by less than the map's accuracy) and its numbers are never touched.

Scalars go through ``math``, arrays through ``numpy``: the same formulas for both.

Source:
    The published constants and formulas (domain/grid-and-codes.md 2.5). The inverse has no formula and is iterated.
"""

import math
from collections.abc import Callable
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules.located import Extent
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed

Floats = NDArray[np.float64]
Move = Callable[[Any, Any], tuple[Any, Any]]

CHINA: Final = Extent(72.004, 0.8293, 137.8347, 55.8271)
"""Outside this published box GCJ-02 equals WGS 84: the shift is not applied there."""

AROUND_CHINA: Final = Extent(CHINA.west - 0.1, CHINA.south - 0.1, CHINA.east + 0.1, CHINA.north + 0.1)
"""No shift reaches farther than this."""

SEMI_MAJOR_M: Final = 6378245.0
ECCENTRICITY_SQUARED: Final = 0.00669342162296594323
ORIGIN: Final = (105.0, 35.0)
BAIDU_STEP: Final = math.pi * 3000 / 180
STEPS: Final = 8
"""Each step of the inverse leaves under 3 % of the error: eight go from 1.4 km to below a nanometre."""


@overload
def convert(lon: float, lat: float, source: str, target: str) -> tuple[float, float]: ...
@overload
def convert(lon: Floats, lat: Floats, source: str, target: str) -> tuple[Floats, Floats]: ...
def convert(lon: Any, lat: Any, source: str, target: str) -> tuple[Any, Any]:
    """Return the position in ``target`` of what stands at ``lon``, ``lat`` in ``source``.

    Args:
        lon: Degrees, finite, a float or an array of any shape; NaN stays NaN.
        lat: As ``lon``.
        source: A ``CoordinateSystem``.
        target: A ``CoordinateSystem``. WGS 84 and CGCS2000 are one: their numbers pass unchanged.

    Raises:
        InvalidInput: A system is unknown.

    A strip of less than 1 km just outside the box ``CHINA`` is ambiguous in GCJ-02: it is read as shifted.
    """
    start, end = (_distance_from_wgs84(system) for system in (source, target))
    while start > end:
        lon, lat = (gcj02_to_wgs84, bd09_to_gcj02)[start - 1](lon, lat)
        start -= 1
    while start < end:
        lon, lat = (wgs84_to_gcj02, gcj02_to_bd09)[start](lon, lat)
        start += 1
    return lon, lat


def _distance_from_wgs84(system: str) -> int:
    """Return how many shifts lie between WGS 84 and ``system``."""
    shifts = {
        CoordinateSystem.WGS84.value: 0,
        CoordinateSystem.CGCS2000.value: 0,
        CoordinateSystem.GCJ02.value: 1,
        CoordinateSystem.BD09.value: 2,
    }
    try:
        return shifts[str(system)]
    except KeyError:
        raise InvalidInput(
            _("“%(system)s” is not a coordinate system we know. Use one of: %(known)s.")
            % {"system": system, "known": listed(CoordinateSystem.values)},
            faults=[Fault("crs", _("is unknown here"), str(system)[:80])],
        ) from None


def wgs84_to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return WGS 84 degrees as GCJ-02; outside ``CHINA`` they are the same."""
    return _only_within(CHINA, _shift, lon, lat)


def gcj02_to_wgs84(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return GCJ-02 degrees as WGS 84, the inverse of ``wgs84_to_gcj02`` to less than a millimetre."""
    return _only_within(AROUND_CHINA, _unshift, lon, lat)


def _unshift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return what the shift moves to ``lon``, ``lat``, or these where that lies outside ``CHINA``: nothing was moved."""
    found_lon, found_lat = _inverse(_shift, lon, lat)
    if not isinstance(lon, np.ndarray):
        return (found_lon, found_lat) if CHINA.holds(found_lon, found_lat) else (lon, lat)
    within = _within(CHINA, found_lon, found_lat)
    return np.where(within, found_lon, lon), np.where(within, found_lat, lat)


def gcj02_to_bd09(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return GCJ-02 degrees as BD-09. As published, this second shift knows no border of China."""
    m = _maths(lon)
    radius = m.sqrt(lon * lon + lat * lat) + 0.00002 * m.sin(lat * BAIDU_STEP)
    angle = (np.arctan2 if m is np else math.atan2)(lat, lon) + 0.000003 * m.cos(lon * BAIDU_STEP)
    return radius * m.cos(angle) + 0.0065, radius * m.sin(angle) + 0.006


def bd09_to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return BD-09 degrees as GCJ-02, the inverse of ``gcj02_to_bd09``."""
    return _inverse(gcj02_to_bd09, lon, lat)


def _maths(value: Any) -> Any:
    return np if isinstance(value, np.ndarray) else math


def _inverse(forward: Move, lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return the point that ``forward`` moves to ``lon``, ``lat``."""
    there_lon, there_lat = lon, lat
    for _step in range(STEPS):
        moved_lon, moved_lat = forward(there_lon, there_lat)
        there_lon, there_lat = there_lon - (moved_lon - lon), there_lat - (moved_lat - lat)
    return there_lon, there_lat


def _within(box: Extent, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return where points lie in ``box``; NaN is in no box."""
    within: NDArray[np.bool_] = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
    return within


def _only_within(box: Extent, move: Move, lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return the points of ``box`` moved, and the others as they came."""
    if not isinstance(lon, np.ndarray):
        return move(lon, lat) if box.holds(lon, lat) else (lon, lat)
    within = _within(box, lon, lat)
    moved_lon, moved_lat = lon.astype(np.float64), lat.astype(np.float64)
    moved_lon[within], moved_lat[within] = move(moved_lon[within], moved_lat[within])
    return moved_lon, moved_lat


def _shift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return ``lon``, ``lat`` moved as GCJ-02 moves them, wherever they lie."""
    m = _maths(lon)
    x, y, pi = lon - ORIGIN[0], lat - ORIGIN[1], math.pi
    root = m.sqrt(abs(x))
    both = (20 * m.sin(6 * x * pi) + 20 * m.sin(2 * x * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both
    east += (20 * m.sin(x * pi) + 40 * m.sin(x / 3 * pi)) * 2 / 3
    east += (150 * m.sin(x / 12 * pi) + 300 * m.sin(x / 30 * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both
    north += (20 * m.sin(y * pi) + 40 * m.sin(y / 3 * pi)) * 2 / 3
    north += (160 * m.sin(y / 12 * pi) + 320 * m.sin(y * pi / 30)) * 2 / 3
    phi = lat / 180 * pi
    magic = 1 - ECCENTRICITY_SQUARED * m.sin(phi) ** 2
    root_magic = m.sqrt(magic)
    lat_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (magic * root_magic) * pi / 180
    lon_m = SEMI_MAJOR_M / root_magic * m.cos(phi) * pi / 180
    return lon + east / lon_m, lat + north / lat_m


def check_position(lon: float, lat: float, field: str = "position") -> None:
    """Refuse what cannot be a position.

    Raises:
        InvalidInput: A number is not finite or lies outside its range; the message names a likely swap.
    """
    if math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
        return
    if abs(lon) <= 90 < abs(lat) <= 180:
        why = _("Longitude and latitude look swapped: send longitude first.")
    else:
        why = _("Longitude must lie between -180 and 180, latitude between -90 and 90.")
    raise InvalidInput(why, faults=[Fault(field, why, f"{lon}, {lat}")])


def looks_swapped(lon: float, lat: float, extent: tuple[float, float, float, float]) -> bool:
    """Whether a point outside ``extent`` (west, south, east, north) would lie inside it with its numbers swapped."""
    box = Extent(*extent)
    return not box.holds(lon, lat) and box.holds(lat, lon)
