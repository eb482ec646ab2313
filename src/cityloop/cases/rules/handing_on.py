"""To which units a case may be handed on by whoever has it (再派遣): units of its department, and those beside it."""

from collections.abc import Iterable
from typing import Protocol

from cityloop.cases.rules.table import Need
from cityloop.organisation.rules.city import Department


class Unit(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def parent_id(self) -> int | None: ...


def is_handed_to(need: Need, own: Unit | None, unit: Unit) -> bool:
    """Return whether ``need`` lets the case go from ``own`` to ``unit``: never to ``own`` itself, which has it already.

    Units beside it (``beside``) have the same department above them; departments that stand under none are not beside each other.
    """
    if own is None or unit.code == own.code:
        return False
    if unit.path.startswith(own.path):
        return True
    return need.beside and own.parent_id is not None and unit.parent_id == own.parent_id


def units_to_hand_to(need: Need, own: Department | None, departments: Iterable[Department]) -> list[Department]:
    """Return the active departments that ``need`` lets the case go to, in the order of the tree."""
    found = (one for one in departments if one.is_active and is_handed_to(need, own, one))
    return sorted(found, key=lambda one: one.path)
