"""Open cases near a place, as much of them as the public page shows on its map."""

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.gis.db.models import PointField
from django.contrib.gis.geos import Point, Polygon
from django.db.models import FloatField, Func, Value

from cityloop.cases import models
from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.queries.coordinates import box_around, coordinates

SRID = 4490
MOST = 20


class OpenNear(NamedTuple):
    category: str
    state: str
    distance_m: int
    lon: float
    lat: float


def open_near(
    jurisdiction: str, point: tuple[float, float], radius_m: float, *, sources: Iterable[str], most: int = MOST
) -> list[OpenNear]:
    """Return open cases of a city within ``radius_m`` of a point that came through ``sources``, the nearest first: one query.

    What the staff found is not the public's to know of before somebody has told of the same.

    Args:
        point: lon, lat in degrees, WGS 84.
    """
    box = Polygon.from_bbox(box_around(*point, radius_m))
    box.srid = SRID
    here = Value(Point(*point, srid=SRID), output_field=PointField(srid=SRID))
    apart = Func("location", here, function="ST_DistanceSphere", output_field=FloatField())
    rows = (
        models.Case.objects.open()
        .filter(
            jurisdiction=jurisdiction, kind__in=sorted(OPEN_KINDS), source__in=list(sources), location__bboverlaps=box
        )
        .annotate(metres=apart, **coordinates("location"))
        .filter(metres__lte=radius_m)
        .order_by("metres", "id")
        .values_list("category", "state", "metres", "lon", "lat")
    )
    return [OpenNear(category, state, round(metres), lon, lat) for category, state, metres, lon, lat in rows[:most]]
