"""Where many points lie: a day's areas in memory, points by the million."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from cityloop.geography.rules.finder import NOWHERE, Finder, Floats, Index, arrays_of
from cityloop.geography.rules.located import Located
from cityloop.kernel.hashing import canonical, sha256
from cityloop.kernel.shelf import shelved

Names = NDArray[np.str_]

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


# What a day's areas are made from: the content of every row, so that another server's areas are never taken for these.
STAMP = """
SELECT string_agg(rows::text || '.' || marks::text, ' ' ORDER BY name) FROM (
    SELECT 'unitgrid' AS name, count(*) AS rows, sum(hashtextextended(t::text, 0)) AS marks FROM geography_unitgrid t
    UNION ALL
    SELECT 'dutygrid', count(*), sum(hashtextextended(t::text, 0)) FROM geography_dutygrid t
    UNION ALL
    SELECT 'member', count(*), sum(hashtextextended(t::text, 0)) FROM geography_dutygridmember t
    UNION ALL
    SELECT 'region', count(*), sum(hashtextextended(t::text, 0)) FROM geography_region t
) AS stamps
"""

LAYOUT = 2
"""Of the arrays: count it up where they change."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where each of ``n`` points lies.

    ``lons``, ``lats``: ``(n,)`` degrees as asked. ``area``: ``(n,)`` row of ``areas``, ``NOWHERE`` outside all.
    ``areas``: ``(m, 7)`` text, the columns of ``COLUMNS``, mapped.
    """

    lons: Floats
    lats: Floats
    area: Index
    areas: Names

    def __len__(self) -> int:
        return len(self.area)

    def __getitem__(self, point: int) -> Located | None:
        row = self.area[point]
        if row == NOWHERE:
            return None
        return Located(float(self.lons[point]), float(self.lats[point]), *self.areas[row].tolist())

    @property
    def found(self) -> NDArray[np.bool_]:
        """``(n,)`` whether the point lies in any area."""
        found: NDArray[np.bool_] = self.area != NOWHERE
        return found

    def column(self, name: str) -> NDArray[np.object_]:
        """Return ``(n,)`` codes, one of ``COLUMNS``, ``""`` where there is none."""
        values = np.append(self.areas[:, COLUMNS.index(name)].astype(object), "")
        return values[self.area]  # NOWHERE is -1: the last one, which is empty


class Locator:
    """A day's areas, ready to answer for many points at once as ``locate`` answers for one.

    It does not watch the database: keep it as long as ``kernel.versions`` says that the jurisdiction did not change.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what ``_arrays`` gives."""
        self.areas: Names = arrays["areas"]
        self._grids = Finder(_part(arrays, "grids"))
        self._regions = Finder(_part(arrays, "regions"))

    @classmethod
    def load(cls, on: date, jurisdiction: str = "") -> Self:
        """Return the areas that hold on the day ``on``: of one jurisdiction, or of all.

        They are read from the database once after a change, and then mapped by every process.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_database(), (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            database = cursor.fetchone()
            cursor.execute(STAMP)
            stamp = sha256(canonical([LAYOUT, database, on.isoformat(), jurisdiction, cursor.fetchone()])).hex()
        return cls(shelved("locator", stamp[:32], lambda: _arrays(on, jurisdiction)))

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


def _arrays(on: date, jurisdiction: str) -> dict[str, NDArray[Any]]:
    """Read a day's areas, in the order of preference, grids before regions."""
    names, arrays = [], dict[str, NDArray[Any]]()
    with connection.cursor() as cursor:
        for part, query in (("grids", GRIDS), ("regions", REGIONS)):
            cursor.execute(query, {"on": on, "jurisdiction": jurisdiction})
            rows = cursor.fetchall()
            shapes = shapely.from_wkb(np.array([bytes(row[0]) for row in rows], dtype=object))
            arrays |= {f"{part}_{name}": array for name, array in arrays_of(shapes).items()}
            names += [row[1:] for row in rows]
    arrays["areas"] = np.array(names, dtype=np.str_).reshape(-1, len(COLUMNS))
    return arrays


def _part(arrays: Mapping[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(f"{part}_"): array for name, array in arrays.items() if name.startswith(f"{part}_")}
