"""What many tests begin from is made once in a database, and written there again by COPY of what came of it.

    cast = once("cast", appoint_cast)

Ids and versions are those of the first time, so that what a process has cached of it still holds.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, transaction

T = TypeVar("T")
Rows = dict[str, bytes]
"""Rows of a database by the name of their table, as COPY writes them."""


@dataclass(frozen=True)
class _Made:
    """What was returned, the rows of all tables that were written, and those of them that had rows before."""

    value: Any
    rows: Rows
    emptied: frozenset[str]


_made: dict[tuple[str, str, str], _Made] = {}
FILLED: set[str] = set()
"""Tables in which every test finds rows; ``beginning`` says which."""

_WRITTEN = """
SELECT relname, n_tup_upd + n_tup_del > 0 FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def once(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` returns, with everything it writes: made the first time in a database, pasted ever after.

    Where anything else was written before, it is made and not kept.
    """
    key = (name, str(connection.settings_dict["HOST"]), str(connection.settings_dict["NAME"]))
    with transaction.atomic(), connection.cursor() as cursor:
        if known := _made.get(key):
            paste(known.rows, instead=known.emptied)
            value: T = deepcopy(known.value)
            return value
        cursor.execute(_WRITTEN)
        is_first = not cursor.fetchall()
        value = make()
        if is_first:
            cursor.execute(_WRITTEN)
            written = dict(cursor.fetchall())
            older = {table for table in written if _older_rows(table)}
            if older <= FILLED:
                emptied = older | {table for table, changed in written.items() if changed}
                _made[key] = _Made(deepcopy(value), copied(sorted(written)), frozenset(emptied))
    return value


def _older_rows(table: str) -> bool:
    """Return whether rows were there before this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table} WHERE xmin::text::bigint < pg_current_xact_id()::text::bigint)"
        )
        return bool(cursor.fetchone()[0])


def copied(tables: Iterable[str]) -> Rows:
    """Return all rows of some tables."""
    rows = {}
    with connection.cursor() as cursor:
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                rows[table] = b"".join(bytes(block) for block in out)
    return rows


def paste(rows: Rows, *, instead: Iterable[str] = ()) -> None:
    """Write rows that passed all triggers and checks of references once, without having them pass again.

    Args:
        rows: What ``copied`` gave.
        instead: Tables whose rows go first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in sorted(instead):
            cursor.execute(f"DELETE FROM {table}")
        for table, block in rows.items():
            if block:
                with cursor.copy(f"COPY {table} FROM STDIN") as into:
                    into.write(block)
        cursor.execute("SET LOCAL session_replication_role = origin")
