"""Resumable uploads: tus 1.0.0 as an ASGI application, for a process of its own, so that slow phones hold no desk's thread.

Who sends is asked before a byte of the body is read. One process serves a folder: who writes to which upload stands in its
memory. Why this is our own: docs/decisions/0008-media.md.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any, ClassVar, ParamSpec, TypeVar

from django.db import connections
from django.utils import translation

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, NotFound, TooLarge, TooMany, Unavailable
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _
from cityloop.media import actions
from cityloop.media.resting import Announced, Resting
from cityloop.media.rules import tus
from cityloop.media.rules.formats import MB, MOST_BYTES
from cityloop.media.store import BLOCK

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_OPEN = 20
"""Uploads that one person may have begun and not ended."""

MOST_AT_ONCE = 200
"""Uploads that are written to at the same moment."""

MOST_AT_THE_DOOR = 100
"""Requests that wait to hear who sends. This process has no turnstile: without an end to it each would wait for all before it."""

SILENCE_S = 60.0
"""A sender that says nothing for so long has lost the network; what has come stays."""

WRITE_WITHIN_S = 1.0
"""However slowly they come, bytes are on disk within this time: a kill costs a phone no more."""

SWEEP_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an account, and the cities in which it holds a post."""

    user_id: int
    homes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class BadHeader(InvalidInput):
    code = "unreadable"
    http_status = 400


class WrongVersion(CityError):
    code = "wrong_version"
    http_status = 412


class WrongType(CityError):
    code = "wrong_type"
    http_status = 415


class WrongMethod(CityError):
    code = "wrong_method"
    http_status = 405


class Expired(CityError):
    code = "expired"
    http_status = 410


class WrongChecksum(CityError):
    """Source: tus 1.0.0, Checksum: 460."""

    code: ClassVar[str] = "wrong_checksum"
    http_status: ClassVar[int] = 460


