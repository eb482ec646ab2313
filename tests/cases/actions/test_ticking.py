"""What moves by itself, on the real database and by a moved clock."""

import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from pytest_django import DjangoAssertNumQueries

from cases.conftest import Desk
from cast import CITY, NOW, OTHER_CITY
from cityloop.cases import models
from cityloop.cases.actions import ticking
from cityloop.cases.actions.tables import set_table
from cityloop.cases.queries import waiting
from cityloop.cases.queries.tables import default_text, table
from cityloop.cases.queries.verifying import verify
from cityloop.cases.tasks import tick
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.organisation import models as organisation
from cityloop.organisation.queries import city

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


def closed(desk: Desk, **inputs: Any) -> str:
    number = desk.to_close(**inputs)
    desk("duty_chief", number, "close", condition_met=True)
    return number


def put_off(desk: Desk, until: datetime, action: str = "defer") -> str:
    number = desk.in_disposal()
    desk("dept_clerk", number, f"apply_{action}", reason="weather", until=until.isoformat(), opinion="雨季")
    desk("dispatcher", number, f"approve_{action}")
    desk("leader", number, f"approve_{action}")
    return number


def state(number: str) -> str:
    return models.Case.objects.get(number=number).state


def last_event(number: str) -> models.CaseEvent:
    return models.CaseEvent.objects.filter(case__number=number).order_by("-seq")[0]


def test_a_closed_case_goes_to_the_archive_after_the_window_in_which_it_may_come_back(desk: Desk) -> None:
    number = closed(desk)
    assert not ticking.tick(now=NOW + WEEK - MINUTE).done
    assert state(number) == "closed"
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"archive": 1}
    event = last_event(number)
    assert (event.action, event.person, event.post, event.via) == ("archive", None, "system", "system")
    assert (event.at, event.to_state) == (NOW + WEEK + MINUTE, "archived")
    assert not ticking.tick(now=NOW + 2 * WEEK).done
    assert not verify().findings


def test_a_case_closed_by_force_is_archived_too(desk: Desk) -> None:
    number = desk.in_disposal()
    desk("duty_chief", number, "force_close", opinion="违建")
    desk("leader", number, "approve_force_close")
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"archive": 1}
    assert state(number) == "archived"


@pytest.mark.parametrize(("action", "held"), [("defer", "deferred"), ("suspend", "suspended")])
def test_what_was_put_off_is_taken_up_again_when_its_day_has_come(desk: Desk, action: str, held: str) -> None:
    until = NOW + timedelta(days=3, seconds=0.25)
    number = put_off(desk, until, action)
    assert state(number) == held
    assert not ticking.tick(now=until - timedelta(seconds=0.1)).done
    assert ticking.tick(now=until).done == {"resume": 1}
    case = models.Case.objects.get(number=number)
    assert case.state == "in_disposal"
    assert case.due_at is not None
    assert "resume_on" not in case.snapshot["values"]
    assert not verify().findings


def test_an_open_appeal_keeps_a_case_from_the_archive_and_nobody_is_alarmed(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    number = desk.in_disposal()
    desk.later(days=60)
    desk("dept_clerk", number, "feedback")
    desk("acceptor", number, "send_check")
    desk("collector", number, "check_back", result="pass")
    desk("duty_chief", number, "close", condition_met=True)
    desk("dept_clerk", number, "appeal", opinion="不可抗力")
    ticked = ticking.tick(now=desk.now + 2 * WEEK)
    assert (ticked.done, ticked.refused) == (Counter(), 0)
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]
    desk("dispatcher", number, "rule", ruling="upheld", opinion="同意")
    desk("evaluator", number, "rule", ruling="upheld", opinion="同意")
    assert ticking.tick(now=desk.now + 2 * WEEK).done == {"archive": 1}


def test_an_application_does_not_keep_a_case_put_off_beyond_its_day(desk: Desk) -> None:
    number = put_off(desk, NOW + WEEK)
    desk("duty_chief", number, "force_close", opinion="长期无法处置")
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"resume": 1}


def test_each_case_follows_the_table_that_it_runs_under(desk: Desk) -> None:
    early = closed(desk)
    text = default_text().replace("reopen_days: 7 ", "reopen_days: 1 ")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    late = closed(desk)
    assert ticking.tick(now=NOW + timedelta(days=2)).done == {"archive": 1}
    assert (state(early), state(late)) == ("closed", "archived")
    assert ticking.tick(now=NOW + timedelta(days=8)).done == {"archive": 1}


def test_each_city_goes_by_its_own_clock(desk: Desk) -> None:
    """A demo city whose clock runs two weeks ahead archives; the machine's time alone would not."""
    number = closed(desk)
    real = datetime.now(NOW.tzinfo)
    organisation.Jurisdiction.objects.filter(code=CITY).update(
        clock_origin=NOW + 2 * WEEK, clock_real_origin=real, clock_speed=1
    )
    at = {window.jurisdiction: window.latest for window in waiting.windows() if window.action == "archive"}
    assert abs(at[CITY] - (NOW + WEEK)) < MINUTE
    assert abs(at[OTHER_CITY] - (real - WEEK)) < MINUTE
    assert ticking.tick().done == {"archive": 1}
    assert abs(last_event(number).at - (NOW + 2 * WEEK)) < MINUTE


