"""Water: the river with its mouth, creeks, the sea before the coast, a lake in the great park, ponds in the country."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import shapely

from cityloop.demo.rules.ground.plan import Plan, river_half

CREEK_HALF_M = 9.0


@dataclass(frozen=True, slots=True)
class Water:
    """Water of the flat plan: its name, whether it belongs to the city or is the sea beyond, its shape."""

    name: str
    kind: str
    shape: Any


def waters(plan: Plan, source: Random) -> list[Water]:
    """Return all water but ponds in parks: the river first."""
    return [
        Water("云汀江", "river", _river(plan)),
        *(Water(name, "creek", creek) for name, creek in _creeks(plan, source)),
        Water("听澜湖", "lake", _lake(plan, source)),
        *(Water("", "pond", pond) for pond in _ponds(plan, source)),
    ]


def sea(plan: Plan) -> Any:
    """Return the sea before the coast: beyond the city's border, but on its maps."""
    shore = plan.coast.shore(plan.extent)
    far = plan.extent.half_width * 1.75
    return shapely.polygons(np.vstack((shore, [(far, shore[-1, 1]), (far, shore[0, 1])])))


def _river(plan: Plan) -> Any:
    reach = plan.extent.half_width * 1.7
    u = np.linspace(-reach, reach, 260)
    half = river_half(plan.extent, u)
    band = shapely.polygons(np.vstack((np.column_stack((u, half)), np.column_stack((u, -half))[::-1])))
    beyond = shapely.box(-2 * reach, -reach, float(plan.coast(0.0)), reach)
    return shapely.intersection(band, shapely.union(beyond, plan.outline))


def _creeks(plan: Plan, source: Random) -> list[tuple[str, Any]]:
    found = []
    for name, side, east in (("松涧河", 1, -0.33), ("盐仓河", -1, 0.42)):
        v = np.linspace(0, side * plan.extent.half_height * 1.7, 130)
        start, lean = east * plan.extent.town_width, source.uniform(-0.22, 0.22)
        sway = [
            (0.05 / order, order * math.tau / plan.extent.half_height, source.uniform(0, math.tau))
            for order in (1, 2, 4)
        ]
        u = (
            start
            + lean * v
            + sum(plan.extent.half_height * high * np.sin(wave * v + phase) for high, wave, phase in sway)
        )
        bed = shapely.buffer(shapely.linestrings(np.column_stack((u, v))), CREEK_HALF_M)
        found.append((name, bed))
    return found


def _lake(plan: Plan, source: Random) -> Any:
    x, y = shapely.get_coordinates(plan.park)[0].tolist()
    return blob(x, y, 0.23 * plan.extent.main_road, source)


def _ponds(plan: Plan, source: Random) -> list[Any]:
    country = shapely.difference(shapely.buffer(plan.outline, -120), shapely.buffer(plan.town, 80))
    west, south, east, north = country.bounds
    ponds = []
    for _number in range(round(shapely.area(country) / 500_000)):
        x, y = source.uniform(west, east), source.uniform(south, north)
        pond = blob(x, y, source.uniform(18, 60), source)
        if shapely.contains(country, pond):
            ponds.append(pond)
    return ponds


def blob(x: float, y: float, across: float, source: Random) -> Any:
    """Return something round that nobody has drawn with a compass, about ``across`` metres from middle to edge."""
    angle = np.linspace(0, math.tau, 72, endpoint=False)
    waves = [(order, source.uniform(0, math.tau), source.uniform(0.06, 0.24) / order**0.5) for order in (1, 2, 3, 4)]
    radius = across * (1 + sum(high * np.cos(order * angle + phase) for order, phase, high in waves))
    squeezed = source.uniform(0.62, 1.0)
    turn = source.uniform(0, math.pi)
    u, v = radius * np.cos(angle), squeezed * radius * np.sin(angle)
    return shapely.polygons(
        np.column_stack((x + u * math.cos(turn) - v * math.sin(turn), y + u * math.sin(turn) + v * math.cos(turn)))
    )
