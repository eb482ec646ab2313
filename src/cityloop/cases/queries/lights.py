"""In which light a case or a task stands now."""

from datetime import datetime

from cityloop.cases.choices import OPEN_KINDS, Kind, Light
from cityloop.cases.rules.dues import Due, light


def case_light(kind: str, due_at: datetime | None, warn_at: datetime | None, now: datetime) -> Light:
    """Return the light of a case by its columns: none once it has ended or where nothing is due."""
    if kind not in OPEN_KINDS:
        return Light.NONE
    if due_at is None:
        return Light.PAUSED if kind == Kind.PAUSED else Light.NONE
    return light(Due(due_at, warn_at), now)


def task_light(due_at: datetime | None, warn_at: datetime | None, now: datetime) -> Light:
    """Return the light of an open task; one without a deadline has none."""
    return Light.NONE if due_at is None else light(Due(due_at, warn_at), now)
