"""Counts by cell: they say what counting the rows says, on every day, after every change, settled or not."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from cityloop.kernel.clock import machine_now
from cityloop.onemap import queries as onemap
from cityloop.onemap.actions import settle
from cityloop.onemap.models import CellCount, CountChange
from cityloop.onemap.rules import DEEPEST_COUNTED, Look, Moment, Tile
from cityloop.onemap.rules.counts import DEEPER, LEVELS, level_for, spans_until
from vector_tiles import read

CITIES = ("990101", "990102")
WEST, SOUTH = 120.0, 30.0


@given(day=st.dates(date(1970, 1, 1), date(2199, 12, 31)), asked=st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_each_day_until_the_one_asked_for_is_in_one_of_its_spans_and_no_later_one(day: date, asked: date) -> None:
    year, month = day.year * 10_000, day.month * 100
    kept_under = {year, year + month, year + month + day.day}
    assert len(kept_under & set(spans_until(asked))) == (day <= asked)


def test_a_day_before_all_that_is_dated_has_no_spans() -> None:
    assert spans_until(date(1969, 12, 31)) == []
    assert len(spans_until(date(2026, 12, 31))) == 56 + 11 + 31


def test_a_tile_is_counted_from_at_most_32_by_32_kept_cells() -> None:
    for zoom in range(3, DEEPEST_COUNTED + 1):
        assert 0 <= level_for(Tile(zoom, 0, 0)) - zoom - DEEPER <= 2
    assert level_for(Tile(DEEPEST_COUNTED, 0, 0)) == LEVELS[-1]
    with pytest.raises(ValueError, match="17"):
        level_for(Tile(DEEPEST_COUNTED + 1, 0, 0))


def execute(statement: str, values: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def change_something(chance: Random, n: int) -> None:
    """Add, move, end, remove, mend or delete some parts, as people and imports do."""
    day = date(2020, 1, 1) + timedelta(days=chance.randint(0, 800))
    some = "id IN (SELECT id FROM assets_part ORDER BY md5(id::text || %s) LIMIT %s)"
    pick: list[object] = [str(n), chance.randint(1, 9)]
    place = [WEST + chance.random() * 0.4, SOUTH + chance.random() * 0.4]
    match chance.randint(0, 6):
        case 0 | 1:
            execute(
                "INSERT INTO assets_part (jurisdiction, code, scheme, name, state, owner, keeper, unit_grid, geometry, remark, valid_from)"
                " SELECT %s, %s || lpad((%s * 100 + k)::text, 6, '0'), 'gb47678_2026', '', 'intact', '', '', '',"
                " CASE WHEN k %% 5 = 0 THEN ST_Buffer(p, 0.001) WHEN k %% 5 = 1 THEN ST_MakeLine(p, ST_Translate(p, 0.002, 0)) ELSE p END,"
                " '', %s::date + k FROM generate_series(1, %s) k,"
                " LATERAL (SELECT ST_SetSRID(ST_MakePoint(%s + k * 0.0007, %s + k * 0.0003), 4490) AS p) AS placed",
                [(city := CITIES[n % 2]), f"{city}01001", n, day, chance.randint(1, 40), *place],
            )
        case 2:
            execute(f"UPDATE assets_part SET geometry = ST_Translate(geometry, 0.01, -0.003) WHERE {some}", pick)
        case 3:
            execute(f"UPDATE assets_part SET valid_to = greatest(%s, valid_from + 1) WHERE {some}", [day, *pick])
        case 4:
            execute(
                f"UPDATE assets_part SET state = 'removed', changed_on = greatest(%s, valid_from) WHERE {some}",
                [day, *pick],
            )
        case 5:
            execute(f"UPDATE assets_part SET state = 'damaged', name = 'x' WHERE {some}", pick)
        case _:
            execute(f"DELETE FROM assets_part WHERE {some}", pick)


def truly(at: Tile, cities: list[str], day: date) -> int:
    """Count the rows themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM assets_part r, LATERAL (SELECT ST_Centroid(r.mercator) AS p) AS m WHERE r.jurisdiction = ANY(%s)"
            " AND r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to > %s)"
            " AND (r.state <> 'removed' OR coalesce(r.changed_on, r.valid_from) > %s)"
            " AND ST_X(p) >= %s AND ST_Y(p) > %s AND ST_X(p) < %s AND ST_Y(p) <= %s",
            [cities, day, day, day, *at.metres],
        )
        return int(cursor.fetchone()[0])


def shown(at: Tile, cities: list[str], day: date) -> int:
    moments = tuple(Moment(city, machine_now(), day) for city in cities)
    tile = read(onemap.encoded(onemap.named(["parts"])[0], at, Look(None, moments, moments, "en")))
    return sum(one.values["count"] for one in tile["parts"])


@pytest.mark.django_db
def test_counts_say_what_counting_says_after_every_change_on_every_day() -> None:
    chance = Random(5)
    checked = Counter[bool]()
    for n in range(45):
        change_something(chance, n)
        if n % 11 == 10:
            settle()
        for _check in range(3):
            at = Tile.around(
                WEST + chance.random() * 0.4,
                SOUTH + chance.random() * 0.4,
                chance.choice([3, 7, 9, 10, 11, 12, 13, 16]),
            )
            cities = chance.choice([["990101"], ["990102"], list(CITIES)])
            day = date(2019, 12, 30) + timedelta(days=chance.randint(0, 900))
            counted = shown(at, cities, day)
            assert counted == truly(at, cities, day), f"{at} {cities} {day} after {n}"
            checked[counted > 0] += 1
    assert checked[True] > 30


@pytest.mark.django_db
def test_a_change_that_moves_nothing_writes_no_count_and_all_that_went_leaves_none() -> None:
    for n in range(4):
        change_something(Random(0), n)
    settle()
    execute("UPDATE assets_part SET state = 'damaged', remark = 'seen'", [])
    assert not CountChange.objects.exists()
    execute("DELETE FROM assets_part", [])
    settle()
    assert not CountChange.objects.exists()
    assert not CellCount.objects.exists()


@pytest.mark.django_db
def test_settling_changes_no_version_and_no_count() -> None:
    from cityloop.onemap.queries.changes import versions_at

    for n in range(8):
        change_something(Random(n), n)
    squares = [Tile.around(WEST + 0.1, SOUTH + 0.1, zoom) for zoom in (3, 9, 10, 12, 14, 16)]
    before = [(versions_at(at, ["assets_part"]), shown(at, list(CITIES), date(2022, 1, 1))) for at in squares]
    assert settle() > 0
    assert [(versions_at(at, ["assets_part"]), shown(at, list(CITIES), date(2022, 1, 1))) for at in squares] == before
    assert settle() == 0
