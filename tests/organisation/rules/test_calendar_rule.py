import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.organisation.rules.calendar_days import (
    PUBLISHED,
    DayException,
    DaySpan,
    Hours,
    NationalDays,
    Season,
    Week,
)
from cityloop.organisation.rules.calendar_reading import week_of
from cityloop.organisation.rules.calendar_rule import CalendarRule

MORNING = DaySpan(8 * 60, 12 * 60)
AFTERNOON = DaySpan(14 * 60, 18 * 60)
OFFICE = CalendarRule("office", 1, "Asia/Shanghai", week_of("08:00-12:00 14:00-18:00"), public_holidays=True)


def office_json(**changes: Any) -> dict[str, Any]:
    return OFFICE.to_json() | changes


def faults_of(value: Any) -> list[tuple[str, str]]:
    """Return place and reason of each fault with which ``value`` is refused."""
    with pytest.raises(InvalidInput) as refusal:
        CalendarRule.from_json(value)
    return [(fault.field, fault.why) for fault in refusal.value.faults]


# --- the hours of a day


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 4, 29), (MORNING, AFTERNOON), id="a Wednesday"),
        pytest.param(date(2026, 4, 25), (), id="a Saturday"),
        pytest.param(date(2026, 10, 1), (), id="National Day, a Thursday"),
        pytest.param(date(2026, 5, 9), (MORNING, AFTERNOON), id="a make-up Saturday"),
        pytest.param(date(2026, 9, 20), (MORNING, AFTERNOON), id="a make-up Sunday"),
        pytest.param(date(2027, 10, 1), (MORNING, AFTERNOON), id="a Friday of a year nobody has entered"),
        pytest.param(date(1999, 10, 1), (MORNING, AFTERNOON), id="a Friday before the records begin"),
    ],
)
def test_hours_of_a_day(day: date, hours: Hours) -> None:
    assert OFFICE.hours_on(day) == hours


def test_a_calendar_without_public_holidays_works_through_them() -> None:
    assert replace(OFFICE, public_holidays=False).hours_on(date(2026, 10, 1)) == (MORNING, AFTERNOON)
    assert replace(OFFICE, public_holidays=False).hours_on(date(2026, 5, 9)) == ()


def test_a_makeup_day_has_the_hours_of_the_weekday_that_the_rule_names() -> None:
    short_friday = cast("Week", (*OFFICE.weekly[:4], (MORNING,), (), ()))
    rule = replace(OFFICE, weekly=short_friday, exceptions={date(2026, 7, 18): DayException("workday")})
    for makeup_day in (date(2026, 5, 9), date(2026, 7, 18)):
        assert rule.hours_on(makeup_day) == (MORNING, AFTERNOON)
        assert replace(rule, makeup_weekday=4).hours_on(makeup_day) == (MORNING,)


def test_an_entered_day_goes_before_a_national_one() -> None:
    rule = replace(
        OFFICE,
        exceptions={
            date(2026, 10, 1): DayException("spans", "值守", (MORNING,)),
            date(2026, 10, 2): DayException("workday"),
            date(2026, 5, 9): DayException("holiday"),
        },
    )
    assert [rule.hours_on(day) for day in rule.exceptions] == [(MORNING,), (MORNING, AFTERNOON), ()]


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside"),
    [
        pytest.param((6, 1), (8, 31), [(6, 1), (7, 15), (8, 31)], [(5, 31), (9, 1), (1, 1)], id="summer"),
        pytest.param(
            (11, 15), (3, 15), [(11, 15), (12, 31), (1, 1), (3, 15)], [(11, 14), (3, 16), (7, 1)], id="winter"
        ),
        pytest.param((2, 29), (2, 29), [(2, 29)], [(2, 28), (3, 1)], id="one day of leap years"),
    ],
)
def test_a_season_holds_both_its_ends(
    first: tuple[int, int], last: tuple[int, int], inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    season = Season("", first, last, OFFICE.weekly)
    assert all(season.holds(date(2028, *month_day)) for month_day in inside)
    assert not any(season.holds(date(2028, *month_day)) for month_day in outside)


# --- which years are known


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        pytest.param(OFFICE, False, id="nobody has entered it"),
        pytest.param(replace(OFFICE, public_holidays=False), True, id="holidays do not matter"),
        pytest.param(replace(OFFICE, known_years=frozenset({2090})), True, id="declared"),
        pytest.param(replace(OFFICE, known_years=frozenset({2089})), False, id="another one is declared"),
        pytest.param(replace(OFFICE, exceptions={date(2090, 10, 1): DayException("holiday")}), True, id="entered"),
        pytest.param(
            replace(OFFICE, exceptions={date(2089, 10, 1): DayException("holiday")}), False, id="another entered"
        ),
        pytest.param(
            replace(OFFICE, exceptions={date(2090, 10, 9): DayException("workday")}), False, id="no holiday entered"
        ),
    ],
)
def test_whether_2090_is_known(rule: CalendarRule, known: bool) -> None:
    assert rule.is_known(date(2090, 3, 3)) is known


