"""What lies in unit grids, counted by the rooms that keep it: geography asks without knowing parts or cases."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Counter = Callable[[str, date, Collection[str]], Mapping[str, int]]
"""Of a jurisdiction, on a day: how many lie in each of some unit grids, by code; a grid that holds none may be left out."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is counted: its name, what it is called, and how many there are by the code of the grid."""

    name: str
    title: Any
    by_grid: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_grid.values())


_counters: dict[str, tuple[Any, Counter]] = {}


def register(name: str, title: Any, counter: Counter) -> None:
    """Let something be counted; called once, when the app is ready."""
    _counters[name] = (title, counter)


def held_in(jurisdiction: str, on: date, codes: Collection[str]) -> list[Held]:
    """Return how many of everything lie in some unit grids of a jurisdiction on a day."""
    return [Held(name, title, counter(jurisdiction, on, codes)) for name, (title, counter) in _counters.items()]
