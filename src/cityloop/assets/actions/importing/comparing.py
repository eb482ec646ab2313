"""What an import would change: each good row against what is there."""

from django.db import connection

from cityloop.assets.actions.importing.statements import HOLDS, changed, differs, key_of_row, parameters
from cityloop.assets.models import ImportRun
from cityloop.assets.targets import Target, Work

MATCHED = """
UPDATE assets_stagedrow s SET was = t.id, fate = CASE WHEN {differs} THEN 'c' ELSE 's' END
FROM {table} t
WHERE s.run_id = %(run)s AND s.is_good AND s.key <> '' AND {key} = s.key AND {holds}
"""

ENDED = """
WITH bad AS (
    UPDATE assets_stagedrow s SET is_good = false
    FROM {table} t
    WHERE s.run_id = %(run)s AND s.is_good AND s.key <> '' AND s.was IS NULL AND {key} = s.key AND t.jurisdiction = %(jurisdiction)s
    RETURNING s.number, s.key, s.geometry
)
INSERT INTO assets_importfault (run_id, number, "column", reason, given, value, is_note, lon, lat)
SELECT %(run)s, number, %(column)s, 'ended_key', '{{}}', left(key, 80), false, ST_X(ST_Centroid(geometry)), ST_Y(ST_Centroid(geometry))
FROM bad
"""

# What holds and stands in no row of the file, of the kinds that the file has: a survey of lamps says nothing of trees.
# By its place among what was matched, or by its key: two questions, each answered by one hash. As one with an OR it was a walk over the
# whole file for each part: a quarter of an hour for 218,602 trees beside 25,389, and no end beside a million.
GONE = """
FROM {table} t
WHERE {holds} AND t.valid_from < %(on)s
    AND NOT EXISTS (SELECT 1 FROM assets_stagedrow s WHERE s.run_id = %(run)s AND s.was = t.id)
    AND NOT EXISTS (SELECT 1 FROM assets_stagedrow s WHERE s.run_id = %(run)s AND s.key <> '' AND s.key = {key})
    {of_kinds}
"""

OF_KINDS = "AND t.{kind} IN (SELECT DISTINCT s.values->>'{kind}' FROM assets_stagedrow s WHERE s.run_id = %(run)s AND s.is_good)"


def compare(run: ImportRun, target: Target, work: Work) -> None:
    """Say of each good row whether it is new, changes something, or stands there as it is; refuse keys that have ended."""
    if target.apply is not None:
        return
    given = parameters(target, work)
    words = {"table": target.table, "key": key_of_row(target), "holds": HOLDS}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {target.table} WHERE jurisdiction = %s)", [work.jurisdiction])
        if not cursor.fetchone()[0]:
            return
        cursor.execute(
            "UPDATE assets_stagedrow SET was = NULL, fate = 'a' WHERE run_id = %(run)s AND (was IS NOT NULL OR fate <> 'a')",
            given,
        )
        cursor.execute("ANALYZE assets_stagedrow")
        cursor.execute(MATCHED.format(differs=differs(changed(target, work)), **words), given)
        if target.in_place:
            column = run.mapping.get(target.key, target.key)
            cursor.execute(ENDED.format(**words), given | {"column": column[:100]})


def gone(target: Target) -> str:
    """Return as SQL, from its FROM on, the rows ``t`` that the file does not hold any more."""
    of_kinds = OF_KINDS.format(kind=target.scope_field) if target.scope_field else ""
    return GONE.format(table=target.table, holds=HOLDS, key=key_of_row(target), of_kinds=of_kinds)


def gone_of(run: ImportRun, target: Target, work: Work) -> int:
    """Count the rows that are there and that the file does not hold."""
    del run
    if target.apply is not None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {gone(target)}", parameters(target, work))
        return int(cursor.fetchone()[0])
