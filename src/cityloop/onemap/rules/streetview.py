"""Street view on the ground: what is known of a picture, which of several is shown, where the next one stands.

Distances are a hundred metres at most: the ground is taken as flat around a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians
from typing import Final

REACH_M: Final = 50.0
"""Farther than this from a place, a picture does not show it."""

ABOUT_M: Final = 15.0
"""A picture that is newer than the nearest one, and this much farther at most, is shown in its stead."""

NEXT_M: Final = 30.0
"""Pictures of the same drive that stand nearer than this are led to by arrows."""

DEGREE_M: Final = 111_320.0

Spot = tuple[float, float]
"""Longitude and latitude in degrees, CGCS2000 or WGS 84."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What is known of one picture that is taken into street view.

    Args:
        kind: A ``StreetKind``.
        taken: RFC 3339 with an offset; "" where nobody knows.
        heading_deg: Where its middle looks, clockwise from north, 0 ≤ … < 360; None where nobody knows.
        pitch_deg: How far its middle looks up; -90 to 90.
        roll_deg: How far the camera was turned about its view; -180 to 180.
        width: Pixels of the picture as it is stored.
    """

    kind: str
    lon: float
    lat: float
    width: int
    height: int
    taken: str = ""
    heading_deg: float | None = None
    pitch_deg: float = 0.0
    roll_deg: float = 0.0

    @property
    def spot(self) -> Spot:
        return self.lon, self.lat


@dataclass(frozen=True, slots=True)
class Near:
    """A picture near a place: how far from it, and from which day it is."""

    id: int
    metres: float
    day: date


def turned(angle_deg: float) -> float:
    """Return an angle as one of 0 ≤ … < 360 degrees, to a tenth."""
    return round(angle_deg % 360.0, 1) % 360.0


def metres(start: Spot, end: Spot) -> float:
    """Return how far apart two places are."""
    return hypot(*_east_north(start, end))


def bearing(start: Spot, end: Spot) -> float:
    """Return in which direction one looks from ``start`` to ``end``: degrees clockwise from north; 0 where both are one place."""
    east, north = _east_north(start, end)
    return turned(degrees(atan2(east, north)))


def _east_north(start: Spot, end: Spot) -> tuple[float, float]:
    middle = radians((start[1] + end[1]) / 2)
    return (end[0] - start[0]) * DEGREE_M * cos(middle), (end[1] - start[1]) * DEGREE_M


def shown_of(near: Sequence[Near]) -> Near | None:
    """Return the picture that is shown of several: the newest of those that stand about as near as the nearest.

    So where the same street was driven through twice, the later drive is seen.
    """
    reached = [one for one in near if one.metres <= REACH_M]
    if not reached:
        return None
    least = min(one.metres for one in reached)
    about = [one for one in reached if one.metres <= least + ABOUT_M]
    newest = max(one.day for one in about)
    return min((one for one in about if one.day == newest), key=lambda one: (one.metres, one.id))


def headings_along(spots: Sequence[Spot]) -> list[float | None]:
    """Return in which direction somebody went at each spot of a way: towards the next one, at its end as they came.

    Where the way stands still, or jumps farther than twice ``REACH_M``, nobody can tell: None.
    """
    steps: list[float | None] = []
    for start, end in pairwise(spots):
        far = metres(start, end)
        steps.append(bearing(start, end) if 1.0 <= far <= 2 * REACH_M else None)
    found: list[float | None] = []
    for place in range(len(spots)):
        ahead = steps[place] if place < len(steps) else None
        behind = steps[place - 1] if place else None
        found.append(ahead if ahead is not None else behind)
    return found
