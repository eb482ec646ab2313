"""What this room keeps: the map's ledgers, what was asked for as a file, street view, and saved themes."""

from cityloop.onemap.models.exports import MapExport
from cityloop.onemap.models.grounds import Basemap, GroundUpload, Raster
from cityloop.onemap.models.ledgers import CellCount, Change, CountChange
from cityloop.onemap.models.streetview import StreetPicture, StreetRun, StreetView
from cityloop.onemap.models.themes import MapTheme

__all__ = [
    "Basemap",
    "CellCount",
    "Change",
    "CountChange",
    "GroundUpload",
    "MapExport",
    "MapTheme",
    "Raster",
    "StreetPicture",
    "StreetRun",
    "StreetView",
]  # fmt: skip
