"""An applied import taken back: only rows that nothing has changed since."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from cityloop.assets.actions.importing.checking import work_of
from cityloop.assets.actions.importing.statements import inserted, stamp_of
from cityloop.assets.choices import Fate, ImportState
from cityloop.assets.models import ImportChange, ImportRun
from cityloop.assets.targets import Target, of_name
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, Fault
from cityloop.kernel.translation import _

logger = logging.getLogger(__name__)

TOLD = 100
"""Rows in the way that are told one by one."""

STANDS = """
SELECT u.id, u.before FROM (
    SELECT unnest(c.rows) AS id, unnest(c.stamps) AS stamp, jsonb_array_elements(coalesce(c.before, to_jsonb(array_fill(0, ARRAY[cardinality(c.rows)])))) AS before
    FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = ANY(%(fates)s)
) u JOIN {table} t ON t.id = u.id WHERE {stamp} = u.stamp
"""

IN_THE_WAY = """
SELECT u.id, {name}, t.id IS NULL FROM (
    SELECT unnest(c.rows) AS id, unnest(c.stamps) AS stamp
    FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}'
) u LEFT JOIN {table} t ON t.id = u.id WHERE t.id IS NULL OR {stamp} <> u.stamp ORDER BY u.id
"""


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A row that was changed, or is gone, since the import wrote it."""

    table: str
    id: int
    name: str
    is_gone: bool


def undo_run(
    run: ImportRun, *, actor_id: int | None, partly: bool = False, clock: Callable[[], datetime] = machine_now
) -> ImportRun:
    """Take an applied import back in one transaction: what it added goes, what it changed or ended is as it was.

    Args:
        run: The import.
        actor_id: Who wants it.
        partly: Leave rows that were changed since as they are; else one of them keeps all of it.
        clock: The machine's.

    Raises:
        Conflict: It is not applied; or rows were changed since: ``faults`` name them.
    """
    target = of_name(run.target)
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state not in {ImportState.APPLIED, ImportState.UNDOING}:
            raise Conflict(
                _("This import is “%(state)s”: there is nothing to undo.") % {"state": row.get_state_display()}
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assets'), hashtext(%s))", [run.jurisdiction])
        found = in_the_way(row)
        if found and not partly:
            raise _kept(found)
        for table, columns in _tables(row, target).items():
            _take_back(row, target, table, columns)
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.UNDONE, undone_at=clock(), undone_by=actor_id, counts=row.counts | {"left": len(found)}
        )
    run.refresh_from_db()
    logger.info("import %s: %s of %s undone, %d rows left", run.id, run.target, run.file_name, len(found))
    return run


def in_the_way(run: ImportRun) -> list[InTheWay]:
    """Return the rows that were changed since an import wrote them."""
    target = of_name(run.target)
    found: list[InTheWay] = []
    with connection.cursor() as cursor:
        for table, columns in _tables(run, target).items():
            name = f"coalesce(t.{target.key}::text, '')" if target.key and target.key in columns else "''"
            cursor.execute(IN_THE_WAY.format(table=table, stamp=stamp_of(target, columns), name=name), {"run": run.id})
            found += [InTheWay(table, key, called or "", is_gone) for key, called, is_gone in cursor.fetchall()]
    return found


def _kept(found: Sequence[InTheWay]) -> Conflict:
    words = _("%(count)d rows of this import were changed since, so it stays. You may undo the others alone.")
    return Conflict(
        words % {"count": len(found)},
        faults=[
            Fault(one.name or str(one.id), _("is gone") if one.is_gone else _("was changed since"))
            for one in found[:TOLD]
        ],
        rows=len(found),
    )


def _tables(run: ImportRun, target: Target) -> dict[str, Any]:
    """Return the columns, by table, of all that an import may have written; what others hang on comes last."""
    return dict(target.tables) or {target.table: inserted(target, work_of(run))}


def _take_back(run: ImportRun, target: Target, table: str, columns: Any) -> None:
    given: dict[str, Any] = {"run": run.id}
    stands = STANDS.format(table=table, stamp=stamp_of(target, columns))
    names = set[str]()
    for before in ImportChange.objects.filter(run=run, table=table, fate=Fate.CHANGED).values_list("before", flat=True)[
        :1
    ]:
        names = set(before[0]) if before else set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM ({stands}) AS stands)", given | {"fates": [Fate.ADDED]}
        )
        if target.take_back is not None:
            for fate in (Fate.CHANGED, Fate.GONE):
                cursor.execute(stands, given | {"fates": [fate]})
                target.take_back(work_of(run), fate, {key: orjson.loads(before) for key, before in cursor.fetchall()})
            return
        cursor.execute(
            f"UPDATE {table} t SET valid_to = (stands.before->>'valid_to')::date FROM ({stands}) AS stands WHERE stands.id = t.id",
            given | {"fates": [Fate.GONE]},
        )
        if names:
            sets = ", ".join(f"{name} = (had.made).{name}" for name in sorted(names))
            cursor.execute(
                f"""
                UPDATE {table} t SET {sets}
                FROM (SELECT id, jsonb_populate_record(NULL::{table}, before) AS made FROM ({stands}) AS stands) AS had
                WHERE had.id = t.id
                """,
                given | {"fates": [Fate.CHANGED]},
            )
