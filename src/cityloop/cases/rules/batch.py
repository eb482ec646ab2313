"""Which actions may be taken on several cases in one go, and with what."""

from collections.abc import Iterator

from cityloop.cases.rules.routing_facts import DEPARTMENT, is_routed
from cityloop.cases.rules.table import Action, Need

SAME_FOR_ALL = frozenset({"text", "choice", "flag", "integer", "instant", "department", "departments"})
"""Types of needs that can be answered once for all cases. Photos, points, other cases, people and classes are of one case."""

MOST = 100
"""Cases of one batch."""


def is_batchable(action: Action) -> bool:
    """Return whether everything that an action always asks for is the same for all cases, or suggested for each.

    What a case mostly knows already (``required_unless_known``) may be missing in one of them: that one is refused, alone.
    """
    if action.creates or action.spawns or action.restores:
        return False
    return all(need.type in SAME_FOR_ALL for need in action.needs.values() if _is_always_asked(need)) and all(
        action.needs[name].type in SAME_FOR_ALL for name in action.one_of
    )


def _is_always_asked(need: Need) -> bool:
    return need.required or need.must_be is not None or (need.type == "photos" and need.least != 0)


def asked_once(action: Action) -> Iterator[Need]:
    """Yield what a batch asks for once, for all of its cases; the department of a dispatch is chosen case by case."""
    for need in action.needs.values():
        if need.type in SAME_FOR_ALL and not (need.name == DEPARTMENT and is_routed(action)) and not need.below:
            yield need
