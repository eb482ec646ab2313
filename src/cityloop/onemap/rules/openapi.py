"""The OpenAPI 3.0 document of the open data: GDAL takes from it how many features a page may have."""

from collections.abc import Mapping, Sequence
from typing import Any

from cityloop.kernel.translation import _
from cityloop.onemap.rules.asking import FEW, MOST
from cityloop.onemap.rules.documents import GEOJSON, HTML, JSON, MVT, SCHEMA, TYPES, features_of
from cityloop.onemap.rules.layer import Layer

Doc = dict[str, Any]


def openapi(base: str, title: str, layers: Sequence[Layer]) -> Doc:
    """Return the document; ``base`` is the address of the landing page."""
    paths: Doc = {
        "/": _get("landing", _("Landing page"), JSON, HTML),
        "/conformance": _get("conformance", _("What standards are met"), JSON, HTML),
        "/collections": _get("collections", _("Collections of features"), JSON, HTML),
    }
    for layer in layers:
        paths |= _paths_of(layer)
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1", "description": str(_("OGC API – Features and Tiles over the city's layers."))},
        "servers": [{"url": base}],
        "security": [{}, {"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": str(_("The token as the password, whatever the name: for programs that know no other way.")),
                },
            },
            "parameters": {one["name"]: one for one in _parameters()},
            "schemas": {
                "problem": {
                    "type": "object",
                    "required": ["code"],
                    "properties": {"code": {"type": "string"}, "description": {"type": "string"}, "detail": {"type": "string"}},
                }
            },
        },
    }  # fmt: skip


def _paths_of(layer: Layer) -> Doc:
    here, name = f"/collections/{layer.name}", layer.name
    common = ["limit", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs", "offset", "cursor"]
    own = [_query(column, str(one.title), dict(TYPES[one.kind])) for column, one in features_of(layer).columns.items()]
    items = _get(f"items_{name}", _named(layer, _("Features")), GEOJSON, HTML)
    items["get"]["parameters"] = [*({"$ref": f"#/components/parameters/{one}"} for one in common), *own]
    item = _get(f"item_{name}", _named(layer, _("One feature")), GEOJSON, HTML)
    item["get"]["parameters"] = [_path("featureId"), {"$ref": "#/components/parameters/crs"}]
    item["get"]["responses"]["404"] = _refusal(_("There is no such feature."))
    tile = _get(f"tile_{name}", _named(layer, _("A tile")), MVT)
    tile["get"]["parameters"] = [_path("tileMatrix"), _path("tileRow"), _path("tileCol")]
    return {
        here: _get(f"collection_{name}", str(layer.title), JSON, HTML),
        f"{here}/items": items,
        f"{here}/items/{{featureId}}": item,
        f"{here}/queryables": _get(f"queryables_{name}", _named(layer, _("What can be asked for")), SCHEMA),
        f"{here}/schema": _get(f"schema_{name}", _named(layer, _("What a feature is made of")), SCHEMA),
        f"{here}/tiles": _get(f"tilesets_{name}", _named(layer, _("Vector tiles")), JSON),
        f"{here}/tiles/WebMercatorQuad": _get(f"tileset_{name}", _named(layer, _("Vector tiles")), JSON),
        f"{here}/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }


def _named(layer: Layer, told: str) -> str:
    return f"{layer.title}: {told}"


def _parameters() -> list[Doc]:
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    return [
        _query(
            "limit",
            _("Features of a page"),
            {"type": "integer", "minimum": 1, "maximum": MOST, "default": FEW},
        ),
        {**_query("bbox", _("West, south, east, north"), numbers), "style": "form", "explode": False},
        _query("bbox-crs", _("Coordinate system of bbox"), {"type": "string", "format": "uri"}),
        _query("datetime", _("A time, or two with a slash between; without, as it is now"), {"type": "string"}),
        _query("crs", _("Coordinate system of the answer"), {"type": "string", "format": "uri"}),
        _query("filter", _("A condition in CQL2 text"), {"type": "string"}),
        _query("filter-lang", _("Language of the condition"), {"type": "string", "enum": ["cql2-text"]}),
        _query("filter-crs", _("Coordinate system of the condition"), {"type": "string", "format": "uri"}),
        _query("offset", _("Features that are passed over; the link “next” is quicker"), {"type": "integer", "minimum": 0}),
        _query("cursor", _("As in the link “next”"), {"type": "string"}),
    ]  # fmt: skip


def _query(name: str, told: Any, schema: Mapping[str, Any]) -> Doc:
    return {"name": name, "in": "query", "required": False, "description": str(told), "schema": dict(schema)}


def _path(name: str) -> Doc:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _get(operation: str, summary: Any, *kinds: str) -> Doc:
    content = {kind: {"schema": {"type": "object"}} for kind in kinds}
    return {
        "get": {
            "operationId": operation,
            "summary": str(summary),
            "responses": {
                "200": {"description": str(summary), "content": content},
                "400": _refusal(_("A parameter cannot be used.")),
            },
        }
    }


def _refusal(told: Any) -> Doc:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {"description": str(told), "content": problem}
