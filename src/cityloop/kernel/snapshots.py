"""Whether anything has been written since: what PostgreSQL says of the present moment in one text, asked once for all who wait."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import psycopg
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

Answer = TypeVar("Answer")

SNAPSHOT = "pg_current_snapshot()::text"
"""To stand in a statement: which transactions are over for it. Two statements with the same snapshot see the same rows of all tables."""


class Shared(Generic[Answer]):
    """What many threads ask at once is asked once: an answer serves all who came before its asking began, and nobody else.

    Args:
        ask: Gives the answer; what it raises is raised to the one thread that asked, the others that waited for it get None.
    """

    def __init__(self, ask: Callable[[], Answer | None]) -> None:
        self._ask = ask
        self._turn = threading.Condition()
        self._begun = self._over = 0
        self._answer: Answer | None = None

    def __call__(self) -> Answer | None:
        with self._turn:
            wanted = self._begun + 1
            while self._over < self._begun and self._over < wanted:
                self._turn.wait()
            if self._over >= wanted:
                return self._answer
            self._begun += 1
        answer = None
        try:
            answer = self._ask()
        finally:
            with self._turn:
                self._answer, self._over = answer, self._begun
                self._turn.notify_all()
        return answer


class _Asker:
    """Asks over a connection of its own, which stays open: to take one from the pool each time costs three times the question."""

    def __init__(self) -> None:
        self._own: BaseDatabaseWrapper | None = None

    def __call__(self) -> str | None:
        for _time in range(2):  # the server that a connection led to may have been started anew since
            try:
                return self._asked()
            except (Error, psycopg.Error):
                self._leave()
        return None

    def _asked(self) -> str:
        if self._own is None:
            self._own = connection.copy()
            self._own.settings_dict["OPTIONS"].pop("pool", None)
            self._own.inc_thread_sharing()
        self._own.ensure_connection()
        with psycopg.Cursor(self._own.connection) as cursor:
            cursor.execute(f"SELECT {SNAPSHOT}", prepare=True)
            [snapshot] = cursor.fetchone() or ("",)
        return str(snapshot)

    def _leave(self) -> None:
        if self._own is not None:
            with suppress(Error, psycopg.Error):
                self._own.close()
            self._own = None


_snapshot = Shared(_Asker())


def snapshot() -> str | None:
    """Return the snapshot of a statement that began after this call: as long as it is the same, nothing was committed.

    None where it is not known: the database does not answer, or this thread is in a transaction, whose own changes no snapshot tells of.
    """
    return None if connection.in_atomic_block else _snapshot()
