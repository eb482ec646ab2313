"""How far points lie from the nearest road: the city's roads in memory, points by the thousand."""

from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from cityloop.assets.surroundings import RoadMeter
from cityloop.geography.rules.shapes import metres_per_degree

# Footpaths lead everywhere: who stands by one of them alone stands by no road.
ROADS = """
SELECT ST_AsBinary(r.geometry) FROM places_road r
WHERE r.jurisdiction = %(jurisdiction)s AND r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s)
    AND r.road_class <> 'path'
"""

NEAR_M = 2_000.0
"""Farther than this nobody counts."""


def road_meter(jurisdiction: str, on: date) -> RoadMeter | None:
    """Return what measures the metres to the nearest road of a city; None where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(ROADS, {"jurisdiction": jurisdiction, "on": on})
        shapes = shapely.from_wkb([bytes(wkb) for (wkb,) in cursor.fetchall()])
    if not len(shapes):
        return None
    middle = float(np.nanmean(shapely.bounds(shapes)[:, [1, 3]]))
    scale = np.array(metres_per_degree(middle))
    tree = shapely.STRtree(shapely.transform(shapely.get_parts(shapes), lambda points: points * scale))

    def metres(lons: NDArray[Any], lats: NDArray[Any]) -> NDArray[Any]:
        points = shapely.points(lons * scale[0], lats * scale[1])
        found = np.full(len(points), NEAR_M)
        (which, _roads), far = tree.query_nearest(points, max_distance=NEAR_M, return_distance=True, all_matches=False)
        found[which] = far
        return found

    return metres
