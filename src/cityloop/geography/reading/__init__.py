"""Reads areas out of GeoJSON and GeoPackage files, in a process of its own.

GeoDjango and pyogrio each load a GDAL, and two of them in one process crash sooner or later. So ``__main__`` does the
reading, this side starts it and takes what it writes: a line of JSON for the file, one for each feature, one at the end.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import orjson
import shapely

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a file: its number from 1, its properties as text (``""`` for null), its shape in degrees, 4490."""

    number: int
    values: Mapping[str, str]
    shape: Any


@dataclass(frozen=True, slots=True)
class AreaFile:
    """What a file holds: the layer that was read, its columns, how many features, and the features as they come."""

    layer: str
    columns: tuple[str, ...]
    count: int
    features: Iterator[Feature]


@contextmanager
def open_areas(path: Path, *, layer: str = "", crs: str = "") -> Iterator[AreaFile]:
    """Open a file for reading; leaving the block ends the process that reads.

    Args:
        path: GeoJSON or GeoPackage, also gzipped (``.gz``).
        layer: The layer of a GeoPackage; the first one if empty.
        crs: What the coordinates are, against what the file says: ``gcj02``, ``bd09``, ``wgs84``, ``cgcs2000`` or
            ``EPSG:4547``. WGS 84 and CGCS2000 keep their numbers.

    Raises:
        InvalidInput: The file cannot be read, is cut short, is neither GeoJSON nor GeoPackage, or its coordinates are in a
            system that is unknown or cannot be converted to 2 m. Raised while opening, or between two features.
    """
    command = [sys.executable, "-m", "cityloop.geography.reading", str(path), "--layer", layer, "--crs", crs]
    surroundings = os.environ | {
        "PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder),
        "GDAL_HTTP_PROXY": "127.0.0.1:9",  # GeoJSON may name its CRS by a URL: nothing is fetched from a closed network
    }
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=surroundings) as child,
    ):
        try:
            assert child.stdout is not None
            head = _line(child.stdout, path)
            yield AreaFile(head["layer"], tuple(head["columns"]), head["count"], _features(child.stdout, path))
        finally:
            child.kill()
            complaints.seek(0)
            for complaint in complaints.read(4000).decode(errors="replace").splitlines():
                logger.warning("reading %s: %s", path.name, complaint)


def _features(lines: IO[bytes], path: Path) -> Iterator[Feature]:
    while "end" not in (line := _line(lines, path)):
        shape = None if line["wkb"] is None else shapely.from_wkb(line["wkb"])
        yield Feature(line["number"], line["values"], shape)


def _line(lines: IO[bytes], path: Path) -> dict[str, Any]:
    """Return the next line of the reading process.

    Raises:
        InvalidInput: The line is a refusal, or the process ended before it had written all.
    """
    text = lines.readline()
    line: dict[str, Any] = orjson.loads(text) if text.endswith(b"\n") else {"refused": "unreadable", "value": path.name}
    if "refused" in line:
        logger.info("file %s refused: %s, %s", path.name, line["refused"], line.get("log", ""))
        why = _refusals()[line["refused"]] % {"file": path.name, "value": line["value"]}
        raise InvalidInput(why, faults=[Fault("file", why, str(line["value"])[:80])])
    return line


def _refusals() -> Mapping[str, str]:
    return {
        "missing": _("There is no file “%(file)s”."),
        "unreadable": _("“%(file)s” cannot be read to its end: it is damaged or cut short. Export it again."),
        "unknown_format": _("“%(file)s” is neither GeoJSON nor GeoPackage. Export it as one of them."),
        "unknown_layer": _("“%(file)s” has no such layer. It has: %(value)s."),
        "no_crs": _("“%(file)s” does not say what its coordinates are. Name the system, for example EPSG:4490."),
        "unknown_crs": _("“%(value)s” is not a coordinate system we know. Name an EPSG code, for example EPSG:4547."),
        "inexact_crs": _(
            "Coordinates in “%(value)s” cannot be converted to within 2 m here. Ask the surveying office for CGCS2000."
        ),
    }
