import pytest

from cityloop.cases.queries.tables import default_table, default_text
from cityloop.cases.rules.moves import START, Move, everywhere, moves, staying
from cityloop.cases.rules.reading import read_table
from cityloop.cases.rules.table import Table


def without(setting: str) -> Table:
    """Return the default table of a city that has switched ``setting`` off."""
    text = default_text()
    assert text.index(f"{setting}: true") < text.index("sources:")  # the setting, not a condition on it
    return read_table(text.replace(f"{setting}: true", f"{setting}: false", 1))


def ways(table: Table, action: str) -> set[tuple[str, str]]:
    return {(move.source, move.target) for move in moves(table) if move.action == action}


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(Move("file", "accepted", "filed", True, ("duty_chief", "system")), id="one way"),
        pytest.param(
            Move("report", START, "reported", True, ("collector", "acceptor", "citizen", "system")), id="a new case"
        ),
        pytest.param(Move("reject", "accepted", "rejected", True, ("duty_chief",)), id="a post of one state only"),
        pytest.param(
            Move("approve_defer", "in_disposal", "deferred", True, ("dispatcher", "duty_chief", "leader")),
            id="those who decide on an application",
        ),
        pytest.param(Move("fast_track", "reported", "closed", False, ("acceptor", "system")), id="one way of two"),
        pytest.param(Move("fast_track", "reported", "in_disposal", False, ("acceptor", "system")), id="the other way"),
    ],
)
def test_a_way(move: Move) -> None:
    assert move in moves(default_table())


@pytest.mark.parametrize(
    ("table", "reached"),
    [
        pytest.param(default_table(), {"dispatched"}, id="with signing"),
        pytest.param(without("signing"), {"in_disposal"}, id="without signing"),
    ],
)
def test_the_citys_settings_close_ways(table: Table, reached: set[str]) -> None:
    found = [move for move in moves(table) if move.action == "dispatch"]
    assert {move.target for move in found} == reached
    assert all(move.is_certain for move in found)


def test_where_two_must_cancel_asking_moves_nothing() -> None:
    assert ways(default_table(), "cancel") == set()
    assert ("filed", "cancelled") in ways(without("second_person"), "cancel")


def test_an_action_whose_conditions_may_all_fail_is_not_certain() -> None:
    table = default_table()
    rework = table.actions["rework"]
    only_if = rework.model_copy(update={"to": rework.to[:1]})
    changed = table.model_copy(update={"actions": {**table.actions, "rework": only_if}})
    (move,) = [move for move in moves(changed) if move.action == "rework"]
    assert move.target == "filed"
    assert not move.is_certain


def test_taking_back_leads_nowhere_of_its_own() -> None:
    assert ways(default_table(), "withdraw") == set()


def test_every_state_that_is_not_final_is_left_and_every_state_is_reached() -> None:
    table = default_table()
    found = moves(table)
    assert {move.target for move in found} == set(table.states)
    assert {move.source for move in found} == {
        START,
        *(code for code, state in table.states.items() if not state.final),
    }


def test_what_can_be_done_without_moving() -> None:
    names = [action.code for action in staying(default_table(), "closed")]
    assert names == ["callback", "rate", "appeal", "rule"]


def test_what_can_be_done_everywhere() -> None:
    names = {action.code for action in everywhere(default_table())}
    assert {"urge", "note", "withdraw"} <= names
    assert not names & {"amend", "report", "file"}
