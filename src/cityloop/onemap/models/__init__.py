"""What this room keeps: the map's ledgers, what was asked for as a file, and street view."""

from cityloop.onemap.models.exports import MapExport
from cityloop.onemap.models.ledgers import CellCount, Change, CountChange
from cityloop.onemap.models.streetview import StreetPicture, StreetRun, StreetView

__all__ = ["CellCount", "Change", "CountChange", "MapExport", "StreetPicture", "StreetRun", "StreetView"]
