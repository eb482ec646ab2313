"""Tiles out of one file: MBTiles (a table of SQLite) and PMTiles, read in place."""

import json
import mmap
import sqlite3
import struct
import time
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pmtiles.reader import Reader
from pmtiles.tile import Compression, TileType, deserialize_header

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _

MOST_TILE: Final = 8_000_000
MOST_HEAD: Final = 4_000_000
MOST_S: Final = 3.0
"""How long one question to a file may take: an MBTiles file may hold a view that never ends."""

FORMS: Final = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "pbf": "mvt"}
MVT: Final = "application/vnd.mapbox-vector-tile"
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif", "mvt": MVT}


@dataclass(frozen=True, slots=True)
class Archive:
    """What a file of tiles holds.

    ``format``: png, jpg, webp or mvt. ``bounds`` in degrees. ``layers``: names of its layers, for vectors.
    """

    kind: str
    format: str
    minzoom: int
    maxzoom: int
    bounds: tuple[float, float, float, float] | None
    title: str
    attribution: str
    layers: tuple[str, ...] = ()


def look(path: Path, name: str) -> Archive:
    """Say what a file of tiles holds; which of the two kinds it is, its first bytes tell.

    Raises:
        InvalidInput: It is neither, or damaged.
    """
    with path.open("rb") as file:
        head = file.read(127)
    try:
        if head.startswith(b"SQLite format 3\0"):
            return _mbtiles(path)
        if head.startswith(b"PMTiles\x03"):
            return _pmtiles(path)
    except (
        sqlite3.Error,
        ValueError,
        KeyError,
        TypeError,
        OSError,
        EOFError,
        zlib.error,
        struct.error,
        IndexError,
        AttributeError,  # JSON of another shape than the format says
        RecursionError,
    ) as exc:
        raise InvalidInput(
            _("“%(file)s” is damaged or cut short. Make it again, or copy it again.") % {"file": name}
        ) from exc
    raise InvalidInput(_("“%(file)s” holds no tiles: MBTiles or PMTiles (version 3) are read.") % {"file": name})


def tile(path: Path, kind: str, zoom: int, x: int, y: int) -> bytes:
    """Return a tile as it is in the file, but never compressed; nothing where it has none.

    Raises:
        OSError: The file is not there, or damaged.
    """
    try:
        body = _of_mbtiles(path, zoom, x, y) if kind == "mbtiles" else _of_pmtiles(path, zoom, x, y)
    except (sqlite3.Error, ValueError, KeyError, EOFError, zlib.error, struct.error, IndexError) as exc:
        raise OSError(str(exc)) from exc
    return unpacked(body) if body[:2] == b"\x1f\x8b" else body


def unpacked(body: bytes) -> bytes:
    """Return what gzip has packed, up to ``MOST_TILE``.

    Raises:
        OSError: It is more, or damaged.
    """
    opened = zlib.decompressobj(wbits=31)
    made = opened.decompress(body, MOST_TILE)
    if opened.unconsumed_tail:
        raise OSError("a tile is too large")
    return made


# --- MBTiles 1.3


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TILE)
    until = time.monotonic() + MOST_S
    connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
    return connection


def _mbtiles(path: Path) -> Archive:
    with path.open("rb") as file:
        head = file.read(100)
    page, pages = struct.unpack(">H", head[16:18])[0] or 1, struct.unpack(">I", head[28:32])[0]
    if (65536 if page == 1 else page) * pages > path.stat().st_size:
        raise ValueError("cut short")
    with closing(_opened(path)) as file:
        told = {str(name): str(value) for name, value in file.execute("SELECT name, value FROM metadata LIMIT 100")}
        first = file.execute("SELECT zoom_level, tile_data FROM tiles LIMIT 1").fetchone()
        if first is None:
            raise ValueError("no tiles")
        least, most = (told.get(name) for name in ("minzoom", "maxzoom"))
        if least is None or most is None:
            least, most = file.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
    form = _format(told.get("format", ""), bytes(first[1]))
    vectors = json.loads(told.get("json") or "{}") if form == "mvt" else {}
    layers = tuple(str(one["id"]) for one in vectors.get("vector_layers", []))
    bounds = _bounds([float(word) for word in told["bounds"].split(",")]) if "bounds" in told else None
    return Archive(
        "mbtiles",
        form,
        _level(least),
        _level(most),
        bounds,
        told.get("name", ""),
        _plain(told.get("attribution", "")),
        layers,
    )


