from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest, DisallowedHost
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from cityloop.kernel.pages import sends_files
from cityloop.site.middleware import Answer, ContentSecurityPolicy, NothingHidden, language_of, policy_for


def test_pages_run_no_script_but_ours() -> None:
    policy = policy_for("/sign-in")
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("path", "allowed", "refused"),
    [
        ("/console/cases/case/", "script-src 'self' 'unsafe-eval'", "script-src 'self' 'unsafe-inline'"),
        ("/api/docs", "style-src 'self';", "unsafe"),
        ("/consoles", "style-src 'self';", "unsafe"),
    ],
)
def test_the_policy_is_wider_only_where_it_must_be(path: str, allowed: str, refused: str) -> None:
    assert allowed in policy_for(path)
    assert refused not in policy_for(path)


def answered(view: Answer, **headers: str) -> str:
    request = RequestFactory().get("/desk/", headers=headers)
    return ContentSecurityPolicy(view)(request).headers["Content-Security-Policy"]


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


@pytest.mark.parametrize(
    ("address", "host", "allowed"),
    [
        ("", "city.example:8000", "connect-src 'self' http://city.example:8123"),
        ("", "[::1]:8000", "connect-src 'self' http://[::1]:8123"),
        ("https://files.city.example/uploads", "city.example", "connect-src 'self' https://files.city.example"),
    ],
)
def test_a_page_that_sends_files_may_reach_the_upload_process_and_no_other_page_may(
    settings: Any, address: str, host: str, allowed: str
) -> None:
    settings.UPLOAD_URL = address
    settings.SERVING = replace(settings.SERVING, upload_port=8123)
    assert answered(sends_files(page), host=host).endswith(f"; {allowed}")
    assert answered(page, host=host) == policy_for("/desk/")
    assert "connect-src" not in policy_for("/desk/")


def test_what_stands_in_a_host_header_adds_nothing_to_the_policy(settings: Any) -> None:
    settings.UPLOAD_URL = ""
    with pytest.raises(DisallowedHost):
        answered(sends_files(page), host="city.example; script-src *")


@pytest.mark.django_db
def test_each_answer_carries_the_policy(client: Client) -> None:
    for path in ("/sign-in", "/healthz", "/no-such-page"):
        assert client.get(path).headers["Content-Security-Policy"] == policy_for(path)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in?next=%00", "/a%00b", "/console/organisation/jurisdiction/%00/change/"])
def test_an_address_with_nul_cannot_be_read(client: Client, path: str) -> None:
    client.cookies["django_language"] = "en"
    answer = client.get(path)
    assert answer.status_code == 400
    assert "The request cannot be read" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_with_nul_is_no_failure_of_ours(client: Client) -> None:
    """Where a form's own fields do not name it: psycopg refuses the text before anything is written."""

    request = RequestFactory().post("/desk/data/grids/areas", {"name": "x"})
    hidden = NothingHidden(page)
    with pytest.raises((DataError, ValueError)) as refusal:
        get_user_model().objects.filter(username="x\0y").exists()
    with pytest.raises(BadRequest):
        hidden.process_exception(request, refusal.value)
    assert hidden.process_exception(request, DataError("something else")) is None
    assert hidden.process_exception(request, KeyError("NUL (0x00)")) is None


@pytest.mark.parametrize(
    ("cookie", "accept", "is_api", "language"),
    [
        pytest.param("", "en", False, "zh-hans", id="a page is Chinese, whatever the browser was shipped with"),
        pytest.param("en", "zh-CN", False, "en", id="until somebody switches"),
        pytest.param("tlh", "en", False, "zh-hans", id="to a language there is"),
        pytest.param("", "en-GB,en;q=0.8", True, "en", id="a client of the API is answered as it asks"),
        pytest.param("", "", True, "zh-hans", id="and in Chinese where it does not ask"),
    ],
)
def test_chinese_first(cookie: str, accept: str, is_api: bool, language: str) -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": accept})
    request.COOKIES["django_language"] = cookie
    assert language_of(request, is_api=is_api) == language


@pytest.mark.django_db
def test_the_language_of_one_request_does_not_stay_for_the_next(client: Client) -> None:
    before = translation.get_language()
    client.cookies["django_language"] = "en"
    assert client.get("/sign-in").headers["Content-Language"] == "en"
    assert translation.get_language() == before
