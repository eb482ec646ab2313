"""Clients with a bad network: answers get lost, requests are sent again, twice at once too. Each act happens once.

    python -m soak.retries --acts 10000 --clients 32

Every client reports and takes acts through the API. Of each request it may drop the answer (the connection is closed before
the answer is read) and send it again, or send it over two connections at once. At the end there are exactly as many events
as keys, each with the answer that was acknowledged, and every case is rebuilt from its events.
"""

import http.client
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from loading import CITY, enter, make_city
from running import Run, unused_port
from soaking import main

DROPPED, DOUBLED = 0.2, 0.1
"""Shares of the requests whose answer is not read at first, or that are sent twice at once."""

OK = 300
NOTES = 4
"""Acts on a case after its report and acceptance."""


class Client:
    """One sender with a token and a bad line."""

    def __init__(self, port: int, token: str, seed: int) -> None:
        self.port, self.chance = port, random.Random(seed)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.dropped = self.doubled = self.sent = 0
        self.odd: list[str] = []
        self.second = ThreadPoolExecutor(1)

    def act(self, path: str, inputs: dict[str, Any]) -> str:
        """Take one act, however often it must be sent; return the case's number."""
        key = str(uuid4())
        body = json.dumps({"key": key, "inputs": inputs})
        fate = self.chance.random()
        other = None
        if fate < DROPPED:
            self.dropped += 1
            self._send(path, body, is_read=False)
        elif fate < DROPPED + DOUBLED:
            self.doubled += 1
            other = self.second.submit(self._until_answered, path, body)
        answer = self._until_answered(path, body)
        if other is not None and other.result() != answer:
            self.odd.append(f"two answers to one key: {answer}, {other.result()}")
        self.acknowledged[key] = answer
        return answer[0]

    def _until_answered(self, path: str, body: str) -> tuple[str, int]:
        while (answer := self._send(path, body)) is None:
            time.sleep(0.02)
        return answer

    def _send(self, path: str, body: str, *, is_read: bool = True) -> tuple[str, int] | None:
        """Return number and event of what was done; None where it is to be sent again."""
        self.sent += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", f"/api/v1{path}", body, self.headers)
            if not is_read:
                time.sleep(self.chance.uniform(0, 0.02))
                return None
            answer = connection.getresponse()
            data = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status < OK:
            return data["number"], data["seq"]
        if answer.status != 429:  # too many at this moment
            self.odd.append(f"{answer.status} {data}")
        return None


def run(acts: int, clients: int, seed: int) -> dict[str, Any]:
    parent = Path(tempfile.mkdtemp(prefix="cl-retries-", dir="/var/tmp"))
    parent.chmod(0o711)
    city = Run(parent / "data", unused_port()).ready()
    try:
        token = _make_acceptor(city)
        senders = [Client(city.port, token, seed * 1000 + index) for index in range(clients)]
        began = time.monotonic()
        threads = [threading.Thread(target=_lead, args=(sender, -(-acts // clients))) for sender in senders]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            sys.stderr.write(f"\r{sum(len(sender.acknowledged) for sender in senders):,} of {acts:,} acts")
            time.sleep(1)
        sys.stderr.write("\n")
        return _counted(senders, acts) | {"seconds": round(time.monotonic() - began, 1), "seed": seed}
    finally:
        if city.process.poll() is None:
            city.stop()
        shutil.rmtree(parent, ignore_errors=True)


def _make_acceptor(city: Run) -> str:
    make_city(city)
    from cityloop.kernel.clock import machine_now
    from cityloop.organisation import actions

    user = actions.create_user("acceptor", password="long-enough-2026", name="受理员")
    actions.appoint(user.pk, "acceptor", CITY, valid_from=date(2020, 1, 1))
    return actions.issue_token(user.pk, "retries", now=machine_now(), scopes=["read", "write"])


def _lead(sender: Client, acts: int) -> None:
    """Report, accept and note, case after case, until so many acts are acknowledged."""
    while len(sender.acknowledged) < acts:
        point = {"lon": sender.chance.uniform(120, 120.02), "lat": sender.chance.uniform(30, 30.02), "system": "wgs84"}
        inputs = {"source": "hotline", "category": "gb47678_2026/part/01001", "point": point}
        number = sender.act("/cases", inputs)
        sender.act(f"/cases/{number}/actions/accept", {})
        for count in range(NOTES):
            sender.act(f"/cases/{number}/actions/note", {"opinion": f"第 {count + 1} 次回访"})


def _counted(senders: list[Client], acts: int) -> dict[str, Any]:
    from cityloop.cases import models
    from cityloop.cases.queries.verifying import verify

    enter()
    rows = models.CaseEvent.objects.order_by("id").values_list("key", "case__number", "seq")
    stored = {str(key): (number, seq) for key, number, seq in rows}
    told = {key: answer for sender in senders for key, answer in sender.acknowledged.items()}
    wrong = sum(stored.get(key) != answer for key, answer in told.items())
    findings, odd = verify(CITY).findings, [line for sender in senders for line in sender.odd]
    for line in [*odd[:5], *map(str, findings[:5])]:
        sys.stderr.write(f"{line}\n")
    return {
        "name": "retries.wrong",
        "value": wrong,
        "unit": "1",
        "n": len(told),
        "events": len(rows),
        "sent": sum(sender.sent for sender in senders),
        "dropped": sum(sender.dropped for sender in senders),
        "doubled": sum(sender.doubled for sender in senders),
        "odd_answers": len(odd),
        "findings": len(findings),
        "right": wrong == 0 and acts <= len(rows) == len(told) and not findings and not odd,
    }


if __name__ == "__main__":
    sys.exit(main(__doc__, run, acts=10_000, clients=32, seed=5))
