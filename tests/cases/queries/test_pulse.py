"""What open desks ask: nothing while nothing happens, and never an answer that misses what has happened."""

import time
from collections.abc import Iterator
from math import inf
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from cast import CITY, NOW
from cityloop.cases.queries import pulse
from cityloop.cases.queries.pulse import Pulses
from cityloop.notices.actions import Party, tell
from cityloop.notices.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def always_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOKED_AT_S", 0.0)


class Asked:
    """Counts the notices each time it is asked, and how often it was."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[str, float]:
        self.times += 1
        return str(Notice.objects.count()), inf


def something_happens() -> None:
    tell(CITY, "urge", "9901012026070100001", [Party("dispatcher", None, None)], at=NOW)


def quiet() -> bool:
    """Wait until nobody writes: other tests of this database may just have ended."""
    for _try in range(100):
        with connection.cursor() as cursor:
            cursor.execute(pulse.SETTLED)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False


def test_while_nothing_happens_a_desk_is_not_asked_again() -> None:
    pulses, asked = Pulses(), Asked()
    assert quiet()
    assert [pulses.while_nothing_happens("desk", asked) for _time in range(3)] == ["0", "0", "0"]
    assert asked.times == 1
    something_happens()
    assert quiet()
    assert pulses.while_nothing_happens("desk", asked) == "1"
    assert pulses.while_nothing_happens("desk", asked) == "1"
    assert asked.times == 2


def test_each_desk_has_an_answer_of_its_own() -> None:
    pulses = Pulses()
    assert pulses.while_nothing_happens("one", lambda: ("a", inf)) == "a"
    assert pulses.while_nothing_happens("other", lambda: ("b", inf)) == "b"
    assert pulses.while_nothing_happens("one", lambda: ("a", inf)) == "a"


@pytest.fixture
def writer() -> Iterator[Any]:
    """Somebody who has written and not yet committed; called, they commit."""
    written, go = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                something_happens()
                written.set()
                assert go.wait(30)
        finally:
            connection.close()

    thread = Thread(target=write)
    thread.start()
    assert written.wait(30)

    def commit() -> None:
        go.set()
        thread.join(30)

    yield commit
    commit()


def test_what_was_being_written_when_a_desk_asked_is_not_missed(writer: Any) -> None:
    pulses, asked = Pulses(), Asked()
    assert pulses.while_nothing_happens("desk", asked) == "0", "the sequence has counted, the row is not to be seen"
    writer()
    assert pulses.while_nothing_happens("desk", asked) == "1"


def test_what_is_written_while_a_desk_finds_out_is_not_missed() -> None:
    pulses = Pulses()
    assert quiet()

    def slow() -> tuple[str, float]:
        said = str(Notice.objects.count())
        something_happens()
        return said, inf

    assert pulses.while_nothing_happens("desk", slow) == "0"
    assert pulses.while_nothing_happens("desk", Asked()) == "1"


def test_only_so_many_desks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "KEPT", 2)
    pulses, asked = Pulses(), Asked()
    assert quiet()
    for desk in ("one", "two", "three", "three", "two", "one"):
        pulses.while_nothing_happens(desk, asked)
    assert asked.times == 4, "the first was forgotten for the third"


def test_no_answer_is_held_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "HELD_S", 0.0)
    pulses, asked = Pulses(), Asked()
    assert quiet()
    for _time in range(2):
        pulses.while_nothing_happens("desk", asked)
    assert asked.times == 2


def test_no_answer_is_held_beyond_the_next_light() -> None:
    pulses, asked = Pulses(), Asked()
    assert quiet()
    until = time.monotonic() + 0.4
    say = lambda: (asked()[0], until - time.monotonic())  # noqa: E731  # as short as it is said
    pulses.while_nothing_happens("desk", say)
    pulses.while_nothing_happens("desk", say)
    assert asked.times == 1
    time.sleep(max(until - time.monotonic(), 0) + 0.01)
    pulses.while_nothing_happens("desk", say)
    assert asked.times == 2


def test_a_city_that_has_changed_is_something_that_happens() -> None:
    pulses, asked = Pulses(), Asked()
    assert quiet()
    pulses.while_nothing_happens("desk", asked)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('kernel_version')")
    pulses.while_nothing_happens("desk", asked)
    assert asked.times == 2


def test_what_is_written_elsewhere_on_the_server_keeps_nothing_open() -> None:
    """Not even in this database: only what the pulse counts does."""
    asked = Asked()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE elsewhere (n integer) ON COMMIT DROP")
            cursor.execute("INSERT INTO elsewhere VALUES (1)")
        pulses = Pulses()
        for _time in range(2):
            pulses.while_nothing_happens("desk", asked)
    assert asked.times == 1
