"""Shapes in any coordinate system into ours. It loads PROJ, never GDAL."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError

from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.files.refused import RefusedFile
from cityloop.geography.rules.coordinates import convert

SHIFTED = {CoordinateSystem.GCJ02.value, CoordinateSystem.BD09.value}
STAMPED_UNCHANGED = {"World Geodetic System 1984", "World Geodetic System 1984 ensemble", "China 2000"}
WORST_M = 2.0
Points = NDArray[np.float64]
"""``(n, 2)`` longitude and latitude in degrees, or east and north in metres."""
Way = Callable[[Points], Points]


class Mover:
    """Moves shapes, batch by batch, from one system into ours.

    WGS 84 and CGCS2000, also projected, are never transformed into one another: a transverse Mercator of CGCS2000 is only
    unrolled. Other datums must be convertible to 2 m: PROJ's guess where it knows no parameters can be 100 m off.
    """

    def __init__(self, crs: str) -> None:
        """Take a system by its name: a ``CoordinateSystem``, an EPSG code, WKT.

        Raises:
            RefusedFile: It is unknown.
        """
        self._ways: list[Way] = []
        self._base: pyproj.CRS | None = None
        self._name = crs
        if crs.lower() in CoordinateSystem.values:
            if crs.lower() in SHIFTED:
                self._ways.append(partial(_unshifted, crs.lower()))
            return
        try:
            source = pyproj.CRS.from_user_input(crs)
        except CRSError as exc:
            raise RefusedFile("unknown_crs", crs[:80], exc) from exc
        base = source.geodetic_crs
        if base is None or base.datum is None:
            raise RefusedFile("unknown_crs", crs[:80])
        self._name = source.name
        if not source.is_geographic:
            self._ways.append(partial(_through, pyproj.Transformer.from_crs(source, base, always_xy=True)))
        if base.datum.name not in STAMPED_UNCHANGED:
            self._base = base

    def moved(self, shapes: Any) -> Any:
        """Return ``(n,)`` shapes in degrees of ours, in two dimensions; None stays None.

        Raises:
            RefusedFile: The system cannot be converted to within ``WORST_M``.
        """
        shapes = shapely.force_2d(shapes)
        for way in self._ways:
            shapes = shapely.transform(shapes, way)
        if self._base is None:
            return shapes
        bounds = shapely.total_bounds(shapes)
        if np.isnan(bounds).any():
            return shapes
        self._ways.append(partial(_through, _exact(self._base, bounds, self._name)))
        self._base = None  # the first shapes say where on the earth it is: all of a file lie there
        return shapely.transform(shapes, self._ways[-1])


def _exact(base: pyproj.CRS, bounds: Points, name: str) -> pyproj.Transformer:
    """Return the way from ``base`` to WGS 84 whose parameters were made for the whole of ``bounds``."""
    try:
        return pyproj.Transformer.from_crs(
            base,
            "EPSG:4326",
            always_xy=True,
            area_of_interest=AreaOfInterest(*bounds.tolist()),  # type: ignore[arg-type] # the stub names a class that is not there
            allow_ballpark=False,
            accuracy=WORST_M,
        )
    except ProjError as exc:
        raise RefusedFile("inexact_crs", name, exc) from exc


def _unshifted(system: str, points: Points) -> Points:
    return np.column_stack(convert(points[:, 0], points[:, 1], system, CoordinateSystem.CGCS2000))


def _through(transformer: pyproj.Transformer, points: Points) -> Points:
    return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
