"""What GDAL reads, batch by batch: Shapefile, GeoPackage, GeoJSON, KML, DXF, OpenStreetMap. It alone loads pyogrio."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from cityloop.geography.files import osm
from cityloop.geography.files.opening import Source
from cityloop.geography.files.refused import RefusedFile

pc: Any = pyarrow.compute
"""Its stubs know scalars and expressions as answers; of arrays we get arrays."""

T = TypeVar("T")
DRIVERS = {"shp": "ESRI Shapefile", "gpkg": "GPKG", "geojson": "GeoJSON", "kml": "LIBKML", "dxf": "DXF", "osm": "OSM"}
UNREADABLE = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, pyogrio.errors.GeometryError,
    pa.ArrowInvalid, OSError,
)  # fmt: skip
TIME_ZEROS = r"[ T]00:00:00(?:\.0+)?(?:Z|\+00:?00)?$"


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch: ``(n,)`` shapes as they stand in the file (None for none), whether one was there and could not be read, texts by column."""

    shapes: NDArray[np.object_]
    broken: NDArray[np.bool_]
    texts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """A layer: its columns, how many features it has (-1 where that would need a whole reading), its system ("" for none)."""

    columns: tuple[str, ...]
    count: int
    crs: str


def quieted(step: Callable[[], T]) -> T:
    """Do a step of GDAL's; what it stumbles over is a refusal.

    Raises:
        RefusedFile: The file cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return step()
    except UNREADABLE as exc:
        raise RefusedFile("unreadable", log=exc) from exc


def layer_names(source: Source) -> list[str]:
    """Return the names of the layers that can hold features."""
    if source.kind == "osm":
        return list(osm.LAYERS)
    if source.layer:
        return [source.layer]
    found = quieted(lambda: pyogrio.list_layers(source.path))
    return [str(name) for name, kind in found if kind is not None or source.kind in {"dxf", "kml"}]


def describe(source: Source, layer: str, folder: Path) -> VectorLayer:
    """Say what a layer holds."""
    if source.kind == "osm":
        return VectorLayer(("osm_id", "kind", *(tag.replace(":", "_") for tag in osm.TAGS)), -1, "EPSG:4326")
    given = {} if source.layer else {"layer": layer}
    options = _options(source, folder)
    info = quieted(lambda: pyogrio.read_info(source.path, force_feature_count=True, **given, **options))
    if info["driver"] not in {DRIVERS[source.kind], "KML"}:
        raise RefusedFile("unknown_kind", info["driver"])
    return VectorLayer(tuple(map(str, info["fields"])), int(info["features"]), str(info["crs"] or ""))


def batches(source: Source, layer: str, folder: Path, size: int) -> Iterator[Rows]:
    """Yield the features of a layer in their order, ``size`` at a time at most.

    Raises:
        RefusedFile: Between two batches, where the file is damaged.
    """
    if source.kind != "osm":
        yield from _read(source, {} if source.layer else {"layer": layer}, folder, size)
        return
    for part in osm.LAYERS[layer]:
        for rows in _read(source, {"layer": part.layer, "where": part.where}, folder, size):
            yield _from_osm(rows, as_point=part.as_point)


def _options(source: Source, folder: Path) -> dict[str, Any]:
    if source.kind == "shp":
        encoding = {"utf-8": "UTF-8", "gb18030": "GB18030"}.get(source.encoding, source.encoding or "UTF-8")
        return {"ENCODING": encoding}
    if source.kind == "osm":
        return {"CONFIG_FILE": str(osm.config(folder)), "USE_CUSTOM_INDEXING": "YES"}
    return {}


def _read(source: Source, given: dict[str, Any], folder: Path, size: int) -> Iterator[Rows]:
    options = _options(source, folder)
    opened = pyogrio.raw.open_arrow(
        source.path, batch_size=size, use_pyarrow=True, datetime_as_string=True, **given, **options
    )
    meta, reader = quieted(opened.__enter__)
    try:
        geometry = meta["geometry_name"] or "wkb_geometry"
        while (batch := quieted(lambda: _next(reader))) is not None:
            yield _rows(batch, geometry)
    finally:
        opened.__exit__(None, None, None)


def _next(reader: Any) -> Any:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None


def _rows(batch: Any, geometry: str) -> Rows:
    names = batch.schema.names
    where = names.index(geometry) if geometry in names else len(names) - 1
    wkb = batch.column(where).to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    broken = (shapes == None) & (wkb != None)  # noqa: E711 - asked of each
    return Rows(
        shapes,
        broken,
        {name: as_text(batch.column(at)) for at, name in enumerate(names) if at != where and name != "OGC_FID"},
    )


def _from_osm(rows: Rows, *, as_point: bool) -> Rows:
    texts = dict(rows.texts)
    ids = texts.pop("osm_way_id", None)
    if ids is not None:  # an area is a relation or a way, each with numbers of its own
        way = pc.if_else(pc.not_equal(ids, ""), pc.binary_join_element_wise("w", ids, ""), "")
        relation = pc.if_else(
            pc.not_equal(texts["osm_id"], ""), pc.binary_join_element_wise("r", texts["osm_id"], ""), ""
        )
        texts["osm_id"] = pc.if_else(pc.not_equal(relation, ""), relation, way)
    kinds = pa.array([""] * len(rows.shapes), pa.string())
    for tag in reversed(osm.KIND):
        if tag in texts:
            told = pc.binary_join_element_wise(tag, texts[tag], "=")
            kinds = pc.if_else(pc.not_equal(texts[tag], ""), told, kinds)
    texts["kind"] = kinds
    shapes = rows.shapes
    if as_point:
        shapes = shapely.point_on_surface(shapes)
    return Rows(shapes, rows.broken, texts)


def as_text(column: Any) -> Any:
    """Return a column as a person reads it: null is empty, ``3.0`` is ``3``, a day without an hour stands alone."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = _valid(column)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([""] * len(column), pa.string())
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        column = pa.array([None if one is None else ",".join(map(str, one)) for one in column.to_pylist()], pa.string())
    elif pa.types.is_floating(kind):
        texts = [
            None if one is None or math.isnan(one) else f"{one:.0f}" if one.is_integer() else repr(one)
            for one in column.to_pylist()
        ]
        column = pa.array(texts, pa.string())
    else:
        column = pc.cast(column, pa.string())
    column = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    return pc.cast(pc.replace_substring_regex(column, TIME_ZEROS, ""), pa.string())


def _valid(column: Any) -> Any:
    """Return texts that are UTF-8 throughout; what was cut within a character loses its end."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = pc.cast(column, pa.binary() if pa.types.is_string(column.type) else pa.large_binary())
        texts = [None if one is None else one.decode("utf-8", errors="replace").rstrip("�") for one in raw.to_pylist()]
        return pa.array(texts, pa.string())
    return column


def missing(columns: Sequence[str], texts: dict[str, Any], count: int) -> dict[str, Any]:
    """Return texts for all of ``columns``, empty where a batch has none."""
    nothing = pa.array([""] * count, pa.string())
    return {name: texts.get(name, nothing) for name in columns}
