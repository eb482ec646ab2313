"""A GeoTIFF, or a zip of sheets, is checked and rewritten as a cloud optimised one (COG), piece by piece: memory stays flat however large it is."""

import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from cityloop.onemap.rasters.looking import Ways, coloured, ways_of
from cityloop.onemap.rasters.mosaic import picture
from cityloop.onemap.rasters.place import degrees_of, refuse_elsewhere, system_of
from cityloop.onemap.rasters.refused import RefusedPicture

BLOCK: Final = 512
WIDE: Final = 8192
"""Points of a piece that is read at once, of a picture that is stored in tiles."""

EDGE_M: Final = 20037508.342789244
TILE_POINTS: Final = 512

Tell = Callable[[str, float], None]
"""Takes a step and its share from 0 to 1."""


def make(asked: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Check ``asked["file"]`` and write it as a COG to ``asked["out"]``; return what it is.

    Args:
        asked: ``file``, ``out``, ``folder`` for what is under way, ``kind``, ``crs`` ("" for what the file says), ``city`` (its box in
            degrees, or None).

    Raises:
        RefusedPicture: It cannot be used.
    """
    path, folder = Path(asked["file"]), Path(asked["folder"])
    with picture(path, folder, asked["crs"], lambda: tell("reading", 0.0)) as source:
        ways = ways_of(source)
        if source.transform.is_identity:
            raise RefusedPicture("no_position")
        crs = system_of(_name(source, asked["crs"]))
        box = degrees_of(crs, tuple(source.bounds) if source.transform.is_rectilinear else _around(source))
        refuse_elsewhere(box, asked["city"])
        _refuse_without_room(source, ways, folder)
        draft = folder / "draft.tif"
        _write(source, ways, draft, crs.to_wkt(), tell)
    is_drawing = asked["kind"] == "topographic"
    _finish(draft, Path(asked["out"]), is_drawing=is_drawing, tell=tell)
    least, most = zooms_of(box, source.width, source.height)
    return {
        "width": source.width, "height": source.height, "bands": source.count, "dtype": source.dtypes[0], "crs": _said(crs),
        "bounds": box, "minzoom": least, "maxzoom": most, "spread": ways.spread, "palette": ways.table is not None,
    }  # fmt: skip


def _name(source: DatasetReader, asked: str) -> str:
    """Return the system that was said, else the file's own."""
    if asked:
        return asked
    if source.crs is None:
        raise RefusedPicture("no_crs", "")
    number = source.crs.to_epsg()
    return f"EPSG:{number}" if number else str(source.crs.to_wkt())


def _said(crs: Any) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _around(source: DatasetReader) -> tuple[float, float, float, float]:
    corners = [
        source.transform * at for at in ((0, 0), (source.width, 0), (0, source.height), (source.width, source.height))
    ]
    xs, ys = [x for x, _y in corners], [y for _x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def zooms_of(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int]:
    """Return from which zoom a picture shows more than a few points, and at which each of its points has one of the screen's.

    Tiles are 512 points wide. ``box`` is in degrees, ``width`` and ``height`` in points.
    """
    wide = (box[2] - box[0]) / 360 * 2 * EDGE_M
    tall = abs(_north(box[3]) - _north(box[1]))
    point = min(wide / width, tall / height)
    most = math.ceil(math.log2(2 * EDGE_M / TILE_POINTS / point) - 0.2)
    least = math.floor(math.log2(2 * EDGE_M / TILE_POINTS * 16 / max(wide, tall)))
    most = min(22, max(0, most))
    return min(most, max(0, least)), most


def _north(lat: float) -> float:
    return EDGE_M / math.pi * math.asinh(math.tan(math.radians(max(-85.0, min(85.0, lat)))))


def _refuse_without_room(source: DatasetReader, ways: Ways, folder: Path) -> None:
    needed = int(source.width * source.height * (ways.colours + 0.2) * 1.4)
    if shutil.disk_usage(folder).free < needed * 1.5:
        raise RefusedPicture("no_room", f"{needed * 1.5 / 1e9:.1f} GB")


def _pieces(source: DatasetReader) -> Iterator[Window]:
    """Yield windows that hold stored pieces whole, so that none is unpacked twice."""
    tall, wide = source.block_shapes[0]
    across = source.width if wide >= source.width else max(BLOCK, WIDE // wide * wide)
    down = max(BLOCK, tall) if wide < source.width else max(1, round(BLOCK / tall)) * tall
    for top in range(0, source.height, down):
        for left in range(0, source.width, across):
            yield Window(left, top, min(across, source.width - left), min(down, source.height - top))


def _write(source: DatasetReader, ways: Ways, draft: Path, crs: str, tell: Tell) -> None:
    profile = {
        "driver": "GTiff", "width": source.width, "height": source.height, "count": ways.colours, "dtype": "uint8", "crs": crs,
        "transform": source.transform, "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "ZSTD",
        "zstd_level": 1, "interleave": "pixel", "BIGTIFF": "YES", "SPARSE_OK": "YES",
        "photometric": "RGB" if ways.colours == 3 else "MINISBLACK",
    }  # fmt: skip
    total, done, seen = source.width * source.height, 0, False
    with rasterio.open(draft, "w", **profile) as out:
        for piece in _pieces(source):
            points = source.read(ways.bands, window=piece)
            mask = source.dataset_mask(window=piece) if ways.masked else None
            if mask is None or mask.any():
                seen = True
                out.write(coloured(ways, points), window=piece)
            if mask is not None:
                out.write_mask(mask, window=piece)
            done += points.shape[1] * points.shape[2]
            tell("reading", done / total)
    if not seen:
        raise RefusedPicture("empty")


def _finish(draft: Path, out: Path, *, is_drawing: bool, tell: Tell) -> None:
    """Draw the overviews, then write it all in the order of a COG.

    Photos are compressed as JPEG, a fifth of the size; on a drawing's thin lines JPEG would leave traces.
    """
    packed: dict[str, Any] = {"COMPRESS": "DEFLATE", "PREDICTOR": "YES"}
    if not is_drawing:
        packed = {"COMPRESS": "JPEG", "QUALITY": "90", "OVERVIEW_QUALITY": "85"}
    try:
        # The draft's own overviews alone: what is written at the end has its own compression, there too.
        with rasterio.Env(COMPRESS_OVERVIEW="ZSTD", BIGTIFF_OVERVIEW="YES"), rasterio.open(draft, "r+") as half:
            steps = max(0, math.ceil(math.log2(max(half.width, half.height) / BLOCK)))
            for step in range(1, steps + 1):
                half.build_overviews([2**step], Resampling.average)
                tell("overviews", step / steps)
        tell("writing", 0.0)
        rasterio.shutil.copy(
            draft,
            out,
            driver="COG",
            BLOCKSIZE=BLOCK,
            OVERVIEWS="FORCE_USE_EXISTING" if steps else "NONE",
            BIGTIFF="IF_SAFER",
            **packed,
        )
    except RasterioError as exc:
        raise RefusedPicture("cut_short", log=exc) from exc
    draft.unlink()
    tell("writing", 1.0)


def is_cog(path: Path) -> bool:
    """Whether a file is laid out as a COG, with tiles and overviews: asked by tests and benches."""
    with rasterio.open(path) as made:
        has_overviews = bool(made.overviews(1)) or max(made.width, made.height) <= BLOCK
        return made.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG" and has_overviews
