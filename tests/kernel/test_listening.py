"""Listeners on the events of real cases: once each, in order, whoever commits when and whoever is killed."""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from cases.conftest import Desk, committed_desk, desk, english  # noqa: F401
from cast import city_cast, committed_cast  # noqa: F401
from cityloop.cases.events import EVENTS, Happened
from cityloop.cases.models import CaseEvent
from cityloop.kernel import listening
from cityloop.kernel.listening import Listener, catch_up, settled
from cityloop.kernel.models import ListenerCursor
from cityloop.kernel.tasks import listen

SEQUENCE = EVENTS.sequence


class Ears:
    """A listener that remembers in memory what it was told; ``fails_at`` makes it fail at an event once."""

    def __init__(self, most: int = 3) -> None:
        self.heard: list[Happened] = []
        self.fails_at = 0
        self.listener = Listener("ears", EVENTS, self.hear, most, from_the_beginning=True)

    def hear(self, rows: Sequence[Any]) -> None:
        for row in rows:
            if row.seq == self.fails_at:
                self.fails_at = 0
                raise RuntimeError("half-way")
        self.heard += rows

    @property
    def told(self) -> list[tuple[str, int]]:
        return [(row.number, row.seq) for row in self.heard]


def all_events() -> list[tuple[str, int]]:
    return list(CaseEvent.objects.order_by("id").values_list("case__number", "seq"))


def test_every_event_is_told_once_in_order_however_small_the_batches(desk: Desk) -> None:  # noqa: F811
    ears = Ears(most=2)
    desk.to_close()
    assert catch_up(ears.listener) == len(ears.heard)
    desk.filed()
    catch_up(ears.listener)
    assert catch_up(ears.listener) == 0
    assert ears.told == all_events()


def test_a_new_listener_is_told_of_what_comes_unless_it_asks_for_the_past(desk: Desk) -> None:  # noqa: F811
    ears = Ears()
    late = Listener("late", EVENTS, ears.hear)
    desk.report()
    assert catch_up(late) == 0
    desk.report()
    assert catch_up(late) == 1


def test_before_the_first_event_nothing_is_lost(committed_desk: Desk) -> None:  # noqa: F811
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {SEQUENCE} RESTART")
    ears = Ears()
    assert catch_up(ears.listener) == 0
    committed_desk.report()
    assert catch_up(ears.listener) == 1
    assert ears.heard[0].id == 1


