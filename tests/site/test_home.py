"""The home page: whose posts, what waits for them, what time it is in a city with a clock of its own."""

from datetime import timedelta

import pytest
from django.test import Client

from cases.conftest import Desk, desk  # noqa: F401
from cast import CITY, NOW, Cast, city_cast  # noqa: F401
from cityloop.kernel.clock import CityClock, machine_now
from cityloop.organisation import actions, models

pytestmark = pytest.mark.django_db


def home(client: Client, user_id: int) -> str:
    client.force_login(models.User.objects.get(pk=user_id))
    client.cookies["django_language"] = "en"
    return client.get("/").content.decode()


def test_what_waits_for_ones_posts_is_counted_and_the_soonest_named(desk: Desk, client: Client) -> None:  # noqa: F811
    """All posts saw the same page, and nothing on it of the work that waits."""
    numbers = [desk.report().number for _ in range(6)]
    page = home(client, desk.cast["acceptor"])
    assert 'Your open tasks <span class="count">6</span>' in page
    assert sum(number in page for number in numbers) == 5
    other = home(client, desk.cast["dispatcher"])
    assert 'Your open tasks <span class="count">0</span>' in other
    assert "Nothing waits for you now." in other
    assert not any(number in other for number in numbers)


def test_it_leads_to_the_desk_whoever_holds_a_post(city_cast: Cast, client: Client) -> None:  # noqa: F811
    assert 'href="/desk"' in home(client, city_cast["handler"])


def test_a_city_with_a_clock_of_its_own_shows_its_time(city_cast: Cast, client: Client) -> None:  # noqa: F811
    """A demo stands at another day than the reader, and nothing said so."""
    assert "clock of its own" not in home(client, city_cast["acceptor"])
    actions.set_clock(CITY, CityClock(NOW, machine_now(), speed=0))
    assert "it is 2026-07-01 10:00 there now" in home(client, city_cast["acceptor"])


def test_who_deputises_by_the_citys_clock_is_told_so(city_cast: Cast, client: Client) -> None:  # noqa: F811
    at = machine_now() - timedelta(days=400)
    actions.set_clock(CITY, CityClock(at, machine_now()))
    actions.record_absence(
        city_cast["dispatcher"],
        CITY,
        starts_at=at - timedelta(hours=1),
        ends_at=at + timedelta(days=1),
        deputy_id=city_cast["acceptor"],
    )
    assert "as deputy" in home(client, city_cast["acceptor"])
