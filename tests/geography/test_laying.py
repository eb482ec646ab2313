from datetime import date

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cityloop.geography import queries
from cityloop.geography.actions import LaidGrid, known_border, lay_grid_within, lay_regular_grid, read_border
from cityloop.geography.actions.writing import NewRegion, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import DutyGridMember, Region, UnitGrid
from cityloop.geography.queries.locate import LOCATE
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from geography.conftest import CITY, COMMUNITY, DAY, GeoJson

pytestmark = pytest.mark.django_db


def test_a_laid_grid_has_a_tree_and_duty_grids() -> None:
    laid = lay_regular_grid(CITY, 116.0, 39.0, 116.1, 39.1, 500, DAY, name="环城区")
    # 17.3 by 22.2 cells of 500 m: 18 columns and 23 rows; communities of 10 by 10 cells; one street
    assert laid == LaidGrid(regions=1 + 1 + 6, unit_grids=18 * 23, duty_grids=6)
    assert UnitGrid.objects.count() == DutyGridMember.objects.count() == 18 * 23
    where = queries.locate(116.0, 39.1, DAY)
    assert where is not None
    assert where.unit_grid == f"{CITY}001001001"
    assert where.duty_grid == f"R{CITY}00100101"
    assert queries.region_names([CITY], DAY) == {CITY: "环城区"}
    assert Region.objects.get(code=COMMUNITY).parent_code == f"{CITY}001"
    assert queries.extent(CITY) == (116.0, 39.0, 116.1, 39.1)
    assert queries.has_unit_grids(CITY, DAY)


@pytest.mark.parametrize(
    ("code", "level"),
    [("990000", RegionLevel.PROVINCE), ("990100", RegionLevel.CITY), ("990101", RegionLevel.DISTRICT)],
)
def test_the_jurisdictions_own_region_has_the_level_of_its_code(code: str, level: RegionLevel) -> None:
    lay_regular_grid(code, 116.0, 39.0, 116.01, 39.01, 500, DAY)
    assert Region.objects.get(code=code).level == level
    assert queries.region_names([code], DAY) == {code: code}


def test_known_communities_are_cut_and_their_tree_is_kept(one_community: str) -> None:
    before = Region.objects.count()
    laid = lay_regular_grid(CITY, 116.0, 39.0, 116.02, 39.02, 300, DAY)
    assert laid == LaidGrid(regions=0, unit_grids=12, duty_grids=1)
    assert Region.objects.count() == before
    where = queries.locate(116.0001, 39.0099, DAY)
    assert where is not None
    assert where.unit_grid == f"{COMMUNITY}001"
    assert queries.duty_grids(CITY, DAY)[0].name == "东一社区"


def test_a_border_that_is_there_is_kept() -> None:
    shape = shapely.box(115.9, 38.9, 116.2, 39.2)
    write_regions([NewRegion(CITY, RegionLevel.DISTRICT, "环城区", "", CITY, shape)], DAY)
    lay_regular_grid(CITY, 116.0, 39.0, 116.01, 39.01, 500, DAY, name="another name")
    assert queries.region_names([CITY], DAY) == {CITY: "环城区"}
    assert queries.extent(CITY) == shape.bounds


def test_a_grid_is_laid_only_once() -> None:
    lay_regular_grid(CITY, 116.0, 39.0, 116.01, 39.01, 500, DAY)
    with pytest.raises(Conflict):
        lay_regular_grid(CITY, 117.0, 39.0, 117.01, 39.01, 500, date(2027, 1, 1))


@pytest.mark.parametrize("code", ["", "9901", "99010a", "９９０１０１", "9901011"])
def test_a_code_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput):
        lay_regular_grid(code, 116.0, 39.0, 116.01, 39.01, 500, DAY)


def test_a_refused_extent_leaves_nothing() -> None:
    with pytest.raises(InvalidInput):
        lay_regular_grid(CITY, 39.0, 116.0, 39.01, 116.01, 500, DAY)
    assert not Region.objects.exists()
    with pytest.raises(NotFound):
        queries.extent(CITY)


def test_ten_thousand_cells_are_laid_in_few_statements_and_a_point_is_found_by_index() -> None:
    with CaptureQueriesContext(connection) as asked:
        laid = lay_regular_grid(CITY, 116.0, 39.0, 116.1263, 39.082, 100, DAY)
    assert laid.unit_grids > 9_750
    assert len(asked) < 100
    located = queries.locate(116.1, 39.05, DAY)
    assert located is not None
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + LOCATE, {"lon": 116.1, "lat": 39.05, "on": DAY, "jurisdiction": ""})
        plan = "\n".join(line for [line] in cursor.fetchall())
    assert "Index Scan using geography_unitgrid_geometry" in plan


TRIANGLE = shapely.Polygon([(116.0, 39.0), (116.05, 39.0), (116.0, 39.05)])


def test_inside_a_border_places_are_found_and_outside_none() -> None:
    laid = lay_grid_within(CITY, TRIANGLE, 300, DAY, name="环城区")
    assert laid.unit_grids > 100
    found = queries.locate(116.01, 39.01, DAY)
    assert found is not None
    assert found.unit_grid.startswith(CITY)
    assert found.duty_grid
    assert queries.locate(116.04, 39.04, DAY) is None, "inside the box, outside the border"
    assert queries.region_names([CITY], DAY) == {CITY: "环城区"}


def test_a_border_that_encloses_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        lay_grid_within(CITY, shapely.Polygon(), 300, DAY)


def test_a_border_is_what_all_areas_of_a_file_enclose(geojson: GeoJson) -> None:
    path = geojson((shapely.box(116, 39, 116.01, 39.01), {}), (shapely.box(116.01, 39, 116.02, 39.01), {}), (None, {}))
    assert read_border(path).bounds == (116, 39, 116.02, 39.01)
    with pytest.raises(InvalidInput, match="holds no area"):
        read_border(geojson((shapely.Point(116, 39), {}), name="points.geojson"))


def test_the_border_that_is_known_is_the_citys_own_or_that_of_its_communities(one_community: str) -> None:
    border = known_border(CITY, DAY)
    assert border is not None
    assert border.equals(shapely.from_wkb(bytes(Region.objects.get(code=CITY).geometry.wkb)))  # type: ignore[union-attr]
    Region.objects.filter(code=CITY).update(geometry=None)
    border = known_border(CITY, DAY)
    assert border is not None
    assert border.equals(shapely.from_wkb(bytes(Region.objects.get(code=COMMUNITY).geometry.wkb)))  # type: ignore[union-attr]
    assert known_border("990102", DAY) is None
