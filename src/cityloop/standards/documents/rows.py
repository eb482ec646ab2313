"""A file as rows of text, whatever it is: one reader checks both kinds."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import override

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sheets import Row, read_sheets
from cityloop.kernel.translation import _, listed
from cityloop.standards.documents.tables import CLASSES, CONDITIONS, OF_CLASS, SEPARATOR, TABLES, Table

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Rows = Mapping[str, Sequence[Row]]
"""Rows by name of their table; cells by name of their column."""


def rows_of_workbook(data: bytes) -> Rows:
    sheets = read_sheets(data)
    found = {
        table.name: sheets[name] for table in TABLES for name in sheets if name in _spellings(table.name, table.title)
    }
    if not found:
        names = listed(str(table.title) for table in TABLES)
        raise InvalidInput(_("This workbook has none of the sheets %(names)s.") % {"names": names})
    columns = {table.name: _column_names(table) for table in TABLES}
    return {name: [_renamed(columns[name], row) for row in rows] for name, rows in found.items()}


@cache
def _spellings(name: str, title: Any) -> frozenset[str]:
    """Return the name and the title in every language: a file may come from an office that uses another one."""
    found = {name}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(str(title))
    return frozenset(found)


def _column_names(table: Table) -> dict[str, str]:
    return {spelling: column.name for column in table.columns for spelling in _spellings(column.name, column.heading)}


def _renamed(names: Mapping[str, str], row: Row) -> Row:
    return Row(row.sheet, row.number, {names.get(heading, heading): value for heading, value in row.cells.items()})


def rows_of_yaml(data: bytes) -> Rows:
    try:
        document = yaml.load(data, _Loader)  # noqa: S506 - a safe loader, see above
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as exc:
        mark = getattr(exc, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InvalidInput(_("This file is not YAML: line %(line)d cannot be read.") % {"line": line}) from exc
    names = [table.name for table in TABLES if table is not CONDITIONS]
    if not isinstance(document, dict) or not set(names) & set(document):
        raise InvalidInput(_("This file has none of the sections %(names)s.") % {"names": listed(names)})
    rows: dict[str, list[Row]] = {name: [] for name in [*names, CONDITIONS.name]}
    for name in names:
        for number, line in enumerate(document.get(name) or [], start=1):
            _take(rows, name, number, line)
    return rows


def _take(rows: dict[str, list[Row]], section: str, number: int, line: Any) -> None:
    """Add an entry of a section, and the conditions of a class as rows of their own."""
    if not isinstance(line, dict):
        rows[section].append(Row(section, number, {"": _yaml_text(line)}))
        return
    conditions = line.pop("conditions", None) if section == CLASSES.name else None
    row = Row(section, number, {str(name): _yaml_text(value) for name, value in line.items()})
    rows[section].append(row)
    of = {name: row[name] for name in OF_CLASS}
    for place, one in enumerate(conditions if isinstance(conditions, list) else [], start=1):
        cells = {str(name): _yaml_text(value) for name, value in one.items()} if isinstance(one, dict) else {}
        rows[CONDITIONS.name].append(Row(f"{section}/{row['code']}/conditions", place, cells | of))


def _yaml_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return SEPARATOR.join(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return str(value).strip()
