"""WFS 2.0 by key-value pairs, the least with which ArcGIS, QGIS and GDAL read every layer: its documents, and what is asked.

Source:
    OGC 09-025r2 (WFS 2.0), OGC 09-026r2 (FES 2.0): of filters BBOX, comparisons, And, Or, Not and ResourceId are read.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import shapely
from pygeofilter import ast

from cityloop.kernel.errors import CityError, Fault, InvalidInput, shown
from cityloop.kernel.translation import _
from cityloop.onemap.choices import ValueKind
from cityloop.onemap.rules.asking import MOST, far, whole
from cityloop.onemap.rules.asking import Asked as Wanted
from cityloop.onemap.rules.conditions import Condition, value_of, within_box
from cityloop.onemap.rules.cql import condition_of_tree
from cityloop.onemap.rules.crs import CRS84, EVERYWHERE, WGS84, Crs, wanted_crs
from cityloop.onemap.rules.documents import Box, features_of
from cityloop.onemap.rules.layer import Column, Layer

GML: Final = "application/gml+xml; version=3.2"
XML: Final = "text/xml"
NAMESPACE: Final = "urn:cityloop:geodata"
PREFIX: Final = "city"
FES: Final = "{http://www.opengis.net/fes/2.0}"
GML_NS: Final = "{http://www.opengis.net/gml/3.2}"
JSON_FORMATS: Final = frozenset({"application/json", "application/geo+json", "geojson", "json"})
GML_FORMATS: Final = frozenset(
    {"", "application/gml+xml; version=3.2", "text/xml; subtype=gml/3.2", "gml32", "gml3", "text/xml"}
)
NAMESPACES: Final = (
    'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:fes="http://www.opengis.net/fes/2.0"'
    ' xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:{PREFIX}="{NAMESPACE}"'
)
XSD: Final[Mapping[ValueKind, str]] = {
    ValueKind.TEXT: "string", ValueKind.INTEGER: "long", ValueKind.NUMBER: "double", ValueKind.BOOLEAN: "boolean",
    ValueKind.DATE: "date", ValueKind.INSTANT: "dateTime",
}  # fmt: skip
SHAPES: Final = {
    "Point": "PointPropertyType", "MultiLineString": "MultiCurvePropertyType", "MultiPolygon": "MultiSurfacePropertyType",
}  # fmt: skip
COMPARED: Final = {
    "PropertyIsEqualTo": ast.Equal, "PropertyIsNotEqualTo": ast.NotEqual, "PropertyIsLessThan": ast.LessThan,
    "PropertyIsGreaterThan": ast.GreaterThan, "PropertyIsLessThanOrEqualTo": ast.LessEqual,
    "PropertyIsGreaterThanOrEqualTo": ast.GreaterEqual,
}  # fmt: skip
KNOWN: Final = frozenset({
    "service", "version", "request", "typenames", "typename", "count", "maxfeatures", "startindex", "resulttype", "bbox", "srsname",
    "resourceid", "filter", "outputformat", "namespaces", "acceptversions", "sections", "acceptformats", "language", "srsdimension",
    "updatesequence",
})  # fmt: skip


class Refused(CityError):
    """A refusal in the words of OWS."""

    code = "ows"
    http_status = 400

    def __init__(self, ows_code: str, locator: str, message: str) -> None:
        super().__init__(message)
        self.ows_code, self.locator = ows_code, locator


def exception_report(ows_code: str, locator: str, message: str) -> str:
    place = f" locator={quoteattr(locator)}" if locator else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">'
        f"<ows:Exception exceptionCode={quoteattr(ows_code)}{place}><ows:ExceptionText>{escape(message)}</ows:ExceptionText>"
        "</ows:Exception></ows:ExceptionReport>"
    )


# --- documents


def capabilities(address: str, title: str, layers: Sequence[Layer], box_of: Mapping[str, Box | None]) -> str:
    """Return what there is; ``address`` is that of the service."""
    href = f"<ows:DCP><ows:HTTP><ows:Get xlink:href={quoteattr(f'{address}?')}/></ows:HTTP></ows:DCP>"
    formats = _parameter("outputFormat", ["application/gml+xml; version=3.2", "application/json"])
    operations = "".join(
        f'<ows:Operation name="{name}">{href}{more}</ows:Operation>'
        for name, more in (
            ("GetCapabilities", _parameter("AcceptVersions", ["2.0.0"])),
            ("DescribeFeatureType", ""),
            ("GetFeature", _parameter("resultType", ["results", "hits"]) + formats),
        )
    )
    constraints = "".join(
        f'<ows:Constraint name="{name}"><ows:NoValues/><ows:DefaultValue>{value}</ows:DefaultValue></ows:Constraint>'
        for name, value in (
            ("ImplementsBasicWFS", "FALSE"),
            ("KVPEncoding", "TRUE"),
            ("XMLEncoding", "FALSE"),
            ("ImplementsResultPaging", "TRUE"),
            ("PagingIsTransactionSafe", "FALSE"),
            ("CountDefault", MOST),
        )
    )
    types = "".join(_feature_type(layer, box_of[layer.name]) for layer in layers)
    filters = "".join(
        f'<fes:Constraint name="{name}"><ows:NoValues/><ows:DefaultValue>{value}</ows:DefaultValue></fes:Constraint>'
        for name, value in (("ImplementsMinStandardFilter", "TRUE"), ("ImplementsMinSpatialFilter", "TRUE"))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><wfs:WFS_Capabilities version="2.0.0" {NAMESPACES}>'
        f"<ows:ServiceIdentification><ows:Title>{escape(title)}</ows:Title><ows:ServiceType>WFS</ows:ServiceType>"
        "<ows:ServiceTypeVersion>2.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f"<ows:OperationsMetadata>{operations}{_parameter('version', ['2.0.0'])}{constraints}</ows:OperationsMetadata>"
        f"<wfs:FeatureTypeList>{types}</wfs:FeatureTypeList>"
        f"<fes:Filter_Capabilities><fes:Conformance>{filters}</fes:Conformance><fes:Spatial_Capabilities><fes:GeometryOperands>"
        '<fes:GeometryOperand name="gml:Envelope"/></fes:GeometryOperands><fes:SpatialOperators><fes:SpatialOperator name="BBOX"/>'
        "</fes:SpatialOperators></fes:Spatial_Capabilities></fes:Filter_Capabilities></wfs:WFS_Capabilities>"
    )


def _parameter(name: str, values: Iterable[str]) -> str:
    allowed = "".join(f"<ows:Value>{escape(value)}</ows:Value>" for value in values)
    return f'<ows:Parameter name="{name}"><ows:AllowedValues>{allowed}</ows:AllowedValues></ows:Parameter>'


def _feature_type(layer: Layer, box: Box | None) -> str:
    west, south, east, north = box or (-180.0, -90.0, 180.0, 90.0)
    others = "".join(f"<wfs:OtherCRS>{urn(one)}</wfs:OtherCRS>" for one in EVERYWHERE if one not in {CRS84, WGS84})
    return (
        f"<wfs:FeatureType><wfs:Name>{PREFIX}:{layer.name}</wfs:Name><wfs:Title>{escape(str(layer.title))}</wfs:Title>"
        f"<wfs:Abstract>{escape(str(features_of(layer).description))}</wfs:Abstract>"
        f"<wfs:DefaultCRS>{urn(WGS84)}</wfs:DefaultCRS>{others}"
        "<wfs:OutputFormats><wfs:Format>application/gml+xml; version=3.2</wfs:Format><wfs:Format>application/json</wfs:Format></wfs:OutputFormats>"
        f"<ows:WGS84BoundingBox><ows:LowerCorner>{west} {south}</ows:LowerCorner><ows:UpperCorner>{east} {north}</ows:UpperCorner>"
        "</ows:WGS84BoundingBox></wfs:FeatureType>"
    )


def urn(crs: Crs) -> str:
    return f"urn:ogc:def:crs:EPSG::{crs.srid}" if crs.srid else "urn:ogc:def:crs:OGC:1.3:CRS84"


def schema(layers: Sequence[Layer]) -> str:
    """Return the XML Schema of the features of some layers."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><xsd:schema {NAMESPACES} targetNamespace="{NAMESPACE}" elementFormDefault="qualified">'
        '<xsd:import namespace="http://www.opengis.net/gml/3.2" schemaLocation="http://schemas.opengis.net/gml/3.2.1/gml.xsd"/>'
        f"{''.join(map(_type, layers))}</xsd:schema>"
    )


