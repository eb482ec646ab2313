"""Uploads under way, as they lie on disk: one folder each, with what was announced and the bytes that have come.

How far an upload is, is the length of its bytes on disk and stands nowhere else: after a kill the two cannot differ.
"""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from uuid import uuid4

import orjson

from cityloop.media.rules.tus import HOURS, ID, Checksum
from cityloop.media.store import BLOCK

SECONDS = HOURS * 3600


@dataclass(frozen=True, slots=True)
class Announced:
    """What was said when an upload began, and what it became.

    Args:
        metadata: The header as it was sent: it is given back, and otherwise nothing but the city is read from it.
        media_id: Id of the file that it became; "" until it is complete.
        refusal: Why it was not taken, for its sender, though it came whole, by a grant; "" if it was not refused.
    """

    owner_id: int
    jurisdiction: str
    length: int
    metadata: str = ""
    media_id: str = ""
    sha256: str = ""
    refusal: str = ""


class Resting:
    """The uploads in one folder. Nothing here waits for a network; every method may raise ``OSError``.

    Who has begun what is read from the folder once and then remembered: one process serves a folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counting = Lock()
        self._lengths: dict[int, dict[str, int]] | None = None  # by owner and id, of those not complete
        self._owners: dict[str, int] = {}  # of the same ones, by id

    def begin(self, announced: Announced, most: int, name: str = "") -> str | None:
        """Make a place for an upload; return its id, or None where its owner has ``most`` open or it is there already.

        Args:
            name: Its id, 32 hexadecimal digits; one that nobody can guess unless it is given.
        """
        name = name or uuid4().hex
        with self._counting:
            own = self._open_ones().get(announced.owner_id, {})
            if len(own) >= most or name in self._owners or (self.folder / name).exists():
                return None
            self._remember(self._open_ones(), name, announced)
        try:
            place = self.folder / name
            place.mkdir(parents=True)
            (place / "bytes").touch()
            self.write(name, announced)
        except OSError:
            self.remove(name)
            raise
        return name

    def own_open_ones(self, owner_id: int) -> list[str]:
        """Return the ids of the uploads that somebody has begun and that are not complete."""
        with self._counting:
            return [*self._open_ones().get(owner_id, {})]

    def coming(self, owner_id: int) -> int:
        """Return how many bytes somebody has announced in uploads that are not complete."""
        with self._counting:
            return sum(self._open_ones().get(owner_id, {}).values())

    def write(self, name: str, announced: Announced) -> None:
        place = self.folder / name
        beside = place / f"facts.{uuid4().hex}"
        with beside.open("wb") as file:
            file.write(orjson.dumps(asdict(announced)))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place / "facts")
        if announced.media_id or announced.refusal:
            self._forget(name)

    def read(self, name: str) -> Announced | None:
        """Return what is known of an upload; None where there is none."""
        if ID.fullmatch(name) is None:
            return None
        try:
            return Announced(**orjson.loads((self.folder / name / "facts").read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def path(self, name: str) -> Path:
        return self.folder / name / "bytes"

    def offset(self, name: str) -> int:
        """Return how many bytes have come."""
        return self.path(name).stat().st_size

    def append(self, name: str, data: bytes) -> None:
        with self.path(name).open("ab") as file:
            file.write(data)

    def set_aside(self, name: str, data: bytes) -> None:
        """Keep bytes that count only once their checksum is right."""
        with (self.folder / name / "aside").open("ab") as file:
            file.write(data)

    def drop_aside(self, name: str) -> None:
        (self.folder / name / "aside").unlink(missing_ok=True)

    def take_aside(self, name: str, checksum: Checksum, digest: bytes) -> bool:
        """Add what was set aside, if ``digest`` is what ``checksum`` asks for; drop it otherwise. Return whether it was right."""
        aside = self.folder / name / "aside"
        is_right = digest == checksum.digest
        if is_right and aside.exists():
            with aside.open("rb") as source, self.path(name).open("ab") as target:
                shutil.copyfileobj(source, target, BLOCK)
        self.drop_aside(name)
        return is_right

    def settle(self, name: str) -> None:
        """Have the bytes on disk: what the sender is told to have come must outlive a loss of power."""
        handle = os.open(self.path(name), os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self._forget(name)

    def drop_bytes(self, name: str) -> None:
        """Give the room of a finished upload back; what it became can still be asked for."""
        self.path(name).unlink(missing_ok=True)

    def expires_at(self, name: str) -> float:
        """Return when it is swept away, in Unix seconds: some hours after its last byte, or after its end."""
        place = self.folder / name
        last = max((path.stat().st_mtime for path in (place / "bytes", place / "facts") if path.exists()), default=0.0)
        return last + SECONDS

    def sweep(self, busy: frozenset[str] = frozenset()) -> int:
        """Remove what has expired, except ``busy`` ones; return how many."""
        expired = [name for name in self._names() if name not in busy and self.expires_at(name) < time.time()]
        for name in expired:
            self.remove(name)
        return len(expired)

    def _open_ones(self) -> dict[int, dict[str, int]]:
        if self._lengths is None:
            found: dict[int, dict[str, int]] = {}
            for name in self._names():
                if (one := self.read(name)) and not one.media_id and not one.refusal:
                    self._remember(found, name, one)
            self._lengths = found
        return self._lengths

    def _remember(self, lengths: dict[int, dict[str, int]], name: str, announced: Announced) -> None:
        lengths.setdefault(announced.owner_id, {})[name] = announced.length
        self._owners[name] = announced.owner_id

    def _forget(self, name: str) -> None:
        """No longer count an upload; called after the disk says so, for whoever reads the folder meanwhile.

        Nothing stays of an owner who has no other: each grant is an owner of its own, and there are many.
        """
        with self._counting:
            owner_id = self._owners.pop(name, None)
            if self._lengths is None or owner_id is None:
                return
            own = self._lengths[owner_id]
            del own[name]
            if not own:
                del self._lengths[owner_id]

    def _names(self) -> Iterator[str]:
        if self.folder.exists():
            yield from sorted(entry.name for entry in self.folder.iterdir() if ID.fullmatch(entry.name))
