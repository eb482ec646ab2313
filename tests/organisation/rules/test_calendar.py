import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import InvalidInput
from cityloop.organisation.rules.calendar import (
    CONTINUOUS,
    Calendar,
    CalendarRule,
    DayException,
    DaySpan,
    Season,
    WorkCalendar,
    open_time,
    week_of,
)
from cityloop.standards.choices import TimeUnit
from cityloop.standards.rules import TimeLimit
from soak.calendar_walk import differences_of_one_calendar

EVERY_DAY = "mon tue wed thu fri sat sun"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

OFFICE_RULE = CalendarRule("office", 1, "Asia/Shanghai", week_of("08:00-12:00 14:00-18:00"), public_holidays=True)
SUMMER_RULE = replace(
    OFFICE_RULE, code="summer", seasons=(Season("夏季", (6, 1), (8, 31), week_of("08:00-12:00 15:00-19:00")),)
)
WINTER_RULE = replace(
    OFFICE_RULE, code="winter", seasons=(Season("冬季", (12, 1), (2, 15), week_of("09:00-12:00 13:00-17:00")),)
)
EXCEPTIONS_RULE = replace(
    OFFICE_RULE,
    code="exceptions",
    exceptions={
        date(2026, 6, 18): DayException("spans", "盘点", (DaySpan(8 * 60, 10 * 60),)),
        date(2026, 7, 15): DayException("holiday", "台风"),
        date(2026, 7, 18): DayException("workday", "补班"),  # a Saturday
        date(2026, 5, 5): DayException("workday", "值守"),  # a national holiday, a Tuesday
    },
)
NIGHT_RULE = CalendarRule("night", 1, "Europe/Zurich", week_of("00:00-06:00 22:00-24:00", EVERY_DAY))
ROUND_THE_CLOCK_RULE = CalendarRule("always", 1, "America/Los_Angeles", week_of("00:00-24:00", EVERY_DAY))
SMALL_HOURS_RULE = CalendarRule("small-hours", 1, "America/Los_Angeles", week_of("00:30-01:30 02:30-05:00", EVERY_DAY))


def compiled(rule: CalendarRule, first_year: int = 2025, last_year: int = 2027) -> WorkCalendar:
    return WorkCalendar.compile(rule, first_year, last_year)


OFFICE = compiled(OFFICE_RULE)
SUMMER = compiled(SUMMER_RULE)
WINTER = compiled(WINTER_RULE)
EXCEPTIONS = compiled(EXCEPTIONS_RULE)
NIGHT = compiled(NIGHT_RULE)
ROUND_THE_CLOCK = compiled(ROUND_THE_CLOCK_RULE)
SMALL_HOURS = compiled(SMALL_HOURS_RULE)
WORKING = [OFFICE, SUMMER, WINTER, EXCEPTIONS, NIGHT, ROUND_THE_CLOCK, SMALL_HOURS]


def at(text: str, zone: str = "Asia/Shanghai", *, fold: int = 0) -> datetime:
    # In UTC, because Python calls no two zones' times equal while one of them is being shown twice.
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# --- tables


@pytest.mark.parametrize(
    ("filed", "hours", "due"),
    [
        pytest.param("2026-04-29 10:00", 1, "2026-04-29 11:00", id="within the morning"),
        pytest.param("2026-04-29 11:00", 2, "2026-04-29 15:00", id="over lunch"),
        pytest.param("2026-04-29 10:00", 2, "2026-04-29 12:00", id="exactly at the midday closing"),
        pytest.param("2026-04-29 10:00", 6, "2026-04-29 18:00", id="exactly at closing"),
        pytest.param("2026-04-29 18:00", 1, "2026-04-30 09:00", id="filed exactly at closing"),
        pytest.param("2026-04-29 06:30", 1, "2026-04-29 09:00", id="before opening"),
        pytest.param("2026-04-29 13:00", 1, "2026-04-29 15:00", id="at lunch"),
        pytest.param("2026-04-29 22:00", 8, "2026-04-30 18:00", id="at night, a whole day"),
        pytest.param("2026-04-17 17:00", 2, "2026-04-20 09:00", id="over a weekend"),
        pytest.param("2026-04-30 15:00", 4, "2026-05-06 09:00", id="over a holiday and a weekend"),
        pytest.param("2026-05-02 11:00", 1, "2026-05-06 09:00", id="in the middle of a holiday"),
        pytest.param("2026-09-19 10:00", 1, "2026-09-20 09:00", id="into a make-up Sunday"),
        pytest.param("2026-09-20 17:00", 2, "2026-09-21 09:00", id="out of a make-up Sunday"),
        pytest.param("2026-05-08 17:00", 2, "2026-05-09 09:00", id="into a make-up Saturday"),
        pytest.param("2025-12-31 17:00", 2, "2026-01-04 09:00", id="over New Year into its make-up Sunday"),
    ],
)
def test_work_hours(filed: str, hours: int, due: str) -> None:
    assert OFFICE.add(at(filed), hours * HOUR) == at(due)


