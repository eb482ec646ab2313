"""The board's figures beside a plain recount over the events, and the cases behind each of them."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cases.conftest import BROKEN_COVER, Desk, make_desk
from cast import CITY
from cityloop.cases import models
from cityloop.cases.queries import board, happened
from cityloop.cases.queries.board import FIGURES, Figures, behind, days_of, reported_by, span_of
from cityloop.cases.queries.happened import WHATS
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.versions import one_reading
from cityloop.organisation.choices import Sight
from cityloop.organisation.queries import city
from cityloop.organisation.queries.cities import City
from pasting import once

ENDS = {"closed", "forced_closed", "archived"}
EARLY = {"reported", "verifying", "accepted"}
LATER = {"filed", "dispatched", "in_disposal", "to_close", "checking", "feedback", "closed", "returned"}


@pytest.fixture
def told(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two weeks of cases: filed, taken back, reworked, closed on time and late; read on the evening of the last day."""
    desk = once("two weeks of cases", two_weeks)
    now = desk.now + timedelta(hours=3)
    monkeypatch.setattr(City, "now", lambda _self: now)
    return desk


def two_weeks() -> Desk:
    desk = make_desk()
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
    rows = behind(viewer, [CITY], what, begins, ends).items
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
    assert behind(viewer, [CITY], "reported", begins, ends).items == []
    assert reported_by(viewer, [CITY], days.today - timedelta(days=20), 21) == ([], [])


def test_whoever_sees_less_than_the_city_counts_what_they_see(told: Desk) -> None:
    leader = told.cast.viewer("leader", told.now)
    [held] = leader.posts
    narrow = replace(leader, posts=(replace(held, sight=Sight.OWN.value),))
    days = days_of(leader, [CITY])
    assert days.of(days.today - timedelta(days=20), 21).reported
    assert days_of(narrow, [CITY]).of(days.today - timedelta(days=20), 21) == Figures()


def test_the_days_cost_one_query_once_they_were_counted(told: Desk, django_assert_max_num_queries: Any) -> None:
    viewer = told.cast.viewer("leader", told.now)
    with one_reading():
        days_of(viewer, [CITY])
        with django_assert_max_num_queries(1):
            days_of(viewer, [CITY])


def figures(told: Desk) -> dict[date, Figures]:
    """Return the figures of the last days, checked against a recount."""
    days = days_of(told.cast.viewer("leader", told.now), [CITY])
    dates = [days.today - timedelta(days=n) for n in range(21)]
    for day in dates:
        assert days.of(day) == recount(*span_of([CITY], day, 1)), day
    assert days.last_week == recount(*span_of([CITY], dates[7], 1, days.until))
    return {day: days.of(day) for day in dates}


@pytest.mark.parametrize("settled_every_s", [0.0, 9999.0])
def test_what_comes_after_the_past_was_kept_is_counted_too(
    told: Desk, monkeypatch: pytest.MonkeyPatch, settled_every_s: float
) -> None:
    monkeypatch.setattr(happened, "SETTLED_EVERY_S", settled_every_s)
    before = figures(told)
    told.report()
    number = told.to_close()
    told("duty_chief", number, "close", condition_met=True)
    told("duty_chief", number, "withdraw")
    told.now -= timedelta(days=5)  # history that is written later: it belongs to its day, not to the day of its writing
    told("duty_chief", told.to_close(), "close", condition_met=True)
    after = figures(told)
    changed = [day for day in before if before[day] != after[day]]
    assert len(changed) == 2
    assert figures(told) == after
    happened.forget()
    assert figures(told) == after


def test_a_closing_that_turns_late_later_turns_the_past(told: Desk) -> None:
    before = figures(told)
    closed = models.CaseEvent.objects.filter(action="close", case__snapshot__flags__was_overdue__isnull=True).order_by(
        "id"
    )[0]
    last = models.CaseEvent.objects.filter(case=closed.case).order_by("-seq")[0]
    case = closed.case
    case.snapshot["flags"]["was_overdue"] = True
    case.save(update_fields=["snapshot"])
    assert figures_differ(told), "nothing has told that the past is another now"
    body = '{"act":true,"flags":{"was_overdue":true}}'
    turned = {"pk": None, "seq": last.seq + 1, "action": "note", "from_state": last.to_state, "body": body}
    models.CaseEvent(
        **{
            **{field.attname: getattr(last, field.attname) for field in last._meta.concrete_fields},
            **turned,
            "key": uuid4(),
        }
    ).save()
    after = figures(told)
    assert sum(one.on_time for one in after.values()) == sum(one.on_time for one in before.values()) - 1


def figures_differ(told: Desk) -> bool:
    """Whether what is kept is another than a recount finds."""
    try:
        figures(told)
    except AssertionError:
        return True
    return False


def test_while_a_transaction_writes_nothing_is_kept_and_all_is_counted(
    told: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happened, "settled", lambda *_args, **_more: None)
    before = figures(told)
    assert not happened._kept
    told.report()
    assert figures(told) != before


@pytest.mark.parametrize("what", WHATS)
def test_the_cases_behind_a_figure_come_in_pages(told: Desk, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = told.cast.viewer("leader", told.now)
    begins, ends = span_of([CITY], told.now.date() - timedelta(days=20), 22)
    whole = behind(viewer, [CITY], what, begins, ends)
    assert whole.next is None
    monkeypatch.setattr(board, "SHOWN", 1)
    numbers, cursor = [], ""
    while True:
        page = behind(viewer, [CITY], what, begins, ends, cursor=cursor)
        numbers += [row.number for row in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert numbers == [row.number for row in whole.items]
    with pytest.raises(InvalidInput):
        behind(viewer, [CITY], "late" if what != "late" else "filed", begins, ends, cursor=cursor or "x")
