import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cityloop.kernel.versions import one_reading, versions_of


@pytest.mark.django_db
def test_a_jurisdiction_that_never_changed_is_at_zero() -> None:
    assert versions_of("990101")[1] == 0


@pytest.mark.django_db
def test_within_one_reading_each_jurisdiction_is_read_once() -> None:
    with CaptureQueriesContext(connection) as queries, one_reading():
        first = versions_of("990101")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_configversion (jurisdiction, version) VALUES ('990101', 7)")
        assert versions_of("990101") == first
        assert versions_of("990102")[1] == 0
    assert len(queries) == 3
    assert versions_of("990101")[1] == 7


@pytest.mark.django_db
def test_a_look_anew_holds_for_the_rest_of_the_reading() -> None:
    with one_reading():
        assert versions_of("990101")[1] == 0
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_configversion (jurisdiction, version) VALUES ('990101', 7)")
        assert versions_of("990101")[1] == 0
        assert versions_of("990101", anew=True)[1] == 7
        assert versions_of("990101")[1] == 7
