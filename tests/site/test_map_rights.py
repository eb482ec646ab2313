"""Users × layers × tiles × features × statistics × files × heat: no row that a list would hide leaves anywhere."""

import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from cast import CITY, NOW, OTHER_CITY, Cast, city_cast  # noqa: F401
from cityloop.assets.models import Part
from cityloop.cases.layers import placed_cases
from cityloop.cases.models import Case
from cityloop.cases.queries.heat import heat
from cityloop.cases.rules.heat import heat_asked
from cityloop.geography.actions.composing import AreaPlan, draw_area
from cityloop.geography.choices import AreaKind
from cityloop.geography.models import DutyGrid, DutyGridMember, GridArea, Region, UnitGrid
from cityloop.onemap import opendata, within
from cityloop.onemap.choices import FileForm
from cityloop.onemap.export.walking import taken
from cityloop.onemap.export.writing import write_file
from cityloop.onemap.queries import named
from cityloop.onemap.rules import Tile
from cityloop.onemap.rules.areas import Drawn
from cityloop.onemap.rules.asking import Asked
from cityloop.organisation.queries import viewer_of
from cityloop.places.models import Address, Area, Building, PointOfInterest, Road
from map_town import ALL, WHO, at_the_hour, drawn, look, town  # noqa: F401

pytestmark = pytest.mark.django_db

ROWS: dict[str, Any] = {
    "areas": Area, "buildings": Building, "roads": Road, "pois": PointOfInterest, "addresses": Address, "regions": Region,
    "unit_grids": UnitGrid, "duty_grids": DutyGrid, "parts": Part,
}  # fmt: skip
AREAS = {f"{kind.value}_grids": kind for kind in AreaKind}
BOX = shapely.box(119.99, 29.99, 120.03, 30.02)
"""Around both cities."""


def listed(cast: Cast, who: str | None, name: str) -> dict[str, Any]:
    """What somebody's list shows of a layer: where it lies, by the key of its feature."""
    viewer = viewer_of(cast[who] if who else None, NOW)
    if name == "cases":
        rows = Case.objects.visible_to(viewer).open().filter(jurisdiction__in=viewer.works_in, location__isnull=False)
        return {row.number: shapely.from_wkt(row.location.wkt) for row in rows}
    if name in AREAS:
        areas = GridArea.objects.valid_on(NOW.date()).filter(kind=AREAS[name], jurisdiction__in=viewer.works_in)
        return {str(row.pk): shapely.union_all(units_of(row.pk)) for row in areas}
    rows = ROWS[name].objects.valid_on(NOW.date())
    if not next(iter(named([name]))).is_public:
        rows = rows.filter(jurisdiction__in=viewer.works_in)
    if name == "duty_grids":
        return {str(row.pk): shapely.union_all(pieces_of(row.pk)) for row in rows}
    return {str(row.pk): shapely.from_wkt(row.geometry.wkt) for row in rows}


def pieces_of(duty_grid: int) -> list[Any]:
    held = DutyGridMember.objects.valid_on(NOW.date()).filter(duty_grid_id=duty_grid).values("unit_grid_id")
    return [shapely.from_wkt(one.geometry.wkt) for one in UnitGrid.objects.filter(pk__in=held)]


