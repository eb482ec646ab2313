"""Somebody in the street with a phone: what the tests of the public page send and read, and how the staff brings it to an end."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from cast import CITY, Cast
from cityloop.cases import actions as loop
from cityloop.cases import models as cases

HEAP = "gb47678_2026/event/06011"
SPOT = {"lon": "120.005", "lat": "30.005"}


def form(**typed: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "class": HEAP, **SPOT, **typed}


def send(client: Client, **typed: Any) -> Any:
    return client.post(f"/report/{CITY}", form(**typed))


def code_in(response: Any) -> str:
    assert response.status_code == 302, response.content.decode()[:3000]
    found = re.fullmatch(r"/report/f/([A-Z2-9-]+)\?new=1", response["Location"])
    assert found is not None
    return found[1]


def told(response: Any) -> str:
    return str(response.content.decode())


def worked_on(cast: Cast, *acts: tuple[str, str, dict[str, Any]], number: str = "") -> None:
    """Do one after another on a case, the only one where none is named."""
    number = number or cases.Case.objects.get().number
    for who, action, inputs in acts:
        now = cases.CaseEvent.objects.latest("id").at + timedelta(minutes=1)
        loop.perform(number, action, inputs, actor=cast.viewer(who, now), key=uuid4(), via="desk", now=now)


def closed(cast: Cast, number: str = "") -> None:
    """Bring a case to its end, with a reply."""
    worked_on(
        cast,
        ("acceptor", "accept", {}),
        ("duty_chief", "file", {"condition": f"{HEAP}#c1"}),
        ("dispatcher", "dispatch", {"department": "HW"}),
        ("dept_clerk", "sign", {}),
        ("dept_clerk", "feedback", {"opinion": "内部说明"}),
        ("acceptor", "send_check", {"collector": cast["collector"]}),
        ("collector", "check_back", {"result": "pass"}),
        ("duty_chief", "close", {"condition_met": True, "reply": "垃圾已清运，谢谢您"}),
        number=number,
    )
