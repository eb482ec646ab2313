"""Questions that other rooms put to the ground."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

NEAR_M = 150.0
"""A road farther away is no help to whoever looks for the place."""

# By the index some near ones in degrees, of these the nearest on the ground.
NEAREST_ROAD = """
SELECT name, metres FROM (
    SELECT r.name, ST_Distance(r.geometry::geography, here::geography) AS metres
    FROM places_road r, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS here) AS point
    WHERE r.jurisdiction = %(jurisdiction)s AND r.name <> ''
        AND r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s)
        AND r.geometry && ST_Expand(here, 0.004)
    ORDER BY r.geometry <-> here LIMIT 5
) AS near
WHERE metres <= %(near_m)s ORDER BY metres, name LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class NearRoad:
    """A road and how far its centre line is."""

    name: str
    metres: float


def nearest_road(lon: float, lat: float, on: date, jurisdiction: str) -> NearRoad | None:
    """Return the named road of a city nearest to a point (degrees), none farther than ``NEAR_M``: one query."""
    values: dict[str, Any] = {"lon": lon, "lat": lat, "on": on, "jurisdiction": jurisdiction, "near_m": NEAR_M}
    with connection.cursor() as cursor:
        cursor.execute(NEAREST_ROAD, values)
        row = cursor.fetchone()
    return None if row is None else NearRoad(*row)
