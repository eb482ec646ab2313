"""The pool of the web processes: a connection that died there reaches no request."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from cityloop.site.database.base import DatabaseWrapper


@pytest.fixture
def pooled(db: None) -> Iterator[DatabaseWrapper]:
    """Another way into the tests' database, through a pool of one."""
    settings = connection.settings_dict
    options = {**settings["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
    wrapper = DatabaseWrapper({**settings, "OPTIONS": options}, alias="default")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def pid_of(wrapper: Any) -> int:
    """Ask as a request does: take a connection, ask by it, give it back."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    wrapper.close()
    return int(pid)


def say(statement: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def test_a_connection_that_lives_is_used_again(pooled: DatabaseWrapper) -> None:
    assert pid_of(pooled) == pid_of(pooled)


def test_a_connection_that_was_killed_is_replaced_before_anybody_asks_by_it(pooled: DatabaseWrapper) -> None:
    before = pid_of(pooled)
    say("SELECT pg_terminate_backend(%s, 5000)", before)
    assert pid_of(pooled) != before


def test_one_that_has_been_closed_here_is_replaced_too(pooled: DatabaseWrapper) -> None:
    before = pid_of(pooled)
    held = pooled.pool.getconn()
    held.close()
    pooled.pool.putconn(held)
    assert pid_of(pooled) != before


@pytest.mark.django_db(transaction=True)
def test_one_to_which_something_was_said_lives(pooled: DatabaseWrapper) -> None:
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN desks")
        cursor.execute("SELECT pg_backend_pid()")
        [before] = cursor.fetchone()
    pooled.close()
    say("NOTIFY desks, 'something'")
    assert pid_of(pooled) == before
