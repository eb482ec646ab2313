"""Where a point lies, and how far an area reaches."""

from dataclasses import dataclass
from typing import NamedTuple

NORMAL_ZONE = "normal"
"""The timing zone of a grid that nobody placed in another."""


class Extent(NamedTuple):
    """A box in degrees, WGS 84 stamped as CGCS2000; borders included."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


@dataclass(frozen=True, slots=True)
class Located:
    """Everything the map says of one point. Each code is ``""`` where there is none."""

    lon: float  # degrees
    lat: float  # degrees
    unit_grid: str  # 15 digits
    duty_grid: str
    community: str  # 12 digits
    street: str  # 9 digits
    district: str  # 6 digits
    jurisdiction: str  # of the innermost area that contains the point
    timing_zone: str  # NORMAL_ZONE where no grid says otherwise
