"""What each address of the open data answers: forms, refusals, marks, and for whom it is."""

import base64
import gzip
import io
import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation
from PIL import Image

from cast import CITY, NOW
from cityloop.onemap.rules import Tile
from cityloop.organisation import actions
from cityloop.site.ogc import who
from open_town import PARTS, Town, make_town
from vector_tiles import read

pytestmark = pytest.mark.django_db
WFS = "/ogc/wfs"
BASIC = {"service": "WFS", "version": "2.0.0"}


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    for place in ("cityloop.kernel.clock", "cityloop.organisation.queries.viewers"):
        monkeypatch.setattr(f"{place}.machine_now", lambda: NOW)
    monkeypatch.setattr(who, "machine_now", lambda: NOW)
    with translation.override("en"):
        yield make_town()


def token(town: Town, person: str, *scopes: str) -> dict[str, str]:
    made = actions.issue_token(town.cast[person], f"{person} {scopes}", now=NOW, scopes=scopes)
    return {"HTTP_AUTHORIZATION": f"Bearer {made}"}


def names(client: Client, **head: str) -> list[str]:
    return [one["id"] for one in client.get("/ogc/collections", **head).json()["collections"]]


def test_who_asks_decides_which_collections_there_are(town: Town, client: Client) -> None:
    ground = ["areas", "buildings", "pois", "roads"]
    everything = [
        "addresses",
        "areas",
        "buildings",
        "cases",
        "duty_grids",
        "evaluation_grids",
        "extension_grids",
        "management_grids",
        "parts",
        "pois",
        "regions",
        "roads",
        "unit_grids",
    ]
    assert names(client) == ground
    assert names(client, **token(town, "dispatcher", "read")) == everything
    assert names(client, **token(town, "dispatcher", "write")) == everything
    geodata = token(town, "dispatcher", "geodata")
    assert names(client, **geodata) == [name for name in everything if name != "cases"]
    assert client.get("/ogc/collections/cases/items", **geodata).status_code == 404
    assert client.get("/ogc/collections/cases/tiles/WebMercatorQuad/10/0/0", **geodata).status_code == 404
    assert client.get("/api/v1/cases", **geodata).status_code == 403
    assert names(client, **token(town, "citizen", "read")) == ground
    plain = geodata["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    basic = base64.b64encode(f"anybody:{plain}".encode()).decode()
    assert "parts" in names(client, HTTP_AUTHORIZATION=f"Basic {basic}")
    for wrong in ("Bearer cl_nothing", "Basic x", "Digest y", "Bearer"):
        refused = client.get("/ogc/collections", HTTP_AUTHORIZATION=wrong)
        assert refused.status_code == 401
        assert "Basic" in refused["WWW-Authenticate"]
    client.force_login(get_user_model().objects.get(pk=town.cast["dispatcher"]))
    assert names(client) == everything


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"), ({"limit": "x"}, "limit"), ({"bbox": "1,2,3"}, "bbox"), ({"bbox": "1,2,nan,4"}, "bbox"),
        ({"bbox": "1,200,3,300"}, "bbox"), ({"datetime": "tomorrow"}, "datetime"), ({"datetime": "2026-02-01/2026-01-01"}, "datetime"),
        ({"nmae": "x"}, "nmae"), ({"height_m": "tall"}, "height_m"), ({"crs": "EPSG:2"}, "crs"), ({"bbox": "1,2,3,4", "bbox-crs": "x"}, "bbox-crs"),
        ({"filter": "name ="}, "filter"), ({"filter": "name = 'a'; DROP TABLE places_building"}, "filter"),
        ({"filter": "1=1) OR (1=1"}, "filter"), ({"filter": "name = 'a' UNION SELECT 1"}, "filter"), ({"filter": "pg_sleep(9) = 1"}, "filter"),
        ({"filter": "kind = 'x", "filter-lang": "cql2-text"}, "filter"), ({"filter": "x", "filter-lang": "ecql"}, "filter-lang"),
        ({"cursor": "abc"}, "cursor"), ({"name": "a\0b"}, "name"), ({"filter": "S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))"}, "filter"),
        ({"offset": "99999999999"}, "offset"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_its_name(client: Client, query: dict[str, str], field: str) -> None:
    refused = client.get("/ogc/collections/buildings/items", query)
    assert refused.status_code == 400, refused.content
    assert refused["Content-Type"] == "application/problem+json"
    body = refused.json()
    assert body["code"] == "InvalidParameterValue"
    assert body["description"]
    assert [one["field"] for one in body["faults"]] == [field]


def test_a_page_is_geojson_with_its_links_and_its_mark(town: Town, client: Client) -> None:
    head = token(town, "dispatcher", "read")
    first = client.get("/ogc/collections/parts/items", {"limit": "30", "state": "intact"}, **head)
    body = first.json()
    assert first["Content-Type"] == "application/geo+json"
    assert first["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert (body["numberReturned"], body["numberMatched"], len(body["features"])) == (30, PARTS, 30)
    [further] = [one["href"] for one in body["links"] if one["rel"] == "next"]
    assert further.startswith("http://testserver/ogc/collections/parts/items?")
    second = client.get(further.removeprefix("http://testserver"), **head).json()
    assert second["numberMatched"] == PARTS
    assert len(second["features"]) == PARTS - 30
    assert "next" not in {one["rel"] for one in second["links"]}
    again = client.get(
        "/ogc/collections/parts/items", {"limit": "30", "state": "intact"}, HTTP_IF_NONE_MATCH=first["ETag"], **head
    )
    assert (again.status_code, again.content) == (304, b"")
    packed = client.get("/ogc/collections/parts/items", {"limit": "30"}, HTTP_ACCEPT_ENCODING="gzip", **head)
    assert packed["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(packed.content))["features"]) == 30
    bare = client.head("/ogc/collections/parts/items", **head)
    assert (bare.status_code, bare.content) == (200, b"")
    assert int(bare["Content-Length"]) > 1000


def test_only_what_everybody_may_read_is_open_to_scripts_of_other_sites(town: Town, client: Client) -> None:
    assert client.get("/ogc/collections/roads/items")["Access-Control-Allow-Origin"] == "*"
    assert client.options("/ogc/collections/roads/items").status_code == 204
    assert "Access-Control-Allow-Origin" not in client.get(
        "/ogc/collections/roads/items", **token(town, "dispatcher", "read")
    )
    client.force_login(get_user_model().objects.get(pk=town.cast["dispatcher"]))
    shown = client.get("/ogc/collections/parts/items")
    assert shown.status_code == 200
    assert "Access-Control-Allow-Origin" not in shown
    assert "Access-Control-Allow-Credentials" not in shown


def test_programs_get_json_and_browsers_a_page(town: Town, client: Client) -> None:
    head = token(town, "dispatcher", "read")
    key = client.get("/ogc/collections/unit_grids/items", **head).json()["features"][0]["id"]
    for page in (
        "",
        "/api",
        "/conformance",
        "/collections",
        "/collections/parts",
        "/collections/parts/items",
        f"/collections/unit_grids/items/{key}",
    ):
        address = f"/ogc{page}"
        assert "json" in client.get(address, HTTP_ACCEPT="*/*", **head)["Content-Type"]
        for more in ({"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}, {"QUERY_STRING": "f=html"}):
            shown = client.get(address, **more, **head)
            assert shown["Content-Type"].startswith("text/html"), address
            assert b"{{" not in shown.content
    assert client.get("/ogc", HTTP_ACCEPT="image/png").status_code == 406
    assert client.get("/ogc", {"f": "xml"}).status_code == 400
    assert client.post("/ogc").status_code == 405


def test_tiles_tile_sets_and_styles_belong_together(town: Town, client: Client) -> None:
    head = token(town, "dispatcher", "geodata")
    told = client.get("/tiles/parts.json", **head).json()
    assert told["tilejson"] == "3.0.0"
    assert told["bounds"] == pytest.approx([120.0, 30.0, 120.01, 30.01], abs=0.002)
    at = Tile.around(120.002, 30.003, 18)
    address = told["tiles"][0].format(z=at.zoom, x=at.x, y=at.y).removeprefix("http://testserver")
    shown = client.get(address, **head)
    assert shown["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert read(shown.content)["parts"]
    assert client.get(address).status_code == 404
    told_set = client.get("/ogc/collections/parts/tiles/WebMercatorQuad", **head).json()
    assert [one["templated"] for one in told_set["links"] if one["rel"] == "item"] == [True]
    style = client.get("/ogc/styles/dark", **head).json()
    assert set(style["sources"]) == set(names(client, **head))
    assert {one.get("source-layer") for one in style["layers"]} >= set(style["sources"])
    assert all(source["url"].startswith("http://testserver/ogc/") for source in style["sources"].values())
    assert set(client.get("/ogc/styles/light").json()["sources"]) == {"areas", "buildings", "pois", "roads"}
    assert client.get("/ogc/styles/pink").status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "MissingParameterValue"),
        ({"request": "Transaction"}, "OperationNotSupported"),
        ({"request": "GetFeature"}, "MissingParameterValue"),
        ({"request": "GetFeature", "typenames": "city:cases"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "count": "-1"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "bbox": "1,2"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "filter": "<!DOCTYPE x><x/>"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "filter": "<x>"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "outputformat": "dxf"}, "InvalidParameterValue"),
        ({"request": "GetFeature", "typenames": "roads", "sortby": "name"}, "InvalidParameterValue"),
        ({"service": "WMS", "request": "GetCapabilities"}, "InvalidParameterValue"),
    ],
)
def test_wfs_refuses_in_its_own_words(client: Client, query: dict[str, str], code: str) -> None:
    refused = client.get(WFS, {**BASIC, **query})
    assert refused.status_code == 400
    exception = ET.fromstring(refused.content)[0]
    assert exception.get("exceptionCode") == code


def test_wfs_gives_gml_and_geojson_of_what_is_seen(town: Town, client: Client) -> None:
    head = token(town, "dispatcher", "read")
    asked = {**BASIC, "request": "GetFeature", "TypeNames": "city:parts"}
    hits = ET.fromstring(client.get(WFS, {**asked, "resulttype": "hits"}, **head).content)
    assert (hits.get("numberMatched"), hits.get("numberReturned")) == (str(PARTS), "0")
    page = ET.fromstring(client.get(WFS, {**asked, "count": "2"}, **head).content)
    assert "STARTINDEX=2" in str(page.get("next"))
    position = next(page.iter("{http://www.opengis.net/gml/3.2}pos"))
    assert position.text == "30.003 120.0005"
    told = client.get(WFS, {**asked, "outputformat": "application/json", "bbox": "30,120,30.01,120.001"}, **head).json()
    assert told["numberMatched"] == 6
    assert told["features"][0]["geometry"]["coordinates"] == [120.0005, 30.003]
    key = told["features"][0]["id"]
    one = client.get(WFS, {**asked, "resourceid": f"parts.{key}", "outputformat": "geojson"}, **head).json()
    assert [feature["id"] for feature in one["features"]] == [key]
    equal = (
        '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0"><fes:And><fes:PropertyIsEqualTo><fes:ValueReference>city:state</fes:ValueReference>'
        "<fes:Literal>intact</fes:Literal></fes:PropertyIsEqualTo><fes:Not><fes:PropertyIsEqualTo><fes:Literal>99010101001000001</fes:Literal>"
        "<fes:ValueReference>code</fes:ValueReference></fes:PropertyIsEqualTo></fes:Not></fes:And></fes:Filter>"
    )
    assert (
        client.get(WFS, {**asked, "filter": equal, "outputformat": "geojson"}, **head).json()["numberMatched"]
        == PARTS - 1
    )
    lines = client.get(WFS, {**BASIC, "request": "GetFeature", "typenames": "buildings", "srsname": "EPSG:3857"})
    assert f"{CITY}&lt;学校&gt; &amp;" in lines.content.decode()
    assert b"EPSG::3857" in lines.content


def test_wmts_draws_the_tile_that_others_get_as_vectors(town: Town, client: Client) -> None:
    head = token(town, "dispatcher", "geodata")
    told = client.get("/ogc/wmts", {"SERVICE": "WMTS", "REQUEST": "GetCapabilities"}, **head)
    layers = [
        one.text
        for one in ET.fromstring(told.content).iter("{http://www.opengis.net/wmts/1.0}Layer")
        for one in one.findall("{http://www.opengis.net/ows/1.1}Identifier")
    ]
    assert layers == names(client, **head)

    def picture(layer: str, style: str = "light", zoom: int = 15, **more: str) -> Image.Image:
        at = Tile.around(120.002, 30.002 if zoom == 15 else 30.003, zoom)
        shown = client.get(f"/ogc/wmts/{layer}/{style}/GoogleMapsCompatible/{at.zoom}/{at.y}/{at.x}.png", **more)
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/png"), shown.content
        return Image.open(io.BytesIO(shown.content))

    water = picture("areas")
    assert water.size == (256, 256)
    assert (0xCF, 0xE3, 0xF1, 255) in {colour for _count, colour in water.getcolors(70_000) or []}
    assert picture("areas", "dark").tobytes() != water.tobytes()
    assert picture("parts", zoom=18, **head).getbbox()
    for query, code in (
        (
            {
                "request": "GetTile",
                "layer": "parts",
                "tilematrixset": "GoogleMapsCompatible",
                "tilematrix": "3",
                "tilerow": "1",
                "tilecol": "1",
            },
            "InvalidParameterValue",
        ),
        (
            {
                "request": "GetTile",
                "layer": "roads",
                "tilematrixset": "GoogleMapsCompatible",
                "tilematrix": "3",
                "tilerow": "9",
                "tilecol": "1",
            },
            "TileOutOfRange",
        ),
        ({"request": "GetTile", "layer": "roads"}, "MissingParameterValue"),
        ({"request": "GetFeatureInfo"}, "OperationNotSupported"),
    ):
        refused = client.get("/ogc/wmts", query)
        assert refused.status_code == 400
        assert ET.fromstring(refused.content)[0].get("exceptionCode") == code
