"""The parts whose number a division of unit grids balances."""

from datetime import date

import numpy as np
from django.db import connection

from cityloop.geography.rules.division import Surroundings

PLACES = """
SELECT ST_X(p), ST_Y(p) FROM (
    SELECT ST_PointOnSurface(geometry) AS p FROM assets_part
    WHERE jurisdiction = %(jurisdiction)s AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
    ORDER BY id
) AS part
"""


def loads(jurisdiction: str, on: date) -> Surroundings:
    """Return where the parts of a city stand on a day: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"jurisdiction": jurisdiction, "on": on})
        rows = cursor.fetchall()
    return Surroundings(loads=np.array(rows, dtype=np.float64).reshape(-1, 2))
