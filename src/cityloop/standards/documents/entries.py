"""Rows made into the entries of a catalogue: schemes, kinds of departments, classes, conditions, correspondences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.sheets import Row
from cityloop.kernel.translation import _
from cityloop.standards import choices
from cityloop.standards.documents.cells import Bad, day, ident, number, several, validity, word
from cityloop.standards.rules import (
    FIRST_DAY,
    BigClass,
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


def place(one: BigClass | Category) -> tuple[str, str, str]:
    return one.scheme, one.type, one.code


def class_of(row: Row) -> tuple[str, ...]:
    return (row["scheme"], row["type"], row["code"], row["valid_from"] or FIRST_DAY.isoformat())


def scheme(row: Row) -> SchemeInfo:
    begin, end = day(row, "in_force_from"), day(row, "in_force_to")
    if begin and end and end <= begin:
        raise Bad("in_force_to", _("The end lies after the beginning."))
    big, small, part = (number(row, f"{name}_digits") for name in ("big", "small", "part"))
    if big != 2 or not 1 <= small <= 6 or part != big + small + 12:
        why = _("A big class has 2 digits, a small class 1 to 6, a part code 12 more than both together.")
        raise Bad("part_digits", why)
    unused = {kind: several(row, f"unused_{kind}s") for kind in choices.ObjectType.values}
    return SchemeInfo(
        code=ident(row, "code"),
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        in_force_from=begin,
        in_force_to=end,
        big_digits=big,
        small_digits=small,
        part_digits=part,
        matter_digits=number(row, "matter_digits"),
        extension=row["extension"],
        extension_first=number(row, "extension_first"),
        extension_last=number(row, "extension_last"),
        replaces=row["replaces"],
        source=row["source"],
        unused={kind: codes for kind, codes in unused.items() if codes},
    )


def kind(row: Row) -> DepartmentKind:
    return DepartmentKind(ident(row, "id"), row["name_zh"], row["name_en"])


def big_class(row: Row, schemes: Mapping[str, SchemeInfo]) -> BigClass:
    scheme = word(row, "scheme", schemes)
    code = row["code"]
    if len(code) != 2 or not code.isascii() or not code.isdigit():
        raise Bad("code", _("A big class has 2 digits."))
    begin, end = validity(row)
    kind = word(row, "type", choices.ObjectType.values)
    return BigClass(scheme, kind, code, row["name_zh"], row["name_en"], row["note"], begin, end)


def condition(row: Row) -> Condition:
    return Condition(
        key=condition_key(category_key(row["scheme"], row["type"], row["code"]), ident(row, "id")),
        text_zh=row["text_zh"],
        text_en=row["text_en"],
        closing_zh=row["closing_zh"],
        closing_en=row["closing_en"],
        limit=_limit(row),
        basis=word(row, "basis", choices.LimitBasis.values),
        season=row["season"],
    )


def _limit(row: Row) -> TimeLimit:
    """Return the limit of a row: amount and unit, or what the text says where both are blank."""
    if row["amount"] or row["unit"]:
        amount, unit = row["amount"], word(row, "unit", choices.TimeUnit.values)
        if not unit:
            raise Bad("unit", _("This may not be blank."))
        if not amount.isascii() or not amount.isdigit() or not 0 < int(amount) <= 100_000:
            raise Bad("amount", _("A limit is a whole number from 1 to 100,000."))
        return TimeLimit(int(amount), unit, row["limit_text"])
    if not row["limit_text"]:
        raise Bad("amount", _("This may not be blank."))
    try:
        return parse_limit(row["limit_text"])
    except InvalidInput as exc:
        raise Bad("limit_text", exc.message) from exc


@dataclass(frozen=True, slots=True)
class Context:
    """What the rows of classes may refer to."""

    schemes: Mapping[str, SchemeInfo]
    kinds: set[str]
    big: set[tuple[str, str, str]]
    conditions: Mapping[tuple[str, ...], Sequence[Condition]]
    broken: set[tuple[str, ...]]

    def category(self, row: Row) -> Category:
        scheme = self.schemes[word(row, "scheme", self.schemes)]
        kind = word(row, "type", choices.ObjectType.values)
        self._check_code(row, scheme, kind)
        begin, end = validity(row)
        geometry = word(row, "geometry", choices.Geometry.values)
        if kind == choices.ObjectType.PART and not geometry:
            raise Bad("geometry", _("A class of parts says whether they are points, lines or polygons."))
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
            dept_kind=word(row, "dept_kind", sorted(self.kinds)),
            conditions=self._conditions(row),
            aliases_zh=several(row, "aliases_zh"),
            geometry=geometry,
            accuracy=word(row, "accuracy", choices.Accuracy.values),
            part_code=self._part_code(row, scheme, kind),
            confidence=word(row, "confidence", choices.Confidence.values),
            code_basis=word(row, "code_basis", choices.CodeBasis.values),
            note=row["note"],
            valid_from=begin,
            valid_to=end,
        )

    def _check_code(self, row: Row, scheme: SchemeInfo, kind: str) -> None:
        if why := why_not_code(row["code"], kind, scheme.code_digits, scheme.unused):
            raise Bad("code", why)
        if (scheme.code, kind, row["code"][: scheme.big_digits]) not in self.big:
            raise Bad("code", _("The scheme has no big class for this code."))

    def _part_code(self, row: Row, scheme: SchemeInfo, kind: str) -> str:
        code = row["part_code"]
        if code and (kind != choices.ObjectType.EVENT or why_not_code(code, "part", scheme.code_digits, scheme.unused)):
            raise Bad("part_code", _("Only a matter has this, and it is the code of a class of parts."))
        return code

    def _conditions(self, row: Row) -> tuple[Condition, ...]:
        of = class_of(row)
        if of in self.broken:
            raise Bad("", "")  # its condition is reported; half a class is not taken
        if not self.conditions.get(of):
            raise Bad("code", _("This class has no filing condition; give it at least one."))
        return tuple(self.conditions[of])


def correspondence(row: Row, schemes: Mapping[str, SchemeInfo], codes: set[tuple[str, str, str]]) -> Correspondence:
    kind = word(row, "type", choices.ObjectType.values)
    sides = []
    for scheme, code in (("scheme", "code"), ("other_scheme", "other_code")):
        word(row, scheme, schemes)
        if (row[scheme], kind, row[code]) not in codes:
            raise Bad(code, _("The scheme has no class of this code."))
        sides.append((row[scheme], row[code]))
    if row["scheme"] == row["other_scheme"]:
        raise Bad("other_scheme", _("A class corresponds to classes of other schemes only."))
    new, old = sorted(sides, reverse=True)
    return Correspondence(kind, *new, *old, word(row, "basis", choices.CodeBasis.values))
