"""Pages of features: whose they are, how they are paged, what they must meet."""

import json
from collections import OrderedDict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import CITY, NOW, OTHER_CITY
from cityloop.assets.models import Part
from cityloop.cases.models import Case
from cityloop.geography.models import DutyGrid, GridArea, Region, UnitGrid
from cityloop.kernel.errors import InvalidInput
from cityloop.onemap import opendata
from cityloop.onemap.queries import named
from cityloop.onemap.rules import ALWAYS, Layer
from cityloop.onemap.rules.asking import Asked, asked_items
from cityloop.onemap.rules.crs import CGCS2000, MERCATOR, crs_of
from cityloop.onemap.rules.documents import features_of
from cityloop.organisation.queries import viewer_of
from cityloop.places.models import Area, Building, Road
from map_town import WHO
from open_town import PARTS, Town, make_town

pytestmark = pytest.mark.django_db

TABLES: dict[str, Any] = {
    "areas": Area, "buildings": Building, "roads": Road, "regions": Region, "unit_grids": UnitGrid, "duty_grids": DutyGrid,
    "management_grids": GridArea, "evaluation_grids": GridArea, "extension_grids": GridArea,
    "parts": Part,
}  # fmt: skip


@pytest.fixture
def town(db: None) -> Any:
    with translation.override("en"):
        yield make_town()


def layer(name: str) -> Layer:
    [one] = named([name])
    return one


def asked(name: str, /, **given: str) -> Asked:
    from zoneinfo import ZoneInfo

    spelled = {key.replace("_crs", "-crs"): value for key, value in given.items()}
    return asked_items(spelled, features_of(layer(name)).columns, ZoneInfo("Asia/Shanghai"))


def walked(town: Town, who: str | None, name: str, /, **given: str) -> list[dict[str, Any]]:
    """All features on all pages."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = opendata.page(layer(name), town.look(who), asked(name, **given, **more))
        found += [json.loads(one) for one in page.features]
        cursor = page.cursor
        if not cursor:
            assert page.matched == len(found)
            return found


def listed(town: Town, who: str | None, name: str) -> set[Any]:
    """What the rows' own scoping shows somebody."""
    viewer = viewer_of(town.cast[who] if who else None, NOW)
    if name == "cases":
        mine = Case.objects.visible_to(viewer).open().filter(jurisdiction__in=viewer.works_in)
        return set(mine.values_list("number", flat=True))
    rows = TABLES[name].objects.valid_on(NOW.date())
    if not layer(name).is_public:
        rows = rows.filter(jurisdiction__in=viewer.works_in)
    return set(rows.values_list("pk", flat=True))


def test_nobody_reads_a_feature_that_their_list_would_hide(town: Town) -> None:
    for who in WHO:
        for name in (*TABLES, "cases"):
            found = walked(town, who, name, limit="7")
            assert {one["id"] for one in found} == listed(town, who, name), (who, name)
            assert len(found) == len({one["id"] for one in found})
            assert {one["id"] for one in found} <= {one["id"] for one in walked(town, who, name, datetime="../..")}


def test_each_kind_of_sight_was_there_to_hide_something_from(town: Town) -> None:
    seen = {who: len(listed(town, who, "cases")) for who in WHO}
    assert seen["dispatcher"] > 0 < seen["their_duty_chief"]
    assert seen["citizen"] == seen[None] == 0
    assert len(set(seen.values())) > 2


def test_a_single_feature_is_hidden_as_its_page_hides_it(town: Town) -> None:
    for name in ("parts", "cases", "unit_grids"):
        for one in walked(town, "their_duty_chief", name)[:2]:
            for who in WHO:
                shown = opendata.feature(layer(name), town.look(who), str(one["id"]))
                assert (shown is not None) == (one["id"] in listed(town, who, name)), (who, name)


def test_nothing_that_anybody_wrote_leaves_with_a_case(town: Town) -> None:
    text = json.dumps(walked(town, "their_duty_chief", "cases", datetime="../.."), ensure_ascii=False)
    assert "a hole" not in text
    assert "13812345678" not in text
    assert "Somebody" not in text


def test_a_feature_says_what_its_layer_promises(town: Town) -> None:
    for name in (*TABLES, "cases"):
        for one in walked(town, "dispatcher", name):
            assert list(one["properties"]) == list(features_of(layer(name)).columns)
            kind = features_of(layer(name)).geometry_type
            assert one["geometry"] is None or kind in {"Geometry", one["geometry"]["type"]}
    [school] = [one for one in walked(town, None, "buildings") if one["properties"]["jurisdiction"] == CITY]
    assert school["properties"]["name"] == f'{CITY}<学校> & "x"'


