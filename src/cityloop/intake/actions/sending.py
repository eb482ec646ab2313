"""Photos that the public page sends in pieces, so that what broke off goes on: a grant for each upload, also without an account."""

from pathlib import Path
from uuid import uuid4

from cityloop.intake.actions.public import keep_photo_of, photo_token
from cityloop.intake.queries.public import PublicPage
from cityloop.intake.rules.defence import refuse_too_large
from cityloop.kernel.clock import machine_now
from cityloop.media.granting import Came, Grant, Grantor, came
from cityloop.media.queries import NOBODY
from cityloop.organisation.rules.staffing import Viewer

PUBLIC = "public"
"""The room of grants that the public page gives."""


def grant_upload(page: PublicPage, size: int, *, citizen: Viewer | None) -> Grant:
    """Grant the upload of one photo of ``size`` bytes; the caller has counted it against the sender's limits.

    Raises:
        TooLarge: It has too many bytes.
    """
    refuse_too_large(size)
    owner = citizen.user_id if citizen is not None and citizen.user_id else NOBODY
    return Grant(PUBLIC, uuid4().hex, page.code, size, owner)


def _keep(grant: Grant, path: Path) -> Came:
    return came(keep_photo_of(path, grant.bytes, city=grant.city, owner_id=grant.owner_id, now=machine_now()))


def _receipt(grant: Grant, sha256: str) -> str:
    return photo_token(grant.city, sha256, grant.owner_id)


OF_THE_PUBLIC = Grantor(_keep, _receipt)
"""Photos alone; the receipt is the token that ties one to a report (``Told.photos``)."""
