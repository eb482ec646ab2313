"""A checked import being applied: one transaction, and a list of what it wrote, so that it can be undone."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from cityloop.assets.actions.importing.checking import work_of
from cityloop.assets.actions.importing.comparing import compare, gone
from cityloop.assets.actions.importing.keeping import forget_rows
from cityloop.assets.actions.importing.statements import changed, inserted, parameters, stamp_of
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun
from cityloop.assets.targets import Target, Work, of_name
from cityloop.kernel.clock import machine_now

logger = logging.getLogger(__name__)

AT_ONCE = 5_000
"""Rows in one line of the list of changes."""

ADD = """
WITH new AS (
    INSERT INTO {table} AS t ({columns})
    SELECT {values} FROM assets_stagedrow s
    WHERE s.run_id = %(run)s AND s.is_good AND s.fate = %(fate)s AND (%(keyless)s OR s.key <> '') ORDER BY s.number
    RETURNING t.id, {stamp} AS stamp
), placed AS (SELECT id, stamp, (row_number() OVER () - 1) / {at_once} AS chunk FROM new)
INSERT INTO assets_importchange (run_id, "table", fate, rows, stamps)
SELECT %(run)s, '{table}', 'a', array_agg(id), array_agg(stamp) FROM placed GROUP BY chunk
"""

# A row that follows one that ends takes over what the file says nothing of.
FOLLOW = """
WITH new AS (
    INSERT INTO {table} AS t ({columns})
    SELECT {values} FROM assets_stagedrow s JOIN {table} o ON o.id = s.was
    WHERE s.run_id = %(run)s AND s.is_good AND s.fate = 'c' AND o.valid_to = %(on)s ORDER BY s.number
    RETURNING t.id, {stamp} AS stamp
), placed AS (SELECT id, stamp, (row_number() OVER () - 1) / {at_once} AS chunk FROM new)
INSERT INTO assets_importchange (run_id, "table", fate, rows, stamps)
SELECT %(run)s, '{table}', 'a', array_agg(id), array_agg(stamp) FROM placed GROUP BY chunk
"""

CHANGE = """
WITH had AS (
    SELECT t.id, jsonb_build_object({before}) AS before
    FROM {table} t JOIN assets_stagedrow s ON s.was = t.id
    WHERE s.run_id = %(run)s AND s.is_good AND s.fate = 'c' AND t.valid_from >= %(on)s
    FOR UPDATE OF t
), now AS (
    UPDATE {table} t SET {sets} FROM assets_stagedrow s, had
    WHERE s.run_id = %(run)s AND s.is_good AND s.fate = 'c' AND s.was = t.id AND had.id = t.id
    RETURNING t.id, {stamp} AS stamp, had.before
), placed AS (SELECT id, stamp, before, (row_number() OVER () - 1) / {at_once} AS chunk FROM now)
INSERT INTO assets_importchange (run_id, "table", fate, rows, stamps, before)
SELECT %(run)s, '{table}', 'c', array_agg(id), array_agg(stamp), jsonb_agg(before) FROM placed GROUP BY chunk
"""

END = """
WITH ending AS (SELECT t.id, t.valid_to {which}), now AS (
    UPDATE {table} t SET valid_to = %(on)s FROM ending WHERE ending.id = t.id
    RETURNING t.id, {stamp} AS stamp, jsonb_build_object('valid_to', ending.valid_to) AS before
), placed AS (SELECT id, stamp, before, (row_number() OVER () - 1) / {at_once} AS chunk FROM now)
INSERT INTO assets_importchange (run_id, "table", fate, rows, stamps, before)
SELECT %(run)s, '{table}', 'g', array_agg(id), array_agg(stamp), jsonb_agg(before) FROM placed GROUP BY chunk
"""

OLD = """
FROM {table} t JOIN assets_stagedrow s ON s.was = t.id
WHERE s.run_id = %(run)s AND s.is_good AND s.fate = 'c' AND t.valid_from < %(on)s
"""


def apply_run(run: ImportRun, *, actor_id: int | None, clock: Callable[[], datetime] = machine_now) -> ImportRun:
    """Write the good rows of a checked import, all in one transaction: a kill leaves nothing half done.

    What is there is compared anew, since others may have changed it meanwhile.
    """
    target, work = of_name(run.target), work_of(run)
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state != ImportState.APPLYING:  # somebody was faster
            return row
        with connection.cursor() as cursor:  # one at a time, as for other writers of the registry
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assets'), hashtext(%s))", [run.jurisdiction])
        if target.apply is not None:
            written = dict(target.apply(work))
        else:
            compare(row, target, work)
            written = _write(target, work)
        counts = row.counts | written
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.APPLIED,
            applied_at=clock(),
            applied_by=actor_id,
            counts=counts,
            finished_at=clock(),
            step="",
        )
    forget_rows(run)
    run.refresh_from_db()
    logger.info("import %s: %s of %s applied: %s", run.id, run.target, run.file_name, written)
    return run


def _write(target: Target, work: Work) -> dict[str, int]:
    given = parameters(target, work)
    columns = inserted(target, work)
    words = {"table": target.table, "stamp": stamp_of(target, columns), "at_once": AT_ONCE}
    add = ADD.format(columns=", ".join(columns), values=", ".join(columns.values()), **words)
    with connection.cursor() as cursor:
        if target.change is not None:
            followed = target.change(work)
        else:
            followed = _follow(cursor, target, work, words, given)
            _change(cursor, target, work, words, given)
        cursor.execute(add, given | {"fate": "a", "keyless": target.finish is None})
        if target.finish is not None:  # numbers count on from those that rows brought with them
            target.finish(work)
            cursor.execute(add, given | {"fate": "n", "keyless": False})
        if work.options.get("replace"):
            _end(cursor, target, work, words, given)
        cursor.execute(
            f"ANALYZE {target.table}"
        )  # tiles are asked for at once, and autovacuum has not seen these rows yet
    ended = 0 if target.change else followed
    return {"added": _sum(work, "a") - ended, "changed": _sum(work, "c") + ended, "gone": _sum(work, "g") - ended}


def _change(cursor: Any, target: Target, work: Work, words: dict[str, Any], given: dict[str, Any]) -> None:
    """Change in place what began on this very day: nothing can end before it has begun."""
    told = changed(target, work)
    before = ", ".join(f"'{name}', t.{name}::text" for name in told)
    sets = ", ".join(f"{name} = {value}" for name, value in told.items())
    cursor.execute(CHANGE.format(before=before, sets=sets, **words), given)


def _end(cursor: Any, target: Target, work: Work, words: dict[str, Any], given: dict[str, Any]) -> None:
    if target.end is None:
        cursor.execute(END.format(which=gone(target), **words), given)
        return
    cursor.execute(f"SELECT t.id {gone(target)}", given)
    target.end(work, [key for (key,) in cursor.fetchall()])


def _follow(cursor: Any, target: Target, work: Work, words: dict[str, Any], given: dict[str, Any]) -> int:
    """End the rows that change and begin new ones; return how many. One that began on this very day is changed in place."""
    told = {*changed(target, work), "jurisdiction", "valid_from", "geometry", target.key}
    columns = {name: value if name in told else f"o.{name}" for name, value in inserted(target, work).items()}
    cursor.execute(END.format(which=OLD.format(table=target.table), **words), given)
    cursor.execute(FOLLOW.format(columns=", ".join(columns), values=", ".join(columns.values()), **words), given)
    return _sum(work, "g")


def _sum(work: Work, fate: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(cardinality(rows)), 0) FROM assets_importchange WHERE run_id = %s AND fate = %s",
            [work.run_id, fate],
        )
        return int(cursor.fetchone()[0])
