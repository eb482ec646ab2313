"""A regular grid for a city that has no surveyed one, from the command line."""

import io
import json
from pathlib import Path

import pytest
import shapely
from django.core.management import CommandError, call_command

from cast import load_standards
from cityloop.geography import queries as geography
from cityloop.organisation import actions, queries

CITY = "990101"
EXTENT = ("--extent", "116", "39", "116.02", "39.02")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city() -> None:
    load_standards()
    actions.create_jurisdiction(CITY, "环城市")


def lay(*words: str) -> str:
    out = io.StringIO()
    call_command("lay_grid", *words, stdout=out)
    return out.getvalue()


def test_a_box_is_enough_for_the_first_place_to_be_found() -> None:
    """After init nothing could be located, and what the refusal told people to do was no command."""
    assert "63 unit grids" in lay(*EXTENT, "--cell", "250")
    found = geography.locate(116.01, 39.01, queries.city(CITY).today())
    assert found is not None
    assert found.jurisdiction == CITY
    assert geography.region_names([CITY], queries.city(CITY).today()) == {CITY: "环城市"}


def test_a_border_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "border.geojson"
    path.write_text(shapely.to_geojson(shapely.Polygon([(116, 39), (116.02, 39), (116, 39.02)])))
    lay("--border", str(path))
    assert geography.locate(116.001, 39.001, queries.city(CITY).today()) is not None
    assert geography.locate(116.019, 39.019, queries.city(CITY).today()) is None


def test_regions_that_were_imported_are_border_enough(tmp_path: Path) -> None:
    shape = json.loads(shapely.to_geojson(shapely.box(116, 39, 116.01, 39.01)))
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {"code": CITY, "name": "环城市"}, "geometry": shape}))
    call_command("import_regions", str(path), "--level", "district", "--jurisdiction", CITY, stdout=io.StringIO())
    lay()
    assert geography.has_unit_grids(CITY, queries.city(CITY).today())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param((), "--border FILE or --extent", id="nothing is known"),
        pytest.param(("--extent", "39", "116", "39.1", "116.1"), "from west to east", id="latitude first"),
        pytest.param((*EXTENT, "--cell", "0"), "above 0", id="no cell"),
        pytest.param(("--border", "/nowhere.geojson"), "nowhere", id="no file"),
    ],
)
def test_what_cannot_be_cut_is_said(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        lay(*words)
    assert not geography.has_unit_grids(CITY, queries.city(CITY).today())


def test_a_second_grid_is_refused() -> None:
    lay(*EXTENT)
    with pytest.raises(CommandError, match="already"):
        lay(*EXTENT)
