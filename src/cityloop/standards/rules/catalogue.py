"""The shape of a catalogue: schemes, big classes, classes with their filing conditions, and how schemes correspond."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules.limits import TimeLimit

FIRST_DAY = date(1970, 1, 1)
"""The day from which a row holds that has held as long as its scheme: older cases may be filed under a newer scheme."""


@dataclass(frozen=True, slots=True)
class SchemeInfo:
    """A classification standard. ``in_force_*`` say when it is law, which does not stop a city from using it."""

    code: str
    name_zh: str
    name_en: str
    in_force_from: date | None
    in_force_to: date | None
    big_digits: int
    small_digits: int
    part_digits: int
    matter_digits: int
    """Digits of a matter code; 0 where the scheme has none."""
    extension: str
    """How classes of a city's own are numbered, in words."""
    extension_first: int = 0
    """Own small classes are counted down from this number; 0 where the scheme opens big classes of its own instead."""
    extension_last: int = 0
    """The lowest number that an own small class may have; 0 where none is stated."""
    replaces: str = ""
    source: str = ""
    unused: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Codes by object type that the standard leaves out and nobody may take."""

    @property
    def code_digits(self) -> int:
        return self.big_digits + self.small_digits


@dataclass(frozen=True, slots=True)
class DepartmentKind:
    """A kind of department that classes are handed to until a city names its own."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class BigClass:
    """A big class (大类) of a scheme."""

    scheme: str
    type: str
    code: str
    name_zh: str
    name_en: str
    note: str = ""
    valid_from: date = FIRST_DAY
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A filing condition (立案条件) with its limit and its closing condition (结案条件). ``key`` is ``category#id``."""

    key: str
    text_zh: str
    text_en: str
    closing_zh: str
    closing_en: str
    limit: TimeLimit
    basis: str = ""
    season: str = ""

    @property
    def id(self) -> str:
        return self.key.partition("#")[2]


@dataclass(frozen=True, slots=True)
class Category:
    """A small class (小类) as it stands on some day. ``key`` is ``scheme/type/code``; the first condition is the default."""

    key: str
    scheme: str
    type: str
    big_code: str
    code: str
    name_zh: str
    name_en: str
    big_name_zh: str
    big_name_en: str
    dept_kind: str
    conditions: tuple[Condition, ...]
    aliases_zh: tuple[str, ...] = ()
    geometry: str = ""
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Codes of the same class in other schemes, by scheme; several where a class was split."""
    accuracy: str = ""
    part_code: str = ""
    """For a matter that says that a part is not in order: the code of the part's class in the same scheme."""
    confidence: str = ""
    code_basis: str = ""
    note: str = ""
    valid_from: date = FIRST_DAY
    valid_to: date | None = None

    @property
    def default_condition(self) -> Condition:
        return self.conditions[0]

    @property
    def part_key(self) -> str:
        """The key of the part's class whose disorder this matter is; ``""`` for all other classes."""
        return category_key(self.scheme, ObjectType.PART, self.part_code) if self.part_code else ""


@dataclass(frozen=True, slots=True, order=True)
class Correspondence:
    """One class of one scheme is what that class of another scheme was. Holds in both directions; many to many."""

    type: str
    scheme: str
    code: str
    other_scheme: str
    other_code: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows of one or more schemes, in the order in which they are written out."""

    schemes: tuple[SchemeInfo, ...] = ()
    department_kinds: tuple[DepartmentKind, ...] = ()
    big_classes: tuple[BigClass, ...] = ()
    categories: tuple[Category, ...] = ()
    correspondences: tuple[Correspondence, ...] = ()


def category_key(scheme: str, object_type: str, code: str) -> str:
    return f"{scheme}/{object_type}/{code}"


def condition_key(category: str, condition: str) -> str:
    return f"{category}#{condition}"


def relate(categories: Iterable[Category], pairs: Iterable[Correspondence]) -> list[Category]:
    """Return the classes with ``related`` filled from the pairs, both ways."""
    related: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        related[category_key(pair.scheme, pair.type, pair.code)][pair.other_scheme].append(pair.other_code)
        related[category_key(pair.other_scheme, pair.type, pair.other_code)][pair.scheme].append(pair.code)
    return [
        replace(one, related={scheme: tuple(sorted(codes)) for scheme, codes in related[one.key].items()})
        if one.key in related
        else one
        for one in categories
    ]


_CATEGORY_KEY = re.compile(r"([a-z0-9_]{1,32})/(part|event)/([0-9]{2,8})")


def split_category_key(key: str) -> tuple[str, str, str]:
    """Return scheme, type and code of a category key.

    Raises:
        InvalidInput: ``key`` is not of the form ``scheme/type/code``.
    """
    if not (match := _CATEGORY_KEY.fullmatch(key)):
        message = _("“%(value)s” is not a class key. Write scheme/type/code, such as gb47678_2026/part/01001.")
        raise InvalidInput(
            message % {"value": key[:80]}, faults=[Fault("category", _("is not written as scheme/type/code"), key[:80])]
        )
    return match[1], match[2], match[3]


def split_condition_key(key: str) -> tuple[str, str]:
    """Return category key and condition id of a condition key.

    Raises:
        InvalidInput: ``key`` is not of the form ``scheme/type/code#id``.
    """
    category, mark, name = key.partition("#")
    split_category_key(category)
    if not mark or not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        message = _(
            "“%(value)s” is not a condition key. Write class#condition, such as gb47678_2026/part/01001#cov_open."
        )
        raise InvalidInput(
            message % {"value": key[:80]}, faults=[Fault("condition", _("is not written as class#condition"), key[:80])]
        )
    return category, name


def why_not_code(code: str, object_type: str, digits: int, unused: Mapping[str, Iterable[str]]) -> str:
    """Return why a class of a scheme cannot have ``code``; ``""`` where it can.

    Args:
        code: The code of the class, big and small.
        object_type: ``part`` or ``event``.
        digits: How many digits a code of the scheme has.
        unused: Codes by type that the standard leaves out.
    """
    if not re.fullmatch(r"[0-9]+", code) or len(code) != digits:
        return _("A code of this scheme has %(digits)d digits.") % {"digits": digits}
    if code in unused.get(object_type, ()):
        return _("The standard leaves this number unused; nobody may take it.")
    return ""


def next_extension_code(scheme: SchemeInfo, object_type: str, big_code: str, taken: Iterable[str]) -> str:
    """Return the code for a new class of a city's own: the highest number of the extension range that is free.

    Args:
        scheme: Says from where own classes count down.
        object_type: ``part`` or ``event``; codes that the standard leaves unused there are passed over.
        big_code: The big class that the new class belongs to, two digits.
        taken: Codes in use for this type in the scheme and the city; of other big classes too, if that is easier.

    Raises:
        InvalidInput: The scheme numbers extensions in big classes of their own, or the range is full.
    Source:
        domain grid-and-codes 2.3.
    """
    used = {*taken, *scheme.unused.get(object_type, ())}
    for number in range(scheme.extension_first, max(scheme.extension_last, 1) - 1, -1):
        code = f"{big_code}{number:0{scheme.small_digits}}"
        if code not in used:
            return code
    message = _("No number is left for a class of your own under “%(big)s” in %(scheme)s. %(rule)s")
    words = {"big": big_code, "scheme": scheme.name_zh, "rule": scheme.extension}
    raise InvalidInput(message % words, faults=[Fault("big_code", _("no number is left"), big_code)])
