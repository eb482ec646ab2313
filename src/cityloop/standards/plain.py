"""Between the tables and the plain values of ``rules``: one function each way for each table."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import singledispatch
from typing import Any

from cityloop.kernel.hashing import canonical, sha256
from cityloop.standards import models
from cityloop.standards.rules import (
    BigClass,
    Category,
    Condition,
    Correspondence,
    DepartmentKind,
    SchemeInfo,
    TimeLimit,
    category_key,
    condition_key,
)

Plain = SchemeInfo | DepartmentKind | BigClass | Category | Correspondence
"""One entry of a catalogue; a class brings its conditions."""


def bare(plain: Plain) -> Plain:
    """Return ``plain`` without what follows from other entries, so that equal content compares equal."""
    if isinstance(plain, Category):
        return replace(plain, big_name_zh="", big_name_en="", related={})
    return plain


def digest(plain: Plain) -> str:
    """Return the hex digest of the entry's own content."""
    return sha256(canonical(asdict(bare(plain)))).hex()


@singledispatch
def identity(plain: Any) -> tuple[Any, ...]:
    """Return what makes the entry this entry and no other, whatever it is called."""
    raise TypeError(plain)


@identity.register
def _(plain: SchemeInfo) -> tuple[Any, ...]:
    return (plain.code,)


@identity.register
def _(plain: DepartmentKind) -> tuple[Any, ...]:
    return (plain.id,)


@identity.register
def _(plain: BigClass) -> tuple[Any, ...]:
    return (plain.scheme, plain.type, plain.code, plain.valid_from)


@identity.register
def _(plain: Category) -> tuple[Any, ...]:
    return (plain.scheme, plain.type, plain.code, plain.valid_from)


@identity.register
def _(plain: Correspondence) -> tuple[Any, ...]:
    return (plain.type, plain.scheme, plain.code, plain.other_scheme, plain.other_code)


def fields(plain: Plain) -> dict[str, Any]:
    """Return the columns of the entry's row; a class's conditions have rows of their own (``condition_rows``)."""
    columns = asdict(bare(plain))
    if isinstance(plain, SchemeInfo):
        columns["unused"] = {kind: list(codes) for kind, codes in plain.unused.items()}
    if isinstance(plain, Category):
        for name in ("key", "big_name_zh", "big_name_en", "related", "conditions"):
            del columns[name]
        columns["aliases_zh"] = list(plain.aliases_zh)
    for name in ("scheme", "other_scheme", "dept_kind"):
        if name in columns:
            columns[f"{name}_id"] = columns.pop(name)
    return columns


def condition_rows(plain: Category, category_id: int) -> list[models.FilingCondition]:
    """Return the rows of a class's conditions, in their order, not yet saved."""
    return [
        models.FilingCondition(
            category_id=category_id,
            position=position,
            ident=one.id,
            text_zh=one.text_zh,
            text_en=one.text_en,
            closing_zh=one.closing_zh,
            closing_en=one.closing_en,
            amount=one.limit.amount,
            unit=one.limit.unit,
            limit_text=one.limit.text,
            basis=one.basis,
            season=one.season,
        )
        for position, one in enumerate(plain.conditions, start=1)
    ]


@singledispatch
def of_row(row: Any) -> Any:
    """Return the content of a row as a plain value; of a class see ``category``."""
    raise TypeError(row)


@of_row.register
def scheme(row: models.Scheme) -> SchemeInfo:
    return SchemeInfo(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
        big_digits=row.big_digits,
        small_digits=row.small_digits,
        part_digits=row.part_digits,
        matter_digits=row.matter_digits,
        extension=row.extension,
        extension_first=row.extension_first,
        extension_last=row.extension_last,
        replaces=row.replaces,
        source=row.source,
        unused={kind: tuple(codes) for kind, codes in row.unused.items()},
    )


@of_row.register
def department_kind(row: models.DepartmentKind) -> DepartmentKind:
    return DepartmentKind(row.id, row.name_zh, row.name_en)


@of_row.register
def big_class(row: models.BigClass) -> BigClass:
    return BigClass(row.scheme_id, row.type, row.code, row.name_zh, row.name_en, row.note, row.valid_from, row.valid_to)


@of_row.register
def correspondence(row: models.Correspondence) -> Correspondence:
    return Correspondence(row.type, row.scheme_id, row.code, row.other_scheme_id, row.other_code, row.basis)


def _condition(row: models.FilingCondition, category: str) -> Condition:
    return Condition(
        key=condition_key(category, row.ident),
        text_zh=row.text_zh,
        text_en=row.text_en,
        closing_zh=row.closing_zh,
        closing_en=row.closing_en,
        limit=TimeLimit(row.amount, row.unit, row.limit_text),
        basis=row.basis,
        season=row.season,
    )


def category(row: models.Category, conditions: Iterable[models.FilingCondition]) -> Category:
    """Return the edition as a plain value, without what follows from other tables (``bare``)."""
    key = category_key(row.scheme_id, row.type, row.code)
    return Category(
        key=key,
        scheme=row.scheme_id,
        type=row.type,
        big_code=row.big_code,
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        big_name_zh="",
        big_name_en="",
        dept_kind=row.dept_kind_id,
        conditions=tuple(_condition(one, key) for one in conditions),
        aliases_zh=tuple(row.aliases_zh),
        geometry=row.geometry,
        accuracy=row.accuracy,
        part_code=row.part_code,
        confidence=row.confidence,
        code_basis=row.code_basis,
        note=row.note,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
