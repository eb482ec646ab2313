"""Two cities on one installation: whoever belongs to one is asked for everything there is, and nothing of the other comes.

Each city has a rare character of its own (鼋, 鼍) in every name and text that somebody there has written. The walk takes every operation
of the OpenAPI document, every page, and every table of the console, with the other city's keys wherever a key is asked for; an
address that nobody told how to walk fails the test.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import Point
from django.test import Client
from django.urls import get_resolver, reverse

from cases.conftest import BROKEN_COVER, MANHOLE, send
from cast import NOW, PASSWORD, SINCE, load_standards
from cityloop.assets import actions as assets
from cityloop.assets.actions.proposing import Proposed, propose
from cityloop.assets.actions.surveying import begin_survey
from cityloop.assets.choices import ChangeKind
from cityloop.assets.models import ImportRun
from cityloop.cases import actions as loop
from cityloop.cases import models as cases
from cityloop.cases.actions.shifts import hand_over
from cityloop.cases.queries.tables import default_text, table
from cityloop.exchange import actions as exchange
from cityloop.geography.actions import lay_regular_grid
from cityloop.geography.actions.composing import AreaPlan, draw_area
from cityloop.geography.actions.dividing import draft_of_grids
from cityloop.geography.queries.drafts import draft as draft_named
from cityloop.geography.queries.drafts import shapes
from cityloop.media import queries as media
from cityloop.onemap import actions as onemap
from cityloop.onemap.models import Basemap, Raster, StreetRun, StreetView
from cityloop.onemap.rules import Tile
from cityloop.organisation import actions as organisation
from cityloop.organisation import models as people
from cityloop.organisation.console import ScopedAdmin
from cityloop.organisation.queries import viewer_of

HERE, THERE = "990101", "990102"
MARK = {HERE: "鼋", THERE: "鼍"}
LON = {HERE: 120.0, THERE: 121.0}
POSTS = (
    "sysadmin",
    "data_admin",
    "acceptor",
    "duty_chief",
    "dispatcher",
    "dept_clerk",
    "leader",
    "collector",
    "citizen",
)
ASKING = ("sysadmin", "acceptor", "dept_clerk", "citizen")
"""One of each kind of sight: who asks the API for everything, and for every page the other way too."""

OPEN_TO_ALL = frozenset({
    "", "api/", "api/docs", "api/openapi.json", "enrol", "enrol/root.crt", "favicon.ico", "healthz", "language", "loop", "loop.svg",
    "map", "map/find", "map/grounds.json", "map/heat.json", "map/print", "map/themes", "map/where", "map/work.json", "metrics", "password",
    "readyz", "sign-in", "sign-out",
})  # fmt: skip
"""Pages without a key."""

MAP = frozenset({"map/style/<str:theme>.json", "tiles/<str:names>/<str:zoom>/<str:x>/<str:y>.mvt"})
PRIVATE_LAYERS = "regions,unit_grids,duty_grids,management_grids,parts,cases,streetview"
"""All but the ground, which everybody sees who walks through the city."""

OPEN_DATA = (
    "ogc", "ogc/", "ogc/api", "ogc/collections", "ogc/conformance", "ogc/tileMatrixSets", "ogc/tileMatrixSets/<str:scheme>",
    "ogc/styles/<str:theme>", "ogc/wfs", "ogc/wmts",
    "ogc/wmts/<str:layer>/<str:style>/<str:tilematrixset>/<str:tilematrix>/<str:tilerow>/<str:tilecol>.png",
    "tiles/<str:name>.json",
    "ogc/collections/<str:name>", "ogc/collections/<str:name>/queryables", "ogc/collections/<str:name>/schema",
    "ogc/collections/<str:name>/items", "ogc/collections/<str:name>/items/<str:key>", "ogc/collections/<str:name>/tiles",
    "ogc/collections/<str:name>/tiles/<str:scheme>",
    "ogc/collections/<str:name>/tiles/<str:scheme>/<str:zoom>/<str:row>/<str:column>",
)  # fmt: skip
"""The open data: what of them is not public is asked for layer by layer, by everybody."""

MATTER = "gb47678_2026/event/06011"
REFUSED = frozenset({403, 404})


@dataclass(frozen=True)
class City:
    """A city with something of everything in it."""

    code: str
    people: dict[str, int]
    tokens: dict[str, str]
    number: str
    file: UUID
    webhook: UUID
    shift: UUID
    part: str
    survey: UUID
    imported: UUID
    street: UUID
    view: int
    raster: UUID
    basemap: UUID
    draft: int

    @property
    def mark(self) -> str:
        return MARK[self.code]


@pytest.fixture
def cities(db: None) -> Iterator[tuple[City, City]]:
    table.cache_clear()
    load_standards()
    for code in (HERE, THERE):
        organisation.create_jurisdiction(code, f"{MARK[code]}市")
    yield _filled(HERE), _filled(THERE)
    table.cache_clear()


def _filled(code: str) -> City:
    mark, lon = MARK[code], LON[code]
    lay_regular_grid(code, lon, 30.0, lon + 0.01, 30.01, 200, date(2020, 1, 1))
    department = organisation.create_department(code, f"HW{code}", f"{mark}环卫", "sanitation", valid_from=SINCE)
    accounts, tokens = {}, {}
    for post in POSTS:
        keeper = "" if post == "citizen" else code
        user = organisation.create_user(f"{post}-{code}", password=PASSWORD, name=f"{mark}{post}", jurisdiction=keeper)
        place = department if post == "dept_clerk" else None
        organisation.appoint(user.pk, post, code, valid_from=SINCE, department_id=place)
        accounts[post] = user.pk
        tokens[post] = organisation.issue_token(user.pk, f"{mark}token", now=NOW, scopes=["read", "write"])
    number = _worked_on(code, accounts)
    [file] = send([f"{mark.encode().hex():0>64}"], [accounts["acceptor"]], code)
    cases.LoopTable.objects.create(
        jurisdiction=code, version=1, text=default_text().replace("城市管理", f"{mark}市管理"), note=f"{mark}版", created_at=NOW,
        effective_from=NOW - timedelta(days=1),
    )  # fmt: skip
    cases.RestrictedZone.objects.create(
        jurisdiction=code, name=f"{mark}区", reason=f"{mark}因", categories=["gb47678_2026/part/01002"]
    )
    people.Absence.objects.create(
        jurisdiction=code,
        user_id=accounts["leader"],
        deputy_id=accounts["duty_chief"],
        starts_at=NOW,
        ends_at=NOW + timedelta(days=1),
    )
    hook = exchange.subscribe(
        code, name=f"{mark}钩", url="https://hooks.example/in", kinds=[], account=accounts["sysadmin"], by=None, now=NOW
    ).id
    chief = viewer_of(accounts["duty_chief"], NOW)
    shift = hand_over(
        chief.posts[0], viewer=chief, key=uuid4(), remarks=f"{mark}班", marks={number: f"{mark}嘱"}, now=NOW
    )
    onemap.save_theme(
        accounts["data_admin"], title=f"{mark}专题", state={}, jurisdiction=code, may_share=[code], now=NOW
    )
    part, survey = _of_parts(code, accounts)
    run = ImportRun.objects.create(
        jurisdiction=code, target="parts", state="checked", asked_at=NOW, file_name=f"{mark}.csv", file_bytes=1, file_sha256="0" * 64,
        options={"valid_from": "2026-01-01"},
    )  # fmt: skip
    street, view = _street(code, file.pk)
    raster, basemap = _of_grounds(code)
    return City(
        code, accounts, tokens, number, file.pk, hook, shift, part, survey, run.pk, street, view, raster, basemap, _of_grids(code)
    )  # fmt: skip


def _street(code: str, file: UUID) -> tuple[UUID, int]:
    """Put a photo on the map as street view; return the import and the view."""
    run = StreetRun.objects.create(
        jurisdiction=code, file_name=f"{MARK[code]}.zip", system="wgs84", state="applied", asked_at=NOW, applied_at=NOW
    )
    view = StreetView.objects.create(
        jurisdiction=code, valid_from=SINCE, run=run, number=1, kind="photo", geometry=Point(LON[code] + 0.005, 30.005, srid=4490),
        width=640, height=480, sha256="0" * 64, file_id=file,
    )  # fmt: skip
    return run.pk, view.pk


def _of_grounds(code: str) -> tuple[UUID, UUID]:
    """Enter a picture and a basemap that lie under the city's map; return their ids."""
    raster = Raster.objects.create(
        jurisdiction=code, title=f"{MARK[code]}影像", kind="orthophoto", taken_on=SINCE, valid_from=SINCE, asked_at=NOW, state="ready",
        file_name=f"{MARK[code]}.tif", file_bytes=1, file_sha256="0" * 64, cog_sha256="0" * 64, bounds=[LON[code], 30, LON[code] + 1, 31], maxzoom=18,
    )  # fmt: skip
    basemap = Basemap.objects.create(
        jurisdiction=code,
        kind="xyz",
        title=f"{MARK[code]}底图",
        url="https://tiles.example/{z}/{x}/{y}",
        asked_at=NOW,
        tried_at=NOW,
        is_on=True,
    )
    return raster.pk, basemap.pk


