"""What is too dense to be drawn is counted by cells, from the counts that are kept, whatever the number of rows."""

from typing import Any

from cityloop.onemap.rules.counts import DEEPER, FINEST, level_for, spans_until
from cityloop.onemap.rules.layer import Look, Rows
from cityloop.onemap.rules.places import quads_in
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
