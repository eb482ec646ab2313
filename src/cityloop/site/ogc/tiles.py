"""OGC API – Tiles, TileJSON, and the styles that draw them."""

from django.http import Http404, HttpRequest, HttpResponse

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _
from cityloop.onemap import queries as onemap
from cityloop.onemap.choices import Theme
from cityloop.onemap.rules import Tile, tilesets
from cityloop.onemap.rules.asking import refuse_unknown
from cityloop.onemap.rules.documents import MVT, STYLE
from cityloop.site.ogc.answers import base_of, document, open_data, sent
from cityloop.site.ogc.features import box_of
from cityloop.site.ogc.who import reader_of


@open_data
def matrix_sets(request: HttpRequest) -> HttpResponse:
    """The tiling schemes."""
    refuse_unknown(request.GET, ("f",))
    return document(request, tilesets.matrix_sets(base_of(request)))


@open_data
def matrix_set(request: HttpRequest, scheme: str) -> HttpResponse:
    """The one tiling scheme."""
    _known(scheme)
    return document(request, tilesets.matrix_set())


@open_data
def tile_sets(request: HttpRequest, name: str) -> HttpResponse:
    """The tile sets of a collection."""
    refuse_unknown(request.GET, ("f",))
    return document(request, tilesets.tile_sets(base_of(request), reader_of(request).layer(name)))


@open_data
def tile_set(request: HttpRequest, name: str, scheme: str) -> HttpResponse:
    """What a tile set is; with ``f=tilejson`` as TileJSON.

    Raises:
        InvalidInput: ``f`` is something else.
    """
    _known(scheme)
    refuse_unknown(request.GET, ("f",))
    reader = reader_of(request)
    layer = reader.layer(name)
    box = box_of(reader, layer)
    match request.GET.get("f", "json"):
        case "json":
            return document(request, tilesets.tile_set(base_of(request), layer, box))
        case "tilejson":
            return document(request, tilesets.tile_json(base_of(request), layer, box))
        case _:
            raise InvalidInput(_("f: there are json and tilejson"))


@open_data
def tile_json(request: HttpRequest, name: str) -> HttpResponse:
    """The TileJSON of a layer at its short address."""
    refuse_unknown(request.GET, ())
    reader = reader_of(request)
    layer = reader.layer(name)
    return document(request, tilesets.tile_json(base_of(request), layer, box_of(reader, layer)))


@open_data
def tile(request: HttpRequest, name: str, scheme: str, zoom: str, row: str, column: str) -> HttpResponse:
    """One tile; 204 where there is nothing."""
    _known(scheme)
    refuse_unknown(request.GET, ("f",))
    reader = reader_of(request)
    layer = reader.layer(name)
    body = onemap.tile([layer], Tile.parse(zoom, column, row), reader.look)
    return (
        sent(request, body, MVT) if body else HttpResponse(status=204, headers={"Cache-Control": "private, no-cache"})
    )


@open_data
def style(request: HttpRequest, theme: str) -> HttpResponse:
    """The style of a theme, with the layers that there are for who asks."""
    refuse_unknown(request.GET, ("f",))
    if theme not in Theme.values:
        raise Http404
    return document(request, tilesets.open_style(base_of(request), reader_of(request).layers, Theme(theme)), STYLE)


def _known(scheme: str) -> None:
    if scheme != tilesets.QUAD:
        raise Http404