def _of_grids(code: str) -> int:
    """Draw a management grid and make a draft of the division; return the draft."""
    on = date(2026, 1, 1)
    draft = draft_of_grids(code, on, by=f"{MARK[code]}划")
    first = shapes(draft_named({code}, draft), (LON[code], 30.0, LON[code] + 0.001, 30.001), 17)["features"][0]
    plan = AreaPlan("management", f"{MARK[code]}管", (first["properties"]["code"],))
    draw_area(code, plan, on)
    return draft


def _of_parts(code: str, accounts: dict[str, int]) -> tuple[str, UUID]:
    """Enter a part, a proposal about it and a survey of it; return the part's code and the survey."""
    mark, keeper = MARK[code], viewer_of(accounts["data_admin"], NOW)
    place, cause = f"POINT ({LON[code] + 0.005} 30.005)", assets.cause_of(keeper, code, NOW, note=f"{mark}因")
    made = assets.create_part(keeper, code, "01001", place, {"remark": f"{mark}件"}, cause)
    told = Proposed(ChangeKind.CHANGED, uuid4(), code=made, values={"state": "damaged"}, words=f"{mark}破")
    propose(viewer_of(accounts["collector"], NOW), code, told, NOW)
    due = date(2199, 1, 1)
    return made, begin_survey(keeper, code, f"{mark}普查", classes=[], area="", due_on=due, at=NOW)


