"""The documents by which programs find their way through the open data: landing page, conformance, collections, schemas.

Source:
    OGC 17-069r4 (part 1), 18-058r1 (part 2), 19-079r2 (part 3), 23-058r2 (part 5), 20-057 (Tiles).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cityloop.kernel.translation import _
from cityloop.onemap.choices import Theme, ValueKind
from cityloop.onemap.rules.crs import CRS84, EPSG, EVERYWHERE, STORED, Crs, zones_of
from cityloop.onemap.rules.layer import Column, Features, Layer

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
SCHEMA: Final = "application/schema+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
HTML: Final = "text/html"
MVT: Final = "application/vnd.mapbox-vector-tile"
STYLE: Final = "application/vnd.mapbox.style+json"

Box = tuple[float, float, float, float]
Link = dict[str, Any]

CONFORMANCE: Final = (
    *(f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{one}" for one in ("core", "oas30", "geojson", "html")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{one}"
        for one in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{one}"
        for one in (
            "cql2-text", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions", "temporal-functions", "arithmetic",
        )
    ),
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    *(
        f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{one}"
        for one in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
    ),
)  # fmt: skip

TYPES: Final[Mapping[ValueKind, Mapping[str, str]]] = {
    ValueKind.TEXT: {"type": "string"},
    ValueKind.INTEGER: {"type": "integer"},
    ValueKind.NUMBER: {"type": "number"},
    ValueKind.BOOLEAN: {"type": "boolean"},
    ValueKind.DATE: {"type": "string", "format": "date"},
    ValueKind.INSTANT: {"type": "string", "format": "date-time"},
}


def link(rel: str, href: str, kind: str, title: Any, **more: Any) -> Link:
    return {"rel": rel, "href": href, "type": kind, "title": str(title), **more}


def landing(base: str, title: str) -> dict[str, Any]:
    """Return the landing page; ``base`` is its own address, without a slash at the end."""
    return {
        "title": title,
        "description": str(_("The city's base data as features, tiles and styles, by open standards of the OGC.")),
        "links": [
            link("self", base, JSON, _("This document")),
            link("alternate", f"{base}?f=html", HTML, _("This document as a page")),
            link("service-desc", f"{base}/api", OPENAPI, _("Description of the interface")),
            link("service-doc", f"{base}/api?f=html", HTML, _("Description of the interface as a page")),
            link("conformance", f"{base}/conformance", JSON, _("What standards are met")),
            link("data", f"{base}/collections", JSON, _("Collections of features")),
            link("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", f"{base}/tileMatrixSets", JSON, _("Tiling schemes")),
            *(
                link("http://www.opengis.net/def/rel/ogc/1.0/styles", f"{base}/styles/{theme.value}", STYLE, theme.label)
                for theme in Theme
            ),
        ],
    }  # fmt: skip


def systems(box: Box | None) -> list[Crs]:
    """Return the coordinate systems in which the features within a box are given."""
    return [*EVERYWHERE, *(zones_of(box[0], box[2]) if box else ())]


def collection(base: str, layer: Layer, box: Box | None) -> dict[str, Any]:
    """Return one collection; ``box`` is what it covers in degrees, None where that is not known."""
    features = features_of(layer)
    here = f"{base}/collections/{layer.name}"
    extent = {"extent": {"spatial": {"bbox": [list(box)], "crs": CRS84.uri}}} if box else {}
    return {
        "id": layer.name,
        "title": str(layer.title),
        "description": str(features.description),
        "itemType": "feature",
        **extent,
        "crs": [one.uri for one in systems(box)],
        "storageCrs": f"{EPSG}{STORED}",
        "links": [
            link("self", here, JSON, layer.title),
            link("alternate", f"{here}?f=html", HTML, layer.title),
            link("items", f"{here}/items", GEOJSON, _("Features")),
            link("items", f"{here}/items?f=html", HTML, _("Features as a page")),
            link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{here}/queryables", SCHEMA, _("What can be asked for")),
            link("describedby", f"{here}/schema", SCHEMA, _("What a feature is made of")),
            link("http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", f"{here}/tiles", JSON, _("Vector tiles")),
        ],
    }  # fmt: skip


def collections(base: str, layers: Sequence[Layer], box_of: Mapping[str, Box | None]) -> dict[str, Any]:
    """Return all collections; ``box_of`` gives the box of each by its name."""
    return {
        "links": [
            link("self", f"{base}/collections", JSON, _("This document")),
            link("alternate", f"{base}/collections?f=html", HTML, _("This document as a page")),
        ],
        "collections": [collection(base, layer, box_of[layer.name]) for layer in layers],
    }


def queryables(base: str, layer: Layer) -> dict[str, Any]:
    """Return as JSON Schema what features may be asked for by."""
    return {
        **_schema(f"{base}/collections/{layer.name}/queryables", layer),
        "additionalProperties": False,
    }


def schema(base: str, layer: Layer) -> dict[str, Any]:
    """Return as JSON Schema what a feature is made of."""
    return _schema(f"{base}/collections/{layer.name}/schema", layer)


def _schema(address: str, layer: Layer) -> dict[str, Any]:
    features = features_of(layer)
    form = features.geometry_type.lower()
    geometry = {
        "title": str(_("Geometry")),
        "x-ogc-role": "primary-geometry",
        "format": "geometry-any" if form == "geometry" else f"geometry-{form}",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": str(layer.title),
        "description": str(features.description),
        "properties": {
            "geometry": geometry,
            **{name: _property(column) for name, column in features.columns.items()},
        },
    }


def _property(column: Column) -> dict[str, Any]:
    words = {"oneOf": [{"const": value, "title": str(told)} for value, told in column.words]} if column.words else {}
    return {"title": str(column.title), **TYPES[column.kind], **words}


def features_of(layer: Layer) -> Features:
    assert layer.features is not None
    return layer.features


def page_links(here: str, query: str, next_query: str, *, kind: str = GEOJSON) -> list[Link]:
    """Return the links of a page of features; the queries are encoded, ``next_query`` is empty on the last page."""
    asked = f"?{query}" if query else ""
    links = [
        link("self", f"{here}{asked}", kind, _("This document")),
        link("alternate", f"{here}?{query}&f=html" if query else f"{here}?f=html", HTML, _("This document as a page")),
        link("collection", here.rpartition("/")[0], JSON, _("The collection")),
    ]
    return [*links, link("next", f"{here}?{next_query}", kind, _("Next page"))] if next_query else links
