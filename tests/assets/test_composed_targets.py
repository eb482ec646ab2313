# ruff: noqa: F811  # fixtures of other files
"""Tables of unit grids and polygons around them become duty, management, evaluation and extension grids, and are taken back."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation

from assets.conftest import CITY
from assets.test_importing import DAY, Write, checked, csv, go  # noqa: F401 # a fixture
from cast import Cast
from cityloop.assets.actions import importing
from cityloop.assets.choices import Fate, ImportState
from cityloop.assets.models import ImportFault, ImportRun
from cityloop.assets.queries.compared import compared
from cityloop.geography.actions.composing import AreaPlan, draw_area
from cityloop.geography.models import DutyGrid, DutyGridMember, GridArea, GridAreaMember, GridAreaPart, UnitGrid
from cityloop.geography.queries import composed
from cityloop.site.settings import env

pytestmark = pytest.mark.django_db
LATER = date(2026, 6, 1)
HEAD = "单元网格代码,管理网格代码,管理网格名称,责任单位"
ONE, TWO, THREE = (f"M{CITY}0010010{number}" for number in (1, 2, 3))
TABLES = (GridArea, GridAreaMember, GridAreaPart, DutyGrid, DutyGridMember)


@pytest.fixture(autouse=True)
def _in_english(tmp_path: Path) -> Iterator[None]:
    entry = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    place = {"default": env.media_store(f"file://{tmp_path / 'media'}"), "staticfiles": entry}
    with translation.override("en"), override_settings(STORAGES=place):
        yield


@pytest.fixture
def grids(gridded: Cast) -> list[str]:
    """The unit grids of the city, row by row from the north-west."""
    return list(UnitGrid.objects.order_by("code").values_list("code", flat=True))


def rows(code: str, name: str, grids: list[str], body: str = "") -> list[str]:
    return [f"{grid},{code},{name},{body}" for grid in grids]


def found(run: ImportRun, *, notes: bool = False) -> list[tuple[int, str, str]]:
    lines = ImportFault.objects.filter(run=run, is_note=notes).order_by("number", "id")
    return list(lines.values_list("number", "reason", "value"))


def drawn(kind: str, on: date = DAY) -> dict[str, tuple[str, ...]]:
    return {one.code: one.unit_grids for one in composed.areas(CITY, on, kind)}


def everything() -> list[Any]:
    """What stands in all tables that are written, so that it can be seen that nothing is left of an import."""
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def told(run: ImportRun, kind: Fate) -> dict[str, list[tuple[str, str, str]]]:
    return {row.key: [(one.title, one.was, one.becomes) for one in row.says] for row in compared(run, kind).rows}


def test_a_table_becomes_areas_that_are_compared_and_undone(grids: list[str], csv: Write) -> None:
    draw_area(CITY, AreaPlan("management", "旧", tuple(grids[2:4]), THREE), date(2026, 1, 1))
    draw_area(CITY, AreaPlan("management", "南", tuple(grids[5:7]), TWO), date(2026, 1, 1))
    before = everything()
    lines = [*rows(ONE, "一号", grids[:2], "市政所"), *rows(TWO, "南", grids[5:6]), *rows(THREE, "旧", grids[2:4])]
    run = checked(csv(*lines, head=HEAD), target="management_grids")
    assert (run.state, run.counts["good"], run.counts["bad"]) == (ImportState.CHECKED, 5, 0)
    assert [run.counts[name] for name in ("added", "changed", "same", "gone")] == [1, 1, 1, 0]
    assert len(run.counts["box"]) == 4
    assert found(run, notes=True)[0] == (4, "uncovered", grids[4])
    assert len(found(run, notes=True)) == len(grids) - 5
    assert everything() == before
    new = {ONE: [("Name", "", "一号"), ("Responsible body", "", "市政所"), ("Unit grid", "", "2")]}
    assert told(run, Fate.ADDED) == new
    assert told(run, Fate.CHANGED) == {TWO: [("Unit grid", "2", f"1 (−{grids[6]})")]}
    done = go(run, ImportState.APPLYING, all_or_none=True)
    assert done.counts["added"] == 1
    assert drawn("management") == {ONE: tuple(grids[:2]), TWO: (grids[5],), THREE: tuple(grids[2:4])}
    assert drawn("management", date(2026, 2, 1)) == {TWO: tuple(grids[5:7]), THREE: tuple(grids[2:4])}
    assert told(done, Fate.ADDED) == new
    go(done, ImportState.UNDOING)
    assert everything() == before


def test_what_began_that_very_day_comes_back_when_it_is_undone(grids: list[str], csv: Write) -> None:
    first = checked(csv(*rows(ONE, "一号", grids[:3]), head=HEAD), target="management_grids")
    go(first, ImportState.APPLYING)
    evaluation = draw_area(CITY, AreaPlan("evaluation", "评", tuple(grids[:3]), rating="A"), DAY)
    before = everything()
    lines = csv(*rows(TWO, "二号", grids[:3]), head=HEAD, name="second.csv")
    run = checked(lines, target="management_grids")
    assert (2, "left_empty", ONE) in found(run, notes=True)
    run = go(run, ImportState.APPLYING)
    assert (drawn("management"), drawn("evaluation")) == ({TWO: tuple(grids[:3])}, {})
    assert told(run, Fate.CHANGED)[ONE][-1] == ("Unit grid", "3", "")
    go(run, ImportState.UNDOING)
    assert everything() == before
    assert drawn("evaluation") == {evaluation: tuple(grids[:3])}


def test_an_area_that_was_drawn_anew_since_keeps_its_import(grids: list[str], csv: Write) -> None:
    run = go(checked(csv(*rows(ONE, "一号", grids[:3]), head=HEAD), target="management_grids"), ImportState.APPLYING)
    draw_area(CITY, AreaPlan("management", "甲", tuple(grids[:2]), ONE), LATER)
    assert {one.name for one in importing.in_the_way(run)} >= {ONE}


@pytest.mark.parametrize(
    ("target", "head", "line", "reason"),
    [
        pytest.param("management_grids", HEAD, f"990101001001999,{ONE},一号,", "unknown_grid", id="unknown unit grid"),
        pytest.param("management_grids", HEAD, f",{ONE},一号,", "needed", id="no unit grid"),
        pytest.param("management_grids", HEAD, f"{{2}},E{CITY}01,一号,", "bad_area_code", id="letter of another kind"),
        pytest.param("management_grids", HEAD, "{2},M12,一号,", "bad_area_code", id="malformed code"),
        pytest.param("management_grids", HEAD, "{2},M99010901,一号,", "bad_area_code", id="another city's code"),
        pytest.param("management_grids", HEAD, "{2},{2},一号,", "bad_area_code", id="a unit grid's code"),
        pytest.param("management_grids", HEAD, "{2},,一号,", "needed", id="no code"),
        pytest.param("management_grids", HEAD, f"{{0}},{TWO},二号,", "doubled_key", id="unit grid twice"),
        pytest.param("management_grids", HEAD, f"{{2}},{ONE},别名,", "differs_within", id="two names"),
        pytest.param("management_grids", HEAD, f"{{2}},{TWO},,", "needed", id="no name"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_row(
    grids: list[str], csv: Write, target: str, head: str, line: str, reason: str
) -> None:
    lines = [*rows(ONE, "一号", grids[:2]), line.format(*grids)]
    run = checked(csv(*lines, head=head), target=target)
    assert [(number, why) for number, why, _value in found(run)] == [(4, reason)]
    assert (run.counts["good"], run.counts["bad"], run.counts["added"]) == (2, 1, 1)
    go(run, ImportState.APPLYING)
    assert drawn("management") == {ONE: tuple(grids[:2])}


def test_an_area_that_cannot_be_drawn_is_left_out_whole(grids: list[str], csv: Write) -> None:
    apart = [grids[0], grids[-1]]
    run = checked(csv(*rows(ONE, "散", apart), *rows(TWO, "好", grids[1:3]), head=HEAD), target="management_grids")
    assert [number for number, _reason, _value in found(run)] == [2, 3]
    go(run, ImportState.APPLYING)
    assert drawn("management") == {TWO: tuple(grids[1:3])}
    head = "单元网格,评价网格代码,评价网格名称,类型"
    cut = [f"{grids[1]},E{CITY}01,评,A类"]
    run = checked(csv(*cut, head=head, name="cut.csv"), target="evaluation_grids")
    assert [reason for _number, reason, _value in found(run)] == ["said"]
    whole = [f"{grid},E{CITY}01,评,A类" for grid in grids[1:3]]
    run = checked(csv(*whole, head=head, name="whole.csv"), target="evaluation_grids")
    go(run, ImportState.APPLYING, all_or_none=True)
    assert drawn("evaluation") == {f"E{CITY}01": tuple(grids[1:3])}


def test_a_complete_file_ends_what_it_does_not_hold(grids: list[str], csv: Write) -> None:
    for code, purpose in ((f"X{CITY}01", "sanitation"), (f"X{CITY}02", "greening")):
        draw_area(CITY, AreaPlan("extension", purpose, tuple(grids[:3]), code, purpose=purpose), date(2026, 1, 1))
    before = everything()
    lines = [f"{grids[3]},X{CITY}03,扫,环卫"]
    file = csv(*lines, head="单元网格,扩展网格编码,扩展网格名称,用途")
    run = checked(file, target="extension_grids", replace=True)
    assert list(told(run, Fate.GONE)) == [f"X{CITY}01"]
    run = go(run, ImportState.APPLYING)
    assert list(drawn("extension")) == [f"X{CITY}02", f"X{CITY}03"]
    assert run.counts["gone"] == 1
    go(run, ImportState.UNDOING)
    assert everything() == before


def polygons(path: Path, *areas: tuple[str, str, Any]) -> Path:
    features = [
        {"type": "Feature", "properties": {"zrwgdm": code, "zrwgmc": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, name, shape in areas
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return path


def test_polygons_take_the_unit_grids_whose_middles_they_hold(grids: list[str], tmp_path: Path) -> None:
    shapes = {
        code: shapely.from_wkb(bytes(shape.wkb)) for code, shape in UnitGrid.objects.values_list("code", "geometry")
    }
    west, both = shapely.union_all([shapes[one] for one in grids[:3]]), shapes[grids[2]].buffer(-1e-5)
    file = polygons(
        tmp_path / "duty.geojson",
        (f"R{CITY}01", "西", west.buffer(1e-5)),
        (f"R{CITY}02", "重", both),
        (f"R{CITY}03", "外", shapely.box(120.0, 29.0, 120.1, 29.1)),
        (f"R{CITY}04", "东", shapes[grids[4]]),
    )
    run = checked(file, target="duty_grids")
    assert [one[:2] for one in found(run)] == [(2, "held_twice"), (3, "no_grid_inside")]
    go(run, ImportState.APPLYING)
    now = drawn("duty")
    assert (now[f"R{CITY}01"], now[f"R{CITY}04"]) == (tuple(grids[:3]), (grids[4],))
    assert f"R{CITY}02" not in now


def test_the_wizard_and_the_command_take_the_table(gridded: Cast, csv: Write, client: Client) -> None:
    grids = list(UnitGrid.objects.order_by("code").values_list("code", flat=True))
    file = csv(*rows(f"R{CITY}77", "甲", grids[:2]), head="BGID,责任网格代码,责任网格名称,备注")
    client.force_login(get_user_model().objects.get(pk=gridded.people["data_admin"]))
    run = importing.begin(file, jurisdiction=CITY, name=file.name, actor_id=None)
    page = client.get(reverse("desk-import", args=[run.id]), {"target": "duty_grids"}).content.decode()
    assert 'value="evaluation_grids"' in page
    assert 'type="hidden" id="i-crs"' in page
    mapped = {"map.unit_grid": "BGID", "map.code": "责任网格代码", "map.name": "责任网格名称"}
    asked = {"target": "duty_grids", "valid_from": DAY.isoformat(), "crs": "", **mapped}
    assert client.post(reverse("desk-import-act", args=[run.id, "check"]), asked).status_code == 302
    call_command("import_layer", str(file), target="duty_grids", jurisdiction=CITY, valid_from=DAY)
    assert drawn("duty")[f"R{CITY}77"] == tuple(grids[:2])
