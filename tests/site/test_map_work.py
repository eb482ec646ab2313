"""What lies in an area, and rows as files: as the page asks for them."""

import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from cast import CITY, OTHER_CITY, SINCE, Cast, city_cast, make_person  # noqa: F401
from cityloop.assets.choices import PartState
from cityloop.assets.models import Part
from cityloop.geography.models import DutyGrid
from cityloop.kernel.errors import Unavailable
from cityloop.onemap import models, within
from cityloop.onemap.export import geopackage
from cityloop.onemap.queries import named
from cityloop.onemap.rules.areas import drawn_area
from cityloop.site import map_exports, map_work
from map_town import LAT, LON, at_the_hour, look, signed_in, town  # noqa: F401

pytestmark = pytest.mark.django_db

WHOLE = {
    "type": "Polygon",
    "coordinates": [[[119.99, 29.99], [120.03, 29.99], [120.03, 30.02], [119.99, 30.02], [119.99, 29.99]]],
}
JSON = "application/json"


def counted(client: Client, area: Any, **more: Any) -> dict[str, dict[str, Any]]:
    answer = client.post("/map/statistics", {"area": area, **more}, JSON)
    assert answer.status_code == 200, answer.content
    return {layer["name"]: layer for layer in answer.json()["layers"]}


def lines(layer: dict[str, Any], name: str) -> dict[str, int]:
    [group] = [one for one in layer["groups"] if one["name"] == name]
    return {line["value"]: line["count"] for line in group["lines"]}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Any:
    """The worker writes at once what was asked for."""
    monkeypatch.setattr(map_exports, "_begin", map_exports.run_export)

    def take(client: Client, **asked: Any) -> tuple[dict[str, Any], bytes]:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/map/exports", asked, JSON)
        assert answer.status_code == 200, answer.content
        told = client.get(answer.json()["address"]).json()
        body = b"".join(client.get(told["file"]).streaming_content) if told["file"] else b""
        return told, body

    return take


# --- what lies in an area


def test_an_area_tells_what_lies_in_it_by_class_and_by_measure(town: Cast) -> None:  # noqa: F811
    found = counted(signed_in(town, "dispatcher"), WHOLE)
    assert found["parts"]["count"] == 80
    assert lines(found["parts"], "class") == {"01001": 80}
    assert (
        found["cases"]["count"]
        == sum(lines(found["cases"], "light").values())
        == sum(lines(found["cases"], "class").values())
    )
    assert found["cases"]["count"] > 1
    assert found["unit_grids"]["count"] == 20
    assert found["roads"]["count"] == 4
    one_road = 965.1  # 0.01° along the parallel of 30.004°, on the ellipsoid
    assert found["roads"]["size"] == pytest.approx(4 * one_road, rel=1e-3)
    assert found["areas"]["size"] == pytest.approx(2 * one_road * 221.7, rel=2e-3)
    assert lines(found["areas"], "kind") == {"water": 2}


def test_only_the_piece_within_is_measured(town: Cast) -> None:  # noqa: F811
    half = {
        "type": "Polygon",
        "coordinates": [[[120, 30.003], [120.005, 30.003], [120.005, 30.0045], [120, 30.0045], [120, 30.003]]],
    }
    found = counted(signed_in(town, "dispatcher"), half)
    assert found["roads"]["count"] == 1
    assert found["roads"]["size"] == pytest.approx(965.1 / 2, rel=1e-3)


def test_a_buffer_is_of_metres_on_the_ground(town: Cast) -> None:  # noqa: F811
    client = signed_in(town, "dispatcher")
    told = client.post(
        "/map/statistics", {"area": {"type": "Point", "coordinates": [LON, LAT]}, "buffer_m": 100}, JSON
    ).json()
    assert told["m2"] == pytest.approx(3.14159 * 100**2, rel=2e-3)
    assert told["border_m"] == pytest.approx(628.3, rel=2e-3)
    line = {"type": "LineString", "coordinates": [[120.0005, 30.003], [120.0015, 30.003]]}
    assert counted(client, line, buffer_m=1)["parts"]["count"] == 11


def test_each_number_leads_to_its_list(town: Cast) -> None:  # noqa: F811
    client = signed_in(town, "dispatcher")
    found = counted(client, WHOLE)
    for layer in ("parts", "cases"):
        addresses = [
            found[layer]["list"],
            *(line["list"] for group in found[layer]["groups"] for line in group["lines"]),
        ]
        assert sum(map(bool, addresses)) > 2
        for address in filter(None, addresses):
            assert client.get(address).status_code == 200, address
    state = next(group for group in found["cases"]["groups"] if group["name"] == "state")["lines"][0]
    page = client.get(state["list"]).content.decode()
    numbers = set(models_of_cases(town, state["value"]))
    assert numbers
    assert all(number in page for number in numbers)


