"""When what could not be delivered is tried again, and when no more."""

from datetime import datetime, timedelta

STEPS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
"""Seconds until the next attempt, by how many there were; the last one repeats."""

GIVES_UP_AFTER = timedelta(days=1)


def next_attempt(attempts: int, first: datetime, now: datetime) -> datetime | None:
    """Return when to try again after ``attempts`` in vain; None where a day has passed since the ``first``."""
    if now - first >= GIVES_UP_AFTER:
        return None
    wait = timedelta(seconds=STEPS[min(attempts, len(STEPS)) - 1])
    return min(now + wait, max(now, first + GIVES_UP_AFTER))
