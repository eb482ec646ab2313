"""The process that reads: ``python -m cityloop.geography.files ASKED`` with one JSON object. See ``cityloop.geography.files``."""

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cityloop.geography.files import tables
from cityloop.geography.files.frames import write_json, write_rows
from cityloop.geography.files.moving import Mover
from cityloop.geography.files.opening import Source, sources
from cityloop.geography.files.refused import RefusedFile
from cityloop.geography.rules.columns import Position, guess_position, guess_system, number_of

SAMPLE = 50
Rows = tuple[Any, Any, Any, dict[str, Any]]
"""Numbers, shapes, which of these cannot be read, texts by column."""


def main() -> int:
    asked = orjson.loads(sys.argv[1])
    out = sys.stdout.buffer
    folder = asked["folder"]
    os.environ |= {
        "CPL_TMPDIR": folder,
        "SHAPE_RESTORE_SHX": "YES",
        "OGR_STROKE_CURVE": "YES",
        "OSM_MAX_TMPFILE_SIZE": "50",
    }
    try:
        _answer(asked, Path(folder), out)
    except RefusedFile as refused:
        write_json(out, refused.line)
        return 1
    except BrokenPipeError:
        return 0  # whoever asked has seen enough
    return 0


def _answer(asked: dict[str, Any], folder: Path, out: Any) -> None:
    found = sources(Path(asked["file"]), folder)
    source, layer, layers = _chosen(found, asked["layer"])
    reader = TableFile(source, layer, asked) if source.kind in {"csv", "xlsx"} else VectorFile(source, layer, folder)
    head = {"kind": source.kind, "layers": layers, "layer": layer, "columns": reader.columns, "count": reader.count}
    crs = asked["crs"] or reader.crs
    if asked["look"]:
        sample = next(reader.batches(SAMPLE), None)
        _look(out, head, reader, sample, crs, asked["middle_lon"])
        return
    if not crs:
        raise RefusedFile("no_crs")
    write_json(out, head)
    mover, before = Mover(crs), 0
    for numbers, shapes, broken, texts in reader.batches(asked["batch"]):
        if before + len(shapes) > asked["skip"]:
            write_rows(out, _packed(before, numbers, _moved(mover, shapes, swap=asked["swap"]), broken, texts))
        before += len(shapes)
    write_json(out, {"end": before})


def _moved(mover: Mover, shapes: Any, *, swap: bool) -> Any:
    if swap:
        shapes = shapely.transform(shapes, lambda points: points[:, ::-1])
    return mover.moved(shapes)


def _chosen(found: list[Source], wanted: str) -> tuple[Source, str, list[str]]:
    """Return the source and layer that were asked for, the first without, and the names of all."""
    named = [(source, layer) for source in found for layer in _layers(source)]
    names = [layer for _source, layer in named]
    if not named:
        raise RefusedFile("no_layer")
    for source, layer in named:
        if layer == (wanted or names[0]):
            return source, layer, names
    raise RefusedFile("unknown_layer", ", ".join(names))


def _layers(source: Source) -> list[str]:
    if source.kind == "xlsx":
        return tables.sheet_names(source.path)
    if source.kind == "csv":
        return [source.layer]
    from cityloop.geography.files import vectors

    return vectors.layer_names(source)


class VectorFile:
    """A layer that GDAL reads."""

    def __init__(self, source: Source, layer: str, folder: Path) -> None:
        from cityloop.geography.files import vectors

        self._vectors, self._asked = vectors, (source, layer, folder)
        told = vectors.describe(source, layer, folder)
        self.columns, self.count, self.crs = list(told.columns), told.count, told.crs
        self.position = Position()

    def batches(self, size: int) -> Iterator[Rows]:
        before = 0
        for rows in self._vectors.batches(*self._asked, size):
            count = len(rows.shapes)
            numbers = np.arange(before + 1, before + count + 1)
            yield numbers, rows.shapes, rows.broken, self._vectors.missing(self.columns, rows.texts, count)
            before += count