def _worked_on(code: str, accounts: dict[str, int]) -> str:
    mark = MARK[code]
    inputs: dict[str, Any] = {
        "source": "hotline", "category": MANHOLE, "point": {"lon": LON[code] + 0.005, "lat": 30.005, "system": "wgs84"},
        "description": f"{mark}井盖", "address": f"{mark}路1号", "reporter": {"name": f"{mark}报", "phone": "13812345678"},
    }  # fmt: skip
    made = loop.report(code, inputs, actor=viewer_of(accounts["acceptor"], NOW), key=uuid4(), via="api", now=NOW)
    for who, action, more in (
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {"condition": BROKEN_COVER}),
        ("dispatcher", "dispatch", {"department": f"HW{code}", "opinion": f"{mark}办"}),
        ("acceptor", "note", {"opinion": f"{mark}注"}),
    ):
        given = {name: value for name, value in more.items() if name != "opinion" or action == "note"}
        loop.perform(made.number, action, given, actor=viewer_of(accounts[who], NOW), key=uuid4(), via="api", now=NOW)
    return made.number


@pytest.fixture(params=[HERE, THERE])
def both(request: pytest.FixtureRequest, cities: tuple[City, City]) -> tuple[City, City]:
    """Whose people ask, and whose things they ask for: one way, and the other."""
    one, other = cities
    return (one, other) if request.param == HERE else (other, one)


