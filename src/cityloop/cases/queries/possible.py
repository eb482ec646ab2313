"""What somebody may do with a case now, and why not the rest."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cityloop.cases.queries.found import Found
from cityloop.cases.rules.parties import NO_FACTS
from cityloop.cases.rules.permission import acting_post, check_state, known_names, refused_by
from cityloop.cases.rules.table import Action
from cityloop.kernel.errors import CityError
from cityloop.organisation.rules.staffing import Viewer


class Possible(NamedTuple):
    """An action of the case's table. ``why_not`` is ``""`` where it is possible, given the right inputs."""

    action: Action
    why_not: str


def possible_actions(case: Found, viewer: Viewer, now: datetime, *, others: bool = False) -> list[Possible]:
    """Return the actions that lead from the case's state, each with why ``viewer`` may not take it; asks no database.

    Args:
        others: Also the actions that are of no use in this state.
    """
    actions = [action for action in case.loop.actions.values() if not action.creates]
    if not others:
        actions = [action for action in actions if case.snapshot.state in action.from_states]
    return [Possible(action, _why_not(case, action, viewer, now)) for action in actions]


def _why_not(case: Found, action: Action, viewer: Viewer, now: datetime) -> str:
    loop, snapshot, city = case.loop, case.snapshot, case.city
    try:
        check_state(loop, snapshot, action)
        acting_post(loop, snapshot, action, viewer, city)
    except CityError as exc:
        return exc.message
    known = known_names(loop, snapshot, viewer)
    refusals = [
        refused_by(loop, snapshot, action, names, city, viewer, now, NO_FACTS) for names in _inputs(action, known)
    ]
    return "" if "" in refusals else refusals[0]


def _inputs(action: Action, known: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a guard may come to know: nothing given, then each yes or no given as a yes."""
    yield known
    for name, need in action.needs.items():
        if need.type == "flag":
            yield {**known, name: True}
