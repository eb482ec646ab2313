from datetime import date, timedelta

from cityloop.demo.rules.staff import AWAY, HANDLERS, SHIFTS, UNITS, keeper, openers, roster, staff
from cityloop.organisation.rules.staffing import STANDARD_POSTS

GRIDS = [f"R{number:02d}" for number in range(24)]


def test_every_post_is_somebodys_own() -> None:
    people = staff(1, GRIDS)
    assert {person.seats[0].post for person in people} == set(STANDARD_POSTS)
    held = [seat.department for person in people for seat in person.seats if seat.post == "handler"]
    assert sorted(held) == sorted(HANDLERS)


def test_about_a_hundred_and_twenty_people_with_names_of_their_own() -> None:
    people = staff(1, [f"R{number:02d}" for number in range(52)])
    assert 105 <= len(people) <= 135
    assert len({person.name for person in people}) == len(people) == len({person.username for person in people})


def test_about_twenty_five_departments_and_no_two_of_a_kind_but_the_streets() -> None:
    top = [unit for unit in UNITS if not unit.parent]
    assert 23 <= len(top) <= 27
    kinds = [unit.kind for unit in top if unit.kind != "street"]
    assert len(set(kinds)) == len(kinds)


def test_what_no_department_keeps_the_office_of_the_street_keeps() -> None:
    assert keeper("lighting", 2) == "LD"
    assert keeper("street", 2) == "JD-3"
    assert keeper("weather", 0) == "JD-1"


def test_every_department_has_a_clerk_and_a_leader() -> None:
    held = {(seat.post, seat.department) for person in staff(1, GRIDS) for seat in person.seats}
    for unit in UNITS:
        if not unit.parent:
            assert ("dept_clerk", unit.code) in held
            assert ("dept_leader", unit.code) in held


def test_large_departments_have_units() -> None:
    assert {unit.parent for unit in UNITS if unit.parent} == {"HW", "SZ", "ZF", "YL"}


def test_each_duty_grid_belongs_to_one_collector() -> None:
    walked = [grid for person in staff(1, GRIDS) for seat in person.seats for grid in seat.duty_grids]
    assert sorted(walked) == GRIDS


def test_phones_are_nobodys() -> None:
    assert all(person.phone.startswith("100") and len(person.phone) == 11 for person in staff(1, GRIDS))


def test_the_absent_and_their_deputies_are_people_of_the_city() -> None:
    names = {person.username for person in staff(1, GRIDS)}
    assert {away.username for away in AWAY} <= names
    assert {away.deputy for away in AWAY} - {""} <= names


def test_a_days_roster_does_not_depend_on_where_the_roster_begins() -> None:
    people, day = staff(1, GRIDS), date(2026, 7, 3)
    alone = list(roster(people, day, day))
    assert [turn for turn in roster(people, date(2026, 7, 1), day) if turn.day == day] == alone
    assert len(alone) == len(GRIDS) + 6
    assert len({(turn.duty_grid, turn.first_hour) for turn in alone if turn.post == "collector"}) == len(GRIDS)


def test_everybody_rests_on_some_days_of_a_week() -> None:
    people, day = staff(1, GRIDS), date(2026, 7, 6)
    week = [{turn.username for turn in roster(people, one, one)} for one in (day + timedelta(days=n) for n in range(7))]
    for person in people:
        if person.seats[0].post == "collector":
            assert any(person.username not in at_work for at_work in week)


def test_of_an_imported_city_one_person_works_in_all_departments() -> None:
    people = openers(1, ["roads", "lamps"], ["R01", "R02"])
    assert [person.username for person in people if not person.username.endswith("2")] == list(STANDARD_POSTS)
    assert {person.username for person in people if person.username.endswith("2")} == {f"{post}2" for post in SHIFTS}
    clerk = next(person for person in people if person.username == "dept_clerk")
    assert [seat.department for seat in clerk.seats] == ["roads", "lamps"]
    collector = next(person for person in people if person.username == "collector")
    assert collector.seats[0].duty_grids == ("R01", "R02")
