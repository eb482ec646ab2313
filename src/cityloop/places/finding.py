"""Named pieces of the ground are found by what people call them."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from cityloop.onemap.rules.layer import Found, Look

FIND = """
SELECT name, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), ST_X(at), ST_Y(at) FROM (
    SELECT r.name, ST_Extent(r.geometry) AS box,
        ST_ClosestPoint(ST_Collect(r.geometry), ST_Centroid(ST_Collect(r.geometry))) AS at
    FROM places_{table} r
    JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
        ON city.code = r.jurisdiction AND r.valid_from <= city.today AND (r.valid_to IS NULL OR r.valid_to > city.today)
    WHERE r.name <> '' AND strpos(r.name, %(words)s) > 0
    GROUP BY r.jurisdiction, r.name
) AS found
ORDER BY strpos(name, %(words)s), length(name), name LIMIT 10
"""


def finder(table: str, kind: Any) -> Any:
    def find(words: str, look: Look) -> Sequence[Found]:
        """Look a named piece of the ground up in the cities in which the viewer works."""
        values: dict[str, Any] = {
            "words": words,
            "cities": [moment.jurisdiction for moment in look.cities],
            "days": [moment.today for moment in look.cities],
        }
        with connection.cursor() as cursor:
            cursor.execute(FIND.format(table=table), values)
            return [Found(name, kind, tuple(corners[:4]), at=(corners[4], corners[5])) for name, *corners in cursor]

    return find