def _type(layer: Layer) -> str:
    features = features_of(layer)
    columns = "".join(
        f'<xsd:element name="{name}" type="xsd:{XSD[column.kind]}" minOccurs="0"/>'
        for name, column in features.columns.items()
    )
    shape = SHAPES.get(features.geometry_type, "GeometryPropertyType")
    return (
        f'<xsd:complexType name="{layer.name}Type"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType"><xsd:sequence>'
        f'{columns}<xsd:element name="geometry" type="gml:{shape}" minOccurs="0"/>'
        "</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>"
        f'<xsd:element name="{layer.name}" type="{PREFIX}:{layer.name}Type" substitutionGroup="gml:AbstractFeature"/>'
    )


def written(layer: Layer, crs: Crs) -> str:
    """Return the SQL that writes a feature as GML 3.2, over the row ``r``."""
    features = features_of(layer)
    pieces = ", ".join(
        f'{_clean(column.over(name), column)} AS "{PREFIX}:{name}"' for name, column in features.columns.items()
    )
    geometry = f"ST_SetSRID(r.geometry, {crs.srid})" if crs.is_stored and crs.srid else "r.geometry"
    geometry = geometry if crs.is_stored else f"ST_Transform(r.geometry, {crs.srid})"
    # 1: names of systems as URNs; 4: a line is a LineString; 16: latitude first.
    options = 1 | 4 | (16 if crs.lat_first else 0)
    key = f"'{layer.name}.' || r.{features.key}"
    shape = f"ST_AsGML(3, {geometry}, {crs.digits}, {options}, 'gml', {key} || '.geometry')"
    if not crs.srid:
        shape = f"replace({shape}, 'urn:ogc:def:crs:EPSG::4490', '{urn(CRS84)}')"
    name = f"{PREFIX}:{layer.name}"
    return (
        f"""'<wfs:member><{name} gml:id="' || {key} || '">' || xmlforest({pieces})::text ||"""
        f""" coalesce('<{PREFIX}:geometry>' || {shape} || '</{PREFIX}:geometry>', '') || '</{name}></wfs:member>'"""
    )


