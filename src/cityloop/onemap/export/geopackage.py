"""Features into a GeoPackage, by GDAL in a process of its own (``onemap.packing``): GeoDjango has a GDAL already, and two in one process
crash sooner or later. This side sends a line of JSON for each layer and one for each feature.
"""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import orjson

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap.rules.layer import Layer

logger = logging.getLogger(__name__)


def write_geopackage(path: Path, sources: Sequence[tuple[Layer, Iterator[Sequence[str]]]]) -> None:
    """Write layers into a GeoPackage at ``path``: coordinates in CGCS2000 (EPSG:4490), properties by their names.

    Raises:
        Unavailable: The process that writes has ended: no space is left, perhaps.
    """
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    command = [sys.executable, "-m", "cityloop.onemap.packing", str(path)]
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints, env=surroundings) as child,
    ):
        assert child.stdin is not None
        try:
            for layer, pages in sources:
                child.stdin.write(_head(layer) + b"\n")
                for features in pages:
                    child.stdin.writelines(feature.encode() + b"\n" for feature in features)
            child.stdin.close()
        except BrokenPipeError:  # its code says why
            with contextlib.suppress(BrokenPipeError):  # closing writes what is left; the block's end would do so again
                child.stdin.close()
        except BaseException:
            child.kill()
            raise
        if child.wait():
            complaints.seek(0)
            logger.error("writing a GeoPackage: %s", complaints.read(4000).decode(errors="replace"))
            raise Unavailable(_("The GeoPackage could not be written; the log says more. Try again, or take GeoJSON."))


def _head(layer: Layer) -> bytes:
    assert layer.features is not None
    columns = {name: column.kind.value for name, column in layer.features.columns.items()}
    return orjson.dumps({"layer": layer.name, "columns": columns, "geometry": layer.features.geometry_type})
