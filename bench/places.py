"""``locate_batch`` and ``locate_one``: where points lie among 40,000 irregular grids, by the million and one by one."""

import time
from statistics import quantiles
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.ground import cluster, figure, rate_per_core, say

SEED = 20261122
SIDE = 200
"""Grids along a side of the mesh."""

DEGREES = 0.002
"""Side of a grid, about 200 m."""

CORNERS = 6
"""Pieces of a border between two crossings: real grids follow streets."""

POINTS = 2_000_000
TREE_POINTS = 500_000
"""The same points, but fewer: the tree takes its time. They are made before the clock starts."""
SINGLE_POINTS = 5_000
WEST, SOUTH = 120.0, 30.0


def mesh() -> NDArray[np.object_]:
    """Return ``(SIDE²,)`` crooked polygons that share their borders, row by row from the south."""
    chance = np.random.default_rng(SEED)
    corners = np.stack(np.meshgrid(np.arange(SIDE + 1.0), np.arange(SIDE + 1.0)), axis=-1)
    corners += chance.uniform(-0.3, 0.3, corners.shape)

    def borders(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.linspace(0, 1, CORNERS + 1)[:, None]
        lines = start[:, :, None] * (1 - share) + end[:, :, None] * share
        lines[:, :, 1:-1] += chance.uniform(-0.06, 0.06, lines[:, :, 1:-1].shape)
        return lines

    along, up = borders(corners[:, :-1], corners[:, 1:]), borders(corners[:-1], corners[1:])
    sides = (along[:-1], up[:, 1:], along[1:, :, ::-1], up[:, :-1, ::-1])
    rings = np.concatenate([side[:, :, :-1] for side in sides], axis=2).reshape(SIDE * SIDE, -1, 2)
    shapes = shapely.polygons(rings * DEGREES + (WEST, SOUTH))
    return np.asarray(shapely.make_valid(shapes, method="structure"))


def _points(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ``(count,)`` lons and lats, one in a hundred outside."""
    chance, reach = np.random.default_rng(SEED + 1), SIDE * DEGREES
    return WEST + chance.uniform(-0.001, reach + 0.001, count), SOUTH + chance.uniform(-0.001, reach + 0.001, count)


def locate_batch() -> None:
    """Points per second and core, beside a plain STRtree that is asked for the same points; the answers must be the same."""
    from cityloop.geography.rules.finder import Finder

    shapes = mesh()
    started = time.process_time()
    finder = Finder.over(shapes)
    figure("locate_batch.build_seconds", time.process_time() - started, "s", n=len(shapes))
    lons, lats = _points(POINTS)
    found = finder.first(lons, lats)  # reads the shapes on borders
    tree, points = shapely.STRtree(shapes), shapely.points(lons[:TREE_POINTS], lats[:TREE_POINTS])

    def with_tree() -> NDArray[Any]:
        return np.asarray(tree.query(points, predicate="intersects"))

    point, shape = with_tree()
    wanted = np.full(TREE_POINTS, -1)
    order = np.lexsort((-shape, point))
    wanted[point[order]] = shape[order]
    if wrong := int((wanted != found[:TREE_POINTS]).sum()):
        raise SystemExit(f"{wrong} points lie elsewhere than the tree says")
    rate, count = rate_per_core(lambda: len(finder.first(lons, lats)))
    plain, _count = rate_per_core(lambda: len(with_tree()[0]) and TREE_POINTS, rounds=3)
    figure("locate_batch.rate", rate, "1/s", n=count, ratio=round(rate / plain, 1), tree_rate=round(plain))


def locate_one() -> None:
    """99th percentile of one point through SQL, among the same grids in the database."""
    with cluster():
        from datetime import date

        from django.db import connection

        from cityloop.geography.actions import lay_regular_grid
        from cityloop.geography.queries import locate
        from cityloop.organisation import actions

        day = date(2026, 1, 1)
        say(f"locate_one: {SIDE * SIDE:,} grids")
        actions.create_jurisdiction("990102", "量测二市")
        reach = SIDE * DEGREES
        lay_regular_grid("990102", WEST, SOUTH, WEST + reach, SOUTH + reach, 200, date(2010, 1, 1))
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM geography_unitgrid ORDER BY id")
            ids = [row[0] for row in cursor.fetchall()]
            shapes = mesh()
            if len(ids) < len(shapes):
                raise SystemExit(f"only {len(ids)} grids were laid")
            last = [ids[len(shapes) - 1]]
            cursor.execute("DELETE FROM geography_dutygridmember WHERE unit_grid_id > %s", last)
            cursor.execute("DELETE FROM geography_unitgrid WHERE id > %s", last)
            cursor.executemany(
                "UPDATE geography_unitgrid SET geometry = ST_Multi(ST_GeomFromWKB(%s, 4490)) WHERE id = %s",
                [(shapely.to_wkb(shape), row) for shape, row in zip(shapes, ids, strict=False)],
            )
            cursor.execute("VACUUM ANALYZE geography_unitgrid")
        lons, lats = _points(SINGLE_POINTS)
        took = []
        for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True):
            started = time.perf_counter()
            locate(lon, lat, day)
            took.append((time.perf_counter() - started) * 1000)
        cuts = quantiles(took[SINGLE_POINTS // 10 :], n=100)
        figure("locate_one.p99", cuts[98], "ms", n=len(took), p50=round(cuts[49], 3))
