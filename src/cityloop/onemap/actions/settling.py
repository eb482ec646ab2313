"""The ledgers drawn together, so that a tile sums few rows. Right before, right after: a reader sees the one or the other."""

import logging

from django.db import connection, transaction

from cityloop.onemap.rules.counts import FINEST, LEVELS

logger = logging.getLogger(__name__)

AT_ONCE = 200_000
"""Rows of a ledger settled in one transaction."""

CHANGES = """
WITH fresh AS (
    SELECT DISTINCT source, place FROM (SELECT source, place FROM onemap_change WHERE NOT is_settled ORDER BY id LIMIT %s) AS first
), taken AS (
    DELETE FROM onemap_change c USING fresh WHERE c.source = fresh.source AND c.place = fresh.place
    RETURNING c.source, c.place, c.stamp
)
INSERT INTO onemap_change (source, place, stamp, is_settled)
SELECT source, place, bit_xor(stamp), true FROM taken GROUP BY source, place
"""

COUNTS = f"""
WITH taken AS (
    DELETE FROM onemap_countchange WHERE id IN (SELECT id FROM onemap_countchange ORDER BY id LIMIT %s)
    RETURNING layer, jurisdiction, cell, day, n, x_cm, y_cm
), daily AS (
    SELECT layer, jurisdiction, cell, extract(year FROM day)::int * 10000 AS year, extract(month FROM day)::int * 100 AS month,
        extract(day FROM day)::int AS day, sum(n) AS n, sum(x_cm) AS x_cm, sum(y_cm) AS y_cm
    FROM taken GROUP BY layer, jurisdiction, cell, taken.day
)
INSERT INTO onemap_cellcount AS kept (layer, jurisdiction, level, span, cell, n, x_cm, y_cm)
SELECT layer, jurisdiction, level, span, cell >> (2 * ({FINEST} - level)), sum(n), sum(x_cm), sum(y_cm)
FROM daily CROSS JOIN unnest(%s::smallint[]) AS level CROSS JOIN LATERAL (VALUES (year), (year + month), (year + month + day)) AS spans (span)
GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 OR sum(x_cm) <> 0 OR sum(y_cm) <> 0
ON CONFLICT (layer, jurisdiction, level, span, cell)
DO UPDATE SET n = kept.n + excluded.n, x_cm = kept.x_cm + excluded.x_cm, y_cm = kept.y_cm + excluded.y_cm
"""

EMPTY = "DELETE FROM onemap_cellcount WHERE n = 0 AND x_cm = 0 AND y_cm = 0"


def settle() -> int:
    """Draw what was noted since the last time into what is settled; return how many rows that were.

    One at a time among all workers: whoever comes meanwhile does nothing.
    """
    done = 0
    while taken := _settle_some():
        done += taken
    if done:
        logger.info("the map's ledgers: %d rows settled", done)
    return done


@transaction.atomic
def _settle_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('onemap'), hashtext('settle'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT count(*) FROM (SELECT FROM onemap_countchange LIMIT %s) AS waiting", [AT_ONCE])
        waiting: int = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM onemap_change WHERE NOT is_settled LIMIT %s) AS waiting", [AT_ONCE]
        )
        waiting += cursor.fetchone()[0]
        if waiting:
            cursor.execute(
                "SET LOCAL work_mem = '128MB'"
            )  # a bulk's fifteen rows for each of its own are summed in memory
            cursor.execute(CHANGES, [AT_ONCE])
            cursor.execute(COUNTS, [AT_ONCE, list(LEVELS)])
            cursor.execute(EMPTY)
        return waiting