def _told(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode(errors="replace") + str(dict(response.items()))


# --- the API

BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/cases": {"inputs": {}, "jurisdiction": THERE},
    "POST /api/v1/webhooks": {"name": "x", "url": "https://hooks.example/x", "jurisdiction": THERE},
    "PATCH /api/v1/webhooks/{webhook}": {"is_on": False},
    "POST /api/v1/webhooks/{webhook}/secret": {},
    "POST /api/v1/webhooks/{webhook}/replay": {"from_event": 1},
}
QUERIES: dict[str, dict[str, Any]] = {"/api/v1/locate": {"lat": 30.005}, "/api/v1/table/diff": {"to": 1}}


def _operations(client: Client) -> list[tuple[str, str]]:
    document = client.get("/api/openapi.json").json()
    return [
        (method.upper(), path)
        for path, known in document["paths"].items()
        for method in known
        if method != "parameters"
    ]


def _keys(path: str, theirs: City) -> dict[str, str]:
    keys = {
        "number": theirs.number,
        "id": str(theirs.file),
        "code": theirs.part,
        "proposal_id": str(theirs.survey),
        "webhook": str(theirs.webhook),
        "action": "note",
    }
    names = re.findall(r"\{(\w+)\}", path)
    assert set(names) <= set(keys), f"tell this test what {path} asks for"
    return {name: keys[name] for name in names}


def test_no_operation_of_the_api_crosses_a_border(both: tuple[City, City], client: Client) -> None:
    operations = _operations(client)
    assert len(operations) > 80
    for ours, theirs in (both,):
        for post in ASKING:
            head = {"HTTP_AUTHORIZATION": f"Bearer {ours.tokens[post]}"}
            for method, path in operations:
                keys = _keys(path, theirs)
                asked = {**QUERIES.get(path, {}), "jurisdiction": theirs.code, "lon": LON[theirs.code] + 0.005}
                body = BODIES.get(f"{method} {path}", {"inputs": {}})
                for query in ({}, asked) if method == "GET" else ({},):
                    data = query if method == "GET" else json.dumps(body)
                    answer = client.generic(
                        method, path.format(**keys), "" if method == "GET" else data, "application/json",
                        QUERY_STRING="&".join(f"{name}={value}" for name, value in query.items()), **head,
                    )  # fmt: skip
                    where = f"{post} of {ours.code}: {method} {path} {query}"
                    assert theirs.mark not in _told(answer), where
                    assert answer.status_code < 500, where
                    if keys and not query:
                        assert answer.status_code in REFUSED, f"{where}: {answer.status_code} {answer.content[:300]!r}"
    assert media.media_file(both[1].file) is not None


# --- pages


def _patterns(patterns: Any, before: str = "") -> Iterator[str]:
    for one in patterns:
        address = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _patterns(one.url_patterns, address)
        else:
            yield address


DESK = (
    "desk", "desk/wall", "desk/wall/mark", "desk/followed", "desk/shift", "desk/board", "desk/board/cases", "desk/supervised",
    "desk/list", "desk/mark", "desk/report", "desk/me", "desk/notices", "desk/phrases", "desk/search", "desk/batch",
    "desk/report/calls", "desk/report/likely", "desk/report/limits", "desk/routing", "desk/data/imports", "desk/data/grounds", "desk/data/streetview", "streetview/near", "desk/parts", "desk/parts/rates", "desk/data/grids", "desk/data/grids/areas",
    "desk/parts/new", "desk/parts/propose", "desk/parts/proposals", "desk/parts/surveys",
)  # fmt: skip
"""Pages of a desk that are looked at by their address alone."""

OF_A_CASE = (
    "desk/cases/<str:number>/follow",
    "desk/cases/<str:number>", "desk/cases/<str:number>/<str:action>", "desk/cases/<str:number>/<str:action>/follows",
    "desk/cases/<str:number>.pdf",
    "desk/cases/<str:number>/print", "desk/cases/<str:number>/loop.svg", "desk/cases/<str:number>/-/related",
    "report/mine/<str:number>", "report/mine/<str:number>/rate",
)  # fmt: skip
"""Pages that name a case: whoever may not see it finds nothing there."""

