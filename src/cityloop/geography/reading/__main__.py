"""The process that reads: ``python -m cityloop.geography.reading FILE --layer LAYER --crs CRS``.

It alone loads pyogrio. What goes to standard output is described in ``cityloop.geography.reading``.
"""

import argparse
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
import pyogrio.errors
import pyogrio.raw
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError

from cityloop.geography.choices import CoordinateSystem
from cityloop.geography.rules.coordinates import convert

SHIFTED = {CoordinateSystem.GCJ02.value, CoordinateSystem.BD09.value}
STAMPED_UNCHANGED = {"World Geodetic System 1984", "World Geodetic System 1984 ensemble", "China 2000"}
WORST_M = 2.0
T = TypeVar("T")
Points = NDArray[np.float64]
"""``(n, 2)`` longitude and latitude in degrees, or east and north in metres."""


class RefusedFile(Exception):
    """The file cannot be used: a word for the reason, what stood there, and a line for the log."""

    def __init__(self, reason: str, value: str = "", log: object = "") -> None:
        super().__init__(reason)
        self.line = {"refused": reason, "value": value, "log": str(log)}


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
    shapes = _moved(shapely.from_wkb(wkb, on_invalid="ignore"), crs or meta["crs"])
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


def _moved(shapes: Any, crs: str | None) -> Any:
    """Return ``shapes``, whose coordinates are in ``crs``, in ours.

    WGS 84 and CGCS2000, also projected, are never transformed into one another: a transverse Mercator of CGCS2000 is only
    unrolled. Other datums must be convertible to 2 m: PROJ's guess where it knows no parameters can be 100 m off.
    """
    if not crs:
        raise RefusedFile("no_crs")
    if crs.lower() in CoordinateSystem.values:
        return _each(shapes, partial(_unshifted, crs.lower())) if crs.lower() in SHIFTED else shapes
    try:
        source = pyproj.CRS.from_user_input(crs)
    except CRSError as exc:
        raise RefusedFile("unknown_crs", crs[:80], exc) from exc
    base = source.geodetic_crs
    if base is None or base.datum is None:
        raise RefusedFile("unknown_crs", crs[:80])
    if not source.is_geographic:
        shapes = _each(shapes, partial(_through, pyproj.Transformer.from_crs(source, base, always_xy=True)))
    if base.datum.name in STAMPED_UNCHANGED:
        return shapes
    return _each(shapes, partial(_through, _exact(base, shapely.total_bounds(shapes), source.name)))


def _exact(base: pyproj.CRS, bounds: Points, name: str) -> pyproj.Transformer:
    """Return the way from ``base`` to WGS 84 whose parameters were made for the whole of ``bounds``."""
    try:
        return pyproj.Transformer.from_crs(
            base,
            "EPSG:4326",
            always_xy=True,
            area_of_interest=AreaOfInterest(*bounds.tolist()),  # type: ignore[arg-type] # the stub names a class that is not there
            allow_ballpark=False,
            accuracy=WORST_M,
        )
    except ProjError as exc:
        raise RefusedFile("inexact_crs", name, exc) from exc


def _each(shapes: Any, way: Callable[[Points], Points]) -> Any:
    return shapely.transform(shapely.force_2d(shapes), way)


def _unshifted(system: str, points: Points) -> Points:
    return np.column_stack(convert(points[:, 0], points[:, 1], system, CoordinateSystem.CGCS2000))


def _through(transformer: pyproj.Transformer, points: Points) -> Points:
    return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _text(value: Any) -> str:
    """Return a property as a person reads it: null is empty, ``3.0`` is ``3``."""
    if value is None or value != value or (isinstance(value, np.datetime64) and np.isnat(value)):  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


if __name__ == "__main__":
    sys.exit(main())
