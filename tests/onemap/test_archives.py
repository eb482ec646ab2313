"""Files of tiles: MBTiles and PMTiles are read in place; what is damaged or dangerous is refused."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.utils import translation
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from cityloop.kernel.errors import InvalidInput
from cityloop.onemap import archives
from tile_host import picture

VECTOR = gzip.compress(b"\x1a\x05tiles")


def mbtiles(path: Path, form: str = "png", *, more: str = "") -> Path:
    with closing(sqlite3.connect(path)) as file:
        file.executescript(
            "CREATE TABLE metadata (name text, value text); CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data);"
        )
        told = {"name": "底图", "format": form, "bounds": "119.9,29.9,120.1,30.1", "minzoom": "3", "maxzoom": "5"}
        if form == "pbf":
            told["json"] = json.dumps({"vector_layers": [{"id": "roads"}, {"id": "water"}]})
        file.executemany("INSERT INTO metadata VALUES (?, ?)", told.items())
        body = VECTOR if form == "pbf" else picture((9, 8, 7))
        file.execute("INSERT INTO tiles VALUES (3, 6, 4, ?)", [body])  # row 4 from the south is row 3 from the north
        if more:
            file.executescript(more)
        file.commit()
    return path


def pmtiles(path: Path, kind: TileType = TileType.PNG) -> Path:
    with path.open("wb") as out:
        writer = Writer(out)
        writer.write_tile(zxy_to_tileid(3, 6, 3), VECTOR if kind == TileType.MVT else picture((7, 8, 9)))
        head = {
            "tile_type": kind, "tile_compression": Compression.GZIP if kind == TileType.MVT else Compression.NONE, "min_zoom": 3, "max_zoom": 3,
            "min_lon_e7": 1199000000, "min_lat_e7": 299000000, "max_lon_e7": 1201000000, "max_lat_e7": 301000000, "center_zoom": 3,
            "center_lon_e7": 1200000000, "center_lat_e7": 300000000,
        }  # fmt: skip
        writer.finalize(
            head, {"name": "pm", "attribution": "© <a href='x'>somebody</a>", "vector_layers": [{"id": "roads"}]}
        )
    return path


def test_mbtiles_are_read_with_rows_from_the_north(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "a")
    found = archives.look(path, "a.mbtiles")
    assert (found.kind, found.format, found.minzoom, found.maxzoom, found.title) == ("mbtiles", "png", 3, 5, "底图")
    assert found.bounds == (119.9, 29.9, 120.1, 30.1)
    assert archives.tile(path, "mbtiles", 3, 6, 3) == picture((9, 8, 7))
    assert archives.tile(path, "mbtiles", 3, 6, 4) == b""


def test_pmtiles_are_read_and_their_words_are_plain(tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "a")
    found = archives.look(path, "a.pmtiles")
    assert (found.kind, found.format, found.bounds) == ("pmtiles", "png", (119.9, 29.9, 120.1, 30.1))
    assert found.attribution == "© somebody"
    assert archives.tile(path, "pmtiles", 3, 6, 3) == picture((7, 8, 9))
    assert archives.tile(path, "pmtiles", 3, 0, 0) == b""


def test_vector_tiles_come_unpacked_with_the_names_of_their_layers(tmp_path: Path) -> None:
    one, other = mbtiles(tmp_path / "a", "pbf"), pmtiles(tmp_path / "b", TileType.MVT)
    assert (archives.look(one, "a").format, archives.look(one, "a").layers) == ("mvt", ("roads", "water"))
    assert archives.look(other, "b").layers == ("roads",)
    for path, kind in ((one, "mbtiles"), (other, "pmtiles")):
        assert archives.tile(path, kind, 3, 6, 3) == b"\x1a\x05tiles"


def test_a_damaged_file_is_refused_with_words(tmp_path: Path) -> None:
    whole = {"a": mbtiles(tmp_path / "a").read_bytes(), "b": pmtiles(tmp_path / "b").read_bytes()}
    bad = {
        "half a": whole["a"][: len(whole["a"]) // 2], "half b": whole["b"][: len(whole["b"]) - 100], "head b": whole["b"][:60],
        "words": b"no tiles at all", "empty": b"", "sqlite": b"SQLite format 3\0" + bytes(200),
    }  # fmt: skip
    for name, body in bad.items():
        path = tmp_path / name
        path.write_bytes(body)
        with translation.override("en"), pytest.raises(InvalidInput) as refused:
            archives.look(path, name)
        assert name in refused.value.message


def test_a_view_that_never_ends_is_stopped_and_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_S", 0.2)
    endless = (
        "DROP TABLE tiles; CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT 1 AS zoom_level, 1 AS tile_column, 1 AS tile_row, x'00' AS tile_data FROM n WHERE i < 0;"
    )
    with pytest.raises(InvalidInput):
        archives.look(mbtiles(tmp_path / "a", more=endless), "a")
    with pytest.raises(OSError, match="too large"):
        archives.unpacked(gzip.compress(bytes(20_000_000)))


@pytest.mark.parametrize("json_told", ["[]", "[" * 100_000], ids=["of another shape", "without end"])
def test_words_of_another_shape_are_damage(tmp_path: Path, json_told: str) -> None:
    path = mbtiles(tmp_path / "a", "pbf")
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE metadata SET value = ? WHERE name = 'json'", [json_told])
        file.commit()
    with translation.override("en"), pytest.raises(InvalidInput, match="damaged"):
        archives.look(path, "a.mbtiles")
