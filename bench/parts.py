"""A city of 2,000,000 parts, made once and kept: what the measurements of the map stand on."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import shapely

from bench.ground import GROUND, cluster, say

SEED = 20261122
PARTS = 2_000_000
AT_ONCE = 250_000
LATER = 0.05
"""Share of the parts that came one by one after the census, each on some day of the years since."""

WEST, SOUTH, SIDE = 120.0, 30.0, 0.25
"""Degrees: some 24 by 28 km."""

CITY = "990101"
CENSUS = date(2020, 1, 1)
CLASSES = ("01001", "01002", "01003", "01004")
FOLDER = GROUND / f"cityloop-bench-parts-{PARTS}"
DONE = "filled"


@contextmanager
def city_of_parts() -> Iterator[Path]:
    """Run the cluster of the city and yield its data folder; Django speaks to it. It is filled when it is wanted first."""
    if not (FOLDER / DONE).exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
    with cluster(FOLDER):
        if not (FOLDER / DONE).exists():
            fill()
            (FOLDER / DONE).touch()
        yield FOLDER


def spots(count: int) -> list[tuple[float, float]]:
    """Return places in the city as lon, lat: half of them where parts stand closest."""
    chance = np.random.default_rng(SEED + 1)
    even, close = chance.uniform(0.02, 0.98, (count - count // 2, 2)), chance.normal(0.5, 0.08, (count // 2, 2))
    return [(WEST + SIDE * x, SOUTH + SIDE * y) for x, y in np.concatenate([even, close])]


def fill() -> None:
    """Write the city: denser in the middle, as lamps and covers stand."""
    from django.db import connection

    from cityloop.assets.actions import NewPart, add_parts
    from cityloop.onemap.actions import settle
    from cityloop.organisation.actions import create_jurisdiction
    from cityloop.standards.actions import load_package_data

    load_package_data()
    create_jurisdiction(CITY, "环城市")
    chance = np.random.default_rng(SEED)
    started = time.perf_counter()
    for first in range(0, PARTS, AT_ONCE):
        places = np.clip(chance.normal(0.5, 0.22, (AT_ONCE, 2)), 0, 1) * SIDE + (WEST, SOUTH)
        days = np.where(chance.random(AT_ONCE) < LATER, chance.integers(1, 2300, AT_ONCE), 0).tolist()
        points = shapely.points(places)
        add_parts(
            CITY,
            [
                NewPart(f"{CITY}{CLASSES[n % 4]}{n // 4 + 1:06}", point, valid_from=CENSUS + timedelta(days=day))
                for n, point, day in zip(range(first, first + AT_ONCE), points, days, strict=True)
            ],
            CENSUS,
        )
    written = time.perf_counter() - started
    settled = settle()
    say(
        f"  {PARTS} parts written in {written:.0f} s, {settled} rows of ledgers settled in {time.perf_counter() - started - written:.1f} s"
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) assets_part")
        cursor.execute("VACUUM (ANALYZE) onemap_cellcount")
        cursor.execute("VACUUM (ANALYZE) onemap_change")
