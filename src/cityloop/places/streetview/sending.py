"""Zips of street view that come in pieces, so that what broke off goes on: a grant for each, and the import that its file begins."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.core import signing

from cityloop.kernel.errors import Fault, InvalidInput, TooLarge
from cityloop.kernel.translation import _
from cityloop.media.actions import Kept
from cityloop.media.granting import Grant, Grantor
from cityloop.onemap.queries.streetview import StreetRun, run_with
from cityloop.places.streetview.running import MOST_BYTES, begin_zip

ROOM: Final = "streetview"
"""The room of grants that the page of street view gives."""

SALT: Final = "cityloop.places.streetview"


@dataclass(frozen=True, slots=True)
class _Came:
    """The zip, as far as the process that takes uploads asks."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class _Kept:
    file: Any
    is_new: bool = True
    alike: None = None


def grant_streetview(owner_id: int, city: str, size: int) -> Grant:
    """Grant the upload of one zip of ``size`` bytes; the caller has seen that its sender keeps the data of ``city``.

    Raises:
        InvalidInput: It is empty.
        TooLarge: It has more than 2 GB.
    """
    if size < 1:
        raise InvalidInput(_("The file is empty. Choose another."), faults=[Fault("bytes", _("is empty"))])
    if size > MOST_BYTES:
        raise TooLarge(_("The file has more than %(most)d GB. Send it in several parts.") % {"most": 2})
    return Grant(ROOM, uuid4().hex, city, size, owner_id)


def _keep(grant: Grant, path: Path) -> Kept:
    run = begin_zip(path, jurisdiction=grant.city, name=_("File"), actor_id=grant.owner_id)
    # Of what was kept, id and digest are asked, and nothing else: it is no photo, and no row of the media room.
    return cast("Kept", _Kept(_Came(run.id, run.file_sha256)))


def _receipt(grant: Grant, sha256: str) -> str:
    return signing.dumps([grant.city, sha256, grant.owner_id], salt=SALT)


OF_STREETVIEW = Grantor(_keep, _receipt)
"""A zip of pictures; what is in it is seen when it is checked."""


def run_by(receipt: str, owner_id: int | None) -> StreetRun | None:
    """Return the import that a zip began, by the receipt of its upload; None for what is no receipt of theirs."""
    try:
        city, sha256, owner = signing.loads(receipt, salt=SALT, max_age=24 * 3600)
    except (signing.BadSignature, ValueError):
        return None
    return run_with(city, sha256, owner) if owner == owner_id else None
