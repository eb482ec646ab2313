"""Light or dark, a sound or none: what a browser was told, and what it may be told."""

import pytest
from django.test import Client

from cityloop.site.looks import SOUND, THEME

pytestmark = pytest.mark.django_db


def test_a_chosen_theme_stays_with_the_browser(client: Client) -> None:
    answer = client.post("/looks", {"theme": "dark", "next": "/sign-in"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert 'data-theme="dark"' in client.get("/sign-in").content.decode()
    client.post("/looks", {"theme": ""})
    assert "data-theme" not in client.get("/sign-in").content.decode()


def test_what_was_not_asked_stays_as_it_is(client: Client) -> None:
    client.post("/looks", {"theme": "dark", "sound": "1"})
    client.post("/looks", {"sound": ""})
    assert client.cookies[THEME].value == "dark"
    assert client.cookies[SOUND].value == ""


@pytest.mark.parametrize("theme", ["pink", 'dark" onload=x', "dark;"])
def test_nonsense_is_no_theme(client: Client, theme: str) -> None:
    client.post("/looks", {"theme": theme})
    client.cookies[THEME] = theme
    assert "data-theme" not in client.get("/sign-in").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client: Client, elsewhere: str) -> None:
    assert client.post("/looks", {"theme": "dark", "next": elsewhere}).headers["Location"] == "/"


def test_looking_at_it_changes_nothing(client: Client) -> None:
    assert client.get("/looks").status_code == 405
