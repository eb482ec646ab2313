"""Rows as PostgreSQL's COPY reads them in text, put together by hand: many times as quick as value by value."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"
NO_BYTES = "\\\\x"
BLOCK = 500
"""Rows sent at once."""


def text(value: str) -> str:
    """Return ``value`` with what COPY would take for its own signs escaped."""
    if value.isprintable():  # no tab and no line's end in it, as in all JSON
        return value.replace("\\", "\\\\")
    return value.translate(ESCAPES)


@lru_cache(maxsize=4096)
def instant(value: datetime | None) -> str:
    return NULL if value is None else value.isoformat()


def number(value: int | None) -> str:
    return NULL if value is None else str(value)


def data(value: bytes) -> str:
    return NO_BYTES + value.hex()


def field(value: Any) -> str:
    """Return any value that our rows hold: text, number, instant, bytes, truth, UUID, list of numbers, nothing."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return data(value)
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    if isinstance(value, (int, UUID)):
        return str(value)
    raise TypeError(f"COPY is not taught to write {type(value).__name__}")


def line(values: Iterable[Any]) -> str:
    return "\t".join(map(field, values))


def blocks(lines: Iterable[str]) -> Iterator[str]:
    """Yield ``lines`` in blocks that are worth a call."""
    block: list[str] = []
    for one in lines:
        block.append(one)
        if len(block) == BLOCK:
            yield "\n".join(block) + "\n"
            block.clear()
    if block:
        yield "\n".join(block) + "\n"