def units_of(area: int) -> list[Any]:
    """The unit grids of a management, evaluation or extension grid."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit_grid_id FROM geography_areaunit WHERE area_id = %s AND valid_to IS NULL", [area])
        held = [one for (one,) in cursor.fetchall()]
    return [shapely.from_wkt(one.geometry.wkt) for one in UnitGrid.objects.filter(pk__in=held)]


def draw_areas() -> None:
    """In each city one grid of each kind, made of its first unit grid."""
    for code in (CITY, OTHER_CITY):
        if GridArea.objects.filter(jurisdiction=code).exists():
            continue
        first = UnitGrid.objects.filter(jurisdiction=code).order_by("code").first()
        assert first is not None
        more = {AreaKind.EVALUATION: {"rating": "A"}, AreaKind.EXTENSION: {"purpose": "greening"}}
        for kind in AreaKind:
            draw_area(code, AreaPlan(kind.value, f"{code} {kind}", (first.code,), **more.get(kind, {})), NOW.date())


@given(st.tuples(st.integers(0, 30), st.integers(0, 20)), st.tuples(st.integers(1, 30), st.integers(1, 20)))
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nothing_leaves_that_a_list_would_hide(
    town: Cast,  # noqa: F811
    tmp_path: Path,
    corner: tuple[int, int],
    sides: tuple[int, int],
) -> None:
    """Features, statistics, files and tiles of any area hold what the list of whoever asks shows there, and no other."""
    # Between the thousandths at which things begin and end: whether what touches lies within is not asked here.
    draw_areas()
    west, south = 119.99037 + corner[0] / 1000, 29.99041 + corner[1] / 1000
    box = shapely.box(west, south, west + sides[0] / 1000, south + sides[1] / 1000)
    area, path, tile = within.area_of(Drawn(box)), tmp_path / "made.geojson", Tile.around(west, south, 16)
    open_ones = [layer for layer in named(ALL.split(",")) if layer.features is not None]
    for who, layer in product(WHO, open_ones):
        sight, shown = look(town, who), listed(town, who, layer.name)
        here = {key for key, place in shown.items() if place.intersects(box)}
        features = opendata.page(layer, sight, Asked(limit=10_000, conditions=(area.condition,))).features
        assert {str(json.loads(one)["id"]) for one in features} == here, (who, layer.name)
        counted = within.within(layer, sight, area)
        assert counted.count == len(here), (who, layer.name)
        for group in counted.groups:
            assert sum(line.count for line in group.lines) + group.rest == counted.count
        count = write_file(path, FileForm.GEOJSON, taken([layer.name], sight, area, {}), sight, lambda _count: None)
        written = json.loads(path.read_text())["features"]
        assert {str(one["id"]) for one in written} == here
        assert count == len(written) == len(here)
        if layer.name == "cases":
            assert drawn(town, who, tile, "cases").values("cases", "number") <= set(shown)
        if layer.name == "parts":
            mine = set(Part.objects.filter(pk__in=shown).values_list("code", flat=True))
            assert drawn(town, who, tile, "parts").values("parts", "code") <= mine


def test_each_kind_of_sight_has_something_hidden_from_it(town: Cast) -> None:  # noqa: F811
    """Else the law above would hold for nothing."""
    seen = {who: len(listed(town, who, "parts")) + len(listed(town, who, "cases")) for who in WHO}
    assert seen["citizen"] == seen[None] == 0 < seen["stranger"]
    assert seen["collector"] < seen["dispatcher"]


def test_heat_counts_what_the_staff_see_and_nobody_else(town: Cast) -> None:  # noqa: F811
    asked = heat_asked("119.99,29.99,120.03,30.02", "week", "", "", {}, NOW.date())
    for who in WHO:
        sight = look(town, who)
        found = heat(sight, asked)
        mine = placed_cases(sight.viewer, [moment.jurisdiction for moment in sight.cities])
        assert sum(count for _cell, _step, count in found.counts) == mine.count(), who
        told = Counter(place.category for place in mine)
        assert sum(count for _key, _words, count in found.choices["class"]) == sum(told.values())
    assert sum(count for *_at, count in heat(look(town, "dispatcher"), asked).counts) > 0
    assert not heat(look(town, "citizen"), asked).cells


def test_nobody_takes_a_city_away_that_they_do_not_work_in(town: Cast, tmp_path: Path) -> None:  # noqa: F811
    sight = look(town, "their_duty_chief")
    path = tmp_path / "all.geojson"
    area = within.area_of(Drawn(BOX))
    for name in ("parts", "cases", "unit_grids", "regions", "addresses"):
        write_file(path, FileForm.GEOJSON, taken([name], sight, area, {}), sight, lambda _count: None)
        cities = {one["properties"]["jurisdiction"] for one in json.loads(path.read_text())["features"]}
        assert cities <= {OTHER_CITY}
        assert CITY not in cities


def test_shapes_that_leave_are_those_that_are_kept(town: Cast, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "roads.geojson"
    sight = look(town, None)
    write_file(path, FileForm.GEOJSON, taken(["roads"], sight, None, {}), sight, lambda _count: None)
    kept = {row.pk: shapely.from_wkt(row.geometry.wkt) for row in Road.objects.all()}
    for one in json.loads(path.read_text())["features"]:
        assert shape(one["geometry"]).hausdorff_distance(kept[one["id"]]) < 1e-6
