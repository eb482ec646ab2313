"""The catalogue that the package carries: YAML files in ``data/``, read, checked and unfolded. No database.

``parts.yaml`` and ``matters.yaml`` hold the 2026 classes with their codes in the older schemes, ``legacy.yaml`` what has no
successor. From them follow the matters about parts (part name + 异常), the classes of the older schemes, and the
correspondence between schemes.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.scalars import unreadable_line
from cityloop.kernel.translation import _
from cityloop.standards.choices import Accuracy, CodeBasis, Confidence, Geometry, LimitBasis, ObjectType
from cityloop.standards.rules import (
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
    relate,
)

DATA = Path(__file__).parent / "data"
"""Where the files lie."""

_Loader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the C one reads ten times as fast; not every build has it


@dataclass(slots=True)
class Problems:
    """Everything wrong with the files, each with file, entry and reason, so that one run shows all of it."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, entry: str, why: str, value: Any = "") -> None:
        self.found.append(Fault(f"{file}/{entry}", why, "" if value == "" else str(value)[:80]))

    def refuse(self) -> None:
        """Raise ``InvalidInput`` if anything was found."""
        if self.found:
            lines = [
                f"{fault.field}: {fault.why}" + (f" (“{fault.value}”)" if fault.value else "") for fault in self.found
            ]
            message = _("The catalogue of the package is not sound:\n%(lines)s") % {"lines": "\n".join(lines)}
            raise InvalidInput(message, faults=self.found)


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of a file, and where to report what is wrong with it."""

    file: str
    id: str
    data: Mapping[str, Any]
    problems: Problems

    def fault(self, why: str, value: Any = "") -> None:
        self.problems.add(self.file, self.id, why, value)

    def text(self, name: str, *, optional: bool = False) -> str:
        value = self.data.get(name)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(f"“{name}” must be a text", "" if value is None else value)
            return ""
        return value

    def word(self, name: str, allowed: Iterable[str], *, optional: bool = False) -> str:
        value = self.text(name, optional=optional)
        words = list(allowed)
        if value and value not in words:
            self.fault(f"“{name}” must be one of {', '.join(words)}", value)
        return value

    def number(self, name: str, *, optional: bool = False) -> int:
        value = self.data.get(name, 0 if optional else None)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(f"“{name}” must be a whole number", value)
            return 0
        return value

    def day(self, name: str) -> date | None:
        value = self.data.get(name)
        if value is not None and not isinstance(value, date):
            self.fault(f"“{name}” must be a date such as 2026-07-01", value)
            return None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.fault(f"“{name}” must be a list of texts", value)
            return ()
        return tuple(value)

    def only(self, *names: str) -> None:
        """Report what stands in the entry and means nothing: most often a slip in a name."""
        for name in self.data:
            if name not in names:
                self.fault(f"“{name}” is not known here")

    def inner(self, name: str, value: Any) -> "Entry":
        """Return a mapping inside this entry; an empty one, reported, if it is none."""
        if not isinstance(value, dict):
            self.fault(f"“{name}” must be a mapping", value)
            value = {}
        return Entry(self.file, f"{self.id}/{name}", value, self.problems)


@dataclass(frozen=True, slots=True)
class Class:
    """An entry of parts, matters or legacy, before it is unfolded into schemes."""

    entry: Entry
    type: str
    scheme: str
    name_zh: str
    name_en: str
    codes: Mapping[str, str]
    aliases_zh: tuple[str, ...]
    matter_zh: str
    dept_kind: str
    geometry: str
    accuracy: str
    conditions: tuple[Condition, ...]  # keys are bare ids until the class has a scheme
    confidence: str
    code_2013_basis: str
    note: str


def _load(folder: Path, file: str, problems: Problems, kind: type) -> Any:
    """Return the content of a file, of ``kind``; an empty one, reported, where it cannot be read."""
    try:
        data = yaml.load((folder / file).read_bytes(), _Loader)  # noqa: S506 - a safe loader, see above
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        problems.add(file, f"line {mark.line + 1}" if mark else "", "this is not YAML")
        return kind()
    except (ValueError, OverflowError):
        line = unreadable_line((folder / file).read_text(encoding="utf-8", errors="replace"))
        problems.add(file, f"line {line}", "YAML reads this as a date or a number, and it is none; put it in quotes")
        return kind()
    except OSError:
        problems.add(file, "", "the file is missing")
        return kind()
    if not isinstance(data, kind):
        problems.add(file, "", f"the file must hold a {'list' if kind is list else 'mapping'}")
        return kind()
    return data


def _entries(folder: Path, file: str, problems: Problems, *names: str) -> Iterator[Entry]:
    """Yield the mappings of a list file, each called by its fields ``names``; a name that comes twice is reported."""
    seen: set[str] = set()
    for number, data in enumerate(_load(folder, file, problems, list), start=1):
        if not isinstance(data, dict):
            problems.add(file, f"entry {number}", "an entry must be a mapping", data)
            continue
        name = " ".join(str(data[part]) for part in names if part in data) or f"entry {number}"
        if name in seen:
            problems.add(file, name, "stands here twice")
        seen.add(name)
        yield Entry(file, name, data, problems)


def _scheme(entry: Entry) -> tuple[SchemeInfo, Mapping[str, int]]:
    entry.only(
        "code", "zh", "en", "in_force_from", "in_force_to", "replaces", "big_digits", "small_digits", "part_digits",
        "matter_digits", "extension", "extension_first", "extension_last", "classes", "unused", "source",
    )  # fmt: skip
    unused = entry.inner("unused", entry.data.get("unused", {}))
    classes = entry.inner("classes", entry.data.get("classes", {}))
    scheme = SchemeInfo(
        code=entry.text("code"),
        name_zh=entry.text("zh"),
        name_en=entry.text("en"),
        in_force_from=entry.day("in_force_from"),
        in_force_to=entry.day("in_force_to"),
        big_digits=entry.number("big_digits"),
        small_digits=entry.number("small_digits"),
        part_digits=entry.number("part_digits"),
        matter_digits=entry.number("matter_digits"),
        extension=entry.text("extension"),
        extension_first=entry.number("extension_first", optional=True),
        extension_last=entry.number("extension_last", optional=True),
        replaces=entry.text("replaces", optional=True),
        source=entry.text("source"),
        unused={kind: unused.texts(kind) for kind in ObjectType.values if kind in unused.data},
    )
    identified = {kind: classes.inner(kind, classes.data.get(kind)).number("identified") for kind in ObjectType.values}
    return scheme, identified


def _named(entry: Entry, name: str = "name") -> tuple[str, str]:
    names = entry.inner(name, entry.data.get(name))
    names.only("zh", "en")
    return names.text("zh"), names.text("en")


def _limit(entry: Entry) -> TimeLimit | None:
    value = entry.data.get("limit")
    if not isinstance(value, list) or len(value) != 2:
        entry.fault("“limit” must be [amount, unit]", "" if value is None else value)
        return None
    try:
        return TimeLimit(*value)
    except InvalidInput as exc:
        entry.fault(exc.message)
        return None


def _condition(entry: Entry, templates: Mapping[str, Entry]) -> Condition | None:
    """Return one condition, its key still a bare id; its texts are its own or the template's of the same id."""
    entry.only("id", "limit", "basis", "season", "zh", "en", "closing_zh", "closing_en")
    name = entry.text("id")
    texts = entry if "zh" in entry.data else templates.get(name)
    if name and texts is None:
        entry.fault("has no text, and condition_templates.yaml has none of that id", name)
    limit = _limit(entry)
    if limit is None or texts is None or not name:
        return None
    return Condition(
        key=name,
        text_zh=texts.text("zh"),
        text_en=texts.text("en"),
        closing_zh=texts.text("closing_zh"),
        closing_en=texts.text("closing_en"),
        limit=limit,
        basis=entry.word("basis", LimitBasis.values),
        season=entry.text("season", optional=True),
    )


