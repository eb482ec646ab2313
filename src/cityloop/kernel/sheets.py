"""Excel in and out: tables by sheet and heading, each bad row with its place."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from typing_extensions import override

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.translation import _


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell: sheet, row as Excel counts it (1 is the heading), column heading, value, why."""

    sheet: str
    row: int
    column: str
    value: str
    why: str

    @override
    def __str__(self) -> str:
        return _("%(sheet)s, row %(row)d, %(column)s “%(value)s”: %(why)s") % {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its place and its cells by heading, blanks as ``""``, numbers without a trailing ``.0``."""

    sheet: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(self, column: str, why: str) -> RowFault:
        return RowFault(self.sheet, self.number, column, self[column], why)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to write: its name, headings, rows, a note under each heading, and column widths in characters."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]
    notes: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)


def text_of(value: Any) -> str:
    """Return a cell as text, as a person reads it: ``3.0`` is ``3``, a date is ISO 8601."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return str(value).strip()


def read_sheets(data: bytes) -> dict[str, list[Row]]:
    """Return the rows of each sheet of an ``.xlsx``, ``.xls`` or ``.ods`` file; the first row holds the headings.

    Raises:
        InvalidInput: The bytes are not a spreadsheet.
    """
    # Either library is loaded where it is first needed: in most processes no workbook is ever read or written.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {name: list(_rows(name, workbook.get_sheet_by_name(name).to_python())) for name in workbook.sheet_names}
    except CalamineError as exc:
        raise InvalidInput(_("This file is not an Excel workbook. Save it as .xlsx and send it again.")) from exc


def read_csv(data: bytes) -> list[Row]:
    """Return the rows of a CSV file; the first one holds the headings. UTF-8, or GB 18030 as a Chinese Excel saves it.

    Raises:
        InvalidInput: It is neither, or a quote does not close.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InvalidInput(_("This file is no text in UTF-8 or GB 18030. Save it as CSV UTF-8 and send it again."))
    try:
        return list(_rows("CSV", list(csv.reader(io.StringIO(text, newline=""), strict=True))))
    except csv.Error as exc:
        raise InvalidInput(_("This file is not CSV: a quote does not close, or a cell is too long.")) from exc


def write_csv(sheet: Sheet) -> bytes:
    """Return a sheet as CSV in UTF-8, with the mark by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.headings)
    # A cell that begins like a formula would be one in Excel: a space before it keeps it a text.
    writer.writerows([[_harmless(text_of(cell)) for cell in row] for row in sheet.rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(text: str) -> str:
    return f" {text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def _rows(sheet: str, table: Sequence[Sequence[Any]]) -> Iterator[Row]:
    if not table:
        return
    headings = [text_of(cell) for cell in table[0]]
    for number, line in enumerate(table[1:], start=2):
        cells = {heading: text_of(cell) for heading, cell in zip(headings, line, strict=False) if heading}
        if any(cells.values()):
            yield Row(sheet, number, cells)


def write_sheets(sheets: Iterable[Sheet]) -> bytes:
    """Return an ``.xlsx`` file: bold frozen headings with their notes as comments, text cells kept as text."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eaf1fb", "bottom": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, heading in enumerate(sheet.headings):
                page.write_string(0, column, heading, bold)
                page.set_column(column, column, sheet.widths.get(heading, 16))
                if heading in sheet.notes:
                    page.write_comment(0, column, sheet.notes[heading])
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if value is None or value == "":
                        continue
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        page.write_number(number, column, value)
                    else:
                        page.write_string(number, column, text_of(value))
    return out.getvalue()
