"""``autogrid``: how long dividing a city into unit grids takes, and how good the grids are.

The demo city, a quarter of Wuhan, the centre of Helsinki, the inner city of Wuhan from its communities alone, and 100 km² made
of the quarter of Wuhan side by side. What is real lies in ``../shared/data`` and is left out where that is missing.
"""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.ground import figure, say
from cityloop.geography.rules.division import Communities, Strength, Surroundings, Wish, nothing, propose, quality_of
from cityloop.geography.rules.shapes import column, mended

DATA = Path(__file__).parents[2] / "shared" / "data"
SEED = 1
TILES = 4
"""The quarter of Wuhan has 6.3 km²; 4 × 4 of them are 100."""

QUARTER = (114.49986, 30.47688, 114.5379, 30.49247)
HELSINKI = (24.935, 60.164, 24.953, 60.179)

OF_HIGHWAY = {
    "motorway": Strength.EXPRESSWAY, "trunk": Strength.EXPRESSWAY, "primary": Strength.ARTERIAL, "secondary": Strength.SECONDARY,
    "tertiary": Strength.LOCAL, "residential": Strength.LOCAL, "unclassified": Strength.LOCAL, "living_street": Strength.LANE,
    "pedestrian": Strength.LANE, "service": Strength.LANE,
}  # fmt: skip

# pyogrio and GeoDjango each load a GDAL: so OSM is read in a process of its own.
READ = """
import json, sys, warnings
import pyogrio, shapely
warnings.simplefilter("ignore")
for layer, column in (("lines", "highway"), ("lines", "waterway"), ("lines", "railway"), ("multipolygons", "building"), ("multipolygons", "natural")):
    meta, _, shapes, values = pyogrio.raw.read(sys.argv[1], layer=layer, columns=[column], where=f"{column} IS NOT NULL")
    for shape, value in zip(shapes, values[0]):
        if shape is not None:
            print(json.dumps([column, value, bytes(shape).hex()]))
"""

City = tuple[str, Communities, Surroundings]


