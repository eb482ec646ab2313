"""What a search over all cases finds, for whom, and by which way it comes to it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import MANHOLE, POINT, Desk
from cast import CITY, NOW
from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries import search as searching
from cityloop.cases.queries.case_list import Wanted
from cityloop.cases.queries.search import Search, all_found, search_page
from cityloop.kernel.errors import InvalidInput, NotAllowed
from cityloop.kernel.versions import one_reading

CALL = {"source": "hotline", "photos": None, "reporter": {"name": "张三丰", "phone": "138-1234 1234"}}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    searching._frequencies.cache_clear()
    yield
    searching._frequencies.cache_clear()


def found(desk: Desk, who: str = "acceptor", cursor: str = "", **sides: Any) -> list[str]:
    page = search_page(desk.cast.viewer(who), Search(**sides), cursor=cursor)
    return [hit.line.number for hit in page.items]


def test_words_are_found_in_what_is_said_and_in_the_name_of_the_class(desk: Desk) -> None:
    one = desk.report(description="雨水从这里冒出来，路面积水", address="人民路12号").number
    desk.later(minutes=1)
    two = desk.report(
        description="路灯不亮", address="解放路8号", category="gb47678_2026/part/01003", condition=None
    ).number
    assert found(desk, words="积水") == [one]
    assert found(desk, words="人民路 积水") == [one]
    assert found(desk, words="人民路 路灯") == []
    assert found(desk, words="路灯") == [two]
    assert set(found(desk, words="井盖")) == {one, two}  # both classes are covers of some kind
    assert found(desk, words="面积") == [one]  # in the middle of a sentence
    assert found(desk, words="民路解放") == []


def test_words_that_share_only_the_pairs_are_not_found(desk: Desk) -> None:
    desk.report(description="甲乙，乙丙", address="")
    assert found(desk, words="甲乙丙") == []


def test_a_word_of_one_character_and_an_area_that_is_none_are_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="two characters"):
        found(desk, words="井")
    for area in ("nonsense", '{"type":"Point","coordinates":[120,30]}', '{"type":"Polygon","coordinates":[]}'):
        with pytest.raises(InvalidInput, match="no polygon"):
            found(desk, area=area)


def test_what_was_amended_is_found_by_its_new_words_alone(desk: Desk) -> None:
    number = desk.in_disposal(description="共享单车倒伏", address="人民路")
    desk("dispatcher", number, "amend", description="三轮车占道", opinion="说错了")
    assert found(desk, words="三轮车") == [number]
    assert found(desk, words="单车") == []
    assert found(desk, words="人民路") == [number]


def test_a_number_is_found_by_its_beginning_its_day_and_its_end(desk: Desk) -> None:
    number = desk.report().number
    for part in (number, number[:10], "20260701", "00001", "0100001"):
        assert found(desk, number=part) == [number], part
    assert found(desk, number="00002") == []


def test_a_phone_is_found_however_it_was_typed_by_those_alone_who_speak_with_callers(desk: Desk) -> None:
    number = desk.report("acceptor", **CALL).number
    desk.report()
    for phone in ("13812341234", "138 1234 1234", "+86 138-1234-1234"):
        assert found(desk, phone=phone) == [number], phone
    assert found(desk, phone="1234") == []
    assert found(desk, phone="13812341235") == []
    assert found(desk, "stranger", phone="13812341234") == []
    for who in ("collector", "dept_clerk", "evaluator"):
        with pytest.raises(NotAllowed):
            found(desk, who, phone="13812341234")


def test_an_erased_phone_is_gone_from_the_search_and_no_name_is_in_the_words(desk: Desk) -> None:
    number = desk.report("acceptor", **CALL).number
    assert found(desk, words="张三丰") == []
    assert found(desk, words="13812341234") == []
    models.CaseText.objects.filter(personal=True).update(text=None, salt=None, erased_at=NOW)
    assert found(desk, phone="13812341234") == []
    assert found(desk, number=number) == [number]


def test_lights_areas_times_and_places_narrow(desk: Desk) -> None:
    number = desk.report().number
    desk.later(hours=3)
    fresh = desk.report(point={**POINT, "lon": POINT["lon"] + 0.004}).number
    west = '{"type":"Polygon","coordinates":[[[120,30],[120.007,30],[120.007,30.01],[120,30.01],[120,30]]]}'
    assert found(desk, area=west) == [number]
    assert found(desk, wanted=Wanted(reported_from=NOW + timedelta(hours=1))) == [fresh]
    assert found(desk, wanted=Wanted(reported_to=NOW + timedelta(hours=1), category=(MANHOLE,))) == [number]
    assert found(desk, "citizen", words="井盖") == []
    models.Case.objects.filter(number=number).update(due_at="2020-01-01T00:00Z", warn_at=None, double_at=None)
    assert found(desk, light=(Light.RED,)) == [number]


def test_nobody_finds_what_they_may_not_see(desk: Desk) -> None:
    desk.report(description="积水")
    assert found(desk, "stranger", words="积水") == []
    assert found(desk, "municipal_clerk", words="积水") == []


MANY = """
INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
    department, department_ids, people, reporter_user, unit_grid, duty_grid, community, street, district, external_number,
    reported_at, snapshot, seq, head)