def test_published_years_are_known() -> None:
    assert set(range(2004, 2027)) <= PUBLISHED.known_years
    assert OFFICE.is_known(date(2026, 12, 31))
    assert not OFFICE.is_known(date(2003, 12, 31))


# --- what was published when


NATIONAL_DAY, MAKE_UP = date(2031, 10, 1), date(2031, 10, 11)
IN_2031 = NationalDays(frozenset({NATIONAL_DAY}), frozenset({MAKE_UP}))


def test_a_rule_counts_by_what_was_published_when_it_was_made() -> None:
    """An upgrade of the holidays' package must not change what an old deadline was counted by."""
    kept = CalendarRule.from_json(json.loads(json.dumps(replace(OFFICE, national=IN_2031).to_json())))
    assert kept.national == IN_2031
    assert (kept.hours_on(NATIONAL_DAY), kept.hours_on(MAKE_UP)) == ((), (MORNING, AFTERNOON))
    assert kept.hours_on(date(2026, 10, 1)) == (MORNING, AFTERNOON)
    assert kept.is_known(NATIONAL_DAY)
    assert not kept.is_known(date(2026, 10, 1))


def test_a_rule_that_names_no_published_days_takes_those_of_today() -> None:
    described = OFFICE.to_json()
    assert set(described["national"]) >= {str(year) for year in range(2004, 2027)}
    del described["national"]
    assert CalendarRule.from_json(described).national == PUBLISHED


def test_a_rule_that_works_through_holidays_does_not_carry_them() -> None:
    assert "national" not in replace(OFFICE, public_holidays=False).to_json()


def test_a_year_is_renewed_as_a_whole_and_others_stay() -> None:
    old = NationalDays(frozenset({NATIONAL_DAY, date(2030, 10, 1)}), frozenset({MAKE_UP, date(2030, 9, 28)}))
    newer = NationalDays(
        frozenset({NATIONAL_DAY, date(2031, 10, 2), date(2032, 1, 1)}), frozenset({date(2031, 10, 12)})
    )
    renewed = old.with_those_of(newer)
    assert renewed.off == {date(2030, 10, 1), NATIONAL_DAY, date(2031, 10, 2), date(2032, 1, 1)}
    assert renewed.worked == {date(2030, 9, 28), date(2031, 10, 12)}
    assert renewed.known_years == {2030, 2031}
    assert renewed.with_those_of(newer) == renewed


@pytest.mark.parametrize(
    ("national", "place"),
    [
        pytest.param(7, "national", id="no object"),
        pytest.param({"2031": {"off": ["10-01"]}}, "national.2031.worked", id="half a year"),
        pytest.param({"2031": {"off": ["02-29"], "worked": []}}, "national.2031.off.0", id="a day that is none"),
        pytest.param({"31": {"off": ["10-01"], "worked": []}}, "national.31.off.0", id="a year that is none"),
        pytest.param({"2031": {"off": ["10-01"], "worked": ["10-01"]}}, "national.2031", id="off and worked"),
    ],
)
def test_published_days_that_cannot_be_are_refused(national: Any, place: str) -> None:
    assert [field for field, _why in faults_of(office_json(national=national))] == [place]


# --- JSON

SPELLED_OUT = {
    "code": "office-2",
    "version": 3,
    "time_zone": "Europe/Zurich",
    "weekly": {"mon": [["08:00", "12:00"], ["13:30", "24:00"]], "tue": [["00:00", "06:00"]]},
    "seasons": [{"name": "夏季", "from": "12-01", "to": "02-29", "weekly": {"sun": [["09:00", "10:00"]]}}],
    "exceptions": {
        "2026-06-18": {"kind": "spans", "name": "盘点", "spans": [["08:00", "10:00"]]},
        "2026-07-15": {"kind": "holiday", "name": "台风"},
        "2026-07-18": {"kind": "workday", "name": ""},
    },
    "public_holidays": True,
    "makeup_weekday": "fri",
    "known_years": [2027, 2028],
    "workday_minutes": 450,
    "national": {"2031": {"off": ["10-01"], "worked": ["10-11"]}},
}


def test_json_says_all_there_is() -> None:
    rule = CalendarRule(
        code="office-2",
        version=3,
        time_zone="Europe/Zurich",
        weekly=((MORNING, DaySpan(810, 1440)), (DaySpan(0, 360),), (), (), (), (), ()),
        seasons=(Season("夏季", (12, 1), (2, 29), week_of("09:00-10:00", "sun")),),
        exceptions={
            date(2026, 7, 18): DayException("workday"),
            date(2026, 7, 15): DayException("holiday", "台风"),
            date(2026, 6, 18): DayException("spans", "盘点", (DaySpan(480, 600),)),
        },
        public_holidays=True,
        makeup_weekday=4,
        known_years=frozenset({2028, 2027}),
        workday=timedelta(minutes=450),
        national=IN_2031,
    )
    assert rule.to_json() == SPELLED_OUT
    assert CalendarRule.from_json(SPELLED_OUT) == rule


