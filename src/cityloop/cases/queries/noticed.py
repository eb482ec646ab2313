"""Notices of the loop in words: a notice names an action, and only the city's table knows what that is called."""

from django.urls import reverse

from cityloop.cases.queries.found import NUMBER_DIGITS
from cityloop.cases.queries.tables import table_in_force
from cityloop.kernel.translation import language
from cityloop.notices.wording import Said


def told_by_loop(jurisdiction: str, kind: str, subject: str) -> Said | None:
    """Return what a notice about a case says, with the address of the case; None where it is about something else."""
    if len(subject) != NUMBER_DIGITS or not subject.isdigit():
        return None
    action = table_in_force(jurisdiction).actions.get(kind)
    return Said(action.text(language()) if action else kind, reverse("desk-case", args=[subject]))
