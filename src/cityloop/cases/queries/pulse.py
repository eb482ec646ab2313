"""Whether anything at all has happened: what hundreds of open desks ask every few seconds, answered without asking for each.

The pulse is how far events, notices and the versions of cities have come, by their sequences: one look a process and quarter of a
second, whoever asks. What was found out for a desk holds as long as the pulse stands still, but no longer than until a light turns:
that happens by the clock alone, so whoever finds out says how long it is until then.

A sequence counts up before its transaction commits. So a finding is kept only where nobody was writing what the pulse counts when
it had been taken: all of that was then to be seen. The two are looked at one after the other, in this order.
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
"""A finding is found out anew after this, whatever has not happened."""

KEPT = 20_000
"""Desks that a process remembers."""

COUNTING = {"cases_caseevent": EVENTS.sequence, "notices_notice": SEQUENCE, "kernel_configversion": "kernel_version"}
"""The tables whose rows are counted, each with its sequence."""

PULSE = "SELECT " + ", ".join(
    f"(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {one})" for one in COUNTING.values()
)
SETTLED = f"""
-- Whoever writes a row holds such a lock on its table before the sequence counts, and until the row is to be seen. (A look at
-- transactions would find those of every other database on the server as well, and those that write anything else.)
SELECT NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation IN ({", ".join(f"'{one}'::regclass" for one in COUNTING)})
)
"""

Pulse = tuple[int, int, int]

Finding = tuple[str, float]
"""What was found out, and for how many seconds it holds where nothing happens: ``inf`` where no light turns by itself."""


class Pulses:
    """What one process remembers: the last look at the pulse, and what it found out for desks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Pulse, float, str]] = OrderedDict()
        self._looked_at = float("-inf")
        self._look: tuple[Pulse, bool] = (0, 0, 0), False

    def while_nothing_happens(self, desk: Hashable, find_out: Callable[[], Finding]) -> str:
        """Return what ``find_out`` says of a desk: what it said before, where nothing has happened since and no light has turned.

        What has happened within the last quarter of a second may be missing.
        """
        pulse, is_settled = self._pulse()
        with self._lock:
            kept = self._kept.get(desk)
        now = time.monotonic()
        if kept is not None and kept[0] == pulse and now < kept[1]:
            return kept[2]
        said, holds_s = find_out()
        with self._lock:
            self._kept.pop(desk, None)
            if is_settled:
                self._kept[desk] = pulse, now + min(HELD_S, holds_s), said
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
