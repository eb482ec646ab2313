"""One at a time: another connection stands for another machine."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import DataError, connection, transaction

from cityloop.kernel.alone import alone

HELD = "SELECT pg_try_advisory_lock(hashtext('cityloop.here'), hashtext('this'))"


@pytest.fixture
def other(transactional_db: None) -> Iterator["psycopg.Connection[tuple[bool]]"]:
    with closing(psycopg.connect(**connection.get_connection_params(), autocommit=True)) as found:
        yield found


def takes(other: "psycopg.Connection[tuple[bool]]") -> bool:
    """Return whether the other one gets the lock; it lets go of it at once."""
    is_taken = other.execute(HELD).fetchone() == (True,)
    other.execute("SELECT pg_advisory_unlock_all()")
    return is_taken


def test_whoever_is_alone_keeps_others_out_until_the_end(other: "psycopg.Connection[tuple[bool]]") -> None:
    with alone("here", "this") as is_alone:
        assert is_alone
        assert not takes(other)
    assert takes(other)
    with pytest.raises(RuntimeError), alone("here", "this"):
        raise RuntimeError
    assert takes(other), "after a failure too"


def test_somebody_else_at_it_is_told_and_neither_waited_for_nor_disturbed(
    other: "psycopg.Connection[tuple[bool]]",
) -> None:
    other.execute(HELD)
    with alone("here", "this") as is_alone:
        assert not is_alone
    with alone("here", "that") as one, alone("there", "this") as another:
        assert (one, another) == (True, True), "another thing, and another room's"
    with psycopg.connect(**connection.get_connection_params()) as third:
        assert third.execute(HELD).fetchone() == (False,), "it is still the first one's"


def test_who_has_patience_waits_and_then_is_alone(other: "psycopg.Connection[tuple[bool]]") -> None:
    other.execute(HELD)
    started = time.monotonic()
    with alone("here", "this", patience_s=0.3) as is_alone:
        assert not is_alone
    assert time.monotonic() - started >= 0.3
    let_go: Callable[[], object] = lambda: other.execute("SELECT pg_advisory_unlock_all()")  # noqa: E731
    threading.Timer(0.3, let_go).start()
    with alone("here", "this", patience_s=30) as is_alone:
        assert is_alone


def test_a_transaction_that_failed_does_not_hide_its_failure(transactional_db: None) -> None:
    with pytest.raises(DataError), transaction.atomic(), alone("here", "this"), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
