"""Pictures of the ground for the tests, written by a process of its own: the tests load GeoDjango, and so must not load rasterio.

Each lies around ``LON``, ``LAT`` with a corner of four colours exactly there: red to the north-west, green north-east, blue south-west,
yellow south-east.
"""

import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from cityloop.onemap.rasters.closed import CLOSED
from cityloop.onemap.rules import Tile

LON, LAT = 114.3, 30.5
COLOURS = {"nw": (220, 40, 40), "ne": (40, 180, 60), "sw": (40, 60, 200), "se": (230, 210, 40)}
SIDES = {"nw": (-1, 1), "ne": (1, 1), "sw": (-1, -1), "se": (1, -1)}

WRITE = r"""
import sys, json, numpy as np, rasterio, pyproj
from rasterio.transform import Affine, from_origin
from rasterio.enums import ColorInterp
folder, lon, lat = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
W, H = 600, 400
rgb = np.zeros((3, H, W), dtype="uint8")
for (rows, columns), colour in zip(
    [(slice(0, 200), slice(0, 300)), (slice(0, 200), slice(300, W)), (slice(200, H), slice(0, 300)), (slice(200, H), slice(300, W))],
    [(220, 40, 40), (40, 180, 60), (40, 60, 200), (230, 210, 40)]):
    for band in range(3):
        rgb[band, rows, columns] = colour[band]
def at(crs, step):
    x, y = pyproj.Transformer.from_crs("EPSG:4490" if crs != "EPSG:32650" else "EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return from_origin(x - 300 * step, y + 200 * step, step, step)
def write(name, data, crs, transform, colormap=None, mask=None, signs=None, **more):
    count = data.shape[0]
    profile = dict(driver="GTiff", width=data.shape[2], height=data.shape[1], count=count, dtype=data.dtype, crs=crs, transform=transform) | more
    with rasterio.open(f"{folder}/{name}.tif", "w", **profile) as out:
        if signs: out.colorinterp = signs
        if colormap: out.write_colormap(1, colormap)
        out.write(data)
        if mask is not None: out.write_mask(mask)
G = at("EPSG:4547", 1.0)
write("gauss", rgb, "EPSG:4547", G)
write("zoned", rgb, "EPSG:4526", at("EPSG:4526", 1.0), compress="lzw", tiled=True, blockxsize=256, blockysize=256)
write("degrees", rgb, "EPSG:4490", at("EPSG:4490", 1e-5), compress="deflate")
write("utm", rgb, "EPSG:32650", at("EPSG:32650", 1.0))
write("no_crs", rgb, None, G)
write("no_place", rgb, None, Affine.identity())
write("deep", (rgb.astype("uint16") * 16 + 300), "EPSG:4547", G)
index = np.zeros((1, H, W), dtype="uint8")
index[0, :200, 300:] = 1; index[0, 200:, :300] = 2; index[0, 200:, 300:] = 3
write("palette", index, "EPSG:4547", G, colormap={0: (220, 40, 40), 1: (40, 180, 60), 2: (40, 60, 200), 3: (230, 210, 40)})
alpha = np.full((1, H, W), 255, dtype="uint8"); alpha[0, :, :150] = 0
write("alpha", np.concatenate([rgb, alpha]), "EPSG:4547", G, photometric="RGB", signs=[ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha])
holes = rgb.copy(); holes[:, :, :150] = 0
write("nodata", holes, "EPSG:4547", G, nodata=0)
write("grey", rgb[:1], "EPSG:4547", G)
write("five", np.repeat(rgb[:1], 5, axis=0), "EPSG:4547", G)
write("heights", rgb[:1].astype("float32"), "EPSG:4547", G)
write("clear", np.zeros_like(rgb), "EPSG:4547", G, nodata=0)
write("infrared", np.concatenate([rgb, rgb[:1]]), "EPSG:4547", G, photometric="RGB", alpha="NO")
write("beijing54", rgb, "EPSG:2435", G)
write("elsewhere", rgb, "EPSG:4549", G)
write("local", rgb, 'LOCAL_CS["my site",UNIT["metre",1]]', G)
write("turned", rgb, "EPSG:4547", G * Affine.translation(300, 200) * Affine.rotation(30) * Affine.translation(-300, -200))
with rasterio.open(f"{folder}/huge.tif", "w", driver="GTiff", width=90000, height=90000, count=3, dtype="uint8", crs="EPSG:4547", transform=G, tiled=True, SPARSE_OK=True, BIGTIFF="YES"): pass
with rasterio.open(f"{folder}/vast.tif", "w", driver="GTiff", width=200000, height=200000, count=1, dtype="uint8", crs="EPSG:4547", transform=G, tiled=True, blockxsize=16384, blockysize=16384, SPARSE_OK=True, BIGTIFF="YES"): pass
with rasterio.open(f"{folder}/one_piece.tif", "w", driver="GTiff", width=20480, height=16384, count=1, dtype="uint8", crs="EPSG:4547", transform=G, tiled=True, blockxsize=20480, blockysize=16384, compress="deflate") as out:
    out.write((np.arange(20480, dtype="uint8") // 8)[None, None, :].repeat(16384, axis=1))
whole = open(f"{folder}/gauss.tif", "rb").read()
open(f"{folder}/cut.tif", "wb").write(whole[: len(whole) // 2])
open(f"{folder}/head_only.tif", "wb").write(whole[:60])
open(f"{folder}/words.tif", "wb").write(b"no picture at all")
"""

