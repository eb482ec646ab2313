"""What the database itself keeps true, whoever writes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from cast import CITY, NOW, OTHER_CITY, SINCE, Cast
from cityloop.organisation import actions, models

HOUR = timedelta(hours=1)


def department(**fields: Any) -> models.Department:
    plain = {"jurisdiction": CITY, "code": "X", "name": "甲", "kind": "gas", "valid_from": SINCE}
    return models.Department.objects.create(**plain | fields)


def refused(work: Callable[[], object], constraint: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        work()
    cause = refusal.value.__cause__
    assert cause is not None
    assert constraint in str(cause)


# --- departments


def test_the_path_follows_the_tree(city_cast: Cast) -> None:
    bureau = department(code="JU")
    team = department(code="JU-1", parent=bureau)
    crew = department(code="JU-1-1", parent=team)
    assert crew.path == f"/{bureau.pk}/{team.pk}/{crew.pk}/"
    top = department(code="ZF")
    bureau.parent = top
    bureau.save()
    crew.refresh_from_db()
    assert crew.path == f"/{top.pk}/{bureau.pk}/{team.pk}/{crew.pk}/"


def test_a_written_path_is_written_over(city_cast: Cast) -> None:
    row = models.Department.objects.bulk_create(
        [models.Department(jurisdiction=CITY, code="B", name="乙", kind="gas", valid_from=SINCE, path="/999/")]
    )[0]
    row.refresh_from_db()
    assert row.path == f"/{row.pk}/"


def test_a_department_is_not_part_of_itself(city_cast: Cast) -> None:
    top = department(code="A")
    below = department(code="B", parent=top)
    refused(lambda: models.Department.objects.filter(pk=top.pk).update(parent=below), "not part of itself")


def test_a_unit_stays_in_the_jurisdiction_of_its_parent(city_cast: Cast) -> None:
    top = department(code="A")
    refused(lambda: department(code="B", jurisdiction=OTHER_CITY, parent=top), "jurisdiction of its parent")


def test_a_department_code_is_taken_once_in_a_city(city_cast: Cast) -> None:
    department()
    refused(department, "department_code_once")
    department(jurisdiction=OTHER_CITY)


def test_every_row_belongs_to_a_jurisdiction_that_exists(city_cast: Cast) -> None:
    refused(lambda: department(jurisdiction="123456"), "department_jurisdiction_exists")


# --- appointments, duties, absences


def appointment(cast: Cast, **fields: Any) -> models.Appointment:
    plain = {"jurisdiction": CITY, "user_id": cast["leader"], "post": "acceptor", "valid_from": date(2026, 1, 1)}
    return models.Appointment.objects.create(**plain | fields)


def test_nobody_holds_the_same_post_twice_at_a_time(city_cast: Cast) -> None:
    appointment(city_cast, valid_to=date(2026, 7, 1))
    refused(lambda: appointment(city_cast, valid_from=date(2026, 6, 30)), "appointment_never_twice")
    appointment(city_cast, valid_from=date(2026, 7, 1))
    appointment(city_cast, duty_grid="D-09")
    appointment(city_cast, department_id=city_cast.departments["municipal"])


def test_a_department_of_another_city_is_refused(city_cast: Cast) -> None:
    abroad = department(jurisdiction=OTHER_CITY)
    with pytest.raises(IntegrityError), transaction.atomic():
        appointment(city_cast, department=abroad)


def test_an_appointment_does_not_end_before_it_starts(city_cast: Cast) -> None:
    # The range itself is refused too: whichever PostgreSQL looks at first.
    with pytest.raises(DatabaseError), transaction.atomic():
        appointment(city_cast, valid_to=date(2025, 1, 1))
    refused(lambda: appointment(city_cast, valid_to=date(2026, 1, 1)), "appointment_ends_after_start")


def duty(cast: Cast, start: datetime, **fields: Any) -> models.Duty:
    plain = {"jurisdiction": CITY, "user_id": cast["acceptor"], "post": "acceptor"}
    return models.Duty.objects.create(**plain | {"starts_at": start, "ends_at": start + 4 * HOUR} | fields)


def test_turns_of_duty_do_not_overlap_for_one_person(city_cast: Cast) -> None:
    duty(city_cast, NOW)
    refused(lambda: duty(city_cast, NOW + HOUR), "duty_never_twice")
    duty(city_cast, NOW + 4 * HOUR)
    duty(city_cast, NOW, user_id=city_cast["leader"])
    refused(lambda: duty(city_cast, NOW + 20 * HOUR, ends_at=NOW + 20 * HOUR), "duty_ends_after_start")


def absence(cast: Cast, start: datetime, **fields: Any) -> models.Absence:
    plain = {"jurisdiction": CITY, "user_id": cast["acceptor"]}
    return models.Absence.objects.create(**plain | {"starts_at": start, "ends_at": start + 4 * HOUR} | fields)


def test_nobody_is_away_twice_or_their_own_deputy(city_cast: Cast) -> None:
    absence(city_cast, NOW)
    refused(lambda: absence(city_cast, NOW + HOUR), "absence_never_twice")
    refused(lambda: absence(city_cast, NOW + 5 * HOUR, deputy_id=city_cast["acceptor"]), "absence_deputy_is_another")


# --- calendars


def test_each_changed_rule_is_a_version_that_is_kept(city_cast: Cast) -> None:
    row = models.WorkingCalendar.objects.get(jurisdiction=CITY, code="office")
    row.name = "机关时间"
    row.save()
    assert row.version == 1
    row.rule = {**row.rule, "workday_minutes": 420}
    row.version = 77
    row.save()
    assert row.version == 2
    kept = row.versions.order_by("version").values_list("version", "rule__workday_minutes")
    assert list(kept) == [(1, 480), (2, 420)]


def test_a_kept_version_never_changes(city_cast: Cast) -> None:
    refused(lambda: models.CalendarVersion.objects.update(rule={}), "never changes")


# --- overrides


def test_two_limits_for_one_condition_zone_and_day_are_refused(city_cast: Cast) -> None:
    def limit(**fields: Any) -> models.LimitOverride:
        plain = {"jurisdiction": CITY, "condition": "s/part/01#x", "amount": 1, "unit": "minute", "valid_from": SINCE}
        return models.LimitOverride.objects.create(**plain | fields)

    limit()
    refused(lambda: limit(valid_from=NOW.date()), "limit_override_never_twice")
    limit(timing_zone="core")
    limit(jurisdiction=OTHER_CITY)
    refused(lambda: limit(timing_zone="outer", amount=0), "limit_override_positive")


def test_a_class_is_changed_once_at_a_time_and_defined_only_if_added(city_cast: Cast) -> None:
    def change(**fields: Any) -> models.ClassOverride:
        plain = {"jurisdiction": CITY, "category": "s/part/01001", "kind": "disable", "valid_from": SINCE}
        return models.ClassOverride.objects.create(**plain | fields)

    change(valid_to=date(2026, 1, 1))
    refused(lambda: change(valid_from=date(2025, 12, 31)), "class_override_never_twice")
    change(valid_from=date(2026, 1, 1))
    refused(lambda: change(category="s/part/01002", kind="add"), "class_override_defined_iff_added")
    refused(lambda: change(category="s/part/01002", definition={}), "class_override_defined_iff_added")


# --- accounts and jurisdictions


def test_nothing_is_kept_in_a_year_that_no_clock_can_show(city_cast: Cast) -> None:
    city = models.Jurisdiction.objects.filter(code=CITY)
    for day, at in (
        (date(1, 1, 1), datetime(1, 1, 1, tzinfo=UTC)),
        (date(9999, 1, 1), datetime(9999, 1, 1, tzinfo=UTC)),
    ):
        refused(lambda day=day: department(code="NEW", valid_from=day), "department_within_years")  # type: ignore[misc]
        refused(lambda day=day: appointment(city_cast, valid_from=day), "appointment_within_years")  # type: ignore[misc]
        refused(lambda at=at: duty(city_cast, at), "duty_within_years")  # type: ignore[misc]
        refused(lambda at=at: absence(city_cast, at), "absence_within_years")  # type: ignore[misc]
        refused(lambda at=at: city.update(clock_origin=at, clock_real_origin=at), "clock_within_years")  # type: ignore[misc]
    # The first hours of 1970 lie in 1969 in Greenwich.
    assert duty(city_cast, datetime(1970, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))).pk


def test_account_names_are_small_letters(city_cast: Cast) -> None:
    refused(lambda: models.User.objects.create(username="Zhang"), "user_name_in_small_letters")
    assert models.User.objects.create_user("Zhang").username == "zhang"
    assert models.User.objects.get_by_natural_key(" ZHANG ").username == "zhang"


def test_a_jurisdictions_code_has_six_digits(city_cast: Cast) -> None:
    def make(code: str, **fields: Any) -> models.Jurisdiction:
        return models.Jurisdiction.objects.create(code=code, name="市", region_code=code, **fields)

    refused(lambda: make("99010"), "jurisdiction_code_six_digits")
    refused(lambda: make("990103", parent_id="990103"), "jurisdiction_not_its_own_parent")
    refused(lambda: make("990103", clock_origin=timezone.now()), "jurisdiction_clock_whole_or_none")
    refused(lambda: make("990103", clock_speed=-1), "jurisdiction_clock_runs_forward")


WATCHED = {
    "jurisdiction": "",
    "department": CITY,
    "post": "",
    "appointment": CITY,
    "duty": CITY,
    "absence": CITY,
    "workingcalendar": CITY,
    "classoverride": CITY,
    "limitoverride": CITY,
}


@pytest.mark.parametrize("table", sorted(WATCHED))
def test_a_change_of_what_is_cached_counts_the_version(city_cast: Cast, table: str) -> None:
    duty(city_cast, NOW)
    absence(city_cast, NOW)
    actions.disable_class(CITY, "gb47678_2026/part/01001", valid_from=SINCE)
    models.LimitOverride.objects.create(
        jurisdiction=CITY, condition="s/part/01#x", amount=1, unit="minute", valid_from=SINCE
    )

    def version() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM kernel_configversion WHERE jurisdiction = %s", [WATCHED[table]])
            return int(cursor.fetchone()[0])

    before = version()
    key = "code" if table == "jurisdiction" else "id"
    where = "" if table == "jurisdiction" else f" WHERE jurisdiction = '{WATCHED[table]}'"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE organisation_{table} SET {key} = {key}{where}")
        assert cursor.rowcount > 0
    assert version() > before


@pytest.mark.parametrize(
    ("column", "counts"),
    [("is_active", True), ("is_superuser", True), ("display_name", True), ("password", False), ("last_login", False)],
)
def test_of_an_account_only_what_is_cached_counts(city_cast: Cast, column: str, counts: bool) -> None:
    def version() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM kernel_configversion WHERE jurisdiction = ''")
            return int(cursor.fetchone()[0])

    before = version()
    values = {"is_active": False, "is_superuser": True, "last_login": datetime(2026, 1, 1, tzinfo=UTC)}
    models.User.objects.filter(pk=city_cast["leader"]).update(**{column: values.get(column, "另")})
    assert (version() > before) is counts
