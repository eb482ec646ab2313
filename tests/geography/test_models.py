from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import IntegrityError, transaction
from django.db.models import Model

from cityloop.geography.models import DutyGrid, DutyGridMember, Region, UnitGrid
from geography.conftest import CITY, COMMUNITY, DAY

pytestmark = pytest.mark.django_db

LATER = DAY + timedelta(days=31)
SQUARE = MultiPolygon(Polygon.from_bbox((116.0, 39.0, 116.01, 39.01)), srid=4490)


def unit_grid(code: str = f"{COMMUNITY}001", begins: date = DAY, ends: date | None = None) -> UnitGrid:
    return UnitGrid.objects.create(
        code=code, jurisdiction=CITY, geometry=SQUARE, area_m2=1.0, valid_from=begins, valid_to=ends
    )


def duty_grid(code: str = "A", begins: date = DAY, ends: date | None = None) -> DutyGrid:
    return DutyGrid.objects.create(code=code, name=code, jurisdiction=CITY, valid_from=begins, valid_to=ends)


def region(code: str = CITY, begins: date = DAY, ends: date | None = None, level: str = "district") -> Region:
    return Region.objects.create(code=code, name=code, level=level, jurisdiction=CITY, valid_from=begins, valid_to=ends)


@pytest.mark.parametrize("make", [unit_grid, duty_grid, region])
def test_one_code_cannot_hold_twice_at_one_time(make: Callable[..., Model]) -> None:
    make(ends=LATER)
    make(begins=LATER)  # the end is the first day on which it no longer holds
    with pytest.raises(IntegrityError), transaction.atomic():
        make(begins=LATER + timedelta(days=5))
    with pytest.raises(IntegrityError), transaction.atomic():
        make(begins=DAY - timedelta(days=5), ends=LATER)


@pytest.mark.parametrize("make", [unit_grid, duty_grid, region])
def test_an_end_comes_after_its_beginning(make: Callable[..., Model]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make(ends=DAY)


@pytest.mark.parametrize("make", [unit_grid, duty_grid, region])
def test_nothing_holds_in_a_year_that_no_clock_can_show(make: Callable[..., Model]) -> None:
    for wrong in ({"begins": date(1, 1, 1)}, {"ends": date(9999, 12, 31)}):
        with pytest.raises(IntegrityError, match="within_years"), transaction.atomic():
            make(**wrong)


def test_a_unit_grid_cannot_be_in_two_duty_grids_at_one_time() -> None:
    grid, first, second = unit_grid(), duty_grid("A"), duty_grid("B")
    DutyGridMember.objects.create(duty_grid=first, unit_grid=grid, jurisdiction=CITY, valid_from=DAY, valid_to=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyGridMember.objects.create(duty_grid=second, unit_grid=grid, jurisdiction=CITY, valid_from=DAY)
    DutyGridMember.objects.create(duty_grid=second, unit_grid=grid, jurisdiction=CITY, valid_from=LATER)


@pytest.mark.parametrize("code", ["99010100100100", "99010100100100a", "99010100100١٠٠١", ""])
def test_a_unit_grid_has_fifteen_digits(code: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        unit_grid(code)


@pytest.mark.parametrize(
    ("code", "level"), [("990101", "street"), ("990101001", "district"), ("990101001", "community")]
)
def test_a_regions_code_fits_its_level(code: str, level: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        region(code, level=level)


def test_a_unit_grids_address_is_read_off_its_code() -> None:
    grid = unit_grid("320508019044007")
    grid.refresh_from_db()
    assert (grid.community_code, grid.street_code, grid.district_code) == ("320508019044", "320508019", "320508")


def test_valid_on_takes_the_first_day_and_leaves_the_last() -> None:
    unit_grid(ends=LATER)
    days = [DAY - timedelta(days=1), DAY, LATER - timedelta(days=1), LATER]
    assert [UnitGrid.objects.valid_on(day).count() for day in days] == [0, 1, 1, 0]
