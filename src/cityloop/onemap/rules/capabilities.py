"""What a WMTS offers, read out of its description of itself: the layers that can be laid under a map in Web Mercator.

Source:
    OGC 07-057r7 (WMTS 1.0.0): a level's scale denominator is its points' width in metres over 0.28 mm.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, ParseError, XMLParser

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.onemap.rules.basemaps import PLACE
from cityloop.onemap.rules.tiles import EDGE_M

WMTS: Final = "{http://www.opengis.net/wmts/1.0}"
OWS: Final = "{http://www.opengis.net/ows/1.1}"

MERCATOR: Final = ("3857", "900913", "102100", "102113")
FIRST_SCALE: Final = 2 * EDGE_M / 256 / 0.00028
"""Scale of the level at which one tile of 256 points holds the world."""

FORMATS: Final = ("image/png", "image/webp", "image/jpeg", "image/jpgpng", "tiles", "image/png8", "image/jpg")
MOST_OFFERS: Final = 200

STEPS: Final = frozenset({"{z}", "{x}", "{y}"})
"""Places of an address that are another for each tile."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One layer of a service in one of its matrix sets.

    ``template``: the address of its tiles, as ``basemaps.Source`` has it. ``matrices``: what each level is called.
    """

    layer: str
    title: str
    matrix_set: str
    template: str
    tile_size: int
    matrices: dict[int, str]
    bounds: tuple[float, float, float, float] | None

    @property
    def name(self) -> str:
        """By what it is chosen."""
        return f"{self.layer}|{self.matrix_set}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"name": self.name, "matrices": {str(zoom): name for zoom, name in self.matrices.items()}}


def read(document: bytes, asked: str, key: str = "") -> list[Offer]:
    """Return what a service offers in Web Mercator.

    Args:
        document: Its answer to GetCapabilities.
        asked: The address that was asked: tiles are fetched from its host and no other.
        key: With which it was asked. Some services tell it back; in an address that is kept stands ``{key}`` in its place.

    Raises:
        InvalidInput: It is no such description, or offers nothing that fits.
    """
    root = _parsed(document)
    if key:
        for link in root.iter(f"{WMTS}ResourceURL"):
            link.set("template", link.get("template", "").replace(key, "{key}").replace(quote(key, safe=""), "{key}"))
    contents = root.find(f"{WMTS}Contents")
    if contents is None:
        raise InvalidInput(
            _("This is no description of a WMTS. Give the address that ends in REQUEST=GetCapabilities.")
        )
    sets = {name: levels for one in contents.findall(f"{WMTS}TileMatrixSet") for name, levels in _set(one)}
    offers = [offer for layer in contents.findall(f"{WMTS}Layer") for offer in _offers(layer, sets, asked)]
    if not offers:
        raise InvalidInput(
            _(
                "This WMTS offers no layer in Web Mercator (EPSG:3857) at this host. Services in degrees (EPSG:4490, Tianditu's “c”) cannot be laid under the map; ask for the address of “w”."
            )
        )
    return offers[:MOST_OFFERS]


def _parsed(document: bytes) -> Element:
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:  # none is needed; some would be unpacked without end
        raise InvalidInput(
            _("This is no description of a WMTS. Give the address that ends in REQUEST=GetCapabilities.")
        )
    parser = XMLParser()  # noqa: S314 # no document type, so nothing is unpacked or fetched
    try:
        parser.feed(document)
        made: Element = parser.close()
    except ParseError as exc:
        raise InvalidInput(
            _("This is no description of a WMTS. Give the address that ends in REQUEST=GetCapabilities.")
        ) from exc
    return made


def _set(one: Element) -> Iterator[tuple[str, tuple[int, dict[int, str]]]]:
    """Yield a matrix set by its name, if its levels are those of Web Mercator: width of a tile, and each level's name."""
    name, crs = one.findtext(f"{OWS}Identifier", ""), one.findtext(f"{OWS}SupportedCRS", "")
    if not crs.rstrip("/").replace("/", ":").endswith(tuple(f":{code}" for code in MERCATOR)):
        return
    levels: dict[int, str] = {}
    widths = set()
    for matrix in one.findall(f"{WMTS}TileMatrix"):
        try:
            scale = float(matrix.findtext(f"{WMTS}ScaleDenominator", ""))
            corner = [float(word) for word in matrix.findtext(f"{WMTS}TopLeftCorner", "").split()]
            width = int(matrix.findtext(f"{WMTS}TileWidth", "256"))
        except ValueError:
            continue
        if scale <= 0 or len(corner) != 2 or width not in {256, 512}:
            continue
        level = math.log2(FIRST_SCALE / scale) + (0 if width == 256 else -1)
        is_whole = abs(level - round(level)) < 0.01 and 0 <= round(level) <= 22
        if is_whole and abs(corner[0] + EDGE_M) < 100 and abs(corner[1] - EDGE_M) < 100:
            levels[round(level)] = matrix.findtext(f"{OWS}Identifier", "")
            widths.add(width)
    if name and levels and len(widths) == 1:
        yield name, (widths.pop(), levels)


