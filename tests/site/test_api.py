"""The API object: who is let in, how refusals leave, and the document that describes it all."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation
from ninja.errors import HttpError, Throttled

from cases.door import DAY, V1, Door, problem
from cast import CITY, NOW, OTHER_CITY, SINCE, Cast, city_cast  # noqa: F401
from cityloop.cases.queries import default_table
from cityloop.geography import queries as geography
from cityloop.geography.actions import lay_regular_grid
from cityloop.geography.models import UnitGrid
from cityloop.kernel.clock import CityClock
from cityloop.kernel.errors import Unavailable
from cityloop.organisation import actions, queries
from cityloop.organisation.queries import viewer_now
from cityloop.site.api import document
from cityloop.site.swagger_words import WORDS

SNAPSHOT = Path(__file__).parent / "openapi.json"
"""Written anew by ``SNAPSHOT=write .venv/bin/pytest tests/site/test_api.py -k snapshot``."""


@pytest.fixture
def door(city_cast: Cast) -> Door:  # noqa: F811
    return Door(city_cast)


def signed_in(door: Door, who: str) -> Client:
    """Return a browser in which ``who`` is signed in, and which sends no CSRF token by itself."""
    from django.contrib.auth import get_user_model

    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(get_user_model().objects.get(pk=door.cast[who]))
    return client


# --- who is let in


def test_a_browser_that_is_signed_in_reads(door: Door) -> None:
    assert signed_in(door, "acceptor").get(f"{V1}/tasks").json() == {"items": [], "next": None}


def test_a_browser_that_acts_needs_its_csrf_token(door: Door) -> None:
    browser = signed_in(door, "acceptor")
    body = {"inputs": {"source": "hotline"}}
    problem(browser.post(f"{V1}/cases", body, content_type="application/json"), 403, "csrf")
    browser.get("/api/docs")  # a page that sets the cookie
    sent = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    problem(
        browser.post(f"{V1}/cases", body, content_type="application/json", headers=sent), 422, "invalid", "category"
    )
    stale = {"X-CSRFToken": "x" * 64}
    problem(browser.post(f"{V1}/cases", body, content_type="application/json", headers=stale), 403, "csrf")


def test_a_stranger_who_acts_is_asked_to_sign_in_not_for_a_csrf_token(door: Door) -> None:
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(f"{V1}/cases", {"inputs": {}}, content_type="application/json")
    problem(answer, 401, "not_signed_in")


def test_a_program_needs_no_csrf_token(door: Door) -> None:
    program = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {door.token('acceptor')}"})
    answer = program.post(f"{V1}/cases", {"inputs": {}}, content_type="application/json")
    problem(answer, 422, "invalid", "source")


def test_a_first_password_opens_nothing(door: Door) -> None:
    actions.reset_password(door.cast["acceptor"])
    problem(signed_in(door, "acceptor").get(f"{V1}/tasks"), 403, "password_to_change")
    assert door("acceptor").get("/tasks").status_code == 200  # a program has no password


NO_TOKENS = (
    "Bearer cl_unknown", "Bearer", "Bearer ", "Bearer x", "bearer cl_" + "x" * 500, "Basic dXNlcjpwYXNz", "cl_token",
    "", "Bearer cl_\x00", "Bearer cl_井", "Token a b c",
)  # fmt: skip


def test_a_token_that_is_no_good_is_refused(door: Door, subtests: pytest.Subtests) -> None:
    for header in NO_TOKENS:
        with subtests.test(header[:40]):
            answer = Client().get(f"{V1}/tasks", headers={"Authorization": header})
            problem(answer, 401, "not_signed_in")
            assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_token_is_not_saved_by_a_session(door: Door) -> None:
    answer = signed_in(door, "acceptor").get(f"{V1}/tasks", headers={"Authorization": "Bearer cl_unknown"})
    problem(answer, 401, "not_signed_in")


def test_a_token_ends_with_its_time_its_revocation_or_its_account(door: Door) -> None:
    from cityloop.organisation import models

    now = datetime.now(UTC)
    ends = now + timedelta(hours=1)
    short = actions.issue_token(door.cast["acceptor"], "short", now=now, expires=ends)
    headers = {"Authorization": f"Bearer {short}"}
    assert Client().get(f"{V1}/tasks", headers=headers).status_code == 200
    models.ApiToken.objects.filter(name="short").update(expires_at=now - timedelta(seconds=1))
    problem(Client().get(f"{V1}/tasks", headers=headers), 401, "not_signed_in")
    models.ApiToken.objects.filter(name="short").update(expires_at=None)
    assert Client().get(f"{V1}/tasks", headers=headers).status_code == 200
    actions.revoke_token(models.ApiToken.objects.get(name="short").pk, now=now)
    problem(Client().get(f"{V1}/tasks", headers=headers), 401, "not_signed_in")
    token = {"Authorization": f"Bearer {door.token('dispatcher')}"}
    assert Client().get(f"{V1}/tasks", headers=token).status_code == 200
    models.User.objects.filter(pk=door.cast["dispatcher"]).update(is_active=False)
    problem(Client().get(f"{V1}/tasks", headers=token), 401, "not_signed_in")


def test_a_revoked_post_is_gone_with_the_next_request(door: Door) -> None:
    from cityloop.organisation import models

    assert door("acceptor").get("/table").status_code == 200
    appointment = models.Appointment.objects.get(user_id=door.cast["acceptor"])
    actions.end_appointment(appointment.pk, last_day_after=date(2026, 1, 1))
    problem(door("acceptor").get("/table"), 403, "not_allowed")


def test_posts_are_those_of_the_citys_own_time(door: Door) -> None:
    """A demonstration's city lives in another year than the machine."""
    user = actions.create_user("seasonal", password="long-enough-2026", name="seasonal").pk
    winter = {"valid_from": date(2030, 1, 1), "valid_to": date(2030, 3, 1)}
    actions.appoint(user, "acceptor", CITY, **winter)
    actions.appoint(user, "evaluator", CITY, valid_from=SINCE)
    assert [held.post for held in viewer_now(user).posts] == ["evaluator"]
    actions.set_clock(CITY, CityClock(datetime(2030, 2, 1, tzinfo=UTC), datetime.now(UTC)))
    assert {held.post for held in viewer_now(user).posts} == {"acceptor", "evaluator"}


