"""``demo``: from an empty data folder to a city that lives, and the start of one that is there."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from bench.ground import figure, folder, say
from bench.web import megabytes

MOST_SECONDS = 1200
POST = "duty_chief"
NUMBER = re.compile(r"990101\d{13}")


def demo() -> None:
    """Seconds until a simulated act is seen on a page, cold with everything to be made and warm with nothing; memory then.

    Somebody comes in by the open door and looks at the newest cases again and again: when one is there that was not there at
    their first look, the city lives.
    """
    with folder() as place:
        for kind in ("cold", "warm"):
            with _started(place / "demo", kind) as (address, begun):
                _come_alive(address, begun)
                figure(f"demo_{kind}.seconds", time.perf_counter() - begun, "s", n=1)
                parts = megabytes(place / "demo")
                figure(
                    f"demo_{kind}.mb",
                    sum(parts.values()),
                    "MB",
                    n=len(parts),
                    **{k: round(v) for k, v in parts.items()},
                )


@contextmanager
def _started(data: Path, kind: str) -> Iterator[tuple[str, float]]:
    address = f"http://127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "cityloop.site.cli", "demo", "--port", address.rpartition(":")[2]]
    log = data.parent / f"{kind}.log"
    begun = time.perf_counter()
    with log.open("w") as output:
        demo_city = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, "CITYLOOP_DATA": str(data)}
        )
    try:
        yield address, begun
    finally:
        demo_city.send_signal(signal.SIGINT)
        demo_city.wait(60)
        say(log.read_text(encoding="utf-8"))


def _come_alive(address: str, begun: float) -> None:
    visitor = Visitor(address)
    while f'value="{POST}"' not in visitor.page("/sign-in"):
        _wait(begun)
    visitor.come_in()
    say(f"demo: in after {time.perf_counter() - begun:.1f} s")
    first = visitor.newest()
    while visitor.newest() == first:
        _wait(begun)


class Visitor:
    """A browser, as far as it is needed here."""

    def __init__(self, address: str) -> None:
        self.address, self.cookies = address, CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def page(self, path: str) -> str:
        """Return a page; ``""`` as long as nobody listens."""
        try:
            with self.opener.open(self.address + path, timeout=30) as answer:
                return str(answer.read().decode())
        except HTTPError:
            raise
        except OSError:
            return ""

    def come_in(self) -> None:
        token = next(one.value or "" for one in self.cookies if one.name == "csrftoken")
        form = urlencode({"post": POST, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(Request(f"{self.address}/demo/enter", form), timeout=30):
            pass

    def newest(self) -> str:
        """Return the number of the newest case that there is."""
        numbers: list[str] = NUMBER.findall(self.page("/desk/search?since=2020-01-01"))  # newest first
        return max(numbers)


def _wait(begun: float) -> None:
    if time.perf_counter() - begun > MOST_SECONDS:
        raise TimeoutError("the city does not come alive")
    time.sleep(0.25)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
