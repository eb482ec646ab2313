"""Who names parts: rooms above say which parts something of theirs names, so that none of these is taken out of the registry unseen."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

Namer = Callable[[str, Collection[str]], Mapping[str, int]]
"""Given a city and codes of its parts: how many things name each of them; those that nothing names are left out."""

_namers: dict[str, Namer] = {}


def register(room: str, namer: Namer) -> None:
    """Have a room asked which parts it names; called once, when the room is ready."""
    _namers[room] = namer


def named(jurisdiction: str, codes: Collection[str]) -> dict[str, int]:
    """Return how many things name each of these parts: one query for each room that names parts, none where no code is asked."""
    found = Counter[str]()
    if codes:
        for namer in _namers.values():
            found.update(namer(jurisdiction, codes))
    return dict(found)