def _conditions(entry: Entry, templates: Mapping[str, Entry]) -> tuple[Condition, ...]:
    raw = entry.data.get("conditions")
    if not isinstance(raw, list) or not raw:
        entry.fault("needs at least one filing condition in “conditions”")
        return ()
    read = [_condition(entry.inner(f"condition {number}", data), templates) for number, data in enumerate(raw, start=1)]
    conditions = tuple(condition for condition in read if condition is not None)
    for name, times in Counter(condition.key for condition in conditions).items():
        if times > 1:
            entry.fault("two conditions have one id", name)
    return conditions


def _class(entry: Entry, kind: str, templates: Mapping[str, Entry]) -> Class:
    entry.only(
        "id", "scheme", "type", "name", "codes", "code_2013_basis", "aliases_zh", "matter_zh", "dept_kind", "geometry",
        "accuracy", "conditions", "confidence", "note",
    )  # fmt: skip
    name_zh, name_en = _named(entry)
    codes = entry.inner("codes", entry.data.get("codes"))
    is_part = kind == ObjectType.PART
    read = Class(
        entry=entry,
        type=kind,
        scheme=entry.text("scheme"),
        name_zh=name_zh,
        name_en=name_en,
        codes={scheme: codes.text(scheme) for scheme in codes.data},
        aliases_zh=entry.texts("aliases_zh"),
        matter_zh=entry.text("matter_zh", optional=not (is_part and entry.file == "parts.yaml")),
        dept_kind=entry.text("dept_kind"),
        geometry=entry.word("geometry", Geometry.values, optional=not is_part),
        accuracy=entry.word("accuracy", Accuracy.values, optional=not is_part),
        conditions=_conditions(entry, templates),
        confidence=entry.word("confidence", Confidence.values),
        code_2013_basis=entry.word("code_2013_basis", CodeBasis.values, optional=True),
        note=entry.text("note", optional=True),
    )
    if read.scheme not in read.codes:
        entry.fault("“codes” must name the code in the entry's own scheme", read.scheme)
    return read


