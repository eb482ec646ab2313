"""Where things happen: at kerbs, the busier the ground behind them, and how people say where that is."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import NamedTuple

import numpy as np
import shapely

from cityloop.demo.rules.ground import CORE, NORMAL, Ground, RoadClass, Use
from cityloop.demo.rules.ground.buildings import HALF_ROAD_M
from cityloop.demo.rules.ground.extent import CENTRE_LAT, CENTRE_LON
from cityloop.demo.rules.ground.layout import Layout
from cityloop.geography.rules.shapes import metres_per_degree

BUSY_USE: Mapping[Use, float] = {
    Use.MARKET: 7, Use.STATION: 5, Use.COMMERCE: 4, Use.SCHOOL: 3, Use.OLD: 3, Use.CROWDED: 3, Use.HOSPITAL: 2.5,
    Use.SQUARE: 2, Use.ESTATE: 1.6, Use.TOWER: 1.2, Use.OFFICE: 1, Use.PARK: 0.7, Use.INDUSTRY: 0.5, Use.BANK: 0.4,
    Use.COUNTRY: 0.05,
}  # fmt: skip
"""How much happens along a metre of kerb before ground of a use."""

BUSY_ROAD = {RoadClass.MAIN: 1.2, RoadClass.SIDE: 1.3, RoadClass.LANE: 0.8}
BUSY_ZONE = {CORE: 1.9, NORMAL: 1.2}

LON_M, LAT_M = metres_per_degree(CENTRE_LAT)

IN = 0.1
"""As near to the middle of the road, as a part of the way to its kerb, every kerb's middle has its own ground behind it."""

PLATE_M = 14.0
"""From one house number to the next but one: odd on the left, even on the right."""

CORNER_M = 42.0
"""As near to a crossing people name the crossing."""

SIDES = ("东侧", "东南侧", "南侧", "西南侧", "西侧", "西北侧", "北侧", "东北侧")
SPOTS = (
    "门前",
    "门口人行道",
    "对面人行道",
    "旁",
    "门前非机动车道",
    "公交站旁",
    "东侧",
    "西侧",
    "路边",
    "楼下",
    "围墙外",
    "南侧绿化带旁",
)
GATES = ("南门外", "北门外", "东门口", "西门口", "门口", "旁边", "小广场", "围墙边", "停车场出入口", "门前人行道")


class Place(NamedTuple):
    """A place in the street: degrees, metres from the centre, the face and road that it lies at, the house number there."""

    lon: float
    lat: float
    x: float
    y: float
    community: int
    face: int
    road: int
    number: int


@dataclass(frozen=True, slots=True)
class Kerb:
    """A straight piece of one side of a road, in metres: ends, the way to the pavement, where the road's numbers are."""

    x: float
    y: float
    run: tuple[float, float]
    out: tuple[float, float]
    face: int
    road: int
    along: float
    is_left: bool


