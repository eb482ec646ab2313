"""OGC API – Features: landing page, collections, features, each as JSON for programs and as a page for people."""

from datetime import UTC
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.onemap import opendata
from cityloop.onemap.choices import Theme
from cityloop.onemap.rules import Layer, documents
from cityloop.onemap.rules.asking import asked_items, refuse_unknown
from cityloop.onemap.rules.crs import CRS84, Crs, wanted_crs
from cityloop.onemap.rules.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Box, link
from cityloop.onemap.rules.openapi import openapi
from cityloop.organisation import queries as organisation
from cityloop.site.ogc.answers import base_of, document, open_data, sent, wants_page
from cityloop.site.ogc.who import Reader, reader_of

FORM = ("f",)
SHOWN = 50
"""Features of a page for people, unless they ask for another number."""


def title() -> str:
    return str(_("CityLoop open geodata"))


def box_of(reader: Reader, layer: Layer) -> Box | None:
    """Return the box around the cities of which a reader sees a layer; None where none of them has an area."""
    moments = reader.look.everywhere if layer.is_public else reader.look.cities
    boxes = [
        tuple(map(float, bounds.split(",")))
        for city in moments
        if (bounds := organisation.bounds_of([city.jurisdiction]))
    ]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def paged(request: HttpRequest, page: str, **shown: Any) -> HttpResponse:
    """Return a page for people."""
    here = request.build_absolute_uri(request.path)
    query = request.GET.copy()
    query["f"] = "json"
    response = render(request, f"site/ogc/{page}.html", {"as_json": f"{here}?{query.urlencode()}", **shown})
    response["Cache-Control"] = "private, no-cache"
    return response


# --- documents


@open_data
def landing(request: HttpRequest) -> HttpResponse:
    """The landing page."""
    refuse_unknown(request.GET, FORM)
    reader = reader_of(request)
    if wants_page(request):
        return paged(request, "landing", reader=reader, layers=reader.layers, themes=list(Theme), base=base_of(request))
    return document(request, documents.landing(base_of(request), title()))


@open_data
def conformance(request: HttpRequest) -> HttpResponse:
    """Which standards are met."""
    refuse_unknown(request.GET, FORM)
    if wants_page(request):
        return paged(request, "conformance", classes=documents.CONFORMANCE)
    return document(request, {"conformsTo": documents.CONFORMANCE})


@open_data
def api(request: HttpRequest) -> HttpResponse:
    """The description of the interface."""
    refuse_unknown(request.GET, FORM)
    reader = reader_of(request)
    form = request.GET.get("f", "")
    accepts = request.META.get("HTTP_ACCEPT", "")
    if form == "html" or (not form and "openapi" not in accepts and wants_page(request)):
        written = openapi(base_of(request), title(), reader.layers)
        return paged(
            request, "api", paths=_told_paths(written), parameters=written["components"]["parameters"].values()
        )
    return document(request, openapi(base_of(request), title(), reader.layers), OPENAPI)


def _told_paths(written: dict[str, Any]) -> list[tuple[str, str]]:
    return [(path, one["get"]["summary"]) for path, one in written["paths"].items()]


@open_data
def collections(request: HttpRequest) -> HttpResponse:
    """The collections that there are for who asks."""
    refuse_unknown(request.GET, FORM)
    reader = reader_of(request)
    if wants_page(request):
        return paged(request, "collections", reader=reader, layers=reader.layers, base=base_of(request))
    boxes = {layer.name: box_of(reader, layer) for layer in reader.layers}
    return document(request, documents.collections(base_of(request), reader.layers, boxes))


@open_data
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """One collection."""
    refuse_unknown(request.GET, FORM)
    reader = reader_of(request)
    layer = reader.layer(name)
    if wants_page(request):
        box = box_of(reader, layer)
        return paged(
            request, "collection", layer=layer, features=layer.features, box=box, systems=documents.systems(box),
            columns=list(documents.features_of(layer).columns.items()), base=base_of(request),
        )  # fmt: skip
    return document(request, documents.collection(base_of(request), layer, box_of(reader, layer)))


