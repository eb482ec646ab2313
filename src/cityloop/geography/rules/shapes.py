"""Polygons: how large they are on the ground, and how to mend them."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.kernel.translation import _

Shapes = NDArray[np.object_]
"""``(n,)`` shapely geometries in degrees, longitude first."""

SRID: Final = 4490
"""CGCS2000, of every geometry column."""

POINT, LINE, POLYGON = 0, 1, 3
"""What shapely calls the kinds of shapes."""

POINT_HEAD: Final = b"\x01\x01\x00\x00\x20"
"""How a point with its coordinate system begins in EWKB, the small end of numbers first."""

EARTH: Final = np.array([180.0, 85.0, 180.0, 85.0])
"""Degrees that a map in Mercator's projection shows, each way."""

SEMI_MAJOR_M: Final = 6378137.0
FLATTENING: Final = 1 / 298.257222101
ECCENTRICITY: Final = math.sqrt(FLATTENING * (2 - FLATTENING))
"""CGCS2000's ellipsoid; WGS 84's differs in the eighth digit."""


def column(shapes: Sequence[Any]) -> Shapes:
    """Return ``(n,)`` shapes; numpy left alone would look inside them."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def as_multi(shapes: Shapes) -> Shapes:
    """Return ``(n,)`` the same shapes, each line and each polygon as the one part of a multiple one; None as None."""
    whole = np.array(shapes, dtype=object)
    kinds = shapely.get_type_id(shapes)
    for kind, several in ((LINE, shapely.multilinestrings), (POLYGON, shapely.multipolygons)):
        single = np.flatnonzero(kinds == kind)
        if len(single):
            whole[single] = several(shapes[single], indices=np.arange(len(single)))
    return whole


def as_ewkb(shapes: Shapes) -> NDArray[np.object_]:
    """Return ``(n,)`` the hex text that a geometry column takes, stamped CGCS2000; None as None."""
    text = np.empty(len(shapes), dtype=object)
    flat = (shapely.get_type_id(shapes) == POINT) & ~shapely.has_z(shapes) & ~shapely.is_empty(shapes)
    text[flat] = _points_as_ewkb(shapes[flat])
    text[~flat] = shapely.to_wkb(shapely.set_srid(shapes[~flat], SRID), hex=True, include_srid=True)
    return text


def _points_as_ewkb(points: Shapes) -> NDArray[np.object_]:
    """Return the same for flat points, laid out here: for a million of them GEOS takes three seconds."""
    rows = np.empty(len(points), dtype=[("head", "S5"), ("srid", "<u4"), ("lon", "<f8"), ("lat", "<f8")])
    rows["head"] = POINT_HEAD
    rows["srid"] = SRID
    rows["lon"], rows["lat"] = shapely.get_x(points), shapely.get_y(points)
    text, width = rows.tobytes().hex().upper(), 2 * rows.itemsize
    return np.array([text[at : at + width] for at in range(0, len(text), width)], dtype=object)


def points_on(shapes: Shapes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``(n,)`` longitudes and ``(n,)`` latitudes of a point on each shape, in degrees; a point's own."""
    points = np.array(shapes, dtype=object)
    others = np.flatnonzero(shapely.get_type_id(shapes) != POINT)
    points[others] = shapely.point_on_surface(shapes[others])
    return shapely.get_x(points), shapely.get_y(points)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return the length in metres of a degree of longitude and of a degree of latitude at ``lat``."""
    phi = math.radians(lat)
    bulge = 1 - (ECCENTRICITY * math.sin(phi)) ** 2
    degree = math.radians(SEMI_MAJOR_M)
    return degree * math.cos(phi) / math.sqrt(bulge), degree * (1 - ECCENTRICITY**2) / bulge**1.5


def area_m2(shapes: Any) -> NDArray[np.float64]:
    """Return the areas on the ellipsoid of ``shapes`` (degrees), in m²: ``(n,)`` for ``(n,)``.

    The equal-area cylinder of the ellipsoid keeps areas exactly; an edge is straight in degrees, as everywhere here.

    Source:
        Snyder, Map Projections (USGS 1395), 3-12 and 10-15.
    """
    area: NDArray[np.float64] = shapely.area(shapely.transform(shapes, _equal_area))
    return area


def _equal_area(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    e = ECCENTRICITY
    sine = np.sin(np.radians(degrees[:, 1]))
    q = (1 - e * e) * (sine / (1 - (e * sine) ** 2) + np.arctanh(e * sine) / e)
    return np.column_stack((SEMI_MAJOR_M * np.radians(degrees[:, 0]), SEMI_MAJOR_M * q / 2))


def unmappable(shapes: Shapes, kinds: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Yield row, reason and text of each shape that no map can show: not of ``kinds``, broken, or nowhere on the ground."""
    kind_fits = np.isin(shapely.get_type_id(shapes), kinds)  # a missing shape has the kind -1
    bounds = shapely.bounds(shapes)  # (n, 4) west, south, east, north; NaN where there is nothing
    with np.errstate(invalid="ignore"):
        on_earth = ((bounds >= -EARTH) & (bounds <= EARTH)).all(axis=1) & (bounds != 0).any(axis=1)
    for row in np.flatnonzero(~kind_fits):
        yield int(row), _("is a shape of another kind, or none"), ""
    for row in np.flatnonzero(kind_fits & ~on_earth):
        yield int(row), _("lies nowhere on the map"), shapely.to_wkt(shapes[row])[:80]
    for row in np.flatnonzero(kind_fits & on_earth & ~shapely.is_valid(shapes)):
        yield int(row), _("is drawn wrongly: its border crosses itself"), shapely.to_wkt(shapes[row])[:80]


def mended(shape: Any) -> Any:
    """Return ``shape`` as a valid multipolygon of the same covered ground; empty where nothing polygonal is left."""
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return polygonal(shape)


def polygonal(shape: Any) -> Any:
    """Return the polygons of ``shape`` as one multipolygon: points and lines fall away, also a third dimension."""
    parts = shapely.get_parts(shapely.get_parts(shapely.force_2d(shape)))
    return shapely.multipolygons(parts[(shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)])
