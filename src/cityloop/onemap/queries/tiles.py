"""Tiles: one statement a layer, straight from PostGIS. The viewer's rights are inside that statement."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from cityloop.kernel.sql import prepared_cursor
from cityloop.kernel.versions import versions_of
from cityloop.onemap.queries.changes import versions_at
from cityloop.onemap.queries.keeping import KEPT, Piece, mark_of
from cityloop.onemap.rules.layer import Layer, Look, Rows
from cityloop.onemap.rules.places import FIRST_KEPT
from cityloop.onemap.rules.tiles import EXTENT, MARGIN, Tile

logger = logging.getLogger(__name__)

MOST_BYTES = 500_000
"""Of one tile, all its layers together: a desk waits for no more."""

TRIES = 6

NO_ROWS = Rows("", ())
"""What a layer gives that knows, without asking, that its viewer sees nothing."""

BOX = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)"
"""The tile with its margin, for ``geometry &&``: the index over the degrees serves tiles too."""

ON_ITS_DAY = """JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    ON city.code = r.jurisdiction AND r.valid_from <= city.today AND (r.valid_to IS NULL OR r.valid_to > city.today)"""
"""For a dated table ``r``: only the cities looked at, each as it is on its own day."""

# A row whose shape does not reach into the tile has none here, and ST_AsMVT leaves it out: to ask for that would cut every shape twice.
ENCODE = """
SELECT ST_AsMVT(drawn, %(layer)s, {extent}, 'geom'{key}), count(geom) FROM (
    SELECT ST_AsMVTGeom(
        shown.geom, ST_MakeEnvelope(%(frame_west)s, %(frame_south)s, %(frame_east)s, %(frame_north)s, 3857),
        {extent}, {margin}, true
    ) AS geom{columns}
    FROM ({rows}) AS shown
    WHERE onemap_alone()
) AS drawn
"""

# Only as many rows as are asked for, the heaviest of those that reach into the tile.
ENCODE_HEAVIEST = """
SELECT ST_AsMVT(drawn, %(layer)s, {extent}, 'geom'{key}), count(*) FROM (
    SELECT geom{columns} FROM (
        SELECT ST_AsMVTGeom(
            shown.geom, ST_MakeEnvelope(%(frame_west)s, %(frame_south)s, %(frame_east)s, %(frame_north)s, 3857),
            {extent}, {margin}, true
        ) AS geom{columns}, weight
        FROM ({rows}) AS shown
        OFFSET 0
    ) AS clipped
    WHERE geom IS NOT NULL AND onemap_alone()
    ORDER BY weight DESC LIMIT {most_rows}
) AS drawn
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A tile, and its mark: another mark is another tile. No layer in it has anything to show where ``body`` is empty."""

    body: bytes
    mark: str


def tile(shown: Sequence[Layer], at: Tile, look: Look) -> bytes:
    """Return a tile with these layers; see ``made``."""
    return made(shown, at, look).body


def made(shown: Sequence[Layer], at: Tile, look: Look) -> Made:
    """Return a tile with these layers, never more than ``MOST_BYTES``: from what is kept, where nothing has changed since.

    What would be too large keeps its heaviest rows: no map shows that many, but none may choke on them either.
    """
    versions = versions_at(at, {source for layer in shown for source in layer.sources if may_be_kept(layer, at)})
    pieces = {layer.name: _piece(layer, at, look, versions) for layer in shown}
    total = sum(len(piece.body) for piece in pieces.values())
    if total > MOST_BYTES:
        for layer in shown:
            share = MOST_BYTES * len(pieces[layer.name].body) // total
            if share < len(pieces[layer.name].body):
                pieces[layer.name] = _piece(layer, at, look, versions, share)
    return Made(b"".join(piece.body for piece in pieces.values()), mark_of(pieces.values()))


def may_be_kept(layer: Layer, at: Tile) -> bool:
    """Return whether tiles of a layer may be kept: its tables tell of their changes, as far as the tile reaches."""
    return bool(layer.sources) and at.zoom >= FIRST_KEPT


def _piece(layer: Layer, at: Tile, look: Look, versions: Mapping[str, int], most: int | None = None) -> Piece:
    """Return one layer of a tile, kept or made; of at most ``most`` bytes.

    What is kept is made for all who reach as far: the layer is not told who looks, so that no row can depend on it.
    """
    if at.zoom < layer.zooms[0] or not (look.everywhere if layer.is_public else look.cities):
        return Piece.of(b"")
    if not may_be_kept(layer, at):
        return Piece.of(_made(layer, at, look, most))
    reach = look.days_everywhere if layer.is_public else (look.days, *(versions_of(code) for code, _day in look.days))
    key = (layer.name, at, look.language, reach, tuple(versions.get(source) for source in layer.sources), most)
    piece = KEPT.get(key)
    if piece is None:
        piece = Piece.of(_made(layer, at, replace(look, viewer=None), most))
        KEPT.put(key, piece)
    return piece


def _made(layer: Layer, at: Tile, look: Look, most: int | None) -> bytes:
    return encoded(layer, at, look) if most is None else _cut(layer, at, look, most)


def encoded(layer: Layer, at: Tile, look: Look) -> bytes:
    """Return one layer of a tile, whatever its size, made now."""
    return _encode(layer, at, look, None)[0]


def _cut(layer: Layer, at: Tile, look: Look, most: int) -> bytes:
    """Return as many of the heaviest rows as fit into ``most`` bytes."""
    body, count = _encode(layer, at, look, None)
    for _try in range(TRIES):
        if len(body) <= most:
            logger.info("tile %s %d/%d/%d: cut to %d rows", layer.name, at.zoom, at.x, at.y, count)
            return body
        body, count = _encode(layer, at, look, int(count * most / len(body) * 0.9))
    return b""


def _encode(layer: Layer, at: Tile, look: Look, most_rows: int | None) -> tuple[bytes, int]:
    moments = look.everywhere if layer.is_public else look.cities
    if at.zoom < layer.zooms[0] or not moments:
        return b"", 0
    rows = layer.rows(look, at)
    if rows is NO_ROWS:
        return b"", 0
    margin = MARGIN if rows.margin else 0
    names = ", ".join((rows.key, *rows.columns) if rows.key else rows.columns)
    statement = (ENCODE if most_rows is None else ENCODE_HEAVIEST).format(
        extent=EXTENT,
        margin=margin,
        key=f", '{rows.key}'" if rows.key else "",
        columns=f", {names}" if names else "",
        rows=rows.sql,
        most_rows=most_rows,
    )
    west, south, east, north = at.degrees(margin)
    frame_west, frame_south, frame_east, frame_north = at.metres
    values: dict[str, Any] = {
        "layer": layer.name,
        "west": west, "south": south, "east": east, "north": north,
        "frame_west": frame_west, "frame_south": frame_south, "frame_east": frame_east, "frame_north": frame_north,
        "point_m": at.point_m, "cell_m": at.cell_m, "zoom": at.zoom,
        "cities": [moment.jurisdiction for moment in moments],
        "days": [moment.today for moment in moments],
        "nows": [moment.now for moment in moments],
        **rows.values,
    }  # fmt: skip
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        body, count = cursor.fetchone()
    return bytes(body) if count else b"", count


def rows_of(rows: QuerySet[Any], prefix: str = "q") -> tuple[str, dict[str, Any]]:
    """Return the statement of a queryset and its values by name, to stand inside a layer's own statement.

    ``""`` where Django knows that no row meets it: then a layer gives ``NO_ROWS``.
    """
    try:
        sql, given = rows.query.sql_with_params()
    except EmptyResultSet:
        return "", {}
    pieces = sql.replace("%%", "\0").split("%s")
    names = [f"{prefix}{number}" for number in range(len(given))]
    text = pieces[0] + "".join(f"%({name})s{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    return text.replace("\0", "%%"), dict(zip(names, given, strict=True))