def test_a_case_that_refuses_is_logged_and_stops_no_other(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = closed(desk), closed(desk), closed(desk)
    # What the table says has changed behind the case's back: its version's archive is not the system's any more.
    snapshot = models.Case.objects.get(number=first).snapshot
    snapshot["values"]["closed_at"] = (NOW + 9 * WEEK).isoformat()
    models.Case.objects.filter(number=first).update(snapshot=snapshot)
    real = ticking.perform

    def breaks(number: str, *args: Any, **options: Any) -> Any:
        if number == second:
            raise ZeroDivisionError
        return real(number, *args, **options)

    monkeypatch.setattr(ticking, "perform", breaks)
    ticked = ticking.tick(now=NOW + WEEK + MINUTE)
    assert (ticked.done, ticked.refused) == ({"archive": 1}, 2)
    assert (state(first), state(second), state(third)) == ("closed", "closed", "archived")
    told = [line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING]
    assert [any(number in line for line in told) for number in (first, second, third)] == [True, True, False]


def test_where_the_database_is_away_a_tick_gives_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(desk)

    def gone(*_args: Any, **_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(ticking, "perform", gone)
    with pytest.raises(OperationalError):
        ticking.tick(now=NOW + WEEK + MINUTE)


def test_a_table_that_cannot_be_read_any_more_stops_no_other_city(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    models.LoopTable.objects.create(jurisdiction=CITY, version=1, text="nonsense", created_at=NOW)
    number = closed_under_the_default(desk)
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"archive": 1}
    assert state(number) == "archived"
    assert f"table of {CITY}, version 1" in caplog.text


def test_a_city_whose_clock_has_run_out_of_years_stops_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    number = closed(desk)
    long_ago = datetime(1970, 1, 2, tzinfo=NOW.tzinfo)
    organisation.Jurisdiction.objects.filter(code=OTHER_CITY).update(
        clock_origin=NOW, clock_real_origin=long_ago, clock_speed=100_000
    )
    assert city(OTHER_CITY).now().year == 2199
    organisation.Jurisdiction.objects.filter(code=CITY).update(
        clock_origin=NOW + 2 * WEEK, clock_real_origin=machine_now(), clock_speed=1
    )
    assert ticking.tick().done == {"archive": 1}
    assert state(number) == "archived"
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


def test_a_city_with_a_time_that_is_none_stops_no_other(committed_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    broken, whole = (put_off(committed_desk, NOW + WEEK) for _ in range(2))
    row = models.Case.objects.get(number=broken)
    row.snapshot["values"]["resume_on"] = "2026-02-30T00:00:00Z"
    models.Case.objects.filter(number=broken).update(snapshot=row.snapshot, jurisdiction=OTHER_CITY)
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"resume": 1}
    assert (state(broken), state(whole)) == ("deferred", "in_disposal")
    assert [line for line in caplog.records if line.levelno >= logging.ERROR and OTHER_CITY in line.getMessage()]


def closed_under_the_default(desk: Desk) -> str:
    own = models.LoopTable.objects.filter(jurisdiction=CITY)
    begins = own.values_list("effective_from", flat=True).get()
    own.update(effective_from=None)
    number = closed(desk)
    own.update(effective_from=begins)
    return number


def test_the_limit_is_kept_and_the_next_tick_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "AT_ONCE", 2)
    for _ in range(5):
        closed(desk)
    done = [ticking.tick(now=NOW + WEEK + MINUTE, limit=3).done.total() for _ in range(3)]
    assert done == [3, 2, 0]


def test_more_cases_that_refuse_than_are_asked_for_at_once_hold_nobody_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "AT_ONCE", 2)
    numbers = [closed(desk) for _ in range(5)]
    real = ticking.perform
    monkeypatch.setattr(
        ticking, "perform", lambda number, *args, **options: real(number if number == numbers[-1] else "-", *args, **options)
    )  # fmt: skip
    ticked = ticking.tick(now=NOW + WEEK + MINUTE)
    assert (ticked.done, ticked.refused) == ({"archive": 1}, 4)


def test_everybodys_turn_comes_in_turn(desk: Desk) -> None:
    """Of a long backlog and a short one, the short one does not wait for the end of the long."""
    for _ in range(4):
        closed(desk)
    number = put_off(desk, NOW + WEEK)
    ticked = ticking.tick(now=NOW + WEEK + MINUTE, limit=2)
    assert ticked.done == {"archive": 1, "resume": 1}
    assert state(number) == "in_disposal"


# --- at the same moment


