"""What is worth a second look at a grid of a division."""

from dataclasses import dataclass
from typing import Final

from cityloop.geography.choices import Flaw

TOO_LARGE: Final = 2.5
TOO_SMALL: Final = 0.2
"""Times the size that was wished for where the grid lies."""

HEAVY: Final = 3.0
"""Times the mean number of parts; fewer than ``SOME`` parts are never many."""

SOME: Final = 20
NARROW: Final = 0.25
"""Compactness below which a grid is a strip: four to one is 0.5, ten to one 0.26."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What was wished for, and how many parts a grid has on average."""

    built_m2: float
    open_m2: float
    parts: float


def flaws_of(limits: Limits, area_m2: float, compact: float, parts: int, cuts: int, is_built: bool) -> tuple[Flaw, ...]:
    """Return what is worth a second look at a grid; nothing at most of them."""
    wished = limits.built_m2 if is_built else limits.open_m2
    tests = {
        Flaw.CUT: cuts > 0,
        Flaw.LARGE: area_m2 > TOO_LARGE * wished,
        Flaw.SMALL: area_m2 < TOO_SMALL * min(limits.built_m2, wished),
        Flaw.HEAVY: parts >= SOME and parts > HEAVY * limits.parts,
        Flaw.NARROW: compact < NARROW,
    }
    return tuple(flaw for flaw, holds in tests.items() if holds)
