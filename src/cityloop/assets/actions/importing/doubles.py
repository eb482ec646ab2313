"""What stands twice: keys and places, within the file and against what is there."""

from collections.abc import Collection
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from cityloop.assets.actions.importing.staging import write_found
from cityloop.assets.actions.importing.statements import HOLDS, key_of_row, parameters
from cityloop.assets.models import ImportFault, ImportRun
from cityloop.assets.rules.imports.doubles import near_pairs
from cityloop.assets.rules.imports.mapping import column_of
from cityloop.assets.rules.imports.rows import SHAPE_COLUMN, Found
from cityloop.assets.targets import Target, Work

KEYS = """
WITH twice AS (
    SELECT key, min(number) AS first FROM assets_stagedrow
    WHERE run_id = %(run)s AND key <> '' GROUP BY key HAVING count(*) > 1
), bad AS (
    UPDATE assets_stagedrow s SET is_good = false FROM twice
    WHERE s.run_id = %(run)s AND s.key = twice.key AND s.number > twice.first
        AND (s.is_good OR NOT EXISTS ( -- a key that is none is nobody's double
            SELECT 1 FROM assets_importfault f WHERE f.run_id = %(run)s AND f.number = s.number AND f."column" = %(column)s
        ))
    RETURNING s.number, s.key, twice.first, s.geometry
)
INSERT INTO assets_importfault (run_id, number, "column", reason, given, value, is_note, lon, lat)
SELECT %(run)s, number, %(column)s, %(reason)s, jsonb_build_object('row', first), left(key, 80), false,
    ST_X(ST_Centroid(geometry)), ST_Y(ST_Centroid(geometry))
FROM bad
"""

# As PostgreSQL's own send functions write numbers, one after another, in pieces: a COPY would hand every row over by itself.
RECORD = np.dtype([("id", ">i8"), ("x", ">f8"), ("y", ">f8"), ("kind", ">i4"), ("was", ">i8")])
PIECE = 50_000
PACKED = "string_agg(int8send(id) || float8send(x) || float8send(y) || int4send(kind) || int8send(was), ''::bytea ORDER BY id)"

STAGED = """
SELECT {packed} FROM (
    SELECT s.number::bigint AS id, ST_X(s.geometry) AS x, ST_Y(s.geometry) AS y, hashtext({kind}) AS kind, coalesce(s.was, -1) AS was
    FROM assets_stagedrow s WHERE s.run_id = %(run)s AND s.is_good AND GeometryType(s.geometry) = 'POINT'
) AS rows GROUP BY id / {piece} ORDER BY id / {piece}
"""

# What else is wrong with a row says nothing of its place; its kind has to be known. A row that has the key of one that is there is no double of it.
BAD = """
SELECT {packed} FROM (
    SELECT s.number::bigint AS id, ST_X(s.geometry) AS x, ST_Y(s.geometry) AS y, hashtext({kind}) AS kind, coalesce(t.id, -1) AS was
    FROM assets_stagedrow s LEFT JOIN {table} t ON s.key <> '' AND {key} = s.key AND {holds}
    WHERE s.run_id = %(run)s AND NOT s.is_good AND GeometryType(s.geometry) = 'POINT' AND {kind} <> ''
) AS rows GROUP BY id / {piece} ORDER BY id / {piece}
"""

THERE = """
SELECT {packed} FROM (
    SELECT t.id, ST_X(t.geometry) AS x, ST_Y(t.geometry) AS y, hashtext({kind}) AS kind, -1::bigint AS was
    FROM {table} t WHERE {holds} AND GeometryType(t.geometry) = 'POINT'
        AND t.geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)
) AS rows GROUP BY id / {piece} ORDER BY id / {piece}
"""


def judge_keys(run: ImportRun, target: Target) -> None:
    """Refuse rows whose key, or where they have none whose very shape, stands in an earlier row; those too that something else is wrong with."""
    if not target.key and not target.shape_key:
        return
    column = column_of(run.mapping.get(target.key, SHAPE_COLUMN if target.shape_key else target.key))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE assets_stagedrow")
        cursor.execute(KEYS, {"run": run.id, "column": column[:100], "reason": "doubled_key"})


