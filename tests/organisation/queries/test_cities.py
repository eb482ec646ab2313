"""A city as configured: cached as long as nothing changes, and not a moment longer."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from cast import CITY, DUTY_GRID, NOW, OTHER_CITY, SINCE, Cast, make_city, make_person
from cityloop.kernel.clock import CityClock
from cityloop.kernel.errors import NotFound
from cityloop.kernel.versions import one_reading
from cityloop.organisation import actions, models, queries
from cityloop.organisation.queries import cities
from cityloop.organisation.rules.calendar_days import DayException
from cityloop.organisation.rules.calendar_reading import week_of
from cityloop.standards.rules import TimeLimit

HOUR = timedelta(hours=1)
COVER = "gb47678_2026/part/01001"
OPEN_COVER = f"{COVER}#cov_open"


def in_another_connection(work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


# --- the cache


def test_an_unchanged_city_costs_one_query(city_cast: Cast, django_assert_num_queries: Callable[..., object]) -> None:
    before = queries.city(CITY)
    with django_assert_num_queries(1):
        assert queries.city(CITY) is before


def test_a_commit_in_another_connection_is_seen_at_once(committed_cast: Cast) -> None:
    before = queries.city(CITY)
    in_another_connection(lambda: actions.create_department(CITY, "YL", "园林所", "greening", valid_from=SINCE))
    assert before.department_by_code("YL") is None
    after = queries.city(CITY).department_by_code("YL")
    assert after is not None
    assert after.kind == "greening"


def test_a_change_of_another_city_leaves_this_one_alone(city_cast: Cast) -> None:
    before = queries.city(CITY)
    actions.create_department(OTHER_CITY, "YL", "园林所", "greening", valid_from=SINCE)
    assert queries.city(CITY) is before


def test_a_password_or_a_new_citizen_changes_no_city(city_cast: Cast) -> None:
    before = queries.city(CITY)
    actions.reset_password(city_cast["acceptor"])
    actions.create_user("somebody", name="市民")
    assert queries.city(CITY) is before


def test_what_was_rolled_back_is_never_seen_again(committed_cast: Cast) -> None:
    with transaction.atomic():
        actions.create_department(CITY, "X", "昙花", "greening", valid_from=SINCE)
        assert queries.city(CITY).department_by_code("X") is not None
        transaction.set_rollback(True)
    actions.create_department(CITY, "Y", "园林", "greening", valid_from=SINCE)
    assert queries.city(CITY).department_by_code("X") is None
    assert queries.city(CITY).department_by_code("Y") is not None


@pytest.mark.django_db
def test_an_unknown_jurisdiction_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.city("123456")


# --- classes and limits


def test_overrides_hold_on_their_days(city_cast: Cast) -> None:
    actions.disable_class(CITY, COVER, valid_from=date(2026, 7, 1), valid_to=date(2026, 8, 1))
    city = queries.city(CITY)
    used = [COVER in city.categories_on(day) for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 8, 1))]
    assert used == [True, False, True]
    assert COVER in queries.city(OTHER_CITY).categories_on(date(2026, 7, 1))


def test_days_of_the_same_classes_share_one_mapping(city_cast: Cast) -> None:
    actions.disable_class(CITY, COVER, valid_from=date(2026, 7, 1), valid_to=date(2026, 8, 1))
    city = queries.city(CITY)
    assert city.categories_on(date(2026, 7, 1)) is city.categories_on(date(2026, 7, 31))
    assert city.categories_on(date(2015, 1, 1)) is city.categories_on(date(2026, 6, 30))


def test_a_class_of_the_citys_own_has_its_limits(city_cast: Cast) -> None:
    definition = {
        "name_zh": "积雪",
        "dept_kind": "sanitation",
        "conditions": [
            {"id": "snow", "text_zh": "积雪", "closing_zh": "清除", "limit": {"amount": 3, "unit": "urgent_hour"}}
        ],
    }
    actions.add_class(CITY, "gb47678_2026/event/06999", definition, valid_from=SINCE)
    city = queries.city(CITY)
    assert city.categories["gb47678_2026/event/06999"].big_name_zh == "市容环境类"
    assert city.limit_of("gb47678_2026/event/06999#snow") == TimeLimit(3, "urgent_hour")


def test_a_limit_is_the_citys_for_the_zone_else_for_all_else_the_standards(city_cast: Cast) -> None:
    actions.override_limit(CITY, OPEN_COVER, TimeLimit(1, "urgent_hour", "1小时"), valid_from=date(2026, 7, 1))
    actions.override_limit(CITY, OPEN_COVER, TimeLimit(30, "minute"), valid_from=date(2026, 7, 1), timing_zone="core")
    limit_of = queries.city(CITY).limit_of
    assert limit_of(OPEN_COVER, "core", date(2026, 7, 1)) == TimeLimit(30, "minute")
    assert limit_of(OPEN_COVER, "outer", date(2026, 7, 1)) == TimeLimit(1, "urgent_hour", "1小时")
    assert limit_of(OPEN_COVER, "core", date(2026, 6, 30)).amount == 2


def test_a_class_no_longer_used_keeps_its_limits(city_cast: Cast) -> None:
    actions.disable_class(CITY, COVER, valid_from=SINCE)
    assert queries.city(CITY).limit_of(OPEN_COVER, "", date(2026, 7, 1)).amount == 2


def test_an_old_case_keeps_the_limits_of_its_scheme(city_cast: Cast) -> None:
    assert queries.city(CITY).limit_of("gb30428_2013/part/0101#cov_open", "", date(2016, 1, 1)).amount == 2


@pytest.mark.parametrize("key", ["gb47678_2026/part/01001#nothing", "gb47678_2026/part/99999#cov_open"])
def test_an_unknown_condition_is_not_found(city_cast: Cast, key: str) -> None:
    with pytest.raises(NotFound):
        queries.city(CITY).limit_of(key)


# --- calendars


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def test_a_city_begins_with_two_calendars(city_cast: Cast) -> None:
    office, shift = (queries.city(CITY).calendars[code] for code in ("office", "shift"))
    assert office.add(utc("2026-09-30 17:00"), 2 * HOUR) == utc("2026-10-08 09:00")  # over the National Day holiday
    assert shift.add(utc("2026-10-01 19:00"), 2 * HOUR) == utc("2026-10-02 09:00")


@pytest.mark.django_db
def test_a_city_abroad_knows_no_chinese_holidays() -> None:
    make_city()
    actions.create_jurisdiction("990601", "洛城", time_zone="America/Los_Angeles")
    office = queries.city("990601").calendars["office"]
    start = datetime(2026, 10, 1, 16, tzinfo=UTC)  # nine in the morning there
    assert office.add(start, HOUR) == start + HOUR


def test_an_old_version_of_a_calendar_still_counts(city_cast: Cast) -> None:
    start, old = utc("2026-07-01 17:00"), queries.city(CITY).calendars["office"]
    assert actions.change_day(CITY, "office", date(2026, 7, 2), DayException("holiday", "停电")) == 2
    city = queries.city(CITY)
    assert city.calendars["office"].version == 2
    assert city.calendar("office").add(start, 2 * HOUR) == utc("2026-07-03 09:00")
    assert queries.calendar_of(CITY, "office", 1).add(start, 2 * HOUR) == old.add(start, 2 * HOUR)
    assert city.calendar("office", 1).version == 1
    with pytest.raises(NotFound):
        city.calendar("office", 3)
    with pytest.raises(NotFound):
        city.calendar("night")


def test_a_further_calendar(city_cast: Cast) -> None:
    rule = models.WorkingCalendar.objects.get(jurisdiction=CITY, code="shift").parsed()
    night = type(rule)(code="night", version=1, time_zone=rule.time_zone, weekly=week_of("20:00-24:00", "fri sat"))
    actions.create_calendar(CITY, "夜市", night)
    assert queries.city(CITY).calendar("night").workday == 8 * HOUR


# --- departments and people


def test_departments_by_kind_and_subtree(city_cast: Cast) -> None:
    sanitation = city_cast.departments["sanitation"]
    team = actions.create_department(CITY, "HW-1", "一班", "sanitation", valid_from=SINCE, parent_id=sanitation)
    city = queries.city(CITY)
    assert [one.id for one in city.departments_of_kind("sanitation")] == [sanitation, team]
    suggested = city.department_of_kind("sanitation")
    assert suggested is not None
    assert suggested.id == sanitation
    assert city.subtree(sanitation) == [sanitation, team]
    assert city.department_of_kind("gas") is None


def test_of_two_departments_of_a_kind_none_is_suggested(city_cast: Cast) -> None:
    actions.create_department(CITY, "HW2", "第二环卫", "sanitation", valid_from=SINCE)
    assert queries.city(CITY).department_of_kind("sanitation") is None


def test_a_department_that_has_ended_is_not_suggested(city_cast: Cast) -> None:
    actions.create_department(CITY, "YL", "园林", "greening", valid_from=date(2020, 1, 1), valid_to=date(2026, 1, 1))
    city = queries.city(CITY)
    assert city.department_of_kind("greening", date(2025, 12, 31)) is not None
    assert city.department_of_kind("greening", date(2026, 1, 1)) is None


def test_holders_are_those_appointed_that_day_and_not_barred(city_cast: Cast) -> None:
    second = make_person("second", "acceptor")
    later = actions.create_user("later")
    actions.appoint(later.pk, "acceptor", CITY, valid_from=date(2026, 7, 2))
    assert queries.city(CITY).holders("acceptor", at=NOW) == sorted([city_cast["acceptor"], second])
    models.User.objects.filter(pk=second).update(is_active=False)
    assert queries.city(CITY).holders("acceptor", at=NOW) == [city_cast["acceptor"]]
    assert later.pk in queries.city(CITY).holders("acceptor", at=NOW + timedelta(days=1))


def test_holders_of_a_department_or_grid(city_cast: Cast) -> None:
    city = queries.city(CITY)
    assert city.holders("dept_clerk", city_cast.departments["municipal"], at=NOW) == [city_cast["municipal_clerk"]]
    assert city.holders("collector", duty_grid=DUTY_GRID, at=NOW) == [city_cast["collector"]]
    assert city.holders("collector", duty_grid="D-99", at=NOW) == []


def test_the_roster_says_who_is_on_duty(city_cast: Cast) -> None:
    actions.put_on_duty(city_cast["acceptor"], "acceptor", CITY, starts_at=NOW, ends_at=NOW + 12 * HOUR)
    city = queries.city(CITY)
    asked = [city.on_duty("acceptor", at) for at in (NOW - HOUR, NOW, NOW + 11 * HOUR, NOW + 12 * HOUR)]
    assert asked == [[], [city_cast["acceptor"]], [city_cast["acceptor"]], []]
    assert city.on_duty("dispatcher", NOW) == []


def test_a_turn_over_midnight_counts_on_both_days(city_cast: Cast) -> None:
    midnight = datetime(2026, 7, 2, tzinfo=UTC)
    actions.put_on_duty(
        city_cast["acceptor"], "acceptor", CITY, starts_at=midnight - 6 * HOUR, ends_at=midnight + 6 * HOUR
    )
    city = queries.city(CITY)
    assert (
        city.on_duty("acceptor", midnight - HOUR)
        == city.on_duty("acceptor", midnight + HOUR)
        == [city_cast["acceptor"]]
    )


def test_a_turn_in_one_grid_is_not_one_in_another(city_cast: Cast) -> None:
    actions.put_on_duty(
        city_cast["collector"], "collector", CITY, starts_at=NOW, ends_at=NOW + HOUR, duty_grid=DUTY_GRID
    )
    city = queries.city(CITY)
    assert city.on_duty("collector", NOW, DUTY_GRID) == [city_cast["collector"]]
    assert city.on_duty("collector", NOW, "D-02") == []


def test_a_deputy_is_on_duty_for_the_absent(city_cast: Cast) -> None:
    actions.put_on_duty(city_cast["acceptor"], "acceptor", CITY, starts_at=NOW, ends_at=NOW + 4 * HOUR)
    actions.record_absence(
        city_cast["acceptor"], CITY, starts_at=NOW, ends_at=NOW + HOUR, deputy_id=city_cast["duty_chief"]
    )
    city = queries.city(CITY)
    assert city.on_duty("acceptor", NOW) == city.holders("acceptor", at=NOW) == [city_cast["duty_chief"]]
    assert city.on_duty("acceptor", NOW + HOUR) == [city_cast["acceptor"]]


def test_a_demonstration_has_its_own_day(city_cast: Cast) -> None:
    actions.set_clock(CITY, CityClock(origin=NOW, real_origin=datetime.now(UTC), speed=0))
    city = queries.city(CITY)
    assert city.now() == NOW
    assert city.today() == date(2026, 7, 1)
    actions.set_clock(CITY, None)
    assert queries.city(CITY).clock is None


def test_a_city_that_changes_while_it_is_read_is_read_again_within_a_request_too(
    city_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look was answered from what the request remembered of the first: it always agreed."""
    read, looks = cities._read, []

    def slowly(jurisdiction: str, versions: tuple[int, int]) -> cities.City:
        found = read(jurisdiction, versions)
        if not looks:
            models.Jurisdiction.objects.filter(pk=CITY).update(name_en="Renamed meanwhile")
        looks.append(versions)
        return found

    monkeypatch.setattr(cities, "_read", slowly)
    models.Jurisdiction.objects.filter(pk=CITY).update(name_en="Renamed before")
    with one_reading():
        found = cities.city(CITY)
        assert found.name_en == "Renamed meanwhile"
        assert cities.city(CITY) is found
    assert len(looks) == 2