class Whereabouts:
    """The kerbs of a city: draws places, and says where they are."""

    def __init__(self, ground: Ground) -> None:
        layout = ground.layout
        self.layout = layout
        self.streets = {area.code: area.name for area in ground.streets}
        self.communities = ground.communities
        self.community_of = layout.division.community.tolist()
        self.kerbs = _kerbs(layout)
        weights = [self._busy(kerb, ground) for kerb in self.kerbs]
        self.sums = list(accumulate(weights))
        self.by_use: dict[Use, list[int]] = defaultdict(list)
        for place, kerb in enumerate(self.kerbs):
            self.by_use[layout.uses[kerb.face]].append(place)
        self.by_face: dict[int, list[int]] = defaultdict(list)
        for place, kerb in enumerate(self.kerbs):
            self.by_face[kerb.face].append(place)
        self.faces = shapely.STRtree(layout.faces.shapes)
        self.tree = shapely.STRtree(
            shapely.points(
                [(one.x + one.run[0] / 2 + one.out[0], one.y + one.run[1] / 2 + one.out[1]) for one in self.kerbs]
            )
        )
        corners = _corners(layout)
        self.corners = shapely.STRtree(shapely.points(list(corners)))
        self.corner_roads = list(corners.values())

    def _busy(self, kerb: Kerb, ground: Ground) -> float:
        layout, long = self.layout, float(np.hypot(*kerb.run))
        zone = ground.communities[self.community_of[kerb.face]].zone
        road = BUSY_ROAD[layout.roads[kerb.road].kind]
        return long * road * BUSY_USE[layout.uses[kerb.face]] * BUSY_ZONE.get(zone, 1.0)

    def draw(self, source: Random) -> Place:
        """Draw a place anywhere in the city."""
        place = bisect_right(self.sums, source.random() * self.sums[-1])
        return self._at(self.kerbs[min(place, len(self.kerbs) - 1)], source.random(), source)

    def draw_before(self, uses: Sequence[Use], source: Random) -> Place:
        """Draw a place before ground of one of ``uses``, or anywhere where there is none."""
        own = [use for use in uses if self.by_use[use]]
        if not own:
            return self.draw(source)
        return self._at(self.kerbs[source.choice(self.by_use[source.choice(own)])], source.random(), source)

    def near(self, place: Place, spread_m: float, source: Random) -> Place:
        """Draw a place near another, along the kerbs around it."""
        spot = shapely.points(place.x + source.gauss(0, spread_m), place.y + source.gauss(0, spread_m))
        near = int(self.tree.query_nearest(spot, all_matches=False)[0])
        return self._at(self.kerbs[near], source.random(), source)

    def at(self, lon: float, lat: float, east: float, north: float) -> Place:
        """Return the place so many metres east and north of a position, named by the nearest kerb; within its community."""
        x, y = (lon - CENTRE_LON) * LON_M, (lat - CENTRE_LAT) * LAT_M
        face = int(self.faces.query_nearest(shapely.points(x, y), all_matches=False)[0])
        if shapely.contains_xy(self.layout.faces.shapes[face], x + east, y + north):
            x, y = x + east, y + north
        near = min(self.by_face[face], key=lambda one: self._away(one, x, y))
        share = min(1.0, max(0.0, self._share(self.kerbs[near], x, y)))
        return self._at(self.kerbs[near], share, None)._replace(lon=_lon(x), lat=_lat(y), x=x, y=y)

    def _away(self, kerb: int, x: float, y: float) -> float:
        one = self.kerbs[kerb]
        return math.hypot(one.x + one.run[0] / 2 + one.out[0] - x, one.y + one.run[1] / 2 + one.out[1] - y)

    @staticmethod
    def _share(kerb: Kerb, x: float, y: float) -> float:
        """Return how far along a kerb a point lies, 0 at its beginning and 1 at its end."""
        east, north = kerb.run
        return ((x - kerb.x) * east + (y - kerb.y) * north) / max(east * east + north * north, 1e-9)

    def _at(self, kerb: Kerb, share: float, source: Random | None) -> Place:
        """Return the place so far along a kerb, on the pavement; nearer to the road where the block is too narrow."""
        face = self.layout.faces.shapes[kerb.face]
        ways = (
            (share, source.uniform(0.82, 1.25) if source else 0.9),
            (share, 0.5),
            (share, IN),
            (0.5, 0.5),
            (0.5, IN),
        )
        for share, out in ways:  # noqa: PLR1704  # where the block is too narrow there, it is not in its middle
            x = kerb.x + share * kerb.run[0] + out * kerb.out[0]
            y = kerb.y + share * kerb.run[1] + out * kerb.out[1]
            if shapely.contains_xy(face, x, y):
                break
        number = 2 * int((kerb.along + share * float(np.hypot(*kerb.run))) / PLATE_M) + (1 if kerb.is_left else 2)
        return Place(_lon(x), _lat(y), x, y, self.community_of[kerb.face], kerb.face, kerb.road, number)

    def say(self, place: Place, source: Random) -> str:
        """Return the address of a place as somebody who stands there gives it."""
        area = self.communities[place.community]
        where = f"{self.streets[area.parent]}{area.name}"
        road = self.layout.roads[place.road].name
        name = self.layout.names[place.face]
        way = source.random()
        if way < 0.3 and (corner := self._corner(place)):
            return f"{where}{corner}"
        if way < 0.55 and name:
            return (
                f"{where}{name}{source.choice(GATES)}（{road}）"
                if source.random() < 0.5
                else f"{where}{road}{name}{source.choice(GATES)}"
            )
        return f"{where}{road}{place.number}号{source.choice(SPOTS)}"

    def road(self, place: Place) -> str:
        return self.layout.roads[place.road].name

    def name(self, place: Place) -> str:
        """Return what the ground behind the kerb is called; ``""`` where it has no name."""
        return self.layout.names[place.face]

    def _corner(self, place: Place) -> str:
        near = int(self.corners.query_nearest(shapely.points(place.x, place.y), all_matches=False)[0])
        x, y = shapely.get_coordinates(self.corners.geometries[near])[0].tolist()
        east, north = place.x - x, place.y - y
        away = float(np.hypot(east, north))
        roads = self.corner_roads[near]
        if away > CORNER_M or place.road not in roads:
            return ""
        other = next(one for one in roads if one != place.road)
        side = SIDES[round(float(np.degrees(np.arctan2(-north, east))) / 45) % 8]
        names = (self.layout.roads[place.road].name, self.layout.roads[other].name)
        return f"{names[0]}与{names[1]}交叉口{side}" + (f"约{max(5, round(away / 5) * 5)}米" if away > 12 else "")


