"""What is too dense to be drawn is counted by cells, from the counts that are kept, whatever the number of rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db import connection

from cityloop.onemap.rules.counts import DEEPER, DEEPEST_COUNTED, FINEST, level_for, spans_until
from cityloop.onemap.rules.layer import Look, Rows
from cityloop.onemap.rules.places import place_of, quads_in
from cityloop.onemap.rules.tiles import EDGE_M, Tile

# What is settled, and what was noted since. The number stands among those that it counts.
CELLS = f"""
SELECT ST_SetSRID(ST_MakePoint(sum(x_cm) / sum(n) / 100.0 - {EDGE_M}, {EDGE_M} - sum(y_cm) / sum(n) / 100.0), 3857) AS geom,
    sum(n)::integer AS count, sum(n)::float AS weight
FROM (
    SELECT c.cell >> %(settled_by)s AS cell, c.n, c.x_cm, c.y_cm
    FROM unnest(%(span_cities)s::text[], %(spans)s::integer[]) AS dated (city, span)
    JOIN onemap_cellcount c ON c.layer = %(counted)s AND c.jurisdiction = dated.city AND c.level = %(level)s AND c.span = dated.span
        AND c.cell >= %(settled_first)s AND c.cell < %(settled_past)s
    UNION ALL
    SELECT c.cell >> %(noted_by)s, c.n, c.x_cm, c.y_cm
    FROM unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    JOIN onemap_countchange c ON c.layer = %(counted)s AND c.jurisdiction = city.code AND c.day <= city.today
        AND c.cell >= %(noted_first)s AND c.cell < %(noted_past)s
) AS counted GROUP BY cell HAVING sum(n) > 0
"""


def counted(layer: str, look: Look, at: Tile) -> Rows:
    """Return what a tile of a layer that ``watching.count_cells`` counts shows: the column ``count``, at most 64 cells.

    Raises:
        ValueError: Closer than ``rules.counts.DEEPEST_COUNTED`` no count is kept.
    """
    level = level_for(at)
    spans = [(moment.jurisdiction, span) for moment in look.cities for span in spans_until(moment.today)]
    settled, noted = quads_in(at, level), quads_in(at, FINEST)
    values: dict[str, Any] = {
        "counted": layer, "level": level,
        "span_cities": [city for city, _span in spans], "spans": [span for _city, span in spans],
        "settled_first": settled[0], "settled_past": settled[1], "settled_by": 2 * (level - at.zoom - DEEPER),
        "noted_first": noted[0], "noted_past": noted[1], "noted_by": 2 * (FINEST - at.zoom - DEEPER),
    }  # fmt: skip
    return Rows(CELLS, ("count",), values, margin=False)


@dataclass(frozen=True, slots=True)
class CellsAround:
    """The kept cells that touch an area.

    Args:
        count: How many stand in all of them: no fewer than in the area.
        inside: How many stand in those that lie wholly in the area.
        border: The others, as one shape in degrees.
    """

    count: int
    inside: int
    border: Any


# What is settled, and what was noted since, by the cells of one size in one tile.
KEPT = """
SELECT cell, sum(n)::bigint FROM (
    SELECT c.cell, c.n FROM unnest(%(span_cities)s::text[], %(spans)s::integer[]) AS dated (city, span)
    JOIN onemap_cellcount c ON c.layer = %(counted)s AND c.jurisdiction = dated.city AND c.level = %(level)s AND c.span = dated.span
        AND c.cell >= %(settled_first)s AND c.cell < %(settled_past)s
    UNION ALL
    SELECT c.cell >> %(finer_by)s, c.n FROM unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    JOIN onemap_countchange c ON c.layer = %(counted)s AND c.jurisdiction = city.code AND c.day <= city.today
        AND c.cell >= %(noted_first)s AND c.cell < %(noted_past)s
) AS counted GROUP BY cell HAVING sum(n) > 0
"""


def cells_around(layer: str, look: Look, area: Any) -> CellsAround:
    """Return how many of a layer that is counted by cells stand around ``area`` (a shape in degrees)."""
    tiles = _tiles_over(area.bounds)
    level = level_for(tiles[0])
    found: list[tuple[int, int]] = []
    for at in tiles:
        found += _kept_in(layer, look, at, level)
    if not found:
        return CellsAround(0, 0, shapely.Polygon())
    squares = [Tile(level, *place_of(cell)).degrees() for cell, _n in found]
    boxes = shapely.box(*np.array(squares).T)
    counts = np.array([n for _cell, n in found])
    shapely.prepare(area)
    touching, inside = shapely.intersects(area, boxes), shapely.contains_properly(area, boxes)
    border = shapely.union_all(boxes[touching & ~inside])
    return CellsAround(int(counts[touching].sum()), int(counts[inside].sum()), border)


def _tiles_over(bounds: tuple[float, float, float, float]) -> list[Tile]:
    """Return at most four tiles that hold a box in degrees between them, the smallest that do."""
    west, south, east, north = bounds
    for zoom in range(DEEPEST_COUNTED, 0, -1):
        first, last = Tile.around(west, north, zoom), Tile.around(east, south, zoom)
        if last.x - first.x <= 1 and last.y - first.y <= 1:
            break
    return [Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


def _kept_in(layer: str, look: Look, at: Tile, level: int) -> list[tuple[int, int]]:
    spans = [(moment.jurisdiction, span) for moment in look.cities for span in spans_until(moment.today)]
    settled, noted = quads_in(at, level), quads_in(at, FINEST)
    values: dict[str, Any] = {
        "counted": layer, "level": level, "finer_by": 2 * (FINEST - level),
        "span_cities": [city for city, _span in spans], "spans": [span for _city, span in spans],
        "cities": [moment.jurisdiction for moment in look.cities], "days": [moment.today for moment in look.cities],
        "settled_first": settled[0], "settled_past": settled[1], "noted_first": noted[0], "noted_past": noted[1],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(KEPT, values)
        return [(cell, n) for cell, n in cursor]