FILTERS = [
    ("code LIKE '%000001'", 1),
    ("class = '01001' AND state = 'intact'", PARTS),
    ("class = 'x' OR class = '01001' AND state = 'lost'", 0),
    ("NOT (class = '01001')", 0),
    ("name IS NULL OR CASEI(name) = CASEI('X')", 0),
    ("S_INTERSECTS(geometry, POLYGON((120 30,120.001 30,120.001 30.01,120 30.01,120 30)))", 6),
    ("S_WITHIN(geometry, BBOX(120,30,120.00065,30.01))", 2),
    ("T_BEFORE(valid_from, DATE('2020-01-02'))", PARTS),
    ("T_DURING(valid_from, INTERVAL('2020-06-01','..'))", 0),
    ("valid_from = DATE('2020-01-01') AND valid_to IS NULL", PARTS),
    ("valid_from >= TIMESTAMP('2020-01-01T00:00:00+08:00')", PARTS),
    ("code IN ('99010101001000001','99010101001000002')", 2),
    ("code = '''; DROP TABLE assets_part; --'", 0),
    ("code = '%s %(x)s {0} \\'", 0),
]


def test_a_filter_gives_what_it_says(town: Town) -> None:
    for text, count in FILTERS:
        assert len(walked(town, "dispatcher", "parts", filter=text)) == count, text


def test_a_filter_in_another_system_means_the_same_place(town: Town) -> None:
    box = "S_INTERSECTS(geometry, POLYGON((30 120,30 120.001,30.01 120.001,30.01 120,30 120)))"
    assert len(walked(town, "dispatcher", "parts", filter=box, filter_crs="EPSG:4490")) == 6
    assert len(walked(town, "dispatcher", "parts", bbox="30,120,30.01,120.001", bbox_crs=CGCS2000.uri)) == 6
    assert (
        len(walked(town, "dispatcher", "parts", bbox="13358338,3503549,13358455,3504837", bbox_crs=MERCATOR.uri)) == 6
    )


def test_no_arithmetic_breaks_the_database(town: Town) -> None:
    grids = len(walked(town, "dispatcher", "unit_grids"))
    for text, count in (("area_m2 / 0 > 1", 0), ("-area_m2 < 0", grids), ("area_m2 BETWEEN 1 AND 1e18", grids)):
        assert len(walked(town, "dispatcher", "unit_grids", filter=text)) == count, text
    with pytest.raises(InvalidInput, match="cannot be reckoned"):
        walked(town, "dispatcher", "unit_grids", filter="area_m2 * 1e300 * 1e300 > 1")


QUOTING = st.text(alphabet="'\"%\\;-_()0aX \u4e00{}$:", max_size=30)


@given(text=QUOTING, column=st.sampled_from(["code", "name", "state"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_gets_out_of_its_quotes(town: Town, text: str, column: str) -> None:
    quoted = text.replace("'", "''")
    found = walked(town, "dispatcher", "parts", filter=f"{column} = '{quoted}'")
    assert all(one["properties"][column] == text for one in found)
    assert walked(town, "dispatcher", "parts", **{column: text}) == found
    with pytest.raises(InvalidInput):
        opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", filter=f"{column} = '{quoted}' ;"))
    assert Part.objects.count() == 2 * PARTS


@given(limit=st.integers(1, 60))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_size_hold_each_feature_once_and_in_order(town: Town, limit: int) -> None:
    whole = walked(town, "dispatcher", "parts", limit="10000")
    assert walked(town, "dispatcher", "parts", limit=str(limit)) == whole
    passed = opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="5", offset=str(limit)))
    assert [json.loads(one) for one in passed.features] == whole[limit : limit + 5]


def test_a_page_ends_where_it_becomes_too_long(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendata, "MOST_BYTES", 2_000)
    page = opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="30"))
    assert 1 < len(page.features) < 30
    assert page.cursor
    assert len(walked(town, "dispatcher", "parts", limit="30")) == PARTS


def few_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendata, "COUNTED", 10)
    monkeypatch.setattr(opendata, "_many", OrderedDict())


def test_many_are_not_counted_by_the_way_but_where_their_number_is_asked_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_are_counted(monkeypatch)
    page = opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="5"))
    assert page.matched is None
    assert opendata.count(layer("parts"), town.look("dispatcher"), asked("parts")) == PARTS


