from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cityloop.demo.rules.pace import Why, next_morning, running

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 7, 3, 12, 0, tzinfo=ZONE)
AS_SET = {
    "is_paused": False, "is_watched": False, "nights_are_short": True, "local": NOON, "behind": timedelta(), "held": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("speed", "more", "expected"),
    [
        (30, {}, (30, Why.AS_SET)),
        (30, {"is_paused": True, "is_watched": True}, (0, Why.PAUSED)),
        (30, {"is_watched": True}, (1, Why.WATCHED)),
        (1, {"is_watched": True}, (1, Why.AS_SET)),
        (30, {"local": NOON.replace(hour=23)}, (600, Why.NIGHT)),
        (30, {"local": NOON.replace(hour=23), "nights_are_short": False}, (30, Why.AS_SET)),
        (1, {"local": NOON.replace(hour=23)}, (1, Why.AS_SET)),
        (30, {"local": NOON.replace(hour=23), "is_watched": True}, (1, Why.WATCHED)),
        (600, {"behind": timedelta(hours=2)}, (0, Why.BEHIND)),
        (600, {"behind": timedelta(minutes=30)}, (600, Why.AS_SET)),
        (600, {"behind": timedelta(minutes=30), "held": True}, (0, Why.BEHIND)),
    ],
)
def test_how_fast_the_clock_runs_and_why(speed: float, more: dict[str, object], expected: tuple[float, Why]) -> None:
    runs = running(speed, **{**AS_SET, **more})  # type: ignore[arg-type]
    assert (runs.speed, runs.why) == expected


def test_the_next_morning_is_that_of_the_night_that_is_or_comes() -> None:
    assert next_morning(NOON.replace(hour=3), ZONE).day == 3
    assert next_morning(NOON, ZONE).day == 4
