"""Layers of tiles that were made before, in the memory of this process.

A piece is found by all that it was made from (``tiles._piece``): layer, square, language, what the viewer reaches, the day, and the
version of its tables there. What has changed is asked for by another key; its old piece is the next to go. So processes and machines
need not tell each other anything: PostgreSQL, which they share, says the version.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from django.conf import settings

OVERHEAD_BYTES = 700
"""What a piece costs beside its body: key, mark, links."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One layer of a tile, and the digest of its bytes."""

    body: bytes
    mark: bytes

    @classmethod
    def of(cls, body: bytes) -> Self:
        return cls(body, hashlib.blake2b(body, digest_size=12).digest() if body else b"")


def mark_of(pieces: Iterable[Piece]) -> str:
    """Return the mark of a tile made of these pieces: that of all its bytes, without reading them again."""
    return hashlib.blake2b(b"".join(piece.mark for piece in pieces), digest_size=12).hexdigest()


class Bodied(Protocol):
    @property
    def body(self) -> bytes: ...


Item = TypeVar("Item", bound=Bodied)


class Kept(Generic[Item]):
    """Pieces, or whole answers, up to so many bytes, those asked for last; for many threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._pieces: OrderedDict[Hashable, Item] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Item | None:
        with self._lock:
            piece = self._pieces.get(key)
            if piece is not None:
                self._pieces.move_to_end(key)
            return piece

    def put(self, key: Hashable, piece: Item) -> None:
        """Keep a piece, and let go of those asked for longest ago; one that alone is too large is not kept."""
        size = len(piece.body) + OVERHEAD_BYTES
        if size > self._most:
            return
        with self._lock:
            if (old := self._pieces.pop(key, None)) is not None:
                self._bytes -= len(old.body) + OVERHEAD_BYTES
            self._pieces[key] = piece
            self._bytes += size
            while self._bytes > self._most:
                _key, gone = self._pieces.popitem(last=False)
                self._bytes -= len(gone.body) + OVERHEAD_BYTES

    def clear(self) -> None:
        with self._lock:
            self._pieces.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes


KEPT = Kept[Piece](settings.TILE_CACHE_BYTES)
