"""Departments and people of the demo city, who is away, the roster."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from cityloop.demo.rules.staff import AWAY, UNITS, Person, roster
from cityloop.organisation import actions
from cityloop.organisation.queries import City


def make_departments(jurisdiction: str, valid_from: date) -> dict[str, int]:
    """Make the departments and return their ids by code."""
    ids: dict[str, int] = {}
    for unit in UNITS:
        ids[unit.code] = actions.create_department(
            jurisdiction, unit.code, unit.name, unit.kind, valid_from=valid_from, parent_id=ids.get(unit.parent)
        )
    return ids


def make_people(
    jurisdiction: str, people: Sequence[Person], departments: dict[str, int], password: str, valid_from: date
) -> dict[str, int]:
    """Make the accounts, all with one password, and appoint everybody; return the ids by account name."""
    ids = {}
    for person in people:
        held = {seat.post for seat in person.seats}
        user = actions.create_user(
            person.username,
            name=person.name,
            phone=person.phone,
            jurisdiction="" if held == {"citizen"} else jurisdiction,
            is_superuser="sysadmin" in held,
        )
        ids[person.username] = user.pk
        for seat in person.seats:
            for grid in seat.duty_grids or ("",):
                actions.appoint(
                    user.pk,
                    seat.post,
                    jurisdiction,
                    valid_from=valid_from,
                    department_id=departments.get(seat.department),
                    duty_grid=grid,
                )
    actions.share_password(ids.values(), password)
    return ids


def enter_absences(city: City, ids: dict[str, int], opening: date) -> None:
    """Enter who is away around the opening day."""
    for away in AWAY:
        actions.record_absence(
            ids[away.username],
            city.code,
            starts_at=_hour(city, opening + timedelta(days=away.first), 0),
            ends_at=_hour(city, opening + timedelta(days=away.until), 0),
            deputy_id=ids.get(away.deputy),
        )


def enter_roster(city: City, people: Sequence[Person], ids: dict[str, int], first: date, last: date) -> int:
    """Enter the turns of the days from ``first`` to ``last``; return how many."""
    turns = [
        actions.DutyPlan(
            ids[turn.username],
            turn.post,
            _hour(city, turn.day, turn.first_hour),
            _hour(city, turn.day, turn.last_hour),
            turn.duty_grid,
        )
        for turn in roster(people, first, last)
    ]
    return actions.enter_roster(city.code, turns)


def _hour(city: City, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=city.time_zone)
