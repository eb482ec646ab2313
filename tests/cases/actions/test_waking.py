"""What the system does by the clocks of a case: urges, an acceptance passed on, deadlines counted anew."""

import multiprocessing
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from cases.conftest import BROKEN_COVER, MANHOLE, Desk
from cast import CITY, NOW
from cityloop.cases import models
from cityloop.cases.actions import PastCase, Replay, perform, set_table, ticking
from cityloop.cases.queries import waking
from cityloop.cases.queries.clock_lines import clock_reasons
from cityloop.cases.queries.found import find
from cityloop.cases.queries.tables import default_text, table
from cityloop.cases.queries.timeline import timeline
from cityloop.cases.queries.verifying import verify
from cityloop.cases.queries.words import Words
from cityloop.kernel.errors import Conflict, NotAllowed, Outdated
from cityloop.notices.models import Notice
from cityloop.organisation.actions import change_day
from cityloop.organisation.queries import city
from cityloop.organisation.rules.calendar import DayException

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


def case(number: str) -> models.Case:
    return models.Case.objects.get(number=number)


def acts(number: str, action: str) -> list[models.CaseEvent]:
    return list(models.CaseEvent.objects.filter(case__number=number, action=action).order_by("seq"))


def share_of_disposal(number: str, share: float) -> datetime:
    """Return when ``share`` of the disposal clock's limit is used; the clock has run in one piece."""
    clock = case(number).snapshot["clocks"]["disposal"]
    calendar = city(CITY).calendar(clock["calendar"])
    return calendar.add(datetime.fromisoformat(clock["since"]), timedelta(seconds=clock["limit_s"]) * share)


# --- urges


def test_the_system_urges_at_each_share_of_a_limit_once_and_tells_the_holders(desk: Desk) -> None:
    number = desk.in_disposal()
    first, second = share_of_disposal(number, 0.6), share_of_disposal(number, 0.9)
    assert case(number).wake_at == first
    assert not ticking.tick(now=first - MINUTE).done
    assert ticking.tick(now=first).done == {"urge": 1}
    [urge] = acts(number, "urge")
    assert (urge.person, urge.post, urge.via, urge.at) == (None, "system", "system", first)
    notice = Notice.objects.get(kind="urge")
    assert (notice.subject, notice.post, notice.department_id) == (
        number,
        "dept_clerk",
        desk.cast.departments["sanitation"],
    )
    assert case(number).wake_at == second
    assert not ticking.tick(now=second - MINUTE).done
    assert ticking.tick(now=second).done == {"urge": 1}
    assert case(number).wake_at is None
    assert not ticking.tick(now=second + timedelta(days=30)).done
    assert case(number).snapshot["flags"]["urged"] == 2


def test_an_urge_that_the_clock_sent_meanwhile_outdates_no_form(desk: Desk) -> None:
    """Whoever had the form open is not refused for it; who acts on what a person has changed is."""
    number = desk.in_disposal()
    seen, then = case(number).seq, share_of_disposal(number, 0.6)
    assert ticking.tick(now=then).done == {"urge": 1}
    clerk = desk.cast.viewer("dept_clerk", then)
    note = {"opinion": "收到"}
    perform(number, "note", note, actor=clerk, key=uuid4(), via="desk", now=then + MINUTE, expected_seq=seen)
    with pytest.raises(Outdated):
        perform(number, "note", note, actor=clerk, key=uuid4(), via="desk", now=then + MINUTE, expected_seq=seen)
    assert verify().findings == []


def test_a_clock_that_stands_still_urges_nobody(desk: Desk) -> None:
    number = desk.in_disposal()
    first = share_of_disposal(number, 0.6)
    until = (NOW + timedelta(days=90)).isoformat()
    desk("dept_clerk", number, "apply_defer", reason="weather", until=until, opinion="雨季")
    desk("dispatcher", number, "approve_defer")
    desk("leader", number, "approve_defer")
    assert case(number).wake_at is None
    assert not ticking.tick(now=first + timedelta(days=30)).done
    desk.later(days=40)
    desk("dispatcher", number, "resume")
    assert case(number).wake_at is not None
    assert case(number).wake_at > desk.now
    assert verify().findings == []


