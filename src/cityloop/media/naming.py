"""Who names files: rooms above say which of some files hang on something of theirs, so that no sweep takes these away."""

from collections.abc import Callable, Collection

from cityloop.media.queries import Place

Naming = Callable[[Collection[Place]], Collection[Place]]
"""Given files, those that hang on something."""

_namings: dict[str, Naming] = {}


def register(room: str, naming: Naming) -> None:
    """Have a room asked which files it names; called once, when the room is ready."""
    _namings[room] = naming


def named(places: Collection[Place]) -> set[Place]:
    """Return those of some files that hang on anything in any room: one query for each room that names files."""
    left = set(places)
    for naming in _namings.values():
        if left:
            left -= set(naming(left))
    return set(places) - left
