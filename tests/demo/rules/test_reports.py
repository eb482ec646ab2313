from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import shapely

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import lay_out
from cityloop.demo.rules.mix import OWN_CLASS, TROUBLES
from cityloop.demo.rules.reports import Report, Town, any_trouble, disposal_share, reports_between, town
from cityloop.standards.queries import package_catalogue

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 3, 30), date(2026, 6, 28)
"""Thirteen whole weeks."""


@pytest.fixture(scope="module")
def place() -> Town:
    known = package_catalogue()
    return town(1, lay_out(1), {**known, OWN_CLASS: known[TROUBLES[0].category]})


@pytest.fixture(scope="module")
def reports(place: Town) -> list[Report]:
    return list(reports_between(place, 1, first=FIRST, last=LAST, a_day=29, zone=ZONE))


def test_as_much_is_reported_as_was_asked_for(reports: list[Report]) -> None:
    assert len(reports) == pytest.approx(29 * 91, rel=0.06)


def test_they_come_in_order_of_time_and_on_the_days_asked_for(reports: list[Report]) -> None:
    assert reports == sorted(reports, key=lambda report: report.at)
    days = {report.at.astimezone(ZONE).date() for report in reports}
    assert min(days) == FIRST
    assert max(days) == LAST


def test_the_hours_have_two_peaks(reports: list[Report]) -> None:
    hours = Counter(report.at.astimezone(ZONE).hour for report in reports)
    assert {hours[9], hours[15]} == set(dict(hours.most_common(2)).values())
    assert hours[12] < hours[9] / 3
    assert sum(hours[hour] for hour in range(6)) == 0


def test_weekends_are_quieter(reports: list[Report]) -> None:
    days = Counter(report.at.astimezone(ZONE).weekday() for report in reports)
    working = sum(days[day] for day in range(5)) / 5
    assert 0.55 < (days[5] + days[6]) / 2 / working < 0.85


def test_vendors_come_in_the_evening(reports: list[Report]) -> None:
    hours = [report.at.astimezone(ZONE).hour for report in reports if report.category.endswith("09001")]
    assert sum(hour >= 17 for hour in hours) > len(hours) / 2


def test_they_crowd_at_the_hot_spots(place: Town, reports: list[Report]) -> None:
    near = [
        report
        for report in reports
        if any(abs(spot.lon - report.lon) < 0.002 and abs(spot.lat - report.lat) < 0.002 for spot in place.spots)
    ]
    assert 0.2 < len(near) / len(reports) < 0.5


def test_they_lie_where_their_address_says(place: Town, reports: list[Report]) -> None:
    shapes = {area.code: area.shape for area in place.ground.communities}
    assert all(shapely.contains_xy(shapes[report.community], report.lon, report.lat) for report in reports)
    assert all(place.ground.name(report.community) in report.address for report in reports)


def test_conditions_belong_to_their_class(reports: list[Report]) -> None:
    own = [report for report in reports if report.category != OWN_CLASS]
    assert all(report.condition.startswith(f"{report.category}#") for report in own)


def test_a_day_is_the_same_whatever_days_stand_before_it(place: Town, reports: list[Report]) -> None:
    alone = list(reports_between(place, 1, first=LAST, last=LAST, a_day=29, zone=ZONE))
    assert alone == [report for report in reports if report.at.astimezone(ZONE).date() == LAST]
    other = list(reports_between(place, 2, first=LAST, last=LAST, a_day=29, zone=ZONE))
    assert alone != other


def test_a_named_source_is_kept(place: Town) -> None:
    source = chance(1, "source")
    report = place.report(any_trouble(source), datetime(2026, 7, 1, tzinfo=UTC), source, origin="hotline")
    assert report.source == "hotline"


def test_disposal_is_mostly_in_time() -> None:
    source = chance(1, "shares")
    shares = [disposal_share(source) for _number in range(4000)]
    assert 0.9 < sum(share <= 1 for share in shares) / len(shares) < 0.97
    assert all(0 < share <= 2.5 for share in shares)
