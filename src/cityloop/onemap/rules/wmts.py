"""WMTS 1.0.0: what there is in pictures, and what is asked for.

Source:
    OGC 07-057r7; the scheme GoogleMapsCompatible of its annex E.4.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cityloop.kernel.translation import _
from cityloop.onemap.choices import Theme
from cityloop.onemap.rules.documents import Box
from cityloop.onemap.rules.layer import Layer
from cityloop.onemap.rules.tiles import DEEPEST, EDGE_M
from cityloop.onemap.rules.tilesets import scale_of
from cityloop.onemap.rules.wfs import Refused

PNG: Final = "image/png"
SCHEME: Final = "GoogleMapsCompatible"
NAMES: Final = ("layer", "style", "format", "tilematrixset", "tilematrix", "tilerow", "tilecol")
NAMESPACES: Final = 'xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink"'


def capabilities(address: str, title: str, layers: Sequence[Layer], box_of: Mapping[str, Box | None]) -> str:
    """Return what there is; ``address`` is that of the service."""
    href = (
        f'<ows:DCP><ows:HTTP><ows:Get xlink:href={quoteattr(f"{address}?")}><ows:Constraint name="GetEncoding"><ows:AllowedValues>'
        "<ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get></ows:HTTP></ows:DCP>"
    )
    operations = "".join(
        f'<ows:Operation name="{name}">{href}</ows:Operation>' for name in ("GetCapabilities", "GetTile")
    )
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{zoom}</ows:Identifier><ScaleDenominator>{scale_of(zoom, 256)!r}</ScaleDenominator>"
        f"<TopLeftCorner>{-EDGE_M!r} {EDGE_M!r}</TopLeftCorner><TileWidth>256</TileWidth><TileHeight>256</TileHeight>"
        f"<MatrixWidth>{1 << zoom}</MatrixWidth><MatrixHeight>{1 << zoom}</MatrixHeight></TileMatrix>"
        for zoom in range(DEEPEST + 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Capabilities {NAMESPACES} version="1.0.0">'
        f"<ows:ServiceIdentification><ows:Title>{escape(title)}</ows:Title><ows:ServiceType>OGC WMTS</ows:ServiceType>"
        "<ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f"<ows:OperationsMetadata>{operations}</ows:OperationsMetadata><Contents>"
        f"{''.join(_layer(address, layer, box_of[layer.name]) for layer in layers)}"
        f"<TileMatrixSet><ows:Identifier>{SCHEME}</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>"
        f"<WellKnownScaleSet>urn:ogc:def:wkss:OGC:1.0:{SCHEME}</WellKnownScaleSet>{matrices}</TileMatrixSet></Contents>"
        f"<ServiceMetadataURL xlink:href={quoteattr(f'{address}?SERVICE=WMTS&REQUEST=GetCapabilities')}/></Capabilities>"
    )


def _layer(address: str, layer: Layer, box: Box | None) -> str:
    west, south, east, north = box or (-180.0, -85.0, 180.0, 85.0)
    styles = "".join(
        f'<Style isDefault="{str(theme is Theme.LIGHT).lower()}"><ows:Title>{escape(str(theme.label))}</ows:Title>'
        f"<ows:Identifier>{theme.value}</ows:Identifier></Style>"
        for theme in Theme
    )
    template = f"{address}/{layer.name}/{{Style}}/{{TileMatrixSet}}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"
    return (
        f"<Layer><ows:Title>{escape(str(layer.title))}</ows:Title><ows:WGS84BoundingBox><ows:LowerCorner>{west} {south}</ows:LowerCorner>"
        f"<ows:UpperCorner>{east} {north}</ows:UpperCorner></ows:WGS84BoundingBox><ows:Identifier>{layer.name}</ows:Identifier>"
        f"{styles}<Format>{PNG}</Format><TileMatrixSetLink><TileMatrixSet>{SCHEME}</TileMatrixSet></TileMatrixSetLink>"
        f'<ResourceURL format="{PNG}" resourceType="tile" template={quoteattr(template)}/></Layer>'
    )


def asked(given: Mapping[str, str]) -> dict[str, str]:
    """Return what a GetTile names; ``given`` has its names in small letters.

    Raises:
        Refused: Something is missing, or is not there.
    """
    missing = [name for name in NAMES if not given.get(name) and name not in {"style", "format"}]
    if missing:
        raise Refused("MissingParameterValue", missing[0], _("This is missing: %(name)s") % {"name": missing[0]})
    if given["tilematrixset"] != SCHEME:
        raise Refused("InvalidParameterValue", "tilematrixset", _("There is %(name)s here.") % {"name": SCHEME})
    if given.get("format", PNG) != PNG:
        raise Refused("InvalidParameterValue", "format", _("There is %(name)s here.") % {"name": PNG})
    if given.get("style") not in {None, "", "default", *Theme.values}:
        words = _("There is %(name)s here.") % {"name": " ".join(Theme.values)}
        raise Refused("InvalidParameterValue", "style", words)
    return {name: given.get(name, "") for name in NAMES}
