"""``tile``: tiles of 2,000,000 parts at every zoom; beside the leanest statement that makes one of the same rows; beside TiPg."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from bench.desks import session_of
from bench.ground import figure, say
from bench.parts import CITY, FOLDER, PARTS, city_of_parts, spots
from bench.peers import environment, running
from bench.web import stack

ZOOMS = range(3, 19)
TILES = 40
"""Of each zoom."""

OURS_FROM, BOTH_FROM = 14, 17
"""The zoom that the aim names, at which we count by cells; and the first at which we too send each part."""

CLIENTS, SECONDS = 8, 8
TIPG_PORT = 8791
TIPG_MOST = 10_000
"""Rows of a tile at most, as TiPg comes: where there are more, it is spared the rest."""

# What any client could ask by psycopg itself: the same points, their id and class, no rights, no names.
RAW = """
SELECT ST_AsMVT(t, 'parts', 4096, 'geom', 'id') FROM (
    SELECT ST_AsMVTGeom(mercator, ST_TileEnvelope(%s, %s, %s), 4096, 0, true) AS geom, id, class_code AS class
    FROM assets_part WHERE geometry && ST_MakeEnvelope(%s, %s, %s, %s, 4490)
) AS t
"""


def tile() -> None:
    """Milliseconds of a tile at each zoom; tiles a second beside the raw statement's, and through HTTP beside TiPg's."""
    places = spots(TILES)
    with city_of_parts():
        _alone(places)
    _through_http(places)


# --- in this process: our statement and the leanest


def _alone(places: Sequence[tuple[float, float]]) -> None:
    from cityloop.onemap import queries as onemap
    from cityloop.onemap.queries.changes import versions_at
    from cityloop.onemap.queries.keeping import KEPT
    from cityloop.onemap.rules import Look, Moment, Tile
    from cityloop.organisation.queries import city
    from cityloop.organisation.rules.staffing import HeldPost, Viewer

    home = Viewer(1, "bench", (HeldPost("dispatcher", CITY),), frozenset({CITY}))
    moment = Moment(CITY, city(CITY).now(), city(CITY).today())
    look = Look(home, (moment,), (moment,), "zh-hans")
    layers = onemap.named(["parts"])

    def made(at: Any) -> bytes:
        KEPT.clear()
        return onemap.tile(layers, at, look)

    taken: list[float] = []
    for zoom in ZOOMS:
        squares = [Tile.around(lon, lat, zoom) for lon, lat in places]
        made(squares[0])
        times, largest = [], 0
        for at in squares:
            started = time.perf_counter()
            body = made(at)
            times.append((time.perf_counter() - started) * 1000)
            largest = max(largest, len(body))
        taken += times
        say(f"  zoom {zoom}: median {median(times):.1f} ms, slowest {max(times):.1f} ms, largest {largest} bytes")
    figure("tile.p99", quantiles(taken, n=100)[98], "ms", n=len(taken), p50=round(median(taken), 1), parts=PARTS)

    squares = [Tile.around(lon, lat, OURS_FROM) for lon, lat in places]
    asked = _pace(lambda at: versions_at(at, layers[0].sources), squares)
    figure("tile.version_ms", 1000 / asked, "ms", n=len(squares))
    for zoom, name in ((OURS_FROM, "tile.raw"), (BOTH_FROM, "tile.raw_like")):
        squares = [Tile.around(lon, lat, zoom) for lon, lat in places]
        ours, lean = _pace(made, squares), _pace(_raw, squares)
        figure(name, lean, "1/s", n=len(squares), zoom=zoom, ours=round(ours), ratio=round(ours / lean, 2))


def _raw(at: Any) -> bytes:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(RAW, [at.zoom, at.x, at.y, *at.degrees()])
        return bytes(cursor.fetchone()[0])


def _pace(make: Callable[[Any], object], tiles: Sequence[Any]) -> float:
    """Return how many of ``tiles`` are made in a second, after one round that warms."""
    for at in tiles:
        make(at)
    rounds = 3
    started = time.perf_counter()
    for _round in range(rounds):
        for at in tiles:
            make(at)
    return rounds * len(tiles) / (time.perf_counter() - started)


# --- through HTTP: ours made, ours kept, TiPg; each with two processes


def _through_http(places: Sequence[tuple[float, float]]) -> None:
    from cityloop.onemap.rules import Tile

    def paths(form: str, zoom: int) -> list[str]:
        squares = [Tile.around(lon, lat, zoom) for lon, lat in places]
        return [form.format(z=at.zoom, x=at.x, y=at.y) for at in squares]

    ours = "/tiles/parts/{z}/{x}/{y}.mvt"
    made: dict[int, float] = {}
    os.environ["CITYLOOP_TILE_CACHE_MB"] = "0"
    with stack(FOLDER) as address:
        cookie = signed_in()
        for zoom in (OURS_FROM, BOTH_FROM):
            made[zoom] = _load(address, paths(ours, zoom), cookie)["rate"]
            say(f"  ours at zoom {zoom}, made anew: {made[zoom]:.0f} a second")
    os.environ["CITYLOOP_TILE_CACHE_MB"] = "16"
    with stack(FOLDER) as address:
        cookie = signed_in()
        for name, held in (("tile.cached_rate", ""), ("tile.unchanged_rate", "*")):
            done = _load(address, paths(ours, OURS_FROM), cookie, held=held)
            figure(name, done["rate"], "1/s", n=done["count"], p50=done["p50"], p99=done["p99"], clients=CLIENTS)
        done = _load(address, ["/tiles/areas,buildings,roads/14/0/0.mvt"], "", held="*")
        figure(
            "tile.public_rate", done["rate"], "1/s", n=done["count"], p50=done["p50"], p99=done["p99"], clients=CLIENTS
        )
    for zoom, done in _tipg(paths).items():
        name = "tile.tipg" if zoom == OURS_FROM else "tile.tipg_like"
        more = {
            "ours": round(made[zoom]),
            "ratio": round(made[zoom] / done["rate"], 1),
            "bytes": done["bytes"] // done["count"],
        }
        figure(name, done["rate"], "1/s", n=done["count"], zoom=zoom, **more)


def _tipg(paths: Callable[[str, int], list[str]]) -> dict[int, dict[str, Any]]:
    """Return what TiPg serves of the same table, by zoom: the column in EPSG:3857, the class alone."""
    python = environment("tipg", ["tipg", "uvicorn"])
    form = (
        "/collections/public.assets_part/tiles/WebMercatorQuad/{z}/{x}/{y}?properties=class_code&geom-column=mercator"
    )
    variables = {
        "DATABASE_URL": f"postgresql://cityloop@{quote(str(FOLDER / 'run'), safe='')}/cityloop",
        "TIPG_DB_TABLES": '["public.assets_part"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "MAX_FEATURES_PER_TILE": str(TIPG_MOST),
    }
    command = [
        python,
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(TIPG_PORT),
        "--workers",
        "2",
        "--log-level",
        "warning",
    ]
    address = f"http://127.0.0.1:{TIPG_PORT}"
    with city_of_parts_again():
        _index_for_others()
        return _served(command, variables, address, form, paths)


def _served(
    command: Sequence[str], variables: dict[str, str], address: str, form: str, paths: Callable[[str, int], list[str]]
) -> dict[int, dict[str, Any]]:
    with running(command, variables, f"{address}/collections/public.assets_part"):
        return {zoom: _load(address, paths(form, zoom), "") for zoom in (OURS_FROM, BOTH_FROM)}


def _index_for_others() -> None:
    """Index the column in EPSG:3857, once: we look tiles up by the degrees, TiPg by the column that it draws."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX IF NOT EXISTS bench_part_mercator ON assets_part USING gist (mercator)")


