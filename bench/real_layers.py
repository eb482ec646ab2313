"""``real_layers``: files as cities publish them, each through the import with all checks: what was taken, what was found, how long, how much memory.

Wuhan, the 30 layers of Taipei, and 244,136 trees of Portland as parts. The data lie beside the repository, or where ``CITYLOOP_DATA_SETS`` says.
"""

import gzip
import os
import resource
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from bench.ground import GROUND, cluster, figure, folder, say

DATA = Path(os.environ.get("CITYLOOP_DATA_SETS") or Path(__file__).parents[2] / "shared" / "data")
DAY = date(2026, 1, 1)
KEPT = GROUND / "cityloop-bench-real-layers"
"""Stays, so that what was imported can be looked at on the map; begun anew by each run."""

WUHAN, TAIPEI, PORTLAND = "420100", "630000", "990201"
CITIES = {WUHAN: "武汉市", TAIPEI: "台北市", PORTLAND: "波特兰"}
TREES_GRID = (-122.85, 45.42, -122.46, 45.66)
"""Where the trees stand: degrees, west, south, east, north."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A file and what it becomes. ``mapping`` is said where names and content say nothing; ``coded``: codes are added that the file has not."""

    city: str
    path: str
    target: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    coded: bool = False
    layer: str = ""


def _taipei(target: str, *names: str, **mapping: str) -> list[Layer]:
    return [Layer(TAIPEI, f"taipei/{name}.geojson.gz", target, mapping) for name in names]


def layers() -> list[Layer]:
    """Return the files in the order in which a city would bring them: its districts first."""
    return [
        Layer(WUHAN, "wuhan/districts.geojson.gz", "regions", {"name": "district"}, {"level": "district"}, coded=True),
        Layer(WUHAN, "wuhan/communities.geojson.gz", "areas", {"kind": "=residential", "name": "community_id"}),
        Layer(WUHAN, "wuhan/optics_valley_east_roads.geojson.gz", "roads"),
        Layer(WUHAN, "wuhan/optics_valley_east_buildings.geojson.gz", "buildings"),
        Layer(WUHAN, "wuhan/optics_valley_east_points.geojson.gz", "pois"),
        Layer(WUHAN, "wuhan/guanggu_buildings_3d.geojson.gz", "buildings"),
        *(
            Layer(WUHAN, "wuhan/optics_valley_east.osm.gz", name, layer=name)
            for name in ("roads", "areas", "pois", "addresses")
        ),
        Layer(WUHAN, "wuhan/osm_road_nodes.csv.gz", "pois", {"name": "=路口"}),
        Layer(WUHAN, "wuhan/osm_street_names.csv.gz", "pois"),
        Layer(TAIPEI, "taipei/districts.geojson.gz", "regions", {"name": "district"}, {"level": "district"}),
        Layer(TAIPEI, "taipei/districts.geojson.gz", "regions", {"name": "district"}, {"level": "district"}, coded=True),
        *_taipei("areas", "villages", kind="=residential", name="full_name"),
        *_taipei("areas", "police_beats", kind="=block", name="full"),
        *_taipei("areas", "green_land", kind="=green"),
        *_taipei("areas", "sidewalks", kind="=square"),
        *_taipei("areas", "permeable_sidewalks", kind="=square", name="road"),
        *_taipei("areas", "flood_78mm", kind="=water", name="depth"),
        *_taipei("areas", "soil_liquefaction", kind="=block", name="class"),
        *_taipei("areas", "traffic_live", kind="=block", name="snippet"),
        *_taipei("areas", "old_settlements", kind="=residential"),
        *_taipei("roads", "bike_paths", road_class="=path"),
        *_taipei("roads", "levees", road_class="=path"),
        *_taipei("roads", "metro_lines", road_class="=path", name="mrtcode"),
        *_taipei("pois", "garbage_truck_stops", name="地點"),
        *_taipei("pois", "shelters", name="地址"),
        *_taipei("pois", "clothes_bins", name="臺北市核准地點"),
        *_taipei("pois", "solar_plants", name="名稱"),
        *_taipei("pois", "condemned_buildings", name="地址"),
        *_taipei("pois", "roadworks", name="npurp"),
        *_taipei("pois", "narrow_alleys", name="巷道名稱"),
        *_taipei(
            "pois", "aed", "public_toilets", "medical_institutions", "cctv", "pumping_stations", "sewer_level_sensors", "bus_stops",
            "bike_share_stations", "parking_lots", "metro_stations",
        ),
        Layer(PORTLAND, "trees_portland/parks.csv.gz", "parts", {"class_code": "=行道树", "name": "common"}),
        Layer(PORTLAND, "trees_portland/streets.csv.gz", "parts", {"class_code": "=行道树", "name": "common"}),
    ]  # fmt: skip


