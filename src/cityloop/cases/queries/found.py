"""A case with what is needed to speak about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from cityloop.cases import models
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table
from cityloop.cases.rules.snapshot import Snapshot, snapshot_from_json
from cityloop.cases.rules.table import Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

NUMBER_DIGITS = 19


class Named(NamedTuple):
    """A file that an event names: ``id`` says in which order that happened, ``lies_in`` which city keeps the file."""

    id: int
    seq: int
    kind: str
    sha256: str
    lies_in: str


class Found(NamedTuple):
    """A case that somebody may see, the table that it runs under, its city, the city's time, and its files."""

    row: models.Case
    loop: Table
    city: LoopCity
    snapshot: Snapshot
    now: datetime
    viewer: Viewer
    files: tuple[Named, ...]


def with_files(rows: Any) -> Any:
    """Return cases with the files that their events name: in the same statement."""
    columns = JSONObject(id="id", seq="seq", kind="kind", sha256="sha256", lies_in="lies_in")
    named = models.Attachment.objects.filter(case_id=OuterRef("pk")).order_by("seq", "n").values(json=columns)
    return rows.annotate(named_files=ArraySubquery(named))


def named_by(row: models.Case) -> tuple[Named, ...]:
    """Return the files that a case's events name; one query where ``with_files`` did not ask along with the case."""
    held = getattr(row, "named_files", None)
    if held is None:
        [held] = with_files(models.Case.objects.filter(pk=row.pk)).values_list("named_files", flat=True)
    return tuple(Named(**one) for one in held)


def linked(found: Found, viewer: Viewer | None, which: Q) -> list[models.Case]:
    """Return the cases that ``which`` names of those that may be named to the case's reader: one query.

    Args:
        viewer: Who reads; None: ``found``'s.
    """
    rows = models.Case.objects.visible_to(viewer or found.viewer).filter(which)
    return list(rows.only("id", "number").order_by("number"))


def find(number: str, viewer: Viewer, along: Callable[[Any], Any] = with_files) -> Found:
    """Return the case with this number: one query, and the city's.

    Args:
        along: What is read along with it, in the same statement, beside its files.
    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    row = None
    if len(number) == NUMBER_DIGITS and number.isascii() and number.isdigit():
        rows = models.Case.objects.visible_to(viewer).filter(number=number).defer("location")
        row = (with_files(rows) if along is with_files else along(with_files(rows))).first()
    if row is None:
        raise NotFound(_("There is no case “%(number)s” that you may see.") % {"number": number[:40]})
    city = loop_city(row.jurisdiction)
    loop = table(row.jurisdiction, row.table_version)
    return Found(row, loop, city, snapshot_from_json(row.snapshot), city.city.now(), viewer, named_by(row))
