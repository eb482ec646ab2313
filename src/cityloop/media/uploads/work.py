"""What can be done with an upload: begin, ask how far it is, send on, end, and list one's own."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import orjson

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, TooLarge, TooMany, Unavailable
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _
from cityloop.media import actions
from cityloop.media.rules import tus
from cityloop.media.rules.formats import MB, MOST_BYTES
from cityloop.media.uploads.asgi import Answer, Receive
from cityloop.media.uploads.incoming import Incoming
from cityloop.media.uploads.refusals import Expired, WrongType, nothing_here
from cityloop.media.uploads.resting import Announced, Resting
from cityloop.media.uploads.threads import Threads

logger = logging.getLogger(__name__)

MOST_OPEN = 20
"""Uploads that one person may have begun and not ended."""

MOST_AT_ONCE = 200
"""Uploads that are written to at the same moment."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an account, and the cities in which it holds a post."""

    user_id: int
    homes: frozenset[str]


class Work:
    """Each answers a sender who has been let in.

    Args:
        resting: Where uploads lie.
        root: Path before an upload's id.
    """

    def __init__(self, resting: Resting, root: str, threads: Threads) -> None:
        self.resting = resting
        self.root = root
        self.threads = threads
        self.incoming = Incoming(resting, threads)

    async def begin(self, sender: Sender, headers: Mapping[str, str]) -> Answer:
        length = tus.number_of(headers, "upload-length")
        metadata = tus.metadata_of(headers.get("upload-metadata", ""))
        if length > MOST_BYTES:
            raise TooLarge(
                _("The file has more than %(most)d MB. Send a smaller one.") % {"most": MOST_BYTES // MB},
                faults=[Fault("Upload-Length", _("is too large"), headers["upload-length"][:40])],
            )
        if not length:
            raise InvalidInput(
                _("The file is empty. Choose another, or record it again."),
                faults=[Fault("Upload-Length", _("is empty"), "0")],
            )
        jurisdiction = home_asked(sender.homes, metadata.get("jurisdiction", ""))
        announced = Announced(sender.user_id, jurisdiction, length, headers.get("upload-metadata", ""))
        name = await self._begin_one_more(announced)
        logger.info("upload %s begins: %d bytes of account %d", name, length, sender.user_id)
        return Answer(201, {"Location": f"{self.root}/{name}", **await self._expiry(name)})

    async def tell(self, sender: Sender, name: str) -> Answer:
        await self._find(sender, name)
        async with self.incoming.alone(name):
            announced = await self._find(sender, name)
            if not announced.media_id and await self.threads.write(self.resting.offset, name) == announced.length:
                announced = await self._finish(name, announced)
            return Answer(200, await self._state(name, announced))

    async def list_own(self, sender: Sender) -> Answer:
        """List the sender's uploads that are not complete: whoever has lost their addresses finds them, and can end them."""
        found = await self.threads.write(self._own_ones, sender.user_id)
        return Answer(200, {"Content-Type": "application/json"}, orjson.dumps({"uploads": found}))

    def _own_ones(self, owner_id: int) -> list[dict[str, Any]]:
        found, now = [], machine_now().timestamp()
        for name in self.resting.own_open_ones(owner_id):
            with suppress(FileNotFoundError):  # ended meanwhile
                announced, expires_at = self.resting.read(name), self.resting.expires_at(name)
                if announced and expires_at > now:
                    metadata = tus.metadata_of(announced.metadata)
                    found.append(
                        {
                            "url": f"{self.root}/{name}",
                            "offset": self.resting.offset(name),
                            "length": announced.length,
                            "name": metadata.get("filename") or metadata.get("name") or None,
                            "jurisdiction": announced.jurisdiction,
                            "expires_at": datetime.fromtimestamp(expires_at, UTC).isoformat(timespec="seconds"),
                        }
                    )
        return sorted(found, key=lambda one: (one["expires_at"], one["url"]))

    async def take(self, sender: Sender, name: str, headers: Mapping[str, str], receive: Receive) -> Answer:
        if headers.get("content-type", "").partition(";")[0].strip() != tus.BODY_TYPE:
            raise WrongType(_("The Content-Type must be %(type)s.") % {"type": tus.BODY_TYPE})
        wanted = tus.number_of(headers, "upload-offset")
        checksum = tus.checksum_of(headers["upload-checksum"]) if "upload-checksum" in headers else None
        await self._find(sender, name)
        if len(self.incoming.writers) >= MOST_AT_ONCE:
            raise Unavailable(_("Too many files are being sent now. Go on in a moment."), retry_after_seconds=5)
        async with self.incoming.alone(name) as writer:
            announced = await self._find(sender, name)  # the request that was stopped may have ended it
            await self._refuse_elsewhere(name, announced, wanted, headers)
            if not announced.media_id:
                try:
                    await self.incoming.receive(name, announced.length - wanted, checksum, receive, writer)
                except TooLarge:
                    # What has come is not what was announced, though its beginning may look whole: it must not be kept.
                    await self.threads.write(self.resting.remove, name)
                    raise
                if await self.threads.write(self.resting.offset, name) == announced.length:
                    announced = await self._finish(name, announced)
            return Answer(204, await self._state(name, announced))

    async def end(self, sender: Sender, name: str) -> Answer:
        await self._find(sender, name)
        async with self.incoming.alone(name):
            await self.threads.write(self.resting.remove, name)
        return Answer(204)

    async def _refuse_elsewhere(self, name: str, announced: Announced, wanted: int, headers: Mapping[str, str]) -> None:
        """Refuse bytes that are for another place than behind those that have come.

        Raises:
            Conflict: With the ``offset`` at which it goes on.
        """
        offset = announced.length if announced.media_id else await self.threads.write(self.resting.offset, name)
        if wanted > announced.length:
            words = _(
                "The upload ends at %(length)d bytes; none can be sent from %(wanted)s on. %(offset)d have come so far."
            )
            facts = {"length": announced.length, "wanted": headers["upload-offset"][:40], "offset": offset}
            raise Conflict(words % facts, offset=offset)
        if wanted != offset:
            raise Conflict(
                _("%(offset)d bytes have come so far; go on from there.") % {"offset": offset}, offset=offset
            )
        if announced.media_id and headers.get("content-length", "0") != "0":
            words = _("The upload is complete with its %(length)d bytes; nothing can be added.")
            raise Conflict(words % {"length": announced.length}, offset=offset)

    async def _find(self, sender: Sender, name: str) -> Announced:
        """Return an upload of the sender's own.

        Raises:
            NotFound: There is none, or it is somebody else's.
            Expired: It has rested too long.
        """
        announced = await self.threads.write(self.resting.read, name)
        if announced is None or announced.owner_id != sender.user_id:
            raise nothing_here()
        if await self.threads.write(self.resting.expires_at, name) < machine_now().timestamp():
            raise Expired(_("This upload has rested too long and is gone. Begin it anew."))
        return announced

    async def _begin_one_more(self, announced: Announced) -> str:
        """Begin an upload and return its id. It counts before the quota is asked: of several at once none passes unseen.

        Raises:
            TooMany: Its owner has too many that are not ended, or would send more than is taken within a day.
        """
        name = await self.threads.write(self.resting.begin, announced, MOST_OPEN)
        if name is None:
            words = _(
                "You have begun %(most)d uploads and ended none of them. End or delete some first; GET %(root)s/ lists them."
            )
            raise TooMany(words % {"most": MOST_OPEN, "root": self.root}, retry_after_seconds=60)
        try:
            coming = await self.threads.write(self.resting.coming, announced.owner_id)
            await self.threads.ask(actions.refuse_over_quota, announced.owner_id, coming, now=machine_now())
        except Exception:
            await self.threads.write(self.resting.remove, name)
            raise
        return name

    async def _finish(self, name: str, announced: Announced) -> Announced:
        """Hand the complete file over; what it became can be asked for until the upload expires.

        Raises:
            CityError: The file is refused: then the upload is gone. Where the store does not answer it stays, and can be ended again.
        """
        try:
            kept = await self.threads.keep(
                actions.keep,
                self.resting.path(name),
                jurisdiction=announced.jurisdiction,
                owner_id=announced.owner_id,
                now=machine_now(),
            )
        except Unavailable:
            raise
        except CityError:
            await self.threads.write(self.resting.remove, name)
            raise
        done = replace(announced, media_id=str(kept.file.id), sha256=kept.file.sha256)
        await self.threads.write(self.resting.write, name, done)
        await self.threads.write(self.resting.drop_bytes, name)
        logger.info("upload %s is complete: file %s", name, done.media_id)
        return done

    async def _state(self, name: str, announced: Announced) -> dict[str, str]:
        offset = announced.length if announced.media_id else await self.threads.write(self.resting.offset, name)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(announced.length), **await self._expiry(name)}
        if announced.metadata:
            headers["Upload-Metadata"] = announced.metadata
        if announced.media_id:
            headers |= {"Media-Id": announced.media_id, "Media-Sha256": announced.sha256}
        return headers

    async def _expiry(self, name: str) -> dict[str, str]:
        return {"Upload-Expires": formatdate(await self.threads.write(self.resting.expires_at, name), usegmt=True)}