def _coded(path: Path, city: str, out: Path) -> Path:
    """Write the districts of a city with codes of six digits, which their files lack or write otherwise."""
    held = orjson.loads(gzip.decompress(path.read_bytes()))
    for number, one in enumerate(held["features"], start=1):
        one["properties"]["code"] = f"{city[:4]}{number:02}"
    out.write_bytes(orjson.dumps(held))
    return out


def _rss_mb() -> float:
    """Return the peak of this process since the last call of ``_forget_peak``, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _import(one: Layer, place: Path) -> dict[str, Any]:
    """Import one file; return what came of it."""
    from cityloop.assets.actions import importing
    from cityloop.assets.choices import ImportState
    from cityloop.assets.queries.imports import by_reason
    from cityloop.assets.targets import of_name
    from cityloop.geography.files import Asked
    from cityloop.kernel.errors import CityError

    path = DATA / one.path
    if one.coded:
        path = _coded(path, one.city, place / Path(one.path).name.removesuffix(".gz"))
    told: dict[str, Any] = {"file": one.path, "target": one.target, "coded": one.coded}
    _forget_peak()
    began = time.monotonic()
    run = importing.begin(path, jurisdiction=one.city, name=path.name, actor_id=None)
    try:
        looked, found, reading = importing.propose_for(run, of_name(one.target), Asked(layer=one.layer), DAY)
        importing.set_up(
            run, target=one.target, reading=reading, mapping={**found, **one.mapping}, looked=looked,
            options={"valid_from": DAY, **one.options},
        )  # fmt: skip
        run.refresh_from_db()
        importing.ask_to(run, ImportState.CHECKING, actor_id=None, in_background=False)
        run = importing.go_on(run.id) or run
    except CityError as exc:
        return told | {"refused": exc.message, "seconds": round(time.monotonic() - began, 1)}
    checked = time.monotonic() - began
    told |= {"proposed": sorted(set(found) - set(one.mapping)), "rows": run.rows_read, **run.counts}
    told["found"] = [(line.words, line.count, line.is_note) for line in by_reason(run)]
    if run.counts["good"]:
        importing.ask_to(run, ImportState.APPLYING, actor_id=None, in_background=False)
        importing.go_on(run.id)
    whole = time.monotonic() - began
    return told | {"checked": round(checked, 1), "seconds": round(whole, 1), "mb": round(_rss_mb())}


def _make_cities() -> None:
    from cityloop.geography.actions import lay_regular_grid
    from cityloop.organisation.actions import create_jurisdiction

    for code, name in CITIES.items():
        create_jurisdiction(code, name)
    lay_regular_grid(PORTLAND, *TREES_GRID, 1000, DAY)


def _row(told: Mapping[str, Any]) -> str:
    """Return a line of the table in ``docs/real-layers.md``."""
    name = told["file"] + (" (codes added)" if told["coded"] else "")
    if "refused" in told:
        return f"| {name} | {told['target']} | – | – | – | refused: {told['refused']} | {told['seconds']} |"
    found = "; ".join(f"{words} ×{count}" for words, count, _is_note in told["found"][:4]) or "nothing"
    return f"| {name} | {told['target']} | {told['rows']:,} | {told['good']:,} | {told['bad']:,} | {found} | {told['seconds']} |"


def _summed(done: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(one.get(name, 0) for one in done)


def real_layers() -> None:
    """Import every file, say what was found, and leave the database to be looked at."""
    if not DATA.is_dir():
        say(f"real_layers needs the data sets in {DATA}")
        return
    if KEPT.exists():
        import shutil

        shutil.rmtree(KEPT)
    with cluster(KEPT), folder() as place:
        _make_cities()
        done = []
        for one in layers():
            told = _import(one, place)
            done.append(told)
            say(_row(told))
        trees = [one for one in done if one["target"] == "parts" and "rows" in one]
        figure(
            "real_layers.rows", _summed(done, "rows"), "rows", n=len(done), good=_summed(done, "good"), bad=_summed(done, "bad"),
            seconds=round(sum(one["seconds"] for one in done), 1), refused=sum("refused" in one for one in done),
        )  # fmt: skip
        seconds = sum(one["seconds"] for one in trees)
        figure(
            "real_layers.trees",
            _summed(trees, "rows") / seconds,
            "rows/s",
            n=_summed(trees, "rows"),
            seconds=round(seconds, 1),
        )
        reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        figure("real_layers.mb", max(one.get("mb", 0) for one in done), "MB", n=len(done), reader=round(reader))