@pytest.mark.parametrize(
    ("calendar", "filed", "hours", "due"),
    [
        pytest.param(SUMMER, "2026-05-29 17:00", 6, "2026-06-01 16:00", id="the first summer day works late"),
        pytest.param(SUMMER, "2026-08-31 18:00", 2, "2026-09-01 09:00", id="the last summer day works late"),
        pytest.param(WINTER, "2026-11-30 17:00", 2, "2026-12-01 10:00", id="winter begins"),
        pytest.param(WINTER, "2026-12-31 16:00", 1, "2026-12-31 17:00", id="winter before New Year"),
        pytest.param(WINTER, "2026-01-05 08:30", 1, "2026-01-05 10:00", id="winter after New Year"),
        pytest.param(
            WINTER, "2026-02-13 16:00", 2, "2026-02-14 10:00", id="a make-up Saturday keeps the winter's Monday"
        ),
        pytest.param(EXCEPTIONS, "2026-06-17 17:00", 4, "2026-06-22 09:00", id="a short day before a holiday"),
        pytest.param(EXCEPTIONS, "2026-07-14 17:00", 2, "2026-07-16 09:00", id="a day off of the city's own"),
        pytest.param(EXCEPTIONS, "2026-07-17 17:00", 2, "2026-07-18 09:00", id="a Saturday of the city's own"),
        pytest.param(EXCEPTIONS, "2026-04-30 17:00", 2, "2026-05-05 09:00", id="a holiday on which the city works"),
    ],
)
def test_seasons_and_single_days(calendar: WorkCalendar, filed: str, hours: int, due: str) -> None:
    assert calendar.add(at(filed), hours * HOUR) == at(due)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end", "fold"),
    [
        pytest.param(ROUND_THE_CLOCK, "2026-03-07 12:00", 24, "2026-03-08 13:00", 0, id="a day of 23 hours"),
        pytest.param(ROUND_THE_CLOCK, "2026-10-31 12:00", 24, "2026-11-01 11:00", 0, id="a day of 25 hours"),
        pytest.param(
            SMALL_HOURS, "2026-03-08 00:00", 2, "2026-03-08 04:00", 0, id="opens at 03:00 when 02:30 is skipped"
        ),
        pytest.param(SMALL_HOURS, "2026-11-01 00:00", 1, "2026-11-01 01:30", 0, id="closes at the first 01:30"),
        pytest.param(SMALL_HOURS, "2026-11-01 01:10", 1, "2026-11-01 03:30", 1, id="the second 01:10 is after closing"),
    ],
)
def test_turned_clocks_in_los_angeles(calendar: WorkCalendar, start: str, hours: int, end: str, fold: int) -> None:
    zone = "America/Los_Angeles"
    assert calendar.add(at(start, zone, fold=fold), hours * HOUR) == at(end, zone)


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        pytest.param("2026-03-27", 8, id="an ordinary night"),
        pytest.param("2026-03-28", 7, id="the night in which the clocks go forward"),
        pytest.param("2026-10-24", 9, id="the night in which they go back"),
    ],
)
def test_a_night_shift_is_one_span_over_midnight(night: str, hours: int) -> None:
    evening = at(f"{night} 18:00", "Europe/Zurich")
    ((begins, ends),) = NIGHT.spans(evening, evening + 18 * HOUR)
    assert begins == at(f"{night} 22:00", "Europe/Zurich")
    assert ends - begins == hours * HOUR
    assert NIGHT.add(evening, hours * HOUR) == ends


