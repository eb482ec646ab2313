"""``import_points``, ``import_parts`` and ``import_large``: a million points beside ogr2ogr; real-shaped parts with seeded faults; 300 MB of GeoJSON."""

import resource
import shutil
import subprocess
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bench.ground import CITY, EXTENT, cluster, figure, make_city, say

SEED = 20261123
POINTS = 1_000_000
PARTS = 230_000
EACH = 100
"""Rows of each kind of fault."""
DAY = date(2026, 1, 1)


def _chance() -> np.random.Generator:
    return np.random.default_rng(SEED)


def _points_file(folder: Path) -> Path:
    """Write a GeoPackage of points of interest: a name, a kind, an address, a reference."""
    chance = _chance()
    west, south, east, north = EXTENT
    lons, lats = chance.uniform(west, east, POINTS), chance.uniform(south, north, POINTS)
    path = folder / "points.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("ref,name,kind,address,lon,lat\n")
        out.writelines(
            f"r{n},点{n},amenity=shop,人民路{n % 999}号,{lon:.7f},{lat:.7f}\n"
            for n, (lon, lat) in enumerate(zip(lons.tolist(), lats.tolist(), strict=True))
        )
    package = folder / "points.gpkg"
    subprocess.run(
        ["ogr2ogr", "-f", "GPKG", package, path, "-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-a_srs", "EPSG:4490"],
        check=True,
    )  # fmt: skip
    return package


def _imported(
    path: Path, target: str, mapping: dict[str, str] | None = None, **options: Any
) -> tuple[Any, float, float]:
    """Import a file; return the run, and the seconds of reading with all checks, and of writing."""
    from cityloop.assets.actions import importing
    from cityloop.assets.choices import ImportState
    from cityloop.assets.targets import of_name
    from cityloop.geography.files import Asked

    began = time.monotonic()
    run = importing.begin(path, jurisdiction=CITY, name=path.name, actor_id=None)
    looked, found, reading = importing.propose_for(run, of_name(target), Asked(), DAY)
    importing.set_up(
        run, target=target, reading=reading, mapping=found | (mapping or {}), options={"valid_from": DAY, **options}, looked=looked
    )  # fmt: skip
    importing.ask_to(run, ImportState.CHECKING, actor_id=None, in_background=False)
    importing.go_on(
        run.id, progress=lambda done, total, step: say(f"{step} {done}/{total}") if done % 200_000 == 0 else None
    )
    checked = time.monotonic()
    run.refresh_from_db()
    importing.ask_to(run, ImportState.APPLYING, actor_id=None, in_background=False)
    done = importing.go_on(run.id)
    return done, checked - began, time.monotonic() - checked


def import_points() -> None:
    """A million points of interest with all checks, beside ogr2ogr into the same PostGIS without any."""
    if not shutil.which("ogr2ogr"):
        say("import_points needs ogr2ogr (Debian: gdal-bin)")
        return
    with cluster() as data:
        make_city()
        path = _points_file(data)
        other = _by_ogr2ogr(path)
        run, reading, writing = _imported(path, "pois", tolerance_m=0.05)
        ours = reading + writing
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(
            f"ours {ours:.0f} s (read and checked {reading:.0f}, written {writing:.0f}), ogr2ogr {other:.0f} s; {run.counts}"
        )
        figure("import_points.rate", POINTS / ours, "rows/s", n=POINTS, seconds=round(ours, 1), bad=run.counts["bad"])
        figure("import_points.mb", memory, "MB", n=POINTS)
        figure("import_points.ogr2ogr", POINTS / other, "rows/s", n=POINTS, ratio=round(ours / other, 2))


def _by_ogr2ogr(path: Path) -> float:
    """Bring the same file into the same database by ogr2ogr, with its index; return the seconds."""
    from django.db import connection

    connection.ensure_connection()
    info = connection.connection.info
    where = f"PG:dbname={info.dbname} host={info.host} port={info.port} user={info.user}"
    began = time.monotonic()
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", where, path, "-nln", "bench_points", "-lco", "GEOMETRY_NAME=geometry", "--config", "PG_USE_COPY", "YES"],
        check=True,
    )  # fmt: skip
    return time.monotonic() - began


FAULTS = (
    "bad_code", "other_division", "unknown_class", "doubled_key", "doubled_place", "swapped", "zero", "not_a_number", "no_shape", "outside",
    "unknown_department", "grid_differs", "no_choice", "no_day", "off_road", "class_differs",
)  # fmt: skip


