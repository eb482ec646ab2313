"""Squares of the world as numbers, so that all that lies in a square has numbers without a gap.

A square's number interleaves the bits of its column and its row (its *quad*): the four squares within it are the four numbers
that begin with its own. A tile is a range of one index, at whatever zoom the rows were noted.

What has changed is noted by two sizes of squares, so that a tile of any zoom asks for few numbers (``onemap.models.Change``).
"""

from typing import Final

from cityloop.onemap.rules.tiles import Tile

FAR: Final = 6
"""Zoom of the squares in which every change is noted; tiles down to ``FIRST_NEAR`` look at these: 600 km at the equator."""

NEAR: Final = 14
"""Zoom of the squares that tiles from ``FIRST_NEAR`` on look at: 2.4 km at the equator."""

FIRST_NEAR: Final = 10
FIRST_KEPT: Final = 3
"""Zoom from which tiles may be kept: the margin of those above reaches further than changes are noted."""

MOST_NEAR: Final = 1024
"""What lies in more near squares than these (a province) is noted in far ones alone, as something wide."""

NEAR_PLACES: Final = 1 << 40
WIDE_PLACES: Final = 2 << 40
WORLD: Final = 3 << 40
"""A change of which nobody says where it is: every tile hears of it."""


def quad(x: int, y: int) -> int:
    """Return the number of a square: the bits of its column at even places, those of its row at odd ones."""
    return _spread(x) | _spread(y) << 1


def place_of(number: int) -> tuple[int, int]:
    """Return the column and the row of the square that has a number."""
    return _gathered(number), _gathered(number >> 1)


def quads_in(at: Tile, zoom: int) -> tuple[int, int]:
    """Return the first number and the one past the last of the squares of ``zoom`` in a tile; of the one around it, if that is larger."""
    own = quad(at.x, at.y)
    if zoom < at.zoom:
        around = own >> 2 * (at.zoom - zoom)
        return around, around + 1
    return own << 2 * (zoom - at.zoom), (own + 1) << 2 * (zoom - at.zoom)


def places_of(at: Tile) -> tuple[tuple[int, int], ...]:
    """Return the ranges (first, past the last) under which every change that may be in a tile is noted."""
    if at.zoom < FIRST_NEAR:
        return (quads_in(at, FAR), (WORLD, WORLD + 1))
    near, wide = quads_in(at, NEAR), quads_in(at, FAR)
    return (
        (NEAR_PLACES + near[0], NEAR_PLACES + near[1]),
        (WIDE_PLACES + wide[0], WIDE_PLACES + wide[1]),
        (WORLD, WORLD + 1),
    )


def _spread(value: int) -> int:
    """Return ``value`` (32 bits) with a gap after each of its bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        value = (value | value << shift) & mask
    return value


def _gathered(value: int) -> int:
    """Return the bits of ``value`` at even places, together."""
    value &= 0x5555555555555555
    for shift, mask in (
        (1, 0x3333333333333333), (2, 0x0F0F0F0F0F0F0F0F), (4, 0x00FF00FF00FF00FF), (8, 0x0000FFFF0000FFFF), (16, 0x00000000FFFFFFFF),
    ):  # fmt: skip
        value = (value | value >> shift) & mask
    return value
