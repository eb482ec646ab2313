"""Polygons: how large they are on the ground, and how to mend them."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
"""``(n,)`` shapely geometries in degrees, longitude first."""

SEMI_MAJOR_M: Final = 6378137.0
FLATTENING: Final = 1 / 298.257222101
ECCENTRICITY: Final = math.sqrt(FLATTENING * (2 - FLATTENING))
"""CGCS2000's ellipsoid; WGS 84's differs in the eighth digit."""


def column(shapes: Sequence[Any]) -> Shapes:
    """Return ``(n,)`` shapes; numpy left alone would look inside them."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


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


def mended(shape: Any) -> Any:
    """Return ``shape`` as a valid multipolygon of the same covered ground; empty where nothing polygonal is left."""
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return polygonal(shape)


def polygonal(shape: Any) -> Any:
    """Return the polygons of ``shape`` as one multipolygon: points and lines fall away, also a third dimension."""
    parts = shapely.get_parts(shapely.get_parts(shapely.force_2d(shape)))
    return shapely.multipolygons(parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)])
