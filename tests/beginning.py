"""The database of the tests: made by the migrations once for a whole run, copied for each worker, and kept as it began.

After a test that commits, Django empties every table and fills anew what the migrations had left: four tenths of a
second each time, and the whole run waits. Here only what was written goes, which a table's own length tells.
"""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from cast import load_standards
from pasting import FILLED, Rows, copied, paste

MADE = "made_by_migrations"
WORTH_TRUNCATING = 32 * 8192
"""Bytes: a shorter table is emptied row by row, since ``TRUNCATE`` makes new files for it and each of its indexes."""

_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
"""
_LENGTHS = """
SELECT t, pg_relation_size(to_regclass(quote_ident(t))) FROM unnest(%s::text[]) t
WHERE pg_relation_size(to_regclass(quote_ident(t))) > 0
"""
_REFERENCES = """
SELECT c.relname, r.relname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
WHERE f.contype = 'f'
"""


def make_database() -> str:
    """Make this worker's database, a copy of the one that the first of the workers lets the migrations make; return its name."""
    name = connection.creation._get_test_db_name()
    with _one_at_a_time(settings.DATA / "made.lock"), _server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MADE]).fetchone():
            connection.settings_dict["TEST"]["NAME"] = draft = f"{MADE}_half"
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            load_standards()
            connection.close()
            _ask(server, "ALTER DATABASE {} RENAME TO {}", draft, MADE)
        _ask(server, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, MADE)
    connection.settings_dict["TEST"]["NAME"] = name
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    return name


def drop_database(name: str) -> None:
    connection.close()
    with _server() as server:
        _ask(server, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _server() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(
        f"postgresql:///postgres?host={settings.DATA / 'run'}&user=cityloop", autocommit=True
    ) as server:
        yield server


def _ask(server: "psycopg.Connection[tuple[object, ...]]", words: str, *names: str) -> None:
    server.execute(sql.SQL(words).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


@dataclass
class Beginning:
    """What the tables of a new database hold.

    Args:
        empty: Names of the tables without a row.
        kept: The rows of all others.
        above: By table the tables that refer to it, directly or by others.
    """

    empty: list[str]
    kept: Rows
    above: dict[str, set[str]]
    marks: dict[str, tuple[int, int]]

    @classmethod
    def of_now(cls) -> "Beginning":
        load_standards()
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            tables = sorted(name for (name,) in cursor.fetchall())
            cursor.execute(_REFERENCES)
            pairs = set(cursor.fetchall())
        marks = _marks(tables)
        filled = [name for name in tables if marks[name][0]]
        FILLED.update(filled)
        above = {name: _reaching(name, pairs) for name in tables}
        return cls(
            [name for name in tables if name not in filled], copied(filled), above, {n: marks[n] for n in filled}
        )

    def bring_back(self) -> None:
        """Take away what was committed since; whoever still writes is waited for."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LENGTHS, [self.empty])
            lengths = dict(cursor.fetchall())
            names = ", ".join(f'"{name}"' for name in (*lengths, *self.kept))
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
            found = _marks(self.kept)
            changed = [name for name in self.kept if found[name] != self.marks[name]]
            long = {name for name, length in lengths.items() if length > WORTH_TRUNCATING}
            long = set().union(*({name, *self.above[name]} for name in long if self.above[name].isdisjoint(self.kept)))
            cursor.execute("SET LOCAL session_replication_role = replica")
            if long:
                cursor.execute(f"TRUNCATE {', '.join(sorted(long))}")
            for name in set(lengths) - long:
                cursor.execute(f'DELETE FROM "{name}"')
            cursor.execute("SET LOCAL session_replication_role = origin")
            paste({name: self.kept[name] for name in changed}, instead=changed)
            self.marks.update(_marks(changed))


def _marks(tables: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return how many rows each table has and which transaction wrote the youngest: no change leaves both as they were."""
    each = [f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{name}\"" for name in tables]
    if not each:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return {name: (rows, youngest) for name, rows, youngest in cursor.fetchall()}


def _reaching(name: str, pairs: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    todo = {name}
    while todo:
        todo = {above for above, below in pairs if below in todo} - found - {name}
        found |= todo
    return found