class Writer:
    """One request that is at an upload; another that comes for the same one ends it first."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.done = asyncio.Event()


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
        self.writers: dict[str, Writer] = {}
        self.at_the_door = 0
        # Apart, so that a picture being decoded holds up nobody's bytes, and nobody who comes to the door.
        self.asking = ThreadPoolExecutor(4, "asking")
        self.keeping = ThreadPoolExecutor(2, "keeping")
        self.writing = ThreadPoolExecutor(4, "writing")

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
                if swept := await self._write(self.resting.sweep, frozenset(self.writers)):
                    logger.info("%d uploads swept that nobody went on with", swept)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            return await self._route(scope, receive)
        except tus.Unreadable as exc:
            refusal = BadHeader(
                _("The header %(name)s is missing or cannot be read.") % {"name": exc.header},
                faults=[Fault(exc.header, _("is missing or cannot be read"))],
            )
            return self.refuse(scope, refusal)
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
        if headers.get("tus-resumable") != tus.VERSION:
            raise WrongVersion(_("Send the header Tus-Resumable: 1.0.0."))
        match method, bool(name):
            case "POST", False:
                return await self._begin(sender, headers)
            case "HEAD", True:
                return await self._tell(sender, name)
            case "PATCH", True:
                return await self._take(sender, name, headers, receive)
            case "DELETE", True:
                return await self._end(sender, name)
            case _other:
                raise WrongMethod(
                    _("This address takes: %(methods)s.") % {"methods": "POST" if not name else "HEAD, PATCH, DELETE"}
                )

    # ---- The four things that can be done ----

    async def _begin(self, sender: Sender, headers: Mapping[str, str]) -> Answer:
        length = tus.number_of(headers, "upload-length")
        metadata = tus.metadata_of(headers.get("upload-metadata", ""))
        if length > MOST_BYTES:
            raise TooLarge(
                _("The file has more than %(most)d MB. Send a smaller one.") % {"most": MOST_BYTES // MB},
                faults=[Fault("Upload-Length", _("is too large"), str(length))],
            )
        if not length:
            raise InvalidInput(
                _("The file is empty. Choose another, or take the picture again."),
                faults=[Fault("Upload-Length", _("is empty"), "0")],
            )
        jurisdiction = home_asked(sender.homes, metadata.get("jurisdiction", ""))
        announced = Announced(sender.user_id, jurisdiction, length, headers.get("upload-metadata", ""))
        name = await self._begin_one_more(announced)
        logger.info("upload %s begins: %d bytes of account %d", name, length, sender.user_id)
        return Answer(201, {"Location": f"{self.root}/{name}", **await self._expiry(name)})

    async def _tell(self, sender: Sender, name: str) -> Answer:
        await self._find(sender, name)
        async with self._alone(name):
            announced = await self._find(sender, name)
            if not announced.media_id and await self._write(self.resting.offset, name) == announced.length:
                announced = await self._finish(name, announced)
            return Answer(200, await self._state(name, announced))

    async def _take(self, sender: Sender, name: str, headers: Mapping[str, str], receive: Receive) -> Answer:
        if headers.get("content-type", "").partition(";")[0].strip() != tus.BODY_TYPE:
            raise WrongType(_("The Content-Type must be %(type)s.") % {"type": tus.BODY_TYPE})
        wanted = tus.number_of(headers, "upload-offset")
        checksum = tus.checksum_of(headers["upload-checksum"]) if "upload-checksum" in headers else None
        await self._find(sender, name)
        if len(self.writers) >= MOST_AT_ONCE:
            raise Unavailable(_("Too many files are being sent now. Go on in a moment."), retry_after_seconds=5)
        async with self._alone(name) as writer:
            announced = await self._find(sender, name)  # the request that was stopped may have ended it
            offset = announced.length if announced.media_id else await self._write(self.resting.offset, name)
            if wanted != offset:
                raise Conflict(
                    _("%(offset)d bytes have come so far; go on from there.") % {"offset": offset}, offset=offset
                )
            if not announced.media_id:
                try:
                    await self._receive(name, announced.length - offset, checksum, receive, writer)
                except TooLarge:
                    # What has come is not what was announced, though its beginning may look whole: it must not be kept.
                    await self._write(self.resting.remove, name)
                    raise
                if await self._write(self.resting.offset, name) == announced.length:
                    announced = await self._finish(name, announced)
            return Answer(204, await self._state(name, announced))

    async def _end(self, sender: Sender, name: str) -> Answer:
        await self._find(sender, name)
        async with self._alone(name):
            await self._write(self.resting.remove, name)
        return Answer(204)

    # ---- Bytes ----

    async def _receive(
        self, name: str, left: int, checksum: tus.Checksum | None, receive: Receive, writer: Writer
    ) -> None:
        """Write the body as it comes; what has come stays, wherever it breaks off, unless it should have been checked whole.

        Raises:
            TooLarge: More comes than was announced.
            WrongChecksum: The bytes are not those that were sent; none of them stays.
        """
        digest = hashlib.new(checksum.algorithm) if checksum else None
        keep = self.resting.set_aside if checksum else self.resting.append
        body, waiting, write_at = Body(receive, writer), bytearray(), 0.0
        await self._write(self.resting.drop_aside, name)
        is_whole = is_too_long = False
        try:
            while not is_whole and not is_too_long:
                patience_s = write_at - time.monotonic() if waiting else SILENCE_S
                piece = await body.next(patience_s)
                if piece is not None:
                    write_at = write_at if waiting else time.monotonic() + WRITE_WITHIN_S
                    is_too_long = len(piece) > left
                    waiting += piece[:left]
                    left -= min(len(piece), left)
                    is_whole = body.is_whole
                elif body.is_broken or not waiting:
                    break
                if len(waiting) >= BLOCK or time.monotonic() >= write_at:
                    await self._keep_piece(keep, name, waiting, digest)
        finally:
            body.close()
            if waiting:
                await asyncio.shield(self._keep_piece(keep, name, waiting, digest))
        if checksum and digest:
            given = digest.digest() if is_whole and not is_too_long else b""
            if not await self._write(self.resting.take_aside, name, checksum, given) and is_whole:
                raise WrongChecksum(_("The bytes that came are not those that were sent. Send them again."))
        await self._write(self.resting.settle, name)
        if is_too_long:
            raise TooLarge(_("More bytes came than were announced. Begin the upload anew with its true length."))

    async def _keep_piece(self, keep: Callable[[str, bytes], None], name: str, waiting: bytearray, digest: Any) -> None:
        data = bytes(waiting)
        waiting.clear()
        if digest:
            digest.update(data)
        await self._write(keep, name, data)

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[Writer]:
        """Work on an upload alone. A request that still writes to it is ended: its sender has lost it, or would not come anew."""
        while other := self.writers.get(name):
            other.stop.set()
            await other.done.wait()
        writer = self.writers[name] = Writer()
        try:
            yield writer
        finally:
            del self.writers[name]
            writer.done.set()

    async def _finish(self, name: str, announced: Announced) -> Announced:
        """Hand the complete file over; what it became can be asked for until the upload expires.

        Raises:
            CityError: The file is refused: then the upload is gone. Where the store does not answer it stays, and can be ended again.
        """
        try:
            kept = await self._ask_in(
                self.keeping,
                actions.keep,
                self.resting.path(name),
                jurisdiction=announced.jurisdiction,
                owner_id=announced.owner_id,
                now=machine_now(),
            )
        except Unavailable:
            raise
        except CityError:
            await self._write(self.resting.remove, name)
            raise
        done = replace(announced, media_id=str(kept.file.id), sha256=kept.file.sha256)
        await self._write(self.resting.write, name, done)
        await self._write(self.resting.drop_bytes, name)
        logger.info("upload %s is complete: file %s", name, done.media_id)
        return done

    # ---- What is asked ----

    async def _find(self, sender: Sender, name: str) -> Announced:
        """Return an upload of the sender's own.

        Raises:
            NotFound: There is none, or it is somebody else's.
            Expired: It has rested too long.
        """
        announced = await self._write(self.resting.read, name)
        if announced is None or announced.owner_id != sender.user_id:
            raise nothing_here()
        if await self._write(self.resting.expires_at, name) < machine_now().timestamp():
            raise Expired(_("This upload has rested too long and is gone. Begin it anew."))
        return announced

    async def _let_in(self, scope: Scope) -> Sender:
        """Return who sends.

        Raises:
            TooMany: So many wait to be asked that this one had better come again.
        """
        if self.at_the_door >= MOST_AT_THE_DOOR:
            raise TooMany(_("Too many files are being sent now. Go on in a moment."), retry_after_seconds=1)
        self.at_the_door += 1
        try:
            return await self._ask(self.admit, scope)
        finally:
            self.at_the_door -= 1

    async def _begin_one_more(self, announced: Announced) -> str:
        """Begin an upload and return its id. It counts before the quota is asked: of several at once none passes unseen.

        Raises:
            TooMany: Its owner has too many that are not ended, or would send more than is taken within a day.
        """
        name = await self._write(self.resting.begin, announced, MOST_OPEN)
        if name is None:
            raise TooMany(
                _("You have begun %(most)d uploads and ended none of them. End or delete some first.")
                % {"most": MOST_OPEN},
                retry_after_seconds=60,
            )
        try:
            coming = await self._write(self.resting.coming, announced.owner_id)
            await self._ask(actions.refuse_over_quota, announced.owner_id, coming, now=machine_now())
        except Exception:
            await self._write(self.resting.remove, name)
            raise
        return name

    async def _state(self, name: str, announced: Announced) -> dict[str, str]:
        offset = announced.length if announced.media_id else await self._write(self.resting.offset, name)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(announced.length), **await self._expiry(name)}
        if announced.metadata:
            headers["Upload-Metadata"] = announced.metadata
        if announced.media_id:
            headers |= {"Media-Id": announced.media_id, "Media-Sha256": announced.sha256}
        return headers

    async def _expiry(self, name: str) -> dict[str, str]:
        return {"Upload-Expires": formatdate(await self._write(self.resting.expires_at, name), usegmt=True)}

    async def _write(self, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        """Do what touches the disk in a thread for it."""
        return await _in_thread(self.writing, work, *args, **more)

    async def _ask(self, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        """Do what may ask the database in a thread for it, and give the connection back."""
        return await self._ask_in(self.asking, work, *args, **more)

    async def _ask_in(self, pool: ThreadPoolExecutor, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        def and_close() -> T:
            try:
                return work(*args, **more)
            finally:
                connections.close_all()

        return await _in_thread(pool, and_close)


async def _in_thread(pool: ThreadPoolExecutor, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
    spoken = translation.get_language()  # does not go to a thread by itself

    def in_its_language() -> T:
        with translation.override(spoken):
            return work(*args, **more)

    return await asyncio.get_running_loop().run_in_executor(pool, in_its_language)


class Body:
    """The body of a request, piece by piece, for as long as its writer may go on."""

    def __init__(self, receive: Receive, writer: Writer) -> None:
        self.receive = receive
        self.coming: asyncio.Future[MutableMapping[str, Any]] | None = None
        self.stopping = asyncio.ensure_future(writer.stop.wait())
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


def nothing_here() -> NotFound:
    return NotFound(_("There is no such upload, or it is not yours. Begin it anew."))
