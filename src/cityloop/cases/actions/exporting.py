"""What a search finds as a workbook: asked for at a desk, written by the worker, fetched by whoever asked, gone after a day."""

import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import override

from cityloop.cases import models
from cityloop.cases.actions.searching import note_looks, phone_of
from cityloop.cases.choices import Shown
from cityloop.cases.forms.searching import CALLER, search_of
from cityloop.cases.forms.workbook import Line, write_workbook
from cityloop.cases.queries.case_list import line_of
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.privacy import masked_text
from cityloop.cases.queries.saved import owner_of
from cityloop.cases.queries.search import about, all_found, may_search_phones
from cityloop.cases.queries.words import words_of
from cityloop.geography.queries import region_names
from cityloop.kernel.alone import in_turn
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.runs import run_once, under_way
from cityloop.kernel.translation import _, language
from cityloop.media.handouts import Handout, handing_out, handout
from cityloop.organisation.queries import viewer_now
from cityloop.organisation.rules.staffing import Viewer

logger = logging.getLogger(__name__)

BATCH = 2_000
KEPT = timedelta(days=1)
LOST = timedelta(hours=2)
"""After this an export that has not finished was lost with its worker: another may begin."""

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_ROWS = 1_000_000
"""Excel has 1,048,576 rows on a sheet."""

FIELDS = ("address", "description", "reporter_name", "reporter_phone")
REPORTER = ("reporter_name", "reporter_phone")


def ask_export(viewer: Viewer, query: str, *, post: str = "", now: datetime | None = None) -> UUID:
    """Have what a search finds written into a workbook; return the export's id.

    Args:
        query: Of the search's address.
        post: The one of several posts in which the viewer works now.
        now: By the machine's clock.
    Raises:
        Conflict: One of theirs is being written.
    """
    at = now or machine_now()
    with transaction.atomic():
        in_turn("cases", f"export of {owner_of(viewer)}")
        if under_way(models.Export.objects.filter(owner=owner_of(viewer)), LOST, at):
            raise Conflict(_("An export of yours is being written already. Wait for it to finish."))
        row = models.Export.objects.create(
            owner=owner_of(viewer), post=post, language=language(), query=query[:4000], asked_at=at
        )
        transaction.on_commit(lambda: _defer(row.id))
    return row.id


def _defer(export_id: UUID) -> None:
    from cityloop.cases.tasks import export

    export.defer(export_id=str(export_id))


def export_of(viewer: Viewer, export_id: UUID, *, now: datetime | None = None) -> models.Export:
    """Return an export of the viewer's own.

    Raises:
        NotFound: There is none, or its day is over.
    """
    since = (now or machine_now()) - KEPT
    row = models.Export.objects.filter(pk=export_id, owner=owner_of(viewer), asked_at__gt=since).first()
    if row is None:
        raise NotFound(_("There is no such export of yours. They are kept for a day."))
    return row


def workbook_of(viewer: Viewer, export_id: UUID, *, now: datetime | None = None) -> Handout:
    """Return the workbook of an export of the viewer's own.

    Raises:
        NotFound: It is not written, is somebody else's, or its day is over.
    """
    return handout(export_id, owner_of(viewer), now=now)


def run_export(export_id: UUID, *, clock: Callable[[], datetime] = machine_now) -> None:
    """Write an export, once: who comes second finds it begun. It holds what its owner may see when it is written."""
    waiting = models.Export.objects.filter(pk=export_id)

    def write(row: models.Export) -> dict[str, Any]:
        expires = row.asked_at + KEPT
        with (
            handing_out(row.id, owner_id=row.owner, type=WORKBOOK, expires_at=expires) as path,
            override(row.language),
        ):
            viewer = viewer_now(row.owner).wearing(row.post)
            rows = write_workbook(path, _lines(viewer, row, waiting))
        logger.info("export %s: %d cases for %d", row.id, rows, row.owner)
        return {"rows": rows}

    run_once(waiting, write, clock)


def forget_exports(*, now: datetime | None = None) -> int:
    """Forget what was asked for more than a day ago; return how many. The media room erases their workbooks."""
    since = (now or machine_now()) - KEPT
    # Where workbooks lay until they came into the media store: nobody hands these out any more, and they name callers.
    shutil.rmtree(Path(settings.DATA) / "exports", ignore_errors=True)
    return models.Export.objects.filter(asked_at__lte=since).delete()[0]


def _lines(viewer: Viewer, row: models.Export, waiting: Any) -> Iterator[list[Line]]:
    home = next(iter(sorted(viewer.works_in)), "")
    if not home:
        return
    asked = QueryDict(row.query)
    if asked.get(
        "phone"
    ):  # asked for in an older version, where the number stood here: without it all cases would be found
        raise InvalidInput(_("A phone number that was looked for is forgotten after an hour. Type it again."))
    phone = phone_of(row.owner, asked.get(CALLER, ""), now=row.asked_at)
    search = search_of(asked, loop_city(home).city.time_zone, phone)
    waiting.update(about=about(viewer, search))
    knowing, written, words = may_search_phones(viewer), 0, cache(words_of)
    for batch in all_found(viewer, search, BATCH):
        found = batch[: MOST_ROWS - written]
        if found:
            yield _lines_of(viewer, found, knowing, words)
        written += len(found)
        waiting.update(rows=written)
        if written >= MOST_ROWS:
            return


def _lines_of(viewer: Viewer, rows: list[Any], knowing: frozenset[str], words: Any) -> list[Line]:
    said = _said([row.id for row in rows])
    home = loop_city(rows[0].jurisdiction)
    codes = {code for row in rows for code in (row.street, row.community) if code}
    names = region_names(codes, home.day, version=home.city.versions[0])
    lines, looked_at = [], []
    for row in rows:
        texts, known = said.get(row.id, {}), words(row.jurisdiction, row.table_version)
        if row.jurisdiction in knowing:
            if texts.keys() & set(REPORTER):
                looked_at.append((row.id, row.jurisdiction))
        else:
            texts |= {field: masked_text(field, texts[field]) for field in REPORTER if field in texts}
        lines.append(
            Line(
                line_of(row, known, viewer), texts, names.get(row.street, ""), names.get(row.community, ""),
                known.city.city.time_zone, texts.get("reporter_name", ""), texts.get("reporter_phone", ""),
            )
        )  # fmt: skip
    if looked_at:
        note_looks(viewer, looked_at, Shown.EXPORT, list(REPORTER))
    return lines


def _said(ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    rows = models.CaseText.objects.filter(case_id__in=ids, field__in=FIELDS, text__isnull=False)
    for case, field, text in rows.order_by("case_id", "seq").values_list("case_id", "field", "text"):
        found.setdefault(case, {})[field] = text or ""
    return found
