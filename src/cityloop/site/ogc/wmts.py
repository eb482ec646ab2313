"""WMTS 1.0.0 at ``/ogc/wmts``, for programs that show pictures alone."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.onemap import queries as onemap
from cityloop.onemap.choices import Theme
from cityloop.onemap.rules import Tile, wmts
from cityloop.onemap.rules.pictures import picture
from cityloop.onemap.rules.wfs import XML, Refused, exception_report
from cityloop.site.ogc.answers import base_of, open_data, sent
from cityloop.site.ogc.features import box_of, title
from cityloop.site.ogc.who import Reader, reader_of


@open_data
def service(request: HttpRequest) -> HttpResponse:
    """One request of WMTS by key-value pairs; names are taken in any case."""
    given = {name.lower(): value for name, value in request.GET.dict().items()}
    return _told(request, given)


@open_data
def resource(request: HttpRequest, **given: str) -> HttpResponse:
    """One tile by its address."""
    return _told(request, {"request": "GetTile", **given})


def _told(request: HttpRequest, given: Mapping[str, str]) -> HttpResponse:
    reader = reader_of(request)
    try:
        return _answered(request, reader, given)
    except Refused as exc:
        return _refused(exc.ows_code, exc.locator, exc.message)
    except InvalidInput as exc:
        return _refused("TileOutOfRange", exc.faults[0].field if exc.faults else "", exc.message)


def _answered(request: HttpRequest, reader: Reader, given: Mapping[str, str]) -> HttpResponse:
    match given.get("request", "").lower():
        case "getcapabilities":
            boxes = {layer.name: box_of(reader, layer) for layer in reader.layers}
            body = wmts.capabilities(f"{base_of(request)}/wmts", title(), reader.layers, boxes)
            return sent(request, body.encode(), XML)
        case "gettile":
            return _tile(request, reader, wmts.asked(given))
        case _:
            raise Refused("OperationNotSupported", "request", _("There are GetCapabilities and GetTile here."))


def _tile(request: HttpRequest, reader: Reader, asked: Mapping[str, str]) -> HttpResponse:
    try:
        layer = reader.layer(asked["layer"])
    except NotFound as exc:
        raise Refused("InvalidParameterValue", "layer", exc.message) from None
    at = Tile.parse(asked["tilematrix"], asked["tilecol"], asked["tilerow"])
    theme = Theme(asked["style"]) if asked["style"] in Theme.values else Theme.LIGHT
    return sent(request, picture(layer, onemap.tile([layer], at, reader.look), theme), wmts.PNG)


def _refused(code: str, locator: str, message: str) -> HttpResponse:
    body = exception_report(code, locator, message).replace('version="2.0.0"', 'version="1.1.0"')
    return HttpResponse(body, status=400, content_type=f"{XML}; charset=utf-8")
