"""Notices in words: each room says what its own mean."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in words: what happened, and the address of what it is about ("" where there is none)."""

    words: str
    url: str


Namer = Callable[[str, str, str], Said | None]
"""Asked with jurisdiction, kind and subject of a notice; None where the kind is another room's."""

_namers: dict[str, Namer] = {}


def words_from(namer: Namer) -> None:
    """Let a room say what its notices mean; called once, when the room's app is ready."""
    _namers[f"{namer.__module__}.{namer.__qualname__}"] = namer


def said(jurisdiction: str, kind: str, subject: str) -> Said:
    """Return a notice in the words of the room that it comes from; a kind that nobody knows stands for itself."""
    for namer in _namers.values():
        if found := namer(jurisdiction, kind, subject):
            return found
    return Said(kind, "")
