"""Pictures and basemaps under the map: whoever may see them gets their tiles, nobody else; keys and addresses never leave this server."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cast import CITY, NOW, OTHER_CITY, Cast, city_cast, make_person  # noqa: F401
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.errors import Conflict, InvalidInput, Unavailable
from cityloop.kernel.ids import uuid7
from cityloop.onemap.actions import basemaps, rasters
from cityloop.onemap.fetching import FETCHER
from cityloop.onemap.kept_files import KeptFiles
from cityloop.onemap.models import Basemap, Raster
from cityloop.onemap.queries import fetched, ground_maps
from cityloop.onemap.rasters.hand import HAND
from cityloop.onemap.rules import Tile
from cityloop.places import ground_files
from map_town import SINCE, at_the_hour, signed_in  # noqa: F401
from raster_files import COLOURS, LAT, LON, SIDES, point_of, write_pictures
from tile_host import KEY, TileHost, colour_of, picture, tile_host

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour", "own_folders")]

STAFF = ("dispatcher", "collector", "leader")
STRANGERS = ("citizen", "their_data_admin", None)
HERE = Tile.around(LON, LAT, 15)


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground_maps, "RASTER_TILES", KeptFiles(tmp_path / "rasters", 10_000_000))
    monkeypatch.setattr(fetched, "BASEMAP_TILES", KeptFiles(tmp_path / "basemaps", 10_000_000))
    FETCHER.forget()


@pytest.fixture
def staff(city_cast: Cast) -> Cast:  # noqa: F811
    for code, west in ((CITY, LON - 0.005), (OTHER_CITY, LON + 0.005)):
        lay_regular_grid(code, west, LAT - 0.005, west + 0.01, LAT + 0.005, 500, SINCE, name=f"city {code}")
    more = {
        "their_data_admin": make_person("their_data_admin", "data_admin", OTHER_CITY),
    }
    return Cast(CITY, {**city_cast.people, **more}, city_cast.departments)


@pytest.fixture
def host(settings: Any) -> Iterator[TileHost]:
    settings.BASEMAP_NETWORKS = (ip_network("127.0.0.0/8"),)
    with tile_host() as made:
        yield made
        FETCHER.forget()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Tiles that were asked of the process that draws them, which stands aside here."""
    asked: list[tuple[int, int, int]] = []

    def tile(_path: Path, zoom: int, x: int, y: int, form: str) -> bytes:
        asked.append((zoom, x, y))
        return picture((1, 2, 3), form)

    monkeypatch.setattr(HAND, "tile", tile)
    monkeypatch.setattr("cityloop.onemap.files.local", lambda _key: Path("/nowhere"))
    return asked


def raster(code: str = CITY, **more: Any) -> Raster:
    facts = {
        "title": "影像", "kind": "orthophoto", "taken_on": SINCE, "valid_from": SINCE, "asked_at": NOW, "file_name": "a.tif", "file_bytes": 1,
        "file_sha256": "0" * 64, "state": "ready", "cog_sha256": "a" * 64, "bounds": [LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01],
        "minzoom": 9, "maxzoom": 17,
    }  # fmt: skip
    return Raster.objects.create(jurisdiction=code, **facts | more)


def client_of(cast: Cast, who: str | None) -> Client:
    return signed_in(cast, who) if who else Client()


def listed(cast: Cast, who: str | None, day: str = "") -> list[dict[str, Any]]:
    answer = client_of(cast, who).get("/map/grounds.json", {"day": day} if day else {})
    return answer.json()["items"] if answer.status_code == 200 else []


# --- rasters


@pytest.mark.parametrize("name", ["no_crs.tif", "silent.zip"])
def test_a_file_goes_all_the_way_to_a_tile_with_the_right_colours(staff: Cast, tmp_path: Path, name: str) -> None:
    folder = write_pictures(tmp_path)
    told = {"title": "正射 2026", "kind": "orthophoto", "taken_on": "2026-04-01", "valid_from": "2020-01-01"}
    one = ground_files.begin(folder / name, CITY, told, name=name, actor_id=None, in_background=False)
    asking = rasters.go_on_raster(one.pk)
    assert asking is not None
    assert (asking.state, "Name the system" in asking.why) == ("asking", True)
    rasters.answer_system(asking, "EPSG:4547", in_background=False)
    ready = rasters.go_on_raster(one.pk)
    assert ready is not None
    assert (ready.state, ready.share, ready.failure) == ("ready", 100, "")
    [ground] = listed(staff, "dispatcher")
    assert (ground["title"], ground["kind"], ground["tileSize"]) == ("正射 2026 (2026-04-01)", "overlay", 512)
    client = signed_in(staff, "dispatcher")
    for side, (east, north) in SIDES.items():
        lon, lat = LON + east * 5e-4, LAT + north * 5e-4
        at = Tile.around(lon, lat, 16)
        path = ground["tiles"][0].format(z=at.zoom, x=at.x, y=at.y)
        answer = client.get(path)
        assert answer["Content-Type"] == "image/webp"
        colour = point_of(answer.content, at, lon, lat)
        assert max(abs(a - b) for a, b in zip(colour[:3], COLOURS[side], strict=True)) <= 16
    assert client.get(path, headers={"if-none-match": answer["ETag"]}).status_code == 304
    rasters.delete_raster(ready)
    assert client.get(path, headers={"if-none-match": answer["ETag"]}).status_code == 404
    HAND.end()


