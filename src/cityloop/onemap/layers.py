"""The layers of this room itself: where there is street view."""

from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Shape
from cityloop.onemap.queries import BOX, ON_ITS_DAY
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import Drawn, Layer, LegendItem, Look, Rows
from cityloop.onemap.rules.tiles import Tile

POINTS_FROM = 14
"""Below this zoom the drives are lines; pictures stand some ten metres apart."""

# One line for each piece of a drive: where it jumps farther than 150 m of Mercator, somebody went elsewhere in between.
DRIVES = f"""
SELECT ST_Simplify(ST_MakeLine(mercator ORDER BY number), %(point_m)s / 2) AS geom, NULL::bigint AS id, NULL::real AS heading,
    NULL::text AS kind, count(*)::float8 AS weight
FROM (
    SELECT *, sum(jumped) OVER (PARTITION BY run_id ORDER BY number) AS piece FROM (
        SELECT r.run_id, r.number, r.mercator,
            coalesce((ST_Distance(r.mercator, lag(r.mercator) OVER (PARTITION BY r.run_id ORDER BY r.number)) > 150)::int, 1) AS jumped
        FROM onemap_streetview r {ON_ITS_DAY}
        WHERE r.geometry && {BOX}
    ) AS stepped
) AS pieces
GROUP BY run_id, piece HAVING count(*) > 1
"""

POINTS = f"""
SELECT r.mercator AS geom, r.id, r.heading_deg::real AS heading, r.kind, 1.0 AS weight
FROM onemap_streetview r {ON_ITS_DAY}
WHERE r.geometry && {BOX}
"""


def streetview(look: Look, at: Tile) -> Rows:  # noqa: ARG001  # the staff of a city share its street view
    columns = ("heading", "kind")
    if at.zoom < POINTS_FROM:
        return Rows(DRIVES, columns, {})
    return Rows(POINTS, columns, {}, key="id", margin=False)


register(
    Layer(
        name="streetview",
        title=_("Street view"),
        shape=Shape.MIXED,
        group=Group.FRAME,
        zooms=(10, 16),
        columns={"kind": _("Kind"), "heading": _("Heading in degrees")},
        rows=streetview,
        sources=("onemap_streetview",),
        is_shown=False,
        legend=(LegendItem(_("Street view"), "street", "line"),),
        drawn=(
            Drawn(58, {
                "type": "line", "filter": ["==", ["geometry-type"], "LineString"],
                "layout": {"line-cap": "round", "line-join": "round"},
                "paint": {
                    "line-color": "@street", "line-opacity": 0.75,
                    "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.5, 15, 4],
                },
            }),
            Drawn(66, {
                "type": "symbol", "minzoom": POINTS_FROM, "filter": ["has", "heading"],
                "layout": {
                    "text-field": "▲", "text-size": 11, "text-rotate": ["get", "heading"], "text-rotation-alignment": "map",
                    "text-offset": [0, -0.75], "text-allow-overlap": True, "text-ignore-placement": True, "text-padding": 0,
                },
                "paint": {"text-color": "@street", "text-halo-color": "@halo", "text-halo-width": 1},
            }),
            Drawn(67, {
                "type": "circle", "filter": ["==", ["geometry-type"], "Point"],
                "paint": {
                    "circle-color": ["match", ["get", "kind"], "pano", "@street", "@disc"],
                    "circle-radius": ["interpolate", ["linear"], ["zoom"], 15, 3, 18, 5],
                    "circle-stroke-color": ["match", ["get", "kind"], "pano", "@halo", "@street"], "circle-stroke-width": 1.5,
                },
            }),
        ),
    )
)  # fmt: skip
