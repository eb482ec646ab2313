"""Tiles for programs elsewhere: tile sets of the OGC, TileJSON 3.0, and the style as any MapLibre can read it.

Source:
    OGC 20-057 (OGC API – Tiles), OGC 17-083r4 (tile matrix sets), TileJSON 3.0.0, MapLibre style specification 8.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cityloop.kernel.translation import _
from cityloop.onemap.choices import Shape, Theme
from cityloop.onemap.rules.documents import JSON, MVT, Box, link
from cityloop.onemap.rules.layer import Layer
from cityloop.onemap.rules.palette import palette
from cityloop.onemap.rules.style import style
from cityloop.onemap.rules.tiles import DEEPEST, EDGE_M

QUAD: Final = "WebMercatorQuad"
QUAD_URI: Final = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
MERCATOR: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
PIXEL_M: Final = 0.00028
"""The OGC's standardised size of a pixel, by which a scale is reckoned."""

DIMENSIONS: Final = {Shape.POINT: 0, Shape.LINE: 1, Shape.POLYGON: 2}


def scale_of(zoom: int, points: int) -> float:
    return 2 * EDGE_M / (1 << zoom) / points / PIXEL_M


def matrix_sets(base: str) -> dict[str, Any]:
    """Return the list of tiling schemes: there is one."""
    href = f"{base}/tileMatrixSets/{QUAD}"
    return {
        "tileMatrixSets": [
            {"id": QUAD, "title": QUAD, "uri": QUAD_URI, "crs": MERCATOR, "links": [link("self", href, JSON, QUAD)]}
        ]
    }


def matrix_set() -> dict[str, Any]:
    """Return the tiling scheme of the web, in tiles of 256 points as its definition has it."""
    return {
        "id": QUAD,
        "title": QUAD,
        "uri": QUAD_URI,
        "crs": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": scale_of(zoom, 256),
                "cellSize": 2 * EDGE_M / (1 << zoom) / 256,
                "pointOfOrigin": [-EDGE_M, EDGE_M],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": 1 << zoom,
                "matrixHeight": 1 << zoom,
            }
            for zoom in range(DEEPEST + 1)
        ],
    }


def tile_sets(base: str, layer: Layer) -> dict[str, Any]:
    """Return the list of a collection's tile sets: there is one."""
    here = f"{base}/collections/{layer.name}/tiles"
    return {
        "links": [link("self", here, JSON, _("This document"))],
        "tilesets": [
            {
                "title": str(layer.title),
                "dataType": "vector",
                "crs": MERCATOR,
                "tileMatrixSetURI": QUAD_URI,
                "links": [link("self", f"{here}/{QUAD}", JSON, layer.title)],
            }
        ],
    }


def tile_set(base: str, layer: Layer, box: Box | None) -> dict[str, Any]:
    """Return what a tile set is, and where its tiles are."""
    here = f"{base}/collections/{layer.name}/tiles/{QUAD}"
    bounds = {"boundingBox": {"lowerLeft": list(box[:2]), "upperRight": list(box[2:])}} if box else {}
    first, last = layer.zooms
    dimension = {"geometryDimension": DIMENSIONS[layer.shape]} if layer.shape in DIMENSIONS else {}
    return {
        "title": str(layer.title),
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": QUAD_URI,
        **bounds,
        "tileMatrixSetLimits": [
            {"tileMatrix": str(zoom), "minTileRow": 0, "maxTileRow": (1 << zoom) - 1, "minTileCol": 0, "maxTileCol": (1 << zoom) - 1}
            for zoom in range(first, last + 1)
        ],
        "layers": [
            {"id": layer.name, "title": str(layer.title), "dataType": "vector", **dimension, "minTileMatrix": str(first), "maxTileMatrix": str(last)}
        ],
        "links": [
            link("self", here, JSON, layer.title),
            link("describedby", f"{here}?f=tilejson", JSON, "TileJSON"),
            link("item", f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", MVT, layer.title, templated=True),
            link("http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", f"{base}/tileMatrixSets/{QUAD}", JSON, QUAD),
        ],
    }  # fmt: skip


def tile_json(base: str, layer: Layer, box: Box | None) -> dict[str, Any]:
    """Return the TileJSON of one layer."""
    first, last = layer.zooms
    here = f"{base}/collections/{layer.name}/tiles/{QUAD}/{{z}}/{{y}}/{{x}}"
    place: dict[str, Any] = {}
    if box:
        place = {"bounds": list(box), "center": [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, first]}
    fields = {name: str(title) for name, title in layer.columns.items()}
    return {
        "tilejson": "3.0.0",
        "name": str(layer.title),
        "description": str(layer.title),
        "scheme": "xyz",
        "tiles": [here],
        "minzoom": first,
        "maxzoom": last,
        **place,
        "vector_layers": [{"id": layer.name, "fields": fields, "minzoom": first, "maxzoom": last}],
    }


def open_style(base: str, layers: Sequence[Layer], theme: Theme) -> dict[str, Any]:
    """Return a style that any MapLibre draws: absolute addresses, and nothing that only our own page can draw.

    Names need our page's fonts and signs are drawn by it, so both are left out; what would show nothing at all is shown as discs.
    """
    made = style(layers, theme)
    named = {layer.name: layer for layer in layers}
    kept = [one for one in made["layers"] if one["type"] != "symbol"]
    drawn = {one.get("source-layer") for one in kept}
    colours = palette(theme)
    kept += [_disc(one, colours) for one in _first_signs(made["layers"], drawn)]
    sources = {
        layer.name: {"type": "vector", "url": f"{base}/collections/{layer.name}/tiles/{QUAD}?f=tilejson"}
        for layer in layers
    }
    for one in kept:
        if "source" in one:
            one["source"] = one["source-layer"]
            one["metadata"] = {"title": str(named[one["source"]].title)}
    return {"version": 8, "name": made["name"], "sources": sources, "layers": kept}


def _first_signs(drawn: Sequence[Mapping[str, Any]], already: set[Any]) -> list[Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for one in drawn:
        if one["type"] == "symbol" and one["source-layer"] not in already:
            found.setdefault(one["source-layer"], one)
    return list(found.values())


def _disc(sign: Mapping[str, Any], colours: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": f"{sign['id']}-disc",
        "type": "circle",
        "source": sign["source"],
        "source-layer": sign["source-layer"],
        "paint": {"circle-radius": 5, "circle-color": colours["accent"]},
    }
