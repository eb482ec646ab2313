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
    """One thing found in one row, in words; ``row`` is its line in a sheet (``is_sheet``), else the number of the feature from 1."""

    row: int
    column: str
    value: str
    why: str
    is_note: bool
    lon: float | None = None
    lat: float | None = None
    is_sheet: bool = False

    @override
    def __str__(self) -> str:
        words = (
            _("line %(row)d of the sheet, %(column)s “%(value)s”: %(why)s")
            if self.is_sheet
            else _("feature %(row)d, %(column)s “%(value)s”: %(why)s")
        )
        return words % {"row": self.row, "column": self.column, "value": self.value, "why": self.why}


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


def number_title(run: ImportRun) -> str:
    """Return what the numbers of an import's rows are, as the heading of their column."""
    return _("Line of the sheet") if _is_sheet(run) else _("Number of the feature")


def _is_sheet(run: ImportRun) -> bool:
    # Imports that were set up before this was written down count the rows of a sheet as features, without heading and empty lines.
    return bool(run.looked.get("is_sheet"))


def _line(row: ImportFault, *, is_sheet: bool) -> FaultLine:
    column, why = _("Position") if row.column == SHAPE_COLUMN else row.column, told(row.reason, row.given)
    return FaultLine(row.number, column, row.value, why, row.is_note, row.lon, row.lat, is_sheet)


def faults_of_run(run: ImportRun, *, reason: str = "", notes: bool | None = None) -> QuerySet[ImportFault]:
    """Return what was found, by row; of one reason, or only faults, or only notes, where that is asked."""
    rows = ImportFault.objects.filter(run=run).order_by("number", "id")
    if reason:
        rows = rows.filter(reason=reason)
    return rows if notes is None else rows.filter(is_note=notes)


def first_faults(run: ImportRun, most: int, *, reason: str = "", after: int = 0) -> list[FaultLine]:
    """Return the first things found after a row, in words."""
    rows = faults_of_run(run, reason=reason).filter(number__gt=after)[:most]
    return [_line(row, is_sheet=_is_sheet(run)) for row in rows]


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

    heading = [number_title(run), _("Column"), _("Value"), _("What is wrong"), _("Kind"), _("Longitude"), _("Latitude")]
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1})
        sheet, at = None, 0
        for line in _lines(run):
            if sheet is None or at > MOST_ROWS:
                sheet, at = book.add_worksheet(), 1
                sheet.freeze_panes(1, 0)
                for place, (name, width) in enumerate(zip(heading, (14, 18, 28, 60, 10, 14, 14), strict=True)):
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
        yield _line(row, is_sheet=_is_sheet(run))
