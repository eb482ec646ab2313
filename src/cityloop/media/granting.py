"""Grants, each for one upload, as signed texts: a page's server gives one, the page's browser shows it to the upload process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self
from uuid import UUID, uuid4

from django.core import signing
from django.utils.functional import Promise
from typing_extensions import override

from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Fault, InvalidInput, NotSignedIn, TooLarge
from cityloop.kernel.translation import _
from cityloop.media import actions
from cityloop.media.rules.formats import MB, MOST_BYTES

GRANT_HOLDS = timedelta(hours=2)
"""How long somebody may go on with an upload; less than an upload rests, so that none is begun anew with its grant."""

SALT = "cityloop.media.upload"

ACCOUNT = "account"
"""The room of grants that are given to accounts: to whoever is at a desk."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One upload of one file, as a room has granted it.

    Args:
        room: Which room keeps it (``Grantor``): what one room has granted is kept by the limits of no other.
        name: Id of the upload, 32 hexadecimal digits.
        city: Code of the city that it goes to.
        owner_id: Whose the file will be; ``NOBODY`` without an account.
    """

    room: str
    name: str
    city: str
    bytes: int
    owner_id: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what a text grants.

        Raises:
            NotSignedIn: It is none of ours, or too old.
        """
        try:
            room, name, city, size, owner = signing.loads(text, salt=SALT, max_age=GRANT_HOLDS)
            return cls(str(room), UUID(name).hex, str(city), int(size), int(owner))
        except (signing.BadSignature, ValueError, TypeError, AttributeError) as exc:
            raise NotSignedIn(_("The grant for this upload is over. Choose the file again.")) from exc

    @override
    def __str__(self) -> str:
        """Return it as a signed text, which its holder shows."""
        return signing.dumps([self.room, self.name, self.city, self.bytes, self.owner_id], salt=SALT)


class Came(NamedTuple):
    """What a complete file has become: the id of its row in whatever room keeps it, and the SHA-256 of its bytes."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class Grantor:
    """A room that grants uploads: what becomes of the files.

    Args:
        keep: Keeps the complete file, or refuses it.
        receipt: Says of a digest what its holder shows for the file afterwards.
        is_account: Whether an upload counts among those of its owner's account; else it belongs to the grant alone.
    """

    keep: Callable[[Grant, Path], Came]
    receipt: Callable[[Grant, str], str]
    is_account: bool = False


def grant_own(owner_id: int, city: str, size: int, *, now: datetime) -> Grant:
    """Grant an account the upload of one file of ``size`` bytes; the caller has seen that it holds a post in ``city``.

    Raises:
        InvalidInput: It is empty.
        TooLarge: It has more bytes than any kind of file may have.
        TooMany: With it the account would send more than is taken within a day.
    """
    if size < 1:
        words = _("The file is empty. Choose another, or record it again.")
        raise InvalidInput(words, faults=[Fault("bytes", _("is empty"))])
    if size > MOST_BYTES:
        words = _("The file has more than %(most)d MB. Send a smaller one.") % {"most": MOST_BYTES // MB}
        raise TooLarge(words, faults=[Fault("bytes", _("is too large"))])
    actions.refuse_over_quota(owner_id, size, now=now)
    return Grant(ACCOUNT, uuid4().hex, city, size, owner_id)


def came(kept: actions.Kept) -> Came:
    """Return a photo, sound or video of this room as one that came by a grant."""
    return Came(kept.file.id, kept.file.sha256)


def _keep_own(grant: Grant, path: Path) -> Came:
    return came(actions.keep(path, jurisdiction=grant.city, owner_id=grant.owner_id, now=machine_now()))


def _digest(_grant: Grant, sha256: str) -> str:
    return sha256


OF_ACCOUNTS = Grantor(_keep_own, _digest, is_account=True)
"""Any kind of file that is taken; its digest is receipt enough, since it opens a file to those alone who have sent it."""


RECEIPT_HOLDS: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Files of a city's data: large, sent by whoever keeps that data, and kept by another room than this.

    Args:
        room: Its name in grants (``Grant.room``).
        most_bytes: How large one may be, at least 1 GB.
        too_large: What to do with a larger one, with ``%(most)d`` for the bound in GB; a lazy text.
        begin: Keeps the complete file, or refuses it.
    """

    room: str
    most_bytes: int
    too_large: Promise
    begin: Callable[[Grant, Path], Came]

    def grant(self, owner_id: int | None, city: str, size: int) -> Grant:
        """Grant the upload of one file of ``size`` bytes; the caller has seen that its sender keeps the data of ``city``.

        Raises:
            InvalidInput: It is empty.
            TooLarge: It has more than ``most_bytes``.
        """
        assert owner_id is not None, "whoever keeps data holds a post, and so has an account"
        if size < 1:
            raise InvalidInput(_("The file is empty. Choose another."), faults=[Fault("bytes", _("is empty"))])
        if size > self.most_bytes:
            raise TooLarge(str(self.too_large) % {"most": self.most_bytes >> 30})
        return Grant(self.room, uuid4().hex, city, size, owner_id)

    @property
    def grantor(self) -> Grantor:
        return Grantor(self.begin, self._receipt)

    def _receipt(self, grant: Grant, sha256: str) -> str:
        return signing.dumps([grant.city, sha256, grant.owner_id], salt=self._salt)

    def sent(self, receipt: str, owner_id: int | None) -> tuple[str, str] | None:
        """Return the city and the SHA-256 of a file that came, by the receipt of its upload; None for what is no receipt of theirs."""
        try:
            city, sha256, owner = signing.loads(receipt, salt=self._salt, max_age=RECEIPT_HOLDS)
        except (signing.BadSignature, ValueError):
            return None
        return (city, sha256) if owner == owner_id else None

    @property
    def _salt(self) -> str:
        return f"{SALT}.{self.room}"
