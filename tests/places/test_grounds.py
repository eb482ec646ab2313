"""The page of ground maps: files and services are entered, tried, put in order and deleted by those who keep a city's data, and by nobody else."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from cast import CITY, OTHER_CITY, Cast, city_cast, make_person  # noqa: F401
from cityloop.geography.actions import lay_regular_grid
from cityloop.onemap import archives, files
from cityloop.onemap.actions import rasters
from cityloop.onemap.actions.uploads import forget_uploads
from cityloop.onemap.fetching import FETCHER
from cityloop.onemap.models import Basemap, GroundUpload, Raster
from cityloop.places import ground_files
from map_town import SINCE, at_the_hour, signed_in  # noqa: F401
from onemap.test_archives import mbtiles, pmtiles
from raster_files import LAT, LON, write_pictures
from tile_host import KEY, TileHost, picture, tile_host

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]
PAGE = "/desk/data/grounds"


@pytest.fixture
def staff(city_cast: Cast) -> Cast:  # noqa: F811
    lay_regular_grid(CITY, LON - 0.005, LAT - 0.005, LON + 0.005, LAT + 0.005, 500, SINCE, name="city")
    more = {
        "theirs": make_person("theirs", "data_admin", OTHER_CITY),
    }
    return Cast(CITY, {**city_cast.people, **more}, city_cast.departments)


@pytest.fixture
def keeper(staff: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(rasters, "_defer", lambda _id: None)
    return signed_in(staff, "data_admin")


@pytest.fixture
def host(settings: Any) -> Iterator[TileHost]:
    settings.BASEMAP_NETWORKS = (ip_network("127.0.0.0/8"),)
    with tile_host() as made:
        yield made
        FETCHER.forget()


def add(client: Client, **told: Any) -> Any:
    return client.post(PAGE, {"city": CITY, **told})


def test_only_who_keeps_the_data_of_a_city_sees_and_changes_its_ground_maps(
    staff: Cast, keeper: Client, host: TileHost
) -> None:
    add(keeper, way="xyz", title="鼋图", url=f"{host.base}/{{z}}/{{x}}/{{y}}.png")
    one = Basemap.objects.get()
    assert keeper.get(f"{PAGE}/{one.pk}").status_code == 200
    for who, status in (("dispatcher", 403), ("leader", 403), ("theirs", 404)):
        client = signed_in(staff, who)
        assert client.get(PAGE).status_code == (200 if who == "theirs" else 403)
        assert "鼋图" not in client.get(PAGE).content.decode()
        for path in (f"{PAGE}/{one.pk}", f"{PAGE}/{one.pk}/picture"):
            assert client.get(path).status_code in {status, 404}
        for what in ("try", "on", "delete", "change", "up", "system"):
            assert client.post(f"{PAGE}/{one.pk}/{what}").status_code in {status, 404}
        assert client.post(f"{PAGE}/grant", {"bytes": "5", "city": CITY}).status_code == 403
        assert add(client, way="xyz", title="x", url=f"{host.base}/{{z}}/{{x}}/{{y}}").status_code == 403
    assert Basemap.objects.count() == 1


def test_a_service_is_entered_tried_switched_on_and_deleted(keeper: Client, host: TileHost) -> None:
    answer = add(keeper, way="tianditu", title="影像", layer="img", url=host.base, key=KEY, review_number="GS(2025)1号")
    one = Basemap.objects.get()
    assert answer["Location"] == f"{PAGE}/{one.pk}"
    page = keeper.post(f"{PAGE}/{one.pk}/on")
    assert page.status_code == 409
    keeper.post(f"{PAGE}/{one.pk}/try")
    keeper.post(f"{PAGE}/{one.pk}/on")
    one.refresh_from_db()
    assert one.is_on
    assert keeper.get(f"{PAGE}/{one.pk}/picture").content.startswith(b"\x89PNG")
    change = {"title": "影像图", "layer": "img", "url": host.base, "key": "", "review_number": "GS(2025)2号"}
    keeper.post(f"{PAGE}/{one.pk}/change", change)
    one.refresh_from_db()
    assert (one.title, one.is_on) == ("影像图", True), "the key that was entered stays"
    keeper.post(f"{PAGE}/{one.pk}/change", change | {"layer": "vec"})
    one.refresh_from_db()
    assert not one.is_on, "another map is tried anew"
    wrong = keeper.post(f"{PAGE}/{one.pk}/change", change | {"title": ""})
    assert wrong.status_code == 422
    assert keeper.post(f"{PAGE}/{one.pk}/fly").status_code == 422
    assert keeper.post(f"{PAGE}/{one.pk}/delete")["Location"] == PAGE
    assert not Basemap.objects.exists()


def test_what_stands_higher_lies_on_top(keeper: Client, host: TileHost) -> None:
    for title in ("a", "b", "c"):
        add(keeper, way="xyz", title=title, url=f"{host.base}/{{z}}/{{x}}/{{y}}.png")
    rows = {row.title: row.pk for row in Basemap.objects.all()}
    for title, what in (("c", "up"), ("a", "up"), ("b", "down"), ("a", "down")):
        keeper.post(f"{PAGE}/{rows[title]}/{what}")
    assert [row.title for row in Basemap.objects.order_by("order")] == ["c", "a", "b"]


def test_files_of_tiles_come_by_the_form_and_are_looked_into(keeper: Client, tmp_path: Path) -> None:
    for name, path in (("a.mbtiles", mbtiles(tmp_path / "a")), ("b.pmtiles", pmtiles(tmp_path / "b"))):
        answer = add(keeper, way="file", title="", **{"files.map": SimpleUploadedFile(name, path.read_bytes())})
        assert answer.status_code == 302, answer.content
    first, second = Basemap.objects.order_by("order")
    assert (first.kind, first.title, second.kind, second.attribution) == ("mbtiles", "底图", "pmtiles", "© somebody")
    assert not GroundUpload.objects.exists()
    keeper.post(f"{PAGE}/{first.pk}/on")
    tile = keeper.get(f"/basemaps/{first.pk}/map/3/6/3")
    assert tile.content == picture((9, 8, 7))
    refused = add(keeper, way="file", **{"files.map": SimpleUploadedFile("c.zip", b"PK..")})
    assert refused.status_code == 422
    assert (Basemap.objects.count(), GroundUpload.objects.count()) == (2, 0), "nothing is left of it"


def test_a_receipt_is_its_owners_alone_and_what_is_not_used_goes(staff: Cast, keeper: Client, tmp_path: Path) -> None:
    grant = ground_files.GROUND_FILES.grant(staff["data_admin"], CITY, 100)
    grantor = ground_files.GROUND_FILES.grantor
    receipt = grantor.receipt(grant, grantor.keep(grant, mbtiles(tmp_path / "a")).sha256)
    assert ground_files.upload_by(receipt, staff["theirs"]) is None
    assert ground_files.upload_by(receipt + "x", staff["data_admin"]) is None
    answer = add(keeper, way="file", title="x", files=f"map:{receipt}", files_name="a.mbtiles")
    assert (answer.status_code, Basemap.objects.get().file_name) == (302, "a.mbtiles")
    left = grantor.keep(grant, mbtiles(tmp_path / "b"))
    GroundUpload.objects.filter(pk=left.id).update(came_at="2020-01-01T00:00:00Z")
    # Made of it, and killed before it was taken: the file is the map's.
    made = Basemap.objects.get()
    GroundUpload.objects.create(
        id=made.pk, jurisdiction=CITY, owner=1, sha256="0" * 64, bytes=1, came_at="2020-01-01T00:00:00Z"
    )
    assert forget_uploads() == 1
    assert not GroundUpload.objects.exists()
    assert archives.look(files.local(files.key_of(made.pk)), "a").kind == "mbtiles"


def test_a_picture_waits_for_the_worker_and_asks_for_what_it_does_not_say(keeper: Client, tmp_path: Path) -> None:
    tif = SimpleUploadedFile("a.tif", b"II*\0 and so on")
    told = {"title": "影像", "kind": "orthophoto", "taken_on": "2026-04-01", "valid_from": "2026-04-01"}
    wrong = add(keeper, way="file", **told | {"title": ""}, **{"files.map": tif})
    assert wrong.status_code == 422
    assert not Raster.objects.exists()
    tif.seek(0)
    add(keeper, way="file", **told, **{"files.map": tif})
    one = Raster.objects.get()
    assert (one.state, one.city_box is not None) == ("waiting", True)
    Raster.objects.update(state="asking", failure="x")
    assert "EPSG:4547" in keeper.get(f"{PAGE}/{one.pk}").content.decode()
    keeper.post(f"{PAGE}/{one.pk}/system", {"crs": "EPSG:4547"})
    one.refresh_from_db()
    assert (one.state, one.crs) == ("waiting", "EPSG:4547")
    assert keeper.post(f"{PAGE}/{one.pk}/system", {"crs": ""}).status_code == 422
    keeper.post(
        f"{PAGE}/{one.pk}/change",
        {"title": "影像二", "taken_on": "2026-04-02", "valid_from": "2026-04-02", "valid_to": "2027-01-01"},
    )
    one.refresh_from_db()
    assert (one.title, str(one.valid_to), one.is_public) == ("影像二", "2027-01-01", False)
    keeper.post(f"{PAGE}/{one.pk}/delete")
    assert not Raster.objects.exists()


def test_the_command_brings_a_picture_and_leaves_nothing_of_a_bad_one(
    staff: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_pictures(tmp_path)
    call_command(
        "import_raster", str(folder / "palette.tif"), "--city", CITY, "--kind", "topographic", "--title", "地形图"
    )
    one = Raster.objects.get()
    assert (one.state, one.title, one.kind) == ("ready", "地形图", "topographic")
    assert "Ready in" in capsys.readouterr().out
    for name, words in (
        ("cut.tif", "cut short"),
        ("none.tif", "There is no file"),
        ("elsewhere.tif", "far from the city"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_raster", str(folder / name), "--city", CITY)
    assert (Raster.objects.count(), GroundUpload.objects.count()) == (1, 0)
