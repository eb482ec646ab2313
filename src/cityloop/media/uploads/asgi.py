"""What an ASGI server says and is answered: requests in, piece by piece; heads as texts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Body:
    """The body of a request, piece by piece, for as long as ``stop`` is not set."""

    def __init__(self, receive: Receive, stop: asyncio.Event) -> None:
        self.receive = receive
        self.coming: asyncio.Future[MutableMapping[str, Any]] | None = None
        self.stopping = asyncio.ensure_future(stop.wait())
        self.is_whole = False
        self.is_broken = False

    async def next(self, patience_s: float) -> bytes | None:
        """Return the next piece; None where nothing comes for so long, or ``is_broken``: the sender is gone, or has come anew."""
        self.coming = self.coming or asyncio.ensure_future(self.receive())
        either: set[asyncio.Future[Any]] = {self.coming, self.stopping}
        await asyncio.wait(either, timeout=max(0.0, patience_s), return_when=asyncio.FIRST_COMPLETED)
        if self.stopping.done() or not self.coming.done():
            self.is_broken = self.stopping.done()
            return None
        done, self.coming = self.coming, None
        try:
            message = done.result()
        except Exception:  # noqa: BLE001 # a server may say in its own way that the connection broke
            message = {"type": "http.disconnect"}
        if message["type"] != "http.request":
            self.is_broken = True
            return None
        self.is_whole = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    def close(self) -> None:
        self.stopping.cancel()
        if self.coming:
            self.coming.cancel()


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a request, names in small letters; of one sent twice the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in scope["headers"]}


def method_of(scope: Scope) -> str:
    """Return what is asked for: tus lets a sender whose network knows no PATCH name it in a header."""
    return (headers_of(scope).get("x-http-method-override") or str(scope["method"])).upper()
