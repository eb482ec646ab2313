from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from cases.conftest import Desk, desk  # noqa: F401 # a fixture
from cast import CITY, city_cast  # noqa: F401 # a fixture
from cityloop.cases.actions.verifying import verify_changes
from cityloop.kernel.clock import machine_now
from cityloop.site import metrics

TOKEN = "a-token-for-the-monitor-of-the-city"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    metrics.asked.until = 0.0
    yield
    metrics.asked.until = 0.0


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ask", list)


def get(client: Client, **head: str) -> Any:
    return client.get("/metrics", **{"HTTP_HOST": "localhost:8000"} | head)


@pytest.mark.usefixtures("no_database")
def test_a_program_of_this_machine_reads_it(client: Client) -> None:
    answer = get(client)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE cityloop_requests_total counter" in answer.content
    assert get(client, REMOTE_ADDR="::1", HTTP_HOST="[::1]:8000").status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({"REMOTE_ADDR": "192.0.2.7"}, id="another machine"),
        pytest.param({"REMOTE_ADDR": ""}, id="no address"),
        pytest.param({"HTTP_HOST": "city.example"}, id="the city's name"),
        pytest.param({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, id="through a proxy"),
        pytest.param({"HTTP_VIA": "1.1 front"}, id="through another proxy"),
        pytest.param({"HTTP_AUTHORIZATION": "Bearer another"}, id="a wrong token"),
        pytest.param({"HTTP_AUTHORIZATION": f"Basic {TOKEN}"}, id="not as a bearer"),
    ],
)
@pytest.mark.usefixtures("no_database")
def test_nobody_else_does(head: dict[str, str], client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = get(client, **head)
    assert answer.status_code == 401
    assert "CITYLOOP_METRICS_TOKEN" in answer.content.decode()
    assert "cityloop_requests" not in answer.content.decode()


@pytest.mark.usefixtures("no_database")
def test_behind_a_proxy_only_the_token_counts(client: Client, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://city.example"]
    assert get(client).status_code == 401
    assert get(client, HTTP_AUTHORIZATION="Bearer ").status_code == 401
    settings.METRICS_TOKEN = TOKEN
    assert get(client, HTTP_AUTHORIZATION=f"Bearer {TOKEN}", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.usefixtures("no_database")
def test_without_a_token_set_none_is_right(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert get(client, HTTP_AUTHORIZATION="Bearer x", REMOTE_ADDR="192.0.2.7").status_code == 401


def figures(answer: Any) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def test_it_tells_acts_cases_jobs_and_the_tick(
    desk: Desk,  # noqa: F811
    client: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = figures(get(client)).get('cityloop_acts_total{action="report",via="api"}', 0)
    metrics.asked.until = 0.0
    with django_capture_on_commit_callbacks(execute=True):
        desk.report()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'x', 'failed')"
        )
        cursor.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id) VALUES ('cases.tick', %s, '')",
            [int(machine_now().timestamp()) - 90],
        )
    told = figures(get(client))
    assert told['cityloop_acts_total{action="report",via="api"}'] == before + 1
    assert sum(n for name, n in told.items() if f'cityloop_open_cases{{jurisdiction="{CITY}"' in name) == 1
    assert told['cityloop_jobs{queue="default",status="failed"}'] == 1
    assert told["cityloop_tick_age_seconds"] == pytest.approx(90, abs=5)
    assert "cityloop_verify_findings" not in told, "nobody has looked yet"


def test_it_tells_whether_history_is_whole(desk: Desk, client: Client) -> None:  # noqa: F811
    desk.report()
    verify_changes(now=machine_now())
    told = figures(get(client))
    assert (told["cityloop_verify_findings"], told["cityloop_anchor_number"]) == (0, 1)
    assert told["cityloop_verify_age_seconds"] == pytest.approx(0, abs=60)
    assert told['cityloop_database_sessions{state="active"}'] >= 1
    assert told["cityloop_database_up"] == 1


@pytest.mark.django_db
def test_the_database_is_asked_twice_a_minute_at_most(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(metrics, "ask", lambda: asked.append(1) or [])
    get(client)
    get(client)
    assert len(asked) == 1
    monkeypatch.setattr(metrics.asked, "until", 0.0)
    get(client)
    assert len(asked) == 2


def test_without_a_database_the_rest_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DatabaseError

    monkeypatch.setattr(metrics, "_asked", fail)
    told = figures(get(client))
    assert told["cityloop_database_up"] == 0
