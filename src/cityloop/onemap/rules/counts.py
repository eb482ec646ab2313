"""How counts by cell are kept: at which sizes of cells, and by which spans of days.

What stands on a day is the sum of what came until then, less what went. A sum over twenty years of days is 7,000 rows for each cell;
over whole years, then whole months of the year, then days of the month, it is at most some seventy.
"""

from datetime import date
from typing import Final

from cityloop.onemap.rules.tiles import CELL_POINTS, POINTS, Tile

LEVELS: Final = (7, 10, 13, 16, 19)
"""Zooms whose tiles are the cells that are kept. A tile is counted by 8 × 8 cells, out of at most 32 × 32 of the next size."""

FINEST: Final = LEVELS[-1]
DEEPER: Final = (POINTS // CELL_POINTS).bit_length() - 1
"""A cell is a tile so many zooms deeper."""

DEEPEST_COUNTED: Final = FINEST - DEEPER
"""Last zoom that can be read from counts; closer tiles hold so few rows that they are counted as they are."""

FIRST_YEAR: Final = 1970


def level_for(at: Tile) -> int:
    """Return the size of the kept cells that a tile is counted from.

    Raises:
        ValueError: Closer than ``DEEPEST_COUNTED`` no count is kept.
    """
    if at.zoom > DEEPEST_COUNTED:
        raise ValueError(f"no counts are kept for zoom {at.zoom}")
    return next(level for level in LEVELS if level >= at.zoom + DEEPER)


def spans_until(day: date) -> list[int]:
    """Return the spans that make up all days until ``day``, itself included: years, months and days, as ``yyyymmdd`` with zeros.

    A day before ``FIRST_YEAR`` has none: the tables of what is dated begin there.
    """
    years = [year * 10_000 for year in range(FIRST_YEAR, day.year)]
    if day.year < FIRST_YEAR:
        return []
    months = [day.year * 10_000 + month * 100 for month in range(1, day.month)]
    return years + months + [day.year * 10_000 + day.month * 100 + number for number in range(1, day.day + 1)]
