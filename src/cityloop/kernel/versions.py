"""The version row of a jurisdiction: each request reads it, so that nothing cached outlives a change.

A table whose rows are cached in a process is *watched*: a trigger counts the version of the row's jurisdiction up in the
same transaction. A revoked right is gone with the commit that revoked it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.migrations.operations import RunSQL

from cityloop.kernel.sql import prepared_cursor

SHARED = ""
"""The version row of what all jurisdictions share."""


def watch(table: str, *, jurisdiction: str | None = "jurisdiction", columns: tuple[str, ...] = ()) -> RunSQL:
    """Return the migration step that watches ``table``.

    Args:
        table: Name of the database table.
        jurisdiction: Column that holds the jurisdiction's code; ``None`` where all jurisdictions share the rows.
        columns: Only a change of these columns counts; all of them if empty.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    argument = jurisdiction or ""
    return RunSQL(
        sql=(
            f"CREATE TRIGGER {table}_watch AFTER INSERT OR DELETE OR UPDATE{of} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION kernel_count_version('{argument}')"
        ),
        reverse_sql=f"DROP TRIGGER {table}_watch ON {table}",
    )


_reading: ContextVar[dict[str, tuple[int, int]] | None] = ContextVar("reading", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Read the versions of each jurisdiction once within it: a request sees one state of what is configured.

    Not around anything that changes what is configured and then looks at it.
    """
    token = _reading.set({})
    try:
        yield
    finally:
        _reading.reset(token)


def versions_of(jurisdiction: str, *, anew: bool = False) -> tuple[int, int]:
    """Return the shared version and the jurisdiction's own: one query, the key of every cache.

    Args:
        jurisdiction: Code.
        anew: Look again, whatever was read before; what is found holds from now on.
    """
    kept = _reading.get()
    if kept is None:
        return _read(jurisdiction)
    if anew or jurisdiction not in kept:
        kept[jurisdiction] = _read(jurisdiction)
    return kept[jurisdiction]


def remember(versions: Mapping[str, int]) -> None:
    """Let what was read by somebody else hold within ``one_reading``: the shared row and those of some jurisdictions.

    Args:
        versions: By jurisdiction's code, ``SHARED`` among them; where a jurisdiction has no row it is not named.
    """
    kept = _reading.get()
    if kept is not None:
        shared = versions.get(SHARED, 0)
        for jurisdiction, version in versions.items():
            kept.setdefault(jurisdiction, (shared, version))


def _read(jurisdiction: str) -> tuple[int, int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(version) FILTER (WHERE jurisdiction = ''), 0),"
            " coalesce(max(version) FILTER (WHERE jurisdiction = %s), 0)"
            " FROM kernel_configversion WHERE jurisdiction IN ('', %s)",
            [jurisdiction, jurisdiction],
        )
        shared, own = cursor.fetchone()
    return shared, own
