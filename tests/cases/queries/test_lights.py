"""The light of a case and of a task, by their columns."""

from datetime import UTC, datetime, timedelta

import pytest

from cityloop.cases.choices import Kind, Light
from cityloop.cases.queries.lights import case_light, task_light
from cityloop.cases.rules.dues import Due

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def at(minutes: int | None) -> datetime | None:
    return None if minutes is None else NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "due", "warn", "light"),
    [
        pytest.param(Kind.WAITING, -240, -300, Light.RED, id="late by a whole limit"),
        pytest.param(Kind.WAITING, -241, -300, Light.DOUBLE_RED, id="late by more than a whole limit"),
        pytest.param(Kind.CLOSED, -241, -300, Light.NONE, id="late and closed"),
        pytest.param(Kind.WORKING, 60, 30, Light.GREEN, id="time is left"),
        pytest.param(Kind.WORKING, 60, 0, Light.YELLOW, id="from the warning on"),
        pytest.param(Kind.WAITING, 0, -30, Light.YELLOW, id="at the deadline itself"),
        pytest.param(Kind.WAITING, -1, -30, Light.RED, id="late"),
        pytest.param(Kind.PAUSED, None, None, Light.PAUSED, id="stands still"),
        pytest.param(Kind.PAUSED, 60, 30, Light.GREEN, id="paused here, but due outside"),
        pytest.param(Kind.WORKING, None, None, Light.NONE, id="nothing is due"),
        pytest.param(Kind.CLOSED, -1, -30, Light.NONE, id="closed"),
        pytest.param(Kind.VOID, 60, 30, Light.NONE, id="void"),
    ],
)
def test_a_case_shines_by_kind_and_time(kind: Kind, due: int | None, warn: int | None, light: Light) -> None:
    assert case_light(kind, Due(at(due), at(warn), at(None if due is None else due + 240)), NOW) is light


@pytest.mark.parametrize(
    ("due", "warn", "light"),
    [
        (60, 30, Light.GREEN),
        (60, -1, Light.YELLOW),
        (-1, None, Light.RED),
        (-999, None, Light.RED),
        (60, None, Light.GREEN),
        (None, None, Light.NONE),
    ],
)
def test_a_task_shines_by_time(due: int | None, warn: int | None, light: Light) -> None:
    assert task_light(Due(at(due), at(warn)), NOW) is light
