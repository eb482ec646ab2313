"""Where each action leads, read from the table alone: what a diagram, a manual or a check of the process asks."""

from collections.abc import Iterator
from dataclasses import dataclass

from cityloop.cases.choices import OPEN_KINDS
from cityloop.cases.rules.table import Action, Table, When

START = ""
"""Stands for the state of a case that does not exist yet."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way from state to state.

    Attributes:
        source: A state's code, or ``START`` where the action makes the case.
        is_certain: Whether the action always leads there; else facts of the case decide between several ways.
        posts: Who may take it, those who decide on an application included; ``system`` where nobody has to.
    """

    action: str
    source: str
    target: str
    is_certain: bool
    posts: tuple[str, ...]


def moves(table: Table) -> list[Move]:
    """Return all ways from one state to another, in the order of the table's actions, then of its states.

    Ways that the city's settings close (signing, a second person) are left out.
    """
    return [move for action in table.actions.values() for move in _moves_of(table, action)]


def staying(table: Table, state: str) -> list[Action]:
    """Return the actions that leave a case where it is and are not possible everywhere (``everywhere``) anyhow."""
    general = {action.code for action in everywhere(table)}
    return [
        action
        for action in table.from_state(state)
        if action.code not in general and not any(move.source == state for move in _moves_of(table, action))
    ]


def everywhere(table: Table) -> list[Action]:
    """Return the actions that are possible in every open state."""
    open_states = {code for code, state in table.states.items() if state.kind in OPEN_KINDS}
    return [
        action for action in table.actions.values() if not action.creates and open_states <= set(action.from_states)
    ]


def _moves_of(table: Table, action: Action) -> Iterator[Move]:
    targets = _targets(table, action)
    for source in _sources(table, action):
        for target in targets:
            if target and target != source:
                yield Move(action.code, source, target, len(targets) == 1, _posts(table, action, source))


def _sources(table: Table, action: Action) -> list[str]:
    return [START] if action.creates else [code for code in table.states if code in action.from_states]


def _targets(table: Table, action: Action) -> list[str]:
    """Return the states the action may lead to, as far as the settings leave a choice; ``""`` is staying."""
    targets = []
    for target in action.to:
        decided = _decided(table, target.when)
        if decided is False:
            continue
        targets.append(target.state)
        if decided:
            return targets
    # None of the conditions need hold: then the case stays where it is.
    return [*targets, ""] if targets else []


def _decided(table: Table, when: When) -> bool | None:
    """Return whether ``when`` holds if the settings alone decide that, else None."""
    settings = table.settings_names
    if any(name in settings and settings[name] not in allowed for name, allowed in when.facts):
        return False
    return True if all(name in settings for name, _allowed in when.facts) else None


def _posts(table: Table, action: Action, source: str) -> tuple[str, ...]:
    posts = [permit.post for permit in action.by if permit.state in {"", source}]
    if action.decides:
        posts += [post for level in table.applications[action.decides.application].levels for post in level.by]
    return tuple(dict.fromkeys(posts))
