"""How large the city is, and how its plan is bent.

The city is drawn on a plan of straight lines, ``(u, v)`` in metres, ``v = 0`` being the river. ``Bend`` lays the plan on the
ground, ``(x, y)`` in metres from the centre, x to the east: there the river winds, and roads follow it, the less the
farther they lie. It lies in the open sea, so that nobody takes it for a real place.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.geography.rules.shapes import metres_per_degree

CENTRE_LON, CENTRE_LAT = 123.4, 31.2

Points = NDArray[np.float64]
"""``(n, 2)`` metres."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a city is, in metres.

    Args:
        half_width, half_height: Of the whole, countryside included.
        town_width, town_height: Half of what is built up.
        main_road: Between two arterials.
        side_road: Between two secondary roads.
        river: Half of the river's width where it enters.
    """

    half_width: float
    half_height: float
    town_width: float
    town_height: float
    main_road: float
    side_road: float
    river: float


FULL = Extent(4800, 3900, 3650, 2850, 830, 285, 52)
SMALL = Extent(1500, 1250, 1050, 850, 480, 240, 30)


class Bend:
    """Lays the plan on the ground; the same for the same chance."""

    def __init__(self, extent: Extent, source: Random) -> None:
        size = extent.half_width
        self.angle = source.choice((-1, 1)) * source.uniform(0.1, 0.26)
        self.reach = 0.34 * size
        self.river = [
            (share * size, math.tau / (long * size), source.uniform(0, math.tau))
            for share, long in ((0.055, 1.7), (0.024, 0.8), (0.006, 0.34))
        ]
        self.waves = [
            (0.017 * size, math.tau / (long * size), math.tau / (wide * size), source.uniform(0, math.tau))
            for long, wide in ((1.05, 1.3), (0.62, 0.9), (1.2, 0.95), (0.7, 0.66))
        ]
        self.old = (source.uniform(-0.04, 0.04) * size, extent.main_road)
        self.knots = [source.uniform(0, math.tau) for _number in range(4)]

    def __call__(self, plan: Points) -> Points:
        """Return where points of the plan lie on the ground."""
        moved = plan + self._shift(plan)
        turn = np.array([[math.cos(self.angle), math.sin(self.angle)], [-math.sin(self.angle), math.cos(self.angle)]])
        bent: Points = np.round(moved @ turn, 2)
        return bent

    def back(self, ground: Points) -> Points:
        """Return which points of the plan lie at points of the ground, to a metre or so."""
        turn = np.array([[math.cos(self.angle), -math.sin(self.angle)], [math.sin(self.angle), math.cos(self.angle)]])
        wanted = ground @ turn
        plan: Points = wanted.copy()
        for _step in range(12):
            plan = wanted - self._shift(plan)
        return plan

    def shape(self, plan: Any, step: float = 20.0) -> Any:
        """Return shapes of the plan on the ground; no edge is longer than ``step`` metres before it is bent."""
        return shapely.transform(shapely.segmentize(plan, step), self)

    def _shift(self, plan: Points) -> Points:
        u, v = plan[:, 0], plan[:, 1]
        nearness = 1 / (1 + (v / self.reach) ** 2)
        down = sum(high * np.sin(wave * u + phase) for high, wave, phase in self.river) * nearness
        (a, b, c, d) = (
            high * np.sin(along * v + phase) * np.cos(across * u - phase) for high, along, across, phase in self.waves
        )
        # Lanes of the old quarter wind: they were there before anybody drew a plan.
        (east, north), (p, q, r, s) = self.old, self.knots
        old = 7.0 * np.exp(-(((u - east) / north) ** 2 + ((v - 0.75 * north) / (0.62 * north)) ** 2))
        wind = old * np.sin(math.tau * (u + 0.5 * v) / 260 + p) + 0.5 * old * np.sin(math.tau * v / 120 + q)
        bend = old * np.sin(math.tau * (v - 0.4 * u) / 230 + r) + 0.5 * old * np.sin(math.tau * u / 130 + s)
        return np.column_stack((a + b + wind, down + c + d + bend))


def on_earth(shapes: Any) -> Any:
    """Return shapes of the ground in degrees, longitude first, to about a centimetre."""
    lon_m, lat_m = metres_per_degree(CENTRE_LAT)

    def move(metres: Points) -> Points:
        # A border's points are rounded alike on both sides: it stays one border.
        return np.round(metres / (lon_m, lat_m) + (CENTRE_LON, CENTRE_LAT), 7)

    return shapely.transform(shapes, move)
