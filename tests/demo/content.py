"""All that the cases of a city tell, without what is drawn anew each time: ids and salts."""

from collections import defaultdict
from typing import Any

import orjson

from cityloop.cases import models
from cityloop.organisation import queries as organisation

PERSONS = frozenset({"collector", "handler", "reporter_user", "by", "for"})
"""Under these names an event's body holds the id of a person."""

Told = tuple[Any, ...]


def told(jurisdiction: str) -> list[Told]:
    """Return what each event of a city tells, in the order of numbers, people by their account names."""
    rows = list(models.CaseEvent.objects.filter(jurisdiction=jurisdiction).order_by("case__number", "seq"))
    numbers = {case.pk: case.number for case in models.Case.objects.only("id", "number").order_by("id")}
    names = {person.id: person.username for person in organisation.people(_ids(rows)).values()}
    texts: dict[Any, list[tuple[str, str | None]]] = defaultdict(list)
    for text in models.CaseText.objects.order_by("case_id", "seq", "field"):
        texts[text.case_id, text.seq].append((text.field, text.text))
    ids = {str(key): number for key, number in numbers.items()}
    return [
        (
            numbers[row.case_id], row.seq, row.action, row.at, names.get(row.person or 0), row.post, row.via,
            row.from_state, row.to_state, row.key, texts[row.case_id, row.seq],
            orjson.dumps(_known(orjson.loads(row.body), names, ids), option=orjson.OPT_SORT_KEYS),
        )
        for row in rows
    ]  # fmt: skip


def _ids(rows: list[models.CaseEvent]) -> set[int]:
    """Return all whole numbers that may be the id of a person."""
    found = {row.person for row in rows if row.person}
    for row in rows:
        _collect(orjson.loads(row.body), found)
    return found


def _collect(value: Any, found: set[int]) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)
    elif isinstance(value, int) and not isinstance(value, bool):
        found.add(value)


def _known(value: Any, names: dict[int, str], ids: dict[str, str], under: str = "") -> Any:
    """Return ``value`` with people and cases by name instead of by id, and texts without their digests."""
    if under == "texts":
        return sorted(value)
    if isinstance(value, dict):
        return {name: _known(item, names, ids, "open" if under == "open" else name) for name, item in value.items()}
    if under == "open" and isinstance(value, list):
        kind, post, department, person, *rest = value
        return [kind, post, department, names.get(person, person), *rest]
    if under in PERSONS and isinstance(value, int):
        return names[value]
    if under == "master":
        return ids.get(value, value)
    return value
