"""Themes of the map over HTTP: whose they are, and the address that each stands for."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from cast import CITY, Cast, city_cast, make_person  # noqa: F401
from cityloop.site.map_themes import address_of
from map_town import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_hour")]

STATE = {"layers": ["parts", "roads"], "ground": {"air": 0.5}, "day": "2026-04-01", "spot": [16, 30.005, 120.005], "kept": {"heat": "week"}}  # fmt: skip


def send(client: Client, path: str, body: Any, method: str = "POST") -> Any:
    return client.generic(method, path, json.dumps(body) if body is not None else "", content_type="application/json")


@pytest.fixture
def admin(city_cast: Cast) -> Client:  # noqa: F811
    make_person("keeper", "data_admin", CITY)
    client = Client()
    client.force_login(get_user_model().objects.get(username="keeper"))
    return client


def test_a_theme_is_a_link_to_the_map_as_it_was_saved(city_cast: Cast) -> None:  # noqa: F811
    client = signed_in(city_cast, "dispatcher")
    made = send(client, "/map/themes", {"title": "Lamps", "state": STATE})
    assert (made.status_code, made.json()["title"], made.json()["mayChange"]) == (201, "Lamps", True)
    led = client.get(made.json()["address"])
    assert led.headers["Location"] == (
        "/map?layers=parts,roads&ground=air:0.5&day=2026-04-01&heat=week#map=16.00/30.00500/120.00500"
    )
    other = signed_in(city_cast, "leader")
    missing = other.get(made.json()["address"])
    assert missing.status_code == 200
    assert missing.context["missing"], "the map opens, and says that there is no such theme"
    assert other.get("/map/themes").json() == {"items": [], "cities": []}
    assert send(other, f"/map/themes/{made.json()['id']}", {"title": "Mine"}).status_code == 404
    assert send(other, f"/map/themes/{made.json()['id']}", None, "DELETE").status_code == 404


def test_who_keeps_the_citys_data_saves_for_all(city_cast: Cast, admin: Client) -> None:  # noqa: F811
    made = send(admin, "/map/themes", {"title": "Parts", "state": {"layers": []}, "city": CITY}).json()
    dispatcher = signed_in(city_cast, "dispatcher")
    [seen] = dispatcher.get("/map/themes").json()["items"]
    assert (seen["id"], seen["mayChange"]) == (made["id"], False)
    assert dispatcher.get(seen["address"]).headers["Location"] == "/map?layers=none"
    assert send(dispatcher, "/map/themes", {"title": "x", "state": {}, "city": CITY}).status_code == 403
    assert send(dispatcher, f"/map/themes/{made['id']}", {"title": "x"}).status_code == 404
    assert signed_in(city_cast, "stranger").get("/map/themes").json()["items"] == []
    assert send(admin, f"/map/themes/{made['id']}", {"title": "All"}).json()["title"] == "All"
    assert send(admin, f"/map/themes/{made['id']}", None, "DELETE").status_code == 204
    assert dispatcher.get("/map/themes").json()["items"] == []


@pytest.mark.parametrize(
    "body", [[], 3, {}, {"title": "x"}, {"title": "", "state": {}}, {"title": "x", "state": {"day": "1"}}]
)
def test_what_is_no_theme_is_told_so(city_cast: Cast, body: Any) -> None:  # noqa: F811
    client = signed_in(city_cast, "dispatcher")
    answer = send(client, "/map/themes", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert client.generic("POST", "/map/themes", "{", content_type="application/json").status_code == 422
    assert client.get("/map/themes").json()["items"] == []


def test_a_title_that_no_database_takes_is_refused_in_words(city_cast: Cast) -> None:  # noqa: F811
    client = signed_in(city_cast, "dispatcher")
    answer = send(client, "/map/themes", {"title": "x\0y", "state": STATE})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert "NUL" in answer.json()["detail"]
    assert client.get("/map/themes").json()["items"] == []


def test_the_usual_map_has_the_plain_address() -> None:
    assert address_of({"layers": None, "ground": {}, "day": None, "spot": None, "kept": {}}) == "/map"