def test_a_picture_is_there_for_the_staff_of_its_city_alone_or_for_everybody(staff: Cast, drawn: list[Any]) -> None:
    one = raster()
    path = f"/rasters/{one.pk}/{HERE.zoom}/{HERE.x}/{HERE.y}.webp"
    for who in STAFF:
        assert client_of(staff, who).get(path).status_code == 200
        assert len(listed(staff, who)) == 1
    etag = client_of(staff, STAFF[0]).get(path)["ETag"]
    for who in STRANGERS:
        assert client_of(staff, who).get(path).status_code == 404
        assert client_of(staff, who).get(path, headers={"if-none-match": etag}).status_code == 404, (
            "also whoever knows its mark"
        )
        assert not listed(staff, who)
    assert len(drawn) == 1, "drawn once, kept for all who may see it"
    Raster.objects.update(is_public=True)
    for who in (*STAFF, *STRANGERS):
        assert client_of(staff, who).get(path).status_code == 200
    Raster.objects.update(is_public=False)
    assert Client().get(path).status_code == 404, "a right that was taken back is gone at once"


def test_a_picture_is_on_the_map_of_its_days(staff: Cast) -> None:
    today = NOW.date()
    raster(title="old", valid_from=SINCE, valid_to=today)
    raster(title="new", valid_from=today)
    raster(title="to come", valid_from=today + timedelta(days=1))
    raster(title="in the making", state="working")
    assert [one["title"].split(" (")[0] for one in listed(staff, "leader")] == ["new"]
    assert [
        one["title"].split(" (")[0] for one in listed(staff, "leader", (today - timedelta(days=1)).isoformat())
    ] == ["old"]
    assert client_of(staff, "leader").get("/map/grounds.json?day=soon").status_code == 400


def test_where_a_picture_shows_nothing_nothing_is_drawn_and_wrong_addresses_are_refused(
    staff: Cast, drawn: list[Any]
) -> None:
    one, client = raster(), signed_in(staff, "leader")
    away = Tile.around(LON + 1, LAT, 15)
    answer = client.get(f"/rasters/{one.pk}/{away.zoom}/{away.x}/{away.y}.webp")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/png", ground_maps.NOTHING)
    for path, status in (
        ("99/0/0.webp", 400), ("3/8/0.webp", 400), ("3/-1/0.webp", 400), ("3/0/0.exe", 404), ("3/0/0.svg", 404), ("3/..%2f/0.webp", 404),
    ):  # fmt: skip
        assert client.get(f"/rasters/{one.pk}/{path}").status_code == status, path
    assert client.get(f"/rasters/{uuid7()}/3/6/3.webp").status_code == 404
    assert not drawn


