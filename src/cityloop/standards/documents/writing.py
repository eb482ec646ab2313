"""A catalogue, written."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from cityloop.kernel.sheets import Sheet, write_sheets
from cityloop.standards.documents.tables import (
    BIG_CLASSES,
    CLASSES,
    CONDITIONS,
    CORRESPONDENCES,
    KINDS,
    OF_CLASS,
    SCHEMES,
    SEPARATOR,
    TABLES,
    Table,
)
from cityloop.standards.plain import Plain
from cityloop.standards.rules import Catalogue

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write(catalogue: Catalogue, format: str) -> bytes:  # noqa: A002 - the word of the door
    """Return the catalogue as a file; ``format`` is one of ``FORMATS``."""
    tables = {table.name: list(_lines(table, catalogue)) for table in TABLES}
    return _as_yaml(tables) if format == "yaml" else _as_workbook(tables)


def _as_workbook(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    return write_sheets(
        Sheet(
            name=str(table.title),
            headings=[str(column.heading) for column in table.columns],
            rows=[[_cell(line[column.name]) for column in table.columns] for line in tables[table.name]],
            widths={
                str(column.heading): 40
                for column in table.columns
                if column.name.startswith(("text", "closing", "name"))
            },
        )
        for table in TABLES
    )


def _cell(value: Any) -> Any:
    return SEPARATOR.join(value) if isinstance(value, list) else value


def _as_yaml(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Conditions stand under their class; what is blank is left out."""
    conditions = defaultdict(list)
    for line in tables[CONDITIONS.name]:
        of = tuple(line[name] for name in OF_CLASS)
        conditions[of].append({name: value for name, value in line.items() if name not in OF_CLASS})
    document: dict[str, Any] = {}
    for table in TABLES:
        if table is CONDITIONS:
            continue
        document[table.name] = [_without_blanks(line) for line in tables[table.name]]
        if table is CLASSES:
            for line, out in zip(tables[table.name], document[table.name], strict=True):
                of = tuple(line[name] for name in OF_CLASS)
                out["conditions"] = [_without_blanks(condition) for condition in conditions[of]]
    text: bytes = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000, encoding="utf-8")
    return text


def _without_blanks(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if value not in (None, "", [], 0)}


def _lines(table: Table, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, each value by the name of its column."""
    if table is SCHEMES:
        for scheme in catalogue.schemes:
            unused = {f"unused_{kind}s": list(codes) for kind, codes in scheme.unused.items()}
            yield _line(table, scheme, unused_parts=[], unused_events=[]) | unused
    elif table is CONDITIONS:
        for one in catalogue.categories:
            of = {name: getattr(one, name) for name in OF_CLASS}
            for each in one.conditions:
                limit = {"amount": each.limit.amount, "unit": each.limit.unit, "limit_text": each.limit.text}
                yield _line(table, each, **of, **limit)
    else:
        entries: Mapping[str, Sequence[Plain]] = {
            KINDS.name: catalogue.department_kinds,
            BIG_CLASSES.name: catalogue.big_classes,
            CLASSES.name: catalogue.categories,
            CORRESPONDENCES.name: catalogue.correspondences,
        }
        for entry in entries[table.name]:
            yield _line(table, entry)


def _line(table: Table, entry: Any, **given: Any) -> dict[str, Any]:
    line = {column.name: given.get(column.name, getattr(entry, column.name, None)) for column in table.columns}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in line.items()}
