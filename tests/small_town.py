"""A small made-up town for the checks of the map: a river, roads of each class, blocks with houses, a park, parts, cases."""

from datetime import date
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from shapely import affinity

from cases.conftest import BROKEN_COVER, PHOTOS, Desk
from cast import CITY, Cast, make_cast
from cityloop.assets.actions import add_parts
from cityloop.assets.rules import NewPart
from cityloop.geography.actions import lay_regular_grid
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from pasting import once

SINCE = date(2020, 1, 1)
WEST, SOUTH, SIDE = 120.0, 30.0, 0.03
MIDDLE = (WEST + SIDE / 2, SOUTH + SIDE / 2)
STEP = 0.003
"""Degrees between two roads."""

NAMES = ["长安", "文昌", "滨河", "学府", "建设", "解放", "和平", "青年", "东风", "光明", "迎宾"]


def ground() -> Ground:
    """The town, the same each time."""
    chance = np.random.default_rng(7)
    wave = [(WEST + x * SIDE, SOUTH + SIDE * (0.28 + 0.05 * np.sin(x * 7))) for x in np.linspace(-0.2, 1.2, 40)]
    river = shapely.LineString(wave).buffer(0.0011)
    park = shapely.Point(WEST + SIDE * 0.62, SOUTH + SIDE * 0.66).buffer(STEP * 0.9).simplify(0.0002)
    roads, buildings = [], []
    for n in range(11):
        kind = "arterial" if n == 5 else "secondary" if n % 3 == 2 else "lane"
        at = n * STEP
        along = [(WEST + x * STEP, SOUTH + at + 0.0001 * np.sin(x)) for x in range(11)]
        up = [(WEST + at + 0.0001 * np.sin(y), SOUTH + y * STEP) for y in range(11)]
        for name, points in ((f"{NAMES[n]}路", along), (f"{NAMES[n]}街", up)):
            line = shapely.LineString(points)
            dry, wet = line.difference(river), line.intersection(river)
            roads.append(NewRoad(kind, dry, name))
            if not wet.is_empty and kind != "lane":
                roads.append(NewRoad(kind, wet, name, is_bridge=True))
    taken = shapely.union_all([river.buffer(0.0002), park])
    for column in range(10):
        for row in range(10):
            west, south = WEST + column * STEP, SOUTH + row * STEP
            for n in range(9):
                wide, deep = chance.uniform(0.00035, 0.0006), chance.uniform(0.0002, 0.0004)
                house = shapely.box(0, 0, wide, deep)
                house = affinity.translate(house, west + 0.0006 + (n % 3) * 0.0007, south + 0.0006 + (n // 3) * 0.0007)
                if not house.intersects(taken):
                    kind, name = ("school", "第一小学") if (column, row, n) == (4, 4, 4) else ("residential", "")
                    buildings.append(NewBuilding(house, kind, name, 12.0))
    areas = [NewArea("water", river, "清水河"), NewArea("park", park, "人民公园")]
    return Ground(roads, buildings, areas)


def parts() -> list[NewPart]:
    """Lamps and covers along every road."""
    found: list[NewPart] = []
    for n in range(11):
        for m in range(60):
            spot = shapely.Point(WEST + m * SIDE / 60, SOUTH + n * STEP + 0.00008)
            class_code = "01001" if m % 3 else "01003"
            state = "damaged" if (n * m) % 37 == 5 else "intact"
            found.append(NewPart(f"{CITY}{class_code}{len(found) + 1:06}", spot, state=state))
    return found


def make_town() -> Cast:
    """Make the cast, their town, and cases on their way all over it."""
    return once("small town", _make_town)


def _make_town() -> Cast:
    cast = make_cast()
    lay_regular_grid(CITY, WEST, SOUTH, WEST + SIDE, SOUTH + SIDE, 200, SINCE, name="环城市")
    add_ground(CITY, ground(), SINCE)
    add_parts(CITY, parts(), SINCE)
    desk = Desk(cast)
    chance = np.random.default_rng(3)
    classes = ("part/01001", "event/09001", "event/06001", "event/07001", "event/08001")
    for n in range(28):
        x, y = chance.normal(0.5, 0.2, 2).clip(0.03, 0.97).tolist()
        spot = {"lon": round(WEST + SIDE * x, 6), "lat": round(SOUTH + SIDE * y, 6), "system": "wgs84"}
        inputs: dict[str, Any] = {"point": spot, "photos": PHOTOS}
        if n % 5 == 0:
            desk.in_disposal(**inputs, condition=BROKEN_COVER)
        else:
            category = f"gb47678_2026/{classes[n % 5]}"
            desk.report(category=category, condition=None, key=uuid4(), **inputs)
    return cast
