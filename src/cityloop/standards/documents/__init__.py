"""Catalogues as files: YAML for machines and for version control, Excel for offices. Both hold the same tables.

Each file becomes the same rows of text, so that one reader checks both and says the place of each fault: sheet (in YAML the
section), row, column, value, why. Written and read back, a catalogue is the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import override

from cityloop.kernel.errors import InvalidInput, TooLarge
from cityloop.kernel.sheets import Row, RowFault, Sheet, read_sheets, write_sheets
from cityloop.kernel.translation import _, lazy, listed
from cityloop.kernel.years import check_years
from cityloop.standards import choices
from cityloop.standards.plain import Plain, identity
from cityloop.standards.rules import (
    FIRST_DAY,
    BigClass,
    Catalogue,
    Category,
    Condition,
    Correspondence,
    DepartmentKind,
    SchemeInfo,
    TimeLimit,
    category_key,
    condition_key,
    parse_limit,
    why_not_code,
)

FORMATS = ("yaml", "xlsx")
LARGEST_BYTES = 20 * 1024 * 1024
SEPARATOR = "；"
"""Between several values in one cell."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in YAML, its heading in Excel, and whether it may be blank."""

    name: str
    heading: Any  # a lazy text, shown in the reader's language
    needed: bool = False
    longest: int = 300


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of the workbook, or a section of the YAML file."""

    name: str
    title: Any
    columns: tuple[Column, ...]


def _columns(*columns: tuple[Any, ...]) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in columns)


_VALIDITY = (("valid_from", lazy("Valid from")), ("valid_to", lazy("Valid to")))
_CLASS = (("scheme", lazy("Scheme"), True, 32), ("type", lazy("Type"), True), ("code", lazy("Code"), True, 8))

SCHEMES = Table(
    "schemes",
    lazy("Schemes"),
    _columns(
        ("code", lazy("Code"), True, 32),
        ("name_zh", lazy("Chinese name"), True, 200),
        ("name_en", lazy("English name"), True, 200),
        ("in_force_from", lazy("In force from")),
        ("in_force_to", lazy("In force to")),
        ("big_digits", lazy("Digits of a big class"), True),
        ("small_digits", lazy("Digits of a small class"), True),
        ("part_digits", lazy("Digits of a part code"), True),
        ("matter_digits", lazy("Digits of a matter code")),
        ("extension", lazy("Own classes")),
        ("extension_first", lazy("Own classes count down from")),
        ("extension_last", lazy("Own classes end at")),
        ("replaces", lazy("Replaces"), False, 100),
        ("unused_parts", lazy("Unused codes of parts"), False, 2000),
        ("unused_events", lazy("Unused codes of matters"), False, 2000),
        ("source", lazy("Source"), False, 2000),
    ),
)
KINDS = Table(
    "department_kinds",
    lazy("Kinds of departments"),
    _columns(
        ("id", lazy("Code"), True, 32),
        ("name_zh", lazy("Chinese name"), True, 100),
        ("name_en", lazy("English name"), True, 100),
    ),
)
BIG_CLASSES = Table(
    "big_classes",
    lazy("Big classes"),
    _columns(
        *_CLASS,
        ("name_zh", lazy("Chinese name"), True, 100),
        ("name_en", lazy("English name"), True, 100),
        *_VALIDITY,
        ("note", lazy("Note")),
    ),
)
CLASSES = Table(
    "classes",
    lazy("Classes"),
    _columns(
        *_CLASS,
        ("name_zh", lazy("Chinese name"), True, 100),
        ("name_en", lazy("English name"), True, 200),
        ("aliases_zh", lazy("Other names"), False, 1000),
        ("dept_kind", lazy("Kind of department"), True, 32),
        ("geometry", lazy("Geometry")),
        ("accuracy", lazy("Accuracy")),
        ("part_code", lazy("Class of the part"), False, 8),
        *_VALIDITY,
        ("confidence", lazy("Founded on")),
        ("code_basis", lazy("Code from")),
        ("note", lazy("Note")),
    ),
)
CONDITIONS = Table(
    "conditions",
    lazy("Filing conditions"),
    _columns(
        *_CLASS,
        ("valid_from", lazy("Valid from")),
        ("id", lazy("Condition"), True, 32),
        ("text_zh", lazy("Filing condition, Chinese"), True),
        ("text_en", lazy("Filing condition, English"), True),
        ("closing_zh", lazy("Closing condition, Chinese"), True),
        ("closing_en", lazy("Closing condition, English"), True),
        ("amount", lazy("Limit")),
        ("unit", lazy("Unit")),
        ("limit_text", lazy("Limit as written"), False, 100),
        ("basis", lazy("Limit from")),
        ("season", lazy("Season"), False, 32),
    ),
)
CORRESPONDENCES = Table(
    "correspondences",
    lazy("Correspondences"),
    _columns(
        ("type", lazy("Type"), True),
        ("scheme", lazy("Scheme"), True, 32),
        ("code", lazy("Code"), True, 8),
        ("other_scheme", lazy("Other scheme"), True, 32),
        ("other_code", lazy("Code there"), True, 8),
        ("basis", lazy("Code from")),
    ),
)
TABLES = (SCHEMES, KINDS, BIG_CLASSES, CLASSES, CONDITIONS, CORRESPONDENCES)
_OF_CLASS = ("scheme", "type", "code", "valid_from")
"""The columns by which a row of conditions finds its class."""


# Writing


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
        of = tuple(line[name] for name in _OF_CLASS)
        conditions[of].append({name: value for name, value in line.items() if name not in _OF_CLASS})
    document: dict[str, Any] = {}
    for table in TABLES:
        if table is CONDITIONS:
            continue
        document[table.name] = [_without_blanks(line) for line in tables[table.name]]
        if table is CLASSES:
            for line, out in zip(tables[table.name], document[table.name], strict=True):
                of = tuple(line[name] for name in _OF_CLASS)
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
            of = {name: getattr(one, name) for name in _OF_CLASS}
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


# Reading


@dataclass(frozen=True, slots=True)
class Read:
    """What could be used of a file, and what could not."""

    catalogue: Catalogue
    faults: tuple[RowFault, ...]


def read(data: bytes, format: str, known: Catalogue) -> Read:  # noqa: A002 - the word of the door
    """Return the good rows of a file and the faults of the others; a class is good if all its conditions are.

    Args:
        data: The file.
        format: One of ``FORMATS``.
        known: What is stored already: rows may refer to it, and must not contradict it.

    Raises:
        InvalidInput: The bytes are no such file, or it holds none of our tables.
        TooLarge: The file has more than 20 MB.
    """
    if len(data) > LARGEST_BYTES:
        raise TooLarge(_("The file has more than 20 MB. A catalogue needs far less; is it the right file?"))
    rows = _rows_of_yaml(data) if format == "yaml" else _rows_of_workbook(data)
    return _Reader(known).read(rows)


Rows = Mapping[str, Sequence[Row]]
"""Rows by name of their table; cells by name of their column."""


def _rows_of_workbook(data: bytes) -> Rows:
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


def _rows_of_yaml(data: bytes) -> Rows:
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
    of = {name: row[name] for name in _OF_CLASS}
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


class _Bad(Exception):
    """One cell cannot be used; without a reason where the reason is reported elsewhere."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column
        self.why = why


