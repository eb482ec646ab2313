"""The map's addresses: what each answer is, and that no tile shows a row that its reader's list would hide."""

import json
from datetime import timedelta

import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client

from cast import CITY, NOW, OTHER_CITY, Cast, city_cast  # noqa: F401
from cityloop.assets.actions import add_parts
from cityloop.assets.models import Part
from cityloop.assets.rules import NewPart
from cityloop.cases.models import Case
from cityloop.geography.models import UnitGrid
from cityloop.onemap import queries as onemap
from cityloop.onemap.rules import Look, Moment, Tile
from cityloop.organisation.queries import viewer_of
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from map_town import ALL, LAT, LON, SINCE, SOUTH, WEST, WHO, address, drawn, look, signed_in, tiles_over
from vector_tiles import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]


# --- rights


@pytest.mark.long
@pytest.mark.parametrize("zoom", [3, 9, 12, 14, 16, 17])
def test_no_tile_shows_a_row_that_its_readers_list_would_hide(town: Cast, zoom: int) -> None:
    for who in WHO:
        viewer = viewer_of(town[who] if who else None, NOW)
        listed = {
            "cases": set(Case.objects.visible_to(viewer).open().values_list("number", flat=True)),
            "parts": set(Part.objects.visible_to(viewer).values_list("code", flat=True)),
            "unit_grids": set(UnitGrid.objects.filter(jurisdiction__in=viewer.works_in).values_list("code", flat=True)),
        }
        counted = {"cases": 0, "parts": 0}
        for at in tiles_over(zoom):
            shown = drawn(town, who, at)
            for layer, column in (("cases", "number"), ("parts", "code"), ("unit_grids", "code")):
                assert shown.values(layer, column) <= listed[layer], f"{who}: {layer} in {at}"
            for layer in counted:
                counted[layer] += sum(one.values.get("count", 1) for one in shown[layer])
            for layer in ("regions", "duty_grids"):
                codes = shown.values(layer, "code")
                assert all(any(city in code for city in viewer.works_in) for code in codes), f"{who}: {layer}"
        assert counted["cases"] <= len(listed["cases"]), f"{who} counts hidden cases"
        if zoom >= 10:
            assert counted["parts"] == len(listed["parts"]), f"{who} counts other parts"


def test_whoever_sees_a_case_finds_it_on_the_map_and_nobody_else(town: Cast) -> None:
    at = Tile.around(LON, LAT, 12)
    seen = {who: sum(one.values["count"] for one in drawn(town, who, at, "cases")["cases"]) for who in WHO}
    assert seen["dispatcher"] == seen["leader"] == 3
    assert seen["dept_clerk"] == 1, "the one in its department's hands"
    assert seen["municipal_clerk"] == 0
    assert (seen["citizen"], seen[None]) == (0, 0), "one of the public knows of no clock"
    assert seen["their_duty_chief"] == seen["stranger"] == 1


def test_everybody_sees_the_ground_and_only_the_staff_see_more(town: Cast) -> None:
    at = Tile.around(LON, LAT, 15)
    for who in WHO:
        shown = drawn(town, who, at)
        assert shown.values("roads", "name") == {"990101路", "990101巷", "990102路", "990102巷"}
        assert bool(shown["unit_grids"]) == (who not in {None, "citizen"})


def test_a_part_that_was_taken_away_is_on_no_map_from_its_last_day_on(town: Cast) -> None:
    Part.objects.filter(code="99010101001000001").update(valid_to=NOW.date())
    Part.objects.filter(code="99010101001000002").update(valid_to=NOW.date() + timedelta(days=1))
    at = Tile.around(WEST + 0.0006, SOUTH + 0.003, 17)
    shown = drawn(town, "dispatcher", at).values("parts", "code")
    assert "99010101001000001" not in shown
    assert "99010101001000002" in shown


# --- what is in a tile


