"""WFS 2.0 at ``/ogc/wfs``, for programs that do not yet know OGC API – Features."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

import orjson
from django.http import HttpRequest, HttpResponse

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.onemap import opendata
from cityloop.onemap.opendata import Writing
from cityloop.onemap.rules import Layer
from cityloop.onemap.rules import wfs as rules
from cityloop.onemap.rules.crs import CRS84
from cityloop.onemap.rules.documents import GEOJSON, features_of
from cityloop.site.ogc.answers import base_of, open_data, sent
from cityloop.site.ogc.features import box_of, title
from cityloop.site.ogc.who import Reader, reader_of


@open_data
def service(request: HttpRequest) -> HttpResponse:
    """One request of WFS; names are taken in any case."""
    given = {name.lower(): value for name, value in request.GET.dict().items()}
    try:
        reader = reader_of(request)
        return _answered(request, reader, given)
    except rules.Refused as exc:
        return _refused(exc.ows_code, exc.locator, exc.message)
    except InvalidInput as exc:
        return _refused("InvalidParameterValue", exc.faults[0].field if exc.faults else "", exc.message)


def _refused(code: str, locator: str, message: str) -> HttpResponse:
    body = rules.exception_report(code, locator, message)
    return HttpResponse(body, status=400, content_type=f"{rules.XML}; charset=utf-8")


def _answered(request: HttpRequest, reader: Reader, given: Mapping[str, str]) -> HttpResponse:
    unknown = sorted(set(given) - rules.KNOWN)
    if given.get("service", "WFS").upper() != "WFS":
        raise rules.Refused("InvalidParameterValue", "service", _("This is a WFS."))
    match given.get("request", "").lower():
        case "getcapabilities":
            return _capabilities(request, reader)
        case "describefeaturetype":
            return sent(request, rules.schema(_layers(reader, given)).encode(), rules.GML)
        case "getfeature":
            if unknown:
                words = _("This call does not know: %(names)s.") % {"names": listed(unknown)[:200]}
                raise rules.Refused("InvalidParameterValue", unknown[0][:40], words)
            return _features(request, reader, given)
        case "":
            raise rules.Refused("MissingParameterValue", "request", _("Say what you want: REQUEST=GetCapabilities"))
        case _:
            words = _("There are GetCapabilities, DescribeFeatureType and GetFeature here.")
            raise rules.Refused("OperationNotSupported", "request", words)


def _capabilities(request: HttpRequest, reader: Reader) -> HttpResponse:
    boxes = {layer.name: box_of(reader, layer) for layer in reader.layers}
    body = rules.capabilities(f"{base_of(request)}/wfs", title(), reader.layers, boxes)
    return sent(request, body.encode(), rules.XML)


def _layers(reader: Reader, given: Mapping[str, str]) -> list[Layer]:
    """Return the layers that are named; all where none is.

    Raises:
        Refused: One of them is not there for who asks.
    """
    names = given.get("typenames") or given.get("typename") or ""
    if not names:
        return list(reader.layers)
    try:
        return [reader.layer(name.strip().rpartition(":")[2]) for name in names.split(",")]
    except NotFound as exc:
        raise rules.Refused("InvalidParameterValue", "typenames", exc.message) from None


def _features(request: HttpRequest, reader: Reader, given: Mapping[str, str]) -> HttpResponse:
    if not (given.get("typenames") or given.get("typename")):
        if not given.get("resourceid"):
            raise rules.Refused("MissingParameterValue", "typenames", _("Say of which type: TYPENAMES=city:parts"))
        given = {**given, "typenames": given["resourceid"].partition(".")[0]}
    [layer, *others] = _layers(reader, given)
    form = given.get("outputformat", "").lower()
    if others:
        raise rules.Refused("OperationNotSupported", "typenames", _("One type at a time, please."))
    if form not in rules.GML_FORMATS | rules.JSON_FORMATS:
        raise rules.Refused("InvalidParameterValue", "outputFormat", _("There are GML 3.2 and application/json here."))
    asked = rules.asked(given, layer)
    if given.get("resulttype", "").lower() == "hits":
        return _collection(request, opendata.count(layer, reader.look, asked), [], "")
    as_json = form in rules.JSON_FORMATS
    if as_json:
        crs = rules.system(given["srsname"]) if given.get("srsname") else CRS84
        page = opendata.page(layer, reader.look, asked, opendata.as_geojson(features_of(layer), crs))
        return _json(request, page)
    page = opendata.page(layer, reader.look, asked, Writing(rules.written(layer, asked.crs), {}))
    further = ""
    if page.cursor:
        query = {**request.GET.dict(), "STARTINDEX": str(asked.offset + len(page.features))}
        query = {name: value for name, value in query.items() if name == "STARTINDEX" or name.lower() != "startindex"}
        further = f"{base_of(request)}/wfs?{urlencode(query)}"
    return _collection(request, page.matched, page.features, further)


def _collection(request: HttpRequest, matched: int | None, features: Any, further: str) -> HttpResponse:
    stamp = machine_now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    after = f" next={quoteattr(further)}" if further else ""
    number = "unknown" if matched is None else matched
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection {rules.NAMESPACES} numberMatched="{number}"'
        f' numberReturned="{len(features)}" timeStamp="{stamp}"{after}>'
    )
    rows = "".join(features)
    body = f"{head}{rows}</wfs:FeatureCollection>".encode()
    return sent(request, body, rules.GML, mark=f"{number}{further}{rows}".encode())


def _json(request: HttpRequest, page: opendata.Page) -> HttpResponse:
    matched = {} if page.matched is None else {"numberMatched": page.matched, "totalFeatures": page.matched}
    head = orjson.dumps({"type": "FeatureCollection", "numberReturned": len(page.features), **matched})[:-1]
    return sent(request, head + b',"features":[' + ",".join(page.features).encode() + b"]}", GEOJSON)
