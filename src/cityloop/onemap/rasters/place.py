"""In what system a picture lies, and where on the earth that is. It loads PROJ, never GDAL."""

import re
from typing import Final

import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError

from cityloop.onemap.rasters.refused import RefusedPicture

WORST_M: Final = 2.0
STAMPED_UNCHANGED: Final = {"World Geodetic System 1984", "World Geodetic System 1984 ensemble", "China 2000"}
"""Datums whose numbers are one for a map: never transformed into one another."""

SHIFTED: Final = re.compile(r"gcj[-_ ]?0?2|bd[-_ ]?0?9|火星|百度|高德", re.IGNORECASE)
PLAIN: Final = {"cgcs2000": "EPSG:4490", "wgs84": "EPSG:4326"}
DENSE: Final = 21
"""Points along an edge: a straight edge of a zone is a bent one in degrees."""

Bounds = tuple[float, float, float, float]


def system_of(name: str) -> pyproj.CRS:
    """Return the system of a name: an EPSG code, WKT, ``cgcs2000`` or ``wgs84``.

    Raises:
        RefusedPicture: It is unknown, or shifted against all others, or no system of the ground.
    """
    if SHIFTED.search(name):
        raise RefusedPicture("shifted", name)
    text = PLAIN.get(name.strip().lower(), name.strip())
    if text.isdigit():
        text = f"EPSG:{text}"
    try:
        crs = pyproj.CRS.from_user_input(text)
    except CRSError as exc:
        raise RefusedPicture("unknown_crs", name, exc) from exc
    if crs.geodetic_crs is None or crs.geodetic_crs.datum is None or not (crs.is_projected or crs.is_geographic):
        raise RefusedPicture("unknown_crs", crs.name or name)
    return crs


def degrees_of(crs: pyproj.CRS, bounds: Bounds) -> Bounds:
    """Return where ``bounds`` (west, south, east, north in ``crs``) lie, in degrees.

    Raises:
        RefusedPicture: That is nowhere on the earth, or the system is known less well than ``WORST_M`` there.
    """
    base = crs.geodetic_crs
    assert base is not None  # system_of
    box = bounds
    if not crs.is_geographic:
        box = _through(pyproj.Transformer.from_crs(crs, base, always_xy=True), bounds)
    if not _on_earth(box):
        raise RefusedPicture("elsewhere", _told(box))
    if base.datum is None or base.datum.name in STAMPED_UNCHANGED:
        return box
    try:
        exact = pyproj.Transformer.from_crs(
            base,
            "EPSG:4326",
            always_xy=True,
            area_of_interest=AreaOfInterest(*box),  # type: ignore[arg-type] # the stub names a class that is not there
            allow_ballpark=False,
            accuracy=WORST_M,
        )
    except ProjError as exc:
        raise RefusedPicture("inexact_crs", crs.name, exc) from exc
    return _through(exact, box)


def refuse_elsewhere(box: Bounds, city: Bounds | None) -> None:
    """Refuse a picture that does not touch the city, with ten kilometres around it.

    Raises:
        RefusedPicture: It lies elsewhere.
    """
    if city is None:
        return
    west, south, east, north = city
    edge = 0.1
    if box[0] > east + edge or box[2] < west - edge or box[1] > north + edge or box[3] < south - edge:
        raise RefusedPicture("elsewhere", _told(box))


def _through(way: pyproj.Transformer, bounds: Bounds) -> Bounds:
    west, south, east, north = way.transform_bounds(*bounds, densify_pts=DENSE)
    return west, south, east, north


def _on_earth(box: Bounds) -> bool:
    west, south, east, north = box
    return -180.5 <= west < east <= 180.5 and -90 <= south < north <= 90  # NaN and infinity are no part of it


def _told(box: Bounds) -> str:
    return f"{(box[0] + box[2]) / 2:.3f}, {(box[1] + box[3]) / 2:.3f}"
