import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from cases.conftest import Desk, desk  # noqa: F401 # a fixture
from cast import city_cast  # noqa: F401 # a fixture
from cityloop.kernel.metrics import REGISTRY
from cityloop.site import logs, observing, turnstile
from cityloop.site.observing import Observed, actor_of, route_of


def counted(route: str, method: str, status: int) -> float:
    labels = {"route": route, "method": method, "status": str(status)}
    return REGISTRY.get_sample_value("cityloop_requests_total", labels) or 0.0


def timed(route: str, method: str) -> float:
    return REGISTRY.get_sample_value("cityloop_request_seconds_count", {"route": route, "method": method}) or 0.0


def test_each_request_is_counted_by_its_route_and_timed(client: Client) -> None:
    before, times = counted("/healthz", "GET", 200), timed("/healthz", "GET")
    client.get("/healthz?who=anybody")
    assert counted("/healthz", "GET", 200) == before + 1
    assert timed("/healthz", "GET") == times + 1


def test_strangers_make_no_series(client: Client) -> None:
    before = counted("none", "GET", 404), counted("/healthz", "OTHER", 405)
    client.get("/wp-admin/setup.php")
    client.generic("BREW", "/healthz")
    assert (counted("none", "GET", 404), counted("/healthz", "OTHER", 405)) == (before[0] + 1, before[1] + 1)


def test_a_case_is_not_named_in_its_route(desk: Desk, client: Client) -> None:  # noqa: F811
    number = desk.report().number
    client.force_login(user(desk, "dispatcher"))
    answer = client.get(f"/api/v1/cases/{number}")
    assert answer.status_code == 200
    assert number not in route_of(answer.wsgi_request)
    assert actor_of(answer.wsgi_request) == desk.cast["dispatcher"]


def user(scene: Desk, who: str) -> Any:
    return get_user_model().objects.get(pk=scene.cast[who])


@pytest.mark.parametrize("given", ["abc-123", "8f14e45f.ea_B", "x" * 64])
def test_a_sane_id_is_taken_over(given: str, client: Client) -> None:
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "two words", 'a"b', "x" * 65, "line\r\nInjected: 1", "编号"])
def test_any_other_is_replaced(given: str) -> None:
    made = logs.id_for(given)
    assert made != given
    assert logs.SANE.fullmatch(made)
    assert made != logs.id_for(given)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(logs.JsonLine())
    return caplog


def told(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.text.splitlines()]


def test_a_request_has_one_line_with_its_id_and_no_name(desk: Desk, lines: pytest.LogCaptureFixture) -> None:  # noqa: F811
    within: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        request._cached_user = user(desk, "dispatcher")  # type: ignore[attr-defined]
        logging.getLogger("cityloop.somewhere").info("case %s: filed", "9901012026070100001")
        within.append(logs.request_id.get())
        return HttpResponse(status=204)

    observed = Observed(answer)
    observed.logs = True
    lines.clear()
    observed(RequestFactory().get("/who?name=李雷", headers={"x-request-id": "abc"}))
    act, line = told(lines)
    assert act["message"] == "case 9901012026070100001: filed"
    assert act["request_id"] == line["request_id"] == within[0] == "abc"
    assert (line["actor"], line["route"], line["status"]) == (desk.cast["dispatcher"], "none", 204)
    assert isinstance(line["ms"], float)
    assert "李雷" not in lines.text
    assert logs.request_id.get() == ""


ASKED = """
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["*"]
Client().get("/api/v1/no-such-thing/李雷", headers={"x-request-id": "abc"})
"""


def test_as_json_a_refused_request_has_one_line_and_its_path_none(tmp_path: Path) -> None:
    more = {
        "DJANGO_SETTINGS_MODULE": "cityloop.site.settings.dev",
        "CITYLOOP_LOG": "json",
        "CITYLOOP_DATA": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=os.environ | more, check=True, capture_output=True, text=True
    )
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["level"], line["request_id"], line["status"]) == ("info", "abc", 404)
    assert "李雷" not in json.dumps(line, ensure_ascii=False)


def test_in_plain_text_requests_have_no_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/healthz")
    assert [record for record in caplog.records if record.name == observing.__name__] == []


def test_a_failure_is_one_line_with_its_trace() -> None:
    try:
        raise ValueError("out of\nbounds")  # noqa: TRY301 # here is where it fails
    except ValueError:
        record = logging.LogRecord("city", logging.ERROR, "", 0, "failed: %s", ("x",), sys.exc_info())
    line = logs.JsonLine().format(record)
    assert "\n" not in line
    assert orjson.loads(line)["level"] == "error"
    assert "out of" in orjson.loads(line)["trace"]


def test_what_a_flood_is_refused_is_counted_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile.PLACES, "room", 0)
    before = counted("none", "GET", 429)
    assert client.get("/sign-in")["X-Request-Id"]
    assert counted("none", "GET", 429) == before + 1


def test_a_pool_says_how_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool:
        def get_stats(self) -> dict[str, int]:
            return {"pool_size": 4, "pool_available": 1, "requests_waiting": 2, "requests_wait_ms": 1500}

    monkeypatch.setattr(observing, "connection", type("Connection", (), {"pool": Pool()}))
    observing.note_pool()
    told = {
        name: REGISTRY.get_sample_value(name, labels)
        for name, labels in (
            ("cityloop_pool_waiting", {}),
            ("cityloop_pool_waited_seconds", {}),
        )
    }
    assert told == {"cityloop_pool_waiting": 2, "cityloop_pool_waited_seconds": 1.5}
    assert REGISTRY.get_sample_value("cityloop_pool_connections", {"state": "used"}) == 3
    assert REGISTRY.get_sample_value("cityloop_pool_connections", {"state": "idle"}) == 1
