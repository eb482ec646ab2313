"""Borders and grids on the map: what all the staff of a city share."""

from typing import Any

from django.db import connection

from cityloop.geography import area_layers  # noqa: F401  # they register themselves
from cityloop.geography.choices import RegionLevel
from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Measure, Shape, ValueKind
from cityloop.onemap.opendata import TODAY, dated, dated_rows
from cityloop.onemap.queries import BOX, ON_ITS_DAY
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import DAYS, Column, Drawn, Features, Found, Layer, LegendItem, Look, Rows, Span, Tally
from cityloop.onemap.rules.tiles import Tile

# A border and, at a point of its own, a name: else each tile would write it again.
REGIONS = f"""
SELECT ST_Simplify(r.mercator, %(point_m)s / 2, true) AS geom, r.code, NULL::text AS name, r.level, ST_Area(r.mercator) AS weight
FROM geography_region r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND r.level = ANY(%(levels)s)
UNION ALL
SELECT ST_PointOnSurface(r.mercator), r.code, r.name, r.level, 1e15 + ST_Area(r.mercator)
FROM geography_region r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND r.level = ANY(%(named)s)
"""

UNIT_GRIDS = f"""
SELECT r.mercator AS geom, r.id, r.code, r.name, r.area_m2::integer AS area, ST_Area(r.mercator) AS weight
FROM geography_unitgrid r {ON_ITS_DAY}
WHERE r.geometry && {BOX}
"""

# A duty grid has no shape of its own: it is drawn of the unit grids in it that the tile touches.
DUTY_GRIDS = f"""
SELECT ST_Union(r.mercator) AS geom, d.code, d.name, sum(ST_Area(r.mercator)) AS weight
FROM geography_unitgrid r {ON_ITS_DAY}
JOIN geography_dutygridmember m ON m.unit_grid_id = r.id
    AND m.valid_from <= city.today AND (m.valid_to IS NULL OR m.valid_to > city.today)
JOIN geography_dutygrid d ON d.id = m.duty_grid_id
    AND d.valid_from <= city.today AND (d.valid_to IS NULL OR d.valid_to > city.today)
WHERE r.geometry && {BOX}
GROUP BY d.id
"""

# A duty grid of the open data has the shape that it had on the last of the days looked at on which it was.
DUTY_GRID_ROWS = f"""
SELECT d.*, (
    SELECT ST_Multi(ST_Union(u.geometry)) FROM geography_dutygridmember m JOIN geography_unitgrid u ON u.id = m.unit_grid_id
    WHERE m.duty_grid_id = d.id AND m.valid_from <= d.seen_on AND (m.valid_to IS NULL OR m.valid_to > d.seen_on)
        AND u.valid_from <= d.seen_on AND (u.valid_to IS NULL OR u.valid_to > d.seen_on)
) AS geometry
FROM ({dated("geography_dutygrid", f"r.*, least({TODAY.format(days='lasts')}, r.valid_to - 1) AS seen_on")}) AS d
"""

# To count in an area, the unit grids of each duty grid do: to join the shapes of a whole city for that would be dear.
DUTY_GRID_PIECES = f"""
SELECT d.*, u.geometry, d.id AS duty_grid_id
FROM ({dated("geography_dutygrid", f"r.*, least({TODAY.format(days='lasts')}, r.valid_to - 1) AS seen_on")}) AS d
JOIN geography_dutygridmember m ON m.duty_grid_id = d.id AND m.valid_from <= d.seen_on AND (m.valid_to IS NULL OR m.valid_to > d.seen_on)
JOIN geography_unitgrid u ON u.id = m.unit_grid_id AND u.valid_from <= d.seen_on AND (u.valid_to IS NULL OR u.valid_to > d.seen_on)
"""

FIND = """
SELECT r.name, r.level, r.code, ST_XMin(r.geometry), ST_YMin(r.geometry), ST_XMax(r.geometry), ST_YMax(r.geometry)
FROM geography_region r
JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS city (code, today)
    ON city.code = r.jurisdiction AND r.valid_from <= city.today AND (r.valid_to IS NULL OR r.valid_to > city.today)
WHERE r.geometry IS NOT NULL AND (strpos(r.name, %(words)s) > 0 OR r.code = %(words)s)
ORDER BY length(r.code), strpos(r.name, %(words)s), r.name LIMIT 10
"""

WIDE = [RegionLevel.PROVINCE.value, RegionLevel.CITY.value, RegionLevel.DISTRICT.value]
STREET_FROM, COMMUNITY_FROM, GRID_FROM, DUTY_FROM = 10, 12, 14, 13


def levels_at(zoom: int) -> list[str]:
    """Return the levels of regions whose borders are drawn at a zoom."""
    streets = [RegionLevel.STREET.value] if zoom >= STREET_FROM else []
    return [*WIDE, *streets, *([RegionLevel.COMMUNITY.value] if zoom >= COMMUNITY_FROM else [])]


def regions(look: Look, at: Tile) -> Rows:  # noqa: ARG001  # the cities looked at are in every statement
    levels = levels_at(at.zoom)
    named = levels if at.zoom < STREET_FROM + 1 else [level for level in levels if level not in WIDE]
    return Rows(REGIONS, ("code", "name", "level"), {"levels": levels, "named": named})


def unit_grids(look: Look, at: Tile) -> Rows:  # noqa: ARG001
    return Rows(UNIT_GRIDS, ("code", "name", "area"), key="id")


def duty_grids(look: Look, at: Tile) -> Rows:  # noqa: ARG001
    return Rows(DUTY_GRIDS, ("code", "name"))


