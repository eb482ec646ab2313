"""What drives the light of a case, and the lights."""

from datetime import datetime, timedelta

import pytest

from cases.rules.story import HOTLINE, SCENES, UNTIL, WHY, Story, story
from cases.rules.town import table, town
from cityloop.cases.choices import Light
from cityloop.cases.rules.dues import NEVER, Due, case_due, dues, light
from cityloop.cases.rules.snapshot import TIMES

HOUR = timedelta(hours=1)


def drives(told: Story) -> Due:
    return case_due(told.table, told.snapshot, dues(told.table, told.snapshot, town()))


def through(scene: str, external_due: datetime | None = None) -> Story:
    """Return a case from 12345 in ``scene``, with the deadline that 12345 set."""
    report = HOTLINE | {"source": "transfer_12345"}
    if external_due is not None:
        report["external_due"] = external_due
    return Story().tell(("acceptor", "report", report), *SCENES[scene][1:])


@pytest.mark.parametrize(
    ("scene", "stage", "runs_from", "due"),
    [
        # reported at 10:00 on Wednesday, then a minute for each act; the shift is open 08–20 every day
        pytest.param("reported", "accept", "10:00", "10:15", id="a quarter of an hour to accept"),
        pytest.param("verifying", "verify", "10:01", "10:31", id="half an hour to verify"),
        pytest.param("accepted", "file", "10:01", "10:31", id="half an hour to file"),
        pytest.param("filed", "dispatch", "10:02", "10:17", id="a quarter of an hour to dispatch"),
        pytest.param("returned", "dispatch", "10:05", "10:20", id="and after a return"),
        pytest.param("dispatched", "disposal", "10:03", "16:03", id="four working hours to dispose"),
        pytest.param("in_disposal", "disposal", "10:03", "16:03", id="counted from the dispatch"),
        pytest.param("feedback", "send_check", "10:05", "10:35", id="half an hour to send the check"),
        pytest.param("checking", "check", "10:06", "14:06", id="four hours to check"),
        pytest.param("to_close", "close", "10:07", "10:37", id="half an hour to close"),
    ],
)
def test_the_default_limits(scene: str, stage: str, runs_from: str, due: str) -> None:
    told = story(scene)
    clock = told.clock(stage)
    assert clock.since == clock_time(runs_from)
    assert drives(told).due == clock_time(due)


def clock_time(local: str) -> datetime:
    """Return the instant of a time of 1 July 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-07-01T{local}:00+08:00")


def test_yellow_begins_when_a_fifth_of_the_limit_is_left() -> None:
    told = story("dispatched")
    # 3.2 of 4 hours from 10:03: 1 h 57 min until noon, 1 h 15 min from 14:00
    assert drives(told).warn == clock_time("15:15")
    assert drives(story("dispatched", table(yellow_share=0.5))).warn == clock_time("14:03")
    nothing_left = story("dispatched", table(yellow_share=0.0))
    assert drives(nothing_left).warn == drives(nothing_left).due


@pytest.mark.parametrize(
    "scene", ["consulting", "deferred", "suspended", "external without a deadline", "closed", "archived", "merged"]
)
def test_what_stands_still_or_is_over_is_due_at_no_time(scene: str) -> None:
    assert drives(story(scene)) == NEVER


def test_what_is_overdue_and_then_paused_is_due_at_no_time_until_it_goes_on() -> None:
    told = story("in_disposal").later(days=3)
    overdue = drives(told).due
    assert overdue is not None
    told.tell(
        ("dept_clerk", "apply_defer", {"reason": "weather", "until": told.now + timedelta(days=9), **WHY}),
        ("dispatcher", "approve_defer", {}), ("duty_chief", "approve_defer", {}),
    )  # fmt: skip
    assert drives(told) == NEVER
    told.act("dept_clerk", "resume")
    assert drives(told).due == overdue, "a pause heals nothing"


def test_only_the_clock_of_the_state_drives_the_light() -> None:
    told = story("returned")
    assert set(dues(told.table, told.snapshot, town())) == {"dispatch"}


@pytest.mark.parametrize(
    ("scene", "outside", "driver"),
    [
        pytest.param("in_disposal", "11:00", "11:00", id="earlier than ours"),
        pytest.param("in_disposal", "18:00", "16:03", id="later than ours"),
        pytest.param("to_close", "10:20", "10:20", id="until the case is closed"),
        pytest.param("deferred", "11:00", "11:00", id="also while ours stands still"),
        pytest.param("consulting", "11:00", "11:00", id="also while others are consulted"),
    ],
)
def test_the_earlier_of_two_deadlines_drives_the_light(scene: str, outside: str, driver: str) -> None:
    told = through(scene, clock_time(outside))
    found = drives(told)
    assert found.due == clock_time(driver)
    assert found.warn is not None
    assert found.warn <= found.due


def test_a_closed_case_has_no_outside_deadline_any_more() -> None:
    told = through("to_close", clock_time("11:00"))
    told.act("duty_chief", "close", {"condition_met": True, "reply": "已办结"})
    assert drives(told) == NEVER


def test_an_extension_of_ours_does_not_extend_the_outside_deadline() -> None:
    told = through("in_disposal", clock_time("17:00"))
    assert drives(told).due == clock_time("16:03")
    told.tell(("dept_clerk", "apply_extension", WHY), ("dispatcher", "approve_extension", {}))
    assert drives(told).due == clock_time("17:00")


def test_an_outside_system_sets_its_own_deadline() -> None:
    assert drives(story("external")) == Due(UNTIL, UNTIL)


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        pytest.param("15:14", Light.GREEN, id="a fifth and more left"),
        pytest.param("15:15", Light.YELLOW, id="less than a fifth left"),
        pytest.param("16:03", Light.YELLOW, id="at the last instant"),
        pytest.param("16:04", Light.RED, id="too late"),
        pytest.param("20:03", Light.RED, id="a limit too late"),
        pytest.param("20:04", Light.DOUBLE_RED, id="more than a limit too late"),
    ],
)
def test_the_lights(now: str, shown: Light) -> None:
    due = Due(clock_time("16:03"), clock_time("15:15"), clock_time("20:03"))
    assert light(due, clock_time(now)) is shown


def test_more_than_a_whole_limit_late_is_counted_round_the_clock() -> None:
    """Four working hours from ten to four, three past for what was spent before; and four hours of the wall after that."""
    told = through("in_disposal", UNTIL)
    found = drives(told)
    assert (found.due, found.double) == (clock_time("16:03"), clock_time("20:03"))


def test_an_outside_deadline_has_no_limit_to_be_late_by() -> None:
    assert drives(through("in_disposal", clock_time("11:00"))).double is None


def test_a_paused_clock_is_grey() -> None:
    assert light(NEVER, clock_time("12:00")) is Light.PAUSED


def test_without_a_limit_there_is_no_double_red() -> None:
    due = Due(clock_time("10:00"), None)
    assert light(due, clock_time("23:59")) is Light.RED
    assert light(due, clock_time("09:59")) is Light.GREEN


def test_the_times_that_a_case_keeps_are_named() -> None:
    told = through("external", clock_time("18:00"))
    kept = {name for name, value in told.snapshot.values.items() if isinstance(value, datetime)}
    assert kept == {"reported_at", "external_due"}
    assert kept <= TIMES
