"""What reaches a program that subscribed: once or again, signed, in order, and never where it must not go."""

import json
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cast import CITY, OTHER_CITY
from cityloop.cases.events import outlines
from cityloop.cases.models import CaseEvent
from cityloop.exchange import actions, sending
from cityloop.exchange.actions import delivering, replaying, subscriptions_due
from cityloop.exchange.models import Delivery, Subscription
from cityloop.exchange.tasks import deliver, deliver_to, forget
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput
from cityloop.kernel.listening import catch_up
from cityloop.notices.models import Notice
from exchange.conftest import Program, hasten, subscribed, told


def all_events() -> list[tuple[str, int]]:
    return list(CaseEvent.objects.order_by("id").values_list("case__number", "seq"))


def test_a_program_is_told_of_every_event_signed_and_in_order(desk: Desk, program: Program) -> None:
    secret = subscribed(desk, program.url).secret
    desk.to_close()
    told()
    assert program.told == all_events()
    assert all(one.is_signed_by(secret) for one in program.got)
    assert not program.got[0].is_signed_by("whsec_" + "A" * 44)
    stamps = [int(one.headers["webhook-timestamp"]) for one in program.got]
    assert all(abs(stamp - time.time()) < 60 for stamp in stamps)
    assert len({one.message for one in program.got}) == len(program.got)
    assert told() == 0


