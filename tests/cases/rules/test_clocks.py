"""Deadlines as tables, their laws, and explanations that anybody can evaluate."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.town import town
from cityloop.cases.rules.clocks import Calendar, Clock, clock_from_json, due_at, explain, instant_used_up, used
from cityloop.kernel.hashing import canonical

SHANGHAI = timedelta(hours=8)
HOUR, MINUTE, NOTHING = timedelta(hours=1), timedelta(minutes=1), timedelta()


def at(local: str) -> datetime:
    """Return the instant of a time in Shanghai, in 2026: ``07-01 09:00``; 1 July is a Wednesday."""
    return datetime.fromisoformat(f"2026-{local}").replace(tzinfo=UTC) - SHANGHAI


def clock(limit: timedelta, ran: str = "", since: str = "", *, calendar: str = "office", **more: Any) -> Clock:
    """Return a clock that ``ran`` from … to …, from … to … and runs ``since``."""
    instants = [at(part) for part in ran.split(", ")] if ran else []
    return Clock(
        calendar,
        1 if calendar else 0,
        int(limit.total_seconds()),
        int(more.pop("extra", NOTHING).total_seconds()),
        tuple(zip(instants[::2], instants[1::2], strict=True)),
        at(since) if since else None,
        more.pop("stopped", False),
        "basis",
        "text",
        at(more["until"]) if "until" in more else None,
    )


def calendar_of(one: Clock) -> Calendar:
    return town().calendar(one.calendar)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        # the office is open 08–12 and 14–18, Monday to Friday
        pytest.param(clock(2 * HOUR, since="07-01 09:00"), "07-01 11:00", id="within the morning"),
        pytest.param(clock(4 * HOUR, since="07-01 09:00"), "07-01 15:00", id="over noon"),
        pytest.param(clock(8 * HOUR, since="07-01 08:00"), "07-01 18:00", id="exactly at closing"),
        pytest.param(clock(4 * HOUR, since="07-01 08:00"), "07-01 12:00", id="exactly at noon"),
        pytest.param(clock(4 * HOUR, since="07-01 22:00"), "07-02 12:00", id="from the night on"),
        pytest.param(clock(4 * HOUR, since="07-03 17:00"), "07-06 11:00", id="over a weekend"),
        pytest.param(clock(4 * HOUR, since="04-30 15:00"), "05-06 09:00", id="over the first of May"),
        pytest.param(clock(8 * HOUR, since="05-08 17:00"), "05-09 17:00", id="into a Saturday that is worked"),
        pytest.param(clock(2 * HOUR, since="07-03 23:00", calendar=""), "07-04 01:00", id="round the clock"),
        pytest.param(clock(2 * HOUR, since="07-04 19:00", calendar="shift"), "07-05 09:00", id="in the shift's hours"),
        # pauses
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 10:00", "07-01 15:00"), "07-01 18:00", id="after a pause"),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 12:30", "07-01 13:00"), "07-01 15:00", id="a pause at noon"),
        pytest.param(clock(4 * HOUR, "07-01 19:00, 07-02 06:00", "07-06 08:00"), "07-06 12:00", id="ran at night only"),
        pytest.param(
            clock(4 * HOUR, "07-01 09:00, 07-01 10:00, 07-02 09:00, 07-02 10:00", "07-03 09:00"), "07-03 11:00", id="two pauses"
        ),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 09:00", "07-01 09:00"), "07-01 15:00", id="a pause of nothing"),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 10:00"), None, id="standing still within the limit"),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 10:00", stopped=True), None, id="stopped within the limit"),
        pytest.param(clock(4 * HOUR, "07-01 08:00, 07-01 16:00"), "07-01 12:00", id="overdue, then paused"),
        pytest.param(clock(4 * HOUR, "07-01 08:00, 07-01 12:00"), "07-01 12:00", id="paused at the last instant"),
        pytest.param(
            clock(4 * HOUR, "07-01 08:00, 07-01 16:00", "07-09 09:00"), "07-01 12:00", id="overdue, paused, running again"
        ),
        # what was approved, and reworks
        pytest.param(clock(4 * HOUR, since="07-01 09:00", extra=4 * HOUR), "07-02 09:00", id="extended once"),
        pytest.param(clock(4 * HOUR, since="07-01 09:00", extra=8 * HOUR), "07-02 15:00", id="extended twice"),
        pytest.param(clock(2 * HOUR, since="07-01 17:00"), "07-02 09:00", id="half the limit"),
        pytest.param(
            clock(4 * HOUR, "07-01 08:00, 07-01 16:00", extra=4 * HOUR), None, id="extended while it stands still"
        ),
        # until a date
        pytest.param(clock(NOTHING, since="07-01 09:00", calendar="", until="07-05 00:00"), "07-05 00:00", id="until a date"),
        pytest.param(clock(NOTHING, "07-01 09:00, 07-02 09:00", calendar="", until="07-05 00:00"), "07-05 00:00", id="until a date, over"),
    ],
)  # fmt: skip
def test_when_it_is_due(told: Clock, due: str | None) -> None:
    assert due_at(told, calendar_of(told)) == (at(due) if due else None)


@pytest.mark.parametrize(
    ("told", "now", "spent"),
    [
        pytest.param(clock(4 * HOUR, since="07-01 09:00"), "07-01 09:00", NOTHING, id="at its start"),
        pytest.param(clock(4 * HOUR, since="07-01 09:00"), "07-01 13:00", 3 * HOUR, id="at noon"),
        pytest.param(clock(4 * HOUR, since="07-01 09:00"), "07-02 09:00", 8 * HOUR, id="beyond its limit"),
        pytest.param(clock(4 * HOUR, since="07-01 09:00"), "06-30 09:00", NOTHING, id="asked before it started"),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 10:00"), "07-09 09:00", HOUR, id="standing still"),
        pytest.param(clock(4 * HOUR, "07-01 09:00, 07-01 10:00", "07-02 09:00"), "07-02 09:30", 1.5 * HOUR, id="again"),
    ],
)
def test_how_long_it_has_run(told: Clock, now: str, spent: timedelta) -> None:
    assert used(told, calendar_of(told), at(now)) == spent


def test_what_happens_to_a_clock() -> None:
    running = clock(4 * HOUR, since="07-01 09:00")
    held = running.hold(at("07-01 10:00"))
    assert (held.runs, held.since, held.stopped) == (((at("07-01 09:00"), at("07-01 10:00")),), None, False)
    assert held.hold(at("07-01 11:00")) is held, "what stands still stands still"
    again = held.resume(at("07-01 15:00"))
    assert (again.runs, again.since) == (held.runs, at("07-01 15:00"))
    assert again.resume(at("07-01 16:00")) is again, "what runs runs"
    ended = again.stop(at("07-01 17:00"))
    assert (ended.since, ended.stopped) == (None, True)
    assert ended.runs[-1] == (at("07-01 15:00"), at("07-01 17:00"))
    assert held.stop(at("07-09 17:00")).runs == held.runs, "it stopped when it was last running"
    assert running.extend(3600).total == 5 * HOUR
    fresh = clock(2 * HOUR, since="07-09 09:00", calendar="")
    assert again.extend(60).relimit(fresh) == fresh._replace(runs=again.runs, since=again.since)


# --- laws

INSTANTS = st.integers(0, 330 * 24 * 60).map(lambda minutes: at("01-01 00:00") + minutes * MINUTE)
GAPS = st.integers(0, 5 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    """Any clock that a case may hold: runs and pauses in turn, perhaps still running, perhaps extended."""
    instants = [draw(INSTANTS)]
    for gap in draw(st.lists(GAPS, max_size=8)):
        instants.append(instants[-1] + gap)
    since = instants.pop() if len(instants) % 2 else None
    calendar = draw(st.sampled_from(["", "office", "shift"]))
    return Clock(
        calendar,
        1 if calendar else 0,
        draw(st.integers(1, 200_000)),
        draw(st.sampled_from([0, 0, 3_600, 86_400])),
        tuple(zip(instants[::2], instants[1::2], strict=True)),
        since,
        since is None and draw(st.booleans()),
        "basis",
        "text",
        draw(st.none() | INSTANTS) if calendar == "" else None,
    )


@given(one=clocks())
def test_it_is_due_when_it_has_run_for_its_limit(one: Clock) -> None:
    calendar = calendar_of(one)
    due = due_at(one, calendar)
    if one.until is not None:
        assert due == one.until
    elif due is None:
        assert one.since is None
        assert used(one, calendar, datetime.max.replace(tzinfo=UTC)) < one.total
    else:
        assert used_until(one, calendar, due) == one.total
        assert used_until(one, calendar, due - timedelta(microseconds=1)) < one.total, "and at no earlier instant"


def used_until(one: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """Return what had run by ``now``, also where more has run since."""
    runs = tuple((start, min(end, now)) for start, end in one.runs if start <= now)
    return used(one._replace(runs=runs, since=one.since if one.since and one.since <= now else None), calendar, now)


@given(one=clocks(), first=GAPS, then=GAPS)
def test_a_clock_that_stands_still_never_runs(one: Clock, first: timedelta, then: timedelta) -> None:
    calendar = calendar_of(one)
    begins = (one.runs[-1][1] if one.runs else datetime(2026, 1, 1, tzinfo=UTC)) if one.since is None else one.since
    held = one.hold(begins + first)
    spent = used(held, calendar, begins + first)
    assert used(held, calendar, begins + first + then) == spent
    assert used(held.resume(begins + first + then), calendar, begins + first + then) == spent


@given(one=clocks(), first=GAPS, then=GAPS)
def test_a_pause_of_nothing_changes_nothing(one: Clock, first: timedelta, then: timedelta) -> None:
    if one.since is None:
        one = one._replace(runs=(), since=datetime(2026, 3, 2, tzinfo=UTC), stopped=False)
    assert one.since is not None
    calendar, pause = calendar_of(one), one.since + first
    again = one.hold(pause).resume(pause)
    assert due_at(again, calendar) == due_at(one, calendar)
    assert used(again, calendar, pause + then) == used(one, calendar, pause + then)


@given(one=clocks(), more=st.integers(1, 100_000))
def test_more_time_never_makes_it_due_earlier(one: Clock, more: int) -> None:
    calendar = calendar_of(one)
    before, after = due_at(one, calendar), due_at(one.extend(more), calendar)
    if after is not None:
        assert before is not None
        assert before <= after


@given(one=clocks(), share=st.floats(0, 1))
def test_a_share_of_the_limit_is_used_up_before_the_whole(one: Clock, share: float) -> None:
    calendar = calendar_of(one)
    part, whole = instant_used_up(one, calendar, one.total * share), due_at(one, calendar)
    if whole is not None:
        assert part is not None
        assert part <= whole


@given(one=clocks())
def test_a_clock_survives_json(one: Clock) -> None:
    assert clock_from_json(orjson.loads(canonical(one.to_json()))) == one


# --- explanations: what follows knows nothing of our rules


def evaluate(told: Mapping[str, Any]) -> datetime | None:
    """Return the deadline that an explanation, as JSON holds it, leads to."""
    if told["until"] is not None:
        return datetime.fromisoformat(told["until"])
    left = timedelta(seconds=told["limit_s"] + told["extra_s"])
    for begin, end in told["spans"]:
        open_time = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
        if open_time >= left:
            return datetime.fromisoformat(begin) + left
        left -= open_time
    return None


@given(one=clocks())
def test_an_explanation_leads_to_the_same_instant(one: Clock) -> None:
    told = orjson.loads(canonical(explain("disposal", one, calendar_of(one))))
    due = due_at(one, calendar_of(one))
    assert evaluate(told) == due
    assert told["due"] == (orjson.loads(canonical(due)) if due else None)


@given(one=clocks())
def test_an_explanation_counts_no_pause(one: Clock) -> None:
    told = explain("disposal", one, calendar_of(one))
    for begin, end in told["spans"]:
        assert begin <= end
        for from_, to in told["pauses"]:
            assert end <= from_ or (to is not None and begin >= to) or begin == end


def test_an_explanation_says_where_everything_comes_from() -> None:
    one = clock(4 * HOUR, "07-01 09:00, 07-01 10:00", "07-01 15:00", extra=HOUR)
    assert explain("disposal", one, calendar_of(one)) == {
        "stage": "disposal",
        "basis": "basis",
        "text": "text",
        "calendar": "office",
        "calendar_version": 1,
        "earlier_versions": [],
        "limit_s": 14_400,
        "extra_s": 3_600,
        "until": None,
        "running": True,
        "stopped": False,
        "spans": [
            (at("07-01 09:00"), at("07-01 10:00")),
            (at("07-01 15:00"), at("07-01 18:00")),
            (at("07-02 08:00"), at("07-02 09:00")),
        ],
        "pauses": [(at("07-01 10:00"), at("07-01 15:00"))],
        "due": at("07-02 09:00"),
    }


def test_an_explanation_of_a_clock_that_stands_still_has_an_open_pause() -> None:
    one = clock(4 * HOUR, "07-01 09:00, 07-01 10:00")
    told = explain("disposal", one, calendar_of(one))
    assert told["pauses"] == [(at("07-01 10:00"), None)]
    assert told["due"] is None
    assert explain("disposal", one._replace(stopped=True), calendar_of(one))["pauses"] == []
