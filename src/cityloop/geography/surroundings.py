"""What stands in a city, told by the rooms that keep it: geography divides along roads without knowing who has them."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import shapely

from cityloop.geography.rules.division import Surroundings
from cityloop.geography.rules.shapes import Shapes

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Teller = Callable[[str, date, Box | None], Surroundings]

_tellers: dict[str, Teller] = {}


def register(name: str, teller: Teller) -> None:
    """Add one who tells what stands in a jurisdiction on a day; called once, when the app is ready."""
    _tellers[name] = teller


def surroundings(jurisdiction: str, on: date, within: Box | None = None) -> Surroundings:
    """Return all that is known to stand in a jurisdiction on a day, or what of it meets a box."""
    told = [teller(jurisdiction, on, within) for teller in _tellers.values()] or [Surroundings()]
    return Surroundings(
        np.concatenate([one.lines for one in told]),
        np.concatenate([one.strengths for one in told]),
        np.concatenate([one.water for one in told]),
        np.concatenate([one.buildings for one in told]),
        np.concatenate([one.loads for one in told]),
    )


def read_shapes(rows: Sequence[bytes | memoryview]) -> Shapes:
    """Return ``(n,)`` shapes from WKB as the database gives it."""
    made = np.empty(len(rows), dtype=object)
    if rows:
        made[:] = shapely.from_wkb([bytes(row) for row in rows])
    return made
