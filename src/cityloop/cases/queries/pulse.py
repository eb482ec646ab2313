"""Whether anything at all has happened: what hundreds of open desks ask every few seconds, answered without asking for each.

The pulse is how far events and notices have come, by their sequences: one look a process and quarter of a second, whoever asks.
What was found out for a desk holds as long as the pulse stands still.

A sequence counts up before its transaction commits. So a finding is kept only where no writing transaction was open when the
pulse had been taken: all that the pulse counts was then to be seen. The two are looked at one after the other, in this order.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from cityloop.cases.events import EVENTS
from cityloop.kernel.sql import prepared_cursor
from cityloop.notices.queries import SEQUENCE

LOOKED_AT_S = 0.25
HELD_S = 30.0
"""A finding is found out anew after this: between the counting of a row and its transaction's first lock lies a moment."""

KEPT = 20_000
"""Desks that a process remembers."""

PULSE = f"SELECT (SELECT last_value FROM {EVENTS.sequence}), (SELECT last_value FROM {SEQUENCE})"
SETTLED = "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock')"
"""Every transaction that writes holds such a lock on itself. (A snapshot does not tell of one that began last of all.)"""

Pulse = tuple[int, int]


class Pulses:
    """What one process remembers: the last look at the pulse, and what it found out for desks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Pulse, float, str]] = OrderedDict()
        self._looked_at = float("-inf")
        self._look: tuple[Pulse, bool] = (0, 0), False

    def while_nothing_happens(self, desk: Hashable, find_out: Callable[[], str]) -> str:
        """Return what ``find_out`` says of a desk: what it said before, where nothing has happened since.

        What has happened within the last quarter of a second may be missing.
        """
        pulse, is_settled = self._pulse()
        with self._lock:
            kept = self._kept.get(desk)
        now = time.monotonic()
        if kept is not None and kept[0] == pulse and now < kept[1]:
            return kept[2]
        said = find_out()
        with self._lock:
            self._kept.pop(desk, None)
            if is_settled:
                self._kept[desk] = pulse, now + HELD_S, said
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return said

    def _pulse(self) -> tuple[Pulse, bool]:
        with self._lock:
            if time.monotonic() - self._looked_at < LOOKED_AT_S:
                return self._look
        looked_at = time.monotonic()
        with prepared_cursor() as cursor:
            cursor.execute(PULSE)
            pulse = cursor.fetchone()
            cursor.execute(SETTLED)
            (is_settled,) = cursor.fetchone()
        with self._lock:
            self._looked_at, self._look = looked_at, (pulse, is_settled)
        return pulse, is_settled


while_nothing_happens = Pulses().while_nothing_happens
