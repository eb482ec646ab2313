from datetime import UTC, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.clock import FASTEST, FIRST, LAST, CityClock, city_now, seconds_until
from cityloop.kernel.instants import YEARS

THEN = datetime(2026, 7, 1, 2, tzinfo=UTC)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # bounds of hypothesis stand without a zone


def test_a_moved_clock_runs_at_its_speed() -> None:
    clock = CityClock(datetime(2030, 2, 1, tzinfo=UTC), THEN, 60)
    assert clock.at(THEN + timedelta(minutes=1)) == datetime(2030, 2, 1, 1, tzinfo=UTC)
    assert clock.at(THEN - timedelta(minutes=1)) == datetime(2030, 1, 31, 23, tzinfo=UTC)


@given(origin=instants, real_origin=instants, real=instants, speed=st.floats(0, FASTEST) | st.just(1e308))
def test_a_clock_never_leaves_the_years_that_people_can_read(
    origin: datetime, real_origin: datetime, real: datetime, speed: float
) -> None:
    shown = CityClock(origin, real_origin, speed).at(real)
    assert FIRST <= shown <= LAST
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        assert shown.astimezone(ZoneInfo(zone)).year in YEARS


def test_a_clock_that_has_run_out_stands_still_at_the_end() -> None:
    assert CityClock(THEN, THEN, 1e308).at(THEN + timedelta(days=1)) == LAST
    assert CityClock(THEN, THEN, 1e308).at(THEN - timedelta(days=1)) == FIRST


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 600), (60.0, 10), (0.5, 1200), (0.0, inf)])
def test_a_city_s_ten_minutes_pass_as_fast_as_its_clock_runs(speed: float, seconds: float) -> None:
    clock = CityClock(datetime(2030, 2, 1, tzinfo=UTC), datetime.now(UTC), speed)
    assert seconds_until(city_now(clock) + timedelta(minutes=10), clock) == pytest.approx(seconds, abs=1)


def test_what_has_passed_is_now_and_what_is_not_set_never_is() -> None:
    assert seconds_until(THEN - timedelta(days=9999), None) == 0
    assert seconds_until(None, None) == inf
    assert seconds_until(datetime.now(UTC) + timedelta(minutes=1), None) == pytest.approx(60, abs=1)
