"""Grants for files of a desk's form in pieces: who is given one, and for what."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from cases.conftest import Desk
from cast import CITY, OTHER_CITY
from cityloop.media import actions
from cityloop.media.granting import ACCOUNT, Grant
from cityloop.media.rules.formats import MOST_BYTES
from cityloop.organisation.actions import create_user


def asked(client: Client, size: object, city: str = CITY) -> tuple[int, dict[str, str]]:
    answer = client.post("/desk/grant", {"bytes": size, "city": city})
    return answer.status_code, answer.json()


def test_a_grant_is_for_one_file_of_that_account_in_its_city(desk: Desk, at: Any) -> None:
    status, told = asked(at("acceptor"), 1000)
    assert status == 201
    assert told["to"].endswith("/uploads/")
    granted = Grant.read(told["grant"])
    assert (granted.room, granted.city, granted.bytes, granted.owner_id) == (ACCOUNT, CITY, 1000, desk.cast["acceptor"])
    assert Grant.read(asked(at("acceptor"), 1000, "")[1]["grant"]).city == CITY


def test_nobody_is_given_leave_without_a_post_in_that_city(desk: Desk, at: Any, client: Client) -> None:
    assert client.post("/desk/grant", {"bytes": 10, "city": CITY}).status_code == 302, "to the door"
    for who, city in (("acceptor", OTHER_CITY), ("stranger", CITY), ("acceptor", "nowhere")):
        status, told = asked(at(who), 10, city)
        assert status == 403
        assert "no post in" in told["detail"]
    idle = create_user("idle", password="a long enough word 1", name="闲", jurisdiction=CITY)
    assert asked(at(idle.pk), 10)[0] == 403


def test_what_would_be_refused_is_given_no_leave(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = at("acceptor")
    assert client.get("/desk/grant").status_code == 405
    assert asked(client, MOST_BYTES + 1)[0] == 413
    for size in ("", "0", "-1", "many", "1e9", "9" * 13):
        assert asked(client, size)[0] == 422, size
    monkeypatch.setattr(actions, "MOST_A_DAY", 100)
    status, told = asked(client, 101)
    assert status == 429
    assert "within a day" in told["detail"]


def test_leave_asks_for_the_forms_token(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.get(pk=desk.cast["acceptor"]))
    assert client.post("/desk/grant", {"bytes": 10}).status_code == 403


def test_a_page_into_which_a_form_comes_may_reach_the_upload_process(desk: Desk, at: Any) -> None:
    number = desk.report().number
    for path in ("/desk", f"/desk/cases/{number}", f"/desk/cases/{number}/accept", "/desk/report", "/desk/batch"):
        assert "connect-src 'self' http" in at("acceptor").get(path)["Content-Security-Policy"], path
    form = at("acceptor").get("/desk/report").content.decode()
    assert f'data-to="/desk/grant" data-city="{CITY}"' in form
