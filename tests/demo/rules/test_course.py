from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.course import Act, Course, disposal_share
from cityloop.demo.rules.timing import Limit
from cityloop.organisation.rules.calendar import CONTINUOUS, CalendarRule, WorkCalendar, week_of

ZONE = ZoneInfo("Asia/Shanghai")


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
    way = Course(limit, SHIFT, ZONE, "SZ", needs_repair=True, is_public=True)
    acts = way.acts(at, chance(seed, "course"))
    assert all(first <= then for first, then in pairwise([at, *(act.at for act in acts)]))
    assert {"accept", "file", "dispatch", "feedback", "send_check", "check_back", "close"} <= {
        one.action for one in acts
    }


def test_what_comes_by_night_is_taken_up_in_the_morning() -> None:
    night = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)  # half past nine in the evening
    first = Course(Limit(SHIFT, timedelta(hours=4)), SHIFT, ZONE, "SZ").acts(night, chance(1, "night"))[0]
    assert first.action == "accept"
    assert (first.at.astimezone(ZONE).day, first.at.astimezone(ZONE).hour) == (2, 8)


def test_some_cases_take_a_detour_as_often_as_cities_publish() -> None:
    way = Course(Limit(SHIFT, timedelta(hours=8)), SHIFT, ZONE, "SZ", needs_repair=True, is_public=True)
    at = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    cases: list[list[Act]] = [way.acts(at, chance(1, "detour", number)) for number in range(3000)]

    def share(action: str) -> float:
        return sum(any(act.action == action for act in acts) for acts in cases) / len(cases)

    assert 0.02 < share("rework") < 0.06
    assert 0.03 < share("return") < 0.06
    assert 0.03 < share("approve_extension") < 0.07
    assert share("callback") > 0.8


def test_disposal_is_mostly_in_time() -> None:
    source = chance(1, "shares")
    shares = [disposal_share(source) for _number in range(4000)]
    assert 0.9 < sum(share <= 1 for share in shares) / len(shares) < 0.97
    assert all(0 < share <= 2.5 for share in shares)