def test_an_urge_of_the_systems_does_not_keep_anybody_from_withdrawing_and_comes_no_second_time(desk: Desk) -> None:
    number = desk.filed()  # the dispatch clock: 15 minutes round the clock
    desk.later(minutes=8)
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dispatcher", number, "withdraw")
    desk.later(minutes=2)
    assert ticking.tick(now=desk.now).done == {"urge": 1}
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dispatcher", number, "withdraw")
    assert case(number).snapshot["clocks"]["dispatch"]["urged"] == 1
    assert not ticking.tick(now=desk.now).done
    assert verify().findings == []


def test_an_act_can_be_withdrawn_after_the_system_has_urged(desk: Desk) -> None:
    number = desk.filed()
    desk.later(minutes=1)
    desk("dispatcher", number, "dispatch", department="HW")
    desk("dispatcher", number, "withdraw")
    assert ticking.tick(now=NOW + 9 * MINUTE).done == {"urge": 1}
    number = desk.report().number
    desk("acceptor", number, "accept")  # 18 minutes until the first urge of filing, 30 to withdraw
    assert ticking.tick(now=desk.now + 20 * MINUTE).done["urge"] >= 1
    desk.later(minutes=21)
    assert desk("acceptor", number, "withdraw").state == "reported"
    assert verify().findings == []


def told(closed: bool = False) -> PastCase:
    return PastCase(
        key=uuid4(), reported_at=NOW, closed_at=NOW + MINUTE if closed else None, category=MANHOLE,
        condition=BROKEN_COVER, source="hotline", lon=120.005, lat=30.005, department="HW", description="", address="",
    )  # fmt: skip


def test_a_replayed_case_urges_nobody_until_somebody_acts_on_it(desk: Desk) -> None:
    assert Replay(CITY, label="test").write([told(), told(closed=True)]).made == 2
    number = models.Case.objects.get(kind="waiting").number
    assert case(number).wake_at is None
    assert not ticking.tick(now=NOW + timedelta(days=3)).done
    desk("dept_clerk", number, "note", opinion="看过")
    assert case(number).wake_at is None
    desk("dept_clerk", number, "sign")
    assert case(number).wake_at == share_of_disposal(number, 0.6)
    assert ticking.tick(now=share_of_disposal(number, 0.6)).done == {"urge": 1}
    assert verify().findings == []


def test_a_table_that_names_no_shares_urges_nobody(desk: Desk) -> None:
    text = default_text().replace("urge_shares: [0.6, 0.9]", "urge_shares: []")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    number = desk.in_disposal()
    assert case(number).wake_at is None


def test_a_wrong_instant_is_found_by_verify(desk: Desk) -> None:
    number = desk.in_disposal()
    models.Case.objects.update(wake_at=NOW, counted_by="office:7")
    assert {finding.place for finding in verify().findings} == {"wake_at", "counted_by"}
    assert not ticking.tick(now=NOW + MINUTE).done  # the clocks are asked, not the column
    assert acts(number, "urge") == []


# --- acceptance that times out


def test_an_acceptance_that_times_out_is_put_before_the_duty_chief_too(desk: Desk) -> None:
    number = desk.report().number
    with pytest.raises(NotAllowed):
        desk("duty_chief", number, "accept")
    assert ticking.tick(now=NOW + 14 * MINUTE).done == {"urge": 1}
    ticking.tick(now=NOW + 14 * MINUTE)
    assert ticking.tick(now=NOW + 15 * MINUTE).done == {"pass_on": 1}
    holders = set(models.Task.objects.open().filter(case__number=number).values_list("post", "kind"))
    assert holders == {("acceptor", "reported"), ("duty_chief", "accept_overdue")}
    assert Notice.objects.filter(kind="pass_on", subject=number, post="duty_chief").exists()
    assert not ticking.tick(now=NOW + timedelta(hours=3)).done
    desk.later(minutes=20)
    assert desk("duty_chief", number, "accept").state == "accepted"
    assert verify().findings == []