def _classes(folder: Path, problems: Problems) -> list[Class]:
    texts = _load(folder, "condition_templates.yaml", problems, dict)
    templates = {
        name: Entry("condition_templates.yaml", name, value if isinstance(value, dict) else {}, problems)
        for name, value in texts.items()
    }
    kinds = {"parts.yaml": ObjectType.PART.value, "matters.yaml": ObjectType.EVENT.value, "legacy.yaml": ""}
    return [
        _class(entry, kind or entry.word("type", ObjectType.values), templates)
        for file, kind in kinds.items()
        for entry in _entries(folder, file, problems, "id")
    ]


def _in_scheme(one: Class, scheme: str, code: str, big: Mapping[tuple[str, str, str], BigClass]) -> Category:
    """Return the class as it stands in ``scheme``; what the older text called it we know only where older_names says."""
    key = category_key(scheme, one.type, code)
    above = big.get((scheme, one.type, code[:2]))
    basis = one.code_2013_basis if scheme == "gb30428_2013" else CodeBasis.SEEN.value
    return Category(
        key=key,
        scheme=scheme,
        type=one.type,
        big_code=code[:2],
        code=code,
        name_zh=one.name_zh,
        name_en=one.name_en,
        big_name_zh=above.name_zh if above else "",
        big_name_en=above.name_en if above else "",
        dept_kind=one.dept_kind,
        conditions=tuple(replace(each, key=condition_key(key, each.key)) for each in one.conditions),
        aliases_zh=one.aliases_zh,
        geometry=one.geometry,
        accuracy=one.accuracy,
        confidence=one.confidence,
        code_basis=CodeBasis.INFERRED.value if one.confidence == Confidence.DEFAULT else basis,
        note=one.note if scheme == one.scheme else "",
    )


