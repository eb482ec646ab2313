"""Tiles out of COGs, by rio-tiler: the process that draws them, one after another."""

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import calculate_default_transform
from rio_tiler.errors import RioTilerError
from rio_tiler.reader import read

OPEN: Final = 24
"""Files that stay open, each of their scales by itself: their heads need not be read again."""

TILE_POINTS: Final = 512
EDGE_M: Final = 20037508.342789244
LOOKS: Final[dict[str, dict[str, Any]]] = {"webp": {"quality": 82}, "png": {"zlevel": 6}}


class Drawer:
    """Draws tiles of files that stay open."""

    def __init__(self) -> None:
        self._mercator = CRS.from_epsg(3857)
        self._open: OrderedDict[tuple[str, int], DatasetReader] = OrderedDict()
        self._scales: dict[str, tuple[float, list[int]]] = {}

    def tile(self, path: str, zoom: int, x: int, y: int, form: str) -> bytes:
        """Return a tile; nothing where the picture does not reach or shows nothing.

        It is projected straight onto the tile's own points, from the nearest finer scale: rio-tiler's ``Reader.tile`` would project onto
        the picture's points first and ask PROJ anew for each tile, which costs five times as much.

        Raises:
            OSError: The file is not there, or damaged.
        """
        step = 2 * EDGE_M / (1 << zoom) / TILE_POINTS
        grid = Affine(step, 0, x * step * TILE_POINTS - EDGE_M, 0, -step, EDGE_M - y * step * TILE_POINTS)
        warp = {"crs": self._mercator, "transform": grid, "width": TILE_POINTS, "height": TILE_POINTS}
        try:
            source = self._source(path, step)
            shown = read(source, width=TILE_POINTS, height=TILE_POINTS, vrt_options=warp, reproject_method="bilinear")
        except (RasterioError, RioTilerError) as exc:
            self._scales.pop(path, None)
            raise OSError(str(exc)) from exc
        if not shown.mask.any():
            return b""
        return bytes(shown.render(img_format=form.upper(), **LOOKS[form]))

    def _source(self, path: str, step: float) -> DatasetReader:
        """Return the file, opened at the coarsest of its scales that is as fine as ``step``, in metres of Mercator."""
        if not Path(path).is_file():
            raise FileNotFoundError(Path(path).name)
        finest, factors = self._scales.get(path) or self._scaled(path)
        level = sum(finest * factor <= step for factor in factors) - 1
        source = self._open.pop((path, level), None)
        if source is None:
            source = rasterio.open(path, **({} if level < 0 else {"overview_level": level}))
        self._open[path, level] = source
        while len(self._open) > OPEN:
            _key, oldest = self._open.popitem(last=False)
            oldest.close()
        return source

    def _scaled(self, path: str) -> tuple[float, list[int]]:
        """Return how wide a point of the picture is in metres of Mercator, and how many of them its overviews put together."""
        with rasterio.open(path) as source:
            shape = (source.width, source.height)
            transform, _wide, _tall = calculate_default_transform(source.crs, self._mercator, *shape, *source.bounds)
            self._scales[path] = (float(transform.a), source.overviews(1))
        return self._scales[path]
