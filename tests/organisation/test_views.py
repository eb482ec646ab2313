"""The page for one's own password, and the way that leads to it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from cast import PASSWORD, SINCE, Cast
from cityloop.organisation import actions, models
from cityloop.organisation.pages import reader


@pytest.fixture
def newcomer(city_cast: Cast, client: Client) -> tuple[Client, str]:
    """Somebody at the browser with a first password, and that password."""
    password = actions.reset_password(city_cast["sysadmin"])
    client.force_login(models.User.objects.get(pk=city_cast["sysadmin"]))
    return client, password


@pytest.mark.parametrize("page", ["home", "admin:index"])
def test_a_first_password_leads_to_its_change(newcomer: tuple[Client, str], page: str) -> None:
    answer = newcomer[0].get(reverse(page))
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("password"))


def test_changing_it_opens_the_rest(newcomer: tuple[Client, str]) -> None:
    desk, first = newcomer
    assert desk.get(reverse("password")).status_code == 200
    form = {"old_password": first, "new_password1": "another-one-2026", "new_password2": "another-one-2026"}
    assert desk.post(reverse("password"), form).headers["Location"] == reverse("home")
    assert desk.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(
    ("new", "again", "field"),
    [
        ("short", "short", "new_password2"),
        ("another-one-2026", "another-one-2027", "new_password2"),
        (PASSWORD, PASSWORD, "old_password"),
    ],
)
def test_a_change_that_is_none_says_where(newcomer: tuple[Client, str], new: str, again: str, field: str) -> None:
    desk, first = newcomer
    old = first if field != "old_password" else "wrong"
    answer = desk.post(reverse("password"), {"old_password": old, "new_password1": new, "new_password2": again})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_first_password_itself_is_no_new_one(newcomer: tuple[Client, str]) -> None:
    desk, first = newcomer
    answer = desk.post(reverse("password"), {"old_password": first, "new_password1": first, "new_password2": first})
    assert answer.status_code == 422
    assert desk.get(reverse("home")).status_code == 302


def test_others_are_not_led_anywhere(city_cast: Cast, client: Client) -> None:
    client.force_login(models.User.objects.get(pk=city_cast["sysadmin"]))
    assert client.get(reverse("admin:index")).status_code == 200


def two_posts(city_cast: Cast, client: Client) -> Client:
    actions.appoint(city_cast["acceptor"], "dispatcher", city_cast.jurisdiction, valid_from=SINCE)
    client.force_login(models.User.objects.get(pk=city_cast["acceptor"]))
    client.cookies["django_language"] = "en"
    return client


def test_somebody_of_two_posts_works_in_one_of_them_and_in_both_again(city_cast: Cast, client: Client) -> None:
    page = two_posts(city_cast, client)
    posts = re.findall(r'name="post" value="([^"]+)"', page.get("/desk/me").content.decode())
    assert len(posts) == 2
    [dispatcher] = [key for key in posts if "dispatcher" in key]
    assert page.post("/desk/me/post", {"post": dispatcher, "next": "/desk/me"}).headers["Location"] == "/desk/me"
    request = page.get("/desk/me").wsgi_request
    assert [held.post for held in reader(request).posts] == ["dispatcher"]
    page.post("/desk/me/post", {"post": ""})
    assert {held.post for held in reader(page.get("/desk/me").wsgi_request).posts} == {"acceptor", "dispatcher"}


@pytest.mark.parametrize("post", ["990101/sysadmin//", "nonsense", "x" * 5000])
def test_a_post_that_is_none_of_theirs_gives_them_nothing(city_cast: Cast, client: Client, post: str) -> None:
    page = two_posts(city_cast, client)
    page.post("/desk/me/post", {"post": post})
    assert {held.post for held in reader(page.get("/desk/me").wsgi_request).posts} == {"acceptor", "dispatcher"}


def test_whoever_works_in_a_post_is_not_led_elsewhere(city_cast: Cast, client: Client) -> None:
    page = two_posts(city_cast, client)
    answer = page.post("/desk/me/post", {"post": "", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/desk/me"
