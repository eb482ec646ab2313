"""The ground goes in through the door that every city's ground goes through: files of areas."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import shapely

from cityloop.demo.rules.ground import Area, Ground
from cityloop.geography import actions as geography
from cityloop.geography.actions import GridFields, RegionFields
from cityloop.geography.choices import RegionLevel

COLUMNS = RegionFields(parent="parent")
GRID_COLUMNS = GridFields(name="name", timing_zone="zone")


def import_ground(ground: Ground, jurisdiction: str, valid_from: date) -> None:
    """Bring in regions and unit grids, and make a duty grid of each community."""
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
    geography.duty_grids_by_community(jurisdiction, valid_from)


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
