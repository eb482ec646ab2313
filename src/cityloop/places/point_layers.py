"""Points of interest and addresses on the map, close by."""

from typing import Any

from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Shape
from cityloop.onemap.opendata import dated_rows
from cityloop.onemap.queries import BOX, ON_ITS_DAY
from cityloop.onemap.registry import register
from cityloop.onemap.rules.layer import DAYS, Column, Drawn, Features, Layer, LegendItem, Look, Rows, Tally
from cityloop.onemap.rules.tiles import Tile
from cityloop.places.choices import AddressKind
from cityloop.places.finding import finder

POIS = f"""
SELECT r.mercator AS geom, r.id, r.name, r.kind, 1.0 AS weight
FROM places_pointofinterest r {ON_ITS_DAY}
WHERE r.geometry && {BOX}
"""

ADDRESSES = f"""
SELECT r.mercator AS geom, r.id, r.whole AS name, coalesce(nullif(r.number, ''), r.whole) AS number, 1.0 AS weight
FROM places_address r {ON_ITS_DAY}
WHERE r.geometry && {BOX}
"""


def pois(look: Look, at: Tile) -> Rows:  # noqa: ARG001  # a public layer asks nothing of who looks
    return Rows(POIS, ("name", "kind"), {}, key="id", margin=False)


def addresses(look: Look, at: Tile) -> Rows:  # noqa: ARG001
    return Rows(ADDRESSES, ("name", "number"), {}, key="id", margin=False)


def _dots(order: int, colour: str, text: str, least_zoom: float) -> tuple[Drawn, ...]:
    circle: dict[str, Any] = {
        "type": "circle",
        "paint": {"circle-radius": 2.5, "circle-color": f"@{colour}", "circle-opacity": 0.7},
    }
    words: dict[str, Any] = {
        "type": "symbol",
        "minzoom": least_zoom,
        "layout": {
            "text-field": ["get", text], "text-size": 11, "text-anchor": "top", "text-offset": [0, 0.4], "text-padding": 4,
            "text-max-width": 8,
        },
        "paint": {"text-color": f"@{colour}", "text-halo-color": "@halo", "text-halo-width": 1.2},
    }  # fmt: skip
    return Drawn(order, circle), Drawn(order + 1, words)


register(
    Layer(
        name="pois",
        title=_("Points of interest"),
        shape=Shape.POINT,
        group=Group.GROUND,
        zooms=(15, 18),
        columns={"name": _("Name"), "kind": _("Kind")},
        rows=pois,
        sources=("places_pointofinterest",),
        is_public=True,
        is_shown=False,
        legend=(LegendItem(_("Point of interest"), "label"),),
        drawn=_dots(86, "label", "name", 16),
        features=Features(
            _("What people name when they say where they are: schools, shops, stations, landmarks."),
            {"name": Column(_("Name")), "kind": Column(_("Kind")), "address": Column(_("Address")), **DAYS},
            dated_rows("places_pointofinterest"),
            geometry_type="Point",
        ),
        tally=Tally(by={"kind": ""}),
        find=finder("pointofinterest", _("Point of interest")),
    ),
    Layer(
        name="addresses",
        title=_("Addresses"),
        shape=Shape.POINT,
        group=Group.GROUND,
        zooms=(16, 18),
        columns={"name": _("Whole address"), "number": _("House number")},
        rows=addresses,
        sources=("places_address",),
        is_shown=False,
        legend=(LegendItem(_("Address"), "label"),),
        drawn=_dots(88, "label", "number", 17),
        features=Features(
            _("Addresses and where they are: door plates, compounds, streets."),
            {
                "whole": Column(_("Whole address")),
                "kind": Column(_("Kind"), words=AddressKind.choices),
                "road": Column(_("Road")),
                "number": Column(_("House number")),
                "compound": Column(_("Compound or building")),
                "community": Column(_("Code of the community")),
                **DAYS,
            },
            dated_rows("places_address"),
            geometry_type="Point",
        ),
        tally=Tally(by={"kind": ""}),
    ),
)
