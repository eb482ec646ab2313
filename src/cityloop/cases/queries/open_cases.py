"""How many cases are open in each city, by their lights: what a monitor asks for twice a minute."""

from dataclasses import dataclass

from django.db import connection

from cityloop.cases.choices import Light
from cityloop.organisation import queries as organisation

OPEN_BY_LIGHT = f"""
-- The partial indexes of open cases lead to them, however many are closed. The lights as in ``lights.case_light``.
SELECT jurisdiction, CASE
    WHEN due_at IS NULL THEN CASE WHEN kind = 'paused' THEN '{Light.PAUSED}' ELSE '{Light.NONE}' END
    WHEN city.now > due_at THEN CASE WHEN city.now > double_at THEN '{Light.DOUBLE_RED}' ELSE '{Light.RED}' END
    WHEN city.now >= warn_at THEN '{Light.YELLOW}'
    ELSE '{Light.GREEN}' END AS light, count(*)
FROM unnest(%s::text[], %s::timestamptz[]) AS city (code, now) JOIN cases_case ON jurisdiction = city.code
WHERE kind IN ('paused', 'waiting', 'working')
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class OpenCases:
    jurisdiction: str
    light: str
    count: int


def open_by_light() -> list[OpenCases]:
    """Count the open cases of each city by light, each by its city's clock; a city without open cases is left out."""
    cities = [organisation.city(code) for code in organisation.jurisdictions()]
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BY_LIGHT, [[city.code for city in cities], [city.now() for city in cities]])
        return [OpenCases(*row) for row in cursor.fetchall()]