def _matter(part: Category, name_zh: str, big: Mapping[tuple[str, str, str], BigClass]) -> Category:
    """Return the matter that says that a part is not in order: same number, same conditions and limits."""
    key = category_key(part.scheme, ObjectType.EVENT, part.code)
    above = big.get((part.scheme, ObjectType.EVENT, part.big_code))
    return replace(
        part,
        key=key,
        type=ObjectType.EVENT.value,
        name_zh=name_zh,
        name_en=f"{part.name_en}: out of order",
        big_name_zh=above.name_zh if above else "",
        big_name_en=above.name_en if above else "",
        conditions=tuple(replace(each, key=condition_key(key, each.id)) for each in part.conditions),
        aliases_zh=tuple(f"{alias}异常" for alias in part.aliases_zh),
        geometry="",
        accuracy="",
        related={},
        part_code=part.code,
    )


def _merged(classes: Sequence[Category], own: Entry | None) -> Category:
    """Return one older class that was later split: all conditions of its successors, the first one's wording winning."""
    if own is None:
        return classes[0]
    conditions = {each.id: each for one in reversed(classes) for each in one.conditions}
    order = dict.fromkeys(each.id for one in classes for each in one.conditions)
    name = own.text("zh")
    return replace(
        classes[0],
        name_zh=name,
        name_en=own.text("en"),
        dept_kind=own.text("dept_kind"),
        conditions=tuple(conditions[each] for each in order),
        aliases_zh=tuple(dict.fromkeys(alias for one in classes for alias in one.aliases_zh if alias != name)),
        note=own.text("note", optional=True),
    )


def _older_names(folder: Path, problems: Problems) -> dict[str, Entry]:
    found = {}
    for entry in _entries(folder, "older_names.yaml", problems, "scheme", "type", "code"):
        entry.only("scheme", "type", "code", "zh", "en", "dept_kind", "note")
        found[category_key(entry.text("scheme"), entry.text("type"), entry.text("code"))] = entry
    return found


def _categories(
    classes: Sequence[Class], names: Mapping[str, Entry], big: Mapping[tuple[str, str, str], BigClass]
) -> list[Category]:
    """Return the classes of all schemes; a code that two entries share needs a name of its own in older_names.yaml."""
    found: dict[str, list[Category]] = defaultdict(list)
    for one in classes:
        for scheme, code in one.codes.items():
            category = _in_scheme(one, scheme, code, big)
            if found[category.key] and category.key not in names:
                one.entry.fault("another entry has this code; if it was split later, name it in older_names.yaml", code)
            found[category.key].append(category)
            if one.matter_zh and scheme == one.scheme:
                matter = _matter(category, one.matter_zh, big)
                if found[matter.key]:
                    one.entry.fault("another matter has this code", code)
                found[matter.key].append(matter)
    for key, entry in names.items():
        if len(found.get(key, ())) < 2:
            entry.fault("no two entries share this code")
    return [_merged(same, names.get(key)) for key, same in found.items()]


def _correspondences(classes: Iterable[Class], order: Sequence[str]) -> tuple[Correspondence, ...]:
    """Return the pairs of codes of each entry, newer scheme first."""
    pairs = set()
    for one in classes:
        basis = one.code_2013_basis or CodeBasis.SEEN.value
        for new, old in combinations([scheme for scheme in order if scheme in one.codes], 2):
            seen = basis if "gb30428_2013" in (new, old) else CodeBasis.SEEN.value
            pairs.add(Correspondence(one.type, new, one.codes[new], old, one.codes[old], seen))
    return tuple(sorted(pairs, key=lambda pair: (order.index(pair.scheme), order.index(pair.other_scheme), pair)))


