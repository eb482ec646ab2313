"""In which light a case or a task stands now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Min, Q
from django.db.models.functions import Least

from cityloop.cases.choices import OPEN_KINDS, Kind, Light
from cityloop.cases.rules.dues import Due, light
from cityloop.organisation.queries.scope import NOTHING


def case_light(kind: str, due: Due, now: datetime) -> Light:
    """Return the light of a case by its columns: none once it has ended or where nothing is due."""
    if kind not in OPEN_KINDS:
        return Light.NONE
    if due.due is None:
        return Light.PAUSED if kind == Kind.PAUSED else Light.NONE
    return light(due, now)


def task_light(due: Due, now: datetime) -> Light:
    """Return the light of an open task; one without a deadline has none."""
    return Light.NONE if due.due is None else light(due, now)


def due_of(row: Any) -> Due:
    """Return when the case or task of a row is due, by its columns."""
    return Due(row.due_at, row.warn_at, row.double_at)


def tasks_by_light(now: datetime) -> Mapping[Light, Q]:
    """Return for each light of a task the condition of those that shine in it at ``now``: what ``task_light`` says, for rows."""
    return {
        Light.DOUBLE_RED: Q(double_at__lt=now),
        Light.RED: Q(due_at__lt=now) & (Q(double_at=None) | Q(double_at__gte=now)),
        Light.YELLOW: Q(due_at__gte=now, warn_at__lte=now),
        Light.GREEN: Q(due_at__gte=now) & (Q(warn_at=None) | Q(warn_at__gt=now)),
        Light.NONE: Q(due_at=None),
    }


def next_turn(at: Mapping[datetime, Q]) -> Any:
    """Return an aggregate: when the next light of some rows turns by the clock alone, NULL where none will.

    Args:
        at: The city's time now, with the condition of the rows that go by it.
    """
    warned = coming = doubled = NOTHING
    for now, here in at.items():
        warned |= here & Q(warn_at__gt=now)
        coming |= here & Q(due_at__gte=now)
        doubled |= here & Q(double_at__gte=now)
    return Least(Min("warn_at", filter=warned), Min("due_at", filter=coming), Min("double_at", filter=doubled))
