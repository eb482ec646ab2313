"""The tables of a catalogue's file, with their columns: what a sheet of the workbook and a section of the YAML file hold."""

from dataclasses import dataclass
from typing import Any

from cityloop.kernel.translation import lazy

FORMATS = ("yaml", "xlsx")
SEPARATOR = "；"
"""Between several values in one cell."""


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
OF_CLASS = ("scheme", "type", "code", "valid_from")
"""The columns by which a row of conditions finds its class."""