def test_what_is_left_out_has_its_default() -> None:
    rule = CalendarRule.from_json(
        {"code": "a", "version": 1, "time_zone": "UTC", "weekly": {"sun": [["00:00", "24:00"]]}}
    )
    assert rule == CalendarRule("a", 1, "UTC", week_of("00:00-24:00", "sun"))
    assert rule.workday == timedelta(hours=8)


minutes = st.integers(0, 1440)
hours = st.lists(minutes, unique=True, max_size=8).map(
    lambda ends: tuple(DaySpan(*pair) for pair in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False))
)
# Monday is open, so that the calendar opens at all.
weeks = st.tuples(st.just((MORNING,)), *[hours] * 6)
exceptions = st.one_of(
    st.builds(DayException, st.sampled_from(["holiday", "workday"]), st.text()),
    st.builds(DayException, st.just("spans"), st.text(), hours),
)
rules = st.builds(
    CalendarRule,
    code=st.from_regex(r"[a-z][a-z0-9_-]{0,39}", fullmatch=True),
    version=st.integers(1, 10**9),
    time_zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/Los_Angeles"]),
    weekly=weeks,
    seasons=st.lists(weeks, max_size=1).map(lambda drawn: tuple(Season("s", (5, 1), (9, 30), week) for week in drawn)),
    exceptions=st.dictionaries(st.dates(date(1900, 1, 1), date(2199, 12, 31)), exceptions, max_size=5),
    public_holidays=st.booleans(),
    makeup_weekday=st.integers(0, 6),
    known_years=st.frozensets(st.integers(1900, 2199), max_size=3),
    workday=st.integers(1, 1440).map(lambda n: timedelta(minutes=n)),
)


@given(rule=rules)
def test_json_gives_the_rule_back(rule: CalendarRule) -> None:
    assert CalendarRule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


