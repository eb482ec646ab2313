"""When a door stays shut after wrong passwords."""

from collections.abc import Sequence
from datetime import datetime, timedelta

MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)


def locked_until(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """Return until when an account is shut to an address; None if it is open.

    Args:
        failures: Instants of the failed tries of this account from this address that have not been cleared, any order.
        now: The machine's time.
    """
    recent = sorted(failure for failure in failures if failure > now - WINDOW)
    if len(recent) < MOST_FAILURES:
        return None
    return recent[-MOST_FAILURES] + WINDOW
