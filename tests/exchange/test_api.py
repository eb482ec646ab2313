"""Webhooks through the API, as administrators and as others."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cases.door import Door, as_documented, problem
from cast import CITY
from cityloop.exchange.models import Delivery, Subscription
from exchange.conftest import Program, told

BODY = {"name": "platform above", "url": "https://93.184.216.34/told"}


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.cast)


def made(door: Door, **more: object) -> dict[str, str]:
    response = door("sysadmin").post("/webhooks", BODY | more)
    assert response.status_code == 201, response.content
    answer: dict[str, str] = response.json()
    return answer


def test_a_subscription_tells_its_secret_once_and_delivers(door: Door, desk: Desk, program: Program) -> None:
    told()
    answer = made(door, url=program.url, account=desk.cast["dispatcher"], kinds=["report"])
    desk.report()
    told()
    assert program.got[0].is_signed_by(answer["secret"])
    line = door("sysadmin").get(f"/webhooks/{answer['id']}").json()
    assert "secret" not in line
    assert (line["jurisdiction"], line["kinds"], line["waiting"], line["parked"]) == (CITY, ["report"], 0, 0)
    [item] = door("sysadmin").get(f"/webhooks/{answer['id']}/deliveries").json()["items"]
    assert (item["message"], item["state"], item["said"]) == (program.got[0].message, "sent", "200")
    renewed = door("sysadmin").post(f"/webhooks/{answer['id']}/secret").json()
    assert renewed["secret"] != answer["secret"]


def test_what_waits_is_counted_without_looking_at_what_was_sent(door: Door, desk: Desk, program: Program) -> None:
    told()
    key = made(door, url=program.url, account=desk.cast["dispatcher"])["id"]
    for _ in range(2):
        desk.filed()
    told()
    waiting, blocked, parked = Delivery.objects.order_by("pk")[:3]
    for row, state in ((waiting, "waiting"), (blocked, "blocked"), (parked, "parked")):
        Delivery.objects.filter(pk=row.pk).update(state=state)
    with CaptureQueriesContext(connection) as asked:
        line = door("sysadmin").get(f"/webhooks/{key}").json()
    assert (line["waiting"], line["parked"]) == (2, 1)
    [count] = [query["sql"] for query in asked if "COUNT" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {count}")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "delivery_open" in plan, plan


def test_the_cursor_of_one_webhook_is_none_of_another(door: Door, desk: Desk, program: Program) -> None:
    told()
    first, second = (made(door, url=program.url, account=desk.cast["dispatcher"])["id"] for _ in range(2))
    desk.filed()
    told()
    page = door("sysadmin").get(f"/webhooks/{first}/deliveries", {"limit": 1}).json()
    query = {"cursor": page["next"]}
    rest = door("sysadmin").get(f"/webhooks/{first}/deliveries", query).json()["items"]
    assert rest
    assert page["items"][0] not in rest
    problem(door("sysadmin").get(f"/webhooks/{second}/deliveries", query), 422, "invalid", "cursor")


def test_one_message_or_everything_from_an_event_on_is_sent_again(door: Door, desk: Desk, program: Program) -> None:
    told()
    key = made(door, url=program.url, account=desk.cast["dispatcher"])["id"]
    desk.filed()
    told()
    page = door("sysadmin").get(f"/webhooks/{key}/deliveries", {"limit": 2}).json()
    assert len(page["items"]) == 2
    rest = door("sysadmin").get(f"/webhooks/{key}/deliveries", {"cursor": page["next"]}).json()
    assert [item["kind"] for item in [*page["items"], *rest["items"]]] == ["file", "accept", "report"]
    again = door("sysadmin").post(f"/webhooks/{key}/replay", {"message": page["items"][0]["message"]})
    assert again.json() == {"count": 1}
    again = door("sysadmin").post(f"/webhooks/{key}/replay", {"from_event": page["items"][1]["event"]})
    assert again.json() == {"count": 2}
    assert Delivery.objects.filter(state="waiting").count() == 2
    problem(door("sysadmin").post(f"/webhooks/{key}/replay", {"message": str(uuid4())}), 404, "not_found")
    problem(door("sysadmin").post(f"/webhooks/{key}/replay", {}), 422, "invalid", "from_event")


def test_a_webhook_is_changed_and_taken_away(door: Door) -> None:
    key = made(door)["id"]
    caller = door("sysadmin")
    path = f"/api/v1/webhooks/{key}"
    changed = as_documented(caller.client.patch(path, {"is_on": False, "name": "x"}, content_type="application/json"))
    assert (changed.status_code, changed.json()["is_on"], changed.json()["name"]) == (200, False, "x")
    refused = as_documented(caller.client.patch(path, {"url": "ftp://x"}, content_type="application/json"))
    problem(refused, 422, "invalid", "url")
    assert as_documented(caller.client.delete(path)).status_code == 204
    assert not Subscription.objects.exists()
    problem(caller.get(f"/webhooks/{key}"), 404, "not_found")


def test_an_action_that_a_newer_table_lacks_keeps_nobody_from_changing_the_rest(door: Door) -> None:
    key = made(door)["id"]
    Subscription.objects.update(kinds=["of_an_older_table"])
    path = f"/api/v1/webhooks/{key}"
    client = door("sysadmin").client
    assert client.patch(path, {"is_on": False}, content_type="application/json").status_code == 200
    problem(client.patch(path, {"kinds": ["nope"]}, content_type="application/json"), 422, "invalid", "kinds")


@pytest.mark.parametrize("who", ["dispatcher", "leader", "stranger"])
def test_nobody_but_administrators_comes_near(door: Door, who: str) -> None:
    key = made(door)["id"]
    problem(door(who).get("/webhooks"), 403, "not_allowed")
    problem(door(who).post("/webhooks", BODY), 403, "not_allowed")
    problem(door(who).get(f"/webhooks/{key}/deliveries"), 403, "not_allowed")
    problem(door("sysadmin", scopes=("read",)).post("/webhooks", BODY), 403, "scope")


def test_an_administrator_of_another_city_is_told_that_there_is_none(door: Door) -> None:
    key = made(door)["id"]
    Subscription.objects.update(jurisdiction="990102")
    problem(door("sysadmin").get(f"/webhooks/{key}"), 404, "not_found")
    problem(door("sysadmin").post(f"/webhooks/{key}/secret"), 404, "not_found")
    problem(door("sysadmin").post("/webhooks", BODY | {"jurisdiction": "990102"}), 404, "not_found")
    assert door("sysadmin").get("/webhooks").json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://10.0.0.1/"}, ""),
        ({"url": "x"}, "url"),
        ({"account": 99_999_999}, "account"),
        ({"name": ""}, "name"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "https://127.1/"}, "url"),
        ({"url": "https://2130706433/"}, "url"),
        ({"url": "https://0x7f000001/"}, "url"),
        ({"url": "https://0177.0.0.1/"}, "url"),
        ({"url": "https://127.0.0.1./"}, "url"),
        ({"url": "https://localhost./"}, "url"),
        ({"url": "https://city.example:0/"}, "url"),
        ({"url": "https://[::127.0.0.1]/"}, "url"),
        ({"url": "https://[::ffff:127.0.0.1]/"}, "url"),
        ({"kinds": ["report", "nope"]}, "kinds"),
    ],
)
def test_what_cannot_be_used_is_refused(door: Door, body: dict[str, object], field: str, settings: object) -> None:
    settings.WEBHOOK_NETWORKS = ()  # type: ignore[attr-defined]
    problem(door("sysadmin").post("/webhooks", BODY | body), 422, "invalid", field)