@dataclass(slots=True)
class _Reader:
    """Reads the tables in an order in which each can refer to those before it."""

    known: Catalogue
    faults: list[RowFault] = field(default_factory=list)

    def read(self, rows: Rows) -> Read:
        kinds = self._all(KINDS, rows, _kind)
        schemes = self._all(SCHEMES, rows, _scheme)
        all_schemes = {one.code: one for one in (*self.known.schemes, *schemes)}
        big = self._all(BIG_CLASSES, rows, lambda row: _big_class(row, all_schemes))
        all_kinds = {one.id for one in (*self.known.department_kinds, *kinds)}
        conditions, broken = self._conditions(rows)
        context = _Context(
            all_schemes, all_kinds, {_place(one) for one in (*self.known.big_classes, *big)}, conditions, broken
        )
        categories = self._all(CLASSES, rows, context.category)
        self._check_homeless(rows, context)
        codes = {_place(one) for one in (*self.known.categories, *categories)}
        pairs = self._all(CORRESPONDENCES, rows, lambda row: _correspondence(row, all_schemes, codes))
        return Read(Catalogue(schemes, kinds, big, categories, pairs), tuple(self.faults))

    def _all(self, table: Table, rows: Rows, make: Callable[[Row], Any]) -> tuple[Any, ...]:
        """Return the entries of a table that are sound, each identity once, and no two of a code on one day."""
        found: dict[tuple[Any, ...], tuple[Row, Any]] = {}
        for row in rows.get(table.name, ()):
            if (entry := self._one(table, row, make)) is None:
                continue
            if identity(entry) in found:
                self._fault(table, row, "code", _("This row stands here twice; the first one is row %(row)d.") % {
                    "row": found[identity(entry)][0].number
                })  # fmt: skip
            else:
                found[identity(entry)] = (row, entry)
        return tuple(self._without_overlaps(table, found))

    def _one(self, table: Table, row: Row, make: Callable[[Row], Any]) -> Any:
        """Return the entry of a row, or ``None`` with its fault recorded."""
        try:
            _check_cells(table, row)
            return make(row)
        except _Bad as bad:
            if bad.why:
                self._fault(table, row, bad.column, bad.why)
            return None

    def _fault(self, table: Table, row: Row, column: str, why: str) -> None:
        headings = {one.name: str(one.heading) for one in table.columns}
        self.faults.append(RowFault(row.sheet, row.number, headings.get(column, column), row[column], why))

    def _conditions(self, rows: Rows) -> tuple[dict[tuple[str, ...], list[Condition]], set[tuple[str, ...]]]:
        """Return the sound conditions by class, and the classes of which a condition is not sound."""
        found: dict[tuple[str, ...], list[Condition]] = defaultdict(list)
        broken = set()
        for row in rows.get(CONDITIONS.name, ()):
            of = _class_of(row)
            one = self._one(CONDITIONS, row, _condition)
            if one is None:
                broken.add(of)
            elif any(one.key == other.key for other in found[of]):
                self._fault(CONDITIONS, row, "id", _("This class has a condition of that code already."))
                broken.add(of)
            else:
                found[of].append(one)
        return found, broken

    def _check_homeless(self, rows: Rows, context: "_Context") -> None:
        classes = {_class_of(row) for row in rows.get(CLASSES.name, ())}
        for row in rows.get(CONDITIONS.name, ()):
            if _class_of(row) not in classes | context.broken:
                self._fault(CONDITIONS, row, "code", _("The file has no row for this class on that day."))

    def _without_overlaps(self, table: Table, found: Mapping[tuple[Any, ...], tuple[Row, Any]]) -> Iterator[Any]:
        """Yield the entries whose days meet those of no other entry of the code, in the file or stored."""
        if table not in (BIG_CLASSES, CLASSES):
            yield from (entry for _row, entry in found.values())
            return
        stored = self.known.big_classes if table is BIG_CLASSES else self.known.categories
        by_code: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for one in stored:
            if identity(one) not in found:
                by_code[_place(one)].append(one)
        for row, entry in sorted(found.values(), key=lambda pair: pair[1].valid_from):
            other = next((one for one in by_code[_place(entry)] if _meet(one, entry)), None)
            if other is None:
                by_code[_place(entry)].append(entry)
                continue
            why = _(
                "Another row of this code holds from %(day)s. Give that row an end that is not later than this beginning."
            )
            self._fault(table, row, "valid_from", why % {"day": other.valid_from.isoformat()})
            del other
        accepted = {id(one) for ones in by_code.values() for one in ones}
        yield from (entry for _row, entry in found.values() if id(entry) in accepted)