def city_of_parts_again() -> Any:
    """Run the city's PostgreSQL alone, for a server that is not ours."""
    from django.db import connections

    connections.close_all()
    return city_of_parts()


def signed_in() -> str:
    """Return the cookie of a dispatcher of the city."""
    from django.contrib.auth import get_user_model
    from django.db import connections

    from cityloop.organisation import actions

    connections.close_all()
    if not get_user_model().objects.filter(username="bench_dispatcher").exists():
        user = actions.create_user("bench_dispatcher", password="long-enough-2026", name="派遣员")
        actions.appoint(user.pk, "dispatcher", CITY, valid_from=date(2020, 1, 1))
    return f"sessionid={session_of('dispatcher')}; django_language=zh-hans"


def _load(address: str, paths: Sequence[str], cookie: str, *, held: str = "") -> dict[str, Any]:
    """Ask for ``paths`` round and round, a moment to warm and then ``SECONDS``; return what came of it.

    Raises:
        SystemExit: An answer was no tile.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as listed:
        listed.write("\n".join(paths) + "\n")
        listed.flush()
        for seconds in (3, SECONDS):
            out = subprocess.run(
                ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "20s", "-s", str(Path(__file__).with_suffix(".lua")), address],
                env={**os.environ, "BENCH_PATHS": listed.name, "BENCH_COOKIE": cookie, "BENCH_HELD": held},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
    done: dict[str, Any] = json.loads(out.stdout.strip().splitlines()[-1])
    done["count"] = done["answered"] + done["unchanged"] + done["empty"]
    if done["failed"] or not done["count"]:
        raise SystemExit(f"no tiles: {done}\n{out.stdout[-500:]}")
    done["rate"] = done["count"] / done["seconds"]
    return done
