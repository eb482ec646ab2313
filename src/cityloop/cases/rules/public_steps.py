"""The process as the public is shown it: its steps in the table's order, and how far a case has come."""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.rules.table import Table


class Standing(StrEnum):
    """How a case stands to one step."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"
    LEFT_OUT = "left_out"  # it ended, or was closed, without it


def public_steps(table: Table) -> list[str]:
    """Return the codes of the steps in which somebody has to act: ends and what comes after them are no steps for the public."""
    worked_at = {state.step for state in table.states.values() if state.kind in OPEN_KINDS}
    return [step for step in table.steps if step in worked_at]


def standings(table: Table, state: str, reached: AbstractSet[str]) -> list[Standing]:
    """Return how a case in ``state`` stands to each of ``public_steps``.

    Args:
        reached: Steps in which the case has ever been. A case that went back has the later ones ahead of it again.
    """
    steps, now = public_steps(table), table.states[state]
    if now.kind not in OPEN_KINDS:
        is_closed = now.kind is Kind.CLOSED
        last = steps[-1] if steps else ""
        # A closed case has come to its end, also where it took a short way.
        return [
            Standing.DONE if step in reached or (is_closed and step == last) else Standing.LEFT_OUT for step in steps
        ]
    here = steps.index(now.step)
    return [
        Standing.NOW
        if number == here
        else Standing.AHEAD
        if number > here
        else (Standing.DONE if step in reached else Standing.LEFT_OUT)
        for number, step in enumerate(steps)
    ]
