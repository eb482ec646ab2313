"""Areas as people paste them: GeoJSON, checked before anything is decided by it."""

import json
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import shape

from cityloop.geography.rules import Extent
from cityloop.geography.rules.checks import judge_shape
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

MOST_CHARACTERS = 1_000_000
MOST_POINTS = 20_000
"""Every report inside the city is compared with the area: one of a million points would be felt."""

DEGREES = ("CRS84", "4326", "4490")
"""Ends of the names of the systems whose numbers we take as they are."""


def read_area(text: str, extent: Extent | None) -> Any:
    """Return the area that ``text`` (GeoJSON, lon and lat in degrees) describes, as a valid shapely multipolygon.

    Args:
        text: A polygon, several, a feature or a collection of features; their union is meant.
        extent: Where the city lies, if that is known.
    Raises:
        InvalidInput: With a fault that says what is wrong.
    """
    if len(text) > MOST_CHARACTERS:
        raise _refused(_("is longer than %(most)d characters; simplify the border") % {"most": MOST_CHARACTERS})
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as exc:
        line = f" ({exc.lineno}:{exc.colno})" if isinstance(exc, json.JSONDecodeError) else ""
        raise _refused(_("is not JSON") + line) from exc
    if not isinstance(data, dict):
        raise _refused(_("is not GeoJSON: an object with a “type” is wanted"))
    _check_system(data)
    judged = [_judged(geometry, extent) for geometry in _geometries(data)]
    if not judged:
        raise _refused(_("holds no polygon"))
    area = shapely.multipolygons(shapely.get_parts(shapely.union_all(judged)))
    if (count := int(shapely.get_num_coordinates(area))) > MOST_POINTS:
        raise _refused(
            _("has %(count)d points, at most %(most)d are taken; simplify the border")
            % {"count": count, "most": MOST_POINTS}
        )
    if extent is not None and not area.intersects(shapely.box(*extent)):
        raise _refused(_("lies outside the city"), f"{area.centroid.x:.6f}, {area.centroid.y:.6f}")
    return area


def _check_system(data: dict[str, Any]) -> None:
    named = data.get("crs")
    if named is None:
        return
    properties = named.get("properties") if isinstance(named, dict) else None
    name = str(properties.get("name", "") if isinstance(properties, dict) else named)
    if not name.endswith(DEGREES):
        raise _refused(_("must be in degrees, WGS 84 or CGCS2000; this is another system"), name)


def _geometries(data: Any) -> Iterator[Any]:
    """Yield the plain geometries in a GeoJSON object."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection":
        for feature in _listed(data, "features"):
            yield from _geometries(feature)
    elif kind == "GeometryCollection":
        for geometry in _listed(data, "geometries"):
            yield from _geometries(geometry)
    elif kind == "Feature":
        yield from _geometries(data.get("geometry"))
    else:
        yield data


def _listed(data: dict[str, Any], key: str) -> list[Any]:
    rows = data.get(key)
    if not isinstance(rows, list):
        raise _refused(_("is not GeoJSON: “%(key)s” must be a list") % {"key": key})
    return rows


def _judged(geometry: Any, extent: Extent | None) -> Any:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise _refused(_("must be made of polygons"), str(kind))
    try:
        made = shape(geometry)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, shapely.errors.ShapelyError) as exc:
        raise _refused(
            _("has coordinates that make no polygon: rings of [lon, lat], the last point the first")
        ) from exc
    ground = judge_shape(made, extent, mend=False)
    if ground.shape is None:
        raise _refused(ground.why, ground.value)
    return ground.shape


def _refused(why: str, value: str = "") -> InvalidInput:
    return InvalidInput(_("The area %(why)s.") % {"why": why}, faults=[Fault("area", why, value)])
