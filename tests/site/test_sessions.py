"""Sessions: found while they hold, and by statements that are planned once, as the account behind them is."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cast import Cast, city_cast  # noqa: F401
from cityloop.organisation.queries import account
from cityloop.site.sessions import SessionStore


@pytest.mark.django_db
def test_a_session_is_found_with_what_was_put_into_it() -> None:
    kept = SessionStore()
    kept["post"] = "dispatcher"
    kept.save()
    assert SessionStore(kept.session_key)["post"] == "dispatcher"


@pytest.mark.django_db
def test_a_session_that_is_over_or_never_was_holds_nothing_and_gets_another_key() -> None:
    kept = SessionStore()
    kept["post"] = "dispatcher"
    kept.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (kept.session_key, "a-key-that-somebody-made-up"):
        found = SessionStore(key)
        assert found.get("post") is None
        found["post"] = "acceptor"
        found.save()
        assert found.session_key != key


def test_an_account_is_what_django_would_have_read(city_cast: Cast) -> None:  # noqa: F811
    user = get_user_model().objects.get(pk=city_cast["dispatcher"])
    found = account(user.pk)
    assert found is not None
    assert {**vars(found), "_state": None} == {**vars(user), "_state": None}
    assert account(0) is None


def test_who_is_barred_or_signed_out_is_out_with_the_next_request(city_cast: Cast, client: Client) -> None:  # noqa: F811
    people = get_user_model().objects.filter(pk=city_cast["dispatcher"])
    client.force_login(people.get())
    assert client.get("/desk/mark").status_code == 200
    people.update(is_active=False)
    assert client.get("/desk/mark").status_code == 302
    people.update(is_active=True)
    client.force_login(people.get())
    Session.objects.all().delete()
    assert client.get("/desk/mark").status_code == 302


def test_session_and_account_are_asked_for_by_planned_statements(city_cast: Cast, client: Client) -> None:  # noqa: F811
    client.force_login(get_user_model().objects.get(pk=city_cast["dispatcher"]))
    client.get("/desk/mark")
    with CaptureQueriesContext(connection) as asked:
        client.get("/desk/mark")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        planned = " ".join(row[0] for row in cursor.fetchall())
    for table in ("django_session", "organisation_user"):
        [statement] = [one["sql"] for one in asked if f"FROM {table} " in one["sql"]]
        assert "%s" in statement, "its values travel apart"
        assert f"FROM {table} " in planned
