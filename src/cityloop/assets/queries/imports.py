"""What is asked of imports: their list, what was found, how it looks, and the report as a workbook."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson
from django.db.models import Count, Max, Min, QuerySet, TextField
from django.db.models.functions import Cast
from typing_extensions import override

from cityloop.assets.models import ImportFault, ImportRun
from cityloop.assets.rules.imports.reasons import told, told_of_all
from cityloop.assets.rules.imports.rows import SHAPE_COLUMN
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import Viewer

KEEPERS = ("data_admin", "sysadmin")
"""The posts that may change a city's base data."""

MOST_ROWS = 1_000_000
"""Excel has 1,048,576 rows on a sheet."""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One thing found in one row, in words; ``row`` counts from 1 as the file does, without its heading."""

    row: int
    column: str
    value: str
    why: str
    is_note: bool
    lon: float | None = None
    lat: float | None = None

    @override
    def __str__(self) -> str:
        return _("row %(row)d, %(column)s “%(value)s”: %(why)s") % {
            "row": self.row, "column": self.column, "value": self.value, "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How often something was found."""

    reason: str
    words: str
    count: int
    is_note: bool


def cities_kept_by(viewer: Viewer) -> list[str]:
    """Return the codes of the cities whose base data ``viewer`` may change."""
    return sorted({held.jurisdiction for held in viewer.posts if held.post in KEEPERS})


def runs_of(viewer: Viewer) -> QuerySet[ImportRun]:
    """Return the imports that ``viewer`` may see: those of the cities whose data they keep."""
    return ImportRun.objects.filter(jurisdiction__in=cities_kept_by(viewer)).defer("compared")


def run_of(viewer: Viewer, run_id: Any) -> ImportRun:
    """Return one import.

    Raises:
        NotFound: There is none that ``viewer`` may see.
    """
    run = runs_of(viewer).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no such import."))
    return run


def _line(row: ImportFault) -> FaultLine:
    column = _("Position") if row.column == SHAPE_COLUMN else row.column
    return FaultLine(row.number, column, row.value, told(row.reason, row.given), row.is_note, row.lon, row.lat)


def faults_of_run(run: ImportRun, *, reason: str = "", notes: bool | None = None) -> QuerySet[ImportFault]:
    """Return what was found, by row; of one reason, or only faults, or only notes, where that is asked."""
    rows = ImportFault.objects.filter(run=run).order_by("number", "id")
    if reason:
        rows = rows.filter(reason=reason)
    return rows if notes is None else rows.filter(is_note=notes)


def first_faults(run: ImportRun, most: int, *, reason: str = "", after: int = 0) -> list[FaultLine]:
    """Return the first things found after a row, in words."""
    return [_line(row) for row in faults_of_run(run, reason=reason).filter(number__gt=after)[:most]]


def by_reason(run: ImportRun) -> list[ReasonLine]:
    """Count what was found by reason, faults before notes, the most frequent first."""
    rows = (
        ImportFault.objects.filter(run=run)
        .values("reason", "is_note")
        .annotate(n=Count("id"), least=Min(Cast("given", TextField())), most=Max(Cast("given", TextField())))
        .order_by("is_note", "-n", "reason")
    )
    return [
        ReasonLine(
            one["reason"],
            (told if one["least"] == one["most"] else told_of_all)(one["reason"], orjson.loads(one["least"])),
            one["n"],
            one["is_note"],
        )
        for one in rows
    ]


def report_of(run: ImportRun, out: BinaryIO) -> None:
    """Write what was found into a workbook, row by row: memory stays flat."""
    import xlsxwriter

    heading = [_("Row"), _("Column"), _("Value"), _("What is wrong"), _("Kind"), _("Longitude"), _("Latitude")]
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1})
        sheet, at = None, 0
        for line in _lines(run):
            if sheet is None or at > MOST_ROWS:
                sheet, at = book.add_worksheet(), 1
                sheet.freeze_panes(1, 0)
                for place, (name, width) in enumerate(zip(heading, (8, 18, 28, 60, 10, 14, 14), strict=True)):
                    sheet.set_column(place, place, width)
                    sheet.write_string(0, place, name, bold)
            sheet.write_number(at, 0, line.row)
            sheet.write_string(at, 1, line.column)
            sheet.write_string(at, 2, line.value)
            sheet.write_string(at, 3, line.why)
            sheet.write_string(at, 4, _("note") if line.is_note else _("fault"))
            if line.lon is not None and line.lat is not None:
                sheet.write_number(at, 5, line.lon)
                sheet.write_number(at, 6, line.lat)
            at += 1
        if sheet is None:
            book.add_worksheet().write_string(0, 0, _("Nothing is wrong with any row."))


def _lines(run: ImportRun) -> Iterator[FaultLine]:
    for row in faults_of_run(run).iterator(chunk_size=2000):
        yield _line(row)
