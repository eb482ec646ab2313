"""Notices in words: each room says what its own mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cityloop.organisation.rules.staffing import Viewer


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice in words: what happened, to what, and the address of that ("" where there is none to go to)."""

    words: str
    about: str = ""
    url: str = ""


class Notice(Protocol):
    """What a namer is told of a notice."""

    @property
    def id(self) -> int: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...


Namer = Callable[[Sequence[Notice], Viewer], Mapping[int, Worded]]
"""Says what those of the notices mean that are its room's, by id, to their reader."""

_namers: dict[str, Namer] = {}


def words_from(namer: Namer) -> None:
    """Let a room say what its notices mean; called once, when the room's app is ready."""
    _namers[f"{namer.__module__}.{namer.__qualname__}"] = namer


def said(notices: Sequence[Notice], viewer: Viewer) -> dict[int, Worded]:
    """Return notices by id in the words of the rooms that they come from; a kind that nobody knows stands for itself."""
    words = {notice.id: Worded(notice.kind, notice.subject) for notice in notices}
    for namer in _namers.values():
        words |= namer(notices, viewer)
    return words
