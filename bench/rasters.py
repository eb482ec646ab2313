"""``raster``: an orthophoto of 20,000 × 20,000 points (1.2 GB unpacked) becomes a COG, and tiles are drawn from it; beside that, plain reads.

The picture is made of noise that JPEG compresses about as a photo. Each process loads rasterio for itself: none of them is this one.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.ground import figure, folder, say

SIDE = int(os.environ.get("CITYLOOP_BENCH_RASTER_SIDE", "20000"))
POINT_M = 0.2
LON, LAT = 114.3, 30.5
TILES = 300

DRAW = r"""
import sys, numpy as np, rasterio, pyproj
from rasterio.transform import from_origin
from rasterio.windows import Window
path, side, step, lon, lat = sys.argv[1], int(sys.argv[2]), *map(float, sys.argv[3:])
x, y = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(lon, lat)
rng = np.random.default_rng(1)
small = rng.integers(0, 200, (3, 64, 64), dtype="uint8").repeat(16, axis=1).repeat(16, axis=2)
with rasterio.open(path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8", crs="EPSG:4547", tiled=True,
    blockxsize=512, blockysize=512, compress="LZW", photometric="RGB", BIGTIFF="YES",
    transform=from_origin(x - side * step / 2, y + side * step / 2, step, step)) as out:
    for top in range(0, side, 1024):
        for left in range(0, side, 1024):
            tall, wide = min(1024, side - top), min(1024, side - left)
            block = small + rng.integers(0, 40, (3, 1024, 1024), dtype="uint8")
            out.write(block[:, :tall, :wide], window=Window(left, top, wide, tall))
"""

PLAIN = r"""
import json, sys, time, numpy as np, rasterio
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.windows import from_bounds
path, tiles = sys.argv[1], json.loads(sys.stdin.read())
told = []
with rasterio.Env(GDAL_CACHEMAX=64_000_000), rasterio.open(path) as source, WarpedVRT(source, crs="EPSG:3857", resampling=Resampling.bilinear) as seen:
    for west, south, east, north in tiles:
        began = time.perf_counter()
        window = from_bounds(west, south, east, north, seen.transform)
        points = seen.read(window=window, out_shape=(3, 512, 512), resampling=Resampling.bilinear, boundless=False)
        with MemoryFile() as memory:
            with memory.open(driver="WEBP", width=512, height=512, count=3, dtype="uint8", quality=82) as out:
                out.write(points)
            memory.read()
        told.append(time.perf_counter() - began)
print(json.dumps(told))
"""


def raster() -> None:
    """Measure making a COG, drawing tiles, and the same reads without rio-tiler."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.dev")
    import django

    django.setup()
    with folder() as data:
        original, cog = data / "photo.tif", data / "cog.tif"
        say(f"drawing {SIDE} × {SIDE} points")
        words = [str(original), str(SIDE), str(POINT_M), str(LON), str(LAT)]
        subprocess.run([sys.executable, "-W", "ignore", "-c", DRAW, *words], check=True)
        _made(original, cog)
        _drawn(cog)


def _made(original: Path, cog: Path) -> None:
    from cityloop.onemap.rasters.maker import make_cog

    most = 0

    def watch(_step: str, _share: float) -> None:
        nonlocal most
        most = max(most, _resident_kb())

    began = time.monotonic()
    made = make_cog(original, cog, name=original.name, kind="orthophoto", crs="", city=None, progress=watch)
    figure(
        "raster.make",
        time.monotonic() - began,
        "s",
        n=1,
        points=f"{SIDE}x{SIDE}",
        mb=round(original.stat().st_size / 1e6),
    )
    figure("raster.make.memory", most / 1024, "MB", n=1)
    figure("raster.cog", cog.stat().st_size / 1e6, "MB", n=1, zooms=f"{made.minzoom}-{made.maxzoom}")


def _resident_kb() -> int:
    """Return the most that a child of this process has had in memory."""
    most = 0
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        for pid in (task / "children").read_text().split():
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            most = max([most, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
    return most


def _drawn(cog: Path) -> None:
    from cityloop.onemap.rasters.hand import Hand
    from cityloop.onemap.rules import Tile

    reach = SIDE * POINT_M / 2 * 0.9 / 111_000
    draw = random.Random(1)
    tiles = [
        Tile.around(
            LON + draw.uniform(-reach, reach), LAT + draw.uniform(-reach, reach), draw.choice([14, 15, 16, 17, 18, 19])
        )
        for _number in range(TILES)
    ]
    hand = Hand()
    began = time.perf_counter()
    hand.tile(cog, tiles[0].zoom, tiles[0].x, tiles[0].y, "webp")
    figure("raster.first", (time.perf_counter() - began) * 1000, "ms", n=1)
    told, sizes = [], []
    for one in tiles:
        began = time.perf_counter()
        sizes.append(len(hand.tile(cog, one.zoom, one.x, one.y, "webp")))
        told.append(time.perf_counter() - began)
    memory = _resident_kb() / 1024
    hand.end()
    inside = [tuple(one.metres) for one in tiles]
    asked = [sys.executable, "-W", "ignore", "-c", PLAIN, str(cog)]
    plain: list[float] = json.loads(
        subprocess.run(asked, input=json.dumps(inside), text=True, check=True, capture_output=True).stdout
    )
    _told("raster.tile", told, bytes=max(sizes))
    _told("raster.plain", plain)
    figure("raster.ratio", _p(told, 50) / _p(plain, 50), "ours/plain", n=TILES)
    figure("raster.tile.memory", memory, "MB", n=1)


def _p(told: list[float], share: int) -> float:
    return quantiles(told, n=100)[share - 1] * 1000


def _told(name: str, told: list[float], **more: Any) -> None:
    figure(f"{name}.p50", _p(told, 50), "ms", n=len(told), **more)
    figure(f"{name}.p99", _p(told, 99), "ms", n=len(told))
