"""Statements that a connection plans once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cityloop.kernel.sql import prepared_cursor


@pytest.mark.django_db
def test_the_plan_stays_with_the_connection() -> None:
    for number in (1, 2):
        with prepared_cursor() as cursor:
            cursor.execute("SELECT %s::int + 40 AS kept_with_the_connection", [number])
            assert cursor.fetchone() == (40 + number,)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%%kept_with_the_connection'", []
        )
        assert len(cursor.fetchall()) == 1


@pytest.mark.django_db
def test_whoever_counts_statements_reads_them_too() -> None:
    with CaptureQueriesContext(connection) as asked:
        for number in (1, 2):  # first prepared, then run as it is
            with prepared_cursor() as cursor:
                cursor.execute("SELECT %s::int", [number])
    assert [one["sql"] for one in asked] == ["SELECT %s::int"] * 2
