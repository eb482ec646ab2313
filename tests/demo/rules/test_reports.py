from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import shapely

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground import SMALL, lay_out
from cityloop.demo.rules.mix import OWN_CLASS, TROUBLES
from cityloop.demo.rules.reports import Report, Town, any_trouble, reports_between, town
from cityloop.standards.queries import package_catalogue

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 3, 30), date(2026, 6, 28)
"""Thirteen whole weeks."""


@pytest.fixture(scope="module")
def place() -> Town:
    known = package_catalogue()
    return town(1, lay_out(1, SMALL), {**known, OWN_CLASS: known[TROUBLES[0].category]})


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
        if any(
            abs(spot.place.lon - report.lon) < 0.001 and abs(spot.place.lat - report.lat) < 0.001
            for spot in place.spots
        )
    ]
    assert 0.25 < len(near) / len(reports) < 0.65


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


def test_no_text_comes_twenty_times(reports: list[Report]) -> None:
    [(text, count)] = Counter(report.description for report in reports).most_common(1)
    assert count < 5, text


def test_what_several_people_tell_of_is_labelled_and_told_in_other_words(reports: list[Report]) -> None:
    together: dict[str, list[Report]] = {}
    for report in reports:
        together.setdefault(report.problem, []).append(report)
    told = [same for same in together.values() if len(same) > 1]
    assert 0.02 < len(told) / len(together) < 0.09
    for same in told:
        assert len({one.category for one in same}) == len({one.condition for one in same}) == 1
        assert len({one.description for one in same}) == len(same)
        assert max(one.at for one in same) - min(one.at for one in same) < timedelta(days=1)
        assert max(abs(one.lon - same[0].lon) for one in same) < 0.0005
        assert max(abs(one.lat - same[0].lat) for one in same) < 0.0005
    others = Counter(one.source for same in told for one in same)
    assert others["collector"] < 0.8 * sum(others.values())


def test_there_is_ice_in_winter_and_smoke_of_barbecues_in_summer(place: Town) -> None:
    def drawn(month: int) -> Counter[str]:
        source = chance(1, "month", month)
        return Counter(any_trouble(source, month=month).category[-5:] for _number in range(3000))

    winter, summer = drawn(1), drawn(7)
    assert winter["10001"] > 5
    assert summer["10001"] == 0
    assert summer["06029"] > 2 * winter["06029"]
    assert summer["09001"] > winter["09001"]