def _check_classes(
    classes: Iterable[Class],
    schemes: Mapping[str, SchemeInfo],
    kinds: Mapping[str, DepartmentKind],
    big: Mapping[tuple[str, str, str], BigClass],
) -> None:
    """Report codes that do not fit their scheme and names of things that do not exist."""
    for one in classes:
        if one.dept_kind and one.dept_kind not in kinds:
            one.entry.fault("“dept_kind” is none of department_kinds.yaml", one.dept_kind)
        for scheme, code in one.codes.items():
            info = schemes.get(scheme)
            if info is None:
                one.entry.fault("the scheme is none of schemes.yaml", scheme)
            elif not code.isascii() or not code.isdigit() or len(code) != info.code_digits:
                one.entry.fault(f"the code in {scheme} must have {info.code_digits} digits", code)
            elif code in info.unused.get(one.type, ()):
                one.entry.fault(f"{scheme} leaves this number unused; it may not be taken", code)
            elif (scheme, one.type, code[:2]) not in big:
                one.entry.fault(f"{scheme} has no big class for this code", code)


def _check_counts(
    categories: Iterable[Category], identified: Mapping[str, Mapping[str, int]], problems: Problems
) -> None:
    counts = Counter((one.scheme, one.type) for one in categories)
    for scheme, wanted in identified.items():
        for kind, number in wanted.items():
            if counts[scheme, kind] != number:
                problems.add(
                    "schemes.yaml", scheme, f"says {number} {kind} classes, the files hold {counts[scheme, kind]}"
                )


def _department_kinds(folder: Path, problems: Problems) -> tuple[DepartmentKind, ...]:
    kinds = []
    for entry in _entries(folder, "department_kinds.yaml", problems, "id"):
        entry.only("id", "zh", "en")
        kinds.append(DepartmentKind(entry.text("id"), entry.text("zh"), entry.text("en")))
    return tuple(kinds)


def _big_classes(folder: Path, problems: Problems, schemes: Mapping[str, SchemeInfo]) -> tuple[BigClass, ...]:
    found = []
    for entry in _entries(folder, "big_classes.yaml", problems, "scheme", "type", "code"):
        entry.only("scheme", "type", "code", "zh", "en", "note")
        scheme = entry.word("scheme", schemes)
        kind = entry.word("type", ObjectType.values)
        note = entry.text("note", optional=True)
        found.append(BigClass(scheme, kind, entry.text("code"), entry.text("zh"), entry.text("en"), note))
    return tuple(found)


def read_package(folder: Path) -> Catalogue:
    """Return the catalogue whose files lie in ``folder``, unfolded into all its schemes.

    Raises:
        InvalidInput: With a fault for everything that is wrong: file, entry, reason, value.
    """
    problems = Problems()
    read = [_scheme(entry) for entry in _entries(folder, "schemes.yaml", problems, "code")]
    schemes = {scheme.code: scheme for scheme, _counts in read}
    kinds = _department_kinds(folder, problems)
    big_classes = _big_classes(folder, problems, schemes)
    big = {(one.scheme, one.type, one.code): one for one in big_classes}
    classes = _classes(folder, problems)
    _check_classes(classes, schemes, {kind.id: kind for kind in kinds}, big)
    problems.refuse()  # what follows builds on sound entries
    order = list(schemes)
    categories = _categories(classes, _older_names(folder, problems), big)
    _check_counts(categories, {scheme.code: counts for scheme, counts in read}, problems)
    problems.refuse()
    pairs = _correspondences(classes, order)
    categories.sort(key=lambda one: (order.index(one.scheme), ObjectType.values.index(one.type), one.code))
    return Catalogue(tuple(schemes.values()), kinds, big_classes, tuple(relate(categories, pairs)), pairs)


@functools.cache
def package() -> Catalogue:
    """Return the catalogue of this package; read once in a process."""
    return read_package(DATA)


@functools.cache
def extension_examples() -> tuple[BigClass, ...]:
    """Return how one city numbers classes of its own (scheme, type, code, names): examples, never classes here."""
    problems = Problems()
    found = [
        BigClass(entry.text("scheme"), entry.text("type"), entry.text("code"), entry.text("zh"), entry.text("en"))
        for entry in _entries(DATA, "extension_examples.yaml", problems, "type", "code")
    ]
    problems.refuse()
    return tuple(found)
