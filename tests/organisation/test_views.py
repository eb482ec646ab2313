"""The page for one's own password, and the way that leads to it."""

import pytest
from django.test import Client
from django.urls import reverse

from cast import PASSWORD, Cast
from cityloop.organisation import actions, models


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