def test_a_day_that_a_country_left_out_has_no_hours() -> None:
    samoa = compiled(CalendarRule("samoa", 1, "Pacific/Apia", week_of("08:00-16:00", EVERY_DAY)), 2011, 2011)
    assert samoa.add(at("2011-12-29 12:00", "Pacific/Apia"), 8 * HOUR) == at("2011-12-31 12:00", "Pacific/Apia")


def test_spans_are_clipped_to_what_was_asked() -> None:
    assert OFFICE.spans(at("2026-04-30 16:00"), at("2026-05-06 09:30")) == [
        (at("2026-04-30 16:00"), at("2026-04-30 18:00")),
        (at("2026-05-06 08:00"), at("2026-05-06 09:30")),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("2026-04-29 18:00", "2026-04-30 08:00", id="from closing to opening"),
        pytest.param("2026-04-29 12:30", "2026-04-29 13:30", id="within lunch"),
        pytest.param("2026-04-29 10:00", "2026-04-29 10:00", id="no time"),
        pytest.param("2026-04-29 11:00", "2026-04-29 10:00", id="backwards"),
    ],
)
def test_no_open_span(first: str, second: str) -> None:
    assert OFFICE.spans(at(first), at(second)) == []


def test_between_is_negative_backwards() -> None:
    assert OFFICE.between(at("2026-05-06 10:00"), at("2026-04-30 16:00")) == -4 * HOUR


def test_microseconds_count() -> None:
    start = at("2026-04-29 17:59:59.999999")
    assert OFFICE.add(start, timedelta(microseconds=1)) == at("2026-04-29 18:00")
    assert OFFICE.add(start, timedelta(microseconds=2)) == at("2026-04-30 08:00:00.000001")


def test_questions_come_in_any_zone_and_answers_go_in_utc() -> None:
    start = datetime(2026, 4, 29, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert OFFICE.add(start, HOUR) == OFFICE.add(start.astimezone(UTC), HOUR)
    for calendar in (OFFICE, CONTINUOUS):
        assert calendar.add(start, HOUR).tzinfo is UTC
        assert calendar.add(start, timedelta(0)).tzinfo is UTC
        assert all(end.tzinfo is UTC for span in calendar.spans(start, start + 48 * HOUR) for end in span)


def test_no_amount_is_no_wait_even_when_closed() -> None:
    assert OFFICE.add(at("2026-05-02 03:00"), timedelta(0)) == at("2026-05-02 03:00")


def test_round_the_clock_counts_everything() -> None:
    start = at("2026-05-01 23:00")
    assert CONTINUOUS.add(start, 72 * HOUR) == at("2026-05-04 23:00")
    assert CONTINUOUS.between(start, at("2026-05-02 01:00")) == 2 * HOUR
    assert CONTINUOUS.spans(start, start + HOUR) == [(start, start + HOUR)]
    assert CONTINUOUS.spans(start, start) == []
    assert CONTINUOUS.is_known(date(2100, 1, 1))


# --- what cannot be counted

NAIVE = datetime(2026, 4, 29, 10, 0)  # noqa: DTZ001 - the very thing that is refused
AWARE = at("2026-04-29 10:00")
QUESTIONS: list[Callable[[Calendar], object]] = [
    lambda calendar: calendar.add(NAIVE, HOUR),
    lambda calendar: calendar.add(NAIVE, timedelta(0)),
    lambda calendar: calendar.between(NAIVE, AWARE),
    lambda calendar: calendar.between(AWARE, NAIVE),
    lambda calendar: calendar.spans(NAIVE, AWARE),
    lambda calendar: calendar.spans(AWARE, NAIVE),
]


@pytest.mark.parametrize("calendar", [OFFICE, CONTINUOUS], ids=lambda calendar: calendar.code)
@pytest.mark.parametrize("ask", QUESTIONS)
def test_naive_datetimes_are_refused(calendar: Calendar, ask: Callable[[Calendar], object]) -> None:
    with pytest.raises(ValueError, match="naive"):
        ask(calendar)


@pytest.mark.parametrize("calendar", [OFFICE, CONTINUOUS], ids=lambda calendar: calendar.code)
def test_negative_amounts_are_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="negative"):
        calendar.add(AWARE, timedelta(microseconds=-1))


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda calendar: calendar.add(AWARE, timedelta.max), id="more than time itself"),
        pytest.param(lambda calendar: calendar.add(datetime(9999, 12, 31, 23, tzinfo=UTC), 2 * HOUR), id="year 9999"),
        pytest.param(
            lambda calendar: calendar.add(datetime(9999, 12, 31, 23, tzinfo=ZoneInfo("Etc/GMT+12")), HOUR),
            id="10000 in UTC",
        ),
    ],
)
@pytest.mark.parametrize("calendar", [OFFICE, CONTINUOUS], ids=lambda calendar: calendar.code)
def test_what_time_cannot_hold_is_refused(calendar: Calendar, ask: Callable[[Calendar], object]) -> None:
    with pytest.raises(InvalidInput, match="2199"):
        ask(calendar)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda calendar: calendar.add(AWARE, timedelta(days=365 * 100)), id="open time beyond 2199"),
        pytest.param(lambda calendar: calendar.add(datetime(1890, 1, 1, tzinfo=UTC), HOUR), id="a start before 1900"),
        pytest.param(lambda calendar: calendar.between(AWARE, datetime(2201, 1, 1, tzinfo=UTC)), id="until 2201"),
        pytest.param(lambda calendar: calendar.spans(datetime(1, 1, 1, tzinfo=UTC), AWARE), id="from the year 1"),
    ],
)
def test_years_that_no_calendar_counts_in_are_refused(ask: Callable[[Calendar], object]) -> None:
    sparse = compiled(CalendarRule("sparse", 1, "UTC", week_of("08:00-08:01", "sun")))
    with pytest.raises(InvalidInput, match="1900"):
        ask(sparse)
    assert sparse.add(AWARE, MINUTE) == datetime(2026, 5, 3, 8, 1, tzinfo=UTC)  # and it still counts


