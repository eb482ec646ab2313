"""Webhooks in the console."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from cases.conftest import Desk
from cast import CITY
from cityloop.exchange import actions
from cityloop.exchange.models import Delivery, Subscription
from exchange.conftest import Program, subscribed, told

LIST = "/console/exchange/subscription/"
DELIVERIES = "/console/exchange/delivery/"


@pytest.fixture
def console(desk: Desk) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["django_language"] = "en"
    user = get_user_model().objects.get(pk=desk.cast["sysadmin"])
    user.must_change_password = False  # type: ignore[attr-defined]
    user.save()
    client.force_login(user)
    return client


def form(desk: Desk, **more: Any) -> dict[str, Any]:
    return {
        "jurisdiction": CITY, "name": "platform", "url": "https://city.example/", "kinds": "report",
        "account": desk.cast["dispatcher"], "is_on": "on",
    } | more  # fmt: skip


def test_whoever_adds_one_is_told_its_secret_once(console: Client, desk: Desk) -> None:
    page = console.post(f"{LIST}add/", form(desk), follow=True).content.decode()
    row = Subscription.objects.get()
    assert actions.secret(row) in page
    assert (row.jurisdiction, row.kinds, row.created_by) == (CITY, ["report"], desk.cast["sysadmin"])
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        assert actions.secret(row) not in console.get(address).content.decode()


def test_what_could_never_be_delivered_is_said_beside_the_field(console: Client, desk: Desk) -> None:
    page = console.post(f"{LIST}add/", form(desk, url="ftp://x")).content.decode()
    assert "must begin with https://" in page
    page = console.post(f"{LIST}add/", form(desk, account=desk.cast["stranger"])).content.decode()
    assert "holds no post in this city" in page
    assert not Subscription.objects.exists()


def test_a_new_secret_is_told_once(console: Client, desk: Desk, program: Program) -> None:
    made = subscribed(desk, program.url)
    chosen = {"action": "new_secret", "_selected_action": str(made.id)}
    page = console.post(LIST, chosen, follow=True).content.decode()
    renewed = actions.secret(Subscription.objects.get())
    assert renewed != made.secret
    assert renewed in page


def test_what_is_parked_is_seen_with_its_reason_and_sent_once_more(
    console: Client, desk: Desk, program: Program
) -> None:
    subscribed(desk, program.url)
    program.answers = [500]
    desk.report()
    told()
    Delivery.objects.update(state="parked")
    page = console.get(DELIVERIES, {"state__exact": "parked"}).content.decode()
    assert "Parked" in page
    assert "500" in page
    listed = console.get(LIST).content.decode()
    assert "platform above" in listed
    chosen = {"action": "send_again", "_selected_action": str(Delivery.objects.get().pk)}
    assert "To be sent once more: 1." in console.post(DELIVERIES, chosen, follow=True).content.decode()
    told()
    assert Delivery.objects.get().state == "sent"
    assert console.get(f"{DELIVERIES}{Delivery.objects.get().pk}/change/").status_code == 200
