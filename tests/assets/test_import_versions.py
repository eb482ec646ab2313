# ruff: noqa: F811  # fixtures of other files
"""What an import changes is told row by row; what cases name is never deleted unseen; what is left behind is swept."""

import io
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from assets.conftest import CITY, SOUTH, WEST, code
from assets.test_importing import DAY, HEAD, Write, checked, csv, go, line, reasons, spread  # noqa: F401 # a fixture
from cast import Cast
from cityloop.assets import naming
from cityloop.assets.actions import importing
from cityloop.assets.choices import Fate, ImportState, PartState
from cityloop.assets.models import ImportRun, Part, PartChange, StagedRow
from cityloop.assets.queries.compared import compared
from cityloop.assets.queries.imports import first_faults, number_title, report_of
from cityloop.geography.files import Asked, work_place
from cityloop.geography.models import Region, UnitGrid
from cityloop.geography.rules.coordinates import convert
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.media import store
from cityloop.places.models import Road
from cityloop.site.settings import env
from geography.conftest import COMMUNITY, GeoJson, box, geojson, one_community  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db
LATER = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """A store of its own for each test."""
    entry = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    place = tmp_path / "media"
    with override_settings(STORAGES={"default": env.media_store(f"file://{place}"), "staticfiles": entry}):
        yield place


def told(run: ImportRun, kind: Fate) -> dict[str, list[tuple[str, str, str]]]:
    return {
        row.key: [(one.title, one.was, one.becomes) for one in row.says if one.title != "Unit grid"]
        for row in compared(run, kind).rows
    }


def test_a_version_is_compared_row_by_row_before_and_after_it_is_applied(gridded: Cast, csv: Write) -> None:
    go(checked(csv(*spread(4))), ImportState.APPLYING)
    second = [
        line(1, east=1e-4),
        line(2, east=2e-4, state="破损", name="大井盖"),
        line(3, east=3e-4, north=1e-4),
        line(5, east=8e-4),
    ]
    run = checked(csv(*second, name="second.csv"), on=LATER, replace=True)
    assert told(run, Fate.ADDED) == {code(5): [("Name", "", "井盖"), ("State", "", "Intact")]}
    assert told(run, Fate.CHANGED) == {
        code(2): [("Name", "井盖", "大井盖"), ("State", "Intact", "Damaged")],
        code(3): [("Position", "", "moved or drawn anew, 11.1 m")],
    }
    assert list(told(run, Fate.GONE)) == [code(4)]
    done = go(run, ImportState.APPLYING)
    assert list(told(done, Fate.ADDED)) == [code(5)]
    changed = told(done, Fate.CHANGED)
    assert changed[code(2)] == [("Name", "井盖", "大井盖"), ("State", "Intact", "Damaged")]
    assert list(changed) == [code(2), code(3)]
    assert list(told(done, Fate.GONE)) == [code(4)]
    assert compared(go(done, ImportState.UNDOING), Fate.ADDED).rows == []


