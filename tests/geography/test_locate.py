from collections.abc import Callable
from dataclasses import astuple
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from django.db import connection

from cityloop.geography import actions, queries
from cityloop.geography.actions.writing import NewGrid, NewRegion, write_grids, write_regions
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import UnitGrid
from cityloop.geography.queries.locate import LOCATE
from cityloop.geography.rules.located import Located
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.versions import versions_of
from geography.conftest import CITY, COMMUNITY, DAY, box

pytestmark = pytest.mark.django_db


def test_a_point_in_a_grid_is_located_down_to_its_duty_grid(one_community: str) -> None:
    write_grids([NewGrid(f"{COMMUNITY}001", CITY, box(0, 0, 5, 10), timing_zone="core")], DAY)
    actions.duty_grids_by_community(CITY, DAY)
    assert queries.locate(116.002, 39.002, DAY) == Located(
        lon=116.002,
        lat=39.002,
        unit_grid=f"{COMMUNITY}001",
        duty_grid=f"R{COMMUNITY}01",
        community=COMMUNITY,
        street=f"{CITY}001",
        district=CITY,
        jurisdiction=CITY,
        timing_zone="core",
    )


@pytest.mark.parametrize(
    ("lon", "codes"),
    [
        pytest.param(116.007, (COMMUNITY, f"{CITY}001", CITY), id="a community"),
        pytest.param(116.012, ("", f"{CITY}001", CITY), id="a street"),
        pytest.param(116.018, ("", "", CITY), id="a district"),
    ],
)
def test_a_point_in_no_grid_has_the_codes_of_the_regions(
    one_community: str, lon: float, codes: tuple[str, ...]
) -> None:
    where = queries.locate(lon, 39.007, DAY)
    assert where is not None
    assert (where.unit_grid, where.duty_grid) == ("", "")
    assert (where.community, where.street, where.district) == codes
    assert (where.jurisdiction, where.timing_zone) == (CITY, "normal")


def test_a_point_outside_everything_is_nowhere(one_community: str) -> None:
    assert queries.locate(117.0, 39.0, DAY) is None


def test_the_innermost_jurisdiction_has_the_point(one_community: str) -> None:
    wide = NewRegion("990100", RegionLevel.CITY, "环市", "", "990100", box(-50, -50, 50, 50))
    write_regions([wide], DAY)
    inner, outer = queries.locate(116.018, 39.007, DAY), queries.locate(116.04, 39.007, DAY)
    assert inner is not None
    assert outer is not None
    assert (inner.jurisdiction, outer.jurisdiction) == (CITY, "990100")
    only = queries.locate(116.018, 39.007, DAY, jurisdiction="990100")
    assert only is not None
    assert (only.jurisdiction, only.district) == ("990100", "")


def test_a_point_on_a_border_goes_to_the_lowest_code(one_community: str) -> None:
    east, west = (
        NewGrid(f"{COMMUNITY}00{number}", CITY, shape)
        for number, shape in ((1, box(5, 0, 10, 10)), (2, box(0, 0, 5, 10)))
    )
    write_grids([west, east], DAY)
    where = queries.locate(116.005, 39.002, DAY)
    assert where is not None
    assert where.unit_grid.endswith("001")


def test_only_what_holds_on_the_day_counts(one_community: str) -> None:
    write_grids([NewGrid(f"{COMMUNITY}001", CITY, box(0, 0, 5, 10))], DAY)
    UnitGrid.objects.update(valid_to=DAY + timedelta(days=30))
    write_grids([NewGrid(f"{COMMUNITY}002", CITY, box(0, 0, 5, 10))], DAY + timedelta(days=30))
    days = (DAY - timedelta(days=1), DAY, DAY + timedelta(days=29), DAY + timedelta(days=30))
    found = [queries.locate(116.002, 39.002, day) for day in days]
    assert [where and where.unit_grid[-3:] for where in found] == [None, "001", "001", "002"]
    for day, where in zip(days, found, strict=True):
        assert queries.Locator.load(day).locate(np.array([116.002]), np.array([39.002]))[0] == where