SELECT gen_random_uuid(), 'x' || n, jurisdiction, 0, via, state, kind, source, category, condition, '', '', '{}', '{}',
    NULL, '', '', '', '', '', '', reported_at - n * interval '1 minute', snapshot, seq, head
FROM cases_case, generate_series(1, 20000) AS n WHERE number = %s
"""
WORDED = """
INSERT INTO cases_casewords (case_id, said, grams)
SELECT id, CASE WHEN n %% 5 = 0 THEN %s WHEN n %% 2000 = 1 THEN %s ELSE %s END,
    CASE WHEN n %% 5 = 0 THEN %s WHEN n %% 2000 = 1 THEN %s ELSE %s END
FROM (SELECT id, substr(number, 2)::int AS n FROM cases_case WHERE number LIKE 'x%%') AS made
"""


@pytest.fixture
def many(desk: Desk) -> Desk:
    """Twenty thousand cases: a fifth say 暴露垃圾, ten say 树木倾倒, the others something else."""
    from cityloop.cases.rules.bigrams import grams

    texts = ["解放路暴露垃圾", "解放路树木倾倒", "解放路车辆乱停"]
    with connection.cursor() as cursor:
        cursor.execute(MANY, [desk.report(description="别的").number])
        cursor.execute(WORDED, [*texts, *map(grams, texts)])
        cursor.execute("ANALYZE cases_case")
        cursor.execute("ANALYZE cases_casewords")
    return desk


def asked(desk: Desk, words: str) -> tuple[list[str], list[str]]:
    with CaptureQueriesContext(connection) as captured:
        numbers = found(desk, words=words)
    return numbers, [query["sql"] for query in captured if "said" in query["sql"]]


@pytest.mark.parametrize(
    ("words", "count", "by_index"),
    [("暴露垃圾", 30, False), ("树木倾倒", 10, True), ("火星撞地球", 0, True)],
)
def test_frequent_words_walk_back_through_time_and_rare_ones_are_led_to(
    many: Desk, monkeypatch: pytest.MonkeyPatch, words: str, count: int, by_index: bool
) -> None:
    monkeypatch.setattr(searching, "RARE", 100)
    numbers, statements = asked(many, words)
    assert len(numbers) == count
    assert [("@>" in sql) for sql in statements] == [by_index]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statements[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert ("words_by_grams" in plan) == by_index, plan
    assert ("case_by_report" in plan) == (not by_index), plan


def test_words_whose_pairs_are_frequent_and_that_never_stand_together_are_looked_for_both_ways(
    many: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "RARE", 100)
    numbers, statements = asked(many, "暴露 乱停")
    assert numbers == []
    assert [("@>" in sql) for sql in statements][:3] == [False, False, True]


def test_pages_follow_each_other_without_a_gap_by_either_way(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "RARE", 100)
    viewer, seen, cursor = many.cast.viewer("acceptor"), [], ""
    for _page in range(4):
        page = search_page(viewer, Search(words="暴露垃圾"), cursor=cursor)
        seen += [hit.line.number for hit in page.items]
        cursor = page.next or ""
    assert seen == [f"x{5 * n}" for n in range(1, 121)]
    few, following = search_page(viewer, Search(words="树木"), limit=4), []
    following = search_page(viewer, Search(words="树木"), cursor=few.next or "", limit=4).items
    assert [hit.line.number for hit in [*few.items, *following]] == [f"x{1 + 2000 * n}" for n in range(8)]


def test_all_that_is_found_is_what_the_pages_show(many: Desk) -> None:
    viewer = many.cast.viewer("acceptor")
    for words, count in (("暴露垃圾", 4000), ("树木倾倒", 10), ("", 20001)):
        numbers = [row.number for rows in all_found(viewer, Search(words=words), 3000) for row in rows]
        assert len(numbers) == len(set(numbers)) == count, words
        assert numbers == sorted(numbers, key=lambda number: int(number[1:]) if number[0] == "x" else 0)


def test_a_page_takes_few_statements(many: Desk) -> None:
    wanted = Search(words="暴露垃圾", wanted=Wanted(jurisdiction=CITY))
    viewer = many.cast.viewer("acceptor")
    search_page(viewer, wanted)
    with CaptureQueriesContext(connection) as captured, one_reading():
        search_page(viewer, wanted)
    assert len(captured) <= 8
