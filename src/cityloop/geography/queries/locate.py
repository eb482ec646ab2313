"""Where one point lies: one statement."""

from datetime import date

from cityloop.geography.rules.coordinates import check_position
from cityloop.geography.rules.located import Located
from cityloop.kernel.sql import prepared_cursor

# The unit grid that contains the point on that day with its duty grid, or else the innermost region that does.
# Where a province, a city and a county have grids of their own, the county's come first: codes of the wider ones end in zeros.
# Borders belong to both sides, and the lowest code gets the point. ST_Relate goes through GEOS, whose arithmetic is exact;
# ST_Intersects has an own shortcut for points whose rounding would give a point on a slanted border to another grid than
# the Locator does. “&&” leads to the GiST index, which ST_Relate alone would not use.
LOCATE = """
WITH grid AS (
    SELECT g.code, d.code AS duty_grid, g.community_code, g.street_code, g.district_code, g.jurisdiction, g.timing_zone
    FROM geography_unitgrid g
    LEFT JOIN geography_dutygridmember m
        ON m.unit_grid_id = g.id
        AND m.valid_from <= %(on)s AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
    LEFT JOIN geography_dutygrid d
        ON d.id = m.duty_grid_id
        AND d.valid_from <= %(on)s AND (d.valid_to IS NULL OR d.valid_to > %(on)s)
    WHERE g.geometry && ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)
        AND NOT ST_Relate(g.geometry, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), 'FF*FF****')
        AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to > %(on)s)
        AND (%(jurisdiction)s = '' OR g.jurisdiction = %(jurisdiction)s)
    ORDER BY g.jurisdiction LIKE '%%0000', g.jurisdiction LIKE '%%00', g.code
    LIMIT 1
), region AS (
    SELECT r.code, r.level, r.jurisdiction
    FROM geography_region r
    WHERE NOT EXISTS (SELECT FROM grid)
        AND r.geometry && ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)
        AND NOT ST_Relate(r.geometry, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), 'FF*FF****')
        AND r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s)
        AND (%(jurisdiction)s = '' OR r.jurisdiction = %(jurisdiction)s)
    ORDER BY array_position(ARRAY['community', 'street', 'district', 'city', 'province'], r.level::text), r.code
    LIMIT 1
)
SELECT code, coalesce(duty_grid, ''), community_code, street_code, district_code, jurisdiction, timing_zone FROM grid
UNION ALL
SELECT '', '', CASE WHEN level = 'community' THEN code ELSE '' END,
    CASE WHEN level IN ('community', 'street') THEN left(code, 9) ELSE '' END,
    CASE WHEN level IN ('community', 'street', 'district') THEN left(code, 6) ELSE '' END,
    jurisdiction, 'normal'
FROM region
"""


def locate(lon: float, lat: float, on: date, *, jurisdiction: str = "") -> Located | None:
    """Say where a point lies on the day ``on``; None outside every grid and region.

    Args:
        lon: Degrees, CGCS2000 or WGS 84; convert others first (``rules.convert``).
        lat: Degrees.
        on: The city's day; the borders that held then decide.
        jurisdiction: Look only among this jurisdiction's own areas.

    Returns:
        On a shared border the lowest code. In no grid but inside a region: empty grid codes, and the innermost region's.

    Raises:
        InvalidInput: The numbers are not a position.
    """
    check_position(lon, lat)
    with prepared_cursor() as cursor:
        cursor.execute(LOCATE, {"lon": lon, "lat": lat, "on": on, "jurisdiction": jurisdiction})
        row = cursor.fetchone()
    return None if row is None else Located(lon, lat, *row)
