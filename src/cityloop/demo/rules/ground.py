"""The ground of the city: irregular communities side by side, streets made of them, unit grids cut to them.

It lies in the open sea, so that nobody takes it for a real place.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.words import CITY, CITY_CODE, COMMUNITIES, STREETS
from cityloop.geography.rules.cells import Areas, cells_inside
from cityloop.geography.rules.shapes import column, metres_per_degree, polygonal

CENTRE_LON, CENTRE_LAT = 123.4, 31.2
HALF_WIDTH_M, HALF_HEIGHT_M = 2900.0, 2300.0
COLUMNS, ROWS = 6, 4
CELL_M = 200.0
LEAST_GRID = 0.3
"""Pieces smaller than this part of a whole cell join a neighbour of their community."""

ZONES = CORE, NORMAL, OUTER = "core", "normal", "outer"
CORE_COMMUNITIES, OUTER_COMMUNITIES = 8, 6


@dataclass(frozen=True, slots=True)
class Area:
    """A region or unit grid to be; ``shape`` in degrees, ``zone`` the timing zone of a grid or community."""

    code: str
    name: str
    parent: str
    shape: Any
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """All areas of the city, each list ordered by code."""

    district: Area
    streets: tuple[Area, ...]
    communities: tuple[Area, ...]
    grids: tuple[Area, ...]

    def name(self, code: str) -> str:
        """Return the name of a street or community."""
        return next(area.name for area in (*self.streets, *self.communities) if area.code == code)


def lay_out(seed: int) -> Ground:
    """Return the ground of the city that ``seed`` stands for."""
    source = chance(seed, "ground")
    shapes = column([_in_degrees(shape) for shape in _communities(source)])
    zones = _zones(shapes)
    communities = tuple(
        Area(f"{CITY_CODE}{street + 1:03d}{number + 1:03d}", f"{name}社区", f"{CITY_CODE}{street + 1:03d}", shape, zone)
        for (street, number), name, shape, zone in zip(_places(), COMMUNITIES, shapes, zones, strict=True)
    )
    communities = tuple(sorted(communities, key=lambda area: area.code))
    streets = tuple(
        Area(code, name, CITY_CODE, shapely.union_all([one.shape for one in communities if one.parent == code]))
        for code, name in ((f"{CITY_CODE}{number + 1:03d}", name) for number, name in enumerate(STREETS))
    )
    whole = shapely.union_all([street.shape for street in streets])
    return Ground(Area(CITY_CODE, CITY, "", whole), streets, communities, tuple(_grids(communities)))


def point_in(shape: Any, source: Random) -> tuple[float, float]:
    """Return lon and lat of a point drawn evenly from ``shape``."""
    west, south, east, north = shape.bounds
    while True:
        lon, lat = source.uniform(west, east), source.uniform(south, north)
        if shapely.contains_xy(shape, lon, lat):
            return round(lon, 7), round(lat, 7)


def point_near(lon: float, lat: float, spread_m: float, source: Random) -> tuple[float, float]:
    """Return a point about ``spread_m`` metres from another, in any direction."""
    lon_m, lat_m = metres_per_degree(lat)
    east, north = source.gauss(0, spread_m), source.gauss(0, spread_m)
    return round(lon + east / lon_m, 7), round(lat + north / lat_m, 7)


# --- borders, in metres from the centre


def _places() -> list[tuple[int, int]]:
    """Return for each community, row by row from the north-west, its street's number and its own in the street."""
    half_columns, half_rows = COLUMNS // 2, ROWS // 2
    return [
        ((row // half_rows) * 2 + place // half_columns, (row % half_rows) * half_columns + place % half_columns)
        for row in range(ROWS)
        for place in range(COLUMNS)
    ]


def _communities(source: Random) -> list[Any]:
    """Return the communities as polygons that share their borders, row by row from the north-west."""
    outline = _outline(source)
    seats = _seats(source)
    around = shapely.buffer(outline, 1000)  # borders run on beyond the outline, which then cuts them
    edges = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seats), extend_to=around, only_edges=True))
    ends = sorted(tuple(map(tuple, shapely.get_coordinates(edge).tolist())) for edge in edges)
    bends = [source.uniform(-1, 1) for _edge in ends]
    # Bent borders of a narrow corner may cross: then they are bent less, in the end not at all.
    for share in (0.12, 0.06, 0.0):
        lines = [_bent(edge, share * bend) for edge, bend in zip(ends, bends, strict=True)]
        found = _cells(lines, outline, seats)
        if found is not None:
            return found
    raise AssertionError("straight borders always part the seats")