def _clean(sql: str, column: Column) -> str:
    """Return a text without the few signs that no XML may hold."""
    if column.kind is not ValueKind.TEXT:
        return sql
    return rf"regexp_replace({sql}, '[\u0001-\u0008\u000B\u000C\u000E-\u001F]', '', 'g')"


# --- what is asked


def asked(given: Mapping[str, str], layer: Layer) -> Wanted:
    """Read a GetFeature; ``given`` has its names in small letters.

    Raises:
        InvalidInput: A value cannot be read.
    """
    columns = features_of(layer).columns
    conditions: list[Condition] = []
    if box := given.get("bbox", ""):
        conditions.append(_box(box))
    if names := given.get("resourceid", ""):
        conditions.append(_named(names.split(","), layer))
    if text := given.get("filter", ""):
        conditions.append(filtered(text, columns, layer))
    count = given.get("count") or given.get("maxfeatures") or str(MOST)
    return Wanted(
        limit=min(whole("count", count), MOST),
        conditions=tuple(conditions),
        crs=system(given.get("srsname", "")) if given.get("srsname") else WGS84,
        offset=far(whole("startindex", given.get("startindex") or "0")),
    )


def system(name: str) -> Crs:
    """Return a coordinate system; by its short name ``EPSG:4326`` longitude comes first, as all programs have it."""
    crs = wanted_crs("srsname", name)
    return replace(crs, lat_first=False) if name.upper().startswith("EPSG:") else crs


def _box(text: str) -> Condition:
    numbers = text.split(",")
    crs = system(numbers[4]) if len(numbers) == 5 else WGS84
    return within_box(",".join(numbers[:4]), crs)


def _named(names: Sequence[str], layer: Layer) -> Condition:
    features = features_of(layer)
    keys = [name.strip().removeprefix(f"{layer.name}.")[:40] for name in names]
    return Condition(f"r.{features.key}::text = ANY(%(named)s::text[])", {"named": keys})


def filtered(text: str, columns: Mapping[str, Column], layer: Layer) -> Condition:
    """Return the condition of a filter in XML.

    Raises:
        InvalidInput: It cannot be read.
    """
    if "<!" in text or len(text) > 20_000:  # no entities, no document types
        raise _unread(text)
    try:
        root = ET.fromstring(text)  # noqa: S314  # without declarations nothing can be expanded
    except ET.ParseError:
        raise _unread(text) from None
    ids = [one.get("rid", "") for one in root.iter(f"{FES}ResourceId")]
    if ids:
        return _named(ids, layer)
    inner = list(root)
    if root.tag != f"{FES}Filter" or len(inner) != 1:
        raise _unread(text)
    return condition_of_tree(_tree(inner[0], columns), columns)


def _tree(node: Any, columns: Mapping[str, Column]) -> Any:
    name, inner = str(node.tag).removeprefix(FES), list(node)
    if name in {"And", "Or"} and len(inner) > 1:
        kind = ast.And if name == "And" else ast.Or
        made = _tree(inner[0], columns)
        for one in inner[1:]:
            made = kind(made, _tree(one, columns))
        return made
    if name == "Not" and len(inner) == 1:
        return ast.Not(_tree(inner[0], columns))
    if name == "BBOX":
        return ast.Function("s_intersects", [ast.Attribute("geometry"), _envelope(node)])
    if name in COMPARED and len(inner) == 2:
        reference, literal = sorted(inner, key=lambda one: one.tag != f"{FES}ValueReference")
        column = re.sub(r"^.*[:/]", "", (reference.text or "").strip())
        if column not in columns:
            raise _unread(column)
        value = value_of(column, columns[column].kind, (literal.text or "").strip())
        return COMPARED[name](
            ast.Attribute(column), float(value) if columns[column].kind is ValueKind.INTEGER else value
        )
    raise _unread(name)


def _envelope(node: Any) -> Any:
    found = node.find(f".//{GML_NS}Envelope")
    try:
        corners = [
            [float(one) for one in found.find(f"{GML_NS}{side}").text.split()]
            for side in ("lowerCorner", "upperCorner")
        ]
        (a, b), (c, d) = corners
    except (AttributeError, TypeError, ValueError):
        raise _unread("BBOX") from None
    crs = system(found.get("srsName") or urn(WGS84))
    if not crs.in_degrees:
        raise _unread(crs.uri)
    return shapely.box(b, a, d, c) if crs.lat_first else shapely.box(a, b, c, d)


def _unread(text: str) -> InvalidInput:
    why = _("this filter is not read here: BBOX, comparisons, And, Or, Not and ResourceId are")
    return InvalidInput(f"filter: {why}", faults=[Fault("filter", why, shown(text))])
