"""Single cells of a row, each read or refused with its reason."""

from collections.abc import Iterable
from datetime import date

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sheets import Row
from cityloop.kernel.translation import _, listed
from cityloop.kernel.years import check_years
from cityloop.standards.documents.tables import SEPARATOR, Table
from cityloop.standards.rules import FIRST_DAY


class Bad(Exception):
    """One cell cannot be used; without a reason where the reason is reported elsewhere."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column
        self.why = why


def check_cells(table: Table, row: Row) -> None:
    names = {column.name for column in table.columns}
    for name in row.cells:
        if name not in names:
            raise Bad(name, _("There is no such column here."))
    for column in table.columns:
        if column.needed and not row[column.name]:
            raise Bad(column.name, _("This may not be blank."))
        if len(row[column.name]) > column.longest:
            raise Bad(column.name, _("At most %(longest)d characters.") % {"longest": column.longest})


def word(row: Row, column: str, allowed: Iterable[str]) -> str:
    words = list(allowed)
    if row[column] and row[column] not in words:
        raise Bad(column, _("Use one of: %(words)s.") % {"words": listed(words)})
    return row[column]


def ident(row: Row, column: str) -> str:
    value = row[column]
    if not value.isascii() or not value.replace("_", "a").isalnum() or value != value.lower():
        raise Bad(column, _("Small letters, digits and underscores only."))
    return value


def number(row: Row, column: str) -> int:
    value = row[column] or "0"
    if not value.isascii() or not value.isdigit() or int(value) > 30_000:
        raise Bad(column, _("A whole number from 0 to 30,000."))
    return int(value)


def day(row: Row, column: str) -> date | None:
    if not row[column]:
        return None
    try:
        day = date.fromisoformat(row[column])
    except ValueError:
        raise Bad(column, _("A date such as 2026-07-01.")) from None
    try:
        check_years(day)
    except InvalidInput as exc:
        raise Bad(column, exc.message) from None
    return day


def validity(row: Row) -> tuple[date, date | None]:
    begin, end = day(row, "valid_from") or FIRST_DAY, day(row, "valid_to")
    if end is not None and end <= begin:
        raise Bad("valid_to", _("The end lies after the beginning."))
    return begin, end


def several(row: Row, column: str) -> tuple[str, ...]:
    parts = row[column].replace(";", SEPARATOR).split(SEPARATOR)
    return tuple(part.strip() for part in parts if part.strip())
