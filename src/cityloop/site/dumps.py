"""``pg_dump`` and ``pg_restore`` on the database that Django is connected to, whichever that is."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO

import psycopg
from django.db import connection
from psycopg import sql

from cityloop.kernel.errors import Conflict, Unavailable
from cityloop.kernel.translation import _
from cityloop.site import postgres

PLAIN = ("--no-owner", "--no-privileges", "--no-comments")
"""A role of another name, on another server, takes the backup as well."""

IS_EMPTY = """
-- Whether nothing of ours or of anybody's is there; what came with an extension (PostGIS has tables too) does not count.
SELECT NOT EXISTS (
    SELECT FROM pg_class AS thing JOIN pg_namespace AS place ON place.oid = thing.relnamespace
    WHERE place.nspname <> 'information_schema' AND place.nspname !~ '^pg_' AND thing.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = thing.oid AND deptype = 'e'
    )
)
"""

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

TABLES = """
-- What a dump may come to at most: tables with their long values, indexes left out.
SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class WHERE relkind IN ('r', 'm')
"""


def is_empty() -> bool:
    return bool(_ask(IS_EMPTY))


def others_connected() -> int:
    """Return how many other sessions are in the database: somebody works with it."""
    return int(_ask(OTHERS))


def most_bytes_of_a_dump() -> int:
    return int(_ask(TABLES))


def bytes_on_disk() -> int:
    return int(_ask("SELECT pg_database_size(current_database())"))


def may_create_databases() -> bool:
    return bool(_ask("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"))


def identity(name: str) -> int:
    """Return the number of a database, which it keeps whatever its name becomes; 0 where there is none."""
    return int(_ask("SELECT coalesce(max(oid::bigint), 0) FROM pg_database WHERE datname = %s", [name]))


def server_version() -> int:
    """Return the server's major version."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10000


def _ask(question: str, parameters: Sequence[str] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        (answer,) = cursor.fetchone()
    return answer  # type: ignore[no-any-return]


@contextmanager
def dumped(snapshot: str) -> Iterator[IO[bytes]]:
    """Give a stream of the database as it was at ``snapshot``; it raises at its end where ``pg_dump`` failed."""
    # The lowest level is five times as quick as the usual one, for a tenth more bytes.
    more = ["--format=custom", "--compress=1", f"--snapshot={snapshot}", *PLAIN]
    with _running("pg_dump", [*_where(), *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout


def restore(blocks: Iterator[bytes], name: str) -> None:
    """Write a dump into the database ``name``: all of it in one transaction, or nothing.

    Raises:
        Unavailable: ``pg_restore`` failed; the database is as it was.
    """
    more = ["--single-transaction", "--exit-on-error", *PLAIN]
    with _running("pg_restore", [*_where(name), *more], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        try:
            for block in blocks:
                process.stdin.write(block)
        except BrokenPipeError:
            pass  # it has given up: its exit code and its words say why
        except BaseException:
            # A part of the backup cannot be read: nothing of it may be committed. Killed before its input ends, since an end
            # would look to it like the whole.
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()


@contextmanager
def _running(name: str, arguments: list[str], *, stdin: int, stdout: int) -> Iterator["subprocess.Popen[bytes]"]:
    with TemporaryFile() as words:
        command = [_program(name), *arguments]
        with subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=words, env=_environment(), cwd="/"
        ) as process:
            yield process
        if process.returncode:
            words.seek(0)
            why = words.read().decode(errors="replace").strip()[-2000:]
            raise Unavailable(_("“%(program)s” failed: %(why)s") % {"program": name, "why": why})


def _program(name: str) -> str:
    """Return the program of the server's own version, else the newest: an older one does not read what a newer server wrote."""
    version = server_version()
    try:
        return postgres.program(name, str(version))
    except Unavailable:
        path = postgres.program(name)
    done = subprocess.run([path, "--version"], check=False, capture_output=True, text=True)
    found = done.stdout.rpartition(") ")[2].partition(".")[0].split(" ")[0].strip()
    if not found.isdigit() or int(found) < version:
        words = _("The server is PostgreSQL %(version)d. Install its programs here: postgresql-client-%(version)d.")
        raise Unavailable(words % {"version": version})
    return path


def _where(name: str = "") -> list[str]:
    connection.ensure_connection()
    # Only what was given: our library names defaults too, some of them unknown to an older program. What the web asks of
    # its sessions ("options") is nothing to a dump.
    given = ({"host", "port", "user", "dbname"} | connection.settings_dict["OPTIONS"].keys()) - {"options"}
    held = connection.connection.info.get_parameters()
    parameters = {key: value for key, value in held.items() if key in given}
    return ["--dbname", psycopg.conninfo.make_conninfo(**parameters | ({"dbname": name} if name else {}))]


def _environment() -> dict[str, str]:
    """Return the environment with the password, which others on the machine could read in a command line."""
    password = connection.connection.info.password
    return os.environ | {"PGAPPNAME": "cityloop backup"} | ({"PGPASSWORD": password} if password else {})


# ---- Databases beside ours ------------------------------------------------------------------------------------------


@contextmanager
def connected(name: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Give a connection to another database of the same server, each statement by itself."""
    connection.ensure_connection()
    password = connection.connection.info.password
    with psycopg.connect(_where(name)[1], password=password or None, autocommit=True) as database:
        yield database


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Let Django work on the database ``name`` while the block runs."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def make_anew(name: str) -> None:
    """Make an empty database; one of that name that a killed run left goes first."""
    drop(name)
    with connected("postgres") as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop(name: str) -> None:
    with connected("postgres") as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def take_the_place(new: str, aside: str) -> None:
    """Give the database ``new`` the name of ours, and ours the name ``aside``: both at once, or neither.

    Raises:
        Conflict: Somebody is connected to one of them.
    """
    ours = connection.settings_dict["NAME"]
    with connected("postgres") as server:
        connection.close()
        try:
            with server.transaction():
                for name, becomes in ((ours, aside), (new, ours)):
                    words = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                    server.execute(words.format(sql.Identifier(name), sql.Identifier(becomes)))
        except psycopg.errors.ObjectInUse as exc:
            raise Conflict(in_use()) from exc


def in_use() -> str:
    return _("Somebody works with the database. Stop CityLoop on every machine of this installation first.")
