"""Our side of the process that makes COGs."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import orjson

from cityloop.kernel.errors import Fault, InvalidInput, Unavailable
from cityloop.kernel.translation import _
from cityloop.onemap.rasters.closed import CLOSED, DRAWING
from cityloop.onemap.rasters.refused import ASKS, WHY

logger = logging.getLogger(__name__)

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a picture is, once it is a COG.

    ``bounds``: west, south, east, north in degrees. Zooms are of tiles 512 points wide. ``found``: what its head said, for people.
    """

    bounds: tuple[float, float, float, float]
    minzoom: int
    maxzoom: int
    found: Mapping[str, Any]


class NotUsable(InvalidInput):
    """The picture cannot be used; ``asks`` says that another coordinate system may mend it."""

    def __init__(self, words: str, *, asks: bool, **more: Any) -> None:
        super().__init__(words, **more)
        self.asks = asks


def child(what: str, *more: str, stdin: int, complaints: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a process that loads rasterio; what it complains of goes to a file of its own."""
    places = os.pathsep.join(place for place in sys.path if place)
    surroundings = {**os.environ, **CLOSED, **(DRAWING if what == "tile" else {}), "PYTHONPATH": places}
    command = [sys.executable, "-m", "cityloop.onemap.rasters", what, *more]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=complaints, env=surroundings)


def make_cog(
    path: Path,
    out: Path,
    *,
    name: str,
    kind: str,
    crs: str,
    city: tuple[float, float, float, float] | None,
    progress: Progress,
) -> Made:
    """Check a GeoTIFF, or a zip of sheets, and write it as a COG, in a process of its own; ``progress`` may raise, which ends it.

    Args:
        path: The file.
        out: Where the COG goes; what else is needed lies beside it for a while.
        name: What people call the file.
        kind: ``RasterKind``: photos are compressed with loss, drawings without.
        crs: Its coordinate system, against what the file says; "" for that.
        city: Where it should lie, in degrees.

    Raises:
        NotUsable: It cannot be used, with what to change.
        Unavailable: The process broke off.
    """
    asked = {"file": str(path), "out": str(out), "folder": str(out.parent), "kind": kind, "crs": crs, "city": city}
    with (
        TemporaryFile() as complaints,
        child("make", orjson.dumps(asked).decode(), stdin=subprocess.DEVNULL, complaints=complaints) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = orjson.loads(line)
                if "refused" in told:
                    logger.info("raster %s refused: %s, %s", name, told["refused"], told["log"])
                    raise _refusal(
                        told["refused"], f"{name}/{told['sheet']}" if "sheet" in told else name, told["value"]
                    )
                if "made" in told:
                    return _made(told["made"])
                progress(told["step"], told["share"])
        finally:
            process.kill()
            with suppress(OSError):
                complaints.seek(0)
                for complaint in complaints.read(4000).decode(errors="replace").splitlines():
                    logger.info("making %s: %s", name, complaint)
    raise Unavailable(_("It broke off; the log says more."))  # it was killed, or wanted more memory than it may have


def _made(told: dict[str, Any]) -> Made:
    west, south, east, north = told["bounds"]
    return Made((west, south, east, north), told["minzoom"], told["maxzoom"], told)


def _refusal(reason: str, name: str, value: str) -> NotUsable:
    why = _(WHY[reason]) % {"file": name, "value": value}
    return NotUsable(why, asks=reason in ASKS, faults=[Fault("file", why, value)], reason=reason)
