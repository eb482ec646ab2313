"""What is found by name on the map: places, parts, cases and people, each by whom may see it."""

import pytest

from cast import CITY, Cast, city_cast  # noqa: F401
from cityloop.geography.models import DutyGridMember
from cityloop.organisation import models as people
from map_town import WEST, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]


def found(town: Cast, who: str, words: str) -> list[dict[str, object]]:
    answer = signed_in(town, who).get("/map/find", {"q": words})
    assert answer.status_code == 200
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def named(town: Cast, who: str, words: str, layer: str) -> set[object]:
    return {one["title"] for one in found(town, who, words) if one["layer"] == layer}


def test_what_is_found_comes_in_groups(town: Cast) -> None:
    people.User.objects.filter(pk=town["collector"]).update(display_name=f"{CITY}路 巡查员")
    items = found(town, "dispatcher", f"{CITY}路")
    assert [one["layer"] for one in items] == ["roads", "people"]
    assert len({one["group"] for one in items}) == 2
    assert named(town, "dispatcher", "99010101001000001", "parts")


def test_people_are_found_by_whoever_sees_their_city_or_department(town: Cast) -> None:
    people.User.objects.update(display_name="")
    for who in ("collector", "dept_clerk", "citizen"):
        people.User.objects.filter(pk=town[who]).update(display_name=f"王小明 {who}")
    all_of_them = {"王小明 collector", "王小明 dept_clerk"}
    assert named(town, "dispatcher", "小明", "people") == all_of_them, "one of the public is never found"
    assert named(town, "leader", "小明", "people") == all_of_them
    assert named(town, "dept_clerk", "小明", "people") == {"王小明 dept_clerk"}
    assert named(town, "municipal_clerk", "小明", "people") == set()
    for who in ("citizen", "stranger", "their_duty_chief"):
        assert named(town, who, "小明", "people") == set(), who
    people.User.objects.filter(pk=town["collector"]).update(is_active=False)
    assert named(town, "dispatcher", "小明", "people") == {"王小明 dept_clerk"}


def test_somebody_stands_in_their_duty_grid_or_nowhere(town: Cast) -> None:
    people.User.objects.filter(pk=town["collector"]).update(display_name="王小明")
    appointed = people.Appointment.objects.filter(user_id=town["collector"], post="collector")
    appointed.update(duty_grid="")
    [one] = found(town, "dispatcher", "小明")
    assert (one["box"], one["at"]) == (None, None), "nobody knows their place"
    grid = DutyGridMember.objects.filter(jurisdiction=CITY).order_by("id")[0].duty_grid.code
    appointed.update(duty_grid=grid)
    [one] = found(town, "dispatcher", "小明")
    west, _south, east, _north = one["box"]  # type: ignore[misc]  # JSON
    assert WEST <= west < east <= WEST + 0.0101
    assert grid in str(one["kind"])


def test_a_letter_is_too_little(town: Cast) -> None:
    assert found(town, "dispatcher", "9") == []
