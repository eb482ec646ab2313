"""The one rule of who sees what, as a table."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.organisation.rules.scope import Reach, Seen, reach_of, sees
from cityloop.organisation.rules.staffing import NOBODY, STANDARD_POSTS, HeldPost, Viewer

CITY, DISTRICT, OTHER = "990100", "990101", "990200"
ME, COLLEAGUE, CITIZEN = 1, 2, 3
CENTRE_POSTS = {
    "acceptor",
    "duty_chief",
    "dispatcher",
    "inspector",
    "evaluator",
    "leader",
    "sysadmin",
    "data_admin",
}

THINGS = {
    "in my city": Seen(CITY),
    "in a district of my city": Seen(DISTRICT),
    "in another city": Seen(OTHER),
    "of my department": Seen(CITY, frozenset({"/12/"})),
    "of a unit of my department": Seen(CITY, frozenset({"/12/40/"})),
    "of the department above": Seen(CITY, frozenset({"/7/"})),
    "co-handled by my department": Seen(CITY, frozenset({"/7/", "/12/"})),
    "of a department whose id begins like mine": Seen(CITY, frozenset({"/120/"})),
    "assigned to me": Seen(CITY, people=frozenset({ME})),
    "assigned to a colleague": Seen(CITY, people=frozenset({COLLEAGUE})),
    "reported by me": Seen(OTHER, reporter=ME),
    "reported by a citizen": Seen(CITY, reporter=CITIZEN),
    "in my duty grid": Seen(CITY, duty_grid="G1"),
    "in another duty grid": Seen(CITY, duty_grid="G2"),
    "in a grid of the same code elsewhere": Seen(OTHER, duty_grid="G1"),
}
OF_MY_DEPARTMENT = {"of my department", "of a unit of my department", "co-handled by my department"}
IN_MY_CITY = {name for name, thing in THINGS.items() if thing.jurisdiction in {CITY, DISTRICT}}


def holder(post: str, **of_post: object) -> Viewer:
    held = HeldPost(post, CITY, 12, "/12/")
    if post in CENTRE_POSTS:
        held = replace(held, below=frozenset({DISTRICT}))
    return Viewer(ME, "me", (replace(held, **of_post),), frozenset({CITY}), frozenset({"G1"}))


def seen_by(viewer: Viewer) -> set[str]:
    return {name for name, thing in THINGS.items() if sees(reach_of(viewer), thing)}


EXPECTED = {
    **dict.fromkeys(CENTRE_POSTS, IN_MY_CITY | {"reported by me"}),
    "dept_clerk": OF_MY_DEPARTMENT | {"reported by me"},
    "dept_leader": OF_MY_DEPARTMENT | {"reported by me"},
    "handler": OF_MY_DEPARTMENT | {"assigned to me", "reported by me"},
    "officer": OF_MY_DEPARTMENT | {"assigned to me", "reported by me"},
    "collector": {"in my duty grid", "assigned to me", "reported by me"},
    "citizen": {"reported by me"},
}


def test_the_table_names_every_standard_post() -> None:
    assert set(EXPECTED) == set(STANDARD_POSTS)


@pytest.mark.parametrize("post", sorted(EXPECTED))
def test_what_a_post_sees(post: str) -> None:
    assert seen_by(holder(post)) == EXPECTED[post]


def test_a_stranger_sees_nothing() -> None:
    stranger = Viewer(9, "stranger", (HeldPost("dispatcher", OTHER),), frozenset({OTHER}))
    assert seen_by(stranger) == {"in another city", "in a grid of the same code elsewhere", "reported by me"}
    assert seen_by(Viewer(9, "no post")) == set()
    assert seen_by(NOBODY) == set()


def test_a_thing_without_a_reporter_is_not_that_of_somebody_without_an_account() -> None:
    assert not sees(reach_of(NOBODY), Seen(CITY, reporter=None))


def test_a_deputy_sees_what_is_assigned_to_the_absent_but_not_their_reports() -> None:
    deputy = Viewer(ME, "me", (HeldPost("handler", CITY, 12, "/12/", deputy_for=COLLEAGUE),), frozenset({CITY}))
    assert "assigned to a colleague" in seen_by(deputy)
    assert not sees(reach_of(deputy), Seen(CITY, reporter=COLLEAGUE))


def test_a_post_of_the_citys_own_sees_as_far_as_its_row_says() -> None:
    assert seen_by(holder("snow_chief", sight="department")) == OF_MY_DEPARTMENT | {"reported by me"}
    assert seen_by(holder("snow_chief")) == {"reported by me"}


def test_the_system_sees_its_own_jurisdiction_or_all() -> None:
    here = Viewer(None, "clock", jurisdictions=frozenset({CITY}), is_system=True)
    assert seen_by(here) == {name for name, thing in THINGS.items() if thing.jurisdiction == CITY}
    assert seen_by(Viewer(None, "clock", jurisdictions=frozenset({""}), is_system=True)) == set(THINGS)


def test_departments_below_another_are_not_asked_twice() -> None:
    posts = (HeldPost("handler", CITY, 40, "/12/40/"), HeldPost("dept_clerk", CITY, 12, "/12/"))
    assert reach_of(Viewer(ME, "me", posts)).departments == {"/12/"}


PATHS = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(lambda ids: f"/{'/'.join(map(str, ids))}/")


@given(mine=st.sets(PATHS), theirs=PATHS)
def test_dropping_covered_departments_changes_nothing_that_is_seen(mine: set[str], theirs: str) -> None:
    viewer = Viewer(ME, "me", tuple(HeldPost("dept_clerk", CITY, 1, path) for path in mine))
    thing = Seen(CITY, frozenset({theirs}))
    assert sees(reach_of(viewer), thing) == sees(Reach(departments=frozenset(mine)), thing)
