"""Zips of street view that come in pieces, so that what broke off goes on: a grant for each, and the import that its file begins."""

from pathlib import Path

from cityloop.kernel.translation import _, lazy
from cityloop.media.granting import Came, DataFiles, Grant
from cityloop.onemap.queries.streetview import StreetRun, run_with
from cityloop.places.streetview.running import MOST_BYTES, begin_zip


def _begin(grant: Grant, path: Path) -> Came:
    run = begin_zip(path, jurisdiction=grant.city, name=_("File"), actor_id=grant.owner_id, waits=True)
    return Came(run.id, run.file_sha256)


STREET_FILES = DataFiles(
    "streetview", MOST_BYTES, lazy("The file has more than %(most)d GB. Send it in several parts."), _begin
)
"""A zip of pictures; what is in it is seen when it is checked."""


def run_by(receipt: str, owner_id: int | None) -> StreetRun | None:
    """Return the import that a zip began, by the receipt of its upload; None for what is no receipt of theirs."""
    sent = STREET_FILES.sent(receipt, owner_id)
    return run_with(*sent, owner_id) if sent else None
