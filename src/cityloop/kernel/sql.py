"""Statements that each connection plans once.

Django writes values into its statements, so PostgreSQL plans each anew: for the few statements behind every request,
planning takes longer than running. Here values travel apart, and the plan stays with the connection.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Asked(NamedTuple):
    """What Django's list of statements asks a cursor for; psycopg forgets it once a prepared statement has run."""

    query: bytes


class _Preparing:
    """A cursor that sends values apart from the statement and has the statement prepared."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor
        self._query: _Asked | None = None

    def execute(self, statement: str, parameters: Any = None) -> Any:
        self._query = _Asked(statement.encode())
        return self._cursor.execute(statement, parameters, prepare=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def prepared_cursor() -> CursorWrapper:
    """Return a cursor for a statement whose types PostgreSQL can tell: cast a parameter where it cannot.

    Errors are Django's, and the statements are counted as Django counts its own. Use it in a ``with``.
    """
    connection.ensure_connection()
    cursor: Any = _Preparing(psycopg.Cursor(connection.connection))  # as much of a cursor as the wrappers ask of one
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into ``table`` by COPY, within the transaction that is open; both names are our own, never a stranger's."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
