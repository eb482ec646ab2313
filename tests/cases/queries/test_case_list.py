"""How PostgreSQL finds the pages of a long list."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cityloop.cases import models
from cityloop.cases.queries.case_list import Wanted, case_page

MANY = """
INSERT INTO cases_case (id, number, jurisdiction, table_version, via, state, kind, source, category, condition, part_code,
    department, department_ids, people, reporter_user, unit_grid, duty_grid, community, street, district, external_number,
    reported_at, snapshot, seq, head)
SELECT gen_random_uuid(), 'x' || n, jurisdiction, 0, via, state, kind, source, category, condition, '', '', '{}', '{}',
    CASE WHEN n %% 20 = 0 THEN reporter_user ELSE 1000000 + n %% 200 END, '', 'D-99', '', '', '', '',
    reported_at - n * interval '1 minute', snapshot, seq, head
FROM cases_case, generate_series(1, 30000) AS n WHERE number = %s
"""
"""Cases of two hundred reporters, and one in twenty of the one who reported the case that there is."""


@pytest.fixture
def collectors_own(desk: Desk) -> str:
    """The number of a collector's latest case among very many, of which a twentieth are the collector's too."""
    number = desk.report("collector").number
    with connection.cursor() as cursor:
        cursor.execute(MANY, [number])
        cursor.execute("ANALYZE cases_case")
    return number


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_ones_own_cases_come_from_the_index_in_order(desk: Desk, collectors_own: str) -> None:
    """As an index of the person alone all of one's cases had to be read and sorted for a page of fifty."""
    viewer = desk.cast.viewer("collector")
    first = case_page(viewer, Wanted(mine=True))
    assert first.items[0].number == collectors_own
    with CaptureQueriesContext(connection) as asked:
        case_page(viewer, Wanted(mine=True), cursor=first.next or "")
    [statement] = [query["sql"] for query in asked if "cases_case" in query["sql"] and "LIMIT" in query["sql"]]
    plan = plan_of(statement)
    assert "case_by_reporter" in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.parametrize(
    ("who", "indexes"),
    [
        ("collector", {"case_by_person", "case_by_reporter", "case_by_duty_grid"}),
        ("dept_clerk", {"case_by_department", "case_by_reporter"}),
        ("handler", {"case_by_department", "case_by_person", "case_by_reporter"}),
    ],
)
def test_the_list_of_who_sees_little_does_not_walk_through_the_whole_city(
    desk: Desk, collectors_own: str, who: str, indexes: set[str]
) -> None:
    """No index answered for the duty grid; those for departments and people were never asked, being partial ones."""
    ids = [desk.cast[who]]
    models.Case.objects.exclude(number=collectors_own).filter(reporter_user__in=ids).update(reporter_user=5_000_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case")
    viewer = desk.cast.viewer(who)
    with CaptureQueriesContext(connection) as asked:
        case_page(viewer, Wanted())
    [statement] = [query["sql"] for query in asked if "cases_case" in query["sql"] and "LIMIT" in query["sql"]]
    plan = plan_of(statement)
    assert "case_by_report " not in plan, plan
    assert {index for index in indexes if index in plan} == indexes, plan
