from datetime import date

import pytest

from cityloop.geography import queries
from cityloop.geography.actions import DutyGridPlan, duty_grids_by_community, make_duty_grids
from cityloop.geography.actions.writing import NewGrid, write_grids
from cityloop.geography.models import DutyGrid, DutyGridMember
from cityloop.kernel.errors import InvalidInput
from geography.conftest import CITY, COMMUNITY, DAY, box

pytestmark = pytest.mark.django_db

LATER = date(2026, 7, 1)
ONE, TWO, THREE = (f"{COMMUNITY}00{number}" for number in (1, 2, 3))


@pytest.fixture
def three_grids(one_community: str) -> None:
    write_grids([NewGrid(code, CITY, box(3 * at, 0, 3 * at + 3, 10)) for at, code in enumerate((ONE, TWO, THREE))], DAY)


def drawn(on: date) -> dict[str, tuple[str, ...]]:
    return {row.code: row.unit_grids for row in queries.duty_grids(CITY, on)}


def test_grids_are_drawn_and_redrawn_from_a_day_on(three_grids: None) -> None:
    assert make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE, TWO)), DutyGridPlan("B", "乙", (THREE,))], DAY) == 3
    assert make_duty_grids(CITY, [DutyGridPlan("B", "乙", (TWO, THREE))], LATER) == 2
    assert drawn(DAY) == {"A": (ONE, TWO), "B": (THREE,)}
    assert drawn(LATER) == {"A": (ONE,), "B": (TWO, THREE)}


def test_a_grid_redrawn_on_its_first_day_leaves_no_trace(three_grids: None) -> None:
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE, TWO))], DAY)
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", (TWO,))], DAY)
    assert drawn(DAY) == {"A": (TWO,)}
    assert (DutyGrid.objects.count(), DutyGridMember.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("plans", "why"),
    [
        pytest.param([DutyGridPlan("A", "甲", ("990101001001099",))], "is unknown here", id="unknown"),
        pytest.param(
            [DutyGridPlan("A", "甲", (ONE,)), DutyGridPlan("B", "乙", (ONE,))], "stands here twice", id="twice"
        ),
        pytest.param(
            [DutyGridPlan("A", "甲", (ONE,)), DutyGridPlan("A", "乙", (TWO,))],
            "is empty, too long or stands here twice",
            id="same code",
        ),
        pytest.param([DutyGridPlan("", "甲", (ONE,))], "is empty, too long or stands here twice", id="no code"),
    ],
)
def test_what_cannot_be_drawn_is_refused_whole(three_grids: None, plans: list[DutyGridPlan], why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_duty_grids(CITY, plans, DAY)
    assert [fault.why for fault in refusal.value.faults] == [why]
    assert not DutyGrid.objects.exists()


def test_nothing_is_drawn_before_what_is_drawn_for_later(three_grids: None) -> None:
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE,))], LATER)
    with pytest.raises(InvalidInput) as refusal:
        make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE,))], DAY)
    assert [fault.why for fault in refusal.value.faults] == ["is drawn already for a later day"] * 2


def test_another_jurisdictions_code_is_refused(three_grids: None) -> None:
    DutyGrid.objects.create(code="A", name="甲", jurisdiction="110101", valid_from=DAY)
    with pytest.raises(InvalidInput) as refusal:
        make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE,))], DAY)
    assert [fault.why for fault in refusal.value.faults] == ["belongs to another city"]


def test_by_community_only_grids_in_no_duty_grid_are_taken(three_grids: None) -> None:
    make_duty_grids(CITY, [DutyGridPlan("A", "甲", (ONE,))], DAY)
    assert duty_grids_by_community(CITY, DAY) == 1
    assert drawn(DAY) == {"A": (ONE,), f"R{COMMUNITY}01": (TWO, THREE)}
    assert duty_grids_by_community(CITY, LATER) == 0


def test_grids_that_come_later_join_their_communitys_duty_grid(three_grids: None) -> None:
    duty_grids_by_community(CITY, DAY)
    write_grids([NewGrid(f"{COMMUNITY}004", CITY, box(9, 0, 10, 10))], LATER)
    assert duty_grids_by_community(CITY, LATER) == 0
    assert drawn(LATER)[f"R{COMMUNITY}01"][-1] == f"{COMMUNITY}004"
    assert len(drawn(DAY)[f"R{COMMUNITY}01"]) == 3
