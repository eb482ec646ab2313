"""A demo of real requests: the city is made by the import, and gets accounts of the same kind."""

from datetime import date

from django.db import transaction

from cityloop.demo.actions.accounts import demo_password, mark_as_demo
from cityloop.demo.actions.door import by_post
from cityloop.demo.actions.people import make_people
from cityloop.demo.rules.staff import openers
from cityloop.geography import queries as geography
from cityloop.organisation import queries as organisation


@transaction.atomic
def open_imported_city(jurisdiction: str, origin: str, *, since: date, seed: int) -> None:
    """Give a city that an import has made an account for each post, and mark it as a demo.

    One person each holds the posts of all departments, and walks all duty grids: so every case can be worked. Where a shift is
    handed over there are two.

    Args:
        jurisdiction: Its code.
        origin: What it was made from, in words.
        since: The day from which the posts are held.
        seed: Draws the names.
    """
    city = organisation.city(jurisdiction)
    departments = {one.code: one.id for one in city.departments.values()}
    top = [one.code for one in city.departments.values() if one.parent_id is None]
    grids = tuple(grid.code for grid in geography.duty_grids(jurisdiction, since))
    people = openers(seed, top, grids)
    password = demo_password(jurisdiction)
    ids = make_people(jurisdiction, people, departments, password, since)
    mark_as_demo(jurisdiction, origin, by_post(people, ids))
