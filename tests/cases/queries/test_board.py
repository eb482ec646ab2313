"""The board's figures beside a plain recount over the events, and the cases behind each of them."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cases.conftest import BROKEN_COVER, Desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.queries.board import FIGURES, WHATS, Figures, behind, days_of, reported_by, span_of
from cityloop.kernel.versions import one_reading
from cityloop.organisation.queries import city
from cityloop.organisation.queries.cities import City

ENDS = {"closed", "forced_closed", "archived"}
EARLY = {"reported", "verifying", "accepted"}
LATER = {"filed", "dispatched", "in_disposal", "to_close", "checking", "feedback", "closed", "returned"}


@pytest.fixture
def told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two weeks of cases: filed, taken back, reworked, closed on time and late; read on the evening of the last day."""
    desk.later(days=-9)
    for days in range(3):
        desk.later(days=days)
        desk.report()
        closed = desk.to_close()
        desk("duty_chief", closed, "close", condition_met=True)
        late = desk.in_disposal()
        desk.later(days=4 if days == 1 else 1, hours=5)
        desk("dept_clerk", late, "feedback")
        desk("acceptor", late, "send_check")
        desk("collector", late, "check_back", result="pass")
        desk("duty_chief", late, "rework", opinion="still loose")
        desk("dept_clerk", late, "feedback")
        desk("acceptor", late, "send_check")
        desk("collector", late, "check_back", result="pass")
        desk("duty_chief", late, "close", condition_met=True)
        back = desk.report().number
        desk("acceptor", back, "accept")
        desk("duty_chief", back, "file", condition=BROKEN_COVER)
        desk("duty_chief", back, "withdraw")
        undone = desk.to_close()
        desk("duty_chief", undone, "close", condition_met=True)
        desk("duty_chief", undone, "withdraw")
        desk("duty_chief", undone, "rework", opinion="look again")
        desk("duty_chief", undone, "withdraw")
    now = desk.now + timedelta(hours=3)
    monkeypatch.setattr(City, "now", lambda _self: now)
    return desk


def recount(begins: datetime, ends: datetime) -> Figures:
    """Count by walking through the events one by one, without a query that groups."""
    found: Counter[str] = Counter()
    overdue = {row.id: bool(row.snapshot["flags"].get("was_overdue")) for row in models.Case.objects.order_by("id")}
    before: dict[Any, list[str]] = {}
    for event in models.CaseEvent.objects.order_by("id"):
        acts = before.setdefault(event.case_id, [])
        acts_now = []
        if event.action == "withdraw":
            acts_now = [(what, -1) for what in acts]
            acts = []
        else:
            if event.from_state == "":
                acts_now.append(("reported", 1))
            if event.from_state in EARLY and event.to_state in LATER:
                acts_now.append(("filed", 1))
            if event.to_state in ENDS and event.from_state not in ENDS:
                acts_now += [("closed", 1), *([] if overdue[event.case_id] else [("on_time", 1)])]
            if event.action in {"rework", "reject_feedback"}:
                acts_now.append(("rework", 1))
            acts = [what for what, _n in acts_now]
        before[event.case_id] = acts
        if begins <= event.at < ends:
            for what, n in acts_now:
                found[what] += n
    return Figures(**{name: found[name] for name in FIGURES})


def test_every_day_is_what_a_recount_finds(told: Desk) -> None:
    viewer = told.cast.viewer("leader", told.now)
    days = days_of(viewer, [CITY])
    assert days.today == city(CITY).today()
    first = days.today - timedelta(days=20)
    whole = Figures()
    for n in range(21):
        day = first + timedelta(days=n)
        assert days.of(day) == recount(*span_of([CITY], day, 1)), day
        whole += days.of(day)
    assert whole.rework == 3
    assert whole.reported == 15
    assert whole.filed == 9
    assert 0 < whole.late < whole.closed == 6


def test_a_day_a_week_ago_counts_until_the_same_time_of_day(told: Desk) -> None:
    viewer = told.cast.viewer("leader", told.now)
    days = days_of(viewer, [CITY])
    day = days.today - timedelta(days=7)
    assert days.until == city(CITY).now() - timedelta(days=7)
    assert days.last_week == recount(*span_of([CITY], day, 1, days.until))


def test_a_day_begins_at_midnight_of_the_city(told: Desk) -> None:
    begins, ends = span_of([CITY], date(2026, 7, 1), 1)
    assert begins.isoformat() == "2026-06-30T16:00:00+00:00"
    assert ends - begins == timedelta(days=1)


@pytest.mark.parametrize("what", WHATS)
def test_each_figure_has_its_cases_behind_it(told: Desk, what: str) -> None:
    viewer = told.cast.viewer("inspector", told.now)
    days = days_of(viewer, [CITY])
    first = days.today - timedelta(days=20)
    begins, ends = span_of([CITY], first, 21)
    rows = behind(viewer, [CITY], what, begins, ends)
    assert len(rows) == getattr(days.of(first, 21), what)
    assert len({row.number for row in rows}) == len(rows)


def test_sources_and_classes_add_up_to_what_was_reported(told: Desk) -> None:
    viewer = told.cast.viewer("leader", told.now)
    days = days_of(viewer, [CITY])
    first = days.today - timedelta(days=20)
    sources, classes = reported_by(viewer, [CITY], first, 21)
    assert sum(one.count for one in sources) == sum(one.count for one in classes) == days.of(first, 21).reported
    assert [one.code for one in sources] == ["collector"]


def test_a_stranger_counts_nothing_of_ours(told: Desk) -> None:
    viewer = told.cast.viewer("stranger", told.now)
    days = days_of(viewer, [CITY])
    assert days.of(days.today - timedelta(days=20), 21) == Figures()
    begins, ends = span_of([CITY], days.today - timedelta(days=20), 21)
    assert behind(viewer, [CITY], "reported", begins, ends) == []
    assert reported_by(viewer, [CITY], days.today - timedelta(days=20), 21) == ([], [])


def test_the_days_cost_one_query(told: Desk, django_assert_max_num_queries: Any) -> None:
    viewer = told.cast.viewer("leader", told.now)
    with one_reading():
        days_of(viewer, [CITY])
        with django_assert_max_num_queries(1):
            days_of(viewer, [CITY])
