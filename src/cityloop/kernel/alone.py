"""One at a time, among all processes and machines of an installation: by an advisory lock of the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection

ASKED_EVERY_S = 0.2


@contextmanager
def alone(room: str, what: str, *, patience_s: float = 0.0) -> Iterator[bool]:
    """Keep all others out of ``what`` while the block runs; say whether we are alone, or somebody else is at it.

    The lock is the connection's, whatever transactions come and go; PostgreSQL lets go of it when this process dies, where a
    row or a job's lock would stay. Within one transaction ``pg_try_advisory_xact_lock`` is the right one: this one is given
    back before the commit.

    Who waits asks again and again: to wait inside a statement is to hold a snapshot, and an index that is built beside the
    work that goes on waits until all of those are gone. Each would wait for the other, and PostgreSQL would end one of them.

    Args:
        room: Name of the room, so that two rooms never stand in each other's way.
        patience_s: So long somebody else is waited for.
    """
    until = time.monotonic() + patience_s
    while not (is_alone := _asked("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", room, what)):
        if time.monotonic() >= until:
            break
        time.sleep(ASKED_EVERY_S)
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(DatabaseError, InterfaceError):  # a connection that is gone has let go already
                _asked("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", room, what)


def in_turn(room: str, what: str) -> None:
    """Wait until no other transaction does ``what``, and keep all others out until this one ends: for a count and what it allows.

    Call it first in a transaction, and one that is short: who waits holds a snapshot (``alone``).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [f"cityloop.{room}", what])


def _asked(question: str, room: str, what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [f"cityloop.{room}", what])
        return bool(cursor.fetchone()[0])
