from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from cityloop.geography import queries
from cityloop.geography.actions import (
    DutyGridPlan,
    GridFields,
    ImportOptions,
    ImportReport,
    RegionFields,
    import_grids,
    import_regions,
    make_duty_grids,
)
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import Region, UnitGrid
from cityloop.geography.rules.shapes import area_m2
from cityloop.kernel.errors import InvalidInput
from geography.conftest import CITY, COMMUNITY, DAY, GeoJson, box

pytestmark = pytest.mark.django_db

LATER = date(2026, 7, 1)
FIELDS = GridFields(code="code", name="name")
WEST, EAST = box(0, 0, 5, 10), box(5, 0, 10, 10)


def grid(number: int, shape: shapely.Geometry | None, name: str = "") -> tuple[shapely.Geometry | None, dict[str, str]]:
    return shape, {"code": f"{COMMUNITY}{number:03}", "name": name}


def take(path: Path, on: date = DAY, **options: object) -> ImportReport:
    return import_grids(path, jurisdiction=CITY, valid_from=on, fields=FIELDS, options=ImportOptions(**options))  # type: ignore[arg-type]


def test_grids_are_read_checked_and_found(one_community: str, geojson: GeoJson) -> None:
    report = take(geojson(grid(1, WEST, "西片"), grid(2, EAST, "东片")))
    assert (report.read, report.written, report.superseded, report.unchanged) == (2, 2, 0, 0)
    assert (report.faults, report.notes) == ((), ())
    where = queries.locate(116.007, 39.005, DAY)
    assert where is not None
    assert where.unit_grid == f"{COMMUNITY}002"
    stored = UnitGrid.objects.get(code=f"{COMMUNITY}001")
    assert (stored.name, stored.community_code, stored.geometry.srid) == ("西片", COMMUNITY, 4490)
    assert stored.area_m2 == pytest.approx(float(area_m2(WEST)))


def test_one_bad_row_refuses_the_file_and_names_every_bad_row(one_community: str, geojson: GeoJson) -> None:
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(1, WEST), grid(2, None), (EAST, {"code": "7", "name": ""})))
    assert {fault.field for fault in refusal.value.faults} == {"2.geometry", "3.code"}
    assert refusal.value.details["rows"] == 2
    assert not UnitGrid.objects.exists()


def test_good_rows_are_kept_where_that_is_asked(one_community: str, geojson: GeoJson) -> None:
    bow = shapely.Polygon([(116.005, 39), (116.01, 39.01), (116.01, 39), (116.005, 39.01)])
    report = take(
        geojson(grid(1, WEST), grid(2, bow), grid(1, EAST), grid(4, box(4, 4, 6, 6))), keep_good=True, mend=False
    )
    assert (report.read, report.written) == (4, 1)
    assert [(fault.row, fault.column) for fault in report.faults] == [(2, "geometry"), (3, "code"), (4, "geometry")]
    assert [note.value for note in report.notes] == [COMMUNITY], "the eastern half is in no grid"


def test_a_polygon_that_crosses_itself_is_mended_and_noted(one_community: str, geojson: GeoJson) -> None:
    bow = shapely.Polygon([(116.005, 39), (116.01, 39.01), (116.01, 39), (116.005, 39.01)])
    report = take(geojson(grid(2, bow)))
    assert report.written == 1
    assert (2 - 1, "geometry") in {(note.row, note.column) for note in report.notes}
    assert UnitGrid.objects.get().geometry.valid


def test_swapped_axes_are_refused_by_name(one_community: str, geojson: GeoJson) -> None:
    swapped = shapely.transform(WEST, lambda points: points[:, ::-1])
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(1, swapped)))
    assert "swapped" in refusal.value.faults[0].why


def test_coordinates_shifted_twice_fall_out_of_their_community(one_community: str, geojson: GeoJson) -> None:
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(1, WEST)), crs="gcj02")
    assert "outside its community" in refusal.value.faults[0].why


def test_importing_again_changes_nothing(one_community: str, geojson: GeoJson) -> None:
    path = geojson(grid(1, WEST), grid(2, EAST))
    take(path)
    report = take(path, LATER)
    assert (report.written, report.unchanged) == (0, 2)
    assert UnitGrid.objects.count() == 2


def test_a_new_version_closes_the_old_one_and_takes_its_place_in_its_duty_grid(
    one_community: str, geojson: GeoJson
) -> None:
    take(geojson(grid(1, WEST), grid(2, EAST)))
    make_duty_grids(CITY, [DutyGridPlan("R1", "一号", (f"{COMMUNITY}001", f"{COMMUNITY}002"))], DAY)
    moved = geojson(grid(1, box(0, 0, 6, 10)), grid(2, box(6, 0, 10, 10)))
    with pytest.raises(InvalidInput):
        take(moved, LATER)
    report = take(moved, LATER, supersede=True)
    assert (report.written, report.superseded) == (2, 2)
    before, after = (queries.locate(116.0055, 39.005, day) for day in (DAY, LATER))
    assert before is not None
    assert after is not None
    assert (before.unit_grid[-3:], before.duty_grid) == ("002", "R1")
    assert (after.unit_grid[-3:], after.duty_grid) == ("001", "R1")
    assert queries.duty_grids(CITY, LATER)[0].unit_grids == (f"{COMMUNITY}001", f"{COMMUNITY}002")


