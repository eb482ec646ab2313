"""Parts near a point: what somebody who stands there may mean."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from cityloop.assets.choices import PartState
from cityloop.assets.queries.words import PartWords, state_words
from cityloop.geography.rules.shapes import metres_per_degree
from cityloop.organisation.queries import City
from cityloop.organisation.rules.staffing import Viewer

# By the index what lies in a box about the point, of these the nearest on the ground; a line or an area by its nearest border.
NEAR = """
SELECT code, scheme, class_code, name, state, owner, owner_name, keeper, keeper_name, lon, lat, metres FROM (
    SELECT p.*, ST_X(ST_PointOnSurface(p.geometry)) AS lon, ST_Y(ST_PointOnSurface(p.geometry)) AS lat,
        ST_Distance(p.geometry::geography, here::geography) AS metres
    FROM assets_part p, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS here) AS point
    WHERE p.geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
        AND p.jurisdiction = %(jurisdiction)s AND p.state <> %(removed)s
        AND p.valid_from <= %(on)s AND (p.valid_to IS NULL OR p.valid_to > %(on)s)
        AND (%(any_class)s OR p.class_code = ANY(%(classes)s))
) AS near
WHERE metres <= %(within_m)s ORDER BY metres, code LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class NearPart:
    """A part near a point; ``metres`` from it."""

    code: str
    class_code: str
    class_name: str
    name: str
    state: str
    state_name: str
    owner: str
    keeper: str
    keeper_name: str
    lon: float
    lat: float
    metres: float


def parts_near(
    home: City,
    lon: float,
    lat: float,
    *,
    on: date,
    classes: Collection[str] = (),
    within_m: float = 50.0,
    most: int = 5,
) -> list[NearPart]:
    """Return the parts of a city within ``within_m`` of a point (degrees), the nearest first: one query.

    Whoever calls has decided who may know them (``near_for`` asks the rule of who sees what).

    Args:
        classes: Codes of classes; all without.
    """
    per_lon, per_lat = metres_per_degree(lat)
    values: dict[str, Any] = {
        "lon": lon, "lat": lat, "jurisdiction": home.code, "on": on, "classes": list(classes), "any_class": not classes,
        "removed": PartState.REMOVED.value, "within_m": within_m, "most": most, "west": lon - within_m / per_lon,
        "east": lon + within_m / per_lon, "south": lat - within_m / per_lat, "north": lat + within_m / per_lat,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEAR, values)
        rows = cursor.fetchall()
    words = PartWords(home)
    return [
        NearPart(
            code, class_code, words.class_name(scheme, class_code), name, state, state_words(state), owner, keeper,
            words.unit(keeper, keeper_name) or words.unit(owner, owner_name), x, y, metres,
        )
        for code, scheme, class_code, name, state, owner, owner_name, keeper, keeper_name, x, y, metres in rows
    ]  # fmt: skip


def near_for(viewer: Viewer, home: City, lon: float, lat: float, classes: Collection[str] = ()) -> list[NearPart]:
    """Return the parts near a point that ``viewer`` may see: none in a city where they are not of the staff."""
    if home.code not in viewer.works_in:
        return []
    return parts_near(home, lon, lat, on=home.today(), classes=classes)