def test_a_message_holds_codes_and_no_words_and_no_persons_number(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    reporter = {"name": "李女士", "phone": "13800000000"}
    number = desk.report(source="hotline", who="acceptor", reporter=reporter, description="井盖破了", address="人民路")
    desk("acceptor", number.number, "send_verify", collector=desk.cast["collector"], opinion="去看看")
    told()
    first = json.loads(program.got[0].body)
    assert first["type"] == "case.report"
    assert first["data"]["changed"]["source"] == "hotline"
    assert first["data"]["changed"]["position"]["coordinates"] == [120.005, 30.005]
    everything = b"".join(one.body for one in program.got).decode()
    for word in ("李女士", "13800000000", "井盖破了", "人民路", "去看看", "reporter", "collector"):
        assert word not in everything


def test_only_the_actions_that_were_asked_for(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url, "accept", "close")
    desk.to_close()
    told()
    assert [one.data["action"] for one in program.got] == ["accept"]


def test_what_the_account_does_not_see_is_withheld(desk: Desk, program: Program) -> None:
    """A clerk of the other department sees nothing of a case of sanitation."""
    subscribed(desk, program.url, who="municipal_clerk")
    desk.in_disposal()
    told()
    assert program.got == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withheld"}


def test_an_account_that_holds_no_post_in_the_city_is_refused(desk: Desk, program: Program) -> None:
    with pytest.raises(InvalidInput) as refusal:
        subscribed(desk, program.url, who="stranger")
    assert [fault.field for fault in refusal.value.faults] == ["account"]


def test_another_citys_events_go_nowhere(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    Subscription.objects.update(jurisdiction=OTHER_CITY)
    desk.report()
    assert told() == 0


# --- failures


@pytest.mark.parametrize("status", [500, 404, 400, 429])
def test_what_is_not_taken_is_sent_again_under_the_same_id(desk: Desk, program: Program, status: int) -> None:
    secret = subscribed(desk, program.url).secret
    program.answers = [status]
    desk.report()
    assert told() == 1
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.said) == ("waiting", 1, str(status))
    assert row.next_at > machine_now()
    assert told() == 0, "not before its time"
    hasten()
    assert told() == 1
    first, second = program.got
    assert (first.message, first.body) == (second.message, second.body)
    assert second.is_signed_by(secret)
    assert Delivery.objects.get().state == "sent"
    assert Subscription.objects.get().failures == 0


def test_an_event_waits_for_the_one_before_it_of_its_case_and_for_no_other(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    program.answers = [500]
    first = desk.report().number
    desk("acceptor", first, "accept")
    second = desk.report().number
    told()
    assert program.told == [(first, 1)]
    told()
    assert program.told == [(first, 1), (second, 1)]
    hasten()
    told()
    assert program.told == [(first, 1), (second, 1), (first, 1), (first, 2)]


def test_after_a_day_in_vain_it_is_parked_and_the_administrators_are_told(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    program.answers = [500] * 3
    number = desk.report().number
    desk("acceptor", number, "accept")
    told()
    Delivery.objects.filter(attempts=1).update(first_at=machine_now() - timedelta(hours=23), next_at=machine_now())
    told()
    assert Delivery.objects.get(event=Delivery.objects.order_by("event")[0].event).state == "waiting"
    Delivery.objects.filter(attempts=2).update(first_at=machine_now() - timedelta(hours=25), next_at=machine_now())
    told()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["parked", "waiting"]
    assert Notice.objects.get(kind="webhook_parked").post == "sysadmin"
    assert told() == 0, "what comes after it in the case waits too"
    assert actions.replay_one(Delivery.objects.get(state="parked").pk, now=machine_now()) == 1
    told()
    assert program.told[-2:] == [(number, 1), (number, 2)]


def test_what_comes_after_a_parked_message_is_asked_for_no_more_until_that_one_is_sent(
    desk: Desk, program: Program
) -> None:
    subscribed(desk, program.url)
    program.answers = [500]
    number = desk.report().number
    told()
    Delivery.objects.update(state="parked")
    desk("acceptor", number, "accept")
    told()
    assert subscriptions_due(machine_now()) == []
    assert [row.state for row in Delivery.objects.order_by("event")] == ["parked", "blocked"]
    desk("duty_chief", number, "file")
    told()
    assert subscriptions_due(machine_now()) == []
    actions.replay_one(Delivery.objects.get(state="parked").pk, now=machine_now())
    told()
    assert program.told[1:] == [(number, 1), (number, 2), (number, 3)]


def test_what_waits_for_a_later_attempt_asks_for_no_turn(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    program.answers = [500]
    number = desk.report().number
    desk("acceptor", number, "accept")
    told()
    assert Delivery.objects.filter(state="waiting", next_at__lte=machine_now()).count() == 1
    assert subscriptions_due(machine_now()) == []


def test_a_replay_of_everything_frees_what_was_held_up(desk: Desk, program: Program) -> None:
    key = subscribed(desk, program.url).id
    number = desk.report().number
    program.answers = [500]
    told()
    Delivery.objects.update(state="parked")
    desk("acceptor", number, "accept")
    told()
    assert actions.replay(key, 1, now=machine_now()) == 2
    told()
    assert program.told[1:] == [(number, 1), (number, 2)]


def test_who_is_gone_is_told_nothing_more(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    program.answers = [410]
    desk.report()
    told()
    assert not Subscription.objects.get().is_on
    desk.report()
    assert told() == 0
    assert len(program.got) == 1


def test_who_has_failed_often_is_tried_with_one_message_at_a_time(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    for _ in range(5):
        desk.report()
    program.answers = [500, 500, 500]
    for _ in range(3):
        assert told() == 1
    assert Subscription.objects.get().failures == 3
    hasten()
    program.answers = [500]
    assert told() == 1
    hasten()
    assert told() == 5, "once it answers again, all that has waited"
    assert sorted({one[0] for one in program.told}) == sorted({number for number, _seq in all_events()})


def test_a_slow_answer_is_given_up_and_sent_again(
    desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE_S", 0.3)
    subscribed(desk, program.url)
    program.answers = [2.0]
    desk.report()
    began = time.monotonic()
    assert told() == 1
    assert time.monotonic() - began < 1.5
    assert Delivery.objects.get().said == "no answer in time"
    hasten()
    told()
    assert Delivery.objects.get().state == "sent"


def test_nobody_there_is_a_failure_like_any_other(desk: Desk, program: Program) -> None:
    subscribed(desk, "http://127.0.0.1:1/")
    desk.report()
    assert told() == 1
    assert Delivery.objects.get().said == "the connection failed"


def test_a_redirect_is_not_followed(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    program.elsewhere = program.url + "/elsewhere"
    program.answers = [307]
    desk.report()
    assert told() == 1
    assert len(program.got) == 1
    assert (Delivery.objects.get().state, Delivery.objects.get().said) == ("waiting", "307")


def test_an_address_inside_is_refused_when_it_is_sent_to(desk: Desk, program: Program, settings: Any) -> None:
    """Even where the name led elsewhere when it was written down."""
    subscribed(desk, program.url.replace("127.0.0.1", "localhost"))
    settings.WEBHOOK_NETWORKS = ()
    desk.report()
    assert told() == 1
    assert program.got == []
    assert Delivery.objects.get().said == "the address leads into a network that is not allowed"


# --- replays


def test_everything_from_an_event_on_is_sent_once_more(desk: Desk, program: Program) -> None:
    early = desk.report().number
    key = subscribed(desk, program.url).id
    late = desk.report().number
    told()
    assert program.told == [(late, 1)]
    first = CaseEvent.objects.order_by("id")[0].pk
    assert actions.replay(key, first, now=machine_now()) == 2
    told()
    assert program.told == [(late, 1), (early, 1), (late, 1)]
    assert program.got[0].message == program.got[2].message


def test_only_what_was_asked_for_is_replayed_and_counted(
    desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "REPLAYED_AT_MOST", 1)
    desk.to_close()
    key = subscribed(desk, program.url, "accept").id
    assert CaseEvent.objects.count() > 2
    assert actions.replay(key, 1, now=machine_now()) == 1
    told()
    assert [one.data["action"] for one in program.got] == ["accept"]
    Subscription.objects.update(kinds=[])
    with pytest.raises(Conflict):
        actions.replay(key, 1, now=machine_now())


def test_another_citys_events_are_not_replayed(desk: Desk, program: Program) -> None:
    desk.report()
    key = subscribed(desk, program.url).id
    Subscription.objects.update(jurisdiction=OTHER_CITY)
    assert actions.replay(key, 1, now=machine_now()) == 0
    assert not Delivery.objects.exists()


def test_a_long_replay_holds_up_no_listener(
    committed_desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while it reads nor while it writes does it hold a transaction for longer than a batch."""
    monkeypatch.setattr(replaying, "AT_ONCE", 2)
    committed_desk.to_close()
    key = subscribed(committed_desk, program.url).id
    batches: list[int] = []
    held: list[bool] = []
    read, write = replaying.outlines, replaying.deliveries

    def reads(*args: Any) -> Any:
        held.append(connection.in_atomic_block)
        return read(*args)

    def writes(row: Subscription, events: Any, now: Any) -> Any:
        batches.append(len(events))
        return write(row, events, now)

    monkeypatch.setattr(replaying, "outlines", reads)
    monkeypatch.setattr(replaying, "deliveries", writes)
    count = actions.replay(key, 1, now=machine_now())
    assert (held, count) == ([False], len(all_events()))
    assert len(batches) > 1
    assert max(batches) == 2


def test_a_citys_events_are_read_by_its_own_index(desk: Desk) -> None:
    desk.to_close()
    with CaptureQueriesContext(connection) as asked:
        outlines(CITY, ["accept"], 0, 2**40, 100_001)
    columns = [field.column for field in CaseEvent._meta.concrete_fields]
    told = {
        "id": "id + 1000000 * n",
        "jurisdiction": f"CASE n % 50 WHEN 0 THEN '{CITY}' ELSE '{OTHER_CITY}' END",
        "seq": "seq + 1000 * n",
        "key": "gen_random_uuid()",
    }
    with connection.cursor() as cursor:
        # Many cities in one table, as the planner must see them: with a handful of rows any index is as good as another.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO cases_caseevent ({', '.join(columns)})"
            f" SELECT {', '.join(told.get(column, column) for column in columns)}"
            " FROM cases_caseevent, generate_series(1, 1000) AS n"
        )
        cursor.execute("ANALYZE cases_caseevent")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "event_by_number" in plan


def test_a_new_secret_signs_what_comes_from_now_on(desk: Desk, program: Program) -> None:
    made = subscribed(desk, program.url)
    renewed = actions.renew_secret(made.id)
    desk.report()
    told()
    assert renewed != made.secret
    assert program.got[0].is_signed_by(renewed)
    assert not program.got[0].is_signed_by(made.secret)


# --- workers


def _killed_before_it_is_noted(key: str) -> None:
    connection.close()

    def die(*_args: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    delivering._note_answer = die
    deliver_to(key)


def test_killed_between_sending_and_noting_the_same_message_comes_twice(committed_desk: Desk, program: Program) -> None:
    made = subscribed(committed_desk, program.url)
    committed_desk.report()
    catch_up(actions.LISTENER)
    connection.close()
    worker = multiprocessing.get_context("fork").Process(target=_killed_before_it_is_noted, args=(str(made.id),))
    worker.start()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL
    assert len(program.got) == 1
    assert told() == 0, "the attempt is still its worker's"
    hasten()
    told()
    assert len(program.got) == 2
    assert program.got[0].message == program.got[1].message
    assert Delivery.objects.get().state == "sent"


def test_several_workers_send_each_message_once(committed_desk: Desk, program: Program) -> None:
    made = subscribed(committed_desk, program.url)
    for _ in range(6):
        committed_desk.filed()
    catch_up(actions.LISTENER)

    def work(_n: int) -> int:
        try:
            return actions.deliver(made.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    actions.deliver(made.id)
    assert sorted(program.told) == sorted(all_events())
    for number, _seq in all_events():
        seqs = [seq for told_number, seq in program.told if told_number == number]
        assert seqs == sorted(seqs)


def test_one_worker_at_a_time_delivers_for_a_subscription(committed_desk: Desk, program: Program) -> None:
    """Two would send messages of two cases at once, and a failing program would be asked by both."""
    made = subscribed(committed_desk, program.url)
    other = subscribed(committed_desk, program.url)
    committed_desk.report()
    committed_desk.report()
    catch_up(actions.LISTENER)
    program.answers = [1.0]
    tried: dict[str, int] = {}
    in_transaction: list[int] = []

    def work(name: str, key: UUID) -> None:
        try:
            tried[name] = actions.deliver(key)
        finally:
            connection.close()

    first = threading.Thread(target=work, args=("first", made.id))
    first.start()
    while not program.got:
        time.sleep(0.01)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND (backend_xid IS NOT NULL OR state LIKE 'idle in%')"
        )
        in_transaction.append(cursor.fetchone()[0])
    assert actions.deliver(made.id) == 0
    assert first.is_alive(), "the other was at it all the time"
    assert actions.deliver(other.id) == 2, "another subscription waits for nobody"
    first.join(30)
    assert tried == {"first": 2}
    assert in_transaction == [0]
    committed_desk.report()
    catch_up(actions.LISTENER)
    assert actions.deliver(made.id) == 1, "the guard is gone with the turn"


def test_the_worker_gives_each_subscription_a_job_of_its_own(committed_desk: Desk, program: Program) -> None:
    from procrastinate.contrib.django import app

    made = subscribed(committed_desk, program.url)
    committed_desk.report()
    catch_up(actions.LISTENER)
    deliver(0)
    deliver(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'subscription' FROM procrastinate_jobs WHERE task_name = 'exchange.deliver_to'")
        assert cursor.fetchall() == [(str(made.id),)]
    assert "exchange.deliver_to" in app.tasks
    deliver_to(str(made.id))
    assert len(program.got) == 1


def test_what_was_sent_a_month_ago_is_forgotten(desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    desk.report()
    desk.report()
    told()
    Delivery.objects.filter(pk=Delivery.objects.order_by("pk")[0].pk).update(done_at=machine_now() - timedelta(days=31))
    forget(0)
    assert Delivery.objects.count() == 1
    assert Subscription.objects.get().jurisdiction == CITY


@pytest.mark.parametrize("is_on", [True, False])
def test_what_has_been_left_for_a_month_is_forgotten_and_what_it_held_up_goes_on(
    desk: Desk, program: Program, is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "FORGOTTEN_AT_ONCE", 1)
    subscribed(desk, program.url)
    number = desk.report().number
    for who, action in (("acceptor", "accept"), ("duty_chief", "file")):
        desk(who, number, action)
    other = desk.report().number
    catch_up(actions.LISTENER)
    parked, blocked, young, waiting = Delivery.objects.order_by("event")
    long_ago = machine_now() - timedelta(days=31)
    for row, state, at in (
        (parked, "parked", long_ago),
        (blocked, "blocked", long_ago),
        (young, "blocked", machine_now()),
        (waiting, "waiting", long_ago),
    ):
        Delivery.objects.filter(pk=row.pk).update(state=state, next_at=at)
    Subscription.objects.update(is_on=is_on)
    forget(0)
    assert [(row.pk, row.state) for row in Delivery.objects.all()] == [(young.pk, "waiting")]
    told()
    assert program.told == ([(number, 3)] if is_on else [])
    assert (other, 1) not in program.told
