"""Pure rules of geography: no database, no clock, no request.

``coordinates`` converts between coordinate systems, ``cells`` lays regular grids, ``codes`` knows the shape of region
and grid codes, ``shapes`` measures and mends polygons, ``checks`` judges rows before they become areas.
"""

from cityloop.geography.rules.codes import belongs_to, grid_code, level_rank, parent_codes
from cityloop.geography.rules.coordinates import check_position, convert, gcj02_to_wgs84, looks_swapped, wgs84_to_gcj02
from cityloop.geography.rules.located import Extent, Located

__all__ = [
    "Extent",
    "Located",
    "belongs_to",
    "check_position",
    "convert",
    "gcj02_to_wgs84",
    "grid_code",
    "level_rank",
    "looks_swapped",
    "parent_codes",
    "wgs84_to_gcj02",
]