# --- what is refused


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"code": "Office 1"}, "code", "small letters"),
        ({"code": 7}, "code", "text"),
        ({"version": 0}, "version", "from 1"),
        ({"version": "1"}, "version", "whole number"),
        ({"version": True}, "version", "whole number"),
        ({"time_zone": "Asia/Peking"}, "time_zone", "unknown"),
        ({"time_zone": "America"}, "time_zone", "unknown"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "unknown"),
        ({"weekly": {}}, "weekly", "never opens"),
        ({"weekly": []}, "weekly", "object"),
        ({"weekly": {"monday": []}}, "weekly.monday", "unknown"),
        ({"weekly": {1: []}}, "weekly.1", "unknown"),
        ({"weekly": {"mon": "08:00-12:00"}}, "weekly.mon", "list"),
        ({"weekly": {"mon": [["08:00"]]}}, "weekly.mon.0", "two times"),
        ({"weekly": {"mon": [["8:00", "12:00"]]}}, "weekly.mon.0.0", "HH:MM"),
        ({"weekly": {"mon": [["08:00", "24:01"]]}}, "weekly.mon.0.1", "HH:MM"),
        ({"weekly": {"mon": [["08:00", 720]]}}, "weekly.mon.0.1", "HH:MM"),
        ({"weekly": {"mon": [["0८:00", "12:00"]]}}, "weekly.mon.0.0", "HH:MM"),
        ({"weekly": {"mon": [["22:00", "06:00"]]}}, "weekly.mon.0", "night shift"),
        ({"weekly": {"mon": [["08:00", "08:00"]]}}, "weekly.mon.0", "closes after"),
        ({"weekly": {"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}}, "weekly.mon.1", "overlap"),
        ({"weekly": {"mon": [["14:00", "18:00"], ["08:00", "12:00"]]}}, "weekly.mon.1", "follow"),
        ({"seasons": {}}, "seasons", "list"),
        ({"seasons": [{"from": "05-01", "to": "09-30"}]}, "seasons.0.weekly", "missing"),
        ({"seasons": [{"from": "5-1", "to": "09-30", "weekly": {}}]}, "seasons.0.from", "MM-DD"),
        ({"seasons": [{"from": "05-01", "to": "02-30", "weekly": {}}]}, "seasons.0.to", "MM-DD"),
        (
            {"seasons": [{"from": "05-01", "to": "05-02", "weekly": {"mon": [["9", "10:00"]]}}]},
            "seasons.0.weekly.mon.0.0",
            "HH:MM",
        ),
        (
            {"seasons": [{"from": "05-01", "to": "05-02", "weekly": {"mon": [["10:00", "09:00"]]}}]},
            "seasons.0.weekly.mon.0",
            "closes",
        ),
        (
            {
                "seasons": [
                    {"from": "11-01", "to": "03-01", "weekly": {}},
                    {"from": "03-01", "to": "04-01", "weekly": {}},
                ]
            },
            "seasons.1",
            "same day",
        ),
        ({"exceptions": []}, "exceptions", "object"),
        ({"exceptions": {"2026-02-30": {"kind": "holiday"}}}, "exceptions.2026-02-30", "YYYY-MM-DD"),
        ({"exceptions": {"20260101": {"kind": "holiday"}}}, "exceptions.20260101", "YYYY-MM-DD"),
        ({"exceptions": {date(2026, 1, 1): {"kind": "holiday"}}}, "exceptions.2026-01-01", "YYYY-MM-DD"),
        ({"exceptions": {"1026-01-01": {"kind": "holiday"}}}, "exceptions.1026-01-01", "1900"),
        ({"exceptions": {"2026-01-01": "holiday"}}, "exceptions.2026-01-01", "object"),
        ({"exceptions": {"2026-01-01": {}}}, "exceptions.2026-01-01.kind", "missing"),
        ({"exceptions": {"2026-01-01": {"kind": "closed"}}}, "exceptions.2026-01-01.kind", "holiday"),
        ({"exceptions": {"2026-01-01": {"kind": "holiday", "name": 3}}}, "exceptions.2026-01-01.name", "text"),
        ({"exceptions": {"2026-01-01": {"kind": "holiday", "spans": []}}}, "exceptions.2026-01-01.spans", "only to it"),
        ({"exceptions": {"2026-01-01": {"kind": "spans"}}}, "exceptions.2026-01-01.spans", "belong"),
        (
            {"exceptions": {"2026-01-01": {"kind": "spans", "spans": [["12:00", "08:00"]]}}},
            "exceptions.2026-01-01.spans.0",
            "closes after",
        ),
        ({"public_holidays": "yes"}, "public_holidays", "true or false"),
        ({"makeup_weekday": "montag"}, "makeup_weekday", "weekday"),
        ({"makeup_weekday": 0}, "makeup_weekday", "weekday"),
        ({"known_years": [20260]}, "known_years", "1900"),
        ({"known_years": ["2027"]}, "known_years.0", "whole number"),
        ({"workday_minutes": 0}, "workday_minutes", "1440"),
        ({"workday_minutes": 1441}, "workday_minutes", "1440"),
        ({"workday_minutes": 10**30}, "workday_minutes", "1440"),
        ({"workday_minutes": 7.5}, "workday_minutes", "whole number"),
        ({"colour": "red"}, "colour", "unknown"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], field: str, why: str) -> None:
    ((place, reason),) = faults_of(office_json(**changes))
    assert place == field
    assert why in reason


def test_all_faults_are_told_at_once() -> None:
    wrong = office_json(version="one", weekly={"mon": [["8", "12:00"]]}, colour="red")
    del wrong["time_zone"]
    assert {place for place, _why in faults_of(wrong)} == {"version", "weekly.mon.0.0", "colour", "time_zone"}


@pytest.mark.parametrize("rubbish", [None, [], "office", 7])
def test_what_is_no_object_is_refused(rubbish: Any) -> None:
    assert "" in {place for place, _why in faults_of(rubbish)}


def test_the_message_names_the_first_fault() -> None:
    with pytest.raises(InvalidInput, match=r"weekly\.mon\.0\.1: A time of day is written as HH:MM") as refusal:
        CalendarRule.from_json(office_json(weekly={"mon": [["08:00", "25:00"]]}))
    assert refusal.value.faults == (
        Fault("weekly.mon.0.1", "A time of day is written as HH:MM, from 00:00 to 24:00.", "25:00"),
    )


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: replace(OFFICE, weekly=OFFICE.weekly[:6]), "weekly", id="six days"),
        pytest.param(lambda: replace(OFFICE, makeup_weekday=7), "makeup_weekday", id="an eighth day"),
        pytest.param(lambda: replace(OFFICE, workday=timedelta(seconds=90)), "workday_minutes", id="half minutes"),
        pytest.param(
            lambda: replace(OFFICE, exceptions={date(2026, 1, 5): DayException("holiday", "", (MORNING,))}),
            "exceptions.2026-01-05.spans",
            id="an open holiday",
        ),
        pytest.param(lambda: week_of("08:00-25:00"), "weekly.mon.0.1", id="an hour that is none"),
        pytest.param(lambda: week_of("08:00-12:00", "mon tues"), "weekly.tues", id="a day that is none"),
    ],
)
def test_code_that_makes_a_rule_is_checked_too(make: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make()
    assert refusal.value.faults[0].field == field