def _offers(layer: Element, sets: dict[str, tuple[int, dict[int, str]]], asked: str) -> Iterator[Offer]:
    name = layer.findtext(f"{OWS}Identifier", "")
    formats = [one.text or "" for one in layer.findall(f"{WMTS}Format")]
    form = next((one for one in FORMATS if one in formats), "")
    if not name or not form:
        return
    styles = layer.findall(f"{WMTS}Style")
    style = next((one for one in styles if one.get("isDefault") == "true"), styles[0] if styles else None)
    style_name = (style.findtext(f"{OWS}Identifier", "") if style is not None else "") or "default"
    for link in layer.findall(f"{WMTS}TileMatrixSetLink"):
        set_name = link.findtext(f"{WMTS}TileMatrixSet", "")
        if set_name not in sets:
            continue
        width, levels = sets[set_name]
        template = _template(layer, asked, form, name, style_name, set_name)
        title = layer.findtext(f"{OWS}Title", "") or name
        if template:
            yield Offer(name, title, set_name, template, width, levels, _bounds(layer))


def _template(layer: Element, asked: str, form: str, name: str, style: str, matrix_set: str) -> str:
    """Return where its tiles are: the form of addresses that it gives at the same host, else keys and values at the address asked."""
    parts = urlsplit(asked)
    known = {
        "{TileMatrixSet}": matrix_set,
        "{TileMatrix}": "{z}",
        "{TileRow}": "{y}",
        "{TileCol}": "{x}",
        "{Style}": style,
        "{style}": style,
    }
    for one in layer.findall(f"{WMTS}ResourceURL"):
        given = one.get("template", "")
        if one.get("resourceType") != "tile" or one.get("format") != form or urlsplit(given).netloc != parts.netloc:
            continue
        dimensions = {
            f"{{{dimension.findtext(f'{OWS}Identifier', '')}}}": dimension.findtext(f"{WMTS}Default", "")
            for dimension in layer.findall(f"{WMTS}Dimension")
        }
        for place, value in {**dimensions, **known}.items():
            given = given.replace(place, value if value in STEPS else quote(value, safe="/:"))
        # A place that nothing fills, such as a dimension without its usual value: keys and values are asked instead.
        if {found[0] for found in PLACE.finditer(given)} <= STEPS | {"{key}"}:
            return given
    keys = {"service", "request", "version", "acceptversions"}
    kept = "&".join(pair for pair in parts.query.split("&") if pair and pair.partition("=")[0].lower() not in keys)
    query = (
        f"SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={quote(name, safe=':')}&STYLE={quote(style, safe=':')}"
        f"&TILEMATRIXSET={quote(matrix_set, safe=':')}&FORMAT={form}"
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    )
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{query}" + (f"&{kept}" if kept else "")


def _bounds(layer: Element) -> tuple[float, float, float, float] | None:
    box = layer.find(f"{OWS}WGS84BoundingBox")
    if box is None:
        return None
    try:
        west, south = (float(word) for word in box.findtext(f"{OWS}LowerCorner", "").split())
        east, north = (float(word) for word in box.findtext(f"{OWS}UpperCorner", "").split())
    except ValueError:
        return None
    return (west, south, east, north) if west < east and south < north else None
