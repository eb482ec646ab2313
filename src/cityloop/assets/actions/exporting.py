"""What a search of parts finds as a workbook, or its labels as a PDF: written by the worker, fetched by whoever asked, gone after a day."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from cityloop.assets import models
from cityloop.assets.forms.workbook import write_workbook
from cityloop.assets.queries.labels import write_labels
from cityloop.assets.queries.listing import all_parts, search_of
from cityloop.kernel.alone import in_turn
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, NotFound
from cityloop.kernel.runs import run_once, under_way
from cityloop.kernel.translation import _, language
from cityloop.media.handouts import Handout, handing_out, handout
from cityloop.organisation.queries import city, viewer_now
from cityloop.organisation.rules.staffing import Viewer

logger = logging.getLogger(__name__)

BATCH = 2_000
KEPT = timedelta(days=1)
LOST = timedelta(hours=2)
"""After this an export that has not finished was lost with its worker: another may begin."""

MOST_ROWS = 1_000_000
"""Excel has 1,048,576 rows on a sheet."""

LIST, LABELS = "list", "labels"
TYPES = {LIST: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", LABELS: "application/pdf"}


def ask_export(
    viewer: Viewer,
    jurisdiction: str,
    query: str,
    *,
    what: str = LIST,
    address: str = "",
    post: str = "",
    now: datetime | None = None,
) -> UUID:
    """Have what a search finds written into a file; return the export's id.

    Args:
        query: Of the search's address.
        what: ``list`` or ``labels``.
        address: Scheme and host by which it is asked for: where the codes of labels lead.
        post: The one of several posts in which the viewer works now.
    Raises:
        Conflict: One of theirs is being written.
        InvalidInput: The search cannot be made.
    """
    at, owner = now or machine_now(), viewer.user_id or 0
    search_of(dict(parse_qsl(query)))
    with transaction.atomic():
        in_turn("assets", f"export of {owner}")
        if under_way(models.PartExport.objects.filter(owner=owner), LOST, at):
            raise Conflict(_("An export of yours is being written already. Wait for it to finish."))
        row = models.PartExport.objects.create(
            owner=owner,
            post=post,
            jurisdiction=jurisdiction,
            what=what,
            language=language(),
            query=query,
            address=address[:300],
            asked_at=at,
        )
        transaction.on_commit(lambda: _defer(row.id))
    return row.id


def _defer(export_id: UUID) -> None:
    from cityloop.assets.tasks import export

    export.defer(export_id=str(export_id))


def export_of(viewer: Viewer, export_id: UUID, *, now: datetime | None = None) -> models.PartExport:
    """Return an export of the viewer's own.

    Raises:
        NotFound: There is none, or its day is over.
    """
    since = (now or machine_now()) - KEPT
    row = models.PartExport.objects.filter(pk=export_id, owner=viewer.user_id or 0, asked_at__gt=since).first()
    if row is None:
        raise NotFound(_("There is no such export of yours. They are kept for a day."))
    return row


def file_of(viewer: Viewer, export_id: UUID, *, now: datetime | None = None) -> Handout:
    """Return the file of an export of the viewer's own.

    Raises:
        NotFound: It is not written, is somebody else's, or its day is over.
    """
    return handout(export_id, viewer.user_id or 0, now=now)


def run_export(export_id: UUID, *, clock: Callable[[], datetime] = machine_now) -> None:
    """Write an export, once: who comes second finds it begun. It holds what its owner may see when it is written."""
    waiting = models.PartExport.objects.filter(pk=export_id)

    def write(row: models.PartExport) -> dict[str, Any]:
        expires = row.asked_at + KEPT
        with (
            handing_out(row.id, owner_id=row.owner, type=TYPES[row.what], expires_at=expires) as path,
            override(row.language),
        ):
            viewer, home = viewer_now(row.owner).wearing(row.post), city(row.jurisdiction)
            found = all_parts(viewer, home, search_of(dict(parse_qsl(row.query))), BATCH)

            def count(rows: int) -> None:
                waiting.update(rows=rows)

            if row.what == LABELS:
                rows = write_labels(path, home, row.address, found, count)
            else:
                rows = write_workbook(path, home, found, count, MOST_ROWS)
        logger.info("export %s: %d parts for %d", row.id, rows, row.owner)
        return {"rows": rows}

    run_once(waiting, write, clock)


def forget_exports(*, now: datetime | None = None) -> int:
    """Forget what was asked for more than a day ago; return how many. The media room erases their files."""
    since = (now or machine_now()) - KEPT
    return models.PartExport.objects.filter(asked_at__lte=since).delete()[0]
