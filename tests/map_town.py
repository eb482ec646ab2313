"""Two cities side by side with ground, grids, parts and cases: what the checks of the map look at."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from cases.conftest import POINT, Desk
from cast import CITY, NOW, OTHER_CITY, Cast, make_cast, make_person
from cityloop.assets.actions import add_parts
from cityloop.assets.rules import NewPart
from cityloop.cases import actions as loop
from cityloop.geography.actions import lay_regular_grid
from cityloop.onemap import queries as onemap
from cityloop.onemap.rules import Look, Moment, Tile
from cityloop.organisation.queries import viewer_of
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from pasting import once
from vector_tiles import Layers, read

SINCE = date(2020, 1, 1)
WEST, SOUTH = 120.0, 30.0
LON, LAT = 120.005, 30.005
ALL = (
    "areas,buildings,roads,pois,addresses,regions,unit_grids,duty_grids,management_grids,evaluation_grids,extension_grids,"
    "parts,cases,streetview"
)
WHO = (
    "dispatcher",
    "collector",
    "dept_clerk",
    "municipal_clerk",
    "handler",
    "leader",
    "citizen",
    "stranger",
    "their_duty_chief",
    None,
)
"""One of each kind of sight, the other city's too, and somebody who has not signed in."""


@pytest.fixture
def at_the_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The map's clock stands at the cast's."""
    monkeypatch.setattr("cityloop.kernel.clock.machine_now", lambda: NOW)
    for module in ("organisation.queries.viewers", "site.maps", "site.kept_tiles"):
        monkeypatch.setattr(f"cityloop.{module}.machine_now", lambda: NOW)
    with translation.override("en"):
        yield


@pytest.fixture
def town(db: None, at_the_hour: None) -> Cast:
    """Two cities side by side, each with ground, grids, parts; cases in hand in the first, one in the second."""
    return once("map town", make_town)


def make_town() -> Cast:
    """Make both cities; ``town`` is them, pasted."""
    first = make_cast()
    for code, west in ((CITY, WEST), (OTHER_CITY, WEST + 0.01)):
        lay_regular_grid(code, west, SOUTH, west + 0.01, SOUTH + 0.01, 250, SINCE, name=f"city {code}")
        middle = shapely.Point(west + 0.005, SOUTH + 0.005)
        line = shapely.LineString([(west, SOUTH + 0.004), (west + 0.01, SOUTH + 0.004)])
        ground = Ground(
            [NewRoad("arterial", line, f"{code}路"), NewRoad("lane", shapely.affinity.translate(line, 0, 0.001), f"{code}巷")],
            [NewBuilding(middle.buffer(0.0004), "school", f"{code}学校")],
            [NewArea("water", shapely.box(west, SOUTH, west + 0.01, SOUTH + 0.002), f"{code}河")],
        )  # fmt: skip
        add_ground(code, ground, SINCE)
        points = [shapely.Point(west + 0.0005 + 0.0001 * n, SOUTH + 0.003) for n in range(80)]
        add_parts(code, [NewPart(f"{code}01001{n:06}", point) for n, point in enumerate(points, 1)], SINCE)
    theirs = {f"their_{post}": make_person(f"their_{post}", post, OTHER_CITY) for post in ("acceptor", "duty_chief")}
    people = {**first.people, **theirs}
    cast = Cast(CITY, people, first.departments)
    desk = Desk(cast)
    desk.in_disposal()
    desk.filed(point={**POINT, "lon": LON + 0.002})
    desk.report("citizen", point={**POINT, "lon": LON + 0.003, "lat": LAT + 0.003}, source="app")
    inputs = {
        "source": "hotline", "category": "gb47678_2026/part/01001", "point": {**POINT, "lon": LON + 0.01},
        "description": "a hole", "address": "x",
    }  # fmt: skip
    acceptor = viewer_of(people["their_acceptor"], NOW)
    loop.report(OTHER_CITY, inputs, actor=acceptor, key=uuid4(), via="api", now=NOW)
    return cast


def look(cast: Cast, who: str | None) -> Look:
    viewer = viewer_of(cast[who] if who else None, NOW)
    moments = {code: Moment(code, NOW, NOW.date()) for code in (CITY, OTHER_CITY)}
    return Look(viewer, tuple(moments[code] for code in sorted(viewer.works_in)), tuple(moments.values()), "en")


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=cast[who]))
    return client


def address(names: str, zoom: int, lon: float = LON, lat: float = LAT) -> str:
    at = Tile.around(lon, lat, zoom)
    return f"/tiles/{names}/{at.zoom}/{at.x}/{at.y}.mvt"


def tiles_over(zoom: int) -> list[Tile]:
    """All tiles that touch the two cities, and their neighbours."""
    first, last = Tile.around(WEST, SOUTH + 0.01, zoom), Tile.around(WEST + 0.02, SOUTH, zoom)
    return [
        Tile(zoom, x, y)
        for x in range(max(first.x - 1, 0), min(last.x + 2, 1 << zoom))
        for y in range(max(first.y - 1, 0), min(last.y + 2, 1 << zoom))
    ]


def drawn(cast: Cast, who: str | None, at: Tile, names: str = ALL) -> Layers:
    return read(onemap.tile(onemap.named(names.split(",")), at, look(cast, who)))