def _lon(x: float) -> float:
    return round(x / LON_M + CENTRE_LON, 7)


def _lat(y: float) -> float:
    return round(y / LAT_M + CENTRE_LAT, 7)


def _kerbs(layout: Layout) -> list[Kerb]:
    """Return both sides of each straight piece of each named road, where there is ground behind."""
    faces = layout.faces
    named = np.flatnonzero(layout.road_of >= 0)
    points, edge = shapely.get_coordinates(faces.edges[named], return_index=True)
    same = edge[:-1] == edge[1:]
    first, last, edge = points[:-1][same], points[1:][same], named[edge[:-1][same]]
    run = last - first
    long = np.hypot(*run.T)
    across = np.column_stack((-run[:, 1], run[:, 0])) / np.maximum(long, 1e-6)[:, None]
    half = np.array([HALF_ROAD_M[kind] for kind in layout.kinds[edge].tolist()])
    road = layout.road_of[edge]
    lines = np.array([one.line for one in layout.roads], dtype=object)[road]
    along = shapely.line_locate_point(lines, shapely.points(first)).tolist()
    found = []
    for side, beside in ((1.0, faces.left), (-1.0, faces.right)):
        out = side * half[:, None] * across
        inside = shapely.contains_xy(faces.shapes[beside[edge]], *(first + run / 2 + IN * out).T).tolist()
        rows = zip(
            first.tolist(),
            run.tolist(),
            out.tolist(),
            beside[edge].tolist(),
            road.tolist(),
            along,
            long.tolist(),
            inside,
            strict=True,
        )
        found += [
            Kerb(x, y, (e, n), (oe, on), face, number, at, side > 0)
            for (x, y), (e, n), (oe, on), face, number, at, metres, is_in in rows
            if face >= 0 and metres > 0.5 and is_in
        ]
    return found


def _corners(layout: Layout) -> dict[tuple[float, float], tuple[int, ...]]:
    """Return where two or more named roads meet, and which."""
    named = np.flatnonzero(layout.road_of >= 0)
    meeting: dict[tuple[float, float], set[int]] = defaultdict(set)
    for place in (0, -1):
        ends = shapely.get_coordinates(shapely.get_point(layout.faces.edges[named], place))
        for (x, y), road in zip(ends.tolist(), layout.road_of[named].tolist(), strict=True):
            meeting[x, y].add(road)
    return {at: tuple(sorted(roads)) for at, roads in meeting.items() if len(roads) > 1}