PUBLIC = (
    "report", "report/f", "report/f/<str:typed>", "report/f/<str:typed>/rate", "report/<str:code>", "report/<str:code>/where",
    "report/<str:code>/photos", "report/<str:code>/me-too", "report/mine", "p/<str:code>",
)  # fmt: skip
"""The public page: open to everybody, whatever city they belong to, so a city's own name stands there; nothing else of it does."""

OF_A_SHIFT = (
    "desk/shift/<uuid:handover_id>", "desk/shift/<uuid:handover_id>/print", "desk/shift/<uuid:handover_id>/take",
)  # fmt: skip
"""Pages that name a shift that was handed over."""

OF_AN_IMPORT = (
    "desk/data/imports/<uuid:run_id>", "desk/data/imports/<uuid:run_id>/report.xlsx", "desk/data/imports/<uuid:run_id>/bad.geojson",
    "desk/data/imports/<uuid:run_id>/<str:what>", "desk/data/imports/<uuid:run_id>/rows",
)  # fmt: skip
"""Pages that name an import."""

OF_STREET_VIEW = (
    "desk/data/streetview/<uuid:run_id>", "desk/data/streetview/<uuid:run_id>/report.xlsx", "desk/data/streetview/<uuid:run_id>/<str:what>",
    "streetview/<int:view_id>.json", "streetview/<int:view_id>/<str:what>",
    "streetview/<int:view_id>/<int:level>/<int:col>/<int:row>.jpg",
)  # fmt: skip
"""Pages that name an import of street view, and the addresses of a picture of it."""

OF_A_GROUND = (
    "desk/data/grounds/<uuid:ground_id>", "desk/data/grounds/<uuid:ground_id>/picture", "desk/data/grounds/<uuid:ground_id>/<str:what>",
    "rasters/<uuid:raster_id>/<str:zoom>/<str:x>/<str:y>.<str:form>",
    "basemaps/<uuid:basemap_id>/<str:sheet>/<str:zoom>/<str:x>/<str:y>",
)  # fmt: skip
"""Addresses that name a picture or a basemap under the map."""

OF_A_DRAFT = (
    "desk/data/grids/<int:draft_id>", "desk/data/grids/<int:draft_id>/shapes", "desk/data/grids/<int:draft_id>/state",
    "desk/data/grids/<int:draft_id>/change", "desk/data/grids/<int:draft_id>/publish", "desk/data/grids/<int:draft_id>/drop",
)  # fmt: skip
"""Pages that name a draft of a division."""

NUMBERED = (
    "desk/exports/<uuid:id>", "desk/exports/<uuid:id>.xlsx", "desk/search/saved/<int:id>/delete", "desk/routing/<int:id>",
    "desk/routing/<int:id>/<str:what>", "desk/routing/<int:id>/rules.<str:what>", "desk/routing/<int:id>/rules/<int:id>",
    "desk/routing/<int:id>/trials/<int:id>", "map/themes/<int:id>",
)  # fmt: skip
"""Pages that name something by an id of its own city or person: nobody else's stands there."""

OF_A_PART = (
    "desk/parts/<str:code>", "desk/parts/<str:code>/edit", "desk/parts/<str:code>/gone", "desk/parts/<str:code>/photos",
    "desk/parts/<str:code>/label.svg", "desk/parts/<str:code>/propose", "desk/parts/<str:code>/changes/<int:change_id>/undo",
    "desk/parts/surveys/<uuid:survey_id>", "desk/parts/surveys/<uuid:survey_id>/close",
    "desk/parts/exports/<uuid:export_id>", "desk/parts/exports/<uuid:export_id>/file",
    "map/exports/<uuid:export_id>", "map/exports/<uuid:export_id>/file",
)  # fmt: skip
"""Pages that name a part, a survey or somebody's export."""

SENT = (
    "desk/data/grids/areas/choose",
    "desk/parts/export", "desk/parts/proposals/decide", "map/exports", "map/statistics",
    "desk/report/favourite", "desk/notices/read", "desk/me/post", "looks", "desk/search/saved", "desk/search/export",
    "desk/grant", "desk/data/imports/grant", "desk/data/streetview/grant", "desk/data/grounds/grant", "desk/routing/file", "demo/enter", "demo/morning", "demo/pace", "demo/storm", "demo/watch",
)  # fmt: skip
"""Addresses that only take forms."""