def test_what_a_worker_left_is_gone_on_with_and_what_was_deleted_meanwhile_leaves_nothing(
    staff: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = raster(state="working", beat_at=NOW - timedelta(minutes=10))
    raster(state="working", beat_at=NOW)
    begun: list[Any] = []
    monkeypatch.setattr(rasters, "_defer", begun.append)
    assert rasters.resume_lost_rasters(now=NOW) == 1
    assert begun == [lost.pk]
    failed = raster(state="failed", finished_at=NOW - timedelta(days=31))
    assert rasters.forget_failed_rasters(now=NOW) == 1
    assert not Raster.objects.filter(pk=failed.pk).exists()


def test_faults_of_a_form_are_named(staff: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        rasters.checked(
            {"title": "", "kind": "photo", "taken_on": "soon", "valid_from": "2026-01-02", "valid_to": date(2026, 1, 1)}
        )
    assert {fault.field for fault in refused.value.faults} == {"title", "kind", "taken_on", "valid_to"}


# --- basemaps


def tianditu(host: TileHost, key: str = KEY, **more: Any) -> Basemap:
    told = {
        "kind": "tianditu",
        "title": "天地图影像",
        "layer": "img",
        "url": host.base,
        "key": key,
        "review_number": "GS(2025)1号",
    }
    return basemaps.add_basemap(CITY, told | more, actor_id=None, now=NOW)


def test_a_basemap_is_off_until_it_was_tried_and_then_comes_with_its_labels(staff: Cast, host: TileHost) -> None:
    one = tianditu(host)
    assert not listed(staff, "leader")
    with pytest.raises(Conflict):
        basemaps.switch_basemap(one, on=True)
    one = basemaps.try_basemap(one, LON, LAT, now=NOW)
    assert one.failure == ""
    basemaps.switch_basemap(one, on=True)
    image, labels = listed(staff, "leader")
    assert (image["kind"], labels["kind"], image["minzoom"], image["maxzoom"]) == ("base", "overlay", 1, 18)
    assert image["attribution"] == "天地图 · GS(2025)1号"
    client = signed_in(staff, "leader")
    for ground, red in ((image, None), (labels, 255)):
        answer = client.get(ground["tiles"][0].format(z=HERE.zoom, x=HERE.x, y=HERE.y))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        level, column, row = colour_of(HERE.zoom, HERE.x, HERE.y)
        assert point_of(answer.content, HERE, LON, LAT)[:3] == (level if red is None else red, column, row)
    before = len(host.asked)
    assert client.get(image["tiles"][0].format(z=HERE.zoom, x=HERE.x, y=HERE.y)).status_code == 200
    assert len(host.asked) == before, "what has come is kept"
    assert client.get(image["tiles"][0].format(z=0, x=0, y=0)).status_code == 404, "levels begin at 1"
    assert all("LAYER=img&" in asked or "LAYER=cia&" in asked for asked in host.asked)


def test_neither_key_nor_address_ever_leaves(staff: Cast, host: TileHost, caplog: pytest.LogCaptureFixture) -> None:
    one = tianditu(host)
    assert KEY not in json.dumps([*Basemap.objects.values()], default=str), "not in a copy of the database either"
    basemaps.try_basemap(one, LON, LAT, now=NOW)
    basemaps.switch_basemap(one, on=True)
    client, keeper = signed_in(staff, "leader"), signed_in(staff, "data_admin")
    told = [client.get("/map/grounds.json")]
    for number, mood in enumerate(("well", "bad_key_200", "bad_key_403", "blocked", "quota", "xml", "html_as_png", "broken", "large", "elsewhere", "absent")):  # fmt: skip
        host.mood = mood
        answer = client.get(f"/basemaps/{one.pk}/map/16/{HERE.x * 2 + number}/{HERE.y * 2}")
        assert answer.status_code == (200 if mood in {"well", "absent"} else 503), mood
        assert "Location" not in answer
        assert b"<script>" not in answer.content
        basemaps.try_basemap(one, LON + number / 10, LAT, now=NOW)
        told += [answer, keeper.get("/desk/data/grounds"), keeper.get(f"/desk/data/grounds/{one.pk}")]
        basemaps.FETCHER.forget()
        Basemap.objects.update(is_on=True, failure="", failure_said=None)
    for answer in told:
        assert KEY.encode() not in answer.content
        assert KEY not in str(dict(answer.items()))
    for answer in told[:2]:
        assert b"127.0.0.1" not in answer.content, "nor where it comes from"
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("bad_key_200", "the key is wrong"), ("bad_key_403", "the key is wrong"), ("blocked", "too much is asked"), ("xml", "no picture"),
        ("html_as_png", "no picture"), ("elsewhere", "another address"), ("large", "more than 4 MB"), ("absent", "no tile there"),
    ],
)  # fmt: skip
def test_why_a_basemap_does_not_come_is_told_and_switches_it_off(
    staff: Cast, host: TileHost, mood: str, words: str
) -> None:
    one = basemaps.try_basemap(tianditu(host), LON, LAT, now=NOW)
    basemaps.switch_basemap(one, on=True)
    host.mood = mood
    one = basemaps.try_basemap(one, LON, LAT, now=NOW)
    assert words in one.failure
    assert not one.is_on


