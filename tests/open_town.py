"""Two cities side by side with something on every layer, for the tests of the open data."""

from dataclasses import dataclass
from uuid import uuid4

import shapely

from cases.conftest import POINT, Desk
from cast import CITY, NOW, OTHER_CITY, Cast, make_cast, make_person
from cityloop.assets.actions import add_parts
from cityloop.assets.rules import NewPart
from cityloop.cases import actions as loop
from cityloop.geography.actions import lay_regular_grid
from cityloop.onemap.rules import Look, Moment
from cityloop.organisation.queries import city, viewer_of
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from map_town import SINCE, SOUTH, WEST
from pasting import once

PARTS = 40
"""Of each city."""


@dataclass(frozen=True)
class Town:
    cast: Cast

    def look(self, who: str | None) -> Look:
        viewer = viewer_of(self.cast[who] if who else None, NOW)
        moments = {code: Moment(code, NOW, NOW.date(), city(code).time_zone) for code in (CITY, OTHER_CITY)}
        return Look(viewer, tuple(moments[code] for code in sorted(viewer.works_in)), tuple(moments.values()), "en")


def make_town() -> Town:
    return once("open town", _make_town)


def _make_town() -> Town:
    cast = make_cast()
    for code, west in ((CITY, WEST), (OTHER_CITY, WEST + 0.01)):
        lay_regular_grid(code, west, SOUTH, west + 0.01, SOUTH + 0.01, 500, SINCE, name=f"city {code}")
        middle = shapely.Point(west + 0.005, SOUTH + 0.005)
        line = shapely.LineString([(west, SOUTH + 0.004), (west + 0.01, SOUTH + 0.004)])
        ground = Ground(
            [NewRoad("arterial", line, f"{code}路"), NewRoad("lane", shapely.affinity.translate(line, 0, 0.001), f"{code}'巷")],
            [NewBuilding(middle.buffer(0.0004), "school", f'{code}<学校> & "x"')],
            [NewArea("water", shapely.box(west, SOUTH, west + 0.01, SOUTH + 0.002), f"{code}河")],
        )  # fmt: skip
        add_ground(code, ground, SINCE)
        points = [shapely.Point(west + 0.0005 + 0.0001 * n, SOUTH + 0.003) for n in range(PARTS)]
        add_parts(code, [NewPart(f"{code}01001{n:06}", point) for n, point in enumerate(points, 1)], SINCE)
    theirs = {f"their_{post}": make_person(f"their_{post}", post, OTHER_CITY) for post in ("acceptor", "duty_chief")}
    people = {**cast.people, **theirs}
    made = Cast(CITY, people, cast.departments)
    desk = Desk(made)
    desk.in_disposal()
    desk.filed(point={**POINT, "lon": 120.007})
    desk.report("citizen", point={**POINT, "lon": 120.008, "lat": 30.008}, source="app")
    inputs = {
        "source": "hotline", "category": "gb47678_2026/part/01001", "point": {**POINT, "lon": 120.015},
        "description": "a hole", "address": "x", "reporter": {"name": "Somebody Here", "phone": "13812345678"},
    }  # fmt: skip
    acceptor = viewer_of(people["their_acceptor"], NOW)
    loop.report(OTHER_CITY, inputs, actor=acceptor, key=uuid4(), via="api", now=NOW)
    return Town(made)
