"""Values of a city: its departments, its own classes and limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _
from cityloop.organisation.choices import OverrideKind
from cityloop.standards.rules import Category, Condition, TimeLimit, split_category_key


@dataclass(frozen=True, slots=True)
class Department:
    """A responsible body or a unit of one; ``path`` is ``"/12/40/"``, ids from the root down to its own."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    path: str
    is_active: bool
    credit_code: str = ""
    valid_from: date = date.min
    valid_to: date | None = None

    def works_on(self, day: date) -> bool:
        return self.is_active and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class ClassChange:
    """A class of the standard that a city does not use, or one that it adds, from a day until before another."""

    category: str
    kind: str
    added: Category | None
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """A city's own limit for a filing condition in a timing zone (``""``: in all), for a time."""

    condition: str
    timing_zone: str
    limit: TimeLimit
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def own_limit(limits: Iterable[OwnLimit], timing_zone: str, day: date) -> TimeLimit | None:
    """Return the limit that holds on ``day``: the zone's own before the one for all zones; None if the city has none."""
    in_force = {limit.timing_zone: limit.limit for limit in limits if limit.holds_on(day)}
    return in_force.get(timing_zone) or in_force.get("")


def apply_changes(standard: Mapping[str, Category], changes: Iterable[ClassChange], day: date) -> dict[str, Category]:
    """Return the classes in use on ``day``, by key: the standard's without the disabled ones, and the city's own."""
    classes = dict(standard)
    for change in changes:
        if not change.holds_on(day):
            continue
        if change.kind == OverrideKind.DISABLE:
            classes.pop(change.category, None)
        elif change.added is not None:
            classes[change.category] = with_big_name(change.added, standard)
    return classes


def with_big_name(category: Category, standard: Mapping[str, Category]) -> Category:
    """Return ``category`` under the name that the standard gives its big class, unless it brings one of its own."""
    if category.big_name_zh:
        return category
    for other in standard.values():
        if (other.scheme, other.type, other.big_code) == (category.scheme, category.type, category.big_code):
            return replace(category, big_name_zh=other.big_name_zh, big_name_en=other.big_name_en)
    return category


def own_category(key: str, definition: Any) -> Category:
    """Return the class that a city defines.

    Args:
        key: ``scheme/type/code``; the first two digits of the code are the big class.
        definition: ``{"name_zh", "dept_kind", "conditions": [{"id", "text_zh", "closing_zh", "limit": {"amount", "unit",
            "text"}}]}``; optional: ``name_en, big_name_zh, big_name_en, aliases_zh, geometry, note`` and, in a condition,
            ``text_en, closing_en``.

    Raises:
        InvalidInput: A field is missing, of another kind or unknown; each fault names its dotted path.
    """
    scheme, object_type, code = split_category_key(key)
    reader = _Reader()
    fields = reader.fields(definition, "definition", ("name_zh", "dept_kind", "conditions"), _OPTIONAL)
    conditions = reader.conditions(key, fields.get("conditions"))
    reader.refuse_if_faulty()
    return Category(
        key=key,
        scheme=scheme,
        type=object_type,
        big_code=code[:2],
        code=code,
        name_zh=fields["name_zh"],
        name_en=fields.get("name_en", ""),
        big_name_zh=fields.get("big_name_zh", ""),
        big_name_en=fields.get("big_name_en", ""),
        dept_kind=fields["dept_kind"],
        conditions=conditions,
        aliases_zh=tuple(fields.get("aliases_zh", ())),
        geometry=fields.get("geometry", ""),
        note=fields.get("note", ""),
    )


_OPTIONAL = ("name_en", "big_name_zh", "big_name_en", "aliases_zh", "geometry", "note")
_LISTS = ("conditions", "aliases_zh")


class _Reader:
    """Reads a definition and notes each fault with its place, so that people see all of them at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fields(self, value: Any, path: str, needed: Sequence[str], optional: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self.note(path, _("An object with named fields is needed here."), value)
            return {}
        for name in needed:
            if not value.get(name):
                self.note(f"{path}.{name}", _("This field is missing."))
        for name, item in value.items():
            if name not in needed and name not in optional:
                self.note(f"{path}.{name}", _("This field is unknown. Check its spelling or leave it out."))
            elif name in _LISTS and not isinstance(item, list):
                self.note(f"{path}.{name}", _("A list is needed here."), item)
            elif name not in _LISTS and name != "limit" and not isinstance(item, str):
                self.note(f"{path}.{name}", _("A text is needed here."), item)
        return dict(value)

    def conditions(self, key: str, value: Any) -> tuple[Condition, ...]:
        if not isinstance(value, list):
            return ()
        read = [self.condition(key, item, f"definition.conditions.{number}") for number, item in enumerate(value)]
        ids = [condition.id for condition in read if condition]
        for twice in {one for one in ids if ids.count(one) > 1}:
            self.note("definition.conditions", _("Two conditions have the same id."), twice)
        return tuple(condition for condition in read if condition)

    def condition(self, key: str, value: Any, path: str) -> Condition | None:
        before = len(self.faults)
        fields = self.fields(value, path, ("id", "text_zh", "closing_zh", "limit"), ("text_en", "closing_en"))
        limit = self.limit(fields.get("limit"), f"{path}.limit")
        if limit is None or len(self.faults) > before:
            return None
        return Condition(
            key=f"{key}#{fields['id']}",
            text_zh=fields["text_zh"],
            text_en=fields.get("text_en", ""),
            closing_zh=fields["closing_zh"],
            closing_en=fields.get("closing_en", ""),
            limit=limit,
            basis="local",
        )

    def limit(self, value: Any, path: str) -> TimeLimit | None:
        if not isinstance(value, Mapping):
            self.note(path, _("An object with named fields is needed here."), value)
            return None
        try:
            return TimeLimit(value.get("amount", 0), value.get("unit", ""), str(value.get("text", "")))
        except InvalidInput as exc:
            self.note(path, exc.message, value)
            return None

    def note(self, path: str, why: str, value: Any = "") -> None:
        self.faults.append(Fault(path, why, shown(value)))

    def refuse_if_faulty(self) -> None:
        if self.faults:
            first = self.faults[0]
            raise InvalidInput(
                _("This class cannot be used: %(field)s: %(why)s") % {"field": first.field, "why": first.why},
                faults=self.faults,
            )