def _parts_file(folder: Path) -> tuple[Path, dict[str, set[int]]]:
    """Write parts along streets as a survey has them, with faults in known rows; return the file and the lines of the sheet by fault."""
    chance = _chance()
    west, south, east, north = EXTENT
    streets = 60
    along = np.arange(PARTS) % streets
    lons = west + 0.002 + (east - west - 0.004) * (np.arange(PARTS) // streets) / (PARTS // streets)
    lats = south + 0.002 + (north - south - 0.004) * along / streets + chance.uniform(-2e-5, 2e-5, PARTS)
    rows = np.arange(1, PARTS + 1)
    picked = chance.permutation(np.arange(1_000, PARTS))[: EACH * len(FAULTS)].reshape(len(FAULTS), EACH)
    seeded = {fault: {int(row) + 2 for row in rows_of} for fault, rows_of in zip(FAULTS, picked, strict=True)}
    fault_of = {line - 1: fault for fault, of in seeded.items() for line in of}
    path = folder / "parts.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("ObjID,小类代码,ObjName,DeptCode2,BGID,ObjState,ORDate,lon,lat\n")
        for row, lon, lat in zip(rows.tolist(), lons.tolist(), lats.tolist(), strict=True):
            out.write(",".join(_part(row, lon, lat, fault_of.get(row, ""), (lons, lats))) + "\n")
    return path, seeded


def _part(row: int, lon: float, lat: float, fault: str, places: tuple[Any, Any]) -> list[str]:
    class_code = "02001" if row % 2 or fault == "off_road" else "01001"
    one = {"code": f"{CITY}{class_code}{row:06}", "class": class_code, "unit": "", "grid": "", "state": "完好", "day": "20250301", "x": f"{lon:.7f}", "y": f"{lat:.7f}"}  # fmt: skip
    changes: dict[str, dict[str, str]] = {
        "bad_code": {"code": f"{row}"},
        "other_division": {"code": f"110105{class_code}{row:06}"},
        "unknown_class": {"code": f"{CITY}99999{row:06}", "class": ""},
        "doubled_key": {"code": f"{CITY}02001{1:06}", "class": "02001"},
        "doubled_place": {"x": f"{places[0][row % 2]:.7f}", "y": f"{places[1][row % 2]:.7f}", "class": "", "code": f"{CITY}{('02001', '01001')[row % 2]}{row:06}"},
        "swapped": {"x": f"{lat:.7f}", "y": f"{lon:.7f}"},
        "zero": {"x": "0", "y": "0"},
        "not_a_number": {"x": "nan"},
        "no_shape": {"x": "", "y": ""},
        "outside": {"x": "121.5"},
        "unknown_department": {"unit": "NOBODY"},
        "grid_differs": {"grid": f"{CITY}001001999"},
        "no_choice": {"state": "完美"},
        "no_day": {"day": "2025-13-45"},
        "off_road": {"y": f"{lat + 0.0008:.7f}"},
        "class_differs": {"class": "03001"},
    }  # fmt: skip
    one |= changes.get(fault, {})
    return [one["code"], one["class"], "井盖", one["unit"], one["grid"], one["state"], one["day"], one["x"], one["y"]]


def import_parts() -> None:
    """Real-shaped parts along streets, with seeded faults: every one must be told, with its row."""
    import shapely

    with cluster() as data:
        from cityloop.assets.models import ImportFault
        from cityloop.places.actions import Ground, NewRoad, add_ground

        make_city()
        west, south, east, north = EXTENT
        lats = south + 0.002 + (north - south - 0.004) * np.arange(60) / 60
        roads = [NewRoad("local", shapely.LineString([(west, lat), (east, lat)])) for lat in lats.tolist()]
        add_ground(CITY, Ground(roads=roads), DAY)
        path, seeded = _parts_file(data)
        run, reading, writing = _imported(path, "parts", road_m=60, tolerance_m=0.1)
        told: dict[str, set[int]] = {}
        for number, reason in ImportFault.objects.filter(run=run, is_note=False).values_list("number", "reason"):
            told.setdefault(reason, set()).add(number)
        missed = {
            fault: len(rows - told.get(fault, set())) for fault, rows in seeded.items() if rows - told.get(fault, set())
        }
        extra = Counter({reason: len(rows - seeded.get(reason, set())) for reason, rows in told.items()})
        say(f"missed {missed}; told beyond what was seeded {dict(+extra)}; {run.counts}")
        figure(
            "import_parts.rate", PARTS / (reading + writing), "rows/s", n=PARTS, seconds=round(reading + writing, 1),
            kinds=len(FAULTS), seeded=EACH * len(FAULTS), missed=sum(missed.values()),
        )  # fmt: skip
        if missed:
            raise SystemExit(f"faults that nobody was told of: {missed}")


LARGE_BYTES = 300 << 20


def _large_file(folder: Path) -> tuple[Path, int]:
    """Write more than ``LARGE_BYTES`` of GeoJSON: points with the wordy properties of a survey; return how many."""
    chance = _chance()
    west, south, east, north = EXTENT
    path, rows = folder / "large.geojson", 0
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[\n')
        while out.tell() < LARGE_BYTES:
            for lon, lat in chance.uniform((west, south), (east, north), (5_000, 2)).tolist():
                rows += 1
                words = f'"ref":"r{rows}","name":"点{rows}","address":"人民路{rows % 999}号","remark":"{"勘测" * 150}"'
                point = f'"geometry":{{"type":"Point","coordinates":[{lon:.7f},{lat:.7f}]}}'
                out.write(f'{"," if rows > 1 else ""}{{"type":"Feature","properties":{{{words}}},{point}}}\n')
        out.write("]}")
    return path, rows


def import_large() -> None:
    """300 MB of GeoJSON through the process that reads and all checks: the memory of both stays flat."""
    with cluster() as data:
        make_city()
        path, rows = _large_file(data)
        run, reading, writing = _imported(path, "pois", tolerance_m=0.0)
        ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        say(
            f"{rows} rows, {path.stat().st_size >> 20} MB: read and checked {reading:.0f} s, written {writing:.0f}; {run.counts}"
        )
        figure("import_large.mb", ours, "MB", n=rows, reader=round(reader), file_mb=path.stat().st_size >> 20)
        figure("import_large.rate", rows / (reading + writing), "rows/s", n=rows, seconds=round(reading + writing, 1))
