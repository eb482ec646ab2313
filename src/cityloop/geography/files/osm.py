"""OpenStreetMap as the layers that a city needs: roads, buildings, areas, points of interest, addresses. Part of the process that reads.

GDAL's own reader of .pbf and .osm gives points, lines and areas with the tags that a file names; each of our layers is one or two of
its layers with a condition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROADS = ["motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service", "pedestrian", "footway", "path", "steps", "cycleway", "track", "road"]  # fmt: skip
NATURAL = ["water", "wood", "beach", "sand", "scrub", "grassland", "wetland", "bay", "heath"]
LANDUSE = ["grass", "forest", "meadow", "recreation_ground", "village_green", "residential", "commercial", "retail", "industrial", "farmland", "farmyard", "basin", "reservoir", "orchard", "vineyard", "education", "institutional", "railway"]  # fmt: skip
LEISURE = ["park", "garden", "pitch", "playground", "nature_reserve", "golf_course"]
PLACES = ["amenity", "shop", "tourism", "office", "healthcare", "historic", "public_transport", "railway", "leisure"]
TAGS = [
    "name", "highway", "bridge", "width", "building", "building:levels", "height", "natural", "landuse", "leisure", "waterway",
    "water", "amenity", "shop", "tourism", "office", "healthcare", "historic", "public_transport", "railway", "place", "phone",
    "addr:housenumber", "addr:street", "addr:place", "addr:housename", "addr:full", "addr:district", "addr:suburb", "addr:city", "addr:postcode",
]  # fmt: skip


def _any(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


SOME_PLACE = " OR ".join(f"{column} IS NOT NULL" for column in PLACES)


@dataclass(frozen=True, slots=True)
class Part:
    """One of GDAL's layers with a condition; ``as_point`` takes a point on each shape."""

    layer: str
    where: str
    as_point: bool = False


LAYERS: Mapping[str, tuple[Part, ...]] = {
    "roads": (Part("lines", _any("highway", [*ROADS, *(f"{name}_link" for name in ROADS[:5])])),),
    "buildings": (Part("multipolygons", "building IS NOT NULL AND building <> 'no'"),),
    "areas": (
        Part(
            "multipolygons",
            f"{_any('natural', NATURAL)} OR {_any('landuse', LANDUSE)} OR {_any('leisure', LEISURE)} OR waterway = 'riverbank'"
            " OR place = 'square'",
        ),
    ),
    "pois": (
        Part("points", f"name IS NOT NULL AND ({SOME_PLACE})"),
        Part("multipolygons", f"name IS NOT NULL AND ({SOME_PLACE})", as_point=True),
    ),
    "addresses": (
        Part("points", "addr_housenumber IS NOT NULL"),
        Part("multipolygons", "addr_housenumber IS NOT NULL", as_point=True),
    ),
}

KIND = ("natural", "landuse", "leisure", "waterway", "place", "amenity", "shop", "tourism", "office", "healthcare", "historic", "public_transport", "railway")  # fmt: skip
"""Tags that say what something is, the first that stands there; the column ``kind`` holds ``tag=value``."""


def config(folder: Path) -> Path:
    """Write which tags become columns; return where."""
    shape = f"osm_id=yes\nosm_version=no\nosm_timestamp=no\nosm_uid=no\nosm_user=no\nosm_changeset=no\nattributes={','.join(TAGS)}\n"
    layers = "\n".join(
        f"[{name}]\n{shape}{'osm_way_id=yes' if name == 'multipolygons' else ''}\nother_tags=no\n"
        for name in ("points", "lines", "multilinestrings", "multipolygons", "other_relations")
    )
    closed = "closed_ways_are_polygons=aeroway,amenity,boundary,building,craft,geological,historic,landuse,leisure,military,natural,office,place,shop,sport,tourism,highway=platform,public_transport=platform"
    path = folder / "osm.ini"
    path.write_text(f"attribute_name_laundering=yes\nreport_all_ways=no\n{closed}\n{layers}")
    return path
