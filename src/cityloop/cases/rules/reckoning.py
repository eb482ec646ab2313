"""Why a clock is due when it is, as a calculation that is read line by line: open time by day, summed, with pauses between."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

Span = tuple[datetime, datetime]


class Stretch(NamedTuple):
    """Open time in which the clock runs: that of one day, or one stretch that goes over midnight.

    ``seconds`` is the length of its spans together, ``sum_s`` that of all up to here.
    """

    spans: tuple[Span, ...]
    seconds: int
    sum_s: int


class Pause(NamedTuple):
    """The clock stands still; ``end`` is None where it still does."""

    start: datetime
    end: datetime | None


def reckon(explanation: Mapping[str, Any], zone: tzinfo) -> list[Stretch | Pause]:
    """Return the lines of a calculation, in the order of time.

    The stretches add up to the limit and what was approved on top of it, where the clock is due at a known time.

    Args:
        explanation: As ``rules.clocks.explain`` gives it.
        zone: The city's: its days are those of a calendar on the wall.
    """
    lines: list[Stretch | Pause] = []
    total = 0
    for one in _grouped(explanation["spans"], explanation["pauses"], zone):
        if isinstance(one, Pause):
            lines.append(one)
            continue
        seconds = _seconds(one)
        total += seconds
        lines.append(Stretch(tuple(one), seconds, total))
    return lines


def _seconds(spans: Iterable[Span]) -> int:
    return int(sum((end - start).total_seconds() for start, end in spans))


def _grouped(spans: Iterable[Span], pauses: Iterable[tuple[datetime, datetime | None]], zone: tzinfo) -> Iterator[Any]:
    """Yield the spans of each day together; a pause divides the day in which it begins."""
    held: list[Span] = []
    rest = sorted((Pause(start, end) for start, end in pauses), key=lambda pause: pause.start)
    for span in sorted(spans):
        if span[0] == span[1]:
            continue
        while rest and rest[0].start <= span[0]:
            if held:
                yield held
                held = []
            yield rest.pop(0)
        if held and not _is_one_day(held[0][0], span[1], zone):
            yield held
            held = []
        held.append(span)
    if held:
        yield held
    yield from rest


def _is_one_day(start: datetime, end: datetime, zone: tzinfo) -> bool:
    return start.astimezone(zone).date() == end.astimezone(zone).date()
