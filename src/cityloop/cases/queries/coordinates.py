"""Where a case lies, as two numbers that the database takes out of its point; what lies about a point."""

import math

from django.db.models import F, FloatField, Func


def coordinates(point: str) -> dict[str, Func]:
    """Return ``lon`` and ``lat`` for ``annotate``: degrees, WGS 84, of the point that the path ``point`` leads to."""
    return {
        name: Func(F(point), function=function, output_field=FloatField())
        for name, function in (("lon", "ST_X"), ("lat", "ST_Y"))
    }


METRES_PER_DEGREE = 111_195.0


def box_around(lon: float, lat: float, radius_m: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees of the box that holds all within ``radius_m`` of a point."""
    up = radius_m / METRES_PER_DEGREE
    side = up / max(math.cos(math.radians(lat)), 0.01)
    return lon - side, lat - up, lon + side, lat + up