def test_two_ticks_at_once_do_it_once(committed_desk: Desk) -> None:
    numbers = [closed(committed_desk) for _ in range(6)]

    def run(_n: int) -> ticking.Ticked:
        try:
            return ticking.tick(now=NOW + WEEK + MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ticks = list(pool.map(run, range(4)))
    assert sum(ticked.done.total() for ticked in ticks) == 6
    assert models.CaseEvent.objects.filter(action="archive").count() == 6
    assert {state(number) for number in numbers} == {"archived"}


def test_even_without_the_lock_one_case_is_taken_once(committed_desk: Desk) -> None:
    """Two machines that both think they are alone: the row and the key still let one act through."""
    closed(committed_desk)
    [turn] = ticking._timed(NOW + WEEK + MINUTE, [CITY])

    def take(_n: int) -> str:
        try:
            return ticking._take_one(turn, NOW + WEEK + MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(take, range(6)))
    assert sorted(taken) == [""] * 5 + ["archive"]
    assert models.CaseEvent.objects.filter(action="archive").count() == 1


def test_a_case_in_somebodys_hands_is_passed_by_without_waiting(committed_desk: Desk) -> None:
    held, free = closed(committed_desk), closed(committed_desk)
    holds, lets_go = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                models.Case.objects.select_for_update().get(number=held)
                holds.set()
                assert lets_go.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert holds.wait(30)
        ticked = ticking.tick(now=NOW + WEEK + MINUTE)
        lets_go.set()
        holding.result()
    assert (ticked.done, ticked.passed) == ({"archive": 1}, 1)
    assert (state(held), state(free)) == ("closed", "archived")
    assert ticking.tick(now=NOW + WEEK + MINUTE).done == {"archive": 1}


# --- how it is started, and what it costs


def test_by_hand_it_says_what_it_did(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.now = machine_now() - 4 * WEEK
    closed(desk)
    call_command("tick")
    assert "archive 1" in capsys.readouterr().out


@pytest.mark.usefixtures("committed_desk")
def test_by_hand_it_says_that_another_is_running() -> None:
    held, done = Event(), Event()

    def hold() -> None:
        try:
            with alone("cases", "tick") as is_alone:
                assert is_alone
                held.set()
                assert done.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert held.wait(30)
        try:
            with pytest.raises(CommandError, match="Another tick"):
                call_command("tick")
        finally:
            done.set()
        holding.result()
    call_command("tick")


def test_the_worker_finds_it_every_minute() -> None:
    task = app.tasks["cases.tick"]
    assert task.queueing_lock == "cases.tick"
    assert task.lock is None  # it would outlive a worker that was killed, and with it every tick to come
    [periodic] = [one for (name, _id), one in app.periodic_registry.periodic_tasks.items() if name == "cases.tick"]
    assert periodic.cron == "* * * * *"


def test_the_worker_does_it_and_keeps_no_job_that_is_done(committed_desk: Desk) -> None:
    committed_desk.now = machine_now() - 4 * WEEK
    number = closed(committed_desk)
    tick.defer(timestamp=0)
    with pytest.raises(AlreadyEnqueued):
        tick.defer(timestamp=60)  # one in the queue is enough
    call_command("procrastinate", "worker", "--one-shot")
    assert state(number) == "archived"
    assert not ProcrastinateJob.objects.filter(task_name="cases.tick").exists()


def test_looking_for_what_has_come_costs_a_query_for_each_kind_of_time(
    desk: Desk, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    closed(desk)
    put_off(desk, NOW + WEEK)
    places = waiting.windows(NOW + 2 * WEEK)
    with django_assert_num_queries(2):
        assert sum(map(len, waiting.come(places, 100))) == 2


MANY = """
INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
    department, department_ids, people, unit_grid, duty_grid, community, street, district, external_number, reported_at,
    closed_at, snapshot, seq, head)
SELECT gen_random_uuid(), 'x' || state || n, jurisdiction, 0, via, %s, %s, source, category, condition, '', '', '{}', '{}', '',
    '', '', '', '', '', reported_at, closed_at, snapshot, seq, head
FROM cases_case, generate_series(1, 20000) AS n WHERE number = %s
"""
"""Cases that nothing has to be done with, like one that there is."""


@pytest.mark.parametrize(("since", "index"), [("closed_at", "case_by_closing"), ("resume_on", "case_by_resuming")])
def test_the_index_finds_what_has_come_among_very_many(desk: Desk, since: str, index: str) -> None:
    archived, deferred = closed(desk), put_off(desk, NOW + WEEK)
    with connection.cursor() as cursor:
        cursor.execute(MANY, ["archived", "closed", archived])
        cursor.execute(MANY, ["consulting", "paused", deferred])
        cursor.execute("ANALYZE cases_case")
        asked = [window for window in waiting.windows(NOW + 2 * WEEK) if window.since == since]
        statement, parameters = waiting.statement_for(since, asked, 100)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
        plan = "\n".join(line for [line] in cursor.fetchall())
    assert f"using {index} on cases_case" in plan
    assert "Seq Scan on cases_case" not in plan
