"""The parts whose number a division of unit grids balances."""

from collections.abc import Collection
from datetime import date

import numpy as np
from django.db import connection
from django.db.models import Count

from cityloop.assets.models import Part
from cityloop.geography.rules.division import Surroundings
from cityloop.geography.surroundings import Box

PLACES = """
SELECT ST_X(p), ST_Y(p) FROM (
    SELECT ST_PointOnSurface(geometry) AS p FROM assets_part
    WHERE jurisdiction = %(jurisdiction)s AND valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)
        AND (%(west)s::float8 IS NULL OR geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490))
    ORDER BY id
) AS part
"""


def loads(jurisdiction: str, on: date, within: Box | None = None) -> Surroundings:
    """Return where the parts of a city stand on a day, or those within a box: one statement."""
    box = dict(zip(("west", "south", "east", "north"), within or (None,) * 4, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"jurisdiction": jurisdiction, "on": on, **box})
        rows = cursor.fetchall()
    return Surroundings(loads=np.array(rows, dtype=np.float64).reshape(-1, 2))


def parts_by_grid(jurisdiction: str, on: date, codes: Collection[str]) -> dict[str, int]:
    """Return how many parts of a city lie in each of some unit grids on a day."""
    rows = Part.objects.valid_on(on).filter(jurisdiction=jurisdiction, unit_grid__in=codes)
    return dict(rows.order_by("unit_grid").values("unit_grid").annotate(n=Count("pk")).values_list("unit_grid", "n"))
