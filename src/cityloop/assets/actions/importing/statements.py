"""The columns of a target as SQL over its staged rows: what is inserted, what is changed, what is compared.

Names of tables and columns come from the targets of our own rooms, never from a file; every value travels as a parameter.
"""

from collections.abc import Mapping
from typing import Any

from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.targets import Target, Work

HOLDS = "t.jurisdiction = %(jurisdiction)s AND t.valid_from <= %(on)s AND (t.valid_to IS NULL OR t.valid_to > %(on)s)"
CASTS = {FieldKind.NUMBER: "float8", FieldKind.DAY: "date"}


def expression(one: Field) -> str:
    """Return a field of the staged row ``s`` as its column takes it."""
    if one.name == "valid_from":
        return "coalesce((s.values->>'valid_from')::date, %(on)s)"
    if one.kind in CASTS:
        return f"(s.values->>'{one.name}')::{CASTS[one.kind]}"
    if one.kind is FieldKind.FLAG:
        return f"coalesce((s.values->>'{one.name}')::boolean, false)"
    return f"coalesce(s.values->>'{one.name}', '{one.default}')"


def inserted(target: Target, work: Work) -> dict[str, str]:
    """Return expressions by column for a row that is new."""
    columns = {one.name: expression(one) for one in target.fields if one.for_table and one.name != target.key}
    if target.key:
        columns[target.key] = "s.key" if not target.shape_key else f"coalesce(s.values->>'{target.key}', '')"
    columns |= {"jurisdiction": "%(jurisdiction)s", "geometry": "s.geometry"}
    columns.setdefault("valid_from", "%(on)s")
    return columns | {name: f"%({name})s" for name in target.always(work)} | dict(target.derived)


def changed(target: Target, work: Work) -> dict[str, str]:
    """Return expressions by column for what a row changes in one that is there: only what the file tells."""
    told = {*work.mapping, *KEPT_UP} - {target.key, "valid_from"}
    columns = {one.name: expression(one) for one in target.fields if one.for_table and one.name in told}
    return columns | {"geometry": "s.geometry"}


KEPT_UP = ("unit_grid", "street", "community")
"""Fields that follow the place, whether or not the file has them."""


def parameters(target: Target, work: Work) -> dict[str, Any]:
    """Return what all the statements of an import are given."""
    return {"run": work.run_id, "jurisdiction": work.jurisdiction, "on": work.valid_from, **target.always(work)}


def key_of_row(target: Target, row: str = "t") -> str:
    """Return as SQL by what a row of the table is known."""
    if not target.shape_key:
        return f"{row}.{target.key}"
    # As staging._keys makes it: two shops at one place are two, by their names.
    words = f" || convert_to({row}.{target.kind_field}, 'UTF8')" if target.kind_field else ""
    shape = f"md5(ST_AsBinary({row}.geometry){words})"
    return f"coalesce(nullif({row}.{target.key}, ''), {shape})" if target.key else shape


def differs(columns: Mapping[str, str]) -> str:
    """Return as SQL whether a row ``t`` holds something else than the staged row ``s`` tells; ``changed_on`` alone is no change."""
    sides = [
        f"t.{name} IS DISTINCT FROM {told}" for name, told in columns.items() if name not in {"geometry", "changed_on"}
    ]
    return " OR ".join([*sides, "NOT (t.geometry = s.geometry)"])


def stamp(columns: Mapping[str, str], row: str = "t") -> str:
    """Return as SQL a digest of a row by its columns and its end; it has another one after any change."""
    names = sorted({*columns, "valid_to"})
    return f"hashtextextended(concat_ws('|', {', '.join(f'coalesce({row}.{name}::text, {NOTHING})' for name in names)}), 0)"


NOTHING = "'~'"
"""Stands for null within a digest, so that a value that moves into the next column makes another one."""


def stamp_of(target: Target, columns: Mapping[str, str]) -> str:
    """Return as SQL what tells that a row ``t`` of a target was changed."""
    return target.stamp or stamp(columns)
