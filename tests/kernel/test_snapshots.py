"""One text that stays the same exactly as long as nothing is committed, asked once for all who wait."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from cityloop.kernel.models import ConfigVersion
from cityloop.kernel.snapshots import Shared, snapshot

CODE = "990199"


def in_another_thread(do: Callable[[], object]) -> None:
    def done() -> None:
        try:
            do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(done).result()


def twice_alike() -> str | None:
    """Return a snapshot that stood for two questions: other tests write in this cluster, whose snapshots are of all its databases."""
    for _time in range(200):
        if (one := snapshot()) == snapshot():
            return one
    raise AssertionError("no snapshot ever stood")


def write() -> None:
    ConfigVersion.objects.create(jurisdiction=CODE, version=1)


def _stands_while_read() -> bool:
    before = snapshot()
    assert ConfigVersion.objects.filter(jurisdiction=CODE).exists()
    return snapshot() == before


@pytest.mark.django_db(transaction=True)
def test_it_changes_with_every_commit_and_with_nothing_else() -> None:
    before = twice_alike()
    assert before is not None
    assert not ConfigVersion.objects.filter(jurisdiction=CODE).exists()
    write()
    assert twice_alike() not in (None, before)
    assert any(_stands_while_read() for _time in range(200)), "whoever only reads changes nothing"


@pytest.mark.django_db(transaction=True)
def test_what_another_has_written_and_not_committed_is_told_apart_from_what_it_has() -> None:
    """It may change when a writer begins; it must when the writer is done, or what was seen between would be taken for what is."""
    with transaction.atomic():
        write()
        seen: list[str | None] = []
        in_another_thread(lambda: seen.append(snapshot()))
        assert snapshot() is None, "within a transaction its own changes are in no snapshot"
    [between] = seen
    assert between is not None
    assert snapshot() != between


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_made_anew() -> None:
    assert snapshot()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert cursor.fetchone()[0] >= 1
    assert snapshot()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asker = Shared[str](type(snapshot.__globals__["_snapshot"]._ask)())
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    assert asker() is None


def test_an_answer_serves_those_who_came_before_it_was_asked_for_and_nobody_else() -> None:
    asked, answers = 0, threading.Semaphore(0)

    def ask() -> int:
        nonlocal asked
        asked += 1
        number = asked
        assert answers.acquire(timeout=20)
        return number

    shared = Shared(ask)

    def waiting(count: int) -> None:
        while len(shared._turn._waiters) < count:  # type: ignore[attr-defined]
            threading.Event().wait(0.005)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(shared)
        while asked < 1:
            threading.Event().wait(0.005)
        late = [pool.submit(shared) for _one in range(3)]
        waiting(3)
        answers.release(2)
        assert first.result(20) == 1
        assert [one.result(20) for one in late] == [2, 2, 2], (
            "whoever came while it was asked has the next answer, all the same one"
        )
    assert asked == 2


def test_a_failure_is_of_the_one_who_asked() -> None:
    asking, fail = threading.Event(), threading.Event()
    answers = iter([ValueError("no"), 7])

    def ask() -> int:
        asking.set()
        assert fail.wait(20)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shared = Shared(ask)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shared)
        assert asking.wait(20)
        second = pool.submit(shared)
        fail.set()
        with pytest.raises(ValueError, match="no"):
            first.result(20)
        assert second.result(20) == 7
