"""The process that writes: ``python -m cityloop.onemap.packing PATH``, fed by ``export.geopackage``. It alone loads pyogrio."""

import sys
from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa
import pyogrio
import shapely

BATCH = 10_000
CRS = "EPSG:4490"
TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}
SHAPE = "geom"


class Package:
    """A GeoPackage that grows: features are kept until there are enough to be written together."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._head: dict[str, Any] = {}
        self._waiting: list[bytes] = []
        self._begun: set[str] = set()

    def take(self, line: bytes) -> None:
        """Take one line: the head of a layer, or a feature of the layer whose head came last."""
        if line.startswith(b'{"layer"'):
            self.flush()
            self._head = orjson.loads(line)
            return
        self._waiting.append(line)
        if len(self._waiting) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits; of a layer without features its table."""
        layer = self._head.get("layer", "")
        if not layer or (not self._waiting and layer in self._begun):
            return
        pyogrio.write_arrow(
            self._table(),
            self._path,
            layer=layer,
            driver="GPKG",
            geometry_name=SHAPE,
            geometry_type=self._head["geometry"].replace("Geometry", "Unknown"),
            crs=CRS,
            append=bool(self._begun),
        )
        self._begun.add(layer)
        self._waiting.clear()

    def _table(self) -> pa.Table:
        facts = [orjson.loads(line)["properties"] for line in self._waiting]
        shapes = shapely.from_geojson([line.decode() for line in self._waiting], on_invalid="ignore")
        columns = {
            name: _column([one[name] for one in facts], TYPES[kind]) for name, kind in self._head["columns"].items()
        }
        return pa.table({**columns, SHAPE: pa.array(shapely.to_wkb(shapes), pa.binary())})


def _column(values: list[Any], kind: pa.DataType) -> Any:
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):  # they come as texts of ISO 8601
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def main() -> int:
    package = Package(sys.argv[1])
    for line in sys.stdin.buffer:
        package.take(line.rstrip(b"\n"))
    package.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
