"""Which cases are shown as duplicates, to whom, and how they are found."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import MANHOLE, POINT, Desk
from cases.door import Door
from cast import CITY, NOW
from cityloop.cases import models
from cityloop.cases.queries.duplicates import Probable, probable

METRE = 1 / 111_195
RELATED = "gb47678_2026/part/01002"
FAR = "gb47678_2026/event/09001"


def north(metres: float) -> dict[str, Any]:
    return {**POINT, "lat": POINT["lat"] + metres * METRE}


def found(desk: Desk, who: str = "acceptor", metres: float = 0, **more: Any) -> list[Probable]:
    asked: dict[str, Any] = {"category": MANHOLE, "at": desk.now, "viewer": desk.cast.viewer(who), **more}
    return probable(CITY, point=(POINT["lon"], POINT["lat"] + metres * METRE), **asked)


def test_what_was_reported_near_by_an_hour_ago_is_found_with_the_reasons(desk: Desk) -> None:
    number = desk.report(description="井盖松动，车辆经过有响声", address="人民路12号").number
    desk.later(minutes=40)
    [one] = found(desk, metres=23, text="人民路12号井盖松动，车辆经过很响")
    assert (one.number, one.distance_m, one.is_open) == (number, 23, True)
    assert one.score > 0.5
    assert one.why == "same class, 23 m away, 40 min earlier, like words"
    assert (one.address, one.description) == ("人民路12号", "井盖松动，车辆经过有响声")


def test_beyond_the_radius_of_the_table_nothing_is_found(desk: Desk) -> None:
    desk.report()
    assert found(desk, metres=49, limit=20) == []  # within it, and too far to be likely
    assert len(found(desk, metres=20)) == 1
    assert found(desk, metres=51) == []


def test_the_most_probable_comes_first_and_no_more_than_asked_for(desk: Desk) -> None:
    farther, nearer = desk.report(point=north(20)).number, desk.report(point=north(4)).number
    desk.report(point=north(-18))
    assert next(iter(found(desk, limit=2))).number == nearer
    assert len(found(desk, limit=2)) == 2
    assert farther in {one.number for one in found(desk)}


def test_a_related_class_is_found_where_all_else_is_close_and_another_never(desk: Desk) -> None:
    desk.report(category=RELATED, condition=None)
    assert [one.why for one in found(desk)] == ["related class, 0 m away, 0 s earlier"]
    assert found(desk, category=FAR) == []
    assert found(desk, category="no/such/class") == []


def test_what_was_closed_within_the_days_of_reopening_is_found_and_said_to_be(desk: Desk) -> None:
    number = desk.to_close()
    desk("duty_chief", number, "close", condition_met=True)
    desk.later(hours=1)
    [one] = found(desk)
    assert one.why.endswith("closed already")
    assert not one.is_open
    # Of parts there is nothing sooner forgotten than the days of reopening: these decide alone.
    models.Case.objects.update(closed_at=NOW - timedelta(days=8))
    assert found(desk) == []


def test_what_is_over_without_being_closed_is_no_duplicate(desk: Desk) -> None:
    number = desk.report().number
    desk("acceptor", number, "reject", reason="outside_area", opinion="不在管理区域")
    assert found(desk) == []


def test_of_a_case_itself_the_others_are_found_those_that_came_later_too(desk: Desk) -> None:
    number = desk.report().number
    desk.later(minutes=20)
    later = desk.report().number
    assert found(desk, at=NOW) != []
    assert [one.number for one in found(desk, at=NOW)] == [number]
    [other] = found(desk, at=NOW, number=number)
    assert other.number == later
    assert "20 min later" in other.why


def test_a_named_part_tells_one_cover_from_the_next(desk: Desk) -> None:
    this, other = "9901010101000001", "9901010101000002"
    desk.report(part_code=this)
    desk.later(days=2)
    assert "same part" in found(desk, part_code=this)[0].why
    assert found(desk, part_code=other) == []


def test_nobody_is_shown_a_case_that_they_may_not_see(desk: Desk) -> None:
    desk.report()
    assert found(desk, "municipal_clerk") == []
    assert found(desk, "stranger") == []
    assert found(desk, "citizen") == []


MANY = """
INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
    department, department_ids, people, reporter_user, location, unit_grid, duty_grid, community, street, district,
    external_number, reported_at, closed_at, snapshot, seq, head)
SELECT gen_random_uuid(), 'x' || n, jurisdiction, 0, via, 'closed', 'closed', source, category, condition, '', '',
    '{}', '{}', NULL, ST_SetSRID(ST_MakePoint(120 + (n %% 200) * 0.0005, 30 + (n / 200) * 0.0005), 4490), '', '', '', '', '', '',
    reported_at - n * interval '5 minutes', reported_at - (n - 10) * interval '5 minutes', snapshot, seq, head
FROM cases_case, generate_series(1, 30000) AS n WHERE number = %s
"""


def test_what_is_near_comes_from_the_index_by_place(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, [desk.report().number])
        cursor.execute("ANALYZE cases_case")
    with CaptureQueriesContext(connection) as asked:
        assert found(desk)
    [near] = [query["sql"] for query in asked if "ST_DistanceSphere" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {near}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
    assert "case_by_place" in plan, plan
    assert "case_by_report" not in plan, plan


@pytest.fixture
def door(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Door:
    for place in ("cityloop.kernel.clock.machine_now", "cityloop.site.api.machine_now"):
        monkeypatch.setattr(place, lambda: desk.now)
    return Door(desk.cast)


WHERE = {"lon": POINT["lon"], "lat": POINT["lat"], "system": "wgs84", "category": MANHOLE}


def test_a_program_of_the_staff_asks_before_it_reports(desk: Desk, door: Door) -> None:
    number = desk.report().number
    answer = door("acceptor").get("/duplicates", WHERE)
    assert answer.status_code == 200
    [one] = answer.json()["items"]
    assert (one["number"], one["distance_m"], one["category"]["code"]) == (number, 0, MANHOLE)


@pytest.mark.parametrize(("who", "status"), [("citizen", 403), ("stranger", 404), ("", 401)])
def test_nobody_else_may_ask(desk: Desk, door: Door, who: str, status: int) -> None:
    desk.report()
    assert door(who).get("/duplicates", {**WHERE, "jurisdiction": CITY}).status_code == status
