"""Files of imports that come in pieces, so that what broke off goes on: a grant for each, and the import that its file begins."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from django.core import signing

from cityloop.assets.actions.importing.keeping import MOST_BYTES, begin
from cityloop.assets.models import ImportRun
from cityloop.kernel.errors import Fault, InvalidInput, TooLarge
from cityloop.kernel.translation import _
from cityloop.media.actions import Kept
from cityloop.media.granting import Grant, Grantor

ROOM = "imports"
"""The room of grants that the page of imports gives."""

SALT = "cityloop.assets.import"


@dataclass(frozen=True, slots=True)
class Came:
    """The file of an import, as far as the process that takes uploads asks."""

    id: UUID
    sha256: str


def grant_import(owner_id: int, city: str, size: int) -> Grant:
    """Grant the upload of one file of ``size`` bytes; the caller has seen that its sender keeps the data of ``city``.

    Raises:
        InvalidInput: It is empty.
        TooLarge: It has more than ``MOST_BYTES``.
    """
    if size < 1:
        raise InvalidInput(_("The file is empty. Choose another."), faults=[Fault("bytes", _("is empty"))])
    if size > MOST_BYTES:
        raise TooLarge(_("The file has more than %(most)d GB. Send its layers one by one.") % {"most": 2})
    return Grant(ROOM, uuid4().hex, city, size, owner_id)


def _keep(grant: Grant, path: Path) -> Kept:
    run = begin(path, jurisdiction=grant.city, name=_("File"), actor_id=grant.owner_id)
    # Of what was kept, id and digest are asked, and nothing else: it is no photo, and no row of the media room.
    return cast("Kept", _Kept(Came(run.id, run.file_sha256)))


@dataclass(frozen=True, slots=True)
class _Kept:
    file: Any
    is_new: bool = True
    alike: None = None


def _receipt(grant: Grant, sha256: str) -> str:
    return signing.dumps([grant.city, sha256, grant.owner_id], salt=SALT)


OF_IMPORTS = Grantor(_keep, _receipt)
"""Any file up to ``MOST_BYTES``: what it is, is seen when it is looked into."""


def run_by(receipt: str, owner_id: int | None) -> ImportRun | None:
    """Return the import that a file began, by the receipt of its upload; None for what is no receipt of theirs."""
    try:
        city, sha256, owner = signing.loads(receipt, salt=SALT, max_age=24 * 3600)
    except (signing.BadSignature, ValueError):
        return None
    if owner != owner_id:
        return None
    rows = ImportRun.objects.filter(jurisdiction=city, file_sha256=sha256, asked_by=owner)
    return rows.order_by("-asked_at").first()