def _meet(one: BigClass | Category, other: BigClass | Category) -> bool:
    """Whether both hold on some day."""
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def _place(one: BigClass | Category) -> tuple[str, str, str]:
    return one.scheme, one.type, one.code


def _class_of(row: Row) -> tuple[str, ...]:
    return (row["scheme"], row["type"], row["code"], row["valid_from"] or FIRST_DAY.isoformat())


def _check_cells(table: Table, row: Row) -> None:
    names = {column.name for column in table.columns}
    for name in row.cells:
        if name not in names:
            raise _Bad(name, _("There is no such column here."))
    for column in table.columns:
        if column.needed and not row[column.name]:
            raise _Bad(column.name, _("This may not be blank."))
        if len(row[column.name]) > column.longest:
            raise _Bad(column.name, _("At most %(longest)d characters.") % {"longest": column.longest})


def _word(row: Row, column: str, allowed: Iterable[str]) -> str:
    words = list(allowed)
    if row[column] and row[column] not in words:
        raise _Bad(column, _("Use one of: %(words)s.") % {"words": listed(words)})
    return row[column]


def _ident(row: Row, column: str) -> str:
    value = row[column]
    if not value.isascii() or not value.replace("_", "a").isalnum() or value != value.lower():
        raise _Bad(column, _("Small letters, digits and underscores only."))
    return value


