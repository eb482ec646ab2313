"""Tiles of pictures and of basemaps that this machine keeps, each kind up to a bound of its own."""

from pathlib import Path
from typing import Final

from django.conf import settings

from cityloop.onemap.kept_files import KeptFiles

RASTER_TILES: Final = KeptFiles(Path(settings.DATA) / "cache" / "raster-tiles", settings.RASTER_CACHE_BYTES)
BASEMAP_TILES: Final = KeptFiles(Path(settings.DATA) / "cache" / "basemap-tiles", settings.BASEMAP_CACHE_BYTES)