@pytest.mark.parametrize(("first_year", "last_year"), [(1899, 2000), (2000, 1999), (2000, 2200)])
def test_years_out_of_order_cannot_be_compiled(first_year: int, last_year: int) -> None:
    with pytest.raises(ValueError, match="years"):
        WorkCalendar.compile(OFFICE_RULE, first_year, last_year)


# --- limits


@pytest.mark.parametrize(
    ("limit", "continuous", "minutes"),
    [
        (TimeLimit(2, TimeUnit.URGENT_HOUR), True, 120),
        (TimeLimit(1, TimeUnit.URGENT_DAY), True, 1440),
        (TimeLimit(3, TimeUnit.NATURAL_HOUR), True, 180),
        (TimeLimit(2, TimeUnit.NATURAL_DAY), True, 2880),
        (TimeLimit(15, TimeUnit.MINUTE), True, 15),
        (TimeLimit(30, TimeUnit.WORK_MINUTE), False, 30),
        (TimeLimit(4, TimeUnit.WORK_HOUR), False, 240),
        (TimeLimit(5, TimeUnit.WORK_DAY), False, 5 * 7 * 60),
    ],
)
def test_a_limit_in_open_time(limit: TimeLimit, continuous: bool, minutes: int) -> None:
    seven_hours = compiled(replace(OFFICE_RULE, workday=7 * HOUR))
    assert open_time(limit, seven_hours) == (continuous, minutes * MINUTE)


def test_every_unit_of_the_standards_has_a_length() -> None:
    assert all(open_time(TimeLimit(1, unit), OFFICE)[1] > timedelta(0) for unit in TimeUnit.values)


# --- growing


def test_a_calendar_grows_both_ways_and_gives_the_same_answers() -> None:
    wide = compiled(OFFICE_RULE, 1990, 2060)
    for start in (at("1995-03-03 10:00"), at("2026-04-30 15:00"), at("2045-03-03 10:00")):
        narrow = compiled(OFFICE_RULE, 2026, 2026)
        assert narrow.add(start, 9000 * HOUR) == wide.add(start, 9000 * HOUR)
        assert narrow.between(start, at("2050-01-01 00:00")) == wide.between(start, at("2050-01-01 00:00"))
        assert narrow.spans(start, at("2046-01-01 00:00")) == wide.spans(start, at("2046-01-01 00:00"))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
@pytest.mark.parametrize("instant", ["2025-12-31 23:30", "2026-01-01 00:30", "2026-12-31 23:30", "2027-01-01 00:30"])
def test_the_hours_around_new_year_lie_in_two_years(zone: str, instant: str) -> None:
    # Local and UTC years differ here, and a span that touches New Year goes on in the other year's table.
    start = at(instant, "UTC")
    rule = replace(ROUND_THE_CLOCK_RULE, time_zone=zone)
    assert compiled(rule, 2026, 2026).add(start, 3 * HOUR) == start + 3 * HOUR
    assert compiled(rule, 2026, 2026).between(start, start - 3 * HOUR) == -3 * HOUR
    around = (start - 3 * HOUR, start + 3 * HOUR)
    assert compiled(rule, 2026, 2026).spans(*around) == [around]


