"""What this room keeps: the map's ledgers, and street view."""

from cityloop.onemap.models.ledgers import CellCount, Change, CountChange
from cityloop.onemap.models.streetview import StreetPicture, StreetRun, StreetView

__all__ = ["CellCount", "Change", "CountChange", "StreetPicture", "StreetRun", "StreetView"]
