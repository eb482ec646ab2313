"""What moves by itself: the actions of a table that the system takes once a time has come.

The table says it by two things together: ``system`` may take the action, and a guard holds it back until a time
(``after_days``, ``system_after``). Nothing else about them is special: they go through the one door like any other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from cityloop.cases.rules.table import Action, Table


class Timed(NamedTuple):
    """An action that the system takes in ``states``, ``wait`` after the instant that the case's value ``since`` holds.

    With ``awaits_decisions`` not while an application waits for somebody's decision.
    """

    action: str
    states: tuple[str, ...]
    awaits_decisions: bool
    since: str
    wait: timedelta

    def latest(self, now: datetime) -> datetime:
        """Return the latest instant of ``since`` for which the time has come at ``now``."""
        return now - self.wait


def timed_actions(table: Table) -> list[Timed]:
    """Return what the system does by itself under ``table``, in the table's order.

    Left out is what asks for an input: nobody is there to give it.
    """
    return [
        Timed(action.code, tuple(sorted(action.from_states)), _awaits_decisions(action), *held)
        for action in table.actions.values()
        if action.by_itself and (held := _held_back(action, table.settings_names)) is not None
    ]


def _awaits_decisions(action: Action) -> bool:
    return any(guard.name == "no_application" for guard in action.guards)


def _held_back(action: Action, settings: Mapping[str, int]) -> tuple[str, timedelta] | None:
    for guard in action.guards:
        if guard.name == "after_days":
            return guard.argument["since"], timedelta(days=settings[guard.argument["days"]])
        if guard.name == "system_after":
            return guard.argument, timedelta()
    return None
