"""Reads layers out of anybody's files, in a process of its own, batch by batch: memory stays flat however large the file is.

GeoDjango and pyogrio each load a GDAL, and two of them in one process crash sooner or later. So ``__main__`` does the reading;
this side starts it and takes what it writes (``frames``). Formats: zipped Shapefile, GeoPackage, GeoJSON, KML, DXF, CSV and Excel with
coordinates, OpenStreetMap (.osm, .pbf); each also gzipped.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile, gettempdir
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from cityloop.geography.files.frames import JSON, BrokenPipe, frames
from cityloop.geography.files.refused import WHY
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

__all__ = ["Asked", "Batch", "LayerFile", "Looked", "look", "open_layer", "work_place"]

logger = logging.getLogger(__name__)

BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be read.

    ``layer``: its name; the first one if empty. ``crs``: what the coordinates are, against what the file says: ``gcj02``, ``bd09``,
    ``wgs84``, ``cgcs2000``, ``EPSG:4547``. ``x``, ``y``, ``wkt``: the columns of a table that hold positions; guessed if empty.
    ``swap``: north stands where east should. ``skip``: rows that need not come; those of a batch that is only partly skipped do.
    ``is_bare``: a table may be without positions.
    """

    layer: str = ""
    crs: str = ""
    x: str = ""
    y: str = ""
    wkt: str = ""
    swap: bool = False
    skip: int = 0
    batch: int = BATCH_ROWS
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: ``(n,)`` numbers, shapes in degrees (None for none), whether a shape was there that cannot be read; texts by column.

    ``numbers`` are what people find a row by: in a table the line that a spreadsheet shows, else that of the feature from 1.
    ``before``: how many rows of the layer came before these.
    """

    before: int
    numbers: NDArray[np.int64]
    shapes: NDArray[np.object_]
    broken: NDArray[np.bool_]
    texts: Mapping[str, NDArray[np.object_]]

    @property
    def ordinals(self) -> list[int]:
        """Which rows of the layer these are, from 1 without gaps."""
        return list(range(self.before + 1, self.before + len(self.numbers) + 1))


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A layer that is being read; ``count`` is -1 where only reading to the end would tell."""

    layer: str
    columns: tuple[str, ...]
    count: int
    batches: Iterator[Batch]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file holds, before it is read.

    ``crs``: what it says of its system, "" for nothing; ``guess``: that, or what the numbers look like. ``position``: the columns ``x``,
    ``y`` or ``wkt`` of a table. ``rows``: the first ones, by ``columns``. ``points``: where the first ones lie if the guess is right.
    ``shapes``: kinds of shapes among them.
    """

    kind: str
    layers: tuple[str, ...]
    layer: str
    columns: tuple[str, ...]
    count: int
    crs: str
    guess: str
    position: Mapping[str, str]
    rows: tuple[tuple[str, ...], ...]
    points: tuple[tuple[float, float], ...]
    shapes: tuple[str, ...]

    @property
    def is_sheet(self) -> bool:
        """Whether it is a table, whose rows are told by the lines that a spreadsheet shows."""
        return self.kind in {"csv", "xlsx"}


def look(path: Path, asked: Asked = Asked(), *, middle_lon: float | None = None, name: str = "") -> Looked:
    """Say what a file holds.

    Args:
        path: Where it lies.
        asked: What is known already.
        middle_lon: Degrees of longitude of the city's middle, by which metres without a zone are understood.
        name: What people call it; its path's without.

    Raises:
        InvalidInput: It cannot be read.
    """
    with _reading(path, asked, name or path.name, look=True, middle_lon=middle_lon) as lines:
        head = next(lines)
    return Looked(
        kind=head["kind"],
        layers=tuple(head["layers"]),
        layer=head["layer"],
        columns=tuple(head["columns"]),
        count=head["count"],
        crs=head["crs"],
        guess=head["guess"],
        position=head["position"],
        rows=tuple(map(tuple, head["rows"])),
        points=tuple((lon, lat) for lon, lat in head["points"]),
        shapes=tuple(head["shapes"]),
    )


@contextmanager
def open_layer(path: Path, asked: Asked = Asked(), *, name: str = "") -> Iterator[LayerFile]:
    """Open a layer for reading; leaving the block ends the process that reads.

    Raises:
        InvalidInput: The file cannot be read, is cut short, is of no kind that we know, holds no such layer, or its coordinates are in a
            system that is unknown or cannot be converted to 2 m. Raised while opening, or between two batches.
    """
    with _reading(path, asked, name or path.name) as lines:
        head = next(lines)
        yield LayerFile(head["layer"], tuple(head["columns"]), head["count"], _batches(lines))


def _batches(lines: Iterator[Any]) -> Iterator[Batch]:
    for line in lines:
        if isinstance(line, Batch):
            yield line


@contextmanager
def _reading(path: Path, asked: Asked, name: str, **more: Any) -> Iterator[Iterator[Any]]:
    """Start the process that reads, and give what comes: the head as a mapping, then batches."""
    place = work_place()
    place.mkdir(parents=True, exist_ok=True)
    surroundings = os.environ | {
        "PYTHONPATH": os.pathsep.join(place for place in sys.path if place),
        "GDAL_HTTP_PROXY": "127.0.0.1:9",  # GeoJSON may name its CRS by a URL: nothing is fetched from a closed network
    }
    with (
        # Ours, not the child's: that one is killed whenever somebody has seen enough, and would leave what it has unpacked.
        TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder,
        TemporaryFile() as complaints,
        subprocess.Popen(
            _command(path, folder, asked, more), stdout=subprocess.PIPE, stderr=complaints, env=surroundings
        ) as child,
    ):
        try:
            assert child.stdout is not None
            yield _lines(child.stdout, name)
        finally:
            child.kill()
            complaints.seek(0)
            for complaint in complaints.read(4000).decode(errors="replace").splitlines():
                logger.info("reading %s: %s", name, complaint)


def _command(path: Path, folder: str, asked: Asked, more: Mapping[str, Any]) -> list[str]:
    wanted: dict[str, Any] = {"file": str(path), "folder": folder, "look": False, "middle_lon": None}
    wanted |= {**asdict(asked), **more}
    return [sys.executable, "-m", "cityloop.geography.files", orjson.dumps(wanted).decode()]


def work_place() -> Path:
    """Return where archives are unpacked while they are read; what a killed process leaves there is for ``kernel.disk.sweep_left``."""
    data = os.environ.get("CITYLOOP_DATA")
    # Without a data folder each account has a place of its own: what root has made, nobody else may write to.
    return Path(data) / "reading-work" if data else Path(gettempdir()) / f"cityloop-reading-{os.getuid()}"


def _lines(source: Any, name: str) -> Iterator[Any]:
    is_whole = False
    try:
        for letter, body in frames(source):
            if letter != JSON:
                yield _batch(body)
                continue
            line = orjson.loads(body)
            if "refused" in line:
                raise _refusal(line["refused"], name, line["value"], line.get("log", ""))
            is_whole = "end" in line or "guess" in line
            yield line
    except BrokenPipe as exc:
        raise _refusal("unreadable", name, "", exc) from exc
    if not is_whole:
        raise _refusal("unreadable", name, "", "the process that reads has ended")


def _refusal(reason: str, name: str, value: str, log: object) -> InvalidInput:
    logger.info("file %s refused: %s, %s", name, reason, log)
    why = _(WHY[reason]) % {"file": name, "value": value}
    return InvalidInput(why, faults=[Fault("file", why, value[:80])], reason=reason)


def _batch(body: bytes) -> Batch:
    import pyarrow as pa  # where nothing is imported, nothing of it is loaded

    batch = pa.ipc.open_stream(body).read_next_batch()
    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
    if "wkb" in arrays:
        shapes = shapely.from_wkb(arrays["wkb"].to_numpy(zero_copy_only=False))
    else:
        x, y = arrays["x"].to_numpy(), arrays["y"].to_numpy()
        shapes = np.asarray(shapely.points(x, y), dtype=object)
        shapes[arrays["none"].to_numpy(zero_copy_only=False)] = None
    return Batch(
        int(batch.schema.metadata[b"before"]),
        arrays[""].to_numpy(),
        shapes,
        arrays["broken"].to_numpy(zero_copy_only=False),
        {name[1:]: column.to_numpy(zero_copy_only=False) for name, column in arrays.items() if name[:1] == "="},
    )
