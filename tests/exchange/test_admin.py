"""Webhooks in the console."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cast import CITY, PASSWORD
from cityloop.exchange import actions
from cityloop.exchange.models import Delivery, Subscription
from cityloop.kernel.listening import catch_up
from cityloop.organisation.actions import create_user
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
    idle = create_user("idle", password=PASSWORD, name="闲人", jurisdiction=CITY).pk
    page = console.post(f"{LIST}add/", form(desk, account=idle)).content.decode()
    assert "holds no post in this city" in page
    page = console.post(f"{LIST}add/", form(desk, account=desk.cast["stranger"])).content.decode()
    assert "There is no such account in your cities." in page
    assert not Subscription.objects.exists()


def test_whose_sight_it_has_is_chosen_by_name(console: Client, desk: Desk) -> None:
    field = console.get(f"{LIST}add/").context["adminform"].form.fields["account"]
    assert {desk.cast["dispatcher"], desk.cast["collector"]} <= set(field.queryset.values_list("pk", flat=True))
    assert desk.cast["stranger"] not in field.queryset.values_list("pk", flat=True)
    asked = {"app_label": "organisation", "model_name": "apitoken", "field_name": "user", "term": "dispatcher"}
    found = console.get("/console/autocomplete/", asked).json()["results"]
    assert str(desk.cast["dispatcher"]) in {one["id"] for one in found}
    console.post(f"{LIST}add/", form(desk))
    page = console.get(f"{LIST}{Subscription.objects.get().pk}/change/").content.decode()
    assert f'<option value="{desk.cast["dispatcher"]}" selected' in page
    assert 'type="number"' not in page


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
    page = console.get(DELIVERIES, {"state": "parked"}).content.decode()
    assert "Parked" in page
    assert "500" in page
    listed = console.get(LIST).content.decode()
    assert "platform above" in listed
    chosen = {"action": "send_again", "_selected_action": str(Delivery.objects.get().pk)}
    assert "To be sent once more: 1." in console.post(DELIVERIES, chosen, follow=True).content.decode()
    told()
    assert Delivery.objects.get().state == "sent"
    assert console.get(f"{DELIVERIES}{Delivery.objects.get().pk}/change/").status_code == 200


def test_what_has_changed_since_the_form_was_opened_stays(
    console: Client, desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new secret and a program that is gone, between reading the row and saving it."""
    made = subscribed(desk, program.url)
    check = actions.check

    def meanwhile(*args: Any) -> None:
        check(*args)
        actions.renew_secret(made.id)
        Subscription.objects.update(is_on=False)

    monkeypatch.setattr(actions, "check", meanwhile)
    changes = form(desk, name="renamed", url=program.url, kinds="")
    assert console.post(f"{LIST}{made.id}/change/", changes).status_code == 302
    row = Subscription.objects.get()
    assert (row.name, row.generation, row.is_on) == ("renamed", 2, False)


def test_a_change_in_the_console_forgives_failures(console: Client, desk: Desk, program: Program) -> None:
    made = subscribed(desk, program.url)
    Subscription.objects.update(failures=7, is_on=False)
    assert console.post(f"{LIST}{made.id}/change/", form(desk, kinds="accept,report")).status_code == 302
    row = Subscription.objects.get()
    assert (row.kinds, row.url, row.failures, row.is_on) == (["accept", "report"], "https://city.example/", 0, True)


def test_deliveries_are_shown_of_one_webhook_and_never_counted(console: Client, desk: Desk, program: Program) -> None:
    first, second = subscribed(desk, program.url), subscribed(desk, program.url, "accept")
    for _ in range(3):
        desk.filed()
    catch_up(actions.LISTENER)
    with CaptureQueriesContext(connection) as asked:
        rows = console.get(DELIVERIES).context["cl"].result_list
    assert not [query["sql"] for query in asked if "exchange_delivery" in query["sql"] and "COUNT" in query["sql"]]
    assert {row.subscription_id for row in rows} == {first.id}
    assert [row.event for row in rows] == sorted((row.event for row in rows), reverse=True)
    of_second = console.get(DELIVERIES, {"subscription": str(second.id)}).context["cl"].result_list
    assert {(row.subscription_id, row.kind) for row in of_second} == {(second.id, "accept")}
    assert console.get(DELIVERIES, {"subscription": "nonsense"}).context["cl"].result_list == []


def test_an_index_gives_the_deliveries_in_their_order(console: Client, desk: Desk, program: Program) -> None:
    subscribed(desk, program.url)
    desk.filed()
    catch_up(actions.LISTENER)
    rows = console.get(DELIVERIES).context["cl"].queryset[:51]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = rows.explain()
    assert "Index Scan Backward using delivery_once" in plan, plan
    assert "Sort" not in plan, plan
