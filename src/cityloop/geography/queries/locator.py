"""Where many points lie: a day's areas in memory, points by the million."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from cityloop.geography.rules.finder import NOWHERE, Finder, Floats, Index
from cityloop.geography.rules.located import Located
from cityloop.geography.rules.shapes import Shapes

# A day's unit grids with their duty grids, lowest code first.
GRIDS = """
SELECT ST_AsBinary(g.geometry), g.code, coalesce(d.code, ''), g.community_code, g.street_code, g.district_code,
    g.jurisdiction, g.timing_zone
FROM geography_unitgrid g
LEFT JOIN geography_dutygridmember m
    ON m.unit_grid_id = g.id AND m.valid_from <= %(on)s AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
LEFT JOIN geography_dutygrid d
    ON d.id = m.duty_grid_id AND d.valid_from <= %(on)s AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
WHERE g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
    AND (%(jurisdiction)s = '' OR g.jurisdiction = %(jurisdiction)s)
ORDER BY g.jurisdiction LIKE '%%0000', g.jurisdiction LIKE '%%00', g.code
"""

# A day's regions, innermost level first, then lowest code.
REGIONS = """
SELECT ST_AsBinary(r.geometry), '', '', CASE WHEN r.level = 'community' THEN r.code ELSE '' END,
    CASE WHEN r.level IN ('community', 'street') THEN left(r.code, 9) ELSE '' END,
    CASE WHEN r.level IN ('community', 'street', 'district') THEN left(r.code, 6) ELSE '' END,
    r.jurisdiction, 'normal'
FROM geography_region r
WHERE r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s) AND r.geometry IS NOT NULL
    AND (%(jurisdiction)s = '' OR r.jurisdiction = %(jurisdiction)s)
ORDER BY array_position(ARRAY['community', 'street', 'district', 'city', 'province'], r.level::text), r.code
"""

COLUMNS = ("unit_grid", "duty_grid", "community", "street", "district", "jurisdiction", "timing_zone")


@dataclass(frozen=True, slots=True)
class Places:
    """Where each of ``n`` points lies.

    ``lons``, ``lats``: ``(n,)`` degrees as asked. ``area``: ``(n,)`` row of ``areas``, ``NOWHERE`` outside all.
    ``areas``: ``(m, 7)`` text, the columns of ``COLUMNS``.
    """

    lons: Floats
    lats: Floats
    area: Index
    areas: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.area)

    def __getitem__(self, point: int) -> Located | None:
        row = self.area[point]
        if row == NOWHERE:
            return None
        return Located(float(self.lons[point]), float(self.lats[point]), *self.areas[row])

    @property
    def found(self) -> NDArray[np.bool_]:
        """``(n,)`` whether the point lies in any area."""
        found: NDArray[np.bool_] = self.area != NOWHERE
        return found

    def column(self, name: str) -> NDArray[np.object_]:
        """Return ``(n,)`` codes, one of ``COLUMNS``, ``""`` where there is none."""
        values = np.append(self.areas[:, COLUMNS.index(name)], "")
        return values[self.area]  # NOWHERE is -1: the last one, which is empty


class Locator:
    """A day's areas, ready to answer for many points at once as ``locate`` answers for one.

    It does not watch the database: keep it as long as ``kernel.versions`` says that the jurisdiction did not change.
    """

    def __init__(self, grids: Shapes, regions: Shapes, areas: NDArray[np.object_]) -> None:
        """Take shapes in the order of preference, grids before regions; ``areas`` names them in the same order."""
        self.areas = areas
        self._grids = Finder(grids)
        self._regions = Finder(regions)

    @classmethod
    def load(cls, on: date, jurisdiction: str = "") -> Self:
        """Read the areas that hold on the day ``on``: of one jurisdiction, or of all."""
        shapes, names = [], []
        with connection.cursor() as cursor:
            for query in (GRIDS, REGIONS):
                cursor.execute(query, {"on": on, "jurisdiction": jurisdiction})
                rows = cursor.fetchall()
                shapes.append(shapely.from_wkb(np.array([bytes(row[0]) for row in rows], dtype=object)))
                names += [row[1:] for row in rows]
        areas = np.array(names, dtype=object).reshape(-1, len(COLUMNS))
        return cls(shapes[0], shapes[1], areas)

    def locate(self, lons: Floats, lats: Floats) -> Places:
        """Say where each point lies.

        Args:
            lons: ``(n,)`` degrees, CGCS2000 or WGS 84. NaN and infinity are nowhere.
            lats: ``(n,)`` degrees.
        """
        lons, lats = np.ascontiguousarray(lons, dtype=np.float64), np.ascontiguousarray(lats, dtype=np.float64)
        area = self._grids.first(lons, lats)
        rest = np.flatnonzero(area == NOWHERE)
        if len(rest):
            region = self._regions.first(lons[rest], lats[rest])
            area[rest] = np.where(region == NOWHERE, NOWHERE, region + len(self._grids))
        return Places(lons, lats, area, self.areas)
