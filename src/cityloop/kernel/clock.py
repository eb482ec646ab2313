"""What time it is in a city.

A demo city has a clock of its own: it started at ``origin`` when the machine's clock stood at ``real_origin`` and runs
``speed`` times as fast. Sign-in, tokens, links and logs never use it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from cityloop.kernel.instants import YEARS

FIRST = datetime(YEARS.start, 1, 2, tzinfo=UTC)
LAST = datetime(YEARS.stop - 1, 12, 31, tzinfo=UTC)
"""Where a moved clock stands still: in every zone the year is still one of those that can be typed and read."""

FASTEST = 100_000
"""A year in five minutes: what runs faster shows nobody anything."""


def machine_now() -> datetime:
    """Return the machine's time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class CityClock:
    """A moved clock; ``speed`` 0 is a pause."""

    origin: datetime
    real_origin: datetime
    speed: float = 1.0

    def at(self, real: datetime) -> datetime:
        """Return the city's time when the machine's clock shows ``real``, never before ``FIRST`` or after ``LAST``.

        A clock that ran out of the years would stop whoever asks it, those too who work in other cities.
        """
        try:
            shown = self.origin + (real - self.real_origin) * self.speed
        except OverflowError:
            return LAST if real > self.real_origin else FIRST
        return min(max(shown, FIRST), LAST)


def city_now(clock: CityClock | None) -> datetime:
    """Return the city's time: the machine's, unless the city has a ``clock`` of its own."""
    real = machine_now()
    return real if clock is None else clock.at(real)


def seconds_until(instant: datetime | None, clock: CityClock | None) -> float:
    """Return how many seconds of the machine pass until the city's time is ``instant``, 0 at least.

    Infinity where it never will be: there is no such instant, or the clock stands still.
    """
    if instant is None or (clock is not None and clock.speed <= 0):
        return inf
    return max((instant - city_now(clock)).total_seconds() / (1.0 if clock is None else clock.speed), 0.0)
