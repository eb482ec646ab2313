"""In which light a case or a task stands now."""

from datetime import datetime
from typing import Any

from cityloop.cases.choices import OPEN_KINDS, Kind, Light
from cityloop.cases.rules.dues import Due, light


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
