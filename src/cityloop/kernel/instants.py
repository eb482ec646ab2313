"""Instants as programs write them: RFC 3339, and nothing that only looks like it."""

import re
from datetime import UTC, datetime
from typing import Any, Literal

from cityloop.kernel.translation import _

RFC_3339 = re.compile(
    r"([0-9]{4,9})-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
"""Longer years too, so that whoever writes one is told that it lies too far away."""

YEARS = range(1970, 2200)
"""Of whatever instant or day somebody names: near the first and the last year that can be written, another zone has no word for it."""

WRITABLE = range(1, 10_000)
"""Years that can be written at all: a list may be asked for what lies between any two instants."""

Kind = Literal["unwritten", "no_such_time", "beyond_years"]


class NoInstant(ValueError):
    """What was given names no instant: ``unwritten`` as RFC 3339 has it, ``no_such_time`` such as 25:61, or ``beyond_years``."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind: Kind = kind


def why_no_instant(kind: str, *, years: range = WRITABLE, plus: str = "+") -> str:
    """Return in words what a sender has to change, by the kind of a ``NoInstant``.

    Args:
        years: In which it has to lie.
        plus: How a plus is written where it was sent: after ``?`` it is %2B.
    """
    if kind == "beyond_years":
        return _("must lie in the years %(first)d to %(last)d") % {"first": years.start, "last": years.stop - 1}
    if kind == "no_such_time":
        return _("there is no such day or time: months go from 01 to 12, hours from 00 to 23, minutes from 00 to 59")
    return _("must be a time with an offset, such as 2026-07-01T09:00:00%(plus)s08:00") % {"plus": plus}


def instant_of(given: Any) -> datetime:
    """Return the instant, in UTC, that a text names as a date and a time with seconds and an offset.

    ``datetime.fromisoformat`` would also take a day alone, week dates and times without an offset; pydantic a number, as
    seconds since 1970. A sender who means one of these must hear of it. A leap second is not taken: nothing here can hold it.

    Args:
        given: What was sent; an aware ``datetime`` is taken too.
    Raises:
        NoInstant: It names none.
    """
    if isinstance(given, datetime):
        given = given.isoformat()
    if not isinstance(given, str) or (written := RFC_3339.fullmatch(given)) is None:
        raise NoInstant("unwritten")
    if int(written[1]) not in WRITABLE:
        raise NoInstant("beyond_years")
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except OverflowError as exc:  # the year 1 east of Greenwich lies before the first year
        raise NoInstant("beyond_years") from exc
    except ValueError as exc:
        raise NoInstant("no_such_time") from exc
