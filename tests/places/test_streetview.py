"""A zip of street view: each picture is judged, the good ones stand on the map together, and go together."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from cast import CITY, NOW, OTHER_CITY, make_city
from cityloop.geography.actions import lay_regular_grid
from cityloop.kernel.errors import Conflict, InvalidInput, TooLarge
from cityloop.kernel.sheets import read_sheets
from cityloop.media import actions as media
from cityloop.media import models as files
from cityloop.media import store
from cityloop.media.choices import Variant
from cityloop.media.naming import named
from cityloop.media.rules.ranges import Part
from cityloop.onemap.choices import StreetState
from cityloop.onemap.models import StreetPicture, StreetRun, StreetView
from cityloop.onemap.queries.streetview import beside, nearest, view_of
from cityloop.places import streetview
from cityloop.places.streetview import sources
from cityloop.places.streetview.running import key_of
from panoramas import drive, exif_at, gpano, jpeg, packed, sphere

pytestmark = pytest.mark.django_db
DAYS = [(CITY, date(2026, 7, 1))]
WAY = [(round(120.004 + 0.0001 * n, 6), 30.005) for n in range(4)]
FLAT = Image.new("RGB", (640, 480), (90, 120, 90))


@pytest.fixture
def town(settings: object, tmp_path: Path) -> Iterator[str]:
    make_city()
    lay_regular_grid(CITY, 120.0, 30.0, 120.01, 30.01, 500, date(2020, 1, 1))
    return CITY


def begun(path: Path, system: str = "wgs84") -> StreetRun:
    run = streetview.begin_zip(path, jurisdiction=CITY, name=path.name, actor_id=None, system=system, now=NOW)
    return gone_on(run)


def gone_on(run: StreetRun) -> StreetRun:
    found = streetview.go_on(run.id, clock=lambda: NOW)
    assert found is not None
    return found


def taken(run: StreetRun) -> StreetRun:
    streetview.ask_to(run, StreetState.APPLYING, actor_id=None, now=NOW, in_background=False)
    return gone_on(run)


def reasons(run: StreetRun) -> dict[str, str]:
    return {row.name: row.reason for row in StreetPicture.objects.filter(run=run).order_by("number")}


def test_a_drive_stands_on_the_map_when_all_of_it_does_and_goes_without_a_trace(town: str, tmp_path: Path) -> None:
    flat = {"side.jpg": jpeg(FLAT, exif_at(120.0045, 30.0055, heading=180.0, taken="2026:03:01 10:30:00"))}
    run = begun(packed({**drive(WAY, 90.0), **flat}, tmp_path / "road.zip"))
    assert (run.state, run.counts) == ("checked", {"good": 5, "bad": 0, "pano": 4, "photo": 1})
    assert not StreetView.objects.exists()
    run = taken(run)
    assert (run.state, run.counts["taken"]) == ("applied", 5)
    assert not store.has(key_of(run.id))
    panos = list(StreetView.objects.filter(kind="pano").order_by("number"))
    assert [(round(one.geometry.x, 6), one.heading_deg) for one in panos] == [(lon, 90.0) for lon, _lat in WAY]
    assert {one.taken_at for one in panos} == {datetime(2026, 3, 1, 2, 20, tzinfo=UTC)}
    photo = StreetView.objects.get(kind="photo")
    assert (photo.heading_deg, photo.squares, photo.width) == (180.0, None, 640)
    view = view_of(panos[0].pk, [CITY])
    assert view is not None
    assert view.squares is not None
    [last] = view.squares.levels
    assert (last.width, last.cols) == (2048, 4)
    row = files.File.objects.get(pk=view.file_id)
    assert named([(CITY, row.sha256), (OTHER_CITY, row.sha256)]) == {(CITY, row.sha256)}
    assert row.variants["squares"]["bytes"] == view.squares.ends[-1]
    first, end = view.squares.part(0, 2, 0) or (0, 0)
    data = b"".join(store.blocks(store.key_of(CITY, row.sha256, Variant.SQUARES), Part(first, end)))
    with Image.open(io.BytesIO(data)) as square:
        assert square.size == (512, 512)
    found = nearest(120.00412, 30.0051, DAYS)
    assert found is not None
    assert found.id == panos[1].pk
    assert [(one.id, one.is_next, round(one.bearing_deg)) for one in beside(found)] == [
        (panos[0].pk, False, 270), (panos[2].pk, True, 90),
    ]  # fmt: skip
    streetview.ask_to(run, StreetState.UNDOING, actor_id=None, now=NOW, in_background=False)
    assert gone_on(run).state == "undone"
    assert not StreetView.objects.exists()
    assert not files.File.objects.exists()
    assert nearest(120.00412, 30.0051, DAYS) is None


def test_each_bad_picture_says_why(town: str, tmp_path: Path) -> None:
    here = exif_at(120.005, 30.005, taken="2026:03:01 10:20:00")
    good = jpeg(sphere(10.0), here, gpano(PoseHeadingDegrees=10))
    pictures = {
        "a_good.jpg": good,
        "b_again.jpg": good,
        "c_text.jpg": b"no picture at all",
        "d_cut.jpg": jpeg(sphere(20.0), here)[:-9000],
        "e_nowhere.jpg": jpeg(FLAT),
        "f_outside.jpg": jpeg(FLAT.rotate(5), exif_at(121.5, 31.2)),
        "g_narrow.jpg": jpeg(FLAT.rotate(9), here, gpano()),
        "h_cylinder.jpg": jpeg(FLAT.rotate(11), here, gpano(ProjectionType="cylindrical")),
        "i_future.jpg": jpeg(FLAT.rotate(13), exif_at(120.005, 30.005)),
        "j_swapped.jpg": jpeg(FLAT.rotate(15)),
        "k_line.jpg": jpeg(FLAT.rotate(17)),
        "../l_slip.jpg": jpeg(FLAT.rotate(19), here),
        "list.csv": "文件名,经度,纬度,方位角,拍摄时间\ni_future.jpg,120.005,30.005,10,2031-01-01 10:00\nj_swapped.jpg,30.005,120.005,,\n"
        "k_line.jpg,120.005,30.005,north,\nm_gone.jpg,120.005,30.005,,\n".encode("gb18030"),
    }
    run = begun(packed(pictures, tmp_path / "bad.zip"))
    assert reasons(run) == {
        "../l_slip.jpg": "unsafe_name", "a_good.jpg": "", "b_again.jpg": "doubled", "c_text.jpg": "not_picture", "d_cut.jpg": "damaged",
        "e_nowhere.jpg": "no_position", "f_outside.jpg": "outside", "g_narrow.jpg": "not_whole", "h_cylinder.jpg": "other_projection",
        "i_future.jpg": "from_tomorrow", "j_swapped.jpg": "swapped", "k_line.jpg": "unreadable_line", "m_gone.jpg": "no_picture",
    }  # fmt: skip
    assert taken(run).counts["taken"] == 1
    again = begun(packed({"a_good.jpg": good}, tmp_path / "again.zip"))
    assert reasons(again) == {"a_good.jpg": "known"}
    with pytest.raises(Conflict):
        streetview.ask_to(again, StreetState.APPLYING, actor_id=None, now=NOW)


def test_a_list_in_another_system_places_the_pictures(town: str, tmp_path: Path) -> None:
    from cityloop.geography.rules import convert

    lon, lat = convert(120.005, 30.005, "wgs84", "gcj02")
    rows = f"file,lon,lat,heading,kind\nX.JPG,{lon},{lat},-90,pano\n"
    run = begun(packed({"in/x.jpg": jpeg(sphere(0.0)), "positions.csv": rows.encode()}, tmp_path / "l.zip"), "gcj02")
    facts = StreetPicture.objects.get(run=run).facts
    assert (round(facts["lon"], 5), round(facts["lat"], 5), facts["heading_deg"]) == (120.005, 30.005, 270.0)


def test_panoramas_that_do_not_say_where_they_look_look_along_their_way(town: str, tmp_path: Path) -> None:
    silent = {f"{n}.jpg": jpeg(sphere(0.0, seed=n), exif_at(lon, lat)) for n, (lon, lat) in enumerate(reversed(WAY), 1)}
    run = begun(packed(silent, tmp_path / "silent.zip"))
    rows = StreetPicture.objects.filter(run=run).order_by("number")
    assert [row.facts["heading_deg"] for row in rows] == [270.0] * 4
    assert all({"taken_for_pano", "heading_of_way"} <= set(row.notes) for row in rows)


def test_a_part_of_a_sphere_is_filled_up_and_a_large_picture_made_smaller(
    town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = sphere(0.0).crop((0, 256, 2048, 768))
    told = gpano(
        FullPanoWidthPixels=2048, FullPanoHeightPixels=1024, CroppedAreaLeftPixels=0, CroppedAreaTopPixels=256,
        CroppedAreaImageWidthPixels=2048, CroppedAreaImageHeightPixels=512,
    )  # fmt: skip
    here = exif_at(120.005, 30.005)
    from cityloop.media.rules import formats
    from cityloop.places.streetview import reading

    small = formats.Limits(formats.LIMITS[formats.Kind.PHOTO].bytes, pixels=3_000_000, side_px=12_000)
    monkeypatch.setattr(reading, "LIMITS", {formats.Kind.PHOTO: small})
    large = jpeg(sphere(0.0, 4096), here, gpano())
    run = taken(begun(packed({"part.jpg": jpeg(part, here, told), "large.jpg": large}, tmp_path / "p.zip")))
    sizes = {row.name: (row.facts["width"], row.facts["height"]) for row in StreetPicture.objects.filter(run=run)}
    assert sizes == {"part.jpg": (2048, 1024), "large.jpg": (2048, 1024)}


def test_what_broke_off_goes_on_where_it_was(town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(packed(drive(WAY[:3], 90.0), tmp_path / "road.zip"))
    streetview.ask_to(run, StreetState.APPLYING, actor_id=None, now=NOW, in_background=False)
    kept: list[object] = []
    keep = media.keep

    def breaks(*given: object, **more: object) -> object:
        kept.append(given)
        if len(kept) == 2:
            raise SystemExit
        return keep(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(media, "keep", breaks)
    with pytest.raises(SystemExit):
        streetview.go_on(run.id, clock=lambda: NOW)
    assert StreetRun.objects.get().state == "applying"
    assert not StreetView.objects.exists()
    assert streetview.resume_lost(now=NOW + 2 * streetview.LOST) == 1
    assert gone_on(run).counts["taken"] == 3
    assert len(kept) == 4


def test_what_was_erased_does_not_come_back_and_a_refused_import_leaves_nothing(town: str, tmp_path: Path) -> None:
    run = taken(begun(packed(drive(WAY[:1], 90.0), tmp_path / "a.zip")))
    view = StreetView.objects.get()
    media.erase(view.file_id, by_id=1, reason="a face", now=NOW)
    streetview.ask_to(run, StreetState.UNDOING, actor_id=None, now=NOW, in_background=False)
    gone_on(run)
    again = taken(begun(packed(drive(WAY[:2], 90.0), tmp_path / "b.zip")))
    assert list(reasons(again).values()) == ["erased", ""]
    other = begun(packed(drive(WAY[2:], 90.0), tmp_path / "c.zip"))
    streetview.ask_to(other, StreetState.DROPPED, actor_id=None, now=NOW)
    other.refresh_from_db()
    assert other.state == "dropped"
    with pytest.raises(Conflict):
        streetview.ask_to(other, StreetState.UNDOING, actor_id=None, now=NOW)


def test_what_is_no_zip_or_holds_nothing_is_refused_at_once(
    town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = packed(drive(WAY[:1], 0.0), tmp_path / "w.zip").read_bytes()
    for name, content in {"cut.zip": whole[: len(whole) // 2], "text.zip": b"not a zip"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput):
            begun(tmp_path / name)
    with pytest.raises(InvalidInput):
        begun(packed({"__MACOSX/._a.jpg": b"x"}, tmp_path / "mac.zip"))
    monkeypatch.setattr(sources, "MOST_PICTURES", 1)
    with pytest.raises(TooLarge):
        begun(packed(drive(WAY[:2], 0.0), tmp_path / "many.zip"))
    assert not StreetRun.objects.exists()


def test_a_list_that_names_no_pictures_is_refused_with_what_it_has(town: str, tmp_path: Path) -> None:
    run = streetview.begin_zip(
        packed({"a.jpg": jpeg(FLAT), "l.csv": b"when,where\n1,2\n"}, tmp_path / "l.zip"),
        jurisdiction=CITY, name="l.zip", actor_id=None, now=NOW,
    )  # fmt: skip
    with pytest.raises(InvalidInput):
        streetview.go_on(run.id, clock=lambda: NOW)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "when" in run.failure


def test_a_bomb_is_not_unpacked(town: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jpg", b"\xff\xd8\xff" + bytes(30_000_000))
    assert reasons(begun(path)) == {"bomb.jpg": "bomb"}


def test_the_later_drive_is_seen_and_each_city_by_its_own_staff(town: str, tmp_path: Path) -> None:
    taken(begun(packed(drive(WAY, 90.0, "2024:03:01 10:00:00"), tmp_path / "old.zip")))
    near = [(lon + 0.00005, lat) for lon, lat in WAY]
    taken(begun(packed(drive(near, 90.0, "2026:03:01 10:00:00", 2304), tmp_path / "new.zip")))
    at = WAY[1]
    assert (found := nearest(*at, DAYS)) is not None
    assert found.day == date(2026, 3, 1)
    assert (found := nearest(*at, [(CITY, date(2025, 1, 1))])) is not None
    assert found.day == date(2024, 3, 1)
    assert nearest(*at, [(CITY, date(2023, 1, 1))]) is None
    assert nearest(*at, [(OTHER_CITY, date(2026, 7, 1))]) is None
    assert nearest(*at, []) is None
    assert nearest(at[0], at[1] + 0.0006, DAYS) is None  # 67 m away
    assert view_of(found.id if found else 0, [OTHER_CITY]) is None


def test_a_folder_comes_by_the_command_with_a_list_from_elsewhere(
    town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cityloop.kernel.clock.machine_now", lambda: NOW)
    folder, positions = tmp_path / "in", tmp_path / "where.csv"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg(sphere(0.0)))
    (folder / "b.txt").write_bytes(b"file,lon,lat\na.jpg,0,0\n")
    (folder / "c.jpg").symlink_to("/etc/passwd")
    positions.write_text("图片,经度,纬度,朝向,类型\na.jpg,120.005,30.005,45,全景\nz.jpg,120.005,30.005,,\n")
    report = tmp_path / "report.xlsx"
    with pytest.raises(CommandError, match="--take-good"):
        call_command("import_streetview", folder, city=CITY, positions=positions)
    call_command("import_streetview", folder, city=CITY, positions=positions, dry_run=True, report=report)
    assert not StreetView.objects.exists()
    [(_sheet, rows)] = read_sheets(report.read_bytes()).items()
    assert [len(row.cells) for row in rows] == [9, 9]
    call_command("import_streetview", folder, city=CITY, positions=positions, take_good=True)
    view = StreetView.objects.get()
    assert (view.heading_deg, view.kind) == (45.0, "pano")
    assert str(view.run_id) in capsys.readouterr().out
    call_command("import_streetview", undo=view.run_id)
    assert not StreetView.objects.exists()
    for wrong in ([], [folder], [tmp_path / "none.zip"]):
        with pytest.raises(CommandError):
            call_command("import_streetview", *wrong, city=CITY if wrong[:1] != [folder] else "")
