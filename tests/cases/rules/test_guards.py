"""Guards asked one by one, also where the default table never leads."""

from datetime import datetime
from typing import Any

import pytest

from cases.rules.story import Story, story
from cases.rules.town import MANHOLE, person, town
from cityloop.cases.rules.guards import GUARDS, Moment

CLOCK = {"clock": "disposal", "share": "return_share", "least_minutes": "return_least_minutes"}
WEEK = {"since": "closed_at", "days": "reopen_days"}


def ask(guard: str, argument: Any, told: Story, *, who: str = "dept_clerk", **names: Any) -> str:
    """Return why ``guard`` refuses, "" where it does not."""
    city = town()
    known = {**told.table.settings_names, **told.snapshot.values, **names}
    moment = Moment(told.snapshot, known, city.calendar, told.now, person(who), city.others_hold, "", told.table)
    return GUARDS[guard](moment, argument)


@pytest.mark.parametrize(
    ("guard", "argument", "scene", "why"),
    [
        pytest.param("before_due", "disposal", "in_disposal", "", id="a clock that runs"),
        pytest.param("before_due", "disposal", "filed", "no such clock runs", id="a clock that never ran"),
        pytest.param("before_due", "disposal", "deferred", "", id="a clock that stands still is due at no time"),
        pytest.param("within_share", CLOCK, "filed", "", id="no clock, no window"),
        pytest.param("at_most", {"flag": "extended", "count": 1}, "filed", "", id="never done"),
        pytest.param("at_most", {"flag": "return_count", "count": 1}, "returned", "1 times", id="done as often as it may be"),
        pytest.param("granted_at_most", {"application": "suspend", "count": 1}, "filed", "", id="never granted"),
        pytest.param("granted_at_most", {"application": "suspend", "count": 2}, "suspended", "", id="granted less often"),
        pytest.param("flag_in", {"flag": "check_result", "values": [None, "pass"]}, "filed", "", id="never checked"),
        pytest.param("flag_in", {"flag": "check_result", "values": ["pass"]}, "filed", "result", id="must be checked"),
        pytest.param("within_days", WEEK, "filed", "within 7 days", id="within days of what has not happened"),
        pytest.param("after_days", WEEK, "filed", "after 7 days", id="after days of what has not happened"),
        pytest.param("no_application", True, "in_disposal", "", id="nothing waits"),
        pytest.param("no_application", True, "extension asked", "waits", id="something waits"),
        pytest.param("system_after", "resume_on", "filed", "", id="a time that was never agreed"),
        pytest.param("not_ones_own", "collector", "reported", "", id="a report that somebody else solves"),
    ],
)  # fmt: skip
def test_a_guard(guard: str, argument: Any, scene: str, why: str) -> None:
    told = ask(guard, argument, story(scene))
    assert (why in told) if why else not told


@pytest.mark.parametrize(
    ("settings", "until", "after"),
    [
        # the disposal clock of four working hours runs since 10:03
        pytest.param({}, "11:03", "11:04", id="an hour, which is a quarter too"),
        pytest.param({"return_share": 0.5}, "14:03", "14:04", id="half of the limit, over noon"),
        pytest.param({"return_share": 0.0}, "11:03", "11:04", id="an hour at least"),
        pytest.param({"return_least_minutes": 90}, "11:33", "11:34", id="an hour and a half at least"),
    ],
)
def test_a_return_is_possible_in_a_share_of_the_limit_or_an_hour(
    settings: dict[str, Any], until: str, after: str
) -> None:
    told = story("in_disposal")
    told.now = datetime.fromisoformat(f"2026-07-01T{until}:00+08:00")
    assert not ask("within_share", CLOCK, told, **settings)
    told.now = datetime.fromisoformat(f"2026-07-01T{after}:00+08:00")
    assert "is over" in ask("within_share", CLOCK, told, **settings)


def test_the_short_way_is_for_the_classes_on_the_list_and_for_what_is_solved() -> None:
    told = story("reported")
    assert ask("fast_class", True, told)
    assert not ask("fast_class", True, told, solved=True)
    assert not ask("fast_class", True, told, fast_classes=(MANHOLE,))
