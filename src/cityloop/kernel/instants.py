"""Instants as programs write them: RFC 3339, and nothing that only looks like it."""

import re
from datetime import UTC, datetime
from typing import Any

RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)

YEARS = range(1970, 2200)
"""Of whatever instant or day somebody names: near the first and the last year that can be written, another zone has no word for it."""


def instant_of(text: Any) -> datetime:
    """Return the instant, in UTC, that ``text`` names as a date and a time with seconds and an offset.

    ``datetime.fromisoformat`` would also take a day alone, week dates and times without an offset; pydantic a number, as
    seconds since 1970. A sender who means one of these must hear of it. A leap second is not taken: nothing here can hold it.

    Raises:
        ValueError: It is none, or lies beyond the years that can be written in UTC.
    """
    if not isinstance(text, str) or RFC_3339.fullmatch(text) is None:
        raise ValueError("not an instant by RFC 3339")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as exc:  # the year 1 east of Greenwich lies before the first year
        raise ValueError("beyond the years that can be written") from exc
