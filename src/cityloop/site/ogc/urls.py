"""Addresses of the open data."""

from django.urls import path

from cityloop.site.ogc import features, tiles, wfs, wmts

HERE = "ogc/collections/<str:name>"

urlpatterns = [
    path("ogc", features.landing, name="ogc"),
    path("ogc/", features.landing),
    path("ogc/api", features.api, name="ogc-api"),
    path("ogc/conformance", features.conformance, name="ogc-conformance"),
    path("ogc/collections", features.collections, name="ogc-collections"),
    path(HERE, features.collection, name="ogc-collection"),
    path(f"{HERE}/queryables", features.queryables, name="ogc-queryables"),
    path(f"{HERE}/schema", features.schema, name="ogc-schema"),
    path(f"{HERE}/items", features.items, name="ogc-items"),
    path(f"{HERE}/items/<str:key>", features.item, name="ogc-item"),
    path("ogc/tileMatrixSets", tiles.matrix_sets, name="ogc-matrix-sets"),
    path("ogc/tileMatrixSets/<str:scheme>", tiles.matrix_set, name="ogc-matrix-set"),
    path(f"{HERE}/tiles", tiles.tile_sets, name="ogc-tile-sets"),
    path(f"{HERE}/tiles/<str:scheme>", tiles.tile_set, name="ogc-tile-set"),
    path(f"{HERE}/tiles/<str:scheme>/<str:zoom>/<str:row>/<str:column>", tiles.tile, name="ogc-tile"),
    path("ogc/wmts", wmts.service, name="ogc-wmts"),
    path(
        "ogc/wmts/<str:layer>/<str:style>/<str:tilematrixset>/<str:tilematrix>/<str:tilerow>/<str:tilecol>.png",
        wmts.resource,
        name="ogc-wmts-tile",
    ),
    path("ogc/wfs", wfs.service, name="ogc-wfs"),
    path("ogc/styles/<str:theme>", tiles.style, name="ogc-style"),
    path("tiles/<str:name>.json", tiles.tile_json, name="ogc-tilejson"),
]
