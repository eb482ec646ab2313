"""The page of the loop: whose loop, in which words, and as a file."""

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from cast import CITY, NOW, OTHER_CITY, SINCE, Cast
from cityloop.cases.actions import set_table
from cityloop.cases.queries.loop_page import limit_words, loop_page
from cityloop.cases.queries.tables import default_text, table
from cityloop.organisation import actions
from cityloop.standards.rules import TimeLimit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_tables() -> Iterator[None]:
    table.cache_clear()
    yield
    table.cache_clear()


def signed_in(client: Client, user_id: int, language: str = "zh-hans") -> Client:
    client.force_login(get_user_model().objects.get(pk=user_id))
    client.cookies["django_language"] = language
    return client


def test_a_stranger_is_led_to_the_door(client: Client) -> None:
    for path in ("/loop", "/loop.svg"):
        assert client.get(path).headers["Location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "待派遣"), ("en", "To dispatch")])
def test_everybody_sees_the_loop_of_their_own_city(city_cast: Cast, client: Client, language: str, words: str) -> None:
    for who in ("collector", "handler", "leader"):
        page = signed_in(client, city_cast[who], language).get("/loop")
        assert page.status_code == 200
        assert page.context["page"].jurisdiction == CITY
        assert words in page.content.decode()
        assert page.content.decode().count("<svg xmlns") == 1


def test_what_is_drawn_is_the_table_in_force(city_cast: Cast, client: Client) -> None:
    desk = signed_in(client, city_cast["dispatcher"])
    before = desk.get("/loop").content.decode()
    text = default_text().replace("zh: 待派遣, en: To dispatch", "zh: 等待派遣<b>, en: To dispatch")
    set_table(CITY, text, actor_id=None, now=NOW, note="")
    after = desk.get("/loop")
    assert "等待派遣" not in before
    assert "等待派遣&lt;b&gt;" in after.content.decode()
    assert "等待派遣<b>" not in after.content.decode()
    assert (after.context["page"].version, after.context["page"].is_default) == (1, False)
    other = signed_in(client, city_cast["stranger"]).get("/loop")
    assert other.context["page"].jurisdiction == OTHER_CITY
    assert "等待派遣" not in other.content.decode()


def test_a_city_that_is_not_ones_own_is_not_there(city_cast: Cast, client: Client) -> None:
    desk = signed_in(client, city_cast["dispatcher"])
    for code in (OTHER_CITY, "999999", "x' OR 1"):
        assert desk.get("/loop", {"jurisdiction": code}).status_code == 404
        assert desk.get("/loop.svg", {"jurisdiction": code}).status_code == 404


def test_who_works_in_two_cities_switches_between_them(city_cast: Cast, client: Client) -> None:
    desk = signed_in(client, city_cast["dispatcher"])
    assert "<select" not in desk.get("/loop").content.decode()
    actions.appoint(city_cast["dispatcher"], "inspector", OTHER_CITY, valid_from=SINCE)
    page = desk.get("/loop", {"jurisdiction": OTHER_CITY})
    assert page.context["page"].jurisdiction == OTHER_CITY
    assert list(page.context["page"].cities) == [CITY, OTHER_CITY]
    assert f'<option value="{OTHER_CITY}" selected>' in page.content.decode()


def test_somebody_without_a_post_sees_the_loop_that_comes_with_cityloop(city_cast: Cast, client: Client) -> None:
    nobody = actions.create_user("nobody", password="long-enough-2026")
    page = signed_in(client, nobody.pk).get("/loop")
    assert page.status_code == 200
    assert (page.context["page"].jurisdiction, page.context["page"].is_default) == ("", True)


def test_the_drawing_comes_as_a_file(city_cast: Cast, client: Client) -> None:
    desk = signed_in(client, city_cast["dispatcher"])
    shown = desk.get("/loop.svg")
    assert shown.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert shown.headers["Content-Disposition"] == f'inline; filename="loop-{CITY}-v0.svg"'
    assert shown.content.decode() in desk.get("/loop").content.decode()
    assert desk.get("/loop.svg", {"download": 1}).headers["Content-Disposition"].startswith("attachment")
    assert desk.post("/loop").status_code == 405


def test_each_way_of_the_drawing_is_also_told_in_words(city_cast: Cast, client: Client) -> None:
    page = signed_in(client, city_cast["dispatcher"], "en").get("/loop").context["page"]
    told = {(move.source, move.action, move.target): move for move in page.moves}
    assert told["To sign", "Sign", "In disposal"].posts.startswith("Department clerk")
    assert told["New case", "Report", "To accept"].is_certain
    assert not told["To close", "Rework", "In disposal"].is_certain
    clocks = {clock.name: (clock.limit, clock.calendar) for clock in page.clocks}
    assert clocks["Dispatch"] == ("15 minutes", "round the clock")
    assert clocks["Disposal"] == ("by the filing condition", "calendar office")


def test_in_chinese_a_calendar_is_called_by_its_name(city_cast: Cast) -> None:
    with translation.override("zh-hans"):
        page = loop_page(city_cast.viewer("dispatcher"))
    told = " ".join(clock.calendar for clock in page.clocks)
    assert "办公" in told
    assert "office" not in told


def test_a_limit_is_told_as_the_standards_write_it() -> None:
    with translation.override("zh-hans"):
        assert limit_words(TimeLimit(4, "work_hour")) == "4工作时"
    with translation.override("en"):
        assert limit_words(TimeLimit(4, "work_hour")) == "4 working hours"