def _of_mbtiles(path: Path, zoom: int, x: int, y: int) -> bytes:
    row = (1 << zoom) - 1 - y  # rows are counted from the south
    with closing(_opened(path)) as file:
        question = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        found = file.execute(question, (zoom, x, row)).fetchone()
    return bytes(found[0]) if found and found[0] else b""


def _format(told: str, body: bytes) -> str:
    """Return the format of the tiles, by what the first one is."""
    for magic, form in ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"RIFF", "webp")):
        if body.startswith(magic):
            return form
    if FORMS.get(told) == "mvt" or body[:2] == b"\x1f\x8b":
        return "mvt"
    raise ValueError("unknown format")


# --- PMTiles 3


def _pmtiles(path: Path) -> Archive:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        head: dict[str, Any] = dict(deserialize_header(held[:127]))
        for part in ("root", "metadata", "leaf_directory", "tile_data"):
            if head[f"{part}_offset"] + head[f"{part}_length"] > len(held):
                raise ValueError("cut short")
        form = {
            TileType.PNG: "png", TileType.JPEG: "jpg", TileType.WEBP: "webp", TileType.AVIF: "avif", TileType.MVT: "mvt",
        }[head["tile_type"]]  # fmt: skip
        if head["internal_compression"] not in {Compression.GZIP, Compression.NONE} or head["tile_compression"] not in {
            Compression.GZIP, Compression.NONE, Compression.UNKNOWN,
        }:  # fmt: skip
            raise ValueError("unknown compression")
        told = _metadata(held, head)
    bounds = _bounds([head[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat")])
    layers = tuple(str(one["id"]) for one in told.get("vector_layers", [])) if form == "mvt" else ()
    title, attribution = str(told.get("name", "")), _plain(str(told.get("attribution", "")))
    return Archive(
        "pmtiles", form, _level(head["min_zoom"]), _level(head["max_zoom"]), bounds, title, attribution, layers
    )


def _metadata(held: mmap.mmap, head: dict[str, Any]) -> dict[str, Any]:
    if head["metadata_length"] > MOST_HEAD:
        return {}
    body = held[head["metadata_offset"] : head["metadata_offset"] + head["metadata_length"]]
    if head["internal_compression"] == Compression.GZIP:
        body = unpacked(body)
    told = json.loads(body or b"{}")
    return told if isinstance(told, dict) else {}


def _of_pmtiles(path: Path, zoom: int, x: int, y: int) -> bytes:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:

        def part(offset: int, length: int) -> bytes:
            if length > MOST_TILE:
                raise ValueError("a piece is too large")
            return held[offset : offset + length]

        return bytes(Reader(part).get(zoom, x, y) or b"")  # type: ignore[no-untyped-call]


def _level(value: Any) -> int:
    return min(22, max(0, int(value)))


def _bounds(numbers: list[float]) -> tuple[float, float, float, float] | None:
    west, south, east, north = numbers
    return (west, south, east, north) if -180 <= west < east <= 180 and -90 <= south < north <= 90 else None


def _plain(text: str) -> str:
    """Return an attribution without its marks of HTML: it is shown as words."""
    plain, depth = "", 0
    for sign in text[:1000]:
        depth += (sign == "<") - (sign == ">" and depth > 0)
        plain += sign if not depth and sign != ">" else ""
    return plain[:200]
