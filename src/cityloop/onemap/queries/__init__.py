"""Tiles and what they are made of: the doors of this room for those who ask."""

from cityloop.onemap.queries.cells import counted
from cityloop.onemap.queries.changes import VERSIONS, version_values
from cityloop.onemap.queries.keeping import Kept
from cityloop.onemap.queries.tiles import (
    BOX,
    MOST_BYTES,
    NO_ROWS,
    ON_ITS_DAY,
    Made,
    encoded,
    made,
    may_be_kept,
    rows_of,
    tile,
)
from cityloop.onemap.registry import finders, grounds, layers, named

__all__ = [
    "BOX", "MOST_BYTES", "NO_ROWS", "ON_ITS_DAY", "VERSIONS", "Kept", "Made", "counted", "encoded", "finders", "grounds", "layers", "made",
    "may_be_kept", "named", "rows_of", "tile", "version_values",
]  # fmt: skip
