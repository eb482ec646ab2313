"""What somebody may do with a case now, and why not the rest."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from cityloop.cases.queries.found import Found
from cityloop.cases.queries.privacy import reads_as_public
from cityloop.cases.rules.inputs import required_now
from cityloop.cases.rules.parties import NO_FACTS
from cityloop.cases.rules.permission import acting_post, check_state, known_names, refused_by
from cityloop.cases.rules.table import Action
from cityloop.kernel.errors import CityError
from cityloop.organisation.rules.staffing import Viewer


class Possible(NamedTuple):
    """An action of the case's table. ``why_not`` is ``""`` where it is possible, given the right inputs.

    ``only_with`` are the inputs, a yes each, without which a guard refuses it; ``required`` those that it asks for now.
    """

    action: Action
    why_not: str
    only_with: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


def possible_actions(case: Found, viewer: Viewer, now: datetime, *, others: bool = False) -> list[Possible]:
    """Return the actions that lead from the case's state, each with why ``viewer`` may not take it; asks no database.

    One of the public is told of those that are the public's.

    Args:
        others: Also the actions that are of no use in this state.
    """
    actions = [action for action in case.loop.actions.values() if not action.creates]
    if not others:
        actions = [action for action in actions if case.snapshot.state in action.from_states]
    if reads_as_public(case.loop, case.row.jurisdiction, viewer):
        actions = [action for action in actions if any(case.loop.is_public(permit.post) for permit in action.by)]
    return [_possible(case, action, viewer, now) for action in actions]


def _possible(case: Found, action: Action, viewer: Viewer, now: datetime) -> Possible:
    loop, snapshot, city = case.loop, case.snapshot, case.city
    try:
        check_state(loop, snapshot, action)
        acting_post(loop, snapshot, action, viewer, city)
    except CityError as exc:
        return Possible(action, exc.message)
    known, first = known_names(loop, snapshot, viewer), ""
    for given in _inputs(action):
        names = {**known, **dict.fromkeys(given, True)}
        why_not = refused_by(loop, snapshot, action, names, city, viewer, now, NO_FACTS)
        if not why_not:
            return Possible(action, "", given, tuple(required_now(action, loop, names)))
        first = first or why_not
    return Possible(action, first)


def _inputs(action: Action) -> Iterator[tuple[str, ...]]:
    """Yield what a guard may come to know: nothing given, then each yes or no given as a yes."""
    yield ()
    for name, need in action.needs.items():
        if need.type == "flag":
            yield (name,)
