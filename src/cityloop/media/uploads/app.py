"""The application: who sends is asked before a byte of the body is read; every refusal leaves in the same shape."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from cityloop.kernel.errors import TooMany, Unavailable
from cityloop.kernel.translation import _
from cityloop.media.rules import tus
from cityloop.media.rules.formats import MOST_BYTES
from cityloop.media.uploads.asgi import Answer, Receive, Scope, Send, headers_of, method_of
from cityloop.media.uploads.refusals import WrongMethod, WrongVersion, nothing_here, unreadable
from cityloop.media.uploads.resting import Resting
from cityloop.media.uploads.threads import Threads
from cityloop.media.uploads.work import Sender, Work

logger = logging.getLogger(__name__)

MOST_AT_THE_DOOR = 100
"""Requests that wait to hear who sends. This process has no turnstile: without an end to it each would wait for all before it."""

SWEEP_EVERY_S = 600.0


class UploadApp:
    """The application.

    Args:
        resting: Where uploads lie.
        root: Path before an upload's id: ``/uploads``.
        admit: Says who sends, from the head of a request; raises ``NotSignedIn`` or ``NotAllowed``. Called in a thread.
        refuse: Shapes a refusal, or a failure of ours, for the sender. Asks nobody: it must answer when all threads are taken.
        dress: Adds to the headers of an answer, from the head of the request: what a browser on another address needs.
    """

    def __init__(
        self,
        resting: Resting,
        root: str,
        admit: Callable[[Scope], Sender],
        refuse: Callable[[Scope, Exception], Answer],
        dress: Callable[[Scope, Mapping[str, str]], Mapping[str, str]],
    ) -> None:
        self.resting = resting
        self.root = root
        self.admit = admit
        self.refuse = refuse
        self.dress = dress
        self.at_the_door = 0
        self.threads = Threads()
        self.work = Work(resting, root, self.threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            headers = self.dress(scope, {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store", **answer.headers})
            raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
            raw.append((b"content-length", str(len(answer.body)).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": raw})
            body = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        sweeping: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                sweeping = asyncio.create_task(self._sweep())
                await send({"type": "lifespan.startup.complete"})
            else:
                if sweeping:
                    sweeping.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _sweep(self) -> None:
        while True:
            with suppress(OSError):
                if swept := await self.threads.write(self.resting.sweep, frozenset(self.work.incoming.writers)):
                    logger.info("%d uploads swept that nobody went on with", swept)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            return await self._route(scope, receive)
        except tus.Unreadable as exc:
            return self.refuse(scope, unreadable(exc))
        except OSError as exc:
            logger.warning("the folder of uploads cannot be written: %s", exc.strerror)
            message = _("The store of files does not answer, or is full. Try again in a moment.")
            return self.refuse(scope, Unavailable(message, retry_after_seconds=10))
        except Exception as exc:  # noqa: BLE001 # every refusal, and every failure, leaves in the same shape
            return self.refuse(scope, exc)

    async def _route(self, scope: Scope, receive: Receive) -> Answer:
        headers = headers_of(scope)
        method = method_of(scope)
        if method == "GET" and scope["path"] == "/healthz":
            return Answer(200, {"Content-Type": "text/plain"}, b"ok\n")
        path = str(scope["path"]).removesuffix("/")
        if path != self.root and not path.startswith(f"{self.root}/"):
            raise nothing_here()
        name = path.removeprefix(self.root).removeprefix("/")
        if method == "OPTIONS":
            return Answer(204, tus.announcement(MOST_BYTES))
        sender = await self._let_in(scope)
        if method == "GET" and not name:  # not of the protocol: any program may ask
            return await self.work.list_own(sender)
        if headers.get("tus-resumable") != tus.VERSION and method in {"POST", "HEAD", "PATCH", "DELETE"}:
            raise WrongVersion(_("Send the header Tus-Resumable: 1.0.0."))
        match method, bool(name):
            case "POST", False:
                return await self.work.begin(sender, headers)
            case "HEAD", True:
                return await self.work.tell(sender, name)
            case "PATCH", True:
                return await self.work.take(sender, name, headers, receive)
            case "DELETE", True:
                return await self.work.end(sender, name)
            case _other:
                known = "HEAD, PATCH, DELETE" if name else "GET, POST"
                raise WrongMethod(_("This address takes: %(methods)s.") % {"methods": known})

    async def _let_in(self, scope: Scope) -> Sender:
        """Return who sends.

        Raises:
            TooMany: So many wait to be asked that this one had better come again.
        """
        if self.at_the_door >= MOST_AT_THE_DOOR:
            raise TooMany(_("Too many files are being sent now. Go on in a moment."), retry_after_seconds=1)
        self.at_the_door += 1
        try:
            return await self.threads.ask(self.admit, scope)
        finally:
            self.at_the_door -= 1
