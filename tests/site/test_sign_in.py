from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings

from cast import load_standards
from cityloop.kernel.clock import CityClock
from cityloop.organisation import actions
from cityloop.site import views

PASSWORD = "Chengguan-2026-loop"
pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> int:
    """An acceptor of Shinan District."""
    user_id: int = actions.create_user("wangfang", password=PASSWORD, name="王芳").pk
    load_standards()
    actions.create_jurisdiction("370202", "市南区", name_en="Shinan District")
    actions.appoint(user_id, "acceptor", "370202", valid_from=date(2020, 1, 1))
    return user_id


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/sign-in", {"username": "wangfang", "password": password, **more})


def test_each_page_leads_a_stranger_to_the_door(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/"


def test_the_right_password_opens_the_door(client: Client, wang: int) -> None:
    assert sign_in(client).headers["Location"] == "/"
    page = client.get("/").content.decode()
    assert "王芳" in page
    assert "市南区" in page


def test_one_goes_on_to_where_one_wanted_but_never_to_another_host(client: Client, wang: int) -> None:
    assert sign_in(client, next="/console/").headers["Location"] == "/console/"
    client.post("/sign-out")
    assert sign_in(client, next="https://elsewhere.example/").headers["Location"] == "/"


def test_a_wrong_password_is_a_422_that_keeps_the_name_and_moves_to_the_password(client: Client, wang: int) -> None:
    answer = sign_in(client, "wrong")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="wangfang"' in page
    assert 'role="alert"' in page
    assert "wrong" not in page.split("<main")[1]
    assert "autofocus" in page.split('name="password"')[1].split(">")[0]


def test_an_unknown_name_is_refused_in_the_same_words(client: Client, wang: int) -> None:
    known = sign_in(client, "wrong").content.decode()
    unknown = client.post("/sign-in", {"username": "wangfan", "password": "wrong"}).content.decode()
    assert known.split('role="alert"')[1].split("</div>")[0] == unknown.split('role="alert"')[1].split("</div>")[0]


def test_after_five_failures_the_door_is_shut_to_the_right_password_too(client: Client, wang: int) -> None:
    for _attempt in range(5):
        assert sign_in(client, "wrong").status_code == 422
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "waits" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_an_empty_form_names_both_fields(client: Client) -> None:
    page = client.post("/sign-in", {}).content.decode()
    assert page.count('class="fault"') == 2


def test_signing_out_takes_a_form_and_closes_the_door(client: Client, wang: int) -> None:
    sign_in(client)
    page = client.get("/sign-out")
    assert page.status_code == 200
    assert '<form method="post">' in page.content.decode()
    assert client.get("/").status_code == 200
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert client.get("/").status_code == 302


def test_the_switch_needs_no_script_and_stays(client: Client) -> None:
    assert 'lang="zh-hans"' in client.get("/sign-in").content.decode()
    answer = client.post("/language", {"language": "en", "next": "/sign-in"})
    assert answer.headers["Location"] == "/sign-in"
    page = client.get("/sign-in").content.decode()
    assert '<html lang="en">' in page
    assert "Sign in" in page


def test_a_person_is_met_in_their_own_language(client: Client) -> None:
    actions.create_user("wangfang", password=PASSWORD, name="Wang Fang", language="en")
    sign_in(client)
    assert '<html lang="en">' in client.get("/").content.decode()


def test_whoever_chose_no_language_is_met_in_the_installations(client: Client) -> None:
    """With CITYLOOP_LANGUAGE=en all was English up to the sign-in, and Chinese from there on."""
    with override_settings(LANGUAGE_CODE="en"):
        actions.create_user("wangfang", password=PASSWORD, name="Wang Fang")
        sign_in(client)
        assert '<html lang="en">' in client.get("/").content.decode()


def test_the_console_has_no_door_of_its_own(client: Client) -> None:
    answer = client.get("/console/login/?next=/console/")
    assert answer.headers["Location"] == "/sign-in?next=/console/"


def test_whom_the_console_does_not_let_in_is_told_so(client: Client, wang: int) -> None:
    sign_in(client)
    answer = client.get("/console/", follow=True)
    assert answer.status_code == 403
    assert "您的岗位" in answer.content.decode()


def test_home_names_posts_in_the_readers_language(client: Client, wang: int) -> None:
    sign_in(client)
    client.cookies["django_language"] = "en"
    page = client.get("/").content.decode()
    assert "Acceptor" in page
    assert "Shinan District" in page


def test_somebody_without_a_post_is_told_what_to_do(client: Client) -> None:
    actions.create_user("wangfang", password=PASSWORD, name="王芳")
    sign_in(client)
    page = client.get("/").content.decode()
    assert 'class="posts' not in page


def test_home_offers_the_console_only_to_those_it_lets_in() -> None:
    assert [link.room.address for link in views.links((), to_console=True)].count(views.CONSOLE) == 1
    assert views.CONSOLE not in [link.room.address for link in views.links((), to_console=False)]


def test_a_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in", {})
    assert answer.status_code == 403
    assert "<main" in answer.content.decode()


def test_a_page_that_breaks_says_so_without_a_trace(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_kwargs: object) -> list[views.Link]:
        raise RuntimeError("a secret of the machine")

    actions.create_user("wangfang", password=PASSWORD, name="王芳")
    sign_in(client)
    monkeypatch.setattr(views, "links", break_down)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "<main" in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_posts_are_told_by_the_clock_of_a_city_that_has_its_own(client: Client, wang: int) -> None:
    then = datetime(2030, 2, 1, tzinfo=UTC)
    actions.set_clock("370202", CityClock(then, datetime.now(UTC), 1))
    absent = actions.create_user("lina", name="李娜").pk
    actions.appoint(absent, "duty_chief", "370202", valid_from=date(2020, 1, 1))
    day = timedelta(days=1)
    actions.record_absence(absent, "370202", starts_at=then - day, ends_at=then + day, deputy_id=wang)
    sign_in(client)
    page = client.get("/").content.decode()
    assert "值班长" in page
    assert "代理" in page


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_without_its_database_a_page_says_so_and_when_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, wang: int, failure: type[Exception]
) -> None:
    """Even who is signed in cannot be asked: the page that says so must not ask either."""

    def fail(_store: object) -> None:
        raise failure("a secret of the machine")

    sign_in(client)
    monkeypatch.setattr(SessionStore, "load", fail)
    client.raise_request_exception = False
    for path in ("/", "/console/", "/loop", "/password"):
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 503, path
        assert int(answer.headers["Retry-After"]) > 0
        assert "数据库" in page.split("<main")[1]
        assert "secret" not in page


def test_a_page_that_breaks_is_shown_even_where_its_reader_cannot_be_named(
    client: Client, monkeypatch: pytest.MonkeyPatch, wang: int
) -> None:
    def fail(_store: object) -> None:
        raise RuntimeError("a secret of the machine")

    sign_in(client)
    monkeypatch.setattr(SessionStore, "load", fail)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "<main" in answer.content.decode()
    assert "secret" not in answer.content.decode()
