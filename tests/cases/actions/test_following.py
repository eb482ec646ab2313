"""Following a case: who is told when it moves, and who is not."""

from datetime import timedelta
from typing import Any

import pytest

from cases.conftest import Desk
from cityloop.cases import events
from cityloop.cases.actions.following import follow, told_of
from cityloop.cases.models import CaseEvent, Following
from cityloop.cases.queries.following import followed
from cityloop.kernel.errors import NotFound
from cityloop.notices.models import Notice
from cityloop.organisation import models as people


def listen(after: int = 0) -> int:
    """Tell the listener what has happened since an event, as the worker does."""
    happened = events.between(after, 2**60, 1000)
    told_of(happened)
    return happened[-1].id


def told(desk: Desk, who: str) -> list[str]:
    return list(Notice.objects.filter(person=desk.cast[who]).order_by("id").values_list("kind", flat=True))


def test_a_follower_is_told_of_what_others_do_from_then_on(desk: Desk) -> None:
    number = desk.report().number
    desk("acceptor", number, "accept")
    Following.objects.all().delete()
    follow(number, viewer=desk.cast.viewer("evaluator"), on=True)
    follow(number, viewer=desk.cast.viewer("evaluator"), on=True)
    assert Following.objects.count() == 1
    Following.objects.update(since=desk.now)
    desk.later(minutes=1)
    desk("duty_chief", number, "file", condition="gb47678_2026/part/01001#cov_break")
    desk.later(minutes=1)
    desk("evaluator", number, "note", opinion="seen")
    listen()
    assert told(desk, "evaluator") == ["file"], "neither what was before, nor one's own note"


def test_whoever_follows_no_more_is_not_told(desk: Desk) -> None:
    number = desk.report().number
    follow(number, viewer=desk.cast.viewer("evaluator"), on=True)
    follow(number, viewer=desk.cast.viewer("evaluator"), on=False)
    desk("acceptor", number, "accept")
    listen()
    assert told(desk, "evaluator") == []


def test_whoever_may_not_see_the_case_any_more_is_not_told_and_has_it_on_no_list(desk: Desk) -> None:
    number = desk.in_disposal()
    follow(number, viewer=desk.cast.viewer("dept_clerk"), on=True)
    Following.objects.update(since=desk.now)
    before = CaseEvent.objects.latest("id").id
    viewer = desk.cast.viewer("dept_clerk")
    assert [row.number for row in followed(viewer).items] == [number]
    desk.later(minutes=1)
    desk("dept_clerk", number, "return", reason="not_ours", opinion="not ours")
    desk.later(minutes=1)
    desk("dispatcher", number, "dispatch", department="SZ")
    listen(before)
    assert told(desk, "dept_clerk") == []
    assert followed(viewer).items == []


def test_a_barred_account_is_not_told(desk: Desk) -> None:
    number = desk.report().number
    follow(number, viewer=desk.cast.viewer("evaluator"), on=True)
    Following.objects.update(since=desk.now)
    desk.later(minutes=1)
    desk("acceptor", number, "accept")
    people.User.objects.filter(pk=desk.cast["evaluator"]).update(is_active=False)
    listen()
    assert told(desk, "evaluator") == []


@pytest.mark.parametrize(
    ("who", "action"), [("leader", "instruct"), ("duty_chief", "supervise"), ("inspector", "note")]
)
def test_whoever_asks_for_an_answer_follows_what_comes_of_it(desk: Desk, who: str, action: str) -> None:
    number = desk.in_disposal()
    desk.later(minutes=1)
    more: dict[str, Any] = {}
    if action == "supervise":
        more = {"level": 1, "supervision": "important", "reply_by": (desk.now + timedelta(hours=4)).isoformat()}
    desk(who, number, action, opinion="today", **more)
    listen()
    desk.later(minutes=1)
    last = CaseEvent.objects.latest("id").id
    desk("dept_clerk", number, "note", opinion="on the way")
    listen(last)
    assert told(desk, who)[-1:] == ["note"]


def test_nobody_follows_what_they_do_not_see(desk: Desk) -> None:
    number = desk.report().number
    with pytest.raises(NotFound):
        follow(number, viewer=desk.cast.viewer("stranger"), on=True)
    assert not Following.objects.filter(person=desk.cast["stranger"]).exists()


def test_a_batch_costs_as_many_queries_however_many_events(desk: Desk, django_assert_max_num_queries: Any) -> None:
    number = desk.in_disposal()
    follow(number, viewer=desk.cast.viewer("evaluator"), on=True)
    happened = events.between(0, 2**60, 1000)
    with django_assert_max_num_queries(12):
        told_of(happened)
    for _time in range(6):
        desk("dispatcher", number, "urge")
    with django_assert_max_num_queries(12):
        told_of(events.between(happened[-1].id, 2**60, 1000))
