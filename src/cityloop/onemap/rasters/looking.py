"""What a GeoTIFF holds, from its head alone: refused here, before anything is unpacked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader

from cityloop.onemap.rasters.refused import RefusedPicture

MOST_POINTS: Final = 10_000_000_000
MOST_PIECE: Final = 256 << 20
"""Bytes of one stored piece, which is always unpacked whole."""

BOMB_RATIO: Final = 2_000
"""Bytes unpacked for each one stored: more than deflate can come to with an empty sheet (1,030)."""
SMALL: Final = 200_000_000
"""Bytes unpacked that are no danger however small the file is."""

MAGIC: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
TYPES: Final = ("uint8", "uint16", "int16")


@dataclass(frozen=True, slots=True)
class Ways:
    """How the points of a picture become colours.

    ``bands``: which are read, from 1. ``table``: ``(n, 3)`` colours of a palette. ``spread``: darkest and brightest value of each band of
    more than 8 bits, or of one bit. ``masked``: points may be transparent.
    """

    bands: tuple[int, ...]
    table: NDArray[np.uint8] | None
    spread: tuple[tuple[float, float], ...]
    masked: bool

    @property
    def colours(self) -> int:
        """How many bands the result has."""
        return 3 if self.table is not None else len(self.bands)


@contextmanager
def opened(path: Path) -> Iterator[DatasetReader]:
    """Open a file as GeoTIFF, and as nothing else.

    Raises:
        RefusedPicture: It is none, or cut short; also what fails while it is read.
    """
    with path.open("rb") as file:
        if file.read(4) not in MAGIC:
            raise RefusedPicture("not_tiff")
    try:
        with rasterio.open(path, driver="GTiff") as source:
            yield source
    except RasterioError as exc:
        raise RefusedPicture("cut_short", log=exc) from exc


def refuse_too_much(source: DatasetReader, file_bytes: int) -> None:
    """Refuse what would take too much room or memory once it is unpacked.

    Raises:
        RefusedPicture: It would.
    """
    points = source.width * source.height
    if points > MOST_POINTS:
        raise RefusedPicture("too_large", f"{source.width} × {source.height}")
    depth = max(np.dtype(kind).itemsize for kind in source.dtypes) * source.count
    if points * depth > max(SMALL, file_bytes * BOMB_RATIO):
        raise RefusedPicture("bomb", f"{source.width} × {source.height}")
    tall, wide = source.block_shapes[0]
    if (piece := tall * wide * depth) > MOST_PIECE:
        raise RefusedPicture("one_piece", piece >> 20)


def ways_of(source: DatasetReader) -> Ways:
    """Return how the points become colours.

    Raises:
        RefusedPicture: They are no picture.
    """
    kinds, signs = set(source.dtypes), source.colorinterp
    if not kinds <= set(TYPES):
        raise RefusedPicture("no_picture", ", ".join(sorted(kinds)))
    if ColorInterp.cyan in signs:
        raise RefusedPicture("cmyk")
    bands = {1: (1,), 2: (1,), 3: (1, 2, 3), 4: (1, 2, 3)}.get(source.count)
    if bands is None or (source.count == 2 and signs[1] != ColorInterp.alpha):
        raise RefusedPicture("bands", source.count)
    masked = any(MaskFlags.all_valid not in flags for flags in source.mask_flag_enums)
    table = _table(source) if signs[0] == ColorInterp.palette else None
    return Ways(bands, table, () if table is not None else _spread(source, bands), masked)


def _table(source: DatasetReader) -> NDArray[np.uint8]:
    colours: Mapping[int, Any] = source.colormap(1)
    table = np.zeros((max(colours) + 1, 3), dtype=np.uint8)
    for value, colour in colours.items():
        table[value] = colour[:3]
    return table


def _spread(source: DatasetReader, bands: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    """Return between which values the bands of more than 8 bits lie, but for 2 % at each end; none where nothing is spread."""
    if source.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1":
        return ((0.0, 1.0),)
    if source.dtypes[0] == "uint8":
        return ()
    scale = max(source.width, source.height) / 1024
    shape = (max(1, int(source.height / max(1, scale))), max(1, int(source.width / max(1, scale))))
    # Without overviews this reads all of it once; it is the price of not guessing how bright 16 bits are.
    sample = source.read(bands, out_shape=(len(bands), *shape), masked=True)
    found = []
    for band in sample:
        values = band.compressed()
        low, high = np.percentile(values, (2, 98)).tolist() if values.size else (0.0, 1.0)
        if high <= 255 and values.size and values.max() <= 255 and values.min() >= 0:
            low, high = 0.0, 255.0
        found.append((low, max(high, low + 1)))
    return tuple(found)


def coloured(ways: Ways, points: NDArray[Any]) -> NDArray[np.uint8]:
    """Return ``(bands, rows, columns)`` points as colours of 8 bits."""
    if ways.table is not None:
        looked = ways.table[np.minimum(points[0], len(ways.table) - 1)]
        return np.ascontiguousarray(np.moveaxis(looked, 2, 0))
    if not ways.spread:
        return points.astype(np.uint8, copy=False)
    out = np.empty(points.shape, dtype=np.uint8)
    for band, (low, high) in enumerate(ways.spread):
        out[band] = np.clip((points[band].astype(np.float32) - low) * (255 / (high - low)), 0, 255).round()
    return out
