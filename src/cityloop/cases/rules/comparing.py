"""What one table says and another does not, by meaning: rows that came or went, and what of a row is other.

The order of rows means nothing and is not compared; the order of targets and of levels does, and each is compared whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cityloop.cases.rules.table import Label, Part, Table

SECTIONS = ("sources", "posts", "steps", "clocks", "flags", "lists", "states", "tasks", "applications", "actions")

WHOLE = frozenset({"to", "levels", "limit"})
"""Sequences whose order counts."""


class Difference(NamedTuple):
    """Something that only one of two tables says, or that each says otherwise.

    Attributes:
        section: Of the table: ``states``, ``settings`` …; ``""`` for its head.
        code: Of the row, or the setting's name.
        part: What of the row; ``""`` for the whole row.
        item: One of several in that part, such as a need's name; ``""`` for all of it.
        before, after: Parts of the tables or plain values; ``ABSENT`` where one of them has nothing there.
    """

    section: str
    code: str
    part: str
    item: str
    before: Any
    after: Any


class Absent:
    """Nothing, where ``None`` would be something."""


ABSENT = Absent()


def differences(before: Table, after: Table) -> Iterator[Difference]:
    """Yield in what ``after`` differs from ``before``, section by section, in the order of the rows."""
    for name in ("code", "title", "past"):
        if getattr(before, name) != getattr(after, name):
            yield Difference("", "", name, "", getattr(before, name), getattr(after, name))
    for name in type(before.settings).model_fields:
        old, new = getattr(before.settings, name), getattr(after.settings, name)
        if old != new:
            yield Difference("settings", name, "", "", old, new)
    for name in type(before.public_sees).model_fields:
        old, new = getattr(before.public_sees, name), getattr(after.public_sees, name)
        if set(old) != set(new):
            yield Difference("public_sees", name, "", "", old, new)
    for section in SECTIONS:
        yield from _rows(section, getattr(before, section), getattr(after, section))


def _rows(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for code in _keys(before, after):
        old, new = before.get(code, ABSENT), after.get(code, ABSENT)
        if old is ABSENT or new is ABSENT:
            yield Difference(section, code, "", "", old, new)
        elif old != new:
            if section == "lists":
                yield from _items(section, code, "", old, new)
            else:
                yield from _row(section, code, old, new)


def _row(section: str, code: str, before: Part, after: Part) -> Iterator[Difference]:
    fields = type(before).model_fields
    if isinstance(before, Label) and isinstance(after, Label) and (before.zh, before.en) != (after.zh, after.en):
        yield Difference(section, code, "name", "", Label(zh=before.zh, en=before.en), Label(zh=after.zh, en=after.en))
    for name in fields:
        old, new = getattr(before, name), getattr(after, name)
        if name in {"zh", "en", "code"} or old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _items(section, code, name, old, new)
        elif name not in WHOLE and isinstance(old, (tuple, frozenset)) and isinstance(new, (tuple, frozenset)):
            yield from (Difference(section, code, name, "", one, ABSENT) for one in _without(old, new))
            yield from (Difference(section, code, name, "", ABSENT, one) for one in _without(new, old))
        else:
            yield Difference(section, code, name, "", old, new)


def _items(
    section: str, code: str, part: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for item in _keys(before, after):
        old, new = before.get(item, ABSENT), after.get(item, ABSENT)
        if old != new:
            yield Difference(section, code, part, item, old, new)


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys((*before, *after)))


def _without(these: Any, others: Any) -> list[Any]:
    left = [one for one in these if one not in others]
    return sorted(left) if isinstance(these, frozenset) else left