def duty_grid_rows(look: Look, span: Span | None) -> Rows:  # noqa: ARG001
    return Rows(DUTY_GRID_ROWS, ())


def duty_grid_pieces(look: Look, span: Span | None) -> Rows:  # noqa: ARG001
    return Rows(DUTY_GRID_PIECES, ())


def find_region(words: str, look: Look) -> list[Found]:
    """Look up a region of the cities in which the viewer works, by a piece of its name or by its whole code."""
    values: dict[str, Any] = {
        "words": words,
        "cities": [moment.jurisdiction for moment in look.cities],
        "days": [moment.today for moment in look.cities],
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, values)
        return [Found(name, RegionLevel(level).label, tuple(box), code) for name, level, code, *box in cursor]


def border(level: list[str], **paint: Any) -> dict[str, Any]:
    return {
        "type": "line",
        "filter": ["all", ["==", ["geometry-type"], "Polygon"], ["in", ["get", "level"], ["literal", level]]],
        "layout": {"line-join": "round"},
        "paint": paint,
    }


def region_name(level: str, size: float, first: float, last: float, colour: str) -> dict[str, Any]:
    return {
        "type": "symbol",
        "minzoom": first,
        "maxzoom": last,
        "filter": ["all", ["==", ["geometry-type"], "Point"], ["==", ["get", "level"], level]],
        "layout": {"text-field": ["get", "name"], "text-size": size, "text-letter-spacing": 0.08, "text-padding": 6},
        "paint": {"text-color": colour, "text-halo-color": "@halo", "text-halo-width": 1.6},
    }


register(
    Layer(
        name="regions",
        title=_("Streets and communities"),
        shape=Shape.POLYGON,
        group=Group.FRAME,
        zooms=(3, 16),
        columns={"code": _("Code"), "name": _("Name"), "level": _("Level")},
        rows=regions,
        sources=("geography_region",),
        legend=(LegendItem(_("Border of a street or community"), "border", "dashes"),),
        drawn=(
            Drawn(50, border(
                [RegionLevel.COMMUNITY], **{"line-color": "@border_soft", "line-width": 1, "line-dasharray": [3, 2.5]}
            )),
            Drawn(51, border(
                [RegionLevel.STREET], **{"line-color": "@border", "line-width": 1.6, "line-dasharray": [5, 2, 1.5, 2]}
            )),
            Drawn(52, border(WIDE, **{"line-color": "@border", "line-width": 2.2})),
            Drawn(90, region_name(RegionLevel.COMMUNITY, 12, 13.2, 16.5, "@label")),
            Drawn(92, region_name(RegionLevel.STREET, 14, 10.5, 13.2, "@label_strong")),
            Drawn(94, region_name(RegionLevel.DISTRICT, 16, 6, 10.5, "@label_strong")),
            Drawn(95, region_name(RegionLevel.CITY, 16, 4, 8, "@label_strong")),
        ),
        find=find_region,
        features=Features(
            _("The administrative tree: province, city, district or county, street or town, community or village."),
            {
                "code": Column(_("Code")),
                "name": Column(_("Name")),
                "level": Column(_("Level"), words=RegionLevel.choices),
                "parent_code": Column(_("Code of the parent region")),
                **DAYS,
            },
            dated_rows("geography_region"),
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"level": "", "name": ""}),
    ),
    Layer(
        name="unit_grids",
        title=_("Unit grids"),
        shape=Shape.POLYGON,
        group=Group.FRAME,
        zooms=(GRID_FROM, 16),
        columns={"code": _("Code"), "name": _("Name"), "area": _("Area in m²")},
        rows=unit_grids,
        sources=("geography_unitgrid",),
        legend=(LegendItem(_("Unit grid"), "grid", "line"),),
        drawn=(
            # Filled only under the pointer: 6 % of the accent.
            Drawn(44, {
                "id": "unit_grids-hover", "type": "fill",
                "paint": {
                    "fill-color": "@accent",
                    "fill-opacity": ["case", ["boolean", ["feature-state", "hover"], False], 0.06, 0],
                },
            }),
            Drawn(45, {
                "type": "line",
                "paint": {
                    "line-color": "@grid",
                    "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.4, 17, 0.8],
                    "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.3, 16, 0.55],
                },
            }),
        ),
        features=Features(
            _("Unit grids: the smallest cells of the city, each inside one community."),
            {
                "code": Column(_("Code")),
                "name": Column(_("Name")),
                "community_code": Column(_("Code of the community")),
                "street_code": Column(_("Code of the street")),
                "district_code": Column(_("Code of the district")),
                "area_m2": Column(_("Area in m²"), ValueKind.NUMBER),
                **DAYS,
            },
            dated_rows("geography_unitgrid"),
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"community_code": ""}, measure=Measure.AREA),
    ),
    Layer(
        name="duty_grids",
        title=_("Duty grids"),
        shape=Shape.POLYGON,
        group=Group.FRAME,
        zooms=(DUTY_FROM, 15),
        columns={"code": _("Code"), "name": _("Name")},
        rows=duty_grids,
        sources=("geography_unitgrid", "geography_dutygridmember", "geography_dutygrid"),
        is_shown=False,
        legend=(LegendItem(_("Duty grid"), "duty", "line"),),
        drawn=(
            Drawn(48, {"type": "line", "paint": {"line-color": "@duty", "line-width": 2, "line-opacity": 0.7}}),
        ),
        features=Features(
            _("Duty grids: what one collector walks, each made of unit grids."),
            {"code": Column(_("Code")), "name": Column(_("Name")), **DAYS},
            duty_grid_rows,
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"code": "name"}, measure=Measure.AREA, rows=duty_grid_pieces, key="duty_grid_id"),
    ),
)  # fmt: skip
