"""Real files through the import: trees of a city as parts, an OpenStreetMap quarter as roads and buildings. Skipped where they are not."""

import gzip
from pathlib import Path

import pytest

from assets.conftest import CITY
from assets.test_importing import DAY, checked, go
from cast import Cast
from cityloop.assets.choices import ImportState
from cityloop.assets.models import Part
from cityloop.geography.files import Asked

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here"),
]


def test_trees_of_a_real_register_become_parts(city_cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    with gzip.open(DATA / "trees_portland" / "parks.csv.gz", "rt", encoding="utf-8") as file:
        path.write_text("".join(line for line, _n in zip(file, range(1_001), strict=False)), encoding="utf-8")
    run = checked(path, mapping={"class_code": "=行道树", "name": "common"})
    assert (run.mapping["state"], run.mapping["valid_from"]) == ("condition", "inventory_date")
    assert run.counts["good"] + run.counts["bad"] == run.rows_read == 1_000
    done = go(run, ImportState.APPLYING)
    numbers = sorted(Part.objects.values_list("code", flat=True))
    assert [int(code[-6:]) for code in numbers] == list(range(1, done.counts["added"] + 1))
    assert all(code.startswith(CITY) for code in numbers)


@pytest.mark.parametrize(("target", "least"), [("roads", 200), ("buildings", 300), ("pois", 1)])
def test_a_real_quarter_of_openstreetmap_is_imported(city_cast: Cast, target: str, least: int) -> None:
    run = checked(DATA / "wuhan" / "optics_valley_east.osm.gz", target=target, on=DAY, reading=Asked(layer=target))
    assert run.counts["good"] >= least
    assert go(run, ImportState.APPLYING).counts["added"] == run.counts["good"]


def test_addresses_of_a_real_extract_are_imported_each_by_its_own_name(city_cast: Cast) -> None:
    path = DATA / "helsinki_osm" / "Helsinki.osm.pbf"
    run = checked(path, target="addresses", on=DAY, reading=Asked(layer="addresses"))
    assert run.counts["good"] > 1_000
    assert go(run, ImportState.APPLYING).counts["added"] == run.counts["good"]
