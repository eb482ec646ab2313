"""Why a deadline is where it is, line by line: open time summed by day, pauses between."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityloop.cases.rules.clocks import Clock, explain
from cityloop.cases.rules.reckoning import Pause, Stretch, reckon

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


class Office:
    """Nine to twelve and one to five, every day."""

    code, version = "office", 1

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        found, day = [], start.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < end:
            for opens, closes in ((9, 12), (13, 17)):
                first, last = max(day + timedelta(hours=opens), start), min(day + timedelta(hours=closes), end)
                if first < last:
                    found.append((first.astimezone(UTC), last.astimezone(UTC)))
            day += timedelta(days=1)
        return found

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum((last - first for first, last in self.spans(start, end)), timedelta())

    def add(self, start: datetime, amount: timedelta) -> datetime:
        left = amount
        for first, last in self.spans(start, start + amount * 5 + timedelta(days=3)):
            if last - first >= left:
                return first + left
            left -= last - first
        raise AssertionError


def clock(hours: float, runs: Any = (), since: datetime | None = None, *, extra: float = 0) -> Clock:
    return Clock(
        "office", 1, int(hours * 3600), int(extra * 3600), tuple(runs), since, stopped=False, basis="x", text="x"
    )


def told(one: Clock) -> list[Stretch | Pause]:
    return reckon(explain("disposal", one, Office()), ZONE)


def test_open_time_of_a_day_is_one_line_and_all_lines_add_up() -> None:
    lines = told(clock(10, since=at("2026-07-01 11:00")))
    assert [(one.seconds, one.sum_s) for one in lines if isinstance(one, Stretch)] == [
        (5 * 3600, 5 * 3600),
        (5 * 3600, 10 * 3600),
    ]
    first = lines[0]
    assert isinstance(first, Stretch)
    assert first.spans == (
        (at("2026-07-01 11:00"), at("2026-07-01 12:00")),
        (at("2026-07-01 13:00"), at("2026-07-01 17:00")),
    )


def test_a_pause_stands_where_it_was_and_divides_its_day() -> None:
    runs = [(at("2026-07-01 09:00"), at("2026-07-01 10:00"))]
    lines = told(clock(3, runs, at("2026-07-01 11:30")))
    assert [type(one) for one in lines] == [Stretch, Pause, Stretch]
    assert lines[1] == Pause(at("2026-07-01 10:00"), at("2026-07-01 11:30"))
    assert lines[2].sum_s == 3 * 3600 if isinstance(lines[2], Stretch) else False


def test_what_stands_still_now_ends_with_an_open_pause() -> None:
    lines = told(clock(8, [(at("2026-07-01 09:00"), at("2026-07-01 10:00"))]))
    assert lines[-1] == Pause(at("2026-07-01 10:00"), None)


def test_what_was_approved_on_top_is_part_of_the_sum() -> None:
    lines = told(clock(2, since=at("2026-07-01 09:00"), extra=3))
    assert [one.sum_s for one in lines if isinstance(one, Stretch)] == [5 * 3600]


MINUTES = st.integers(1, 3000)


@given(hours=st.integers(1, 60), extra=st.integers(0, 10), steps=st.lists(st.tuples(MINUTES, MINUTES), max_size=6))
def test_the_lines_of_a_running_clock_always_add_up_to_its_limit(
    hours: int, extra: int, steps: list[tuple[int, int]]
) -> None:
    moment, runs = at("2026-07-01 08:00"), []
    for ran, stood in steps:
        runs.append((moment, moment + timedelta(minutes=ran)))
        moment += timedelta(minutes=ran + stood)
    one = clock(hours, runs, moment, extra=extra)
    if Office().between(at("2026-07-01 08:00"), moment) >= one.total:
        return
    lines = told(one)
    stretches = [line for line in lines if isinstance(line, Stretch)]
    assert stretches[-1].sum_s == (hours + extra) * 3600
    assert sum(line.seconds for line in stretches) == stretches[-1].sum_s
    starts = [line.start if isinstance(line, Pause) else line.spans[0][0] for line in lines]
    assert all(before <= after for before, after in pairwise(starts))