def _number(row: Row, column: str) -> int:
    value = row[column] or "0"
    if not value.isascii() or not value.isdigit() or int(value) > 30_000:
        raise _Bad(column, _("A whole number from 0 to 30,000."))
    return int(value)


def _day(row: Row, column: str) -> date | None:
    if not row[column]:
        return None
    try:
        day = date.fromisoformat(row[column])
    except ValueError:
        raise _Bad(column, _("A date such as 2026-07-01.")) from None
    try:
        check_years(day)
    except InvalidInput as exc:
        raise _Bad(column, exc.message) from None
    return day


def _validity(row: Row) -> tuple[date, date | None]:
    begin, end = _day(row, "valid_from") or FIRST_DAY, _day(row, "valid_to")
    if end is not None and end <= begin:
        raise _Bad("valid_to", _("The end lies after the beginning."))
    return begin, end


def _several(row: Row, column: str) -> tuple[str, ...]:
    parts = row[column].replace(";", SEPARATOR).split(SEPARATOR)
    return tuple(part.strip() for part in parts if part.strip())


def _scheme(row: Row) -> SchemeInfo:
    begin, end = _day(row, "in_force_from"), _day(row, "in_force_to")
    if begin and end and end <= begin:
        raise _Bad("in_force_to", _("The end lies after the beginning."))
    big, small, part = (_number(row, f"{name}_digits") for name in ("big", "small", "part"))
    if big != 2 or not 1 <= small <= 6 or part != big + small + 12:
        why = _("A big class has 2 digits, a small class 1 to 6, a part code 12 more than both together.")
        raise _Bad("part_digits", why)
    unused = {kind: _several(row, f"unused_{kind}s") for kind in choices.ObjectType.values}
    return SchemeInfo(
        code=_ident(row, "code"),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        in_force_from=begin,
        in_force_to=end,
        big_digits=big,
        small_digits=small,
        part_digits=part,
        matter_digits=_number(row, "matter_digits"),
        extension=row["extension"],
        extension_first=_number(row, "extension_first"),
        extension_last=_number(row, "extension_last"),
        replaces=row["replaces"],
        source=row["source"],
        unused={kind: codes for kind, codes in unused.items() if codes},
    )


def _kind(row: Row) -> DepartmentKind:
    return DepartmentKind(_ident(row, "id"), row["name_zh"], row["name_en"])


def _big_class(row: Row, schemes: Mapping[str, SchemeInfo]) -> BigClass:
    scheme = _word(row, "scheme", schemes)
    code = row["code"]
    if len(code) != 2 or not code.isascii() or not code.isdigit():
        raise _Bad("code", _("A big class has 2 digits."))
    begin, end = _validity(row)
    kind = _word(row, "type", choices.ObjectType.values)
    return BigClass(scheme, kind, code, row["name_zh"], row["name_en"], row["note"], begin, end)


def _condition(row: Row) -> Condition:
    return Condition(
        key=condition_key(category_key(row["scheme"], row["type"], row["code"]), _ident(row, "id")),
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        closing_zh=row["closing_zh"],
        closing_en=row["closing_en"],
        limit=_limit(row),
        basis=_word(row, "basis", choices.LimitBasis.values),
        season=row["season"],
    )


