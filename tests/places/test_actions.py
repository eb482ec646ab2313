"""The ground is written all or none."""

from datetime import date
from typing import Any

import pytest
import shapely
from django.db import IntegrityError, connection, transaction

from cast import CITY
from cityloop.kernel.errors import InvalidInput
from cityloop.places.actions import Ground, NewArea, NewBuilding, NewRoad, add_ground
from cityloop.places.models import Area, Building, Road

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)
LINE = shapely.LineString([(121, 30), (121.01, 30.01)])
BOX = shapely.box(121, 30, 121.01, 30.01)


def test_roads_buildings_and_areas_are_written() -> None:
    ground = Ground(
        [NewRoad("arterial", LINE, "长安路", 30.0), NewRoad("lane", shapely.MultiLineString([LINE]), is_bridge=True)],
        [NewBuilding(BOX, "school", "实验小学", 12.5)],
        [NewArea("water", shapely.MultiPolygon([BOX]), "清河")],
    )
    assert add_ground(CITY, ground, DAY) == 4
    road, lane = Road.objects.order_by("id")
    assert (road.name, road.road_class, road.width_m, road.is_bridge) == ("长安路", "arterial", 30.0, False)
    assert (lane.is_bridge, lane.geometry.geom_type) == (True, "MultiLineString")
    assert (Building.objects.get().height_m, Area.objects.get().name) == (12.5, "清河")
    with connection.cursor() as cursor:
        for table in ("road", "building", "area"):
            cursor.execute(f"SELECT DISTINCT ST_SRID(mercator), GeometryType(mercator) FROM places_{table}")
            ((srid, kind),) = cursor.fetchall()
            assert (srid, kind[:5]) == (3857, "MULTI")


@pytest.mark.parametrize(
    ("ground", "field"),
    [
        (Ground([NewRoad("boulevard", LINE)]), "roads.0.road_class"),
        (Ground([NewRoad("lane", BOX)]), "roads.0.shape"),
        (Ground([NewRoad("lane", LINE, width_m=0)]), "roads.0.width_m"),
        (Ground(buildings=[NewBuilding(BOX), NewBuilding(LINE)]), "buildings.1.shape"),
        (Ground(buildings=[NewBuilding(BOX, "castle")]), "buildings.0.kind"),
        (Ground(buildings=[NewBuilding(BOX, height_m=float("nan"))]), "buildings.0.height_m"),
        (Ground(areas=[NewArea("lava", BOX)]), "areas.0.kind"),
        (Ground(areas=[NewArea("water", None)]), "areas.0.shape"),
        (Ground(areas=[NewArea("water", shapely.box(600_000, 3, 600_010, 4))]), "areas.0.shape"),
    ],
)
def test_one_bad_piece_keeps_all_of_them_out(ground: Ground, field: str) -> None:
    more = Ground([*ground.roads, NewRoad("lane", LINE)], ground.buildings, ground.areas)
    with pytest.raises(InvalidInput) as refused:
        add_ground(CITY, more, DAY)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert not Road.objects.exists()


def test_nothing_is_written_of_nothing() -> None:
    assert add_ground(CITY, Ground(), DAY) == 0


@pytest.mark.parametrize("wrong", [{"width_m": -1.0}, {"valid_to": DAY}], ids=["width", "end"])
def test_the_database_refuses_what_cannot_be_so(wrong: dict[str, Any]) -> None:
    add_ground(CITY, Ground([NewRoad("lane", LINE)]), DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Road.objects.update(**wrong)
