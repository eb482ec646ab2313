"""The base of the map: areas, buildings, roads. Everybody sees it, as everybody does who walks through the city."""

from typing import Any

from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Measure, Shape, ValueKind
from cityloop.onemap.opendata import dated_rows
from cityloop.onemap.queries import BOX, ON_ITS_DAY
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import DAYS, Column, Drawn, Features, Layer, LegendItem, Look, Rows, Tally
from cityloop.onemap.rules.tiles import Tile
from cityloop.places import point_layers  # noqa: F401  # they register themselves
from cityloop.places.choices import AreaKind, BuildingKind, RoadClass
from cityloop.places.finding import finder

CLOSE = 16
"""From this zoom on nothing is left out and nothing is smoothed."""

# A park that a street cuts in two is called by its name once: in its largest piece.
LARGEST = """NOT EXISTS (
    SELECT FROM places_{table} more
    JOIN unnest(%(cities)s::text[], %(days)s::date[]) AS its_city (code, today)
        ON its_city.code = more.jurisdiction
        AND more.valid_from <= its_city.today AND (more.valid_to IS NULL OR more.valid_to > its_city.today)
    WHERE more.jurisdiction = r.jurisdiction AND more.name = r.name AND more.name <> ''
        AND (ST_Area(more.mercator), more.id) > (ST_Area(r.mercator), r.id)
)"""

# What is smaller than two points of the screen each way is left out; borders are smoothed by half a point. A name stands at a
# point of its own, else each tile would write it again.
AREAS = f"""
SELECT ST_Simplify(r.mercator, %(smooth_m)s, true) AS geom, r.kind, NULL::text AS name, ST_Area(r.mercator) AS weight
FROM places_area r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND ST_Area(r.mercator) >= %(least_m2)s
UNION ALL
SELECT ST_PointOnSurface(r.mercator), r.kind, r.name, 1e15 + ST_Area(r.mercator)
FROM places_area r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND r.name <> '' AND ST_Area(r.mercator) >= %(named_m2)s AND {LARGEST.format(table="area")}
"""

BUILDINGS = f"""
SELECT ST_Simplify(r.mercator, %(smooth_m)s, true) AS geom, r.kind, NULL::text AS name, r.height_m::real AS height,
    ST_Area(r.mercator) AS weight
FROM places_building r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND ST_Area(r.mercator) >= %(least_m2)s
UNION ALL
SELECT ST_PointOnSurface(r.mercator), r.kind, r.name, NULL, 1e15 + ST_Area(r.mercator)
FROM places_building r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND r.name <> '' AND %(zoom)s >= {CLOSE} AND {LARGEST.format(table="building")}
"""

# The pieces of a road are joined, so that its name runs along all of it.
ROADS = f"""
SELECT ST_Simplify(ST_LineMerge(ST_CollectionHomogenize(ST_Collect(r.mercator))), %(smooth_m)s, true) AS geom, r.road_class AS class, r.name,
    r.is_bridge::int AS bridge, sum(ST_Length(r.mercator)) AS weight
FROM places_road r {ON_ITS_DAY}
WHERE r.geometry && {BOX} AND r.road_class = ANY(%(classes)s)
GROUP BY r.jurisdiction, r.road_class, r.name, r.is_bridge, CASE WHEN r.name = '' THEN r.id END
"""

WIDE = [RoadClass.EXPRESSWAY.value, RoadClass.ARTERIAL.value]
MIDDLE = [*WIDE, RoadClass.SECONDARY.value]
NARROW = [*MIDDLE, RoadClass.LOCAL.value, RoadClass.LANE.value]


# What was typed is looked for anywhere in the name, the names that begin with it first. The point is one of the thing itself: the
# middle of a bent road lies beside it.
def smoothing(at: Tile) -> dict[str, float]:
    """Return how much a shape is smoothed and which are left out, in metres and square metres of Mercator."""
    smooth = 0.0 if at.zoom >= CLOSE else at.point_m / 2
    return {"smooth_m": smooth, "least_m2": 0.0 if at.zoom >= CLOSE else (2 * at.point_m) ** 2}


def areas(look: Look, at: Tile) -> Rows:  # noqa: ARG001  # a public layer asks nothing of who looks
    values = {**smoothing(at), "named_m2": (60 * at.point_m) ** 2}
    return Rows(AREAS, ("kind", "name"), values)


