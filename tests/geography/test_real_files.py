"""Real borders, where they lie beside the repository."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from cityloop.geography import queries
from cityloop.geography.actions import (
    GridFields,
    ImportOptions,
    RegionFields,
    import_grids,
    import_regions,
    lay_regular_grid,
)
from cityloop.geography.choices import RegionLevel
from cityloop.geography.models import Region, UnitGrid
from geography.conftest import DAY

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TAIPEI, WUHAN = DATA / "taipei", DATA / "wuhan"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not TAIPEI.is_dir() or not WUHAN.is_dir(), reason="the real files are not here"),
]
KEEP = ImportOptions(keep_good=True, tolerance_m2=500.0)


def test_the_districts_and_villages_of_taipei_become_a_tree_and_grids() -> None:
    districts = RegionFields(code="{code[0:6]}", name="district")
    made = import_regions(
        TAIPEI / "districts.geojson.gz",
        RegionLevel.DISTRICT,
        jurisdiction="630000",
        valid_from=DAY,
        fields=districts,
        options=KEEP,
    )
    assert (made.read, made.written, made.faults) == (12, 12, ())
    villages = RegionFields(code="{code[0:6]}001{code[7:10]}", name="village")
    made = import_regions(
        TAIPEI / "villages.geojson.gz",
        RegionLevel.COMMUNITY,
        jurisdiction="630000",
        valid_from=DAY,
        fields=villages,
        options=KEEP,
    )
    assert (made.read, made.written, made.faults) == (456, 456, ())
    assert {note.why for note in made.notes} == {"crossed itself and was mended"}
    assert Region.objects.get(name="湖田里").parent_code == "630120"
    # each village as its only unit grid
    grids = GridFields(code="{code[0:6]}001{code[7:10]}001", name="village")
    made = import_grids(
        TAIPEI / "villages.geojson.gz", jurisdiction="630000", valid_from=DAY, fields=grids, options=KEEP
    )
    assert (made.written, made.faults) == (456, ())
    where = queries.locate(121.5654, 25.0330, DAY)
    assert where is not None
    assert queries.region_names([where.community, where.district], DAY) == {
        "630020": "信義區",
        where.community: "西村里",
    }


def test_a_grid_is_laid_inside_the_villages_of_taipei() -> None:
    fields = RegionFields(code="630100001{#:03}", name="village")
    import_regions(
        TAIPEI / "villages.geojson.gz",
        RegionLevel.COMMUNITY,
        jurisdiction="630100",
        valid_from=DAY,
        fields=fields,
        options=KEEP,
    )
    laid = lay_regular_grid("630100", *queries.extent("630100"), 300, DAY)
    assert laid.duty_grids == 456
    for grid in UnitGrid.objects.filter(code__endswith="001").order_by("code")[:20]:
        community = Region.objects.get(code=grid.community_code)
        inside = shapely.intersection(
            shapely.from_wkb(bytes(community.geometry.wkb)), shapely.from_wkb(bytes(grid.geometry.wkb))
        )
        assert inside.area == pytest.approx(grid.geometry.area, rel=1e-6)


def test_the_communities_of_wuhan_are_found_as_the_database_finds_them() -> None:
    fields = RegionFields(code="420100001{community_id:03}", name="district")
    made = import_regions(
        WUHAN / "communities.geojson.gz",
        RegionLevel.COMMUNITY,
        jurisdiction="420100",
        valid_from=DAY,
        fields=fields,
        options=KEEP,
    )
    assert made.read == 974
    assert made.written + len(made.faults) == 974
    assert made.written > 950
    west, south, east, north = queries.extent("420100")
    chance = np.random.default_rng(3)
    lons, lats = chance.uniform(west, east, 500), chance.uniform(south, north, 500)
    places = queries.Locator.load(DAY).locate(lons, lats)
    assert [places[point] for point in range(500)] == [
        queries.locate(lon, lat, DAY) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)
    ]
    assert 20 < places.found.sum() < 500


def test_the_districts_of_wuhan_have_no_codes_and_so_get_them_by_number() -> None:
    made = import_regions(
        WUHAN / "districts.geojson.gz",
        RegionLevel.DISTRICT,
        jurisdiction="420100",
        valid_from=DAY,
        fields=RegionFields(code="4201{#:02}", name="district"),
        options=KEEP,
    )
    assert (made.read, made.written, made.faults) == (13, 13, ())
