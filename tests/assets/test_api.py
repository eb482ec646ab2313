import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from assets.conftest import DAY, SOUTH, WEST, code, part
from cast import CITY, NOW, Cast
from cityloop.assets.actions import add_parts
from cityloop.organisation import actions as organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(gridded: Cast, client: Client) -> Any:
    """Return what asks the API in somebody's name."""
    add_parts(CITY, [part(1), part(2, state="damaged")], DAY)

    def send(who: str, method: str, path: str, **body: Any) -> Any:
        token = organisation.issue_token(gridded[who], str(uuid4())[:20], now=NOW, scopes=["read", "write"])
        head = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        if method == "GET":
            return client.get(f"/api/v1/{path}", body, **head)
        return client.post(f"/api/v1/{path}", json.dumps(body, default=str), "application/json", **head)

    return send


def test_parts_are_listed_and_one_is_read_as_it_was(ask: Any) -> None:
    found = ask("dispatcher", "GET", "parts", state="wrong").json()
    assert [one["code"] for one in found["items"]] == [code(2)]
    assert found["items"][0]["location"]["coordinates"][0] == pytest.approx(WEST + 0.001)
    one = ask("dispatcher", "GET", f"parts/{code(1)}", on="2026-02-01").json()
    assert (one["values"]["state"], one["changes"]) == ("intact", [])
    assert ask("dispatcher", "GET", f"parts/{code(1)}", on="2025-02-01").status_code == 404
    assert ask("stranger", "GET", f"parts/{code(1)}").status_code == 404
    assert ask("dispatcher", "GET", "parts", state="fine").status_code == 422


def test_a_proposal_is_sent_once_and_decided(ask: Any) -> None:
    body = {"key": uuid4(), "kind": "new", "class_code": "01001", "lon": WEST + 0.004, "lat": SOUTH + 0.004}
    made = ask("collector", "POST", "part-proposals", **body)
    assert made.status_code == 201, made.content
    assert ask("collector", "POST", "part-proposals", **body).json()["id"] == made.json()["id"]
    assert len(ask("collector", "GET", "part-proposals", mine=True).json()["items"]) == 1
    wanted = {"ids": [made.json()["id"]], "accept": True}
    assert ask("collector", "POST", "part-proposals/decide", **wanted).json()["items"][0]["why"]
    assert ask("data_admin", "POST", "part-proposals/decide", **wanted).json()["items"][0]["code"] == code(3)
    assert ask("collector", "GET", f"part-proposals/{made.json()['id']}").json()["state"] == "accepted"


def test_what_cannot_be_proposed_names_its_field(ask: Any) -> None:
    for more, field in (
        ({"kind": "changed", "code": code(1), "values": {"owner": "nobody"}}, "owner"),
        ({"kind": "new", "class_code": "01001", "lon": 2.0, "lat": 48.0}, "position"),
        ({"kind": "changed", "code": code(1), "photos": ["0" * 64]}, "photos"),
    ):
        answer = ask("collector", "POST", "part-proposals", key=uuid4(), **more)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["field"] == field, answer.content
