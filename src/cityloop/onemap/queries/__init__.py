"""Tiles and what they are made of: the doors of this room for those who ask."""

from cityloop.onemap.queries.cells import counted
from cityloop.onemap.queries.tiles import BOX, MOST_BYTES, NO_ROWS, ON_ITS_DAY, Made, encoded, made, rows_of, tile
from cityloop.onemap.registry import finders, grounds, layers, named

__all__ = [
    "BOX", "MOST_BYTES", "NO_ROWS", "ON_ITS_DAY", "Made", "counted", "encoded", "finders", "grounds", "layers", "made", "named", "rows_of", "tile",
]  # fmt: skip
