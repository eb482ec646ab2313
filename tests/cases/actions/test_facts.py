"""What is looked up around a report."""

import pytest
from django.db import connection

from cast import CITY
from cityloop.cases.actions import statements

pytestmark = pytest.mark.django_db


def test_a_plan_for_any_values_asks_the_index_by_class_and_box() -> None:
    """A plan made while the table was empty stays: it must not read all open cases of a city for every report."""
    given = {"jurisdiction": CITY, "category": "x", "lon": 120.0, "lat": 30.0, "radius_m": 50.0}
    box = {"west": 119.9, "south": 29.9, "east": 120.1, "north": 30.1}
    text = statements.SIMILAR
    for place, name in enumerate((*given, *box), start=1):
        text = text.replace(f"%({name})s", f"${place}")
    values = ", ".join(
        f"'{value}'" if isinstance(value, str) else str(value) for value in (*given.values(), *box.values())
    )
    with connection.cursor() as cursor:
        # As new: what other tests have left behind may have been counted meanwhile, and few rows make any index good enough.
        cursor.execute("UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relname ~ '^(cases_case|case_open)'")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'cases_case'::regclass")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE near AS {text}")
        cursor.execute(f"EXPLAIN EXECUTE near({values})")
        plan = "\n".join(line for [line] in cursor.fetchall())
        cursor.execute("DEALLOCATE near")
    assert "Index Scan using case_open_near" in plan
    assert "(category)::text = $2" in plan