def _named(page: str) -> str:
    """Return an address with its ids under one name, and what else is named in it under another."""
    return re.sub(r"<str:\w+>", "<str:what>", re.sub(r"<(uuid|int):\w+>", r"<\1:id>", page))


@pytest.mark.long
def test_no_page_crosses_a_border(both: tuple[City, City], client: Client) -> None:
    known = set(_patterns(get_resolver().url_patterns))
    pages = {page for page in known if not page.startswith(("console/", "api/v1/"))}
    pages = {
        _named(page)
        if "desk/exports/" in page or "saved/" in page or "routing/<" in page or "themes/<" in page
        else page
        for page in pages
    }
    assert pages - OPEN_TO_ALL == {
        *NUMBERED,
        "media/<uuid:id>/<slug:variant>",
        *MAP,
        *OPEN_DATA,
        *DESK,
        *OF_A_CASE,
        *OF_A_SHIFT,
        *OF_A_DRAFT,
        *OF_A_PART,
        *OF_AN_IMPORT,
        *OF_STREET_VIEW,
        *OF_A_GROUND,
        *SENT,
        *PUBLIC,
    }, "tell this test how to walk a new page"
    for ours, theirs in (both,):
        for post in POSTS if ours.code == HERE else ASKING:
            client.force_login(get_user_model().objects.get(pk=ours.people[post]))
            for page in OPEN_TO_ALL:
                for query in ({}, {"jurisdiction": theirs.code}):
                    answer = client.get(f"/{page}", query)
                    assert theirs.mark not in _told(answer), f"{post} of {ours.code}: /{page} {query}"
                    assert answer.status_code < 500, page
            assert client.get("/map/style/light.json").status_code == 200
            for zoom in (9, 13, 17):
                at = Tile.around(LON[theirs.code] + 0.005, 30.005, zoom)
                tile = client.get(f"/tiles/{PRIVATE_LAYERS}/{at.zoom}/{at.x}/{at.y}.mvt")
                assert tile.status_code in {200, 204}
                assert theirs.code.encode() not in tile.content, f"{post} of {ours.code}: tile {zoom}"
                assert theirs.mark.encode() not in tile.content
            at = Tile.around(LON[theirs.code] + 0.005, 30.005, 14)
            for pattern in OPEN_DATA if post in ASKING else ():
                page = pattern.replace("<str:layer>", "parts").replace("<str:tilematrixset>", "GoogleMapsCompatible")
                page = page.replace("<str:tilematrix>", "3").replace("<str:tilerow>", "3").replace("<str:tilecol>", "6")
                page = (
                    page.replace("<str:style>", "light")
                    .replace("<str:scheme>", "WebMercatorQuad")
                    .replace("<str:theme>", "light")
                )
                page = page.replace("<str:zoom>/<str:row>/<str:column>", f"{at.zoom}/{at.y}/{at.x}")
                rows = "<str:name>" in page and ("/items" in page or page.endswith(str(at.x)))
                for layer in PRIVATE_LAYERS.split(",") if rows else ("parts",):
                    asked = page.replace("<str:name>", layer).replace("<str:key>", theirs.number)
                    queries = [{"datetime": "../..", "f": form} for form in ("html", "json")]
                    for query in queries if asked.endswith("/items") else ({},):
                        answer = client.get(f"/{asked}", query)
                        assert answer.status_code < 500, asked
                        told = _told(answer)
                        assert theirs.mark not in told, f"{post} of {ours.code}: /{asked}"
                        assert theirs.number not in told.replace(asked, ""), f"{post} of {ours.code}: /{asked}"
            for page in DESK:
                for query in ({}, {"jurisdiction": theirs.code, "number": theirs.number, "cursor": theirs.number}):
                    answer = client.get(f"/{page}", query)
                    # Whatever was asked for stands in its field again: the number alone.
                    assert theirs.mark not in _told(answer), f"{post} of {ours.code}: /{page} {query}"
                    assert answer.status_code < 500, page
            for pattern in NUMBERED:
                here = str(theirs.file) if "<uuid" in pattern else "1"
                page = re.sub(r"<(?:uuid|int):id>", here, pattern).replace("<str:what>", "xlsx")
                for answer in (client.get(f"/{page}"), client.post(f"/{page}", {"jurisdiction": theirs.code})):
                    assert answer.status_code < 500, page
                    assert theirs.mark not in _told(answer), f"{post} of {ours.code}: /{page}"
            for pattern in OF_A_CASE:
                page = pattern.replace("<str:number>", theirs.number).replace("<str:action>", "note")
                assert client.get(f"/{page}").status_code in {*REFUSED, 405}  # some take forms alone
                assert client.post(f"/{page}", {"key": str(theirs.file)}).status_code in {*REFUSED, 405}
            for pattern in PUBLIC:
                page = pattern.replace("<str:code>", theirs.code).replace("<str:typed>", theirs.number)
                there = {"class": MATTER, "lon": LON[theirs.code] + 0.005, "lat": 30.005, "same": theirs.number}
                for query in ({}, there):
                    for answer in (
                        client.get(f"/{page}", query),
                        client.post(f"/{page}", {"satisfaction": "not", **query}),
                    ):
                        assert theirs.mark not in _told(answer).replace(f"{theirs.mark}市", ""), (
                            f"{post}: /{page} {query}"
                        )
                        said = _told(answer).replace(f"same={theirs.number}", "").replace(f'"{theirs.number}"', "")
                        assert theirs.number not in said.replace(f"/{theirs.number}", ""), page
                        assert answer.status_code < 500, page

            for pattern in OF_A_SHIFT:
                page = pattern.replace("<uuid:handover_id>", str(theirs.shift))
                assert client.get(f"/{page}").status_code in {*REFUSED, 405}
                assert client.post(f"/{page}").status_code in {*REFUSED, 405}
            for pattern in OF_A_PART:
                page = pattern.replace("<str:code>", theirs.part).replace("<int:change_id>", "1")
                page = re.sub(r"<uuid:\w+>", str(theirs.survey), page)
                for answer in (client.get(f"/{page}"), client.post(f"/{page}", {"state": "lost", "note": "x"})):
                    assert answer.status_code in {*REFUSED, 405}, f"{post}: /{page}"
                    assert theirs.mark not in _told(answer), page
            for pattern in OF_A_DRAFT:
                page = pattern.replace("<int:draft_id>", str(theirs.draft))
                for answer in (client.get(f"/{page}"), client.post(f"/{page}", {"day": "2199-01-01"})):
                    assert answer.status_code in {*REFUSED, 405}, page
            for pattern in OF_AN_IMPORT:
                page = pattern.replace("<uuid:run_id>", str(theirs.imported)).replace("<str:what>", "drop")
                assert client.get(f"/{page}").status_code in {*REFUSED, 405}
                assert client.post(f"/{page}").status_code in {*REFUSED, 405}
            for pattern in OF_STREET_VIEW:
                page = pattern.replace("<uuid:run_id>", str(theirs.street)).replace("<int:view_id>", str(theirs.view))
                for what in ("small", "picture", "undo"):
                    asked = re.sub(r"<int:\w+>", "0", page).replace("<str:what>", what)
                    for answer in (client.get(f"/{asked}"), client.post(f"/{asked}")):
                        assert answer.status_code in {*REFUSED, 405}, f"{post} of {ours.code}: /{asked}"
            for pattern in OF_A_GROUND:
                page = pattern.replace("<str:what>", "delete").replace("<str:zoom>/<str:x>/<str:y>", "3/6/3")
                page = page.replace("<str:sheet>", "map").replace("<str:form>", "webp")
                for ground in (theirs.raster, theirs.basemap):
                    asked = re.sub(r"<uuid:\w+>", str(ground), page)
                    assert client.get(f"/{asked}").status_code in {*REFUSED, 405}, f"{post}: /{asked}"
                    assert client.post(f"/{asked}").status_code in {*REFUSED, 405}, f"{post}: /{asked}"
            assert theirs.mark not in client.get("/map/grounds.json").content.decode()
            for page in SENT:
                told = {"post": f"{theirs.code}/sysadmin//", "upto": "9" * 9, "next": f"//{theirs.mark}.example/"}
                answer = client.post(f"/{page}", told)
                assert answer.status_code < 500, page
                assert theirs.mark not in answer.headers.get("Location", ""), page
            there = {"lon": LON[theirs.code] + 0.005, "lat": 30.005}
            assert client.get("/map/where", there).status_code == 404
            assert client.get("/streetview/near", there).json() == {"view": None}
            for words in (theirs.mark * 2, f"{theirs.mark}acceptor", f"{theirs.mark}citizen"):
                assert client.get("/map/find", {"q": words}).json() == {"items": []}
            lon = LON[theirs.code]
            around = {"type": "Point", "coordinates": [lon + 0.005, 30.005]}
            counted = client.post("/map/statistics", {"area": around, "buffer_m": 900}, "application/json").json()
            assert not any(layer["count"] for layer in counted["layers"]), f"{post} of {ours.code}"
            heat = client.get(
                "/map/heat.json", {"bbox": f"{lon},30,{lon + 0.01},30.01", "since": "2026-01-01", "until": "2026-12-31"}
            )
            assert heat.json()["cells"] == [], f"{post} of {ours.code}"
            for variant in ("original", "public", "large", "small"):
                assert client.get(f"/media/{theirs.file}/{variant}").status_code in REFUSED
            own = media.link(ours.file, "small")
            forged = own.replace(str(ours.file), str(theirs.file))
            assert client.get(forged).status_code in REFUSED, "a signature is of one file"


