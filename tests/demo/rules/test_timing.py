from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.scenes import SCENES, Light, Scene
from cityloop.demo.rules.timing import DISPOSAL, USED, Clocks, Limit, back, step_times
from cityloop.organisation.rules.calendar import CONTINUOUS, CalendarRule, WorkCalendar, week_of

OFFICE = WorkCalendar.compile(
    CalendarRule("office", 1, "Asia/Shanghai", week_of("08:00-12:00 14:00-18:00")), 2025, 2027
)
SHIFT = WorkCalendar.compile(
    CalendarRule("shift", 1, "Asia/Shanghai", week_of("08:00-20:00", "mon tue wed thu fri sat sun")), 2025, 2027
)
PRESENT = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)
"""A Friday, ten in the morning."""

instants = st.integers(0, 360 * 86400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=9))


def clocks(disposal: Limit) -> Clocks:
    limits = {"accept": 15, "verify": 30, "file": 30, "send_check": 30, "check": 240, "close": 30}
    stages = {stage: Limit(SHIFT, timedelta(minutes=minutes)) for stage, minutes in limits.items()}
    return Clocks(SHIFT, stages | {"dispatch": Limit(CONTINUOUS, timedelta(minutes=15)), DISPOSAL: disposal})


LIMITS = [
    pytest.param(Limit(OFFICE, timedelta(hours=2)), id="two work hours"),
    pytest.param(Limit(OFFICE, timedelta(days=5 * 8 / 24)), id="five work days"),
    pytest.param(Limit(CONTINUOUS, timedelta(hours=2)), id="two hours round the clock"),
]


@given(end=instants, amount=spans)
def test_going_back_is_the_inverse_of_going_on(end: datetime, amount: timedelta) -> None:
    start = back(OFFICE, end, amount)
    assert OFFICE.between(start, end) == amount
    moment = timedelta(seconds=1)
    assert OFFICE.between(start + moment, end) < amount


@given(end=instants, amount=spans)
def test_round_the_clock_back_is_minus(end: datetime, amount: timedelta) -> None:
    assert back(CONTINUOUS, end, amount) == end - amount


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
@pytest.mark.parametrize("limit", LIMITS)
def test_steps_follow_each_other_until_the_present(scene: Scene, limit: Limit) -> None:
    for light in get_args(Light):
        times = step_times(scene, light, PRESENT, clocks(limit), chance(1, scene.name, light))
        assert len(times) == len(scene.steps)
        assert times == sorted(times)
        assert times[-1] <= PRESENT
        assert all(at.microsecond == 0 for at in times)


@pytest.mark.parametrize("light", get_args(Light))
@pytest.mark.parametrize("number", range(5))
def test_the_clock_has_used_what_its_light_says(light: Light, number: int) -> None:
    scene = next(scene for scene in SCENES if scene.name == "in_disposal")
    limit = Limit(OFFICE, timedelta(hours=8))
    times = step_times(scene, light, PRESENT, clocks(limit), chance(number))
    least, most = USED[light]
    used = OFFICE.between(times[3], PRESENT) / limit.amount
    assert least - 0.001 <= used <= most + 0.001


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nobody_is_called_from_bed(scene: Scene) -> None:
    times = step_times(scene, "double_red", PRESENT, clocks(Limit(CONTINUOUS, timedelta(hours=2))), chance(2))
    hours = [(at + timedelta(hours=8)).time() for at in times]
    assert all(8 <= hour.hour < 20 or (hour.hour, hour.minute) == (20, 0) for hour in hours)