def models_of_cases(cast: Cast, state: str) -> list[str]:
    from cityloop.cases.layers import visible_on_map

    rows = visible_on_map(look(cast, "dispatcher").viewer, [CITY]).filter(state=state)
    return list(rows.values_list("number", flat=True))


def test_too_many_are_counted_by_cells_and_it_is_the_same_number(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    sight = look(town, "dispatcher")
    [parts] = named(["parts"])
    for shape in (
        WHOLE,
        {
            "type": "Polygon",
            "coordinates": [[[120.0007, 30.0021], [120.0064, 30.0025], [120.0052, 30.0047], [120.0007, 30.0021]]],
        },
    ):
        area = within.area_of(drawn_area(shape))
        exact = within.within(parts, sight, area)
        with monkeypatch.context() as few:
            few.setattr(within, "MOST_ROWS", 3)
            by_cells = within.within(parts, sight, area)
        assert by_cells.count == exact.count > 3
        assert exact.groups
        assert not by_cells.groups


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param({"area": None}, 422, id="no area"),
        pytest.param({"area": {"type": "Point", "coordinates": [120, 30]}}, 422, id="a point without metres"),
        pytest.param([1], 422, id="no object"),
        pytest.param({"area": WHOLE, "buffer_m": "x"}, 422, id="no metres"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(town: Cast, sent: Any, status: int) -> None:  # noqa: F811
    answer = signed_in(town, "dispatcher").post("/map/statistics", sent, JSON)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_of_another_day_the_state_of_today_is_not_told(town: Cast) -> None:  # noqa: F811
    client = signed_in(town, "dispatcher")
    told = client.post("/map/statistics?day=2021-05-01", {"area": WHOLE}, JSON).json()
    found = {layer["name"]: layer for layer in told["layers"]}
    assert found["parts"]["count"] == 80
    assert [group["name"] for group in found["parts"]["groups"]] == ["class"]
    assert found["cases"]["count"] == 0


# --- files


def test_geojson_is_taken_with_a_filter(town: Cast, files: Any) -> None:  # noqa: F811
    broken = Part.objects.filter(jurisdiction=CITY)[:3]
    for part in broken:
        Part.objects.filter(pk=part.pk).update(state="damaged")
    asked = {"form": "geojson", "layers": ["parts"], "area": WHOLE, "only": {"parts": {"state": "damaged"}}}
    told, body = files(signed_in(town, "dispatcher"), **asked)
    assert {one["properties"]["code"] for one in json.loads(body)["features"]} == {part.code for part in broken}
    assert (told["rows"], told["total"], told["failure"]) == (3, 3, "")
    told, body = files(signed_in(town, "dispatcher"), form="geojson", layers=["parts", "roads"], area=WHOLE)
    with zipfile.ZipFile(io.BytesIO(body)) as whole:
        counts = {name: len(json.loads(whole.read(name))["features"]) for name in whole.namelist()}
    assert counts == {"parts.geojson": 80, "roads.geojson": 4}


def test_a_geopackage_is_read_by_gdal(town: Cast, files: Any, tmp_path: Path) -> None:  # noqa: F811
    told, body = files(signed_in(town, "dispatcher"), form="gpkg", layers=["parts", "unit_grids", "cases", "pois"])
    path = tmp_path / "map.gpkg"
    path.write_bytes(body)
    read = (
        "import sys, json, pyogrio; "
        "print(json.dumps({name: [(i := pyogrio.read_info(sys.argv[1], layer=name))['features'], i['crs'], i['geometry_type'],"
        " list(map(str, i['dtypes'])), list(i['fields'])] for name, _kind in pyogrio.list_layers(sys.argv[1])}))"
    )
    # In a process of its own, as all that loads another GDAL.
    said = subprocess.run([sys.executable, "-c", read, str(path)], capture_output=True, text=True, check=True).stdout
    layers = json.loads(said)
    assert layers["parts"][:3] == [80, "EPSG:4490", "Unknown"]
    assert layers["unit_grids"][:3] == [20, "EPSG:4490", "MultiPolygon"]
    assert layers["pois"][0] == 0
    assert layers["cases"][0] > 1
    assert layers["cases"][4].index("reported_at") == [
        kind.startswith("datetime") for kind in layers["cases"][3]
    ].index(True)
    with sqlite3.connect(path) as database:
        assert {row[0] for row in database.execute("SELECT jurisdiction FROM parts")} == {CITY}
    assert told["rows"] == sum(layer[0] for layer in layers.values())


def test_a_workbook_holds_words_and_no_formula(town: Cast, files: Any) -> None:  # noqa: F811
    part = Part.objects.filter(jurisdiction=CITY).order_by("id")[0]
    Part.objects.filter(pk=part.pk).update(name='=HYPERLINK("http://x")')
    _told, body = files(signed_in(town, "dispatcher"), form="xlsx", layers=["parts", "roads"])
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    parts, roads = (book.get_sheet_by_index(number).to_python() for number in (0, 1))
    assert len(parts) == 81
    row = next(row for row in parts if row[0] == part.code)
    assert row[4] == '=HYPERLINK("http://x")'
    with translation.override("zh-hans"):
        assert row[5] == str(PartState.INTACT.label)
    assert (row[-3], row[-2]) == pytest.approx((part.geometry.x, part.geometry.y), abs=1e-6)
    with zipfile.ZipFile(io.BytesIO(body)) as raw:
        assert b"<f>" not in raw.read("xl/worksheets/sheet1.xml")
    assert roads[1][-1].startswith("MULTILINESTRING")


def test_a_file_is_for_whoever_asked(town: Cast, files: Any) -> None:  # noqa: F811
    _told, body = files(signed_in(town, "dispatcher"), form="geojson", layers=["parts"])
    assert body
    row = models.MapExport.objects.get()
    other = signed_in(town, "collector")
    assert other.get(f"/map/exports/{row.pk}").status_code == 404
    assert other.get(f"/map/exports/{row.pk}/file").status_code == 404


def test_what_somebody_may_no_longer_see_is_not_written(
    town: Cast,  # noqa: F811
    files: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(map_exports, "viewer_now", lambda _user: look(town, "citizen").viewer)
    told, body = files(signed_in(town, "dispatcher"), form="geojson", layers=["parts"])
    assert told["rows"] == 0
    assert json.loads(body)["features"] == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"form": "pdf", "layers": ["parts"]}, 422, id="another form"),
        pytest.param({"form": "gpkg", "layers": []}, 422, id="no layer"),
        pytest.param({"form": "gpkg", "layers": ["secrets"]}, 404, id="no such layer"),
        pytest.param(
            {"form": "gpkg", "layers": ["parts"], "only": {"parts": {"pg_sleep": "1"}}}, 422, id="no property"
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_at_once(town: Cast, asked: dict[str, Any], status: int) -> None:  # noqa: F811
    answer = signed_in(town, "dispatcher").post("/map/exports", asked, JSON)
    assert answer.status_code == status
    assert not models.MapExport.objects.exists()


def test_one_at_a_time_and_a_failure_says_why(town: Cast, files: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    client = signed_in(town, "dispatcher")
    monkeypatch.setattr("cityloop.onemap.export.workbook.MOST_ROWS", 10)
    told, body = files(client, form="xlsx", layers=["parts"])
    assert told["is_over"]
    assert "10" in told["failure"]
    assert body == b""
    monkeypatch.setattr(map_exports, "_begin", lambda _export_id: None)
    assert client.post("/map/exports", {"form": "gpkg", "layers": ["parts"]}, JSON).status_code == 200
    assert client.post("/map/exports", {"form": "gpkg", "layers": ["parts"]}, JSON).status_code == 409


def test_who_walks_a_grid_is_told_to_those_who_see_them(town: Cast) -> None:  # noqa: F811
    jurisdictions = {CITY: "1", OTHER_CITY: "2"}
    for code, name in jurisdictions.items():
        DutyGrid.objects.create(jurisdiction=code, code=f"R{code}001", name=name, valid_from=SINCE)
    make_person("walker", "collector", grid=f"R{CITY}001")
    make_person("their_walker", "collector", OTHER_CITY, grid=f"R{OTHER_CITY}001")
    both = [{"value": f"R{code}001", "words": name} for code, name in jurisdictions.items()]
    layers = [{"name": "duty_grids", "groups": [{"lines": both}]}]

    def told(who: str) -> list[tuple[str, list[str]]]:
        return [(one["name"], one["grids"]) for one in map_work._on_duty(look(town, who), layers)]

    assert told("dispatcher") == [("walker", ["1"])]
    assert told("their_acceptor") == [("their_walker", ["2"])]
    assert told("dept_clerk") == [], "a department's clerk sees their own people"


def test_a_writer_that_dies_at_once_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    layer = named(["parts"])[0]
    with translation.override("en"), pytest.raises(Unavailable, match="could not be written"):
        geopackage.write_geopackage(tmp_path / "a.gpkg", [(layer, iter([["{}" * 100_000]]))])