def test_a_case_sent_back_to_acceptance_times_out_anew(desk: Desk) -> None:
    number = desk.report().number
    ticking.tick(now=NOW + 16 * MINUTE)
    ticking.tick(now=NOW + 16 * MINUTE)
    assert ticking.tick(now=NOW + 16 * MINUTE).done == {"pass_on": 1}
    desk.later(minutes=20)
    desk("duty_chief", number, "accept")
    desk("duty_chief", number, "file", condition=BROKEN_COVER)
    desk("dispatcher", number, "return_to_supervision", reason="wrong_class", opinion="不对", back_to="reported")
    assert "accept_overdue" not in case(number).snapshot["flags"]
    for _ in range(3):
        ticking.tick(now=desk.now + 16 * MINUTE)
    assert len(acts(number, "pass_on")) == 2


def test_a_decision_that_waits_for_the_duty_chief_does_not_let_him_accept(desk: Desk) -> None:
    number = desk.report().number
    desk("duty_chief", number, "cancel", opinion="误报")
    assert models.Task.objects.open().filter(case__number=number, post="duty_chief").exists()
    with pytest.raises(NotAllowed):
        desk("duty_chief", number, "accept")


def test_what_has_nothing_to_be_passed_on_is_refused(desk: Desk) -> None:
    from cityloop.cases import actions
    from cityloop.organisation.queries import system_viewer

    number = desk.report().number
    with pytest.raises(Conflict, match="only after the deadline"):
        actions.perform(number, "pass_on", {}, actor=system_viewer("x", CITY), key=uuid4(), via="system", now=NOW)


# --- a calendar that changes


def holiday() -> None:
    """The office is closed today, somebody finds out; the shift goes on."""
    change_day(CITY, "office", NOW.date(), DayException("holiday"))


def test_an_added_holiday_moves_the_deadlines_of_open_cases_once(desk: Desk) -> None:
    number, closed = desk.in_disposal(), desk.to_close()
    desk("duty_chief", closed, "close", condition_met=True)
    before, at_rest = case(number), case(closed)
    assert before.counted_by == "office:1"
    assert not ticking.tick(now=NOW).done
    holiday()
    assert ticking.tick(now=NOW).done == {"recalculate": 1}
    after = case(number)
    assert (after.counted_by, after.state, after.seq) == ("office:2", before.state, before.seq + 1)
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at == share_of_disposal(number, 1) > before.due_at
    assert models.Task.objects.open().get(case=after).due_at == after.due_at
    assert after.wake_at == share_of_disposal(number, 0.6)
    assert (case(closed).seq, case(closed).counted_by) == (at_rest.seq, "")
    assert not ticking.tick(now=NOW).done
    assert verify().findings == []


def test_clocks_that_stand_still_are_counted_anew_too_and_round_the_clock_is_left_alone(desk: Desk) -> None:
    waiting = desk.report().number
    desk(
        "acceptor", waiting, "send_verify", collector=desk.cast["collector"]
    )  # accept is held, verify runs: both by the shift
    round_the_clock = desk.filed()
    assert case(waiting).counted_by == "shift:1"
    assert case(round_the_clock).counted_by == ""
    change_day(CITY, "shift", date(2026, 7, 2), DayException("holiday"))
    assert ticking.tick(now=NOW).done == {"recalculate": 1}
    clocks = case(waiting).snapshot["clocks"]
    assert {stage: (clock["version"], clock["earlier"]) for stage, clock in clocks.items()} == {
        "accept": (2, [1]),
        "verify": (2, [1]),
    }


def test_who_asks_is_told_that_the_calendar_has_changed(desk: Desk) -> None:
    number = desk.in_disposal()
    holiday()
    ticking.tick(now=NOW)
    ticking.tick(now=share_of_disposal(number, 0.6))
    found = find(number, desk.cast.viewer("dispatcher"))
    lines = {line.action.code: line.why for line in timeline(found)}
    assert (
        lines["recalculate"] == "“Disposal” is counted by version 2 of the calendar “office”, until now by version 1."
    )
    assert lines["urge"] == "60 % of the limit of “Disposal” are used up."
    assert lines["sign"] == ""
    [reason] = [one for one in clock_reasons(found, Words(found.loop, found.city)) if one.line.clock.code == "disposal"]
    assert (reason.explanation["calendar_version"], reason.explanation["earlier_versions"]) == (2, [1])


