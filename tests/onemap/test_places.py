"""Squares as numbers: in Python and in the database, and what a tile hears of."""

from itertools import pairwise
from random import Random

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cityloop.onemap.queries.changes import versions_at
from cityloop.onemap.rules.places import FIRST_KEPT, places_of, quad, quads_in
from cityloop.onemap.rules.tiles import DEEPEST, EDGE_M, EXTENT, MARGIN, Box, Tile

SOURCE = "places_road"


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    zoom = draw(st.integers(0, DEEPEST))
    return Tile(zoom, draw(st.integers(0, (1 << zoom) - 1)), draw(st.integers(0, (1 << zoom) - 1)))


@given(at=tiles(), more=st.integers(0, 6))
def test_the_squares_in_a_tile_have_numbers_without_a_gap(at: Tile, more: int) -> None:
    first, past = quads_in(at, at.zoom + more)
    assert (first >> 2 * more, past - first) == (quad(at.x, at.y), 4**more)
    last = quad((at.x + 1 << more) - 1, (at.y + 1 << more) - 1)
    assert (first, past - 1) == (quad(at.x << more, at.y << more), last)


@given(at=tiles())
def test_a_tile_lies_in_one_square_of_a_zoom_above_its_own(at: Tile) -> None:
    for zoom in range(at.zoom):
        around = Tile(zoom, at.x >> (at.zoom - zoom), at.y >> (at.zoom - zoom))
        assert quads_in(at, zoom) == (quad(around.x, around.y), quad(around.x, around.y) + 1)


@given(at=tiles())
def test_what_is_near_what_is_wide_and_what_is_everywhere_have_numbers_of_their_own(at: Tile) -> None:
    ranges = sorted(places_of(at))
    assert all(first < past for first, past in ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))


@pytest.mark.django_db
def test_the_database_numbers_squares_as_we_do() -> None:
    chance = Random(7)
    squares = [(chance.getrandbits(22), chance.getrandbits(22)) for _ in range(200)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT onemap_quad(x, y) FROM unnest(%s::bigint[], %s::bigint[]) AS t (x, y)",
            [[x for x, _y in squares], [y for _x, y in squares]],
        )
        assert [number for (number,) in cursor.fetchall()] == [quad(x, y) for x, y in squares]


def write(box: Box) -> None:
    """Write a road from corner to corner of a box in metres of Mercator."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO places_road (jurisdiction, valid_from, road_class, name, is_bridge, width_m, geometry) SELECT '990101',"
            " '2020-01-01', 'lane', '', false, NULL, ST_SetSRID(ST_Transform(ST_SetSRID(ST_Multi(ST_MakeLine("
            "ST_MakePoint(%s, %s), ST_MakePoint(%s, %s))), 3857), 4326), 4490)",
            [*box],
        )


@pytest.mark.django_db
def test_whatever_reaches_into_a_tile_or_its_margin_is_heard_of() -> None:
    chance = Random(11)
    heard = missed = 0
    for _round in range(120):
        zoom = chance.randint(FIRST_KEPT, 19)
        at = Tile.around(chance.uniform(75, 135), chance.uniform(18, 53), zoom)
        west, south, east, north = at.metres
        margin = at.width_m * MARGIN / EXTENT
        size = at.width_m * 10 ** chance.uniform(-3, 2.5)
        x = chance.uniform(west - margin - size, east + margin)
        y = chance.uniform(south - margin - size, north + margin)
        box = Box(x, y, min(x + size, EDGE_M * 0.99), min(y + size, EDGE_M * 0.99))
        if min(x, y) < -EDGE_M * 0.99:
            continue
        before = versions_at(at, [SOURCE])
        write(box)
        assert versions_at(at, [SOURCE]) != before, f"{box} in {at}"
        heard += 1
        far = Tile.around(-100, -40, zoom)
        missed += versions_at(far, [SOURCE]) == {}
    assert heard > 80
    assert missed > heard * 0.7, "what lies on the other side of the world is not heard of"


@pytest.mark.django_db
def test_a_change_is_heard_of_where_it_is_and_not_beside() -> None:
    write(Box(*(EDGE_M / 2 + metres for metres in (0, 0, 10, 10))))
    column, row = (1 << 14) + (1 << 13), (1 << 13) - 1
    assert versions_at(Tile(15, column, row), [SOURCE])
    assert versions_at(Tile(15, column + 9, row), [SOURCE]) == {}
    assert versions_at(Tile(15, column, row), ["places_area"]) == {}, "each table has versions of its own"
