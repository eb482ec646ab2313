"""What a search finds as a workbook: asked for at a desk, written by the worker, fetched by whoever asked, gone after a day."""

import logging
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
from cityloop.cases.actions.searching import note_looks
from cityloop.cases.choices import Shown
from cityloop.cases.forms.searching import search_of
from cityloop.cases.forms.workbook import Line, write_workbook
from cityloop.cases.queries.case_list import line_of
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.privacy import masked_text
from cityloop.cases.queries.saved import owner_of
from cityloop.cases.queries.search import about, all_found, may_search_phones
from cityloop.cases.queries.words import words_of
from cityloop.geography.queries import region_names
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict, NotFound
from cityloop.kernel.translation import _, language
from cityloop.organisation.queries import viewer_now
from cityloop.organisation.rules.staffing import Viewer

logger = logging.getLogger(__name__)

BATCH = 2_000
KEPT = timedelta(days=1)
LOST = timedelta(hours=2)
"""After this an export that has not finished was lost with its worker: another may begin."""

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
        own = models.Export.objects.filter(owner=owner_of(viewer), finished_at=None, asked_at__gt=at - LOST)
        if own.exists():
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


def file_of(export_id: UUID) -> Path:
    """Return where the workbook of an export lies once it is written."""
    return Path(settings.DATA) / "exports" / f"{export_id}.xlsx"


def run_export(export_id: UUID, *, clock: Callable[[], datetime] = machine_now) -> None:
    """Write an export, once: who comes second finds it begun. It holds what its owner may see when it is written."""
    waiting = models.Export.objects.filter(pk=export_id)
    if not waiting.filter(started_at=None).update(started_at=clock()):
        return
    row = waiting.get()
    path = file_of(row.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    try:
        with override(row.language):
            viewer = viewer_now(row.owner).wearing(row.post)
            rows = write_workbook(draft, _lines(viewer, row, waiting))
        draft.replace(path)
    except CityError as exc:
        waiting.update(finished_at=clock(), failure=exc.message[:500])
        return
    except Exception:
        waiting.update(finished_at=clock(), failure=_("It broke off; the log says more."))
        raise
    finally:
        draft.unlink(missing_ok=True)
    waiting.update(finished_at=clock(), rows=rows)
    logger.info("export %s: %d cases for %d", row.id, rows, row.owner)


def forget_exports(*, now: datetime | None = None) -> int:
    """Take away what is older than a day; return how many. A workbook that no row names goes too."""
    since = (now or machine_now()) - KEPT
    gone = models.Export.objects.filter(asked_at__lte=since).delete()[0]
    folder = file_of(UUID(int=0)).parent
    for path in folder.glob("*") if folder.exists() else ():
        if datetime.fromtimestamp(path.stat().st_mtime, tz=since.tzinfo) <= since:
            path.unlink(missing_ok=True)
    return gone


def _lines(viewer: Viewer, row: models.Export, waiting: Any) -> Iterator[list[Line]]:
    home = next(iter(sorted(viewer.works_in)), "")
    if not home:
        return
    search = search_of(QueryDict(row.query), loop_city(home).city.time_zone)
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
    day = loop_city(rows[0].jurisdiction).day
    names = region_names({code for row in rows for code in (row.street, row.community) if code}, day)
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
