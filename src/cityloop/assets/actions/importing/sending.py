"""Files of imports that come in pieces, so that what broke off goes on: a grant for each, and the import that its file begins."""

from pathlib import Path

from cityloop.assets.actions.importing.keeping import MOST_BYTES, begin
from cityloop.assets.models import ImportRun
from cityloop.kernel.translation import _, lazy
from cityloop.media.granting import Came, DataFiles, Grant


def _begin(grant: Grant, path: Path) -> Came:
    run = begin(path, jurisdiction=grant.city, name=_("File"), actor_id=grant.owner_id)
    return Came(run.id, run.file_sha256)


IMPORT_FILES = DataFiles(
    "imports", MOST_BYTES, lazy("The file has more than %(most)d GB. Send its layers one by one."), _begin
)
"""Any file up to ``MOST_BYTES``: what it is, is seen when it is looked into."""


def run_by(receipt: str, owner_id: int | None) -> ImportRun | None:
    """Return the import that a file began, by the receipt of its upload; None for what is no receipt of theirs."""
    if (sent := IMPORT_FILES.sent(receipt, owner_id)) is None:
        return None
    city, sha256 = sent
    rows = ImportRun.objects.filter(jurisdiction=city, file_sha256=sha256, asked_by=owner_id)
    return rows.order_by("-asked_at").first()