ZIPS = r"""
import zipfile
from rasterio.io import MemoryFile
def tif(data, transform=None, crs=None, colormap=None, signs=None, **more):
    profile = dict(driver="GTiff", width=data.shape[2], height=data.shape[1], count=data.shape[0], dtype=data.dtype, **more)
    if transform: profile |= dict(transform=transform, crs=crs)
    with MemoryFile() as memory:
        with memory.open(**profile) as out:
            if signs: out.colorinterp = signs
            if colormap: out.write_colormap(1, colormap)
            out.write(data)
        return memory.read()
def tfw(t):  # the middle of the first point
    x, y = t * (0.5, 0.5)
    return "\n".join(map(repr, (t.a, t.d, t.b, t.e, x, y)))
def pack(name, **files):
    pack_named(name, {key.replace("_", "."): body for key, body in files.items()})
def pack_named(name, files):
    with zipfile.ZipFile(f"{folder}/{name}.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for key, body in files.items(): out.writestr(key, body)
def quarters(data):
    for side, (left, top) in {"nw": (0, 0), "ne": (300, 0), "sw": (0, 200), "se": (300, 200)}.items():
        yield side, data[:, top : top + 200, left : left + 300], G * Affine.translation(left, top)
PRJ = pyproj.CRS("EPSG:4547").to_wkt("WKT1_ESRI")
beside = {}
for side, data, t in quarters(rgb):
    beside |= {f"图幅/{side}.TIF": tif(data), f"图幅/{side}.TFW": tfw(t)}
pack_named("sheets", beside | {"图幅/范围.prj": PRJ})
pack_named("silent", beside)
pack_named("three", {key: body for key, body in beside.items() if "sw" not in key} | {"a.prj": PRJ})
pack_named("each_told", {f"{side}.tif": tif(data, t, "EPSG:4547") for side, data, t in quarters(rgb)})
pack_named("drawings", {f"{side}.tif": tif(data, t, "EPSG:4547", colormap={0: (220, 40, 40), 1: (40, 180, 60), 2: (40, 60, 200), 3: (230, 210, 40)}) for side, data, t in quarters(index)})
pack_named("deep_sheets", {f"{side}.tif": tif(data.astype("uint16") * 16 + 300, t, "EPSG:4547") for side, data, t in quarters(rgb)})
pack("one", a_tif=tif(rgb), a_tfw=tfw(G), a_prj=PRJ)
pack_named("climbs", {"../../evil.tif": tif(rgb), "../../evil.tfw": tfw(G), "../../evil.prj": PRJ})

pack("turned_one", a_tif=tif(rgb), a_tfw=tfw(G * Affine.translation(300, 200) * Affine.rotation(30) * Affine.translation(-300, -200)), a_prj=PRJ)
west, east = rgb.copy(), rgb.copy()
west[:, :, 300:] = 0; east[:, :, :300] = 0
pack("over_nodata", a_tif=tif(east, G, "EPSG:4547", nodata=0), b_tif=tif(west, G, "EPSG:4547", nodata=0))
SIGNS = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
def clear(data): return np.concatenate([data, (data.max(axis=0, keepdims=True) > 0).astype("uint8") * 255])
pack("over_alpha", a_tif=tif(clear(east), G, "EPSG:4547", photometric="RGB", signs=SIGNS), b_tif=tif(clear(west), G, "EPSG:4547", photometric="RGB", signs=SIGNS))
pack("lost_world", a_tif=tif(rgb), a_tfw=tfw(G), b_tif=tif(rgb), a_prj=PRJ)
pack("bad_world", a_tif=tif(rgb), a_tfw="1 0 0 -1 here there", a_prj=PRJ)
pack("flat_world", a_tif=tif(rgb), a_tfw="0 0 0 0 500000 3370000", a_prj=PRJ)
pack("bad_prj", a_tif=tif(rgb), a_tfw=tfw(G), a_prj="somewhere near the river")
pack("other_bands", a_tif=tif(rgb, G, "EPSG:4547"), b_tif=tif(rgb[:1], G, "EPSG:4547"))
pack("other_steps", a_tif=tif(rgb, G, "EPSG:4547"), b_tif=tif(rgb, G * Affine.scale(1.01), "EPSG:4547"))
pack("other_system", a_tif=tif(rgb, G, "EPSG:4547"), b_tif=tif(rgb, G, "EPSG:4546"))
pack("apart", a_tif=tif(rgb, G, "EPSG:4547"), b_tif=tif(rgb, G * Affine.translation(60000, 3000), "EPSG:4547"))
pack("no_tif", a_docx=b"a letter")
pack("false_tif", a_tif=b"a letter", a_tfw=tfw(G))
pack_named("many", {f"{number}.tif": b"II*\0" for number in range(501)})
pack("blown", a_tif=bytes(100 << 20))
body = open(f"{folder}/sheets.zip", "rb").read()
open(f"{folder}/cut_zip.zip", "wb").write(body[: len(body) // 2])
"""


