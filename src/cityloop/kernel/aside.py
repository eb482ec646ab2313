"""A second process that works while this one goes on: for long imports, where one core is not enough."""

import gc
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from django.db import connections

from cityloop.kernel.errors import Unavailable
from cityloop.kernel.translation import _

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
        """Send a piece of work.

        Raises:
            Unavailable: The other process is gone.
        """
        try:
            self._here.send(given)
        except ConnectionError as exc:
            raise self._gone() from exc

    def receive(self) -> Answer:
        """Return the answer to what was sent.

        Raises:
            Unavailable: The other process is gone.
        """
        try:
            is_answer, answer = self._here.recv()
        except (EOFError, ConnectionError) as exc:
            raise self._gone() from exc
        if not is_answer:
            raise answer
        result: Answer = answer
        return result

    def _gone(self) -> Unavailable:
        self._process.join()
        text = _(
            "A process that helped has ended (%(code)s), perhaps for want of memory. Run it again: nothing is doubled."
        )
        return Unavailable(text % {"code": self._process.exitcode})

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
    # The connections are the other process's, and two cannot speak over one: one of our own is opened where anything asks.
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
