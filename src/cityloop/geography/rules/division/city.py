"""What a division is made from, and what is wanted of it."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from cityloop.geography.rules.division.plane import Floats, Ints
from cityloop.geography.rules.shapes import Shapes
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _


class Strength(IntEnum):
    """How much a line divides those who walk there: the stronger, the rather a border."""

    CUT = 0
    """Drawn by the division itself, across open ground."""
    WALL = 1
    """Along a building."""
    PATH = 2
    LANE = 3
    LOCAL = 4
    SECONDARY = 5
    WATER = 6
    ARTERIAL = 7
    EXPRESSWAY = 8
    BORDER = 9
    """Of a community: never given up."""


def nothing() -> Shapes:
    """Return ``(0,)`` shapes."""
    return np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands and runs in a city, in degrees; each of them may be missing.

    Args:
        lines: ``(n,)`` centre lines of roads, of streams, of railways.
        strengths: ``(n,)`` a ``Strength`` for each line.
        water: ``(n,)`` polygons; their banks divide.
        buildings: ``(n,)`` polygons; none is cut.
        loads: ``(n, 2)`` lon, lat of the parts whose number is to be balanced.
    """

    lines: Shapes = field(default_factory=nothing)
    strengths: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    water: Shapes = field(default_factory=nothing)
    buildings: Shapes = field(default_factory=nothing)
    loads: Floats = field(default_factory=lambda: np.empty((0, 2)))


@dataclass(frozen=True, slots=True)
class Wish:
    """How large unit grids are to be.

    Args:
        built_m2: About so large where houses stand (万米: 10,000 m²).
        open_m2: About so large outside.
        load_weight: From 0 (only the ground counts) to 0.8 (mostly the number of parts does).
        most: Grids of a community at most; three digits number them, and some are kept for later splits.
    """

    built_m2: float = 10_000.0
    open_m2: float = 100_000.0
    load_weight: float = 0.25
    most: int = 900

    def checked(self) -> "Wish":
        """Return it, once it is known to be possible.

        Raises:
            InvalidInput: A size or the weight lies outside what makes sense; ``faults`` name each.
        """
        faults = [
            Fault(name, why, f"{getattr(self, name):g}")
            for name, low, high, why in (
                ("built_m2", 1_000.0, 1_000_000.0, _("must lie between 1,000 and 1,000,000 m²")),
                ("open_m2", 1_000.0, 10_000_000.0, _("must lie between 1,000 and 10,000,000 m²")),
                ("load_weight", 0.0, 0.8, _("must lie between 0 and 0.8")),
                ("most", 1, 999, _("must lie between 1 and 999")),
            )
            if not low <= getattr(self, name) <= high
        ]
        if not faults and self.open_m2 < self.built_m2:
            faults.append(Fault("open_m2", _("must not be smaller than in the built-up area"), f"{self.open_m2:g}"))
        if faults:
            raise InvalidInput(_("The city cannot be divided like this."), faults=faults)
        return self


@dataclass(frozen=True, slots=True)
class Communities:
    """Communities side by side: ``codes`` ``(n,)`` 12 digits each, ``shapes`` ``(n,)`` polygons or multipolygons."""

    codes: tuple[str, ...]
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.codes)


def told(place: str) -> Any:
    """Return the fault that a place has no communities."""
    return InvalidInput(
        _("%(place)s has no communities with a border: import them first, unit grids are divided inside communities.")
        % {"place": place}
    )