MAKE = r"""
import json, os, sys
from pathlib import Path
from cityloop.onemap.rasters.making import is_cog, make
from cityloop.onemap.rasters.refused import RefusedPicture
folder, city = Path(sys.argv[1]), json.loads(sys.argv[4])
told = {}
for name, crs, kind in json.loads(sys.argv[5]):
    place = folder / f"{name} {crs}".strip()
    place.mkdir()
    steps = []
    file = folder / f"{name}.zip"
    asked = {"file": str(file if file.exists() else folder / f"{name}.tif"), "out": str(place / "cog.tif"), "folder": str(place), "kind": kind, "crs": crs, "city": city}
    try:
        one = {"made": make(asked, lambda step, share: steps.append(step)), "steps": sorted(set(steps), key=steps.index)}
        one["cog"], one["left"] = is_cog(place / "cog.tif"), sorted(os.listdir(place))
    except RefusedPicture as refused:
        one = refused.line
    told[place.name] = one
json.dump(told, open(folder / "told.json", "w"))
"""


def make_pictures(folder: Path, asked: Sequence[tuple[str, str, str]], city: Sequence[float]) -> dict[str, Any]:
    """Write all pictures, and make COGs of those asked for (name, system, kind), all in one process: to load rasterio takes seconds.

    Each lies in a folder named by picture and system.
    """
    words = [str(folder), str(LON), str(LAT), json.dumps(city), json.dumps(asked)]
    environment = os.environ | CLOSED | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE + ZIPS + MAKE, *words], check=True, env=environment)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return told


def write_pictures(folder: Path, lon: float = LON, lat: float = LAT) -> Path:
    """Write all of them into ``folder``, around a place."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE + ZIPS, str(folder), str(lon), str(lat)], check=True)
    return folder


def point_of(body: bytes, at: Tile, lon: float, lat: float) -> tuple[int, ...]:
    """Return the colour (red, green, blue, alpha) of a tile at a place."""
    picture = Image.open(io.BytesIO(body)).convert("RGBA")
    count = 1 << at.zoom
    x = ((lon + 180) / 360 * count - at.x) * picture.width
    y = ((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count - at.y) * picture.height
    colour = picture.getpixel((int(x), int(y)))
    assert isinstance(colour, tuple)
    return colour