def test_a_case_is_shown_with_its_class_its_sign_and_its_light(town: Cast) -> None:
    [one] = drawn(town, "dept_clerk", Tile.around(LON, LAT, 16), "cases")["cases"]
    assert one.values["light"] in {"green", "yellow"}
    assert (one.values["symbol"], one.values["count"]) == ("manhole", 1)
    assert one.values["title"] == "Water-supply manhole cover"


def test_a_light_follows_the_citys_clock(town: Cast) -> None:
    case = Case.objects.exclude(due_at=None).filter(jurisdiction=CITY).order_by("id")[0]
    at = Tile.around(case.location.x, case.location.y, 17)
    lights = {}
    for after, name in (
        (timedelta(seconds=-1), "before"),
        (timedelta(seconds=1), "over"),
        (timedelta(days=99), "long over"),
    ):
        asked = look(town, "dispatcher")
        moment = Moment(CITY, case.due_at + after, NOW.date())
        late = Look(asked.viewer, (moment,), asked.everywhere, "en")
        shown = read(onemap.tile(onemap.named(["cases"]), at, late))
        lights[name] = next(one.values["light"] for one in shown["cases"] if one.values["number"] == case.number)
    assert lights == {"before": "yellow", "over": "red", "long over": "double_red"}


def test_far_away_cases_come_together_in_the_worst_light_among_them(town: Cast) -> None:
    [cluster] = drawn(town, "dispatcher", Tile.around(LON, LAT, 9), "cases")["cases"]
    assert cluster.values["count"] == 3
    assert "number" not in cluster.values
    Case.objects.filter(jurisdiction=CITY).update(due_at=NOW - timedelta(days=2), double_at=NOW - timedelta(days=1))
    [cluster] = drawn(town, "dispatcher", Tile.around(LON, LAT, 9), "cases")["cases"]
    assert cluster.values["light"] == "double_red"


def test_parts_are_counted_far_away_and_shown_close(town: Cast) -> None:
    at = Tile.around(WEST + 0.004, SOUTH + 0.003, 14)
    far = drawn(town, "dispatcher", at, "parts")["parts"]
    assert sum(one.values["count"] for one in far) == 80
    assert len(far) < 20
    close = [one for tile in tiles_over(17) for one in drawn(town, "dispatcher", tile, "parts")["parts"]]
    assert len(close) == 80, "each once, whatever tile it lies in"
    assert close[0].values["name"] == "Water-supply manhole cover"


def test_roads_come_by_class_and_a_name_stands_once(town: Cast) -> None:
    assert drawn(town, None, Tile.around(LON, LAT, 10)).values("roads", "class") == {"arterial"}
    assert drawn(town, None, Tile.around(LON, LAT, 15)).values("roads", "class") == {"arterial", "lane"}
    named = [one.kind for one in drawn(town, None, Tile.around(LON, LAT, 14))["areas"] if "name" in one.values]
    assert set(named) == {"point"}


def test_a_park_that_a_street_cuts_in_two_is_called_by_its_name_once(town: Cast) -> None:
    pieces = [
        shapely.box(LON + west, LAT, LON + west + wide, LAT + 0.002) for west, wide in ((0, 0.001), (0.0012, 0.002))
    ]
    add_ground(CITY, Ground(areas=[NewArea("park", piece, "柳园") for piece in pieces]), SINCE)
    named = [
        (at, one)
        for at in tiles_over(16)
        for one in drawn(town, None, at)["areas"]
        if one.values.get("name") == "柳园" and 0 <= one.points[0][0] < 4096 and 0 <= one.points[0][1] < 4096
    ]
    [(at, one)] = named
    west, _south, east, _north = at.degrees()
    assert LON + 0.0012 < west + (east - west) * one.points[0][0] / 4096 < LON + 0.0032, "in the larger piece"