def buildings(look: Look, at: Tile) -> Rows:  # noqa: ARG001
    values = smoothing(at)
    if at.zoom == BUILDINGS_FROM:  # a town of houses of eight points each is a smear
        values["least_m2"] = (5 * at.point_m) ** 2
    return Rows(BUILDINGS, ("kind", "name", "height"), values)


def roads(look: Look, at: Tile) -> Rows:  # noqa: ARG001
    classes = WIDE if at.zoom < 11 else MIDDLE if at.zoom < 13 else NARROW if at.zoom < 15 else RoadClass.values
    return Rows(ROADS, ("class", "name", "bridge"), {**smoothing(at), "classes": list(classes)})


BUILDINGS_FROM = 14

LAND = (
    "block",
    "residential",
    "commercial",
    "industry",
    "public",
    "farm",
    "wood",
    "green",
    "park",
    "sand",
    "square",
    "water",
)
"""Kinds of areas in the order in which they are drawn."""


def by_class(**widths: float) -> list[Any]:
    """Return the expression that picks a number by the class of a road; ``other`` where no class is named."""
    other = widths.pop("other")
    return ["match", ["get", "class"], *(part for pair in widths.items() for part in pair), other]


def width(more: float) -> list[Any]:
    """Return how wide a road is drawn, in points, with ``more`` at both sides together."""
    stops: list[Any] = []
    for zoom, widths in (
        (10, {"expressway": 1.4, "arterial": 1.0, "other": 0.6}),
        (13, {"expressway": 4, "arterial": 3, "secondary": 1.8, "other": 0.8}),
        (15, {"expressway": 11, "arterial": 9, "secondary": 6, "local": 4, "lane": 2.6, "other": 1}),
        (17, {"expressway": 34, "arterial": 28, "secondary": 19, "local": 12, "lane": 8, "other": 2}),
        (19, {"expressway": 120, "arterial": 104, "secondary": 70, "local": 44, "lane": 28, "other": 5}),
    ):  # fmt: skip
        stops += [zoom, ["+", by_class(**widths), more] if more else by_class(**widths)]
    return ["interpolate", ["exponential", 1.7], ["zoom"], *stops]


IS_ROAD = ["!=", ["get", "class"], "path"]
CASING_FROM = 12
ROUND = {"line-cap": "round", "line-join": "round"}
#: narrow roads lie under wide ones where they meet
ORDER = {"line-sort-key": by_class(expressway=6, arterial=5, secondary=4, local=3, lane=2, other=1)}
ROAD_COLOUR = [
    "match",
    ["get", "class"],
    "expressway",
    "@road_widest",
    ["arterial", "secondary"],
    "@road_wide",
    "@road",
]
CASING_COLOUR = ["match", ["get", "class"], "expressway", "@casing_widest", "@casing"]


def on_ground(bridge: int) -> list[Any]:
    return ["all", IS_ROAD, ["==", ["get", "bridge"], bridge]]


def casing(bridge: int) -> dict[str, Any]:
    return {
        "type": "line", "minzoom": CASING_FROM, "filter": on_ground(bridge),
        "layout": {"line-cap": "butt" if bridge else "round", "line-join": "round", **ORDER},
        "paint": {"line-color": CASING_COLOUR, "line-width": width(3 if bridge else 1.6)},
    }  # fmt: skip


def surface(bridge: int) -> dict[str, Any]:
    return {
        "type": "line", "filter": on_ground(bridge), "layout": {**ROUND, **ORDER},
        "paint": {"line-color": ROAD_COLOUR, "line-width": width(0)},
    }  # fmt: skip


def words(size: float, colour: str, **layout: Any) -> dict[str, Any]:
    """Return layout and paint of a name."""
    return {
        "layout": {"text-field": ["get", "name"], "text-size": size, "text-padding": 4, **layout},
        "paint": {"text-color": colour, "text-halo-color": "@halo", "text-halo-width": 1.4},
    }


