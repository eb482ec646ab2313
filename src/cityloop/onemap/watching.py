"""Steps for the migrations of rooms: which of their tables tiles are made of, and which are counted by cell.

Triggers run once a statement, also for a COPY of millions, and write in its transaction: no change is committed without them.
"""

from django.db.migrations.operations import RunSQL

EVENTS = (
    ("INSERT", "NEW TABLE AS come"),
    ("UPDATE", "OLD TABLE AS gone NEW TABLE AS come"),
    ("DELETE", "OLD TABLE AS gone"),
)


def note_changes(table: str, shape: str = "r.mercator") -> list[RunSQL]:
    """Return the steps after which every change of ``table`` is noted by place: a layer may then name it among its ``sources``.

    Args:
        table: Name of the database table; the name of the source, too.
        shape: Expression of a row ``r`` that gives its shape in EPSG:3857; ``""`` where a row has no place: then every tile is made anew.
    """
    return _triggers(table, "noted", f"onemap_note_change({_quoted(table)}, {_quoted(shape)})")


def count_cells(table: str, layer: str, *, since: str, until: str, shape: str = "r.mercator") -> list[RunSQL]:
    """Return the steps after which ``layer`` is counted by cell, those that stand in ``table`` already included.

    Args:
        table: Name of the database table, with a column ``jurisdiction``.
        layer: Name of the layer.
        since: Expression of a row ``r``: the first day on which it counts.
        until: The first day on which it counts no more; NULL while nobody knows one.
        shape: Its shape in EPSG:3857; a line or a polygon counts at its centroid.
    """
    arguments = ", ".join(map(_quoted, (layer, shape, since, until)))
    statement = f"onemap_count_statement({arguments}, {_quoted(f'SELECT 1 AS sign, t.* FROM {table} t')})"
    return [
        RunSQL(
            f"DO $do$ BEGIN EXECUTE {statement}; END $do$",
            f"DELETE FROM onemap_cellcount WHERE layer = {_quoted(layer)}",
        ),
        *_triggers(table, "counted", f"onemap_note_count({arguments})"),
    ]


def _triggers(table: str, what: str, call: str) -> list[RunSQL]:
    return [
        RunSQL(
            f"CREATE TRIGGER {table}_{what}_{event.lower()} AFTER {event} ON {table} REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {call}",
            f"DROP TRIGGER {table}_{what}_{event.lower()} ON {table}",
        )
        for event, rows in EVENTS
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
