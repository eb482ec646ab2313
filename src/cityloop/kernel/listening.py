"""Listeners: whoever reads the events of a room behind a cursor of their own, each event once, in order.

Events carry numbers of a sequence, but are committed in another order: 8 may be seen before 7 is, and who has read up to 8
would never come to 7. So nobody reads beyond a *settled* number: the sequence is asked for its last number, then PostgreSQL
for the transactions that run; once none of those that had begun by then is left, every number up to that one is
committed or will never be. This holds for every writer that has changed a row before it takes a number (it has a
transaction id by then, so it is seen to run): the one door, which locks the case or counts its number first, and its
bulk twin, whose COPY writes the cases first. It costs the writers nothing. Per case numbers follow the order of events,
since they are taken under the case's lock.

What a listener does stands in the transaction that moves its cursor: one that is killed half-way has done nothing, and
what it does outside the database it has to do afterwards, from what it wrote. A cursor is held by one worker at a time.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, connection, transaction

from cityloop.kernel.clock import machine_now
from cityloop.kernel.models import ListenerCursor

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long running transactions are waited for; what is not settled by then is left to the next call."""

LAST_NUMBER = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"

FENCE = "SELECT pg_current_xact_id()::text::bigint"
"""A transaction id of our own: all that were given before lie below. (A snapshot's xmax is the first that had not *ended*.)"""

STILL_RUNNING = """
-- Does a transaction run that had begun before the fence? A snapshot never counts the transaction that asks, but those of
-- other databases on this server: what is known to be one of these can hold no event of ours.
SELECT EXISTS (
    SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS x
    WHERE x::text::bigint < %s AND NOT EXISTS (
        SELECT FROM pg_stat_activity AS a
        WHERE a.datname <> current_database() AND a.backend_xid::text::bigint = x::text::bigint & 4294967295
    )
)
"""


class Row(Protocol):
    """An event; its number decides where the cursor stands."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that are appended and never changed.

    Attributes:
        sequence: Name of the sequence that numbers them.
        read: Called with two numbers and how many at most; returns the rows after the first number and up to the
            second, by number.
    """

    sequence: str
    read: Callable[[int, int, int], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who reads a stream.

    Attributes:
        name: What its cursor is kept under; never changed.
        handle: Called with the next rows, in the transaction that moves the cursor. What it raises takes all of it back.
        most: Rows at once.
        from_the_beginning: Whether a new listener is told of all that has happened before.
    """

    name: str
    stream: Stream
    handle: Callable[[Sequence[Any]], None]
    most: int = 500
    from_the_beginning: bool = False


_listeners: dict[str, Listener] = {}


def register(listener: Listener) -> None:
    """Let ``listener`` be told from now on; rooms call it when they are ready."""
    _listeners[listener.name] = listener


def listen() -> dict[str, int]:
    """Bring every listener to what is settled; return how many events each was told. One that fails stops no other."""
    told = {}
    for name, listener in _listeners.items():
        try:
            told[name] = catch_up(listener)
        except (OperationalError, InterfaceError):
            raise  # the database is away: no other would fare better
        except Exception:
            logger.exception("listener %s failed; it is told the same again", name)
    return told


def catch_up(listener: Listener, *, patience_s: float = PATIENCE_S) -> int:
    """Tell ``listener`` what is settled and new to it, batch by batch; return how many events.

    Another worker that holds the cursor does the same, so nothing is done then.
    """
    end = settled(listener.stream.sequence, patience_s=patience_s)
    if end is None:
        logger.info("listener %s: events wait for a long transaction", listener.name)
        return 0
    _begin(listener, end)
    told = 0
    while (count := _tell(listener, end)) is not None:
        told += count
    return told


def settled(sequence: str, *, patience_s: float = PATIENCE_S) -> int | None:
    """Return a number up to which every event is committed or will never be; None where that takes too long.

    The number is read first, and the transactions in a statement of their own: one that begins between the two is
    waited for in vain at worst, while the other way round one could slip through.
    """
    until = time.monotonic() + patience_s
    with connection.cursor() as cursor:
        cursor.execute(LAST_NUMBER.format(sequence=connection.ops.quote_name(sequence)))
        [number] = cursor.fetchone()
        cursor.execute(FENCE)
        [fence] = cursor.fetchone()
        while True:
            cursor.execute(STILL_RUNNING, [fence])
            [is_running] = cursor.fetchone()
            if not is_running:
                return int(number)
            if time.monotonic() >= until:
                return None
            time.sleep(0.02)


def _begin(listener: Listener, end: int) -> None:
    """Give a new listener its cursor."""
    if not ListenerCursor.objects.filter(pk=listener.name).exists():
        position = 0 if listener.from_the_beginning else end
        cursor = ListenerCursor(name=listener.name, position=position, moved_at=machine_now())
        ListenerCursor.objects.bulk_create([cursor], ignore_conflicts=True)


@transaction.atomic
def _tell(listener: Listener, end: int) -> int | None:
    """Tell one batch and move the cursor behind it; return its size, None where nothing is left or another worker is at it."""
    cursor = ListenerCursor.objects.select_for_update(skip_locked=True).filter(pk=listener.name).first()
    if cursor is None or cursor.position >= end:
        return None
    rows = listener.stream.read(cursor.position, end, listener.most)
    if rows:
        listener.handle(rows)
    cursor.position = rows[-1].id if len(rows) == listener.most else end
    cursor.moved_at = machine_now()
    cursor.save(update_fields=["position", "moved_at"])
    return len(rows)


def position_of(listener: Listener) -> int:
    """Return up to which number ``listener`` has been told; 0 where it has not begun."""
    return ListenerCursor.objects.filter(pk=listener.name).values_list("position", flat=True).first() or 0
