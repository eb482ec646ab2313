"""``tile``: tiles of parts, roads and buildings at every zoom, beside the leanest statement that makes a tile of the same points."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from statistics import quantiles
from typing import Any

import numpy as np
import shapely

from bench.ground import cluster, figure, say

SEED = 20261122
PARTS = 1_000_000
WEST, SOUTH, SIDE = 120.0, 30.0, 0.25
"""Degrees: some 24 by 28 km."""

CITY = "990101"
ZOOMS = range(10, 19)
TILES = 40
"""Of each zoom."""

# What any client could ask by psycopg itself: the same points, their id and class, no rights, no names.
RAW = """
SELECT ST_AsMVT(t, 'parts', 4096, 'geom', 'id') FROM (
    SELECT ST_AsMVTGeom(mercator, ST_TileEnvelope(%s, %s, %s), 4096, 0, true) AS geom, id, class_code AS class
    FROM assets_part WHERE geometry && ST_MakeEnvelope(%s, %s, %s, %s, 4490)
) AS t
"""


def tile() -> None:
    """Milliseconds of a tile: the slowest in a hundred at each zoom, and the pace at zoom 17 beside the raw statement's."""
    with cluster():
        from django.db import connection

        from cityloop.onemap import queries as onemap
        from cityloop.onemap.rules import Look, Moment, Tile
        from cityloop.organisation.queries import city
        from cityloop.organisation.rules.staffing import HeldPost, Viewer

        _fill()
        home = Viewer(1, "bench", (HeldPost("dispatcher", CITY),), frozenset({CITY}))
        moment = Moment(CITY, city(CITY).now(), city(CITY).today())
        look = Look(home, (moment,), (moment,), "zh-hans")
        layers = onemap.named(["parts"])
        chance = np.random.default_rng(SEED + 1)
        spots = [(WEST + SIDE * x, SOUTH + SIDE * y) for x, y in chance.uniform(0.02, 0.98, (TILES, 2))]
        taken: list[float] = []
        for zoom in ZOOMS:
            times, largest = [], 0
            for lon, lat in spots:
                started = time.perf_counter()
                body = onemap.tile(layers, Tile.around(lon, lat, zoom), look)
                times.append((time.perf_counter() - started) * 1000)
                largest = max(largest, len(body))
            taken += times
            say(
                f"  zoom {zoom}: median {sorted(times)[len(times) // 2]:.1f} ms, slowest {max(times):.1f} ms, largest {largest} bytes"
            )
        figure("tile.p99", quantiles(taken, n=100)[98], "ms", n=len(taken))
        close = [Tile.around(lon, lat, 17) for lon, lat in spots]

        def raw(at: Tile) -> None:
            with connection.cursor() as cursor:
                cursor.execute(RAW, [at.zoom, at.x, at.y, *at.degrees()])
                cursor.fetchone()

        ours = _pace(lambda at: onemap.tile(layers, at, look), close)
        lean = _pace(raw, close)
        figure("tile.rate", ours, "1/s", n=len(spots), ratio=round(ours / lean, 2), raw=round(lean))


def _pace(make: Callable[[Any], object], tiles: Sequence[Any]) -> float:
    """Return how many of ``tiles`` are made in a second, after one round that warms."""
    for at in tiles:
        make(at)
    rounds = 5
    started = time.perf_counter()
    for _round in range(rounds):
        for at in tiles:
            make(at)
    return rounds * len(tiles) / (time.perf_counter() - started)


def _fill() -> None:
    """A million points, denser in the middle, as a city's lamps and covers stand."""
    from cityloop.assets.actions import NewPart, add_parts
    from cityloop.organisation.actions import create_jurisdiction
    from cityloop.standards.actions import load_package_data

    load_package_data()
    create_jurisdiction(CITY, "环城市")
    chance = np.random.default_rng(SEED)
    places = np.clip(chance.normal(0.5, 0.22, (PARTS, 2)), 0, 1) * SIDE + (WEST, SOUTH)
    points = shapely.points(places)
    started = time.perf_counter()
    classes = ("01001", "01002", "01003", "01004")
    add_parts(
        CITY,
        [NewPart(f"{CITY}{classes[n % 4]}{n // 4 + 1:06}", point) for n, point in enumerate(points)],
        date(2020, 1, 1),
    )
    say(f"  {PARTS} parts written in {time.perf_counter() - started:.0f} s")
