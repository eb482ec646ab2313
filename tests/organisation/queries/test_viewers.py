"""What a person holds, as stored."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cast import CITY, DUTY_GRID, NOW, OTHER_CITY, SINCE, Cast
from cityloop.organisation import actions, models, queries
from cityloop.organisation.rules.staffing import NOBODY, HeldPost

HOUR = timedelta(hours=1)


def posts(user_id: int) -> list[tuple[str, str]]:
    return [(held.post, held.jurisdiction) for held in queries.viewer_of(user_id, NOW).posts]


def test_a_viewer_holds_their_post_in_its_department(city_cast: Cast) -> None:
    department = city_cast.departments["sanitation"]
    viewer = city_cast.viewer("dept_clerk")
    assert viewer.posts == (HeldPost("dept_clerk", CITY, department, f"/{department}/", None, "department"),)
    assert viewer.jurisdictions == {CITY}
    assert city_cast.viewer("collector").duty_grids == {DUTY_GRID}


def test_the_same_person_costs_one_query(city_cast: Cast, django_assert_num_queries: Callable[..., object]) -> None:
    city_cast.viewer("acceptor")
    with django_assert_num_queries(1):
        city_cast.viewer("acceptor")


def test_a_revoked_right_is_gone_at_once(city_cast: Cast) -> None:
    assert posts(city_cast["acceptor"])
    appointment = models.Appointment.objects.get(user_id=city_cast["acceptor"])
    actions.end_appointment(appointment.pk, last_day_after=NOW.date())
    assert posts(city_cast["acceptor"]) == []


def test_a_barred_account_holds_nothing_at_once(city_cast: Cast) -> None:
    assert posts(city_cast["acceptor"])
    models.User.objects.filter(pk=city_cast["acceptor"]).update(is_active=False)
    assert posts(city_cast["acceptor"]) == []


def test_a_first_appointment_in_another_city_is_seen_at_once(city_cast: Cast) -> None:
    assert posts(city_cast["acceptor"]) == [("acceptor", CITY)]
    actions.appoint(city_cast["acceptor"], "inspector", OTHER_CITY, valid_from=SINCE)
    assert posts(city_cast["acceptor"]) == [("acceptor", CITY), ("inspector", OTHER_CITY)]


def test_a_moved_department_is_seen_at_once(city_cast: Cast) -> None:
    before = city_cast.viewer("dept_clerk").posts[0].department_path
    bureau = actions.create_department(CITY, "JU", "城管局", "enforcement", valid_from=SINCE)
    models.Department.objects.filter(pk=city_cast.departments["sanitation"]).update(parent_id=bureau)
    assert city_cast.viewer("dept_clerk").posts[0].department_path == f"/{bureau}{before}"


def test_a_deputy_on_leave_of_another_acts_in_the_post(city_cast: Cast) -> None:
    assert posts(city_cast["duty_chief"]) == [("duty_chief", CITY)]
    actions.record_absence(
        city_cast["collector"], CITY, starts_at=NOW, ends_at=NOW + HOUR, deputy_id=city_cast["duty_chief"]
    )
    viewer = city_cast.viewer("duty_chief")
    assert HeldPost("collector", CITY, deputy_for=city_cast["collector"], sight="field") in viewer.posts
    assert viewer.duty_grids == {DUTY_GRID}
    assert len(city_cast.viewer("duty_chief", NOW + HOUR).posts) == 1


def test_a_turn_of_duty_gives_its_grid_while_it_lasts(city_cast: Cast) -> None:
    actions.put_on_duty(city_cast["collector"], "collector", CITY, starts_at=NOW, ends_at=NOW + HOUR, duty_grid="D-02")
    assert city_cast.viewer("collector").duty_grids == {DUTY_GRID, "D-02"}
    far = NOW + timedelta(days=30)  # beyond what was read with the first question
    assert city_cast.viewer("collector", far).duty_grids == {DUTY_GRID}
    actions.put_on_duty(city_cast["collector"], "collector", CITY, starts_at=far, ends_at=far + HOUR, duty_grid="D-03")
    assert city_cast.viewer("collector", far).duty_grids == {DUTY_GRID, "D-03"}


def test_a_city_may_let_a_standard_post_see_less(city_cast: Cast) -> None:
    actions.create_post(CITY, "inspector", "督查员", sight="department")
    assert city_cast.viewer("inspector").posts[0].sight == "department"


def test_an_administrator_of_the_installation_administers_every_city(city_cast: Cast) -> None:
    boss = actions.create_user("boss", is_superuser=True)
    assert sorted(posts(boss.pk)) == [("sysadmin", CITY), ("sysadmin", OTHER_CITY)]
    assert queries.viewer_of(boss.pk, NOW).jurisdictions == {CITY, OTHER_CITY}


@pytest.mark.django_db
@pytest.mark.parametrize("user", [None, 987654])
def test_who_is_not_known_is_nobody(user: int | None) -> None:
    assert queries.viewer_of(user, NOW) == NOBODY
