"""Tables with coordinates: CSV and Excel, row by row. Part of the process that reads."""

import codecs
import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cityloop.geography.files.refused import RefusedFile
from cityloop.kernel.sheets import text_of

SAMPLE = 200
"""Rows by which columns are judged."""
MOST_TITLES = 10
"""Lines above the heading: a title, who made it, a date."""

csv.field_size_limit(1 << 20)
Line = list[str]
Numbered = tuple[int, Line]
"""A line of a sheet and its number as a spreadsheet shows it: from 1, with titles, headings and empty lines."""


class Table:
    """The rows of a table, each as texts under the columns; the heading is found and, where it stands in two lines, joined.

    ``sample``: the first rows with their numbers.
    """

    def __init__(self, lines: Iterator[Line]) -> None:
        """Read as far as the heading.

        Raises:
            RefusedFile: There is no row.
        """
        numbered = enumerate(lines, start=1)
        first = list(itertools.islice(numbered, SAMPLE))
        start, depth = heading([line for _number, line in first])
        if start is None:
            raise RefusedFile("no_rows")
        self.columns = named([line for _number, line in first[start : start + depth]])
        self.sample = [(number, self._fitted(line)) for number, line in first[start + depth :] if any(line)]
        self._rest = numbered

    def rows(self) -> Iterator[Numbered]:
        """Yield each row that holds something with its number, as many texts as there are columns; once."""
        yield from self.sample
        for number, line in self._rest:
            if any(line):
                yield number, self._fitted(line)

    def _fitted(self, line: Line) -> Line:
        width = len(self.columns)
        return line[:width] if len(line) >= width else line + [""] * (width - len(line))


def heading(lines: Sequence[Line]) -> tuple[int | None, int]:
    """Return in which line the heading begins and in how many lines it stands; None where there is no row.

    Titles above it fill one cell alone. A second line belongs to it where the first has gaps (merged cells) that the second fills, and
    the second holds no numbers.
    """
    width = max((sum(1 for cell in line if cell) for line in lines), default=0)
    if not width:
        return None, 0
    start = next(
        at for at, line in enumerate(lines) if sum(1 for cell in line if cell) >= min(2, width) or at >= MOST_TITLES
    )
    if start + 1 < len(lines) and _is_second(lines[start], lines[start + 1]):
        return start, 2
    return start, 1


def _is_second(first: Line, second: Line) -> bool:
    gaps = [at for at, cell in enumerate(second) if cell and not (first[at] if at < len(first) else "")]
    return bool(gaps) and not any(_is_number(cell) for cell in second if cell)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def named(lines: Sequence[Line]) -> list[str]:
    """Return the columns' names, each once: a merged cell names all columns under it, a nameless one is called by its place."""
    width = max(len(line) for line in lines)
    top = [*lines[0], *[""] * (width - len(lines[0]))]
    if len(lines) == 1:
        names = top
    else:
        below = [*lines[1], *[""] * (width - len(lines[1]))]
        names, last = [], ""
        for over, under in zip(top, below, strict=True):
            last = over or (last if under else "")
            names.append(f"{last} {under}".strip() if under != over else under)
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    told = []
    for place, name in enumerate(names, start=1):
        name = " ".join(name.split()) or f"#{place}"  # noqa: PLW2901
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return told


def csv_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a CSV file in UTF-8, UTF-16 or GB 18030, divided by comma, semicolon or tab.

    Raises:
        RefusedFile: It is no text, or no CSV.
    """
    encoding, row = _encoding(path), 0
    with path.open(encoding=encoding, newline="") as file:
        try:
            head = file.read(64 * 1024)
            file.seek(0)
            first = head.split("\n", 1)[0]
            delimiter = max(",;\t|", key=first.count)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for line in reader:
                yield [cell.strip() for cell in line]
                row += 1
        except UnicodeDecodeError as exc:
            raise RefusedFile("not_text", log=exc) from exc
        except csv.Error as exc:
            raise RefusedFile("not_csv", str(row + 1), exc) from exc


def _encoding(path: Path) -> str:
    """Return an encoding in which the whole file can be read; a UTF-8 file may turn out to be none at its end."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise RefusedFile("not_text")


def sheet_names(path: Path) -> list[str]:
    """Return the sheets of a workbook."""
    return list(_workbook(path).sheet_names)


def sheet_lines(path: Path, sheet: str) -> Iterator[Line]:
    """Yield the lines of a sheet, formulas as what they gave, dates as ISO 8601."""
    from python_calamine import CalamineError

    try:
        for line in _workbook(path).get_sheet_by_name(sheet).iter_rows():
            yield [text_of(cell) for cell in line]
    except CalamineError as exc:
        raise RefusedFile("unreadable", log=exc) from exc


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as exc:
        raise RefusedFile("unreadable", log=exc) from exc
