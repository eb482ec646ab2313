from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cast import CITY, SINCE, Cast
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.organisation import actions, models, queries
from cityloop.organisation.rules.calendar_days import PUBLISHED, DayException, DaySpan, NationalDays
from cityloop.standards.rules import TimeLimit

COVER = "gb47678_2026/part/01001"
DAY = date(2026, 7, 2)
DEFINITION = {
    "name_zh": "积雪",
    "dept_kind": "sanitation",
    "conditions": [
        {"id": "snow", "text_zh": "积雪", "closing_zh": "清除", "limit": {"amount": 3, "unit": "urgent_hour"}}
    ],
}


def office() -> models.WorkingCalendar:
    return models.WorkingCalendar.objects.get(jurisdiction=CITY, code="office")


def test_a_day_differs_until_it_is_taken_back(city_cast: Cast) -> None:
    half = DayException("spans", "盘点", (DaySpan(8 * 60, 12 * 60),))
    assert actions.change_day(CITY, "office", DAY, half) == 2
    assert office().parsed().exceptions == {DAY: half}
    assert actions.change_day(CITY, "office", DAY, None) == 3
    assert office().parsed().exceptions == {}


def test_the_same_rule_again_is_no_new_version(city_cast: Cast) -> None:
    assert actions.change_day(CITY, "office", DAY, None) == 1
    assert actions.change_calendar(CITY, "office", office().parsed()) == 1
    shorter = replace(office().parsed(), workday=timedelta(hours=7))
    assert actions.change_calendar(CITY, "office", shorter) == 2
    assert actions.change_calendar(CITY, "office", shorter) == 2


def test_a_calendar_that_is_not_there(city_cast: Cast) -> None:
    with pytest.raises(NotFound):
        actions.change_day(CITY, "night", DAY, None)


def test_a_calendar_code_is_taken_once(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        actions.create_calendar(CITY, "又一个", office().parsed())


NATIONAL_DAY = datetime(2031, 10, 1, 0, tzinfo=UTC)
"""Eight in the morning in Shanghai, on a Wednesday."""
IN_2031 = PUBLISHED.with_those_of(NationalDays(frozenset({NATIONAL_DAY.date()}), frozenset()))
HOUR = timedelta(hours=1)


def test_every_calendar_carries_the_holidays_that_it_counts_by(city_cast: Cast) -> None:
    assert office().rule["national"] == PUBLISHED.to_json()
    bare = {name: value for name, value in office().rule.items() if name != "national"}
    made = models.WorkingCalendar.objects.create(jurisdiction=CITY, code="bare", name="无", rule=bare)
    kept = models.CalendarVersion.objects.get(calendar=made, version=1)
    assert kept.rule["national"] == PUBLISHED.to_json()


def test_holidays_published_meanwhile_make_a_new_version_and_leave_the_old_one(city_cast: Cast) -> None:
    assert actions.renew_holidays() == 0
    assert actions.renew_holidays(IN_2031) == models.WorkingCalendar.objects.filter(rule__public_holidays=True).count()
    assert actions.renew_holidays(IN_2031) == 0
    now, then = queries.city(CITY).calendar("office"), queries.calendar_of(CITY, "office", 1)
    assert (now.version, then.version) == (2, 1)
    assert now.is_known(NATIONAL_DAY.date())
    assert not then.is_known(NATIONAL_DAY.date())
    assert then.add(NATIONAL_DAY, HOUR) == NATIONAL_DAY + HOUR
    assert now.add(NATIONAL_DAY, HOUR) == NATIONAL_DAY + timedelta(days=1) + HOUR


def test_holidays_that_only_a_calendar_knows_stay_in_it(city_cast: Cast) -> None:
    actions.renew_holidays(IN_2031)
    assert actions.renew_holidays(PUBLISHED) == 0
    assert office().parsed().national == IN_2031


def test_a_calendar_that_works_through_holidays_is_left_alone(city_cast: Cast) -> None:
    before = models.WorkingCalendar.objects.get(jurisdiction=CITY, code="shift").version
    actions.renew_holidays(IN_2031)
    assert models.WorkingCalendar.objects.get(jurisdiction=CITY, code="shift").version == before


@pytest.mark.parametrize(
    ("key", "definition"),
    [
        pytest.param("06999", DEFINITION, id="no key"),
        pytest.param("gb47678_2026/event/06999", {"name_zh": "积雪"}, id="half a definition"),
        pytest.param("gb47678_2026/event/06999", DEFINITION | {"dept_kind": "circus"}, id="an unknown kind"),
    ],
)
def test_a_class_that_cannot_be_is_refused(city_cast: Cast, key: str, definition: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        actions.add_class(CITY, key, definition, valid_from=SINCE)
    assert not models.ClassOverride.objects.exists()


def test_a_class_is_changed_once_at_a_time(city_cast: Cast) -> None:
    actions.disable_class(CITY, COVER, valid_from=SINCE)
    with pytest.raises(InvalidInput) as refusal:
        actions.disable_class(CITY, COVER, valid_from=DAY)
    assert "already" in refusal.value.message


def test_a_limit_needs_a_filing_condition(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        actions.override_limit(CITY, COVER, TimeLimit(1, "work_day"), valid_from=SINCE)