register(
    Layer(
        name="areas",
        title=_("Water, green and land"),
        shape=Shape.POLYGON,
        group=Group.GROUND,
        zooms=(4, 16),
        columns={"kind": _("Kind"), "name": _("Name")},
        rows=areas,
        sources=("places_area",),
        is_public=True,
        legend=(LegendItem(_("Water"), "water"), LegendItem(_("Park"), "park")),
        drawn=(
            *(
                Drawn(10 + height, {
                    "type": "fill",
                    "filter": ["all", ["==", ["geometry-type"], "Polygon"], ["==", ["get", "kind"], kind]],
                    "paint": {"fill-color": f"@{kind}", **({"fill-outline-color": "@water_edge"} if kind == "water" else {})},
                })
                for height, kind in enumerate(LAND)
            ),
            Drawn(80, {
                "type": "symbol", "minzoom": 12, "filter": ["==", ["geometry-type"], "Point"],
                **words(12, "@label", **{"text-max-width": 7}),
                "paint": {
                    "text-color": [
                        "match", ["get", "kind"], "water", "@label_water", ["park", "green", "wood"], "@label_green", "@label",
                    ],
                    "text-halo-color": "@halo", "text-halo-width": 1.2,
                },
            }),
        ),
        find=finder("area", _("Area")),
        features=Features(
            _("Water, green, squares and blocks: what covers the ground or what it is used for."),
            {"kind": Column(_("Kind"), words=AreaKind.choices), "name": Column(_("Name")), **DAYS},
            dated_rows("places_area"),
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"kind": ""}, measure=Measure.AREA),
    ),
    Layer(
        name="buildings",
        title=_("Buildings"),
        shape=Shape.POLYGON,
        group=Group.GROUND,
        zooms=(BUILDINGS_FROM, 16),
        columns={"kind": _("Kind"), "name": _("Name"), "height": _("Height in m")},
        rows=buildings,
        sources=("places_building",),
        is_public=True,
        legend=(LegendItem(_("Building"), "building"),),
        drawn=(
            Drawn(30, {
                "type": "fill", "filter": ["==", ["geometry-type"], "Polygon"],
                "paint": {
                    "fill-color": ["match", ["get", "kind"], ["public", "school", "hospital"], "@building_strong", "@building"],
                    "fill-outline-color": "@building_edge",
                    "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.6, 15, 1],
                },
            }),
            Drawn(82, {"type": "symbol", "minzoom": 16.5, "filter": ["==", ["geometry-type"], "Point"], **words(11, "@label")}),
        ),
        find=finder("building", _("Building")),
        features=Features(
            _("Buildings by their outlines."),
            {
                "kind": Column(_("Kind"), words=BuildingKind.choices),
                "name": Column(_("Name")),
                "height_m": Column(_("Height in m"), ValueKind.NUMBER),
                **DAYS,
            },
            dated_rows("places_building"),
            geometry_type="MultiPolygon",
        ),
        tally=Tally(by={"kind": ""}, measure=Measure.AREA),
    ),
    Layer(
        name="roads",
        title=_("Roads"),
        shape=Shape.LINE,
        group=Group.GROUND,
        zooms=(6, 16),
        columns={"class": _("Class of the road"), "name": _("Name"), "bridge": _("Bridge")},
        rows=roads,
        sources=("places_road",),
        is_public=True,
        legend=(LegendItem(_("Road"), "casing", "line"),),
        drawn=(
            Drawn(22, {
                "type": "line", "minzoom": 15, "filter": ["==", ["get", "class"], "path"], "layout": ROUND,
                "paint": {"line-color": "@path", "line-width": width(0), "line-dasharray": [2, 2]},
            }),
            Drawn(40, casing(0)),
            Drawn(41, surface(0)),
            Drawn(42, casing(1)),
            Drawn(43, surface(1)),
            Drawn(84, {
                "type": "symbol", "minzoom": 13, "filter": ["!=", ["get", "name"], ""],
                **words(12, "@label", **{
                    "symbol-placement": "line",
                    "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 17, 13, 19, 16],
                    "text-letter-spacing": 0.12,
                    "symbol-spacing": 320,
                    "text-max-angle": 30,
                    "symbol-sort-key": by_class(expressway=1, arterial=2, secondary=3, local=4, lane=5, other=6),
                }),
            }),
        ),
        find=finder("road", _("Road")),
        features=Features(
            _("Centre lines of roads, each a piece between two crossings or longer."),
            {
                "name": Column(_("Name")),
                "class": Column(_("Class of the road"), sql="r.road_class", words=RoadClass.choices),
                "bridge": Column(_("Bridge"), ValueKind.BOOLEAN, "r.is_bridge"),
                "width_m": Column(_("Width in m"), ValueKind.NUMBER),
                **DAYS,
            },
            dated_rows("places_road"),
            geometry_type="MultiLineString",
        ),
        tally=Tally(by={"class": ""}, measure=Measure.LENGTH),
    ),
)  # fmt: skip
