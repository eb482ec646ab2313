import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cityloop.geography import queries
from cityloop.geography.models import UnitGrid
from geography.conftest import CITY, COMMUNITY, DAY, GeoJson, box

pytestmark = pytest.mark.django_db

WEST, EAST = box(0, 0, 5, 10), box(5, 0, 10, 10)


def run(command: str, path: Path, *words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(command, str(path), "--jurisdiction", CITY, *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_grids_come_in_from_the_command_line(one_community: str, geojson: GeoJson) -> None:
    path = geojson((WEST, {"BGID": f"{COMMUNITY}01", "BGNAME": "西片"}))
    out, err = run(
        "import_grids",
        path,
        "--code-column",
        "BGID",
        "--name-column",
        "BGNAME",
        "--valid-from",
        "2026-01-01",
        "--duty-grids",
    )
    assert "1 rows read, 1 imported" in out
    assert "are in no unit grid" in err
    where = queries.locate(116.001, 39.001, DAY)
    assert where is not None
    assert (where.unit_grid, where.duty_grid) == (f"{COMMUNITY}001", f"R{COMMUNITY}01")


def test_regions_come_in_from_the_command_line(geojson: GeoJson) -> None:
    path = geojson((WEST, {"id": CITY, "title": "环城区"}))
    out, _err = run(
        "import_regions",
        path,
        "--level",
        "district",
        "--code-column",
        "id",
        "--name-column",
        "title",
        "--valid-from",
        "2026-01-01",
    )
    assert "1 rows read, 1 imported" in out
    assert queries.region_names([CITY], DAY) == {CITY: "环城区"}


def test_a_refused_file_lists_its_bad_rows_and_fails(one_community: str, geojson: GeoJson) -> None:
    path = geojson((WEST, {"code": f"{COMMUNITY}001"}), (EAST, {"code": "7"}))
    err = StringIO()
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_grids", str(path), "--jurisdiction", CITY, stderr=err)
    assert "2.code: 7" in err.getvalue()
    assert not UnitGrid.objects.exists()


def test_bad_rows_are_written_to_the_report_where_good_ones_are_kept(
    one_community: str, geojson: GeoJson, tmp_path: Path
) -> None:
    path = geojson((WEST, {"code": f"{COMMUNITY}001"}), (EAST, {"code": "7"}))
    report = tmp_path / "report.json"
    out, _err = run("import_grids", path, "--keep-good", "--report", str(report))
    assert "1 imported" in out
    assert "1 refused" in out
    told = json.loads(report.read_text())
    assert [(fault["row"], fault["column"], fault["value"]) for fault in told["faults"]] == [(2, "code", "7")]