def test_the_map_goes_on_with_what_is_kept_while_a_host_is_down(
    staff: Cast, host: TileHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = basemaps.try_basemap(tianditu(host), LON, LAT, now=NOW)
    basemaps.switch_basemap(one, on=True)
    client, path = signed_in(staff, "leader"), f"/basemaps/{one.pk}/map/{HERE.zoom}/{HERE.x}/{HERE.y}"
    assert client.get(path).status_code == 200
    monkeypatch.setattr(fetched, "FRESH_S", -1.0)
    host.mood = "broken"
    assert client.get(path).status_code == 200, "old is better than nothing"
    assert client.get(path.replace("/map/", "/labels/")).status_code == 503
    FETCHER._host(("http", "127.0.0.1", host.port)).rests_until = float("inf")
    assert [bool(one["trouble"]) for one in listed(staff, "leader")] == [True, True], "the map says so"


def test_a_basemap_is_there_for_the_staff_of_its_city_and_one_of_all_for_all_staff(staff: Cast, host: TileHost) -> None:
    told = {"kind": "xyz", "title": "底图", "url": f"{host.base}/{{z}}/{{x}}/{{-y}}.png", "maxzoom": "17"}
    one = basemaps.add_basemap(CITY, told, actor_id=None, now=NOW)
    basemaps.switch_basemap(basemaps.try_basemap(one, LON, LAT, now=NOW), on=True)
    path = f"/basemaps/{one.pk}/map/{HERE.zoom}/{HERE.x}/{HERE.y}"
    row = (1 << HERE.zoom) - 1 - HERE.y
    answer = client_of(staff, "leader").get(path)
    assert point_of(answer.content, HERE, LON, LAT)[:3] == colour_of(HERE.zoom, HERE.x, row)
    for who in STRANGERS:
        assert client_of(staff, who).get(path).status_code in {302, 404}
        assert not listed(staff, who)
    Basemap.objects.update(jurisdiction="")
    assert client_of(staff, "their_data_admin").get(path).status_code == 200
    assert client_of(staff, "citizen").get(path).status_code == 404
    Basemap.objects.update(is_on=False)
    assert client_of(staff, "leader").get(path).status_code == 404


def test_a_wmts_is_read_chosen_and_shown(staff: Cast, host: TileHost) -> None:
    told = {"kind": "wmts", "title": "省影像", "url": f"{host.base}/wmts", "role": "overlay", "attribution": "省厅"}
    one = basemaps.add_basemap(CITY, told, actor_id=None, now=NOW)
    assert (one.layer, one.minzoom, one.maxzoom, one.bounds) == ("imagery|w", 1, 18, (119, 29, 121, 31))
    Basemap.objects.update(bounds=None)
    one.refresh_from_db()
    basemaps.switch_basemap(basemaps.try_basemap(one, LON, LAT, now=NOW), on=True)
    assert any("TILEMATRIX=L12" in asked and "STYLE=plain" in asked for asked in host.asked)
    changed = basemaps.change_basemap(one, told | {"title": "省影像图", "layer": "imagery|w"})
    assert (changed.is_on, changed.version) == (True, 1), "a name is not another map"
    host.mood = "xml"
    with pytest.raises(InvalidInput):
        basemaps.change_basemap(one, told | {"url": f"{host.base}/other"})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"key": ""}, "key"), ({"key": "a b"}, "key"), ({"review_number": ""}, "review_number"), ({"layer": "ibo"}, "layer"), ({"title": ""}, "title"),
        ({"url": "https://x@y.example"}, "url"), ({"kind": "xyz", "url": "https://t.example/{z}/{x}/{y}", "system": "gcj02"}, "system"),
        ({"kind": "xyz", "url": "https://t.example/{z}/{x}/{y}", "minzoom": "9", "maxzoom": "3"}, "maxzoom"),
        ({"kind": "xyz", "url": "https://t.example/{z}/{x}/{y}?k={key}", "key": ""}, "key"), ({"kind": "mbtiles"}, "kind"),
    ],
)  # fmt: skip
def test_what_is_missing_or_shifted_is_refused_beside_its_field(
    staff: Cast, host: TileHost, more: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        tianditu(host, **more)
    assert field in {fault.field for fault in refused.value.faults}
    assert not Basemap.objects.exists()


def test_an_address_inside_is_shut_unless_whoever_runs_it_opens_it(staff: Cast, host: TileHost, settings: Any) -> None:
    settings.BASEMAP_NETWORKS = ()
    one = basemaps.try_basemap(tianditu(host), LON, LAT, now=NOW)
    assert "CITYLOOP_BASEMAP_NETWORKS" in one.failure
    with pytest.raises(Unavailable, match="CITYLOOP_BASEMAP_NETWORKS"):
        basemaps.add_basemap(CITY, {"kind": "wmts", "title": "x", "url": f"{host.base}/wmts"}, actor_id=None, now=NOW)
    assert not host.asked
