import time

import pytest
from django.db import connection

from cityloop.site.periods import forget_the_future


@pytest.mark.django_db(transaction=True)
def test_what_was_set_off_in_the_future_is_set_off_again() -> None:
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id) VALUES ('x', %s, '')",
            [[now - 60], [now], [now + 30], [now + 1800], [now + 3600]],
        )
    assert forget_the_future(str(connection.connection.info.dsn)) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT defer_timestamp FROM procrastinate_periodic_defers WHERE task_name = 'x' ORDER BY 1")
        assert [row[0] for row in cursor.fetchall()] == [now - 60, now, now + 30]
        cursor.execute("DELETE FROM procrastinate_periodic_defers WHERE task_name = 'x'")
