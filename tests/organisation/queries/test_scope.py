"""The rule as SQL gives the same rows as the rule itself, over a table that has every side."""

from itertools import product

import pytest

from cast import CITY, DUTY_GRID, NOW, OTHER_CITY, SINCE, Cast
from cityloop.organisation import actions, models, queries
from cityloop.organisation.rules.scope import Seen, reach_of, sees
from cityloop.organisation.rules.staffing import NOBODY, STANDARD_POSTS, Viewer

WHO = [*STANDARD_POSTS, "municipal_clerk", "municipal_handler", "stranger"]


@pytest.fixture
def things(city_cast: Cast) -> dict[int, Seen]:
    """Rows that stand for work: of each department, with each person and grid. Appointments have all these columns."""
    team = actions.create_department(
        CITY, "HW-1", "一班", "sanitation", valid_from=SINCE, parent_id=city_cast.departments["sanitation"]
    )
    elsewhere = actions.create_department(OTHER_CITY, "HW", "环卫", "sanitation", valid_from=SINCE)
    actions.create_post(CITY, "thing", "事")
    actions.create_post(OTHER_CITY, "thing", "事")
    in_city = product((CITY,), (None, *city_cast.departments.values(), team))
    in_other = product((OTHER_CITY,), (None, elsewhere))
    people = [city_cast["handler"], city_cast["collector"], city_cast["citizen"], city_cast["stranger"]]
    found = {}
    for (place, department), person, grid in product((*in_city, *in_other), people, ("", DUTY_GRID, "D-02")):
        row = models.Appointment.objects.create(
            jurisdiction=place,
            user_id=person,
            post="thing",
            department_id=department,
            duty_grid=grid,
            valid_from=SINCE.replace(year=2000),
            valid_to=SINCE.replace(year=2001),
        )
        row = models.Appointment.objects.select_related("department").get(pk=row.pk)
        path = frozenset({row.department.path}) if row.department else frozenset()
        found[row.pk] = Seen(place, path, frozenset({person}), None, grid)
    return found


def seen_in_sql(viewer: Viewer, **columns: object) -> set[int]:
    rows = models.Appointment.objects.filter(queries.scope(viewer, **columns), post="thing")  # type: ignore[arg-type]
    return set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("who", WHO)
def test_the_database_and_the_rule_agree(city_cast: Cast, things: dict[int, Seen], who: str) -> None:
    viewer = city_cast.viewer(who)
    expected = {pk for pk, thing in things.items() if sees(reach_of(viewer), thing)}
    by_path = seen_in_sql(viewer, departments=("department__path",), people=("user_id",), duty_grid="duty_grid")
    by_id = seen_in_sql(viewer, department_ids=("department_id__in",), people=("user_id__in",), duty_grid="duty_grid")
    assert by_path == expected
    assert by_id == expected


def test_each_kind_of_post_sees_something_and_not_all(city_cast: Cast, things: dict[int, Seen]) -> None:
    counts = {who: sum(sees(reach_of(city_cast.viewer(who)), thing) for thing in things.values()) for who in WHO}
    in_city = sum(thing.jurisdiction == CITY for thing in things.values())
    assert counts["dispatcher"] == in_city
    assert counts["stranger"] == len(things) - in_city
    assert counts["citizen"] == 0
    assert 0 < counts["collector"] < in_city
    assert 0 < counts["dept_clerk"] < counts["handler"] < in_city


def test_everybody_sees_what_they_reported(city_cast: Cast, things: dict[int, Seen]) -> None:
    mine = {pk for pk, thing in things.items() if city_cast["citizen"] in thing.people}
    assert seen_in_sql(city_cast.viewer("citizen"), reporter="user_id") == mine


@pytest.mark.usefixtures("things")
def test_nobody_and_a_person_without_posts_see_nothing(city_cast: Cast) -> None:
    everything = {"departments": ("department__path",), "people": ("user_id",), "duty_grid": "duty_grid"}
    assert seen_in_sql(NOBODY, **everything, reporter="user_id") == set()
    newcomer = queries.viewer_of(actions.create_user("newcomer").pk, NOW)
    assert seen_in_sql(newcomer, **everything, reporter="user_id") == set()


def test_the_system_sees_its_jurisdiction(things: dict[int, Seen]) -> None:
    in_city = {pk for pk, thing in things.items() if thing.jurisdiction == CITY}
    assert seen_in_sql(queries.system_viewer("clock", CITY)) == in_city
    assert seen_in_sql(queries.system_viewer("clock", "")) == set(things)


def test_a_superior_centre_sees_the_city_below(city_cast: Cast, things: dict[int, Seen]) -> None:
    actions.create_jurisdiction("990100", "上级市")
    models.Jurisdiction.objects.filter(pk=CITY).update(parent_id="990100")
    user = actions.create_user("above")
    actions.appoint(user.pk, "inspector", "990100", valid_from=SINCE)
    in_city = {pk for pk, thing in things.items() if thing.jurisdiction == CITY}
    assert seen_in_sql(queries.viewer_of(user.pk, NOW)) == in_city
    assert seen_in_sql(city_cast.viewer("stranger")).isdisjoint(in_city)
