"""Whoever sees who reported a case leaves a trace."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases.conftest import Desk
from cityloop.cases import models
from cityloop.cases.actions.looking import look_at_case, look_at_timeline
from cityloop.cases.choices import Shown, Via
from cityloop.cases.queries.found import find

CALLER = {"name": "李四光", "phone": "13900001234"}


def a_call(desk: Desk, **inputs: Any) -> str:
    return desk.report("acceptor", source="hotline", photos=None, condition=None, reporter=CALLER, **inputs).number


def looks() -> list[tuple[Any, ...]]:
    rows = models.ReporterLook.objects.order_by("id")
    return list(rows.values_list("case__number", "person", "post", "via", "page", "fields"))


def test_each_look_is_written_down_with_what_was_shown(desk: Desk) -> None:
    number = a_call(desk)
    for _ in range(2):
        look_at_case(find(number, desk.cast.viewer("dispatcher", desk.now)), Via.API)
    look_at_timeline(find(number, desk.cast.viewer("acceptor", desk.now)), Via.DESK)
    shown = ["reporter_name", "reporter_phone"]
    dispatcher, acceptor = desk.cast["dispatcher"], desk.cast["acceptor"]
    assert looks() == [
        (number, dispatcher, "dispatcher", Via.API, Shown.CASE, shown),
        (number, dispatcher, "dispatcher", Via.API, Shown.CASE, shown),
        (number, acceptor, "acceptor", Via.DESK, Shown.TIMELINE, shown),
    ]


def test_who_sees_stars_leaves_no_trace(desk: Desk) -> None:
    number = a_call(desk)
    desk("acceptor", number, "accept")
    desk("duty_chief", number, "file", condition="gb47678_2026/part/01001#cov_break")
    desk("dispatcher", number, "dispatch", department="HW")
    found = find(number, desk.cast.viewer("dept_clerk", desk.now))
    detail = look_at_case(found, Via.API)
    look_at_timeline(found, Via.API)
    assert detail.reporter is not None
    assert detail.reporter.masked
    assert looks() == []


def test_who_took_the_call_leaves_a_trace_too(desk: Desk) -> None:
    """The call stands under the acceptor's account, but the data are the caller's."""
    number = a_call(desk)
    look_at_case(find(number, desk.cast.viewer("acceptor", desk.now)), Via.API)
    assert len(looks()) == 1


def test_a_case_that_tells_of_nobody_leaves_no_trace(desk: Desk) -> None:
    found = find(desk.report().number, desk.cast.viewer("dispatcher", desk.now))
    look_at_case(found, Via.API)
    look_at_timeline(found, Via.API)
    assert looks() == []


def test_a_citizen_with_an_account_is_a_reporter_too(desk: Desk) -> None:
    number = desk.report("citizen", source="app", photos=None, condition=None).number
    look_at_case(find(number, desk.cast.viewer("citizen", desk.now)), Via.API)
    assert looks() == [], "their own data"
    look_at_case(find(number, desk.cast.viewer("acceptor", desk.now)), Via.API)
    look_at_timeline(find(number, desk.cast.viewer("acceptor", desk.now)), Via.API)
    assert [row[4:] for row in looks()] == [(Shown.CASE, ["reported_by"]), (Shown.TIMELINE, ["reported_by"])]


@pytest.mark.parametrize("act", [lambda rows: rows.update(fields=[]), lambda rows: rows._raw_delete("default")])
def test_the_database_lets_nobody_change_the_log(desk: Desk, act: Any) -> None:
    look_at_case(find(a_call(desk), desk.cast.viewer("acceptor", desk.now)), Via.API)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        act(models.ReporterLook.objects.all())
