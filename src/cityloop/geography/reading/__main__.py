"""The process that reads: ``python -m cityloop.geography.reading FILE --layer LAYER --crs CRS``.

It alone loads pyogrio. What goes to standard output is described in ``cityloop.geography.reading``.
"""

import argparse
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
import pyogrio.errors
import pyogrio.raw
import shapely

from cityloop.geography.files.moving import Mover
from cityloop.geography.files.refused import RefusedFile

T = TypeVar("T")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--layer", default="")
    parser.add_argument("--crs", default="")
    asked = parser.parse_args()
    try:
        for line in lines_of(asked.file, asked.layer, asked.crs):
            _write(line)
    except RefusedFile as refused:
        _write(refused.line)
        return 1
    return 0


def _write(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")


def lines_of(path: Path, layer: str, crs: str) -> Iterator[dict[str, Any]]:
    """Give the head, each feature, and the end."""
    source = _source(path)
    layers = _read(lambda: [str(name) for name, _kind in pyogrio.list_layers(source)])
    layer = layer or layers[0]
    if layer not in layers:
        raise RefusedFile("unknown_layer", ", ".join(layers))
    info = _read(lambda: pyogrio.read_info(source, layer=layer, force_feature_count=True))
    if info["driver"] not in {"GeoJSON", "GPKG"}:
        raise RefusedFile("unknown_format", info["driver"])
    meta, _fids, wkb, fields = _read(lambda: pyogrio.raw.read(source, layer=layer))
    if not (system := crs or meta["crs"]):
        raise RefusedFile("no_crs")
    shapes = Mover(system).moved(shapely.from_wkb(wkb, on_invalid="ignore"))
    columns = [str(name) for name in meta["fields"]]
    yield {"layer": layer, "columns": columns, "count": len(shapes)}
    texts = [[_text(value) for value in column] for column in fields]
    for row, hexed in enumerate(shapely.to_wkb(shapes, hex=True)):
        values = {name: column[row] for name, column in zip(columns, texts, strict=True)}
        yield {"number": row + 1, "values": values, "wkb": hexed}
    yield {"end": len(shapes)}


def _source(path: Path) -> str:
    """Return what GDAL opens; only what begins as GeoJSON or SQLite does, since other drivers follow links out of a file."""
    if not path.is_file():
        raise RefusedFile("missing")
    zipped = path.suffix == ".gz"
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
            while zipped and file.read(1 << 20):
                pass  # GDAL takes a cut gzip for a whole one; Python does not
    except (OSError, EOFError) as exc:
        raise RefusedFile("unreadable", log=exc) from exc
    if not head.startswith((b"{", b"SQLite format 3\x00")):
        raise RefusedFile("unknown_format")
    return f"/vsigzip/{path.resolve()}" if zipped else os.fspath(path.resolve())


def _read(step: Callable[[], T]) -> T:
    try:
        return step()
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as exc:
        raise RefusedFile("unreadable", log=exc) from exc


def _text(value: Any) -> str:
    """Return a property as a person reads it: null is empty, ``3.0`` is ``3``."""
    if value is None or value != value or (isinstance(value, np.datetime64) and np.isnat(value)):  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


if __name__ == "__main__":
    sys.exit(main())
