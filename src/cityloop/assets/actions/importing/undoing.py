"""An applied import taken back: only rows that nothing has changed since."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
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
from cityloop.kernel.translation import _, ngettext

logger = logging.getLogger(__name__)

NAMED_AT_ONCE = 20_000
"""Rows of which is asked in one statement whether anything names them."""

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
    FROM assets_importchange c WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate <> 'r'
) u LEFT JOIN {table} t ON t.id = u.id WHERE t.id IS NULL OR {stamp} <> u.stamp ORDER BY u.id
"""


# A row that held for no day was taken away whole; it comes back unless what stays of the import stands where it stood.
RETURNED = """
INSERT INTO {table} (id, {columns})
SELECT made.id, {values} FROM assets_importchange c, jsonb_array_elements(c.before) AS taken,
    LATERAL jsonb_populate_record(NULL::{table}, taken) AS made
WHERE c.run_id = %(run)s AND c."table" = '{table}' AND c.fate = 'r' ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A row that was changed, or is gone, since the import wrote it; or one that it brought and ``cases`` cases name."""

    table: str
    id: int
    name: str
    is_gone: bool
    cases: int = 0

    @property
    def why(self) -> str:
        """What stands against taking it back, in words."""
        if self.cases:
            return ngettext("is named by one case", "is named by %(count)d cases", self.cases) % {"count": self.cases}
        return _("is gone") if self.is_gone else _("was changed since")


def undo_run(
    run: ImportRun, *, actor_id: int | None, partly: bool = False, clock: Callable[[], datetime] = machine_now
) -> ImportRun:
    """Take an applied import back in one transaction: what it added goes, what it changed or ended is as it was.

    Args:
        run: The import.
        actor_id: Who wants it.
        partly: Leave rows that were changed since as they are, and end those that cases name; else one of them keeps all of it.
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
        named = {one.id for one in found if one.cases}
        if found and not partly:
            raise _kept(found)
        for table, columns in _tables(row, target).items():
            _take_back(row, target, table, columns, named if table == target.table else set())
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.UNDONE,
            undone_at=clock(),
            undone_by=actor_id,
            counts=row.counts | {"left": len(found) - len(named), "ended": len(named)},
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
            key = target.key or "code"
            name = f"coalesce(t.{key}::text, '')" if key in columns else "''"
            cursor.execute(IN_THE_WAY.format(table=table, stamp=stamp_of(target, columns), name=name), {"run": run.id})
            found += [InTheWay(table, key, called or "", is_gone) for key, called, is_gone in cursor.fetchall()]
    return [*found, *_named(run, target)]


def _named(run: ImportRun, target: Target) -> Iterator[InTheWay]:
    """Yield the rows that an import brought, that are as it wrote them, and that something of another room names."""
    if target.named is None:
        return
    columns = _tables(run, target)[target.table]
    stands = STANDS.format(table=target.table, stamp=stamp_of(target, columns))
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.id, t.{target.key} FROM {target.table} t JOIN ({stands}) AS stands ON stands.id = t.id "
                "WHERE t.id > %(after)s ORDER BY t.id LIMIT %(most)s",
                {"run": run.id, "fates": [Fate.ADDED], "after": after, "most": NAMED_AT_ONCE},
            )
            rows = cursor.fetchall()
        cases = target.named(run.jurisdiction, [key for _id, key in rows])
        yield from (
            InTheWay(target.table, row_id, key, is_gone=False, cases=cases[key]) for row_id, key in rows if key in cases
        )
        if len(rows) < NAMED_AT_ONCE:
            return
        after = rows[-1][0]


def _kept(found: Sequence[InTheWay]) -> Conflict:
    words = _("%(count)d rows of this import were changed since, so it stays. You may undo the others alone.")
    if named := sum(bool(one.cases) for one in found):
        words = _(
            "%(named)d parts of this import are named by cases and %(changed)d rows were changed since, so it stays. Undo the "
            "others alone: what cases name is then ended and stays to be looked up."
        )
    return Conflict(
        words % {"count": len(found), "named": named, "changed": len(found) - named},
        faults=[Fault(one.name or str(one.id), one.why) for one in found[:TOLD]],
        rows=len(found),
    )


def _tables(run: ImportRun, target: Target) -> dict[str, Any]:
    """Return the columns, by table, of all that an import may have written; what others hang on comes last."""
    return dict(target.tables) or {target.table: inserted(target, work_of(run))}


def _take_back(run: ImportRun, target: Target, table: str, columns: Any, named: Collection[int]) -> None:
    given: dict[str, Any] = {"run": run.id, "named": list(named)}
    stands = STANDS.format(table=table, stamp=stamp_of(target, columns))
    names = set[str]()
    for before in ImportChange.objects.filter(run=run, table=table, fate=Fate.CHANGED).values_list("before", flat=True)[
        :1
    ]:
        names = set(before[0]) if before else set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM ({stands}) AS stands) AND NOT id = ANY(%(named)s::bigint[])",
            given | {"fates": [Fate.ADDED]},
        )
        if named and target.retire is not None:
            target.retire(work_of(run), sorted(named))
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
        names = {*columns, "valid_to"}
        cursor.execute(
            RETURNED.format(table=table, columns=", ".join(names), values=", ".join(f"made.{one}" for one in names)),
            given,
        )