def test_what_is_no_position_is_refused() -> None:
    with pytest.raises(InvalidInput):
        queries.locate(39.0, 116.0, DAY)


def border_points(grids: list[NewGrid], chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points on shared borders: every corner, and points that arithmetic puts on a slanted edge."""
    corners = shapely.get_coordinates([grid.shape for grid in grids])
    part = chance.uniform(0, 1, (len(corners) - 1, 1))
    between = corners[:-1] + (corners[1:] - corners[:-1]) * part
    points = np.concatenate([corners, between])
    picked = points[chance.choice(len(points), 1500, replace=False)]
    return picked[:, 0], picked[:, 1]


def test_the_locator_answers_as_the_database_does(irregular_city: list[NewGrid]) -> None:
    actions.duty_grids_by_community(CITY, DAY)
    chance = np.random.default_rng(7)
    lons, lats = chance.uniform(115.985, 116.045, 1500), chance.uniform(39.255, 39.315, 1500)
    on_border = border_points(irregular_city, chance)
    lons, lats = np.concatenate([lons, on_border[0]]), np.concatenate([lats, on_border[1]])
    places = queries.Locator.load(DAY).locate(lons, lats)
    singly = [queries.locate(lon, lat, DAY) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    assert [places[point] for point in range(len(places))] == singly
    kinds = {(bool(where and where.unit_grid), bool(where and where.street), where is None) for where in singly}
    assert len(kinds) == 4, "points in grids, in a street, in the district only, and nowhere"


def test_a_locator_of_one_jurisdiction_knows_no_other(one_community: str) -> None:
    lons, lats = np.array([116.001]), np.array([39.001])
    assert queries.Locator.load(DAY, CITY).locate(lons, lats)[0] == queries.locate(116.001, 39.001, DAY)
    assert queries.Locator.load(DAY, "110101").locate(lons, lats)[0] is None
    assert queries.locate(116.001, 39.001, DAY, jurisdiction="110101") is None


def test_places_give_columns_with_blanks_for_nowhere(one_community: str) -> None:
    places = queries.Locator.load(DAY).locate(np.array([116.001, 10.0, np.nan]), np.array([39.001, 10.0, 39.0]))
    assert places.column("community").tolist() == [COMMUNITY, "", ""]
    assert places.found.tolist() == [True, False, False]
    assert astuple(places[0])[2:] == tuple(places.areas[places.area[0]])  # type: ignore[arg-type]


def test_a_locator_over_nothing_finds_nothing() -> None:
    places = queries.Locator.load(DAY).locate(np.array([116.0, 1.0]), np.array([39.0, 1.0]))
    assert not places.found.any()
    assert len(queries.Locator.load(DAY).locate(np.array([]), np.array([]))) == 0


def test_locating_reads_the_spatial_index(irregular_city: list[NewGrid]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + LOCATE, {"lon": 116.01, "lat": 39.29, "on": DAY, "jurisdiction": ""})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using geography_unitgrid_geometry" in plan
    assert "Seq Scan on geography_unitgrid" not in plan


def test_a_change_of_areas_counts_the_version_once_a_statement(one_community: str) -> None:
    def changed_by(change: Callable[[], object]) -> int:
        before = versions_of(CITY)[1]
        change()
        return versions_of(CITY)[1] - before

    eight = [NewGrid(f"{COMMUNITY}{number:03}", CITY, box(number, 0, number + 1, 1)) for number in range(1, 9)]
    grids = UnitGrid.objects.filter(jurisdiction=CITY)
    # the sequence is asked twice where the version row is there already: two for a statement, whatever its rows
    assert changed_by(lambda: write_grids(eight, DAY)) == 2
    assert changed_by(lambda: grids.update(name="东门")) == 2
    assert changed_by(grids.delete) >= 2
    assert versions_of("110101")[1] == 0


def test_no_day_is_a_date_of_the_caller() -> None:
    assert queries.locate(0.0, 0.0, date(1900, 1, 1)) is None
