"""Tiles that are kept: never older than the last commit, never for the eyes of another."""

from collections import defaultdict
from datetime import date
from random import Random
from typing import Any

import psycopg
import pytest
import shapely
from django.db import connection

from cast import CITY, NOW, OTHER_CITY, Cast, city_cast  # noqa: F401
from cityloop.assets.models import Part
from cityloop.geography.models import DutyGrid, Region, UnitGrid
from cityloop.onemap import queries as onemap
from cityloop.onemap.queries import tiles
from cityloop.onemap.queries.keeping import KEPT
from cityloop.onemap.rules import Layer, Look, Tile
from cityloop.organisation.models import Appointment
from cityloop.places.actions import Ground, NewRoad, add_ground
from map_town import ALL, LAT, LON, SINCE, SOUTH, WEST, WHO, address, drawn, look, signed_in, tiles_over
from vector_tiles import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]

KEPT_LAYERS = [layer for layer in onemap.layers() if layer.sources]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    KEPT.clear()


@pytest.fixture
def made_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the layers that were made, and not taken from what is kept."""
    made: list[str] = []
    encode = tiles.encoded

    def noted(layer: Layer, at: Tile, asked: Look) -> bytes:
        made.append(layer.name)
        return encode(layer, at, asked)

    monkeypatch.setattr(tiles, "encoded", noted)
    return made


def test_every_table_that_kept_layers_read_tells_of_its_changes() -> None:
    assert {layer.name for layer in KEPT_LAYERS} >= set(ALL.split(",")) - {"cases"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE '%\\_noted\\_%' GROUP BY 1"
        )
        noting = {table for table, events in cursor.fetchall() if events == 3}
    assert {source for layer in KEPT_LAYERS for source in layer.sources} <= noting


def test_a_layer_reads_no_table_that_it_does_not_name(city_cast: Cast) -> None:  # noqa: F811
    asked, views = look(city_cast, "dispatcher"), defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT view_name, table_name FROM information_schema.view_table_usage WHERE view_schema = 'public'"
        )
        for view, table in cursor.fetchall():
            views[view].add(table)
    for layer in KEPT_LAYERS:
        for zoom in (3, 11, 13, 15, 17):
            words = layer.rows(asked, Tile.around(LON, LAT, zoom)).sql.replace("(", " ").split()
            tables = {
                word.split(".")[0] for word in words if word.startswith(("geography_", "places_", "assets_", "cases_"))
            }
            tables = set().union(*(views.get(table, {table}) for table in tables))
            assert tables <= set(layer.sources), f"{layer.name} at {zoom}"


def test_what_is_kept_is_shared_by_all_who_reach_as_far_and_by_nobody_else(town: Cast, made_anew: list[str]) -> None:
    at = Tile.around(LON, LAT, 15)
    first = drawn(town, "dispatcher", at, "parts,unit_grids,roads")
    assert made_anew == ["parts", "unit_grids", "roads"]
    assert drawn(town, "leader", at, "parts,unit_grids,roads") == first
    assert len(made_anew) == 3, "they reach as far"
    drawn(town, None, at, "parts,unit_grids,roads")
    assert len(made_anew) == 3, "the ground is everybody's, and of the rest there is nothing"
    drawn(town, "their_duty_chief", at, "parts,unit_grids,roads")
    assert made_anew[3:] == ["parts", "unit_grids"]


def features(tile: bytes) -> dict[str, list[str]]:
    """Return what a tile shows, layer by layer: in what order PostgreSQL reads rows is its own affair."""
    return {name: sorted(map(repr, found)) for name, found in read(tile).by_name.items() if found}


@pytest.mark.long
def test_no_kept_copy_shows_what_a_tile_made_for_its_reader_would_not(town: Cast) -> None:
    """Users × layers × tiles in any order, with rights that come and go: what is kept is what would be made."""
    chance = Random(3)
    squares = [at for zoom in (3, 11, 14, 17) for at in chance.sample(tiles_over(zoom), 3)] + [
        Tile.around(LON, LAT, 14)
    ]
    shown = onemap.layers()
    lost = list(Appointment.objects.filter(user_id__in=[town["dispatcher"], town["their_duty_chief"]]).order_by("id"))
    for is_revoked in (False, True):
        if is_revoked:
            for one in lost:
                one.delete()
        walk = [(who, at) for who in WHO for at in squares]
        chance.shuffle(walk)
        for who, at in walk:
            asked = look(town, who)
            got = onemap.made(shown, at, asked)
            fresh = b"".join(tiles.encoded(layer, at, asked) for layer in shown)
            assert features(got.body) == features(fresh), f"{who} at {at}"
    at = Tile.around(LON, LAT, 14)
    assert not drawn(town, "dispatcher", at)["parts"]
    assert drawn(town, "leader", at)["parts"]


def test_a_kept_layer_is_not_told_who_looks(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    [parts] = onemap.named(["parts"])
    rows = parts.rows

    def noted(asked: Look, at: Tile) -> Any:
        told.append(asked.viewer)
        return rows(asked, at)

    watched = Layer(**{name: getattr(parts, name) for name in Layer.__dataclass_fields__} | {"rows": noted})
    onemap.tile([watched], Tile.around(LON, LAT, 12), look(town, "dispatcher"))
    assert told == [None]


def change_region() -> None:
    Region.objects.filter(jurisdiction=CITY, level="community").update(name="新社区")


def change_grid() -> None:
    UnitGrid.objects.filter(jurisdiction=CITY).update(name="新网格")


def change_duty() -> None:
    assert DutyGrid.objects.filter(jurisdiction=CITY).update(name="新责任网格")


def change_part() -> None:
    Part.objects.filter(jurisdiction=CITY).update(state="damaged")


def take_part() -> None:
    Part.objects.filter(jurisdiction=CITY, code__endswith="7").update(valid_to=NOW.date())


def change_road() -> None:
    add_ground(CITY, Ground([NewRoad("arterial", shapely.LineString([(LON, LAT), (LON + 0.001, LAT)]), "新路")]), SINCE)


CHANGES = (
    ("regions", 13, change_region),
    ("unit_grids", 15, change_grid),
    ("duty_grids", 15, change_duty),
    ("parts", 17, change_part),
    ("parts", 3, take_part),
    ("parts", 12, take_part),
    ("roads", 10, change_road),
    ("roads", 17, change_road),
)


def test_a_change_is_in_the_next_tile(town: Cast, made_anew: list[str]) -> None:
    client = signed_in(town, "dispatcher")
    for names, zoom, change in CHANGES:
        Part.objects.update(valid_to=None, state="intact")
        made_anew.clear()
        path = address(names, zoom, WEST + 0.004, SOUTH + 0.003) if names == "parts" else address(names, zoom)
        before = client.get(path)
        assert before.status_code == 200, f"{names} at {zoom}"
        assert client.get(path, headers={"If-None-Match": before["ETag"]}).status_code == 304
        assert made_anew == [names], "the second was kept"
        change()
        after = client.get(path, headers={"If-None-Match": before["ETag"]})
        assert made_anew == [names, names]
        assert (after.status_code, after.content == before.content) == (200, False), f"{names} at {zoom}"


def test_a_change_elsewhere_leaves_a_tile_where_it_is(town: Cast, made_anew: list[str]) -> None:
    at = Tile.around(LON, LAT, 15)
    drawn(town, None, at, "roads")
    far = shapely.LineString([(LON + 0.2, LAT), (LON + 0.201, LAT)])
    add_ground(CITY, Ground([NewRoad("lane", far, "远巷")]), SINCE)
    drawn(town, None, at, "roads")
    assert made_anew == ["roads"]


def test_another_day_is_another_tile(town: Cast, made_anew: list[str]) -> None:
    from dataclasses import replace

    at = Tile.around(WEST + 0.004, SOUTH + 0.003, 12)
    asked = look(town, "dispatcher")
    onemap.tile(onemap.named(["parts"]), at, asked)
    tomorrow = replace(asked, cities=tuple(replace(one, today=date(2026, 7, 2)) for one in asked.cities))
    onemap.tile(onemap.named(["parts"]), at, tomorrow)
    assert made_anew == ["parts", "parts"]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_with_its_commit_not_before_and_not_later(city_cast: Cast) -> None:  # noqa: F811
    at = Tile.around(LON, LAT, 15)
    roads, everybody = onemap.named(["roads"]), look(city_cast, None)

    def names() -> set[str]:
        return read(onemap.tile(roads, at, everybody)).values("roads", "name")

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None}) as other:
        assert names() == set()
        for n, name in enumerate(("甲路", "乙路")):
            other.execute(
                "INSERT INTO places_road (jurisdiction, valid_from, road_class, name, is_bridge, geometry) VALUES"
                " (%s, '2020-01-01', 'lane', %s, false, ST_SetSRID(ST_GeomFromText(%s), 4490))",
                [OTHER_CITY, name, f"MULTILINESTRING(({LON} {LAT}, {LON + 0.001} {LAT + 0.0001 * n}))"],
            )
            assert name not in names()
            other.commit()
            assert name in names()
