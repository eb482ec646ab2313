"""The ground goes in through the doors that every city's ground goes through: files of areas, and the map's bulk door."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson
import shapely

from cityloop.demo.rules.ground import Area, Ground, RoadClass, Use, on_earth
from cityloop.demo.rules.ground.buildings import STOREY_M
from cityloop.demo.rules.ground.layout import Layout
from cityloop.geography import actions as geography
from cityloop.geography.actions import DutyGridPlan, GridFields, RegionFields
from cityloop.geography.choices import RegionLevel
from cityloop.geography.rules.shapes import area_m2, mended
from cityloop.places import actions as places
from cityloop.places.actions import NewArea, NewBuilding, NewRoad

COLUMNS = RegionFields(parent="parent")
GRID_COLUMNS = GridFields(name="name", timing_zone="zone")

LEAST_AREA_M2 = 1.0
"""What is smaller was left over between two borders."""

ROADS: Mapping[RoadClass, tuple[str, float]] = {
    RoadClass.MAIN: ("arterial", 36.0),
    RoadClass.SIDE: ("secondary", 20.0),
    RoadClass.LANE: ("lane", 7.0),
    RoadClass.PATH: ("path", 3.0),
}
"""What the map calls a road, and how wide it is in metres."""

BUILDINGS: Mapping[Use, str] = {
    Use.OLD: "old", Use.COMMERCE: "commercial", Use.MARKET: "commercial", Use.OFFICE: "public", Use.STATION: "public",
    Use.SCHOOL: "school", Use.HOSPITAL: "hospital", Use.INDUSTRY: "industrial",
}  # fmt: skip
"""What the map calls a building; others are homes."""

AREAS: Mapping[str, str] = {
    "sea": "water", "river": "water", "creek": "water", "lake": "water", "pond": "water", "wood": "wood", "farm": "farm",
    "green": "green", "pitch": "green", "park": "park", "square": "square", "industry": "industry", "commerce": "commercial",
    "market": "commercial", "office": "public", "hospital": "public", "school": "public", "station": "public", "old": "block",
    "estate": "residential", "tower": "residential", "crowded": "residential",
}  # fmt: skip
"""What the map calls a patch of ground."""


def import_ground(ground: Ground, jurisdiction: str, valid_from: date) -> None:
    """Bring in regions, unit grids and duty grids, and what the map is drawn from."""
    with TemporaryDirectory(prefix="cityloop-") as folder:
        for level, areas in (
            (RegionLevel.DISTRICT, [ground.district]),
            (RegionLevel.STREET, ground.streets),
            (RegionLevel.COMMUNITY, ground.communities),
        ):
            path = _written(Path(folder) / f"{level}.geojson", areas)
            geography.import_regions(path, level, jurisdiction=jurisdiction, valid_from=valid_from, fields=COLUMNS)
        path = _written(Path(folder) / "grids.geojson", ground.grids)
        geography.import_grids(path, jurisdiction=jurisdiction, valid_from=valid_from, fields=GRID_COLUMNS)
    plans = [DutyGridPlan(one.code, one.name, one.grids) for one in ground.duty_grids]
    geography.make_duty_grids(jurisdiction, plans, valid_from)
    places.add_ground(jurisdiction, _map(ground.layout), valid_from)


def _map(layout: Layout) -> places.Ground:
    """Return what the map of the city is drawn from."""
    houses = layout.buildings
    return places.Ground(
        roads=list(_roads(layout)),
        buildings=[
            NewBuilding(shape, BUILDINGS.get(use, "residential"), height_m=storeys * STOREY_M)
            for shape, use, storeys in zip(on_earth(houses.shapes), houses.uses, houses.storeys.tolist(), strict=True)
        ],
        areas=[
            NewArea(AREAS[patch.kind], part, patch.name)
            for patch in layout.patches
            for part in shapely.get_parts(mended(on_earth(patch.shape)))
            if area_m2(part) > LEAST_AREA_M2
        ],
    )


def _roads(layout: Layout) -> Iterator[NewRoad]:
    """Yield the roads, where they cross the river as bridges of their own."""
    river = next(patch.shape for patch in layout.patches if patch.kind == "river")
    for road in layout.roads:
        name, wide = ROADS[road.kind]
        over = (
            shapely.intersection(road.line, river)
            if road.kind is RoadClass.MAIN
            else shapely.linestrings(np.empty((0, 2)))
        )
        for line, is_bridge in ((shapely.difference(road.line, over), False), (over, True)):
            lines = [one for one in shapely.get_parts(line) if one.geom_type == "LineString" and one.length > 1]
            if lines:
                yield NewRoad(name, on_earth(shapely.multilinestrings(lines)), road.name, wide, is_bridge)


def _written(path: Path, areas: Sequence[Area]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code, "name": area.name, "parent": area.parent, "zone": area.zone},
            "geometry": orjson.Fragment(shapely.to_geojson(area.shape)),
        }
        for area in areas
    ]
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return path