def test_that_there_are_more_than_are_counted_is_found_out_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    few_are_counted(monkeypatch)
    look = town.look("dispatcher")

    def counts(**given: str) -> tuple[int, int | None]:
        with CaptureQueriesContext(connection) as queries:
            page = opendata.page(layer("parts"), look, asked("parts", limit="5", **given))
        return sum("AS counted" in one["sql"] for one in queries), page.matched

    assert counts() == (1, None)
    assert counts() == (0, None)
    assert counts(offset="5") == (0, None)
    [first] = opendata.page(layer("parts"), look, asked("parts", limit="1")).features
    found = json.loads(first)["properties"]["code"]
    assert counts(code=found) == (0, 1), "a page that holds all of them needs no count"
    monkeypatch.setattr(opendata, "MANY_KEPT", 1)
    assert counts(filter="code <> ''") == (1, None)
    assert counts() == (1, None), "the oldest are forgotten"


def test_a_deep_page_is_read_by_an_index(town: Town) -> None:
    """With a cursor no row before it is walked over: the condition stands in the index."""
    first = opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="5"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE assets_part")  # else a plan for a table that somebody has vacuumed while it was empty
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    statements: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "after_row" in sql:
            with connection.connection.cursor() as raw:
                raw.execute(f"EXPLAIN {sql}", params)
                statements.extend(row[0] for row in raw)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="5", cursor=first.cursor))
    plan = "\n".join(statements)
    assert "Index Scan using part_by_city" in plan, plan
    condition = plan.split("Filter")[0]
    assert "(id > " in condition, plan
    assert "ROW(" not in condition, plan  # it would be looked at row by row, from the city's first on


def test_a_cursor_of_another_layer_or_of_nobody_is_refused(town: Town) -> None:
    page = opendata.page(layer("parts"), town.look("dispatcher"), asked("parts", limit="5"))
    for name, cursor in (("unit_grids", page.cursor), ("parts", "x"), ("parts", page.cursor[:-3])):
        with pytest.raises(InvalidInput):
            opendata.page(layer(name), town.look("dispatcher"), asked(name, cursor=cursor))


def test_a_forged_cursor_shows_no_more_than_a_good_one(town: Town) -> None:
    from cityloop.kernel.paging import encode_cursor

    forged = encode_cursor("parts", "000000", "0", -1)
    page = opendata.page(layer("parts"), town.look("their_duty_chief"), asked("parts", cursor=forged))
    assert {json.loads(one)["properties"]["jurisdiction"] for one in page.features} == {OTHER_CITY}
    with pytest.raises(InvalidInput):
        opendata.page(
            layer("parts"), town.look("dispatcher"), asked("parts", cursor=encode_cursor("parts", CITY, "' OR 1=1", -1))
        )


def test_coordinates_leave_as_kept_or_in_the_system_that_was_asked_for(town: Town) -> None:
    def first(system: str) -> Any:
        return walked(town, "dispatcher", "parts", crs=system, code="99010101001000001")[0]["geometry"]["coordinates"]

    assert first("") == [120.0005, 30.003]
    assert first("EPSG:4490") == first("EPSG:4326") == [30.003, 120.0005]
    assert first("EPSG:3857") == pytest.approx([13358394.549, 3503935.5], abs=2)
    north, east = first("http://www.opengis.net/def/crs/EPSG/0/4528")
    assert (north, east) == pytest.approx((3320113.398 + 331.6, 40500048.2), abs=900)
    assert crs_of("EPSG:4528") is not None


def test_what_was_is_shown_for_its_time_alone(town: Town) -> None:
    Part.objects.filter(code="99010101001000001").update(valid_to="2024-01-01")
    now = walked(town, "dispatcher", "parts", code="99010101001000001")
    assert now == []
    for when, count in (
        ("2023-12-31", 1),
        ("2024-01-01", 0),
        ("2019-01-01/2019-12-31", 0),
        ("2019-01-01/..", 1),
        ("../..", 1),
    ):
        assert len(walked(town, "dispatcher", "parts", code="99010101001000001", datetime=when)) == count, when
    key = str(Part.objects.get(code="99010101001000001").pk)
    assert opendata.feature(layer("parts"), town.look("dispatcher"), key) is not None


def test_a_duty_grid_has_the_shape_of_its_unit_grids(town: Town) -> None:
    from cityloop.geography.models import DutyGridMember

    grids = walked(town, "dispatcher", "duty_grids")
    assert grids
    assert {one["geometry"]["type"] for one in grids} == {"MultiPolygon"}
    assert DutyGridMember.objects.filter(duty_grid=grids[0]["id"]).exists()
    assert ALWAYS.days(town.look("dispatcher").cities[0])[0].year == 1
