"""Rows into the tables of an import by COPY, as blocks of text: a million in seconds."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import shapely
from django.db import connection

from cityloop.assets.rules.imports.rows import Found, Rows
from cityloop.assets.targets import Target
from cityloop.geography.rules.shapes import POINT, as_ewkb

NULL = "\\N"


def stage(run_id: UUID, target: Target, rows: Rows, fields: Sequence[str]) -> int:
    """Write the rows of a batch, the good ones and those that only their keys and places tell; return how many."""
    count = len(rows.numbers)
    columns = [rows.texts[name] for name in fields]
    dumped = b"\n".join(
        orjson.dumps({name: column[at] for name, column in zip(fields, columns, strict=True) if column[at]})
        for at in range(count)
    )
    values = dumped.replace(b"\\", b"\\\\").decode().split("\n")
    shapes = as_ewkb(rows.shapes)
    is_shown = (
        rows.good if not target.tolerance_m else rows.good | (rows.placed & (shapely.get_type_id(rows.shapes) == POINT))
    )
    shapes[~is_shown] = None
    head = f"{run_id}\t"
    block = "".join(
        f"{head}{number}\t{key}\t{value}\t{shape or NULL}\t{'t' if good else 'f'}\ta\n"
        for number, key, value, shape, good in zip(
            rows.numbers.tolist(), _keys(target, rows), values, shapes, rows.good.tolist(), strict=True
        )
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY assets_stagedrow (run_id, number, key, values, geometry, is_good, fate) FROM STDIN") as copy,
    ):
        copy.write(block)
    return count


def _keys(target: Target, rows: Rows) -> list[str]:
    """Return by what each row is known again: its own key, or where it has none and its kind knows none, its shape."""
    count = len(rows.numbers)
    own = [text[:64] for text in rows.texts[target.key]] if target.key in rows.texts else [""] * count
    if _needs_escape("".join(own)):
        own = [_escaped(text) for text in own]
    if not target.shape_key:
        return own
    wkb = shapely.to_wkb(rows.shapes)
    words = rows.texts.get(target.kind_field) or [""] * count
    return [
        key or (hashlib.md5(shape + word.encode(), usedforsecurity=False).hexdigest() if good else "")
        for key, shape, word, good in zip(own, wkb, words, rows.good.tolist(), strict=True)
    ]


def write_found(run_id: UUID, found: Sequence[Found]) -> None:
    """Write what was found in rows."""
    if not found:
        return
    block = "".join(
        "\t".join((
            str(run_id), str(one.number), _escaped(one.column[:100]), one.reason, _json(one.given), _escaped(one.value),
            "t" if one.is_note else "f", _number(one.lon), _number(one.lat),
        )) + "\n"
        for one in found
    )  # fmt: skip
    with (
        connection.cursor() as cursor,
        cursor.copy(
            'COPY assets_importfault (run_id, number, "column", reason, given, value, is_note, lon, lat) FROM STDIN'
        ) as copy,
    ):
        copy.write(block)


def _needs_escape(text: str) -> bool:
    return any(sign in text for sign in ("\\", "\t", "\n", "\r", "\x00"))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\x00", "")


def _json(given: Any) -> str:
    return orjson.dumps(given).decode().replace("\\", "\\\\") if given else "{}"


def _number(value: float | None) -> str:
    return NULL if value is None else repr(value)