# --- how refusals leave


def test_an_address_that_is_none_is_told_as_a_problem(door: Door, subtests: pytest.Subtests) -> None:
    for path in ("/api/", "/api/v1", "/api/v1/", "/api/v2/cases", "/api/v1/cases/", "/api/v1/nothing", "/api/井"):
        with subtests.test(path):
            for client in (Client(), door("acceptor").client):
                problem(client.get(path), 404, "not_found")


def test_no_answer_of_the_api_sends_anybody_to_a_page(door: Door) -> None:
    for path in ("/cases", "/cases/1", "/tasks", "/table"):
        assert Client().get(V1 + path).status_code == 401


FAILURES: dict[str, tuple[Exception, int, str]] = {
    "database": (OperationalError("connection to server at 10.0.0.7 failed"), 503, "unavailable"),
    "neighbour": (Unavailable("A neighbour does not answer.", retry_after_seconds=9), 503, "unavailable"),
    "too many": (Throttled(wait=30), 429, "too_many"),
    "nothing there": (Http404("secret"), 404, "not_found"),
    "unreadable": (HttpError(400, "secret"), 400, "unreadable"),
    "a fault of ours": (ZeroDivisionError("secret 10.0.0.7"), 500, "failed"),
}


def test_whatever_fails_leaves_as_a_problem(
    door: Door, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for name, (failure, status, code) in FAILURES.items():
        monkeypatch.setattr("cityloop.cases.api.task_page", Mock(side_effect=failure))
        with subtests.test(name):
            answer = door("acceptor").client.get(f"{V1}/tasks")
            problem(answer, status, code)
            assert b"secret" not in answer.content
            assert b"10.0.0.7" not in answer.content
            assert status not in {429, 503} or int(answer["Retry-After"]) > 0


def test_a_fault_of_ours_is_told_by_an_id_that_the_log_has(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cityloop.cases.api.task_page", lambda *_args, **_more: 1 / 0)
    body = problem(door("acceptor").client.get(f"{V1}/tasks"), 500, "failed")
    assert body["id"] in body["detail"]
    [record] = [record for record in caplog.records if body["id"] in record.getMessage()]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_a_failure_before_the_api_is_a_problem_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise OperationalError("secret")

    client = signed_in(door, "acceptor")
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    client.raise_request_exception = False
    answer = client.get(f"{V1}/tasks")
    problem(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert b"secret" not in answer.content


def test_a_problem_is_one_after_the_standard(door: Door) -> None:
    body = problem(door("acceptor").get("/cases", {"limit": 0}), 422, "invalid", "limit")
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    assert body["type"] == "urn:cityloop:problem:invalid"
    assert body["instance"] == f"{V1}/cases"
    assert body["faults"] == [{"field": "limit", "why": "must be at least 1", "value": "0"}]


def test_what_was_wrong_is_shown_cut_short(door: Door) -> None:
    body = problem(door("acceptor").get("/cases", {"limit": "x" * 5000}), 422, "invalid", "limit")
    assert body["faults"][0]["value"] == "x" * 80


def test_no_answer_is_kept_where_it_could_be_read_by_others(door: Door) -> None:
    assert door("acceptor").get("/tasks")["Cache-Control"] == "private, no-cache"
    assert door("acceptor").get("/nothing")["Cache-Control"] == "no-store"
    assert "Accept-Language" in door("acceptor").get("/table")["Vary"]


def test_head_is_answered_as_get_without_a_body(door: Door, subtests: pytest.Subtests) -> None:
    client = door("acceptor").client
    for path in (
        f"{V1}/table",
        f"{V1}/tasks",
        f"{V1}/categories",
        "/api/openapi.json",
        f"{V1}/cases/990101",
        "/api/no",
    ):
        with subtests.test(path):
            read, looked = client.get(path), client.head(path)
            assert looked.status_code == read.status_code
            assert looked.content == b""
            assert int(looked["Content-Length"]) == len(read.content) > 0
            apart = {"Content-Length", "X-Request-Id"}
            assert {name: value for name, value in looked.items() if name not in apart} == {
                name: value for name, value in read.items() if name not in apart
            }
    etag = client.head(f"{V1}/table")["ETag"]
    assert client.head(f"{V1}/table", headers={"If-None-Match": etag}).status_code == 304


def test_head_where_nothing_can_be_read_names_what_can_be_done(door: Door) -> None:
    answer = door("acceptor").client.head(f"{V1}/cases/9901012026070100001/actions/accept")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    answer = door("acceptor").client.delete(f"{V1}/cases")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_the_api_leaves_pages_as_they_are(client: Client) -> None:
    missing = client.get("/no-such-page")
    assert missing["Content-Type"].startswith("text/html")


# --- the document


@pytest.fixture
def described() -> dict[str, Any]:
    return document("en", DAY)


def test_the_document_is_the_snapshot(described: dict[str, Any]) -> None:
    """The snapshot shows in a review what changes for those who call the API."""
    written = json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("SNAPSHOT") == "write":
        SNAPSHOT.write_text(written, "utf-8")
    assert SNAPSHOT.read_text("utf-8") == written


@pytest.mark.django_db
def test_the_document_is_open_to_all() -> None:
    answer = Client(headers={"Accept-Language": "en"}).get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert answer.json()["openapi"] == "3.1.0"


def test_examples_lie_in_the_city_that_runs(door: Door) -> None:
    """What the page offers to try was refused: it lay outside every city but that of the tests."""
    lay_regular_grid(OTHER_CITY, 104.0, 30.6, 104.02, 30.62, 500, date(2020, 1, 1))
    UnitGrid.objects.filter(jurisdiction=CITY).delete()
    described = Client(headers={"Accept-Language": "en"}).get("/api/openapi.json").json()
    text = json.dumps(described)
    assert "120.005" not in text
    [locate] = [call for path, call in described["paths"].items() if path.endswith("/locate")]
    at = {one["name"]: one["examples"][0] for one in locate["get"]["parameters"] if one["name"] in {"lon", "lat"}}
    assert geography.locate(at["lon"], at["lat"], date(2026, 7, 1)) is not None


@pytest.mark.django_db
def test_the_groups_of_the_page_speak_the_readers_language() -> None:
    described = Client(headers={"Accept-Language": "zh-Hans"}).get("/api/openapi.json").json()
    assert {"案卷", "本市"} <= {tag["name"] for tag in described["tags"]}
    used = {tag for calls in described["paths"].values() for call in calls.values() for tag in call.get("tags", [])}
    assert used <= {tag["name"] for tag in described["tags"]}


@pytest.mark.django_db
def test_the_documents_page_loads_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        assert address.startswith("/static/")
        assert finders.find(address.removeprefix("/static/")), address
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    settings = re.search(r'id="swagger-settings">(.*?)</script>', page, re.DOTALL)
    assert settings is not None
    assert json.loads(settings[1])["validatorUrl"] is None


@pytest.mark.django_db
def test_the_documents_page_has_swaggers_words_in_the_readers_language() -> None:
    told = {}
    for code in ("zh-hans", "en"):
        page = Client(headers={"Accept-Language": code}).get("/api/docs").content.decode()
        found = re.search(r'id="swagger-words"[^>]*>(.*?)</script>', page, re.DOTALL)
        assert found is not None
        assert f'<html lang="{code}">' in page
        told[code] = json.loads(found[1])
    assert told["en"] == {}
    assert told["zh-hans"]["Try it out"] == "试一试"
    assert set(told["zh-hans"]) == set(WORDS)


def test_swaggers_words_stand_in_its_own_code() -> None:
    """A new version that says something else would be half English again."""
    place = finders.find("ninja/swagger-ui-bundle.js")
    assert isinstance(place, str)
    bundle = Path(place).read_text(encoding="utf-8")
    assert [word for word in WORDS if word not in bundle] == []


def _calls(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            yield path, method, call


def test_every_documented_path_leads_somewhere(described: dict[str, Any]) -> None:
    for path, method, call in _calls(described):
        concrete = path.replace("{number}", "9901012026070100001").replace("{action}", "accept")
        try:
            resolve(concrete)
        except Resolver404:  # pragma: no cover  # what the test is for
            pytest.fail(f"{method} {path} ({call['operationId']}) leads nowhere")


def test_every_call_says_what_it_is_for_and_who_may(described: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in described["tags"]}
    names = [call["operationId"] for _path, _method, call in _calls(described)]
    assert len(set(names)) == len(names)
    for _path, method, call in _calls(described):
        assert call["summary"]
        assert set(call["tags"]) <= tags
        assert call["security"] == [{"Token": []}, {"Session": []}]
        assert {"403", "404", "422", "default"} <= set(call["responses"])
        assert method == "get" or "409" in call["responses"]


def test_every_action_of_the_default_table_is_described(described: dict[str, Any]) -> None:
    loop = default_table()
    for code, action in loop.actions.items():
        if action.creates:
            continue
        call = described["paths"][f"{V1}/cases/{{number}}/actions/{code}"]["post"]
        assert call["summary"] == action.en
        assert "example" in call["requestBody"]["content"]["application/json"]
    bodies = described["paths"][f"{V1}/cases"]["post"]["requestBody"]["content"]["application/json"]
    assert set(bodies["examples"]) == {code for code, action in loop.actions.items() if action.creates}


def test_every_reference_of_the_document_leads_somewhere(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    references = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', text))
    assert len(references) > 100
    assert text.count('"$ref": "') == len(re.findall(r'"\$ref": "#/components/\w+/\w+"', text))
    for kind, name in references:
        assert name in described["components"][kind], name
    assert set(described["components"]["schemas"]) == {name for kind, name in references if kind == "schemas"}


def test_the_document_speaks_the_readers_language() -> None:
    chinese = document("zh-hans", DAY)
    assert chinese["paths"][f"{V1}/cases/{{number}}/actions/accept"]["post"]["summary"] == "受理"
    assert document("en", DAY)["paths"][f"{V1}/cases"]["get"]["summary"] == "List cases"
    with translation.override("zh-hans"):
        assert translation.get_language() == "zh-hans"  # making the document leaves the reader's language alone


def test_examples_lie_ahead_of_the_day() -> None:
    later = document("en", date(2027, 1, 1))
    call = later["paths"][f"{V1}/cases/{{number}}/actions/supervise"]["post"]
    example = call["requestBody"]["content"]["application/json"]["example"]["inputs"]
    assert example["reply_by"] == "2027-01-08T01:00:00+00:00"


def test_the_caller_is_who_the_token_says(door: Door) -> None:
    viewer = viewer_now(door.cast["acceptor"])
    assert viewer == queries.viewer_of(door.cast["acceptor"], datetime.now(UTC))
    assert viewer.holds("acceptor", jurisdiction=CITY)
    assert NOW.tzinfo is UTC
