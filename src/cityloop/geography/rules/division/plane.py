"""The plane in which a city is divided: metres from a corner, on a lattice so fine that nobody sees it.

All borders are put on the lattice once, all together, so that two neighbours store the same numbers. The way back to degrees
takes each corner by itself: what was the same stays the same.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.shapes import Shapes, metres_per_degree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LATTICE_M: Final = 0.01
"""The distance of the points on which borders may bend. No survey is finer: class A of CJ/T 214 allows half a metre."""

DECIMALS: Final = 9
"""Of a degree: a tenth of a millimetre, so that rounding moves no corner across a border half a lattice away."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a corner; true in the middle of the city, some in ten thousand off at its edges."""

    lon: float
    lat: float
    lon_m: float
    lat_m: float

    @classmethod
    def around(cls, shapes: Shapes) -> Self:
        """Return the plane for what lies around ``shapes`` (degrees)."""
        west, south, _east, north = shapely.total_bounds(shapes).tolist()
        return cls(round(west, 6), round(south, 6), *metres_per_degree((south + north) / 2))

    def to_metres(self, shapes: Any) -> Any:
        """Return ``shapes`` (degrees) in metres, not yet on the lattice."""
        return shapely.transform(shapes, lambda at: (at - (self.lon, self.lat)) * (self.lon_m, self.lat_m))

    def to_degrees(self, shapes: Any) -> Any:
        """Return ``shapes`` (metres) in degrees, rounded to ``DECIMALS``."""
        return shapely.transform(
            shapes, lambda at: np.round(at / (self.lon_m, self.lat_m) + (self.lon, self.lat), DECIMALS)
        )