def _limit(row: Row) -> TimeLimit:
    """Return the limit of a row: amount and unit, or what the text says where both are blank."""
    if row["amount"] or row["unit"]:
        amount, unit = row["amount"], _word(row, "unit", choices.TimeUnit.values)
        if not unit:
            raise _Bad("unit", _("This may not be blank."))
        if not amount.isascii() or not amount.isdigit() or not 0 < int(amount) <= 100_000:
            raise _Bad("amount", _("A limit is a whole number from 1 to 100,000."))
        return TimeLimit(int(amount), unit, row["limit_text"])
    if not row["limit_text"]:
        raise _Bad("amount", _("This may not be blank."))
    try:
        return parse_limit(row["limit_text"])
    except InvalidInput as exc:
        raise _Bad("limit_text", exc.message) from exc


@dataclass(frozen=True, slots=True)
class _Context:
    """What the rows of classes may refer to."""

    schemes: Mapping[str, SchemeInfo]
    kinds: set[str]
    big: set[tuple[str, str, str]]
    conditions: Mapping[tuple[str, ...], Sequence[Condition]]
    broken: set[tuple[str, ...]]

    def category(self, row: Row) -> Category:
        scheme = self.schemes[_word(row, "scheme", self.schemes)]
        kind = _word(row, "type", choices.ObjectType.values)
        self._check_code(row, scheme, kind)
        begin, end = _validity(row)
        geometry = _word(row, "geometry", choices.Geometry.values)
        if kind == choices.ObjectType.PART and not geometry:
            raise _Bad("geometry", _("A class of parts says whether they are points, lines or polygons."))
        return Category(
            key=category_key(scheme.code, kind, row["code"]),
            scheme=scheme.code,
            type=kind,
            big_code=row["code"][: scheme.big_digits],
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            big_name_zh="",
            big_name_en="",
            dept_kind=_word(row, "dept_kind", sorted(self.kinds)),
            conditions=self._conditions(row),
            aliases_zh=_several(row, "aliases_zh"),
            geometry=geometry,
            accuracy=_word(row, "accuracy", choices.Accuracy.values),
            part_code=self._part_code(row, scheme, kind),
            confidence=_word(row, "confidence", choices.Confidence.values),
            code_basis=_word(row, "code_basis", choices.CodeBasis.values),
            note=row["note"],
            valid_from=begin,
            valid_to=end,
        )

    def _check_code(self, row: Row, scheme: SchemeInfo, kind: str) -> None:
        if why := why_not_code(row["code"], kind, scheme.code_digits, scheme.unused):
            raise _Bad("code", why)
        if (scheme.code, kind, row["code"][: scheme.big_digits]) not in self.big:
            raise _Bad("code", _("The scheme has no big class for this code."))

    def _part_code(self, row: Row, scheme: SchemeInfo, kind: str) -> str:
        code = row["part_code"]
        if code and (kind != choices.ObjectType.EVENT or why_not_code(code, "part", scheme.code_digits, scheme.unused)):
            raise _Bad("part_code", _("Only a matter has this, and it is the code of a class of parts."))
        return code

    def _conditions(self, row: Row) -> tuple[Condition, ...]:
        of = _class_of(row)
        if of in self.broken:
            raise _Bad("", "")  # its condition is reported; half a class is not taken
        if not self.conditions.get(of):
            raise _Bad("code", _("This class has no filing condition; give it at least one."))
        return tuple(self.conditions[of])


def _correspondence(row: Row, schemes: Mapping[str, SchemeInfo], codes: set[tuple[str, str, str]]) -> Correspondence:
    kind = _word(row, "type", choices.ObjectType.values)
    sides = []
    for scheme, code in (("scheme", "code"), ("other_scheme", "other_code")):
        _word(row, scheme, schemes)
        if (row[scheme], kind, row[code]) not in codes:
            raise _Bad(code, _("The scheme has no class of this code."))
        sides.append((row[scheme], row[code]))
    if row["scheme"] == row["other_scheme"]:
        raise _Bad("other_scheme", _("A class corresponds to classes of other schemes only."))
    new, old = sorted(sides, reverse=True)
    return Correspondence(kind, *new, *old, _word(row, "basis", choices.CodeBasis.values))
