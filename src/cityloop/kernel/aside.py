"""A second process that works while this one goes on: for long imports, where one core is not enough."""

import gc
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from django.db import connections

Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Aside(Generic[Given, Answer]):
    """Runs ``work`` in a fork of this process, which knows all that this one knows now.

    Send one piece, do something else, receive its answer; then the next. What ``work`` raises is raised by ``receive``.
    It ends with the ``with``, and by itself when this process dies, however that happens.
    """

    def __init__(self, work: Callable[[Given], Answer]) -> None:
        fork = multiprocessing.get_context("fork")
        self._here, there = fork.Pipe()
        self._process = fork.Process(target=_serve, args=(work, there, self._here), daemon=True)
        self._process.start()
        there.close()

    def send(self, given: Given) -> None:
        self._here.send(given)

    def receive(self) -> Answer:
        """Return the answer to what was sent.

        Raises:
            RuntimeError: The other process is gone; the system may have ended it for want of memory.
        """
        try:
            is_answer, answer = self._here.recv()
        except (EOFError, ConnectionError) as exc:
            self._process.join()
            raise RuntimeError(f"the second process ended with code {self._process.exitcode}") from exc
        if not is_answer:
            raise answer
        result: Answer = answer
        return result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()
        self._process.join()


def _serve(work: Callable[[Any], Any], there: Connection, here: Connection) -> None:
    here.close()  # else this process would hold its own line open when the other dies
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the other one stops in order
    # The connections are the other process's: one of our own is opened where anything asks. Kept, since a connection
    # that is forgotten says goodbye to the server.
    _kept = [database.connection for database in connections.all(initialized_only=True)]
    for database in connections.all(initialized_only=True):
        database.connection = None
    gc.freeze()
    gc.disable()  # its objects die young and hold no circles; what an exception leaves is swept between pieces
    while True:
        try:
            given = there.recv()
        except EOFError:
            return
        try:
            told = (True, work(given))
        except BaseException as exc:  # noqa: BLE001 # whatever it is, the other process raises it
            told = (False, exc)
        try:
            there.send(told)
        except ConnectionError:
            return
        del given, told
        gc.collect()
