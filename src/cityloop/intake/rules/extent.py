"""Where a city lies, told by the positions of its requests: a few of them are always wrong."""

import math
from array import array

import numpy as np

from cityloop.geography.rules import Extent

MOST_KEPT = 500_000
LAT_DEGREE_M = 111_000.0


class PositionSample:
    """Positions as they come, thinned evenly so that memory stays constant: every one, then every second, fourth, …"""

    def __init__(self) -> None:
        self._lons, self._lats = array("d"), array("d")
        self._step, self._count = 1, 0

    def add(self, lon: float, lat: float) -> None:
        """Take a position in degrees, WGS 84."""
        if self._count % self._step == 0:
            if len(self._lons) == MOST_KEPT:
                self._lons, self._lats = self._lons[::2], self._lats[::2]
                self._step *= 2
            self._lons.append(lon)
            self._lats.append(lat)
        self._count += 1

    def extent(self, percentile: float, margin_m: float) -> Extent | None:
        """Return the box without the outermost ``percentile`` of 100 on each side, widened by ``margin_m``.

        The answer is rounded outwards to five decimals (about 1 m), so that a few more rows do not move it in the last
        digit. None where there is no position at all.
        """
        if not self._lons:
            return None
        cuts = (percentile, 100 - percentile)
        west, east = (float(cut) for cut in np.percentile(np.asarray(self._lons), cuts))
        south, north = (float(cut) for cut in np.percentile(np.asarray(self._lats), cuts))
        lat_margin = margin_m / LAT_DEGREE_M
        lon_margin = lat_margin / max(math.cos(math.radians((south + north) / 2)), 0.01)
        return Extent(
            _outwards(west - lon_margin, down=True),
            _outwards(south - lat_margin, down=True),
            _outwards(east + lon_margin, down=False),
            _outwards(north + lat_margin, down=False),
        )


def _outwards(degrees: float, *, down: bool) -> float:
    scaled = degrees * 100_000
    return (math.floor(scaled) if down else math.ceil(scaled)) / 100_000
