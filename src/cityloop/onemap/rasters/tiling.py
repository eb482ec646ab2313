"""Tiles out of COGs, by rio-tiler: the process that draws them, one after another."""

from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from rasterio.errors import RasterioError
from rio_tiler.errors import RioTilerError, TileOutsideBounds
from rio_tiler.io import Reader

OPEN: Final = 16
"""Files that stay open: their heads and overviews need not be read again."""

TILE_POINTS: Final = 512
LOOKS: Final[dict[str, dict[str, Any]]] = {"webp": {"quality": 82}, "png": {"zlevel": 6}}


class Drawer:
    """Draws tiles of files that stay open."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Reader] = OrderedDict()

    def tile(self, path: str, zoom: int, x: int, y: int, form: str) -> bytes:
        """Return a tile; nothing where the picture does not reach or shows nothing.

        Raises:
            OSError: The file is not there, or damaged.
        """
        try:
            shown = self._reader(path).tile(
                x, y, zoom, tilesize=TILE_POINTS, resampling_method="bilinear", reproject_method="bilinear"
            )
        except TileOutsideBounds:
            return b""
        except (RasterioError, RioTilerError) as exc:
            self._open.pop(path, None)
            raise OSError(str(exc)) from exc
        if not shown.mask.any():
            return b""
        return bytes(shown.render(img_format=form.upper(), **LOOKS[form]))

    def _reader(self, path: str) -> Reader:
        reader = self._open.pop(path, None)
        if reader is None:
            if not Path(path).is_file():
                raise FileNotFoundError(Path(path).name)
            reader = Reader(path)
        self._open[path] = reader
        while len(self._open) > OPEN:
            _path, oldest = self._open.popitem(last=False)
            if oldest.dataset is not None:
                oldest.dataset.close()
        return reader
