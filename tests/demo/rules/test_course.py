from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.course import course, disposal_share
from cityloop.demo.rules.timing import Limit
from cityloop.organisation.rules.calendar import CONTINUOUS, CalendarRule, WorkCalendar, week_of

ZONE = ZoneInfo("Asia/Shanghai")
IN_ORDER = ("accept", "file", "dispatch", "sign", "feedback", "send_check", "check_back", "close")


SHIFT = WorkCalendar.compile(
    CalendarRule("shift", 1, "Asia/Shanghai", week_of("08:00-20:00", "mon tue wed thu fri sat sun")), 2025, 2027
)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001
    st.integers(1, 96),
    st.integers(0, 9999),
    st.booleans(),
)
def test_no_step_comes_before_the_one_before_it(naive: datetime, hours: int, seed: int, continuous: bool) -> None:
    at = naive.replace(tzinfo=UTC, microsecond=0)
    limit = Limit(CONTINUOUS if continuous else SHIFT, timedelta(hours=hours))
    times = course(at, limit, SHIFT, ZONE, chance(seed, "course"))
    ordered = [at, *(times[action] for action in IN_ORDER)]
    assert all(first <= then for first, then in pairwise(ordered))
    if "urge" in times:
        assert times["sign"] <= times["urge"] <= times["feedback"]


def test_what_comes_by_night_is_taken_up_in_the_morning() -> None:
    night = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)  # half past nine in the evening
    times = course(night, Limit(SHIFT, timedelta(hours=4)), SHIFT, ZONE, chance(1, "night"))
    assert times["accept"].astimezone(ZONE).day == 2
    assert times["accept"].astimezone(ZONE).hour == 8


def test_disposal_is_mostly_in_time() -> None:
    source = chance(1, "shares")
    shares = [disposal_share(source) for _number in range(4000)]
    assert 0.9 < sum(share <= 1 for share in shares) / len(shares) < 0.97
    assert all(0 < share <= 2.5 for share in shares)
