"""What counts as reported, filed, closed or reworked: read from a table alone, so that a city's own process is counted too.

A case is filed when it comes for the first time where the clock of its filing condition runs or waits, or beyond: from then on it
has a limit. Whatever is taken back (``restores``) is taken off again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cityloop.cases.choices import OPEN_KINDS, Kind
from cityloop.cases.rules.moves import START
from cityloop.cases.rules.table import Action, Table


@dataclass(frozen=True, slots=True)
class Moves:
    """Events that lead from one of some states to one of others; ``""`` is where no case was yet.

    Args:
        actions: Only of these actions; none: of all that take nothing back.
    """

    before: frozenset[str]
    after: frozenset[str]
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Measures:
    """Which events of a table are counted as what; ``undoing`` are the actions that take an act back."""

    moves: Mapping[str, Moves]
    undoing: frozenset[str]


def measures(table: Table) -> Measures:
    """Return what the events of cases under a table count as: ``reported``, ``filed``, ``closed``, ``rework``."""
    order = {step: place for place, step in enumerate(table.steps)}
    states = table.states
    limited = {clock.code for clock in table.clocks.values() if clock.limit == "condition"}
    first = min(
        (order[one.step] for one in states.values() if one.kind in OPEN_KINDS and limited & {*one.runs, *one.holds}),
        default=len(order),
    )
    before = frozenset(code for code, one in states.items() if order[one.step] < first)
    beyond = frozenset(code for code, one in states.items() if order[one.step] >= first and one.kind != Kind.VOID)
    closed = frozenset(code for code, one in states.items() if one.kind == Kind.CLOSED)
    everything = frozenset({START, *states})
    reworking = [one for one in table.actions.values() if _reworks(one, table.flag("reworks"))]
    found = {
        "reported": Moves(frozenset({START}), frozenset(states)),
        "filed": Moves(before | {START}, beyond),
        "closed": Moves(everything - closed, closed),
    }
    if reworking:
        sources = frozenset(state for one in reworking for state in states if state in one.from_states)
        targets = frozenset(target.state for one in reworking for target in one.to if target.state)
        found["rework"] = Moves(sources, targets, frozenset(one.code for one in reworking))
    return Measures(found, frozenset(one.code for one in table.actions.values() if one.restores))


def _reworks(action: Action, counted: str) -> bool:
    return any(change.flag == counted and change.operation == "add" for change in action.flags)