# --- the console


def _other_rows(model: Any, table_: Any, theirs: City) -> list[Any]:
    """Return rows of the other city, as many as show that they are refused."""
    if not isinstance(table_, ScopedAdmin):
        return []
    rows = model.objects.order_by("pk")[:2000]
    return [row for row in rows if table_.jurisdiction_of(row) == theirs.code][:3]


@pytest.mark.long
def test_no_table_of_the_console_crosses_a_border(both: tuple[City, City], client: Client) -> None:
    walked = 0
    for ours, theirs in (both,):
        queries = ({}, {"city": theirs.code}, {"jurisdiction": theirs.code, "q": theirs.mark})
        posts = ("sysadmin", "data_admin") if ours.code == HERE else ("sysadmin",)
        for post in posts:
            client.force_login(get_user_model().objects.get(pk=ours.people[post]))
            for model, table_ in admin.site._registry.items():
                name = f"{model._meta.app_label}_{model._meta.model_name}"
                for page in ("changelist", "add"):
                    for query in queries if page == "changelist" else queries[:1]:
                        answer = client.get(reverse(f"admin:{name}_{page}"), query, follow=True)
                        where = f"{post} of {ours.code}: {page} of {name} {query}"
                        assert answer.status_code < 500, where
                        told = _told(answer).replace(f'value="{theirs.mark}"', "")  # what was searched for
                        assert theirs.mark not in told, where
                for row in _other_rows(model, table_, theirs):
                    walked += 1
                    for page in ("change", "history", "delete"):
                        address = reverse(f"admin:{name}_{page}", args=[row.pk])
                        for answer in (client.get(address), client.post(address, {"post": "yes"})):
                            assert answer.status_code in {*REFUSED, 302}, f"{address}: {answer.status_code}"
                            assert theirs.mark not in _told(answer), address
                    assert model.objects.filter(pk=row.pk).exists()
            for query in (
                {"s": theirs.mark},
                {"term": theirs.mark, "app_label": "organisation", "model_name": "appointment", "field_name": "user"},
            ):
                for page in ("admin:search", "admin:autocomplete"):
                    told = _told(client.get(reverse(page), query))
                    assert theirs.mark not in told.replace(f"“{theirs.mark}”", ""), page
    assert walked > 15 * len(posts)