def test_a_listener_that_fails_is_told_the_same_again_and_stops_no_other(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = Ears(), Ears(most=100)
    first.fails_at = 5
    others = Listener("others", EVENTS, second.hear, 100, from_the_beginning=True)
    monkeypatch.setattr(listening, "_listeners", {"ears": first.listener, "others": others})
    desk.to_close()
    listening.listen()
    assert "listener ears failed" in caplog.text
    assert first.told == all_events()[:3]
    assert second.told == all_events()
    listening.listen()
    assert first.told == all_events()


def _report_and_wait(desk_: Desk, written: Event, goes_on: Event) -> None:
    try:
        with transaction.atomic():
            desk_.report()
            written.set()
            assert goes_on.wait(30)
    finally:
        connection.close()


def test_who_commits_late_is_not_passed_by(committed_desk: Desk) -> None:  # noqa: F811
    """The first takes its number first and commits last: the second is seen, and must not be read beyond."""
    number = committed_desk.report().number
    ears = Ears()
    catch_up(ears.listener)
    written, goes_on = Event(), Event()
    with ThreadPoolExecutor(1) as pool:
        # A case's number is given under a lock until the commit, so the other act is one on a case that is there.
        slow = pool.submit(_report_and_wait, committed_desk, written, goes_on)
        assert written.wait(30)
        committed_desk("acceptor", number, "accept")
        ids = list(CaseEvent.objects.order_by("id").values_list("id", flat=True))
        assert ids[-1] - ids[-2] == 2, "the one in between is not seen yet"
        assert settled(SEQUENCE, patience_s=0.1) is None
        assert catch_up(ears.listener, patience_s=0.1) == 0
        goes_on.set()
        slow.result()
    assert catch_up(ears.listener) == 2
    assert ears.told == all_events()


def test_the_youngest_transaction_is_waited_for_too(committed_desk: Desk) -> None:  # noqa: F811
    """It was passed by once: nothing younger had ended yet, and a snapshot's xmax goes by what has ended."""
    ears, written, goes_on = Ears(), Event(), Event()
    catch_up(ears.listener)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(_report_and_wait, committed_desk, written, goes_on)
        assert written.wait(30)
        assert settled(SEQUENCE, patience_s=0.1) is None
        goes_on.set()
        slow.result()
    assert catch_up(ears.listener) == 1
    assert ears.told == all_events()


def test_who_is_rolled_back_leaves_a_gap_that_nobody_waits_for(committed_desk: Desk) -> None:  # noqa: F811
    ears = Ears()
    with transaction.atomic():
        committed_desk.report()
        transaction.set_rollback(True)
    committed_desk.report()
    assert catch_up(ears.listener) == 1
    assert catch_up(ears.listener) == 0


def test_a_transaction_that_only_reads_holds_nobody_up(committed_desk: Desk) -> None:  # noqa: F811
    committed_desk.report()
    reading, goes_on = Event(), Event()

    def read() -> None:
        try:
            with transaction.atomic():
                CaseEvent.objects.count()
                reading.set()
                assert goes_on.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        assert reading.wait(30)
        assert settled(SEQUENCE, patience_s=0.1) is not None
        goes_on.set()
        reader.result()


def test_many_writers_and_several_workers_tell_each_event_once_in_order(committed_desk: Desk) -> None:  # noqa: F811
    """What is told is written down in the listener's own transaction, so that what was rolled back does not count."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS heard (n bigserial, event bigint, number text, seq int)")
        cursor.execute("TRUNCATE heard")

    def write_down(rows: Sequence[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO heard (event, number, seq) VALUES (%s, %s, %s)",
                [(row.id, row.number, row.seq) for row in rows],
            )

    listener = Listener("many", EVENTS, write_down, 2, from_the_beginning=True)
    done = Event()

    def work(_n: int) -> None:
        try:
            while not done.is_set():
                catch_up(listener, patience_s=0.5)
        finally:
            connection.close()

    def act(_n: int) -> None:
        try:
            number = committed_desk.report().number
            committed_desk("acceptor", number, "accept")
            committed_desk("duty_chief", number, "note", opinion="x")
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(6) as pool:
            workers = [pool.submit(work, n) for n in range(2)]
            list(pool.map(act, range(12)))
            done.set()
            for worker in workers:
                worker.result()
        catch_up(listener)
        with connection.cursor() as cursor:
            cursor.execute("SELECT number, seq FROM heard ORDER BY n")
            assert cursor.fetchall() == all_events()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE heard")


def _killed_half_way() -> None:
    connection.close()

    def die(_rows: Sequence[Any]) -> None:
        ListenerCursor.objects.create(name="a trace", position=1, moved_at="2026-01-01T00:00Z")
        os.kill(os.getpid(), signal.SIGKILL)

    catch_up(Listener("ears", EVENTS, die, 2, from_the_beginning=True))


def test_a_listener_killed_half_way_has_done_nothing_and_another_goes_on(committed_desk: Desk) -> None:  # noqa: F811
    committed_desk.filed()
    connection.close()
    worker = multiprocessing.get_context("fork").Process(target=_killed_half_way)
    worker.start()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL
    assert not ListenerCursor.objects.filter(name="a trace").exists()
    ears = Ears()
    for _ in range(100):  # until PostgreSQL has noticed that the other one is gone
        if catch_up(ears.listener):
            break
    assert ears.told == all_events()


def test_the_worker_listens_every_few_seconds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    ears = Ears()
    monkeypatch.setattr(listening, "_listeners", {"ears": ears.listener})
    desk.report()
    listen(0)
    assert ears.told == all_events()