class TableFile:
    """A table with coordinates in two columns, or shapes as WKT in one."""

    crs = ""
    count = -1

    def __init__(self, source: Source, layer: str, asked: dict[str, Any]) -> None:
        lines = tables.csv_lines(source.path) if source.kind == "csv" else tables.sheet_lines(source.path, layer)
        self._table = tables.Table(lines)
        self.columns = self._table.columns
        if asked["x"] or asked["wkt"]:
            self.position = Position(asked["x"], asked["y"], asked["wkt"])
        else:
            sample = [dict(zip(self.columns, line, strict=True)) for _number, line in self._table.sample]
            self.position = guess_position(self.columns, sample)
        wanted = [name for name in (self.position.x, self.position.y, self.position.wkt) if name]
        if not self.position and not asked["look"] and not asked["is_bare"]:
            raise RefusedFile("no_position", ", ".join(self.columns))
        if absent := [name for name in wanted if name not in self.columns]:
            raise RefusedFile("no_position", ", ".join(absent))

    def batches(self, size: int) -> Iterator[Rows]:
        rows = self._table.rows()
        while some := list(itertools.islice(rows, size)):
            numbers, lines = zip(*some, strict=True)
            yield np.array(numbers), *self._batch(lines)

    def _batch(self, lines: Sequence[tables.Line]) -> tuple[Any, Any, dict[str, Any]]:
        columns = dict(zip(self.columns, map(list, zip(*lines, strict=True)), strict=True))
        texts = {name: pa.array(column, pa.string()) for name, column in columns.items()}
        if self.position.wkt:
            column = columns[self.position.wkt]
            shapes = shapely.from_wkt([text or None for text in column], on_invalid="ignore")
            shapes = np.asarray(shapes, dtype=object)
            return shapes, np.array([bool(text) for text in column]) & (shapes == None), texts  # noqa: E711
        if not self.position:
            return np.full(len(lines), None, dtype=object), np.zeros(len(lines), dtype=bool), texts
        x, y = ([number_of(text) for text in columns[name]] for name in (self.position.x, self.position.y))
        none = np.array(
            [
                not east and not north
                for east, north in zip(columns[self.position.x], columns[self.position.y], strict=True)
            ]
        )
        shapes = np.asarray(shapely.points(np.array(x), np.array(y)), dtype=object)
        shapes[none] = None
        return shapes, np.zeros(len(lines), dtype=bool), texts


def _look(out: Any, head: dict[str, Any], reader: Any, sample: Any, crs: str, middle_lon: float | None) -> None:
    """Say what the file holds and how its first rows look, without refusing what can still be told by a person."""
    position = {"x": reader.position.x, "y": reader.position.y, "wkt": reader.position.wkt}
    head["crs"] = reader.crs  # what was asked is not what the file says
    if sample is None:
        write_json(out, head | {"guess": crs, "position": position, "rows": [], "points": [], "shapes": []})
        return
    _numbers, shapes, _broken, texts = sample
    x, y = _middles(shapes)
    guess = crs or guess_system(head["columns"], x, y, middle_lon)
    columns = {name: column.to_pylist() for name, column in texts.items()}
    rows = [[columns[name][row][:80] for name in head["columns"]] for row in range(min(len(shapes), SAMPLE))]
    points: list[list[float]] = []
    if guess:
        there_x, there_y = _middles(Mover(guess).moved(shapes))
        points = [
            [a, b] for a, b in zip(there_x.tolist(), there_y.tolist(), strict=True) if np.isfinite(a) and np.isfinite(b)
        ]
    kinds = sorted({str(shape.geom_type) for shape in shapes if shape is not None})
    write_json(out, head | {"guess": guess, "position": position, "rows": rows, "points": points, "shapes": kinds})


def _middles(shapes: Any) -> tuple[Any, Any]:
    bounds = shapely.bounds(shapes)
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def _packed(before: int, numbers: Any, shapes: Any, broken: Any, texts: dict[str, Any]) -> memoryview:
    """Return a batch as an Arrow stream: points as two columns, anything else as WKB; the schema tells how many rows came before."""
    kinds = shapely.get_type_id(shapes)
    columns: dict[str, Any] = {"": pa.array(numbers)}
    if np.isin(kinds, (-1, 0)).all():
        columns["x"], columns["y"] = pa.array(shapely.get_x(shapes)), pa.array(shapely.get_y(shapes))
        columns["none"] = pa.array(kinds == -1)
    else:
        columns["wkb"] = pa.array(shapely.to_wkb(shapes), pa.large_binary())
    columns["broken"] = pa.array(broken)
    columns |= {f"={name}": column for name, column in texts.items()}
    batch = pa.RecordBatch.from_pydict(columns, metadata={"before": str(before)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return memoryview(sink.getvalue())


if __name__ == "__main__":
    sys.exit(main())