def judge_doubles(run: ImportRun, target: Target, work: Work) -> None:
    """Refuse points that lie within the tolerance of an earlier one of their kind, in the file or there already.

    Points that something else is wrong with come after the good ones: they are told whose doubles they are, and make no good one bad.
    """
    tolerance = float(work.options.get("tolerance_m", target.tolerance_m))
    if tolerance <= 0 or not target.tolerance_m:
        return
    given = parameters(target, work)
    words = {"packed": PACKED, "piece": PIECE, "kind": f"coalesce(s.values->>'{target.kind_field}', '')"}
    good = _read(STAGED.format(**words), given)
    bad = _read(BAD.format(table=target.table, key=key_of_row(target), holds=HOLDS, **words), given)
    staged = np.concatenate([good, bad]) if len(bad) else good
    if not len(staged):
        return
    found = _within(staged, tolerance, _doubled_keys(run) if len(bad) else set())
    taken = {one.number for one in found}
    matched = set(good["was"].tolist())
    found += [one for one in _beside(staged, matched, target, given, tolerance) if one.number not in taken]
    write_found(run.id, found)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assets_stagedrow SET is_good = false WHERE run_id = %s AND number = ANY(%s)",
            [run.id, [one.number for one in found]],
        )


def _doubled_keys(run: ImportRun) -> set[tuple[int, int]]:
    """Return the rows whose key stands in an earlier one, with that one: a row that stands twice as a whole is told once."""
    return set(ImportFault.objects.filter(run=run, reason="doubled_key").values_list("number", "given__row"))


def _within(staged: NDArray[Any], tolerance: float, known: Collection[tuple[int, int]]) -> list[Found]:
    first: dict[int, tuple[int, float]] = {}
    x, y, kinds = (staged[name].astype(kind) for name, kind in (("x", float), ("y", float), ("kind", np.int64)))
    for earlier, later, metres in near_pairs(x, y, kinds, tolerance):
        for one, other, far in zip(earlier.tolist(), later.tolist(), metres.tolist(), strict=True):
            if other not in first or one < first[other][0]:
                first[other] = (one, far)
    numbers = staged["id"]
    # Of a row of three the middle one is a double of the first: the third may then be none.
    return [
        Found(
            int(numbers[at]),
            "geometry",
            "doubled_place",
            {"metres": f"{far:.1f}", "row": int(numbers[one])},
            "",
            False,
            float(x[at]),
            float(y[at]),
        )
        for at, (one, far) in sorted(first.items())
        if (int(numbers[at]), int(numbers[one])) not in known
    ]


def _beside(
    staged: NDArray[Any], matched: Collection[int], target: Target, given: dict[str, Any], tolerance: float
) -> list[Found]:
    reach = 0.001
    box = {
        "west": float(staged["x"].min()) - reach, "south": float(staged["y"].min()) - reach,
        "east": float(staged["x"].max()) + reach, "north": float(staged["y"].max()) + reach,
    }  # fmt: skip
    kind = f"t.{target.kind_field}" if target.kind_field else "''"
    there = _read(THERE.format(packed=PACKED, piece=PIECE, table=target.table, holds=HOLDS, kind=kind), given | box)
    if not len(there):
        return []
    count = len(staged)
    both = np.concatenate([staged, there])
    x, y, kinds = (both[name].astype(kind) for name, kind in (("x", float), ("y", float), ("kind", np.int64)))
    found: dict[int, tuple[int, float]] = {}
    for one, other, metres in near_pairs(x, y, kinds, tolerance):
        crossing = (one < count) & (other >= count)
        for row, row_there, far in zip(
            one[crossing].tolist(), other[crossing].tolist(), metres[crossing].tolist(), strict=True
        ):
            key = int(both["id"][row_there])
            if key not in matched and key != both["was"][row]:  # else the file holds that one too, and may move it
                found.setdefault(row, (key, far))
    names = _names(target, [key for key, _far in found.values()])
    return [
        Found(
            int(staged["id"][at]),
            "geometry",
            "there_already",
            {"metres": f"{far:.1f}", "key": names.get(key, str(key))},
            "",
            False,
            float(x[at]),
            float(y[at]),
        )
        for at, (key, far) in sorted(found.items())
    ]


def _names(target: Target, ids: list[int]) -> dict[int, str]:
    if not ids or not target.key:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {target.key} FROM {target.table} WHERE id = ANY(%s)", [ids])
        return {key: name for key, name in cursor.fetchall() if name}


def _read(statement: str, given: dict[str, Any]) -> NDArray[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        data = b"".join(bytes(piece) for (piece,) in cursor.fetchall())
    return np.frombuffer(data, dtype=RECORD)