@open_data
def queryables(request: HttpRequest, name: str) -> HttpResponse:
    """What features may be asked for by."""
    refuse_unknown(request.GET, FORM)
    return document(request, documents.queryables(base_of(request), reader_of(request).layer(name)), SCHEMA)


@open_data
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """What a feature is made of."""
    refuse_unknown(request.GET, FORM)
    return document(request, documents.schema(base_of(request), reader_of(request).layer(name)), SCHEMA)


# --- features


@open_data
def items(request: HttpRequest, name: str) -> HttpResponse:
    """A page of features."""
    reader = reader_of(request)
    layer = reader.layer(name)
    for_people = wants_page(request)
    given = request.GET.dict()
    asked = asked_items(
        given if not for_people else {"limit": str(SHOWN), **given}, documents.features_of(layer).columns, zone()
    )
    page = opendata.page(layer, reader.look, asked)
    query = {key: value for key, value in given.items() if key not in {"cursor", "offset"}}
    further = urlencode({**query, "cursor": page.cursor}) if page.cursor else ""
    here = request.build_absolute_uri(request.path)
    if for_people:
        return _rows_page(request, layer, page, f"{here}?{further}" if further else "")
    links = documents.page_links(here, urlencode({key: value for key, value in given.items() if key != "f"}), further)
    matched = {} if page.matched is None else {"numberMatched": page.matched}
    head = {"type": "FeatureCollection", "numberReturned": len(page.features), **matched, "links": links}
    stamp = b'"timeStamp":"%s","features":[' % machine_now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    told = orjson.dumps(head)[:-1] + b","
    rows = ",".join(page.features).encode()
    response = sent(request, told + stamp + rows + b"]}", GEOJSON, mark=told + rows)
    response["Content-Crs"] = f"<{asked.crs.uri}>"
    return response


def zone() -> Any:
    """Return the zone in which a day that somebody names is meant."""
    return timezone.get_default_timezone()


def _rows_page(request: HttpRequest, layer: Layer, page: opendata.Page, further: str) -> HttpResponse:
    """Return features as a table for people."""
    columns = documents.features_of(layer).columns
    told = [orjson.loads(one) for one in page.features]
    rows = [
        {"id": one["id"], "cells": [_cell(columns[name].words, one["properties"][name]) for name in columns]}
        for one in told
    ]
    titles = [str(column.title) for column in columns.values()]
    return paged(request, "items", layer=layer, titles=titles, rows=rows, matched=page.matched, further=further)


def _cell(words: Any, value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(dict(words).get(value, value))


@open_data
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One feature, whenever it was."""
    refuse_unknown(request.GET, ("f", "crs"))
    reader = reader_of(request)
    layer = reader.layer(name)
    for_people = wants_page(request)
    crs: Crs = CRS84 if for_people else wanted_crs("crs", request.GET.get("crs", ""))
    text = opendata.feature(layer, reader.look, key, crs=crs)
    if text is None:
        raise NotFound(_("There is no such feature for you."))
    columns = documents.features_of(layer).columns
    if for_people:
        told = orjson.loads(text)["properties"]
        facts = [(name, column.title, _cell(column.words, told[name])) for name, column in columns.items()]
        return paged(request, "item", layer=layer, key=key, facts=facts)
    here = request.build_absolute_uri(request.path)
    links = [
        link("self", here, GEOJSON, _("This document")),
        link("alternate", f"{here}?f=html", HTML, _("This document as a page")),
        link("collection", f"{base_of(request)}/collections/{layer.name}", JSON, layer.title),
    ]
    body = text[:-1].encode() + b',"links":' + orjson.dumps(links) + b"}"
    response = sent(request, body, GEOJSON)
    response["Content-Crs"] = f"<{crs.uri}>"
    return response
