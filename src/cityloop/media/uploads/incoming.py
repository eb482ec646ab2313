"""Bytes as they come: whoever writes to an upload writes alone, and what has come stays."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cityloop.kernel.errors import TooLarge
from cityloop.kernel.translation import _
from cityloop.media.rules import tus
from cityloop.media.store import BLOCK
from cityloop.media.uploads.asgi import Body, Receive
from cityloop.media.uploads.refusals import WrongChecksum
from cityloop.media.uploads.resting import Resting
from cityloop.media.uploads.threads import Threads

SILENCE_S = 60.0
"""A sender that says nothing for so long has lost the network; what has come stays."""

WRITE_WITHIN_S = 1.0
"""However slowly they come, bytes are on disk within this time: a kill costs a phone no more."""


class Writer:
    """One request that is at an upload; another that comes for the same one ends it first."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.done = asyncio.Event()


class Incoming:
    """Who writes to which upload stands in this process's memory: one process serves a folder."""

    def __init__(self, resting: Resting, threads: Threads) -> None:
        self.resting = resting
        self.threads = threads
        self.writers: dict[str, Writer] = {}

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[Writer]:
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

    async def receive(
        self, name: str, left: int, checksum: tus.Checksum | None, receive: Receive, writer: Writer
    ) -> None:
        """Write the body as it comes; what has come stays, wherever it breaks off, unless it should have been checked whole.

        Raises:
            TooLarge: More comes than was announced.
            WrongChecksum: The bytes are not those that were sent; none of them stays.
        """
        digest = hashlib.new(checksum.algorithm) if checksum else None
        keep = self.resting.set_aside if checksum else self.resting.append
        body, waiting, write_at = Body(receive, writer.stop), bytearray(), 0.0
        await self.threads.write(self.resting.drop_aside, name)
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
            if not await self.threads.write(self.resting.take_aside, name, checksum, given) and is_whole:
                raise WrongChecksum(_("The bytes that came are not those that were sent. Send them again."))
        await self.threads.write(self.resting.settle, name)
        if is_too_long:
            raise TooLarge(_("More bytes came than were announced. Begin the upload anew with its true length."))

    async def _keep_piece(self, keep: Callable[[str, bytes], None], name: str, waiting: bytearray, digest: Any) -> None:
        data = bytes(waiting)
        waiting.clear()
        if digest:
            digest.update(data)
        await self.threads.write(keep, name, data)
