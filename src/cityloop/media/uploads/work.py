"""What can be done with an upload: begin, ask how far it is, send on, end, and list one's own."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import orjson

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, Fault, InvalidInput, NotAllowed, TooLarge, TooMany, Unavailable
from cityloop.kernel.homes import home_asked
from cityloop.kernel.translation import _
from cityloop.media import actions
from cityloop.media.granting import Came, came
from cityloop.media.rules import tus
from cityloop.media.rules.formats import MB, MOST_BYTES
from cityloop.media.uploads.asgi import Answer, Receive
from cityloop.media.uploads.incoming import Incoming
from cityloop.media.uploads.refusals import Expired, NotTaken, WrongType, nothing_here
from cityloop.media.uploads.resting import Announced, Resting
from cityloop.media.uploads.threads import Threads

logger = logging.getLogger(__name__)

MOST_OPEN = 20
"""Uploads that one person may have begun and not ended."""

MOST_AT_ONCE = 200
"""Uploads that are written to at the same moment."""


@dataclass(frozen=True, slots=True)
class GrantedUpload:
    """One upload by a grant, which somebody without an account may hold too: whoever holds it, and nobody else, may go on with it.

    Args:
        name: Id of the upload, which the grant brings along: begun twice it is one upload.
        bytes: Its length; no other is taken.
        keep: Keeps the complete file, or refuses it.
        receipt: Says of a digest what its holder shows for the file afterwards.
        account: Among whose uploads, and against whose limits, it counts; None for a grant that stands for itself.
    """

    name: str
    bytes: int
    keep: Callable[[Path], Came]
    receipt: Callable[[str], str]
    account: int | None = None

    @property
    def owner_id(self) -> int:
        """Who owns the upload while it is under way: where it is no account, a number below nothing, which none has."""
        return -1 - int(self.name[:15], 16) if self.account is None else self.account


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an account, and the cities in which it holds a post; or the holder of a grant, for the city that gave it."""

    user_id: int
    homes: frozenset[str]
    grant: GrantedUpload | None = None

    def may_know(self, name: str) -> bool:
        """Whether an upload of this owner may be spoken of: with a grant the one that it is for."""
        return self.grant is None or name == self.grant.name


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
        if length > max(MOST_BYTES, sender.grant.bytes if sender.grant else 0):
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
        if sender.grant is not None:
            return await self._begin_granted(sender, sender.grant, announced)
        name = await self._begin_one_more(announced)
        logger.info("upload %s begins: %d bytes of account %d", name, length, sender.user_id)
        return Answer(201, {"Location": f"{self.root}/{name}", **await self._expiry(name)})

    async def _begin_granted(self, sender: Sender, grant: GrantedUpload, announced: Announced) -> Answer:
        """Begin the one upload of a grant; where its sender has missed the answer it is there already.

        Raises:
            InvalidInput: It is as long as the grant does not say.
            NotTaken: It was refused.
            Expired: It has rested too long.
            TooMany: It counts among those of an account (``_begin_one_more``).
        """
        if announced.length != grant.bytes:
            words = _("This may be %(bytes)d bytes long and no other length. Ask for a new grant.")
            raise InvalidInput(words % {"bytes": grant.bytes})
        if grant.account is None:
            is_new = await self.threads.write(self.resting.begin, announced, 1, grant.name) is not None
        else:
            is_new = await self.threads.write(self.resting.read, grant.name) is None
            if is_new:
                await self._begin_one_more(announced, grant.name)
        if is_new:
            logger.info("upload %s begins by a grant: %d bytes", grant.name, announced.length)
        await self._find(sender, grant.name)
        return Answer(201, {"Location": f"{self.root}/{grant.name}", **await self._expiry(grant.name)})

    async def tell(self, sender: Sender, name: str) -> Answer:
        await self._find(sender, name)
        async with self.incoming.alone(name):
            announced = await self._find(sender, name)
            if not announced.media_id and await self.threads.write(self.resting.offset, name) == announced.length:
                announced = await self._finish(sender, name, announced)
            return Answer(200, await self._state(sender, name, announced))

    async def list_own(self, sender: Sender) -> Answer:
        """List the sender's uploads that are not complete: whoever has lost their addresses finds them, and can end them."""
        found = await self.threads.write(self._own_ones, sender)
        return Answer(200, {"Content-Type": "application/json"}, orjson.dumps({"uploads": found}))

    def _own_ones(self, sender: Sender) -> list[dict[str, Any]]:
        found, now = [], machine_now().timestamp()
        for name in filter(sender.may_know, self.resting.own_open_ones(sender.user_id)):
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
                    announced = await self._finish(sender, name, announced)
            return Answer(204, await self._state(sender, name, announced))

    async def end(self, sender: Sender, name: str) -> Answer:
        """End an upload.

        Raises:
            NotAllowed: It was begun by a grant, which would else be good for another one.
        """
        await self._find(sender, name)
        if sender.grant is not None:
            raise NotAllowed(_("Leave it: an upload that nobody goes on with goes by itself."))
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
            NotTaken: It was begun by a grant and refused.
            Expired: It has rested too long.
        """
        announced = await self.threads.write(self.resting.read, name)
        if announced is None or announced.owner_id != sender.user_id or not sender.may_know(name):
            raise nothing_here()
        if announced.refusal:
            raise NotTaken(announced.refusal)
        if await self.threads.write(self.resting.expires_at, name) < machine_now().timestamp():
            raise Expired(_("This upload has rested too long and is gone. Begin it anew."))
        return announced

    async def _begin_one_more(self, announced: Announced, name: str = "") -> str:
        """Begin an upload and return its id. It counts before the quota is asked: of several at once none passes unseen.

        Args:
            name: Its id, where a grant brings one.
        Raises:
            TooMany: Its owner has too many that are not ended, or would send more than is taken within a day.
        """
        begun = await self.threads.write(self.resting.begin, announced, MOST_OPEN, name)
        if begun is None:
            words = _(
                "You have begun %(most)d uploads and ended none of them. End or delete some first; GET %(root)s/ lists them."
            )
            raise TooMany(words % {"most": MOST_OPEN, "root": self.root}, retry_after_seconds=60)
        try:
            coming = await self.threads.write(self.resting.coming, announced.owner_id)
            await self.threads.ask(actions.refuse_over_quota, announced.owner_id, coming, now=machine_now())
        except Exception:
            await self.threads.write(self.resting.remove, begun)
            raise
        return begun

    async def _finish(self, sender: Sender, name: str, announced: Announced) -> Announced:
        """Hand the complete file over; what it became can be asked for until the upload expires.

        Raises:
            CityError: The file is refused: then the upload is gone. Where the store does not answer it stays, and can be ended again.
        """
        try:
            file = await self._keep(sender, name, announced)
        except Unavailable:
            raise
        except CityError as exc:
            if sender.grant is None:
                await self.threads.write(self.resting.remove, name)
            else:  # it stays, to be refused once more: a grant is good for one file, whatever that was
                await self.threads.write(self.resting.write, name, replace(announced, refusal=exc.message))
                await self.threads.write(self.resting.drop_bytes, name)
            raise
        done = replace(announced, media_id=str(file.id), sha256=file.sha256)
        await self.threads.write(self.resting.write, name, done)
        await self.threads.write(self.resting.drop_bytes, name)
        logger.info("upload %s is complete: file %s", name, done.media_id)
        return done

    async def _keep(self, sender: Sender, name: str, announced: Announced) -> Came:
        path = self.resting.path(name)
        if sender.grant is not None:
            return await self.threads.keep(sender.grant.keep, path)
        owner = announced.owner_id
        kept = await self.threads.keep(
            actions.keep, path, jurisdiction=announced.jurisdiction, owner_id=owner, now=machine_now()
        )
        return came(kept)

    async def _state(self, sender: Sender, name: str, announced: Announced) -> dict[str, str]:
        offset = announced.length if announced.media_id else await self.threads.write(self.resting.offset, name)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(announced.length), **await self._expiry(name)}
        if announced.metadata:
            headers["Upload-Metadata"] = announced.metadata
        if announced.media_id:
            headers |= {"Media-Id": announced.media_id, "Media-Sha256": announced.sha256}
            if sender.grant is not None:
                headers["Media-Receipt"] = sender.grant.receipt(announced.sha256)
        return headers

    async def _expiry(self, name: str) -> dict[str, str]:
        return {"Upload-Expires": formatdate(await self.threads.write(self.resting.expires_at, name), usegmt=True)}