def test_a_split_grid_is_retired_and_its_code_never_used_again(one_community: str, geojson: GeoJson) -> None:
    take(geojson(grid(1, WEST), grid(2, EAST)))
    make_duty_grids(CITY, [DutyGridPlan("R1", "一号", (f"{COMMUNITY}001",))], DAY)
    halves = geojson(grid(3, box(0, 0, 5, 5)), grid(4, box(0, 5, 5, 10)))
    take(halves, LATER, retire=[f"{COMMUNITY}001"])
    before, after = (queries.locate(116.001, 39.001, day) for day in (DAY, LATER))
    assert before is not None
    assert after is not None
    assert (before.unit_grid[-3:], after.unit_grid[-3:], after.duty_grid) == ("001", "003", "")
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(1, WEST)), date(2027, 1, 1), supersede=True)
    assert "retired" in refusal.value.faults[0].why


def test_areas_of_the_year_1_are_refused_before_anything_is_written(one_community: str, geojson: GeoJson) -> None:
    with pytest.raises(InvalidInput, match="between 1970 and 2199"):
        take(geojson(grid(1, WEST)), on=date(1, 1, 1))
    assert not UnitGrid.objects.exists()


def test_retiring_what_is_not_there_is_refused(one_community: str, geojson: GeoJson) -> None:
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(1, WEST)), retire=[f"{COMMUNITY}099"])
    assert refusal.value.faults[0].field == "retire"
    assert not UnitGrid.objects.exists()


def test_an_overlap_with_what_is_there_is_refused(one_community: str, geojson: GeoJson) -> None:
    take(geojson(grid(1, WEST)))
    with pytest.raises(InvalidInput) as refusal:
        take(geojson(grid(2, box(4, 0, 10, 10))), LATER)
    assert f"{COMMUNITY}001" in refusal.value.faults[0].why


def test_an_unknown_column_is_refused_with_those_there_are(one_community: str, geojson: GeoJson) -> None:
    path = geojson((WEST, {"BGID": "1", "BGNAME": "x"}))
    with pytest.raises(InvalidInput, match="BGID, BGNAME"):
        take(path)


def test_words_longer_than_their_columns_are_refused(one_community: str, geojson: GeoJson) -> None:
    report = take(geojson(grid(1, WEST, "长" * 101), grid(2, EAST, "长" * 100)), keep_good=True)
    assert [(fault.row, fault.column) for fault in report.faults] == [(1, "name")]
    assert report.written == 1


def test_progress_ends_at_the_number_of_rows(one_community: str, geojson: GeoJson) -> None:
    seen: list[tuple[int, int]] = []
    path = geojson(grid(1, WEST), grid(2, EAST))
    import_grids(path, jurisdiction=CITY, valid_from=DAY, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)


def test_regions_hang_themselves_under_the_innermost_region_that_is_known(geojson: GeoJson) -> None:
    where = {"jurisdiction": CITY, "valid_from": DAY}
    district = geojson((box(-5, -5, 20, 20), {"code": CITY, "name": "环城区"}), name="district.geojson")
    import_regions(district, RegionLevel.DISTRICT, **where)  # type: ignore[arg-type]
    communities = geojson(
        (box(0, 0, 10, 10), {"id": "1", "name": "东一社区"}), (box(10, 0, 20, 10), {"id": "2", "name": "东二社区"})
    )
    fields = RegionFields(code=f"{CITY}001{{id:03}}")
    report = import_regions(communities, RegionLevel.COMMUNITY, fields=fields, **where)  # type: ignore[arg-type]
    assert report.written == 2
    assert Region.objects.get(code=COMMUNITY).parent_code == CITY
    assert queries.region_names([COMMUNITY, CITY, "1"], DAY) == {COMMUNITY: "东一社区", CITY: "环城区"}
    assert [row.code for row in queries.regions(CITY, DAY, level="community")] == [COMMUNITY, f"{CITY}001002"]


def test_each_district_of_a_city_may_be_a_jurisdiction_of_its_own(geojson: GeoJson) -> None:
    path = geojson((WEST, {"code": "990101", "name": "西区"}), (EAST, {"code": "990102", "name": "东区"}))
    import_regions(
        path,
        RegionLevel.DISTRICT,
        jurisdiction="990100",
        valid_from=DAY,
        fields=RegionFields(jurisdiction="{code[0:6]}"),
    )
    found = queries.Locator.load(DAY).locate(np.array([116.001, 116.009]), np.array([39.001, 39.001]))
    assert found.column("jurisdiction").tolist() == ["990101", "990102"]


def test_a_changed_region_gets_a_new_version(geojson: GeoJson) -> None:
    path = geojson((WEST, {"code": CITY, "name": "环城区"}))
    import_regions(path, RegionLevel.DISTRICT, jurisdiction=CITY, valid_from=DAY)
    path = geojson((WEST.union(EAST), {"code": CITY, "name": "环城新区"}))
    options = ImportOptions(supersede=True)
    report = import_regions(path, RegionLevel.DISTRICT, jurisdiction=CITY, valid_from=LATER, options=options)
    assert report.superseded == 1
    assert queries.region_names([CITY], DAY) == {CITY: "环城区"}
    assert queries.region_names([CITY], LATER) == {CITY: "环城新区"}
    assert queries.extent(CITY, DAY).east < queries.extent(CITY, LATER).east


def test_a_region_of_the_wrong_level_is_refused(geojson: GeoJson) -> None:
    path = geojson((WEST, {"code": CITY, "name": "环城区"}))
    with pytest.raises(InvalidInput):
        import_regions(path, RegionLevel.STREET, jurisdiction=CITY, valid_from=DAY)
    assert not Region.objects.exists()
