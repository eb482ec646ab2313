"""The cast of the checks: a small city with one person for each post, and a stranger from another.

Plain functions (``make_cast``) for whoever sets up data in his own way, and fixtures for a room's ``conftest.py``::

    from cast import city_cast, fresh_processes  # noqa: F401
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from cityloop.organisation import actions, queries
from cityloop.organisation.rules.staffing import STANDARD_POSTS, Viewer
from cityloop.standards.actions import load_package_data
from pasting import Rows, copied, once, paste

CITY = "990101"
OTHER_CITY = "990102"
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
"""A Wednesday, ten in the morning in Shanghai."""
SINCE = date(2020, 1, 1)
PASSWORD = "long-enough-2026"
DUTY_GRID = "D-01"

_IN_SANITATION = {"dept_clerk", "dept_leader", "handler"}


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a small city.

    Args:
        people: User id by post; further ``municipal_clerk`` and ``municipal_handler`` of the other department, and
            ``stranger``, who is dispatcher in another city.
        departments: Id by kind: ``sanitation`` and ``municipal``.
    """

    jurisdiction: str
    people: dict[str, int]
    departments: dict[str, int]

    def __getitem__(self, who: str) -> int:
        return self.people[who]

    def viewer(self, who: str, at: datetime = NOW) -> Viewer:
        return queries.viewer_of(self.people[who], at)


STANDARDS = ("scheme", "departmentkind", "bigclass", "category", "filingcondition", "correspondence")
_standards: Rows = {}


def load_standards() -> None:
    """Load the standards' catalogues: properly the first time in a run, by COPY of what came of it ever after.

    Whatever is cached of the standards is still dropped: with the jurisdiction that every test makes after this.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM standards_category)")
        is_there = cursor.fetchone()[0]
    if not is_there and _standards:
        paste(_standards)
    elif not is_there:
        load_package_data()
    if not _standards:
        _standards.update(copied(f"standards_{table}" for table in STANDARDS))


def make_city(code: str = CITY, name: str = "环城市") -> str:
    """Make a jurisdiction; the standards' catalogue is loaded with it."""
    load_standards()
    return actions.create_jurisdiction(code, name)


def make_person(
    username: str, post: str, jurisdiction: str = CITY, department_id: int | None = None, grid: str = ""
) -> int:
    """Make an account with ``PASSWORD`` and appoint it."""
    keeper = "" if post == "citizen" else jurisdiction
    user = actions.create_user(username, password=PASSWORD, name=username, jurisdiction=keeper)
    actions.appoint(user.pk, post, jurisdiction, department_id=department_id, duty_grid=grid, valid_from=SINCE)
    return user.pk


def make_cast() -> Cast:
    """Make the city, its two departments, one person for each post, and a stranger in a city of their own."""
    load_standards()
    return once("cast", _appoint_cast)


def _appoint_cast() -> Cast:
    make_city()
    departments = {
        kind: actions.create_department(CITY, code, name, kind, valid_from=SINCE)
        for kind, code, name in (("sanitation", "HW", "环卫中心"), ("municipal", "SZ", "市政所"))
    }
    people = {
        post: make_person(
            post,
            post,
            department_id=departments["sanitation"] if post in _IN_SANITATION else None,
            grid=DUTY_GRID if post == "collector" else "",
        )
        for post in STANDARD_POSTS
    }
    people["municipal_clerk"] = make_person("municipal_clerk", "dept_clerk", department_id=departments["municipal"])
    people["municipal_handler"] = make_person("municipal_handler", "handler", department_id=departments["municipal"])
    actions.create_jurisdiction(OTHER_CITY, "邻市")
    people["stranger"] = make_person("stranger", "dispatcher", OTHER_CITY)
    return Cast(CITY, people, departments)


@pytest.fixture
def city_cast(db: None) -> Cast:
    """The cast, inside the test's transaction."""
    return make_cast()


@pytest.fixture
def committed_cast(transactional_db: None) -> Cast:
    """The cast, committed: for tests with several connections or threads."""
    return make_cast()
