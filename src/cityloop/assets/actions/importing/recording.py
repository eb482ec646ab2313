"""What a target that writes its rows itself has written, kept so that it can be undone."""

from collections.abc import Collection

from django.db import connection

from cityloop.assets.actions.importing.statements import stamp
from cityloop.assets.choices import Fate
from cityloop.assets.models import ImportChange
from cityloop.assets.targets import Work
from cityloop.geography.actions.bringing import Written


def record(work: Work, one: Written, columns: Collection[str]) -> None:
    """Keep rows of a table with a digest of what each is now, by its columns; of those that were taken away nothing is left to digest."""
    if not one.ids:
        return
    stamps: dict[int, int] = {}
    if one.fate != Fate.TAKEN:
        with connection.cursor() as cursor:
            digest = stamp(dict.fromkeys(columns, ""))
            cursor.execute(f"SELECT t.id, {digest} FROM {one.table} t WHERE t.id = ANY(%s)", [list(one.ids)])
            stamps = dict(cursor.fetchall())
    ImportChange.objects.create(
        run_id=work.run_id,
        table=one.table,
        fate=one.fate,
        rows=list(one.ids),
        stamps=[stamps.get(key, 0) for key in one.ids],
        before=list(one.before) or None,
    )
