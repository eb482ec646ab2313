from datetime import date, timedelta
from typing import Any

import pytest

from cast import CITY, NOW, OTHER_CITY, SINCE, Cast
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.organisation import actions, models
from cityloop.organisation.queries import city

HOUR = timedelta(hours=1)


def fields_of(refusal: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [fault.field for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "circus"}, "kind"),
        ({"code": "HW"}, ""),
        ({"name": ""}, "name"),
        ({"credit_code": "123"}, "credit_code"),
        ({"valid_to": SINCE}, "valid_to"),
    ],
)
def test_a_department_that_cannot_be_is_refused(city_cast: Cast, wrong: dict[str, Any], field: str) -> None:
    plain = {"jurisdiction": CITY, "code": "YL", "name": "园林", "kind": "greening", "valid_from": SINCE}
    with pytest.raises(InvalidInput) as refusal:
        actions.create_department(**plain | wrong)
    assert fields_of(refusal) == [field]


def test_a_department_above_must_be_of_the_same_city(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.create_department(
            OTHER_CITY, "X", "甲", "gas", valid_from=SINCE, parent_id=city_cast.departments["municipal"]
        )
    assert fields_of(refusal) == ["parent"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "张 三", "a/b", "x" * 61])
def test_an_account_name_that_cannot_be_typed_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.create_user(name)
    assert fields_of(refusal) == ["username"]


def test_an_account_name_is_taken_in_any_case(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        actions.create_user("ACCEPTOR")


def test_an_account_without_a_password_opens_to_nobody(city_cast: Cast) -> None:
    user = actions.create_user("newcomer")
    assert not user.has_usable_password()


def test_a_post_must_be_one_of_the_citys(city_cast: Cast) -> None:
    actions.create_post(CITY, "snow_chief", "除雪指挥")
    actions.appoint(city_cast["leader"], "snow_chief", CITY, valid_from=SINCE)
    with pytest.raises(InvalidInput) as refusal:
        actions.appoint(city_cast["stranger"], "snow_chief", OTHER_CITY, valid_from=SINCE)
    assert fields_of(refusal) == ["post"]


def test_a_department_of_another_city_is_refused(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.appoint(
            city_cast["stranger"],
            "dept_clerk",
            OTHER_CITY,
            department_id=city_cast.departments["municipal"],
            valid_from=SINCE,
        )
    assert fields_of(refusal) == ["department"]


def test_the_same_appointment_twice_is_refused_in_words(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.appoint(city_cast["acceptor"], "acceptor", CITY, valid_from=date(2026, 7, 1))
    assert "already" in refusal.value.message


def test_an_appointment_ends_and_begins_again(city_cast: Cast) -> None:
    row = models.Appointment.objects.get(user_id=city_cast["acceptor"])
    actions.end_appointment(row.pk, last_day_after=date(2026, 7, 1))
    actions.appoint(city_cast["acceptor"], "acceptor", CITY, valid_from=date(2026, 7, 1))
    with pytest.raises(InvalidInput):
        actions.end_appointment(row.pk, last_day_after=SINCE)
    with pytest.raises(NotFound):
        actions.end_appointment(0, last_day_after=SINCE)


def test_a_deputy_must_work_here(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.record_absence(
            city_cast["acceptor"], CITY, starts_at=NOW, ends_at=NOW + HOUR, deputy_id=city_cast["stranger"]
        )
    assert fields_of(refusal) == ["deputy"]


def test_a_turn_of_duty_needs_a_post_of_the_city(city_cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        actions.put_on_duty(city_cast["acceptor"], "astronaut", CITY, starts_at=NOW, ends_at=NOW + HOUR)


def test_a_whole_roster_is_entered_at_once(city_cast: Cast) -> None:
    turns = [
        actions.DutyPlan(city_cast["acceptor"], "acceptor", NOW + number * 24 * HOUR, NOW + (number * 24 + 12) * HOUR)
        for number in range(400)
    ]
    assert actions.enter_roster(CITY, turns) == 400
    assert city(CITY).on_duty("acceptor", NOW + 24 * 300 * HOUR) == [city_cast["acceptor"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"post": "astronaut"},
        {"ends_at": NOW},
        {"ends_at": NOW - HOUR},
        {"starts_at": NOW - HOUR},  # meets the first turn
    ],
)
def test_of_a_roster_with_one_wrong_turn_nothing_is_entered(city_cast: Cast, wrong: dict[str, Any]) -> None:
    good = actions.DutyPlan(city_cast["acceptor"], "acceptor", NOW - 2 * HOUR, NOW)
    plain = {"user_id": city_cast["acceptor"], "post": "acceptor", "starts_at": NOW, "ends_at": NOW + HOUR}
    before = models.Duty.objects.count()
    with pytest.raises(InvalidInput):
        actions.enter_roster(CITY, [good, actions.DutyPlan(**plain | wrong)])
    assert models.Duty.objects.count() == before


def test_who_or_what_does_not_exist_is_not_found(city_cast: Cast) -> None:
    with pytest.raises(NotFound):
        actions.appoint(0, "acceptor", CITY, valid_from=SINCE)
    with pytest.raises(NotFound):
        actions.create_department("123456", "X", "甲", "gas", valid_from=SINCE)