def autogrid() -> None:
    """Seconds and quality figures of each city."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityloop.site.settings.dev")
    django.setup()  # for the texts only
    for name, communities, city in cities():
        begun = time.perf_counter()
        proposal = propose(communities, city, Wish())
        seconds = time.perf_counter() - begun
        assert shapely.coverage_is_valid(proposal.shapes), name
        told = quality_of(proposal.shapes, proposal.communities, communities, city, Wish())
        figure(
            f"autogrid.{name}.seconds", seconds, "s", n=told.grids,
            km2=round(float(shapely.area(proposal.ground).sum()) / 1e6, 1),
            median_m2=told.area_m2[2], low_m2=told.area_m2[1], high_m2=told.area_m2[3], built_m2=told.built_m2,
            compact=told.compact, compact_low=told.compact_low, along=told.along, cut=told.cut_buildings,
            cut_by_communities=told.cut_by_communities, load_spread=told.load_spread, load_most=told.load_most,
            gap_m2=told.gap_m2, overlap_m2=told.overlap_m2,
        )  # fmt: skip


def cities() -> Iterator[City]:
    """Yield name, communities and surroundings of each city."""
    yield _demo()
    if not DATA.exists():
        say(f"{DATA} is missing: only the demo city is divided")
        return
    roads, strengths, buildings = _wuhan()
    yield "wuhan_quarter", _halves(QUARTER), Surroundings(roads, strengths, nothing(), buildings)
    yield "helsinki", _halves(HELSINKI), _helsinki()
    yield _hundred(roads, strengths, buildings)
    yield _communities()


def _demo() -> City:
    from cityloop.demo.rules.ground import RoadClass, lay_out, on_earth

    strength = {
        RoadClass.MAIN: Strength.ARTERIAL, RoadClass.SIDE: Strength.SECONDARY, RoadClass.LANE: Strength.LANE, RoadClass.PATH: Strength.PATH,
    }  # fmt: skip
    ground = lay_out(SEED)
    layout = ground.layout
    wet = [one.shape for one in layout.patches if one.kind in {"sea", "river", "creek", "lake", "pond"}]
    chance = np.random.default_rng(SEED)
    roads = [
        (strength[one.kind], on_earth(line))
        for one in layout.roads
        for line in shapely.get_parts(one.line)
        if line.length > 1
    ]
    lines = column([line for _strength, line in roads])
    # Parts stand along the streets, as the demo city's do.
    along = shapely.get_coordinates(shapely.segmentize(lines, 0.0002))
    loads = along[chance.integers(len(along), size=60_000)] + chance.normal(0, 0.00003, (60_000, 2))
    city = Surroundings(
        lines, np.array([each for each, _line in roads]), on_earth(column(wet)),
        on_earth(layout.buildings.shapes), loads,
    )  # fmt: skip
    codes = tuple(one.code for one in ground.communities)
    return "demo", Communities(codes, column([one.shape for one in ground.communities])), city


def _halves(box: tuple[float, float, float, float]) -> Communities:
    """Return two communities of a box: nobody has drawn any there."""
    west, south, east, north = box
    middle = (west + east) / 2
    shapes = column([shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)])
    return Communities(("990103001001", "990103001002"), shapes)


def _features(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / "wuhan" / name) as file:
        features: list[dict[str, Any]] = json.load(file)["features"]
    return features


def _shapes(features: list[dict[str, Any]]) -> Any:
    return shapely.from_geojson([json.dumps(one["geometry"]) for one in features])


def _wuhan() -> tuple[Any, Any, Any]:
    roads = _features("optics_valley_east_roads.geojson.gz")
    strengths = np.array([_strength(one["properties"]["highway"]) for one in roads])
    buildings = _shapes(_features("optics_valley_east_buildings.geojson.gz"))
    return _shapes(roads), strengths, column([mended(one) for one in buildings])


def _strength(highway: str) -> Strength:
    return OF_HIGHWAY.get(highway.removesuffix("_link"), Strength.PATH)


def _communities() -> City:
    shapes = _shapes(_features("communities.geojson.gz"))
    codes = tuple(f"990104{one // 999 + 1:03}{one % 999 + 1:03}" for one in range(len(shapes)))
    return "wuhan_communities", Communities(codes, column([mended(one) for one in shapes])), Surroundings()


def _hundred(roads: Any, strengths: Any, buildings: Any) -> City:
    """Return 100 km² of city: the quarter of Wuhan again and again, a community for each square kilometre and a half."""
    west, south, east, north = QUARTER
    wide, high = east - west, north - south
    moves = [(column_ * wide, row * high) for row in range(TILES) for column_ in range(TILES)]

    def again(shapes: Any) -> Any:
        return np.concatenate([shapely.transform(shapes, lambda at, by=by: at + by) for by in moves])

    side_x, side_y = wide / 2, high / 2
    shapes = [
        shapely.box(west + x * side_x, south + y * side_y, west + (x + 1) * side_x, south + (y + 1) * side_y)
        for x in range(TILES * 2)
        for y in range(TILES * 2)
    ]
    codes = tuple(f"990105001{one + 1:03}" for one in range(len(shapes)))
    city = Surroundings(again(roads), np.tile(strengths, len(moves)), nothing(), again(buildings))
    chance = np.random.default_rng(SEED)
    along = shapely.get_coordinates(city.lines)
    loads = along[chance.integers(len(along), size=100_000)]
    return (
        "km2_100",
        Communities(codes, column(shapes)),
        Surroundings(city.lines, city.strengths, city.water, city.buildings, loads),
    )


def _helsinki() -> Surroundings:
    command = [sys.executable, "-c", READ, str(DATA / "helsinki_osm" / "Helsinki.osm.pbf")]
    read = subprocess.run(command, check=True, capture_output=True).stdout.decode().splitlines()
    lines: list[Any] = []
    strengths: list[Strength] = []
    water: list[Any] = []
    buildings: list[Any] = []
    for column_, value, text in map(json.loads, read):
        shape = shapely.from_wkb(bytes.fromhex(text), on_invalid="ignore")
        if shape is None:
            continue
        if column_ == "building":
            buildings.append(mended(shape))
        elif column_ == "natural":
            water += [mended(shape)] if value == "water" else []
        else:
            lines.append(shape)
            strengths.append(_strength(value) if column_ == "highway" else Strength.WATER)
    return Surroundings(column(lines), np.array(strengths), column(water), column(buildings))