def test_the_rows_of_a_version_come_page_by_page_and_to_those_who_keep_the_data(
    gridded: Cast,
    csv: Write,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cityloop.assets.queries import compared as room

    monkeypatch.setattr(room, "ROWS", 2)
    run = checked(csv(*spread(5)))
    first = compared(run, Fate.ADDED)
    assert ([row.number for row in first.rows], first.after) == ([2, 3], 3)
    second = compared(run, Fate.ADDED, first.after)
    assert [row.number for row in compared(run, Fate.ADDED, second.after).rows] == [6]
    url = reverse("desk-import-rows", args=[run.id])
    client.force_login(get_user_model().objects.get(pk=gridded.people["data_admin"]))
    html = client.get(url, {"kind": "a"}).content.decode()
    assert f"?kind=a&amp;after={first.after}" in html
    assert "井盖" in html
    assert "表格行号" in html
    assert (
        f"{reverse('desk-import-rows', args=[run.id])}?kind=a"
        in client.get(reverse("desk-import", args=[run.id])).content.decode()
    )
    client.force_login(get_user_model().objects.get(pk=gridded.people["stranger"]))
    assert client.get(url).status_code in {403, 404}


def test_what_a_case_names_is_told_and_ends_in_place_of_being_deleted(
    gridded: Cast,
    csv: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = go(checked(csv(*spread(3))), ImportState.APPLYING)
    asked: list[set[str]] = []

    def names(jurisdiction: str, codes: Any) -> dict[str, int]:
        assert jurisdiction == CITY
        asked.append(set(codes))
        return {code(2): 2} if code(2) in codes else {}

    monkeypatch.setattr(naming, "_namers", {"cases": names})
    with pytest.raises(Conflict) as refused:
        go(done, ImportState.UNDOING)
    assert [(fault.field, fault.why) for fault in refused.value.faults] == [(code(2), "is named by 2 cases")]
    assert asked == [{code(1), code(2), code(3)}]
    done.refresh_from_db()
    assert done.state == ImportState.APPLIED
    undone = go(done, ImportState.UNDOING, partly=True)
    [left] = Part.objects.all()
    assert (left.code, left.state) == (code(2), PartState.REMOVED)
    assert left.valid_to is not None
    assert PartChange.objects.get(code=code(2)).kind == "gone"
    assert undone.counts["ended"] == 1


def test_the_report_is_a_workbook_with_a_line_for_each_thing_found(gridded: Cast, csv: Write) -> None:
    out = io.BytesIO()
    report_of(checked(csv(line(1), line(2, east=1e-3, text="=1+1"), line(3, east=2e-3, owner="nobody"))), out)
    out.seek(0)
    [heading, *rows] = CalamineWorkbook.from_filelike(out).get_sheet_by_index(0).to_python()
    assert heading == ["Line of the sheet", "Column", "Value", "What is wrong", "Kind", "Longitude", "Latitude"]
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        (3, "ObjID", "=1+1", "fault"),
        (4, "DeptCode2", "nobody", "fault"),
    ]
    assert rows[1][5:] == [pytest.approx(WEST + 0.003), pytest.approx(SOUTH + 0.001)]
    assert all(row[3] for row in rows)


def test_rows_are_told_by_the_line_of_the_sheet_or_the_number_of_the_feature(
    gridded: Cast, csv: Write, geojson: GeoJson
) -> None:
    sheet = checked(csv("", line(2, owner="nobody")))
    [told] = first_faults(sheet, 9)
    assert str(told).startswith("line 3 of the sheet, DeptCode2 “nobody”: ")
    features = checked(
        geojson((box(0, 0, 3, 3), {"code": "12", "name": "?"})),
        target="regions",
        level="community",
        mapping={"code": "code", "name": "name"},
    )
    [told] = first_faults(features, 9)
    assert str(told).startswith("feature 1, code “12”: ")
    assert [number_title(run) for run in (sheet, features)] == ["Line of the sheet", "Number of the feature"]


def test_a_count_in_a_recipe_has_no_gaps_where_a_sheet_has_some(gridded: Cast, csv: Write) -> None:
    run = checked(csv(line(7), "", line(8, east=1e-3)), mapping={"code": f"{CITY}01001{{#:06}}"})
    staged = StagedRow.objects.order_by("number").values_list("number", "key")
    assert list(staged) == [(2, code(1)), (4, code(2))], run.counts


def test_bd09_is_brought_to_ours_at_the_door(gridded: Cast, csv: Write) -> None:
    lon, lat = convert(WEST + 0.002, SOUTH + 0.002, "wgs84", "bd09")
    run = checked(csv(f"{code(1)},井盖,,,完好,{lon:.8f},{lat:.8f}"), reading=Asked(crs="bd09"))
    assert (run.counts["good"], reasons(run)) == (1, [])
    go(run, ImportState.APPLYING)
    assert Part.objects.get().geometry.coords == pytest.approx((WEST + 0.002, SOUTH + 0.002), abs=1e-6)


def test_communities_and_grids_come_through_the_wizards_engine_and_go_again(
    one_community: str,
    city_cast: Cast,
    geojson: GeoJson,
) -> None:
    other = f"{CITY}001002"
    regions = checked(
        geojson((box(10, 0, 14, 10), {"code": other, "name": "东二社区"}), (box(0, 0, 3, 3), {"code": "12", "name": "?"})),
        target="regions", level="community", mapping={"code": "code", "name": "name"},
    )  # fmt: skip
    assert (regions.counts["good"], regions.counts["bad"]) == (1, 1)
    regions = go(regions, ImportState.APPLYING)
    assert Region.objects.get(code=other).parent_code == f"{CITY}001"
    squares = [
        (box(0, 0, 5, 10), {"BGID": f"{one_community}001"}),
        (box(5, 0, 10, 10), {"BGID": f"{one_community}002"}),
    ]
    go(checked(geojson(*squares), target="grids", on=DAY), ImportState.APPLYING)
    moved = [(box(0, 0, 6, 10), {"BGID": f"{one_community}001"}), (box(6, 0, 10, 10), {"BGID": f"{one_community}002"})]
    run = checked(geojson(*moved, name="moved.geojson"), target="grids", on=LATER)
    assert (run.counts["changed"], run.counts["added"]) == (2, 0)
    assert set(told(run, Fate.CHANGED)) == {f"{one_community}001", f"{one_community}002"}
    done = go(run, ImportState.APPLYING)
    assert UnitGrid.objects.filter(valid_to=LATER).count() == 2
    assert set(told(done, Fate.CHANGED)) == {f"{one_community}001", f"{one_community}002"}
    assert told(done, Fate.ADDED) == {}
    go(done, ImportState.UNDOING)
    assert [row.valid_to for row in UnitGrid.objects.all()] == [None, None]
    go(regions, ImportState.UNDOING)
    assert not Region.objects.filter(code=other).exists()


def test_undoing_lets_roads_hold_again_that_an_import_ended_or_followed(city_cast: Cast, geojson: GeoJson) -> None:
    def road(north: float, **values: str) -> tuple[Any, dict[str, str]]:
        return shapely.LineString([(121, north), (121.01, north)]), values

    first = geojson(road(30, ref="1", name="人民路"), road(30.01, ref="2", name="解放路"))
    go(checked(first, target="roads"), ImportState.APPLYING)
    before = sorted(Road.objects.values_list("ref", "name", "valid_from", "valid_to"))
    second = geojson(road(30, ref="1", name="人民大道"), road(30.02, ref="3", name="新路"), name="second.geojson")
    run = go(checked(second, target="roads", on=LATER, replace=True), ImportState.APPLYING)
    assert {name: run.counts[name] for name in ("added", "changed", "gone")} == {"added": 1, "changed": 1, "gone": 1}
    assert told(run, Fate.CHANGED) == {"1": [("Name", "人民路", "人民大道")]}
    assert (list(told(run, Fate.ADDED)), list(told(run, Fate.GONE))) == (["3"], ["2"])
    assert Road.objects.get(name="解放路").valid_to == LATER
    go(run, ImportState.UNDOING)
    assert sorted(Road.objects.values_list("ref", "name", "valid_from", "valid_to")) == before


def test_what_killed_processes_left_of_imports_is_swept_after_a_day(
    gridded: Cast,
    csv: Write,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("CITYLOOP_DATA", str(tmp_path))
    whole = checked(csv(*spread(2)))
    without_file = importing.begin(csv(line(1)), jurisdiction=CITY, name="killed.csv", actor_id=None)
    store.delete(f"imports/{without_file.id}")
    without_row = uuid4()
    store.put(f"imports/{without_row}", csv(line(1)))
    StagedRow.objects.create(run_id=uuid4(), number=1, key="", values={})
    unpacked = work_place() / "left"
    unpacked.mkdir(parents=True)
    (unpacked / "big.shp").write_bytes(b"x")
    now = machine_now()
    assert importing.sweep(now=now) == 1, "rows that no import waits for go at once; all else may be under way"
    old = (now - timedelta(days=3)).timestamp()
    os.utime(unpacked, (old, old))
    os.utime(folder / "imports" / str(without_row), (old, old))
    ImportRun.objects.filter(pk=without_file.pk).update(asked_at=now - timedelta(days=3))
    assert importing.sweep(now=now) == 3
    assert not unpacked.exists()
    assert [run.pk for run in ImportRun.objects.all()] == [whole.pk]
    assert store.listed("imports")[1] == [str(whole.pk)]
    assert importing.sweep(now=now + timedelta(days=31)), "forgotten by whoever sent it"
    whole.refresh_from_db()
    assert whole.state == ImportState.DROPPED
    assert not StagedRow.objects.exists()


def test_leaving_a_file_early_leaves_nothing_unpacked(
    gridded: Cast, csv: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    from cityloop.geography.files import open_layer

    monkeypatch.setenv("CITYLOOP_DATA", str(tmp_path))
    packed = tmp_path / "parts.csv.gz"
    packed.write_bytes(gzip.compress(csv(*spread(50)).read_bytes()))
    with open_layer(packed, Asked(crs="wgs84", batch=10)) as file:
        assert len(next(file.batches).numbers) == 10
        assert list(work_place().iterdir())
    assert list(work_place().iterdir()) == []
