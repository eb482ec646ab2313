"""Which city is a demo, and who may sign in to it."""

from dataclasses import dataclass

from cityloop.demo.rules.marks import ACCOUNTS, ORIGIN
from cityloop.organisation import queries as organisation
from cityloop.organisation.rules.staffing import STANDARD_POSTS


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the sheet: its name, the person's name, the code of the post it stands for."""

    username: str
    name: str
    post: str


def demo_city() -> str:
    """Return the code of the demo city that is made and done; ``""`` where there is none."""
    return next((code for code in organisation.jurisdictions() if origin(code)), "")


def origin(jurisdiction: str) -> str:
    """Return what a demo city was made from; ``""`` for a real city."""
    return str(organisation.city(jurisdiction).settings[ORIGIN])


def accounts(jurisdiction: str) -> list[Account]:
    """Return the accounts that the sheet of a demo city names, in the order of the standard posts."""
    holders: dict[str, int] = organisation.city(jurisdiction).settings[ACCOUNTS]
    people = organisation.people(holders.values())
    return [
        Account(people[holders[post]].username, people[holders[post]].name, post)
        for post in STANDARD_POSTS
        if post in holders
    ]
