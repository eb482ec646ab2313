"""A city with its cast, and a program somewhere else that is told what happens: a real HTTP server."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest

from cases.conftest import Desk, committed_desk, desk, english  # noqa: F401
from cast import CITY, NOW, city_cast, committed_cast  # noqa: F401
from cityloop.exchange import actions
from cityloop.exchange.actions import LISTENER, Subscribed, subscriptions_due
from cityloop.exchange.models import Delivery
from cityloop.kernel.clock import machine_now
from cityloop.kernel.listening import catch_up


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    def is_signed_by(self, secret: str) -> bool:
        """As the standard tells a receiver to check it."""
        told = f"{self.message}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Program:
    """A receiver. ``answers`` are used up one by one, then it takes everything: a status, or seconds to be silent."""

    port: int = 0
    got: list[Received] = field(default_factory=list)
    answers: list[int | float] = field(default_factory=list)
    elsewhere: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/told"

    @property
    def told(self) -> list[tuple[str, int]]:
        return [(one.data["number"], one.data["seq"]) for one in self.got]


@pytest.fixture
def program() -> Iterator[Program]:
    held = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = held.answers.pop(0) if held.answers else 200
            held.got.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
            if isinstance(answer, float):
                time.sleep(answer)
                answer = 200
            self.send_response(answer)
            if answer in {301, 302, 307, 308}:
                self.send_header("Location", held.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who hung up is no matter here."""

    server = Server(("127.0.0.1", 0), Handler)
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)


def subscribed(desk: Desk, url: str, *kinds: str, who: str = "dispatcher") -> Subscribed:  # noqa: F811
    """Subscribe; the messages have the sight of one of the cast."""
    catch_up(LISTENER)
    return actions.subscribe(
        CITY, name="platform above", url=url, kinds=kinds, account=desk.cast[who], by=desk.cast["sysadmin"], now=NOW
    )


def told() -> int:
    """Let the listener note what happened and the worker deliver what is due; return how many attempts were made."""
    catch_up(LISTENER)
    return sum(actions.deliver(key) for key in subscriptions_due(machine_now()))


def hasten() -> None:
    """Let everything that waits be due now."""
    Delivery.objects.filter(state="waiting").update(next_at=NOW)
