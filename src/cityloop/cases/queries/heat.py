"""Where and when cases were reported, counted by cells and steps of time: one answer, over which a window of time then moves.

No row of a case leaves: a cell has the mean of the places in it and a number for each step. Closed and archived cases count too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import Q

from cityloop.cases.layers import placed_cases
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.heat import COARSEST, FIELDS, UNITS, HeatAsked
from cityloop.onemap.queries import rows_of
from cityloop.onemap.rules.layer import Look
from cityloop.organisation.queries import city

MOST_COUNTS = 40_000
"""Numbers of one answer: where there are more, cells become larger until there are not."""

MOST_CHOICES = 60

# Each case in its cell and its step, in the days of its own city; {seen}: what the reader may see, and no other.
CELLS = """
SELECT cell_x, cell_y, step, count(*)::int, sum(lon), sum(lat) FROM (
    SELECT lon, lat, floor((lon + 180) / 360 * %(across)s)::int AS cell_x,
        floor((1 - asinh(tan(radians(lat))) / pi()) / 2 * %(across)s)::int AS cell_y,
        date_trunc(%(unit)s, reported_at AT TIME ZONE zones.name)::date AS step
    FROM (SELECT jurisdiction, reported_at, ST_X(location) AS lon, ST_Y(location) AS lat FROM ({seen}) AS seen) AS c
    JOIN unnest(%(cities)s::text[], %(zones)s::text[]) AS zones (code, name) ON zones.code = c.jurisdiction
) AS placed GROUP BY cell_x, cell_y, step LIMIT {most}
"""

CHOICES = """
SELECT CASE WHEN GROUPING(category) = 0 THEN 'class' WHEN GROUPING(source) = 0 THEN 'source' ELSE 'state' END,
    coalesce(category, source, state), count(*)::int
FROM ({seen}) AS c GROUP BY GROUPING SETS ((category), (source), (state))
"""


@dataclass(frozen=True, slots=True)
class Heat:
    """Cases by cell and step.

    Args:
        steps: First days.
        cells: Longitude and latitude of the mean place in each cell.
        counts: Cell, step, number; both by their place in the lists.
        choices: By what may be narrowed: value, words, number without any narrowing; the most frequent first.
        zoom: Of the tiles that are the cells.
    """

    steps: Sequence[date]
    cells: Sequence[tuple[float, float]]
    counts: Sequence[tuple[int, int, int]]
    choices: Mapping[str, Sequence[tuple[str, str, int]]]
    zoom: int


def heat(look: Look, asked: HeatAsked) -> Heat:
    """Count the cases with a position that ``look`` may see as one of the staff, reported within the days asked for."""
    steps, zoom = asked.steps, asked.zoom
    everything = _placed(look, asked)
    if everything is None:
        return Heat(steps, (), (), dict.fromkeys(FIELDS, ()), zoom)
    seen = everything.filter(_narrowed(asked))
    rows = _cells(seen, look, asked, zoom)
    while rows is None and zoom > COARSEST:
        zoom -= 1
        rows = _cells(seen, look, asked, zoom)
    number = {day: at for at, day in enumerate(steps)}
    places: dict[tuple[int, int], int] = {}
    sums: list[list[float]] = []
    counts: list[tuple[int, int, int]] = []
    for x, y, day, count, lon, lat in rows or ():
        if day not in number:  # the first day's unit of a city in another zone
            continue
        at = places.setdefault((x, y), len(places))
        if at == len(sums):
            sums.append([0.0, 0.0, 0])
        for place, more in enumerate((lon, lat, count)):
            sums[at][place] += more
        counts.append((at, number[day], count))
    cells = [(round(lon / count, 6), round(lat / count, 6)) for lon, lat, count in sums]
    return Heat(steps, cells, counts, _choices(everything, look), zoom)


def _placed(look: Look, asked: HeatAsked) -> Any:
    """Return the cases in the box and the days, whatever they are narrowed by; None where the viewer is staff nowhere."""
    if not look.cities:
        return None
    box = Polygon.from_bbox(asked.box)
    box.srid = 4490
    days = Q()
    for moment in look.cities:
        begins = datetime.combine(asked.steps[0], time(), moment.zone).astimezone(UTC)
        ends = datetime.combine(asked.last + timedelta(days=1), time(), moment.zone).astimezone(UTC)
        days |= Q(jurisdiction=moment.jurisdiction, reported_at__gte=begins, reported_at__lt=ends)
    rows = placed_cases(look.viewer, [moment.jurisdiction for moment in look.cities])
    return rows.filter(days, location__bboverlaps=box).order_by()


def _narrowed(asked: HeatAsked) -> Q:
    condition = Q()
    for name in ("source", "state"):
        if values := asked.only[name]:
            condition &= Q(**{f"{name}__in": values})
    if classes := asked.only["class"]:
        some = Q()
        for key in classes:
            some |= Q(category__startswith=key)
        condition &= some
    return condition


def _cells(seen: Any, look: Look, asked: HeatAsked, zoom: int) -> list[Any] | None:
    """Return the rows of cells; None where they are more than ``MOST_COUNTS``."""
    sql, values = rows_of(seen.values("jurisdiction", "reported_at", "location"))
    if not sql:
        return []
    statement = CELLS.format(seen=sql, most=MOST_COUNTS + 1)
    zones: dict[str, Any] = {
        "across": 1 << zoom, "unit": UNITS[asked.window],
        "cities": [moment.jurisdiction for moment in look.cities], "zones": [str(moment.zone) for moment in look.cities],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, **zones})
        rows = cursor.fetchall()
    return rows if len(rows) <= MOST_COUNTS else None


def _choices(everything: Any, look: Look) -> dict[str, list[tuple[str, str, int]]]:
    sql, values = rows_of(everything.values("category", "source", "state"))
    found: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in FIELDS}
    if sql:
        words = _words(look)
        with connection.cursor() as cursor:
            cursor.execute(CHOICES.format(seen=sql), values)
            for name, value, count in cursor:
                key, said = words[name].get(value, (value, value))
                found[name][key] = (said, found[name].get(key, ("", 0))[1] + count)
    return {
        name: sorted(((key, said, count) for key, (said, count) in values.items()), key=lambda one: -one[2])[
            :MOST_CHOICES
        ]
        for name, values in found.items()
    }


def _words(look: Look) -> dict[str, dict[str, tuple[str, str]]]:
    """Return for each value what stands for it and how it is called; for a class, its big class does."""
    chinese = look.language.startswith("zh")
    words: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in FIELDS}
    for moment in look.cities:
        loop = table_in_force(moment.jurisdiction)
        words["state"] |= {code: (code, one.text(look.language)) for code, one in loop.states.items()}
        words["source"] |= {code: (code, one.text(look.language)) for code, one in loop.sources.items()}
        for key, one in city(moment.jurisdiction).categories_on(moment.today).items():
            big = one.big_name_zh if chinese else one.big_name_en or one.big_name_zh
            words["class"][key] = (f"{one.scheme}/{one.type}/{one.big_code}", big)
    return words