def test_threads_that_ask_beyond_the_years_at_once_agree() -> None:
    wide = compiled(OFFICE_RULE, 1990, 2075)
    chance = random.Random(7)
    for _ in range(5):
        narrow = compiled(OFFICE_RULE, 2026, 2026)
        starts = [at("1990-01-01 00:00") + timedelta(days=chance.randrange(20_000)) for _ in range(16)]
        together = Barrier(8)

        def ask(
            part: int, narrow: WorkCalendar = narrow, starts: list[datetime] = starts, gate: Barrier = together
        ) -> bool:
            gate.wait()
            return all(narrow.add(start, 500 * HOUR) == wide.add(start, 500 * HOUR) for start in starts[part::8])

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(ask, range(8)))


# --- laws

calendars = st.sampled_from([*WORKING, CONTINUOUS])
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.timedeltas(timedelta(0), timedelta(days=200))
some_time = st.timedeltas(timedelta(microseconds=1), timedelta(days=200))


@given(calendar=calendars, start=instants, amount=amounts)
def test_between_undoes_add(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert calendar.between(start, calendar.add(start, amount)) == amount


@given(calendar=calendars, start=instants, amount=some_time)
def test_add_gives_the_earliest_such_instant(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    just_before = calendar.add(start, amount) - timedelta(microseconds=1)
    assert calendar.between(start, just_before) < amount


@given(calendar=calendars, start=instants, first=amounts, then=amounts)
def test_waiting_twice_is_waiting_once(calendar: Calendar, start: datetime, first: timedelta, then: timedelta) -> None:
    in_two = calendar.add(calendar.add(start, first), then)
    assert in_two == calendar.add(start, first + then)


@given(calendar=calendars, start=instants, one=amounts, other=amounts)
def test_two_amounts_added_at_once_are_each_added(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    less, more = sorted((one, other))
    assert calendar.add_both(start, less, more) == (calendar.add(start, less), calendar.add(start, more))


@given(calendar=calendars, starts=st.tuples(instants, instants), waits=st.tuples(some_time, some_time))
def test_who_starts_later_or_has_longer_is_not_done_earlier(
    calendar: Calendar, starts: tuple[datetime, datetime], waits: tuple[timedelta, timedelta]
) -> None:
    earliest = calendar.add(min(starts), min(waits))
    assert earliest <= calendar.add(max(starts), min(waits)) <= calendar.add(max(starts), max(waits))
    assert earliest <= calendar.add(min(starts), max(waits))


@given(calendar=calendars, a=instants, b=instants, c=instants)
def test_open_time_adds_up_whichever_way_it_is_cut(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(a, b) == -calendar.between(b, a)


@given(calendar=calendars, first=instants, length=amounts)
def test_spans_lie_apart_in_order_and_sum_to_the_open_time(
    calendar: Calendar, first: datetime, length: timedelta
) -> None:
    second = first + length
    spans = calendar.spans(first, second)
    borders = [first, *(instant for span in spans for instant in span), second]
    assert borders == sorted(borders)
    assert all(start < end for start, end in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    assert sum((end - start for start, end in spans), timedelta(0)) == calendar.between(first, second)


@given(calendar=st.sampled_from(WORKING), day=st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_a_day_is_open_as_its_rule_says(calendar: WorkCalendar, day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    next_day = day + timedelta(days=1)
    next_midnight = datetime(next_day.year, next_day.month, next_day.day, tzinfo=calendar.zone)
    is_turned = midnight.utcoffset() != next_midnight.utcoffset()
    hours = calendar.rule.hours_on(day)
    written = [(midnight + h.opens * MINUTE, midnight + h.closes * MINUTE) for h in hours]
    assert is_turned or calendar.spans(midnight, next_midnight) == written


# --- somebody who only looks at the clock


@pytest.mark.parametrize("seed", range(30))
def test_a_minute_walker_finds_the_same(seed: int) -> None:
    assert differences_of_one_calendar(f"test:{seed}", cases=100) == []
