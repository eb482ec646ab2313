"""An area that somebody has drawn on the map, or a distance around something drawn: read and checked.

What comes in is GeoJSON in degrees, WGS 84, as a browser draws it. The distance is of metres on the ground; the database makes the
area of it (``onemap.within``).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping, shape

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _

MOST_CORNERS = 2_000
"""Of what is drawn, or taken from the border of a region: each row is compared with every one of them."""

WIDEST_DEG = 3.0
"""Some 300 km: the widest prefecture."""

MOST_BUFFER_M = 5_000
SURFACES = frozenset({"Polygon", "MultiPolygon"})
SHAPES = SURFACES | {"Point", "MultiPoint", "LineString", "MultiLineString"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: a valid shape in degrees, and the metres around it that belong to the area (0 for none).

    Without metres around it, it is a surface.
    """

    shape: Any
    buffer_m: float = 0.0


def drawn_area(given: Any, buffer_m: Any = 0) -> Drawn:
    """Read what was drawn.

    Args:
        given: A geometry of GeoJSON as a mapping, or a feature around one.
        buffer_m: Metres on the ground around it; 0, "" or None: none.
    Raises:
        InvalidInput: It is no geometry, crosses itself, has too many corners or lies out of reach; or a point or a line has no
            metres around it.
    """
    metres = _metres(buffer_m)
    if isinstance(given, Mapping) and given.get("type") == "Feature":
        given = given.get("geometry")
    made = _shape(given)
    if made.geom_type not in SHAPES:
        raise _refused(_("must be a polygon, a line or a point"), made.geom_type)
    if (corners := int(shapely.get_num_coordinates(made))) > MOST_CORNERS:
        words = _("has %(count)d corners; at most %(most)d are taken. Draw it more simply")
        raise _refused(words % {"count": corners, "most": MOST_CORNERS}, str(corners))
    _check_place(made)
    if not made.is_valid:
        raise _refused(_("crosses itself: draw a border that does not"), str(shapely.is_valid_reason(made)))
    if made.geom_type not in SURFACES and not metres:
        raise _refused(_("is no surface: say how many metres around it belong to it"), made.geom_type)
    return Drawn(made, metres)


def as_geojson(made: Any) -> dict[str, Any]:
    """Return a shape as GeoJSON, to a tenth of a metre."""
    told: dict[str, Any] = mapping(shapely.transform(made, lambda points: points.round(6)))
    return told


def _metres(given: Any) -> float:
    if given in (None, "", 0):
        return 0.0
    try:
        metres = float(given)
    except (TypeError, ValueError):
        metres = math.nan
    if not 0 <= metres <= MOST_BUFFER_M or isinstance(given, bool):
        words = _("must be a number of metres up to %(most)d") % {"most": MOST_BUFFER_M}
        raise InvalidInput(
            Fault("buffer_m", words, shown(given)).told(), faults=[Fault("buffer_m", words, shown(given))]
        )
    return metres


def _shape(given: Any) -> Any:
    try:
        made = shapely.force_2d(shape(given))
    except (
        ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, OverflowError, shapely.errors.ShapelyError,
    ) as exc:  # fmt: skip
        raise _refused(_("is no geometry of GeoJSON"), shown(given)) from exc
    if made.is_empty:
        raise _refused(_("is no geometry of GeoJSON"), shown(given))
    return made


def _check_place(made: Any) -> None:
    west, south, east, north = made.bounds
    if not all(map(math.isfinite, made.bounds)) or not (-180 <= west <= east <= 180 and -85 <= south <= north <= 85):
        raise _refused(
            _("must lie in degrees, longitude first: is the order of its numbers right?"), shown(made.bounds)
        )
    if max(east - west, north - south) > WIDEST_DEG:
        words = _("reaches over more than %(most)d degrees. Draw a smaller one") % {"most": WIDEST_DEG}
        raise _refused(words, shown(made.bounds))


def _refused(why: str, value: str) -> InvalidInput:
    return InvalidInput(_("The area %(why)s.") % {"why": why}, faults=[Fault("area", why, value[:80])])
