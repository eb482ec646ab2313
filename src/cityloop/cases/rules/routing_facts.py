"""What a dispatch keeps of the routing rules: which actions are asked about, and what stands in their events."""

from collections.abc import Mapping
from typing import Any

from cityloop.cases.rules.routing import NO_RULE, Ruling
from cityloop.cases.rules.table import Action

ROUTING = "routing"
"""Under this name the suggestion stands in an event's body."""

DEPARTMENT, CO_DEPARTMENTS = "department", "co_departments"


def is_routed(action: Action) -> bool:
    """Return whether an action sends a case to a department of its own choosing: one of all, not a unit of the present one."""
    need = action.needs.get(DEPARTMENT)
    is_choice = need is not None and need.type == DEPARTMENT and not need.below
    return is_choice and DEPARTMENT in action.writes and not action.creates


def routing_fact(ruling: Ruling, version: int) -> Mapping[str, Any]:
    """Return what an event keeps: what was suggested, by which version and which of its rules, and which gave way.

    The department that was chosen is among the event's inputs.
    """
    fact: dict[str, Any] = {
        "version": version,
        "rule": ruling.rule.n if ruling.rule else NO_RULE,
        "by": ruling.by,
        "suggested": ruling.department,
    }
    if ruling.co_departments:
        fact["co"] = list(ruling.co_departments)
    if ruling.gave_way:
        fact["gave_way"] = [rule.n for rule in ruling.gave_way]
    return fact
