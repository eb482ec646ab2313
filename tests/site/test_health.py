from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cityloop.kernel.clock import machine_now
from cityloop.site import health


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    health._once_up_to_date.cache_clear()


def beat(ago: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [machine_now() - ago])


def test_a_living_process_needs_no_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_ready_is_a_database_that_answers_and_is_up_to_date(client: Client) -> None:
    beat(timedelta(seconds=5))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "worker": "ok"}


@pytest.mark.django_db
def test_a_silent_worker_is_told_but_the_web_stays_ready(client: Client) -> None:
    beat(timedelta(minutes=5))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["worker"] == "late"


@pytest.mark.django_db
def test_migrations_that_wait_make_it_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'kernel'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "behind"


@pytest.mark.django_db
def test_neither_asks_for_a_sign_in_nor_makes_a_session(client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert answer.headers.get("Location") is None
        assert not answer.cookies
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_that_watch_ask_a_node_by_its_address(client: Client, settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["city.example"]
    settings.METRICS_TOKEN = "for-the-monitor"
    answer = client.get(path, headers={"Host": "192.0.2.2:8000", "Authorization": "Bearer for-the-monitor"})
    assert answer.status_code == 200


@pytest.mark.django_db
def test_whoever_asks_under_a_foreign_name_is_told_and_fills_no_log(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["city.example"]
    answer = client.get("/sign-in", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "CITYLOOP_HOSTS" in answer.content.decode()
    [line] = [one for one in caplog.records if one.name == "django.security.DisallowedHost"]
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert line.getMessage() == "asked under a name that is none of CITYLOOP_HOSTS: 'elsewhere.example'"
