"""What the tests of geography share: files to import, a city laid in squares, irregular grids."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.utils import translation

from cityloop.geography.actions.writing import NewGrid, NewRegion, write_grids, write_regions
from cityloop.geography.choices import RegionLevel

DAY = date(2026, 1, 1)
CITY = "990101"
COMMUNITY = f"{CITY}001001"

GeoJson = Callable[..., Path]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in thousandths of a degree east of 116 and north of 39: about 86 by 111 m each."""
    return shapely.box(116 + west / 1000, 39 + south / 1000, 116 + east / 1000, 39 + north / 1000)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The tests read messages in the language of their ids."""
    with translation.override("en"):
        yield


@pytest.fixture
def geojson(tmp_path: Path) -> GeoJson:
    """Write a GeoJSON file from shapes and their properties."""

    def write(*features: tuple[Any, Mapping[str, Any]], crs: str = "", name: str = "areas.geojson") -> Path:
        body: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": dict(values),
                    "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
                }
                for shape, values in features
            ],
        }
        if crs:
            body["crs"] = {"type": "name", "properties": {"name": crs}}
        path = tmp_path / name
        path.write_text(json.dumps(body))
        return path

    return write


@pytest.fixture
def one_community(db: None) -> str:
    """A district, a street and a community of ten by ten boxes, without unit grids."""
    whole = box(0, 0, 10, 10)
    write_regions(
        [
            NewRegion(CITY, RegionLevel.DISTRICT, "环城区", "", CITY, box(-5, -5, 20, 20)),
            NewRegion(f"{CITY}001", RegionLevel.STREET, "城东街道", CITY, CITY, box(-2, -2, 15, 15)),
            NewRegion(COMMUNITY, RegionLevel.COMMUNITY, "东一社区", f"{CITY}001", CITY, whole),
        ],
        DAY,
    )
    return COMMUNITY


def irregular(columns: int, rows: int, *, seed: int = 1) -> list[NewGrid]:
    """Unit grids with slanted, many-cornered borders that share every corner with their neighbours."""
    corners = _corners(columns, rows, seed)
    grids = []
    for row in range(rows):
        for column in range(columns):
            ring = [
                *corners(row, column, row, column + 1),
                *corners(row, column + 1, row + 1, column + 1),
                *corners(row + 1, column, row + 1, column + 1)[::-1],
                *corners(row, column, row + 1, column)[::-1],
            ]
            number = row * columns + column
            code = f"{CITY}{number // 99_900 + 1:03}{number // 100 % 999 + 1:03}{number % 100 + 1:03}"
            grids.append(NewGrid(code, CITY, shapely.Polygon(ring)))
    return grids


def _corners(columns: int, rows: int, seed: int) -> Callable[[int, int, int, int], list[tuple[float, float]]]:
    """Return what gives the points of the edge between two corners, always in the same order and the same numbers."""
    chance = np.random.default_rng(seed)
    lon = 116 + 0.001 * (np.arange(columns + 1) + chance.uniform(-0.3, 0.3, (rows + 1, columns + 1)))
    lat = 39.3 - 0.001 * (np.arange(rows + 1)[:, None] + chance.uniform(-0.3, 0.3, (rows + 1, columns + 1)))
    bends = chance.uniform(-0.00004, 0.00004, (rows + 1, columns + 1, 2, 3, 2))

    def edge(row: int, column: int, to_row: int, to_column: int) -> list[tuple[float, float]]:
        start = np.array([lon[row, column], lat[row, column]])
        end = np.array([lon[to_row, to_column], lat[to_row, to_column]])
        way = bends[row, column, 0 if to_row == row else 1]
        return [
            tuple(start + (end - start) * part + bend)
            for part, bend in zip((0, 0.25, 0.5, 0.75, 1), [0, *way, 0], strict=True)
        ]  # type: ignore[misc]

    return edge


@pytest.fixture
def irregular_city(db: None) -> list[NewGrid]:
    """Thirty by thirty irregular grids, in two communities' worth of regions that do not reach all of them."""
    grids = irregular(30, 30)
    write_grids(grids, DAY)
    write_regions(
        [
            NewRegion(CITY, RegionLevel.DISTRICT, "环城区", "", CITY, shapely.box(115.99, 39.26, 116.04, 39.31)),
            NewRegion(
                f"{CITY}009", RegionLevel.STREET, "城外街道", CITY, CITY, shapely.box(115.99, 39.26, 116.0, 39.31)
            ),
        ],
        DAY,
    )
    return grids