def test_an_act_can_be_withdrawn_after_the_calendar_has_changed(desk: Desk) -> None:
    number = desk.in_disposal()
    holiday()
    ticking.tick(now=NOW)
    assert desk("dept_clerk", number, "withdraw").state == "dispatched"
    assert case(number).counted_by == "office:2"
    assert not ticking.tick(now=NOW).done
    assert verify().findings == []


def test_a_case_made_by_who_still_knew_the_old_calendar_is_found_later(desk: Desk) -> None:
    replay = Replay(CITY, label="test")
    holiday()
    assert not ticking.tick(now=NOW).done
    assert replay.write([told()]).made == 1
    assert ticking.tick(now=NOW).done == {"recalculate": 1}
    assert models.Case.objects.get().wake_at is None  # the system's own act is nobody's
    assert verify().findings == []


def test_recounting_goes_on_where_the_limit_stopped_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "AT_ONCE", 2)
    for _ in range(5):
        desk.in_disposal()
    holiday()
    assert ticking.tick(now=NOW, limit=3).done == {"recalculate": 3}
    assert ticking.tick(now=NOW, limit=3).done == {"recalculate": 2}
    assert models.CaseEvent.objects.filter(action="recalculate").count() == 5


def test_what_has_come_is_found_by_index_among_very_many(desk: Desk) -> None:
    desk.in_disposal()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition,"
            " part_code, department, department_ids, people, unit_grid, duty_grid, community, street, district,"
            " external_number, reported_at, wake_at, counted_by, snapshot, seq, head)"
            " SELECT gen_random_uuid(), 'x' || n, jurisdiction, 0, via, state, kind, source, category, condition, '', '',"
            " '{}', '{}', '', '', '', '', '', '', reported_at, wake_at + n * interval '1 minute', counted_by, snapshot,"
            " seq, head FROM cases_case, generate_series(1, 20000) AS n"
        )
        cursor.execute("ANALYZE cases_case")
        first = '"from_at":"-infinity","from_id":"00000000-0000-0000-0000-000000000000"'
        asked = f'[{{"n":0,"jurisdiction":"{CITY}","now":"2026-07-01T03:00:00Z",{first}}}]'
        for statement, index in ((waking.WOKEN, "case_by_waking"), (waking.USED, "case_by_calendars")):
            cursor.execute(f"EXPLAIN {statement}", [asked, 100] if statement == waking.WOKEN else [])
            plan = "\n".join(line for [line] in cursor.fetchall())
            assert index in plan
            assert "Seq Scan on cases_case" not in plan


# --- two workers


def _tick_in_another_process(at: datetime) -> None:
    connection.close()
    for _ in range(4):
        ticking.tick(now=at)
    connection.close()


def test_two_processes_tick_the_same_city_and_each_act_is_done_once(committed_desk: Desk) -> None:
    """Archive, resume, urge, pass on and recount at once, from two processes that start together."""
    desk = committed_desk
    closed, deferred, worked, overdue = desk.to_close(), desk.in_disposal(), desk.in_disposal(), desk.report().number
    desk("duty_chief", closed, "close", condition_met=True)
    until = (NOW + timedelta(days=3)).isoformat()
    desk("dept_clerk", deferred, "apply_defer", reason="weather", until=until, opinion="雨季")
    desk("dispatcher", deferred, "approve_defer")
    desk("leader", deferred, "approve_defer")
    holiday()
    connection.close()
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_tick_in_another_process, args=(NOW + timedelta(days=8),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    for _ in range(4):
        ticking.tick(now=NOW + timedelta(days=8))
    done = {
        name: [event.action for event in case(number).events.order_by("seq") if event.via == "system"]
        for name, number in {"closed": closed, "deferred": deferred, "worked on": worked, "overdue": overdue}.items()
    }
    assert done["closed"] == ["archive"]
    assert sorted(done["deferred"]) == ["recalculate", "resume"]
    assert sorted(done["worked on"]) == ["recalculate", "urge", "urge"]
    assert sorted(done["overdue"]) == ["pass_on", "urge", "urge"]
    assert verify().findings == []