def test_a_shape_stays_in_its_place(town: Cast) -> None:
    """The part at the middle of a tile's west is drawn there: 4096 steps a tile."""
    at = Tile.around(LON, LAT, 17)
    west, south, east, north = at.degrees()
    spot = shapely.Point((west + east) / 2, (south + north) / 2)
    add_parts(CITY, [NewPart("99010101002000001", spot)], SINCE)
    [one] = [one for one in drawn(town, "dispatcher", at)["parts"] if one.values["class"] == "01002"]
    assert one.points == [(2048, 2048)]


def test_no_tile_is_larger_than_may_be_and_keeps_what_weighs_most(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Tile.around(WEST + 0.004, SOUTH + 0.003, 15)
    shapes = [
        shapely.box(WEST + 0.0001 * n, SOUTH + 0.0061, WEST + 0.0001 * n + 0.00002 * (1 + n % 4), SOUTH + 0.0063)
        for n in range(90)
    ]
    add_ground(CITY, Ground(buildings=[NewBuilding(shape) for shape in shapes]), SINCE)
    whole = onemap.tile(onemap.named(["buildings", "roads"]), at, look(town, None))
    monkeypatch.setattr("cityloop.onemap.queries.tiles.MOST_BYTES", len(whole) // 2)
    cut = onemap.tile(onemap.named(["buildings", "roads"]), at, look(town, None))
    assert len(cut) <= len(whole) // 2
    kept = read(cut)["buildings"]
    assert 0 < len(kept) < len(read(whole)["buildings"])
    area = [shapely.Polygon(one.points).area for one in kept if one.kind == "polygon"]
    everywhere = [shapely.Polygon(one.points).area for one in read(whole)["buildings"] if one.kind == "polygon"]
    assert min(area) >= sorted(everywhere)[len(everywhere) // 4]


# --- answers


def test_a_tile_is_for_its_reader_alone_and_is_not_sent_twice(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    answer = client.get(address(ALL, 14))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer["Vary"]
    assert set(read(answer.content).by_name) >= {"roads", "unit_grids", "parts", "cases"}
    again = client.get(address(ALL, 14), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    theirs = signed_in(town, "stranger").get(address(ALL, 14), headers={"If-None-Match": answer["ETag"]})
    assert theirs.status_code == 200, "another reader's mark is no answer"


def test_whoever_loses_a_right_is_not_told_not_modified(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    mark = client.get(address("parts", 14))["ETag"]
    from cityloop.organisation.models import Appointment

    Appointment.objects.filter(user_id=town["dispatcher"]).delete()
    answer = client.get(address("parts", 14), headers={"If-None-Match": mark})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_change_is_in_the_next_tile(town: Cast) -> None:
    client = signed_in(town, "dispatcher")
    before = client.get(address("roads", 14))
    add_ground(CITY, Ground([NewRoad("lane", shapely.LineString([(LON, LAT), (LON + 0.001, LAT)]), "新巷")]), SINCE)
    after = client.get(address("roads", 14), headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "新巷" in read(after.content).values("roads", "name")


def test_what_is_found_stands_at_a_point_of_its_own(town: Cast) -> None:
    bent = shapely.LineString([(LON, LAT), (LON + 0.002, LAT), (LON + 0.002, LAT + 0.002)])
    add_ground(CITY, Ground([NewRoad("lane", bent, "折巷")]), SINCE)
    [told] = signed_in(town, "dispatcher").get("/map/find", {"q": "折巷"}).json()["items"]
    assert told["layer"] == "roads"
    assert bent.distance(shapely.Point(told["at"])) < 1e-9, "the middle of its box lies beside it"
    [school] = signed_in(town, "dispatcher").get("/map/find", {"q": f"{CITY}学校"}).json()["items"]
    west, south, east, north = school["box"]
    assert school["at"] == pytest.approx([(west + east) / 2, (south + north) / 2], abs=1e-6)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/roads/14/0/0.mvt", 204),
        ("/tiles/unit_grids/3/0/0.mvt", 204),
        ("/tiles/roads/23/0/0.mvt", 400),
        ("/tiles/roads/3/8/0.mvt", 400),
        ("/tiles/roads/3/-1/0.mvt", 400),
        ("/tiles/roads/x/0/0.mvt", 400),
        ("/tiles/roads,roads/3/0/0.mvt", 400),
        ("/tiles/,/3/0/0.mvt", 400),
        ("/tiles/nothing/3/0/0.mvt", 404),
        ("/tiles/roads/3/0/0.png", 404),
    ],
)
def test_what_is_asked_for_wrongly_is_told_so(town: Cast, path: str, status: int) -> None:
    answer = signed_in(town, "dispatcher").get(path)
    assert answer.status_code == status
    if status == 400 or "nothing" in path:
        told = json.loads(answer.content)
        assert (answer["Content-Type"], told["status"]) == ("application/problem+json", status)
        assert told["detail"]


def test_a_tile_is_only_read(town: Cast) -> None:
    assert signed_in(town, "dispatcher").post(address("roads", 14)).status_code == 405


def test_nobody_has_to_sign_in_for_the_ground(town: Cast, client: Client) -> None:
    assert client.get(address("roads,areas", 14)).status_code == 200
    assert client.get(address("parts,cases,unit_grids", 14)).status_code == 204


# --- style, finding, words


def test_the_style_offers_what_its_reader_may_see(town: Cast, client: Client) -> None:
    def names(one: Client) -> set[str]:
        told = one.get("/map/style/light.json").json()
        return {layer["name"] for layer in told["metadata"]["cityloop:layers"]}

    assert names(client) == names(signed_in(town, "citizen")) == {"areas", "buildings", "pois", "roads"}
    assert names(signed_in(town, "dispatcher")) == set(ALL.split(","))
    assert client.get("/map/style/pink.json").status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [("990101路", "990101路"), ("010101001000007", ""), ("99010101001000007", "Water"), ("990102", ""), ("x", "")],
)
def test_things_are_found_by_what_they_are_called(town: Cast, words: str, found: str) -> None:
    told = signed_in(town, "dispatcher").get("/map/find", {"q": words}).json()["items"]
    if found == "Water":
        assert [one["key"] for one in told] == [words]
    else:
        assert [one["title"] for one in told] == ([found] if found else [])


def test_a_case_is_found_by_the_end_of_its_number_by_whoever_sees_it(town: Cast) -> None:
    case = Case.objects.filter(jurisdiction=CITY).order_by("id")[0]
    for who, sees in (("dispatcher", True), ("stranger", False)):
        told = signed_in(town, who).get("/map/find", {"q": case.number[-15:]}).json()["items"]
        assert [one["key"] for one in told] == ([case.number] if sees else [])


def test_a_point_is_said_back_in_words(town: Cast) -> None:
    client = signed_in(town, "acceptor")
    client.cookies["django_language"] = "en"
    told = client.get("/map/where", {"lon": LON, "lat": SOUTH + 0.0042}).json()
    assert told["unit_grid"].startswith(CITY)
    assert "near 990101路" in told["words"]
    assert client.get("/map/where", {"lon": 10, "lat": 10}).status_code == 404
    assert client.get("/map/where", {"lon": WEST + 0.015, "lat": LAT}).status_code == 404, "another city's"
    for wrong in ({"lon": "x", "lat": 1}, {"lon": 1}, {"lon": 500, "lat": 1}, {"lon": "nan", "lat": 1}):
        assert client.get("/map/where", wrong).status_code == 422


def test_the_page_begins_with_the_readers_city(town: Cast, client: Client) -> None:
    shown = signed_in(town, "dispatcher").get("/map").content.decode()
    assert 'bounds="120.000000,30.000000,120.010000,30.010000"' in shown
    assert client.get("/map").status_code == 302


def test_whoever_has_no_city_is_told_so(town: Cast) -> None:
    nobody = get_user_model().objects.create_user("nobody")
    client = Client()
    client.force_login(nobody)
    client.cookies["django_language"] = "en"
    answer = client.get("/map")
    assert "<city-map" not in answer.content.decode()
    assert "There is no map to show" in answer.content.decode()
