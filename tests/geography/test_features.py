import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from cityloop.geography.files.features import Feature, open_areas
from cityloop.geography.rules.coordinates import convert
from cityloop.kernel.errors import InvalidInput
from geography.conftest import GeoJson, box

SQUARE = box(0, 0, 5, 5)

# The tests load GeoDjango, and so must not load pyogrio: a process of its own writes the GeoPackages.
WRITE = """
import sys, shapely, numpy as np, pyogrio.raw
path, wkt, crs = sys.argv[1:]
for number, layer in enumerate(("grids", "others")):
    shapes = shapely.to_wkb(np.array([shapely.from_wkt(wkt)] * (number + 1)))
    pyogrio.raw.write(path, shapes, [np.array([7.0, np.nan][: number + 1])], ["no"], layer=layer, driver="GPKG",
        geometry_type="Polygon", crs=crs or None, append=number > 0)
"""


@pytest.fixture
def geopackage(tmp_path: Path) -> Callable[[str], Path]:
    def write(crs: str, shape: shapely.Polygon = SQUARE) -> Path:
        path = tmp_path / "areas.gpkg"
        subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE, str(path), shape.wkt, crs], check=True)
        return path

    return write


def read(path: Path, **asked: str) -> list[Feature]:
    with open_areas(path, **asked) as file:
        features = list(file.features)
        assert len(features) == file.count
    return features


def refusal_of(path: Path, **asked: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        read(path, **asked)
    assert "%(" not in refusal.value.message
    assert "Traceback" not in refusal.value.message
    return refusal.value


def test_a_feature_comes_with_its_number_its_values_as_text_and_its_shape(geojson: GeoJson) -> None:
    path = geojson(
        (SQUARE, {"code": 42, "area": 3.0, "name": " 东门 "}), (None, {"code": None, "area": 2.5, "name": ""})
    )
    first, second = read(path)
    assert (first.number, dict(first.values)) == (1, {"code": "42", "area": "3", "name": "东门"})
    assert shapely.equals(first.shape, SQUARE)
    assert (second.number, dict(second.values), second.shape) == (2, {"code": "", "area": "2.5", "name": ""}, None)


def test_a_feature_of_a_table_is_counted_without_gaps_and_found_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(f'code,wkt\n1,"{SQUARE.wkt}"\n\n2,"{SQUARE.wkt}"\n', encoding="utf-8")
    with open_areas(path, crs="cgcs2000") as file:
        assert [(one.number, one.row, one.values["code"]) for one in file.features] == [(1, 2, "1"), (2, 4, "2")]


@pytest.mark.parametrize("crs", ["", "urn:ogc:def:crs:EPSG::4490", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_wgs84_and_cgcs2000_keep_their_numbers_to_the_last_bit(geojson: GeoJson, crs: str) -> None:
    slanted = shapely.Polygon([(116.1234567890123, 39.1), (116.2, 39.10000000000001), (116.15, 39.2)])
    (feature,) = read(geojson((slanted, {}), crs=crs))
    assert shapely.equals_exact(shapely.normalize(feature.shape), shapely.normalize(slanted), 0)


def test_a_gzipped_file_is_read_as_it_is(geojson: GeoJson) -> None:
    path = geojson((SQUARE, {"code": "1"}))
    zipped = path.with_suffix(".geojson.gz")
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    assert [feature.values for feature in read(zipped)] == [feature.values for feature in read(path)]


def test_projected_cgcs2000_is_unrolled(geopackage: Callable[..., Path]) -> None:
    # 114° E is the central meridian of EPSG:4547, where the easting is 500 km
    path = geopackage("EPSG:4547", shapely.box(500_000, 3_400_000, 500_100, 3_400_100))
    feature = read(path)[0]
    west, south, east, _north = feature.shape.bounds
    assert west == pytest.approx(114.0, abs=1e-9)
    assert 30.71 < south < 30.73
    assert (east - west) * 111_320 * np.cos(np.radians(south)) == pytest.approx(100, rel=0.01)


def test_gcj02_is_converted_where_the_caller_says_so(geojson: GeoJson) -> None:
    (feature,) = read(geojson((SQUARE, {})), crs="gcj02")
    given, got = shapely.get_coordinates(SQUARE), shapely.get_coordinates(feature.shape)
    back = np.column_stack(convert(got[:, 0], got[:, 1], "wgs84", "gcj02"))
    assert back == pytest.approx(given, abs=1e-9)
    assert np.abs(got - given).max() > 1e-3


def test_a_layer_is_chosen_by_its_name(geopackage: Callable[..., Path]) -> None:
    path = geopackage("EPSG:4490")
    assert len(read(path)) == 1
    assert [feature.values["no"] for feature in read(path, layer="others")] == ["7", ""]
    assert "grids, others" in refusal_of(path, layer="nowhere").message


def test_a_file_without_a_system_is_refused_until_it_is_named(geopackage: Callable[..., Path]) -> None:
    path = geopackage("")
    assert refusal_of(path).faults[0].why.endswith("Name the system, for example EPSG:4490.")
    assert read(path, crs="EPSG:4490")[0].shape.bounds == SQUARE.bounds


@pytest.mark.parametrize("crs", ["EPSG:999999", "moon", "EPSG:"])
def test_an_unknown_system_is_refused(geojson: GeoJson, crs: str) -> None:
    refusal = refusal_of(geojson((SQUARE, {})), crs=crs)
    assert "is not a coordinate system we know" in refusal.faults[0].why
    assert crs in refusal.message


@pytest.mark.parametrize("crs", ["EPSG:4610", "EPSG:4214", "EPSG:2435"])
def test_an_old_survey_without_public_parameters_is_refused(geojson: GeoJson, crs: str) -> None:
    at_home = shapely.box(38_500_000 - 38_000_000, 3_400_000, 500_100, 3_400_100) if crs == "EPSG:2435" else SQUARE
    assert "cannot be converted to within 2 m" in refusal_of(geojson((at_home, {})), crs=crs).faults[0].why


def test_a_file_that_is_cut_short_is_refused(geojson: GeoJson, geopackage: Callable[..., Path], tmp_path: Path) -> None:
    whole = geojson(*[(SQUARE, {"code": str(number)}) for number in range(200)])
    zipped = gzip.compress(whole.read_bytes())
    package = geopackage("EPSG:4490").read_bytes()
    for name, data in {
        "a.geojson": whole.read_bytes()[:-200],
        "a.geojson.gz": zipped[:-20],
        "a.gpkg": package[: len(package) // 3],
    }.items():
        (tmp_path / name).write_bytes(data)
        assert "damaged or cut short" in refusal_of(tmp_path / name).faults[0].why, name


def test_a_file_that_points_to_others_is_refused_and_nothing_of_them_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    follows = tmp_path / "areas.vrt"
    follows.write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    assert "none of the files that can be read" in refusal_of(follows).faults[0].why
    assert "no columns that hold coordinates" in refusal_of(secret).faults[0].why
    topology = tmp_path / "areas.json"
    topology.write_text(json.dumps({"type": "Topology", "objects": {}, "arcs": []}))
    assert refusal_of(topology).faults[0].why


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.geojson" in refusal_of(tmp_path / "nowhere.geojson").message


def test_leaving_early_ends_the_reading_process(geojson: GeoJson) -> None:
    path = geojson(*[(SQUARE, {"code": "x" * 1000}) for _number in range(2000)])
    with open_areas(path) as file:
        assert next(file.features).number == 1