def _outline(source: Random) -> Any:
    waves = [(order, source.uniform(0, math.tau), source.uniform(0.008, 0.02)) for order in (2, 3, 5, 7)]
    points = []
    for angle in np.linspace(0, math.tau, 72, endpoint=False).tolist():
        across, up = abs(math.cos(angle)) / HALF_WIDTH_M, abs(math.sin(angle)) / HALF_HEIGHT_M
        radius = (across**5 + up**5) ** -0.2  # a rectangle with round corners
        radius *= 1 + sum(height * math.cos(order * angle + phase) for order, phase, height in waves)
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    return shapely.polygons(points)


def _seats(source: Random) -> NDArray[np.float64]:
    """Return ``(24, 2)`` the points around which the communities lie, all well inside the outline."""
    east, north = 0.9 * HALF_WIDTH_M, 0.9 * HALF_HEIGHT_M
    return np.array(
        [
            (
                east * (2 * (place + 0.5 + source.uniform(-0.26, 0.26)) / COLUMNS - 1),
                north * (1 - 2 * (row + 0.5 + source.uniform(-0.26, 0.26)) / ROWS),
            )
            for row in range(ROWS)
            for place in range(COLUMNS)
        ]
    )


def _bent(ends: Sequence[tuple[float, float]], bend: float) -> Any:
    """Return a border between two ends, bent to one side by ``bend`` of its length, in three steps."""
    (x, y), (to_x, to_y) = ends[0], ends[-1]
    run, rise = to_x - x, to_y - y
    steps = ((0.0, 0.0), (0.25, 0.7 * bend), (0.5, bend), (0.75, 0.7 * bend), (1.0, 0.0))
    return shapely.linestrings([(x + run * t - rise * off, y + rise * t + run * off) for t, off in steps])


def _cells(lines: Sequence[Any], outline: Any, seats: NDArray[np.float64]) -> list[Any] | None:
    """Return the face around each seat; None where the lines cross and so make other faces."""
    noded = shapely.union_all([*lines, outline.boundary], grid_size=0.01)
    faces = [
        face for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))) if _is_inside(face, outline)
    ]
    held = [[face for face in faces if shapely.contains_xy(face, *seat)] for seat in seats.tolist()]
    if len(faces) != len(seats) or any(len(found) != 1 for found in held):
        return None
    return [found[0] for found in held]


def _is_inside(face: Any, outline: Any) -> bool:
    return bool(shapely.contains(outline, shapely.point_on_surface(face)))


def _in_degrees(shape: Any) -> Any:
    lon_m, lat_m = metres_per_degree(CENTRE_LAT)

    def move(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        # A border's points are rounded alike on both sides: it stays one border.
        return np.round(metres / (lon_m, lat_m) + (CENTRE_LON, CENTRE_LAT), 7)

    return shapely.transform(shape, move)


# --- zones, grids


def _zones(shapes: NDArray[np.object_]) -> list[str]:
    """Return the timing zone of each community: the nearest to the centre are its core, the farthest lie outside."""
    centre = shapely.points(CENTRE_LON, CENTRE_LAT)
    nearest = np.argsort(shapely.distance(shapely.centroid(shapes), centre), kind="stable").tolist()
    zones = [NORMAL] * len(nearest)
    for place in nearest[:CORE_COMMUNITIES]:
        zones[place] = CORE
    for place in nearest[-OUTER_COMMUNITIES:]:
        zones[place] = OUTER
    return zones


def _grids(communities: Sequence[Area]) -> list[Area]:
    codes = np.array([area.code for area in communities], dtype=str)
    # Even the smallest piece is kept: it joins a neighbour, and no ground is in no grid.
    cells = cells_inside(Areas(codes, column([area.shape for area in communities])), CELL_M, sliver=1e-9)
    whole = float(np.max(shapely.area(cells.shapes)))
    of = np.array([code[:12] for code in cells.codes.tolist()])
    grids = []
    for area in communities:
        pieces = _joined([polygonal(piece) for piece in cells.shapes[of == area.code]], LEAST_GRID * whole)
        grids += [
            Area(f"{area.code}{number:03d}", f"{area.name}{number}号", area.code, piece, area.zone)
            for number, piece in enumerate(pieces, start=1)
        ]
    return grids


def _joined(pieces: list[Any], least: float) -> list[Any]:
    """Return ``pieces`` with each one smaller than ``least`` joined to the neighbour with the longest common border."""
    while len(pieces) > 1:
        smallest = min(range(len(pieces)), key=lambda place: pieces[place].area)
        if pieces[smallest].area >= least:
            break
        small = pieces.pop(smallest)
        shared = [shapely.length(shapely.intersection(small, piece)) for piece in pieces]
        place = shared.index(max(shared))
        pieces[place] = polygonal(shapely.union_all([pieces[place], small]))
    return pieces
