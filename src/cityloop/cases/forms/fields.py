"""What an action asks for as fields of a page, all from the table: a city that adds a need finds it in the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cityloop.cases.queries.said import label_of
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.files import kind_of_shot
from cityloop.cases.rules.handing_on import units_to_hand_to
from cityloop.cases.rules.table import Action, Need
from cityloop.kernel.translation import _
from cityloop.organisation.queries import people
from cityloop.organisation.rules.city import Department

FEW = 10
"""Numbers that are offered one by one; of more, one is typed."""

LONG = 500
"""Characters beyond which a text is typed into an area of several lines."""

ACCEPTS: Mapping[str, str] = {"photo": "image/*", "video": "video/*", "sound": "audio/*"}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked for.

    Args:
        kind: The type of the need, or ``area`` for a long text.
        value: What the page shows in it: what was typed, or what the case says already.
        kinds: Of photos: which.
        accept: Of photos: what the browser offers to choose from.
        wrong: Why it was not taken; "" where nothing was wrong.
        note: Who reads it, where that is not the staff alone; what a number means.
        nothing: Why there is nothing to choose from.
    """

    name: str
    label: str
    kind: str
    required: bool
    value: Any = ""
    options: Sequence[Option] = ()
    kinds: Sequence[Option] = ()
    accept: str = ""
    most: int = 0
    wrong: str = ""
    note: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What a form is filled with.

    Args:
        required: Inputs that are asked for now, beside those that always are.
        known: What the case says already, by input.
        typed: What was sent before, by input.
        wrong: Why it was not taken, by input.
        sources: Those that the reader may name.
        notes: What is added to a department's name, by code: how much lies with it.
        holder: Code of the department that has the case, where it is handed on from there.
        me: Who hands it on: it is not offered to them.
    """

    required: Sequence[str] = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    holder: str = ""
    me: int | None = None


def fields_of(action: Action, words: Words, given: Given) -> list[Field]:
    """Return the fields of an action in the order of its table: one query for each post that people are chosen from."""
    return [_field(need, words, given) for need in action.needs.values()]


def _field(need: Need, words: Words, given: Given) -> Field:
    options = _options(need, words, given)
    return Field(
        name=need.name,
        label=label_of(need.name),
        kind=_kind(need),
        required=need.required or need.name in given.required or (isinstance(need.least, int) and need.least > 0),
        value=given.typed.get(need.name, given.known.get(need.name, "")),
        options=options,
        kinds=[Option(kind, kind_of_shot(kind)) for kind in need.kinds],
        accept=",".join(ACCEPTS[kind] for kind in need.files) if need.type == "photos" else "",
        most=need.max,
        wrong=given.wrong.get(need.name, ""),
        note=_note(need, words),
        nothing="" if options else _nothing(need, words, given),
    )


def _kind(need: Need) -> str:
    if need.type == "text" and need.max > LONG:
        return "area"
    return "choice" if _is_grade(need) else need.type


def _is_grade(need: Need) -> bool:
    """Return whether one of a few numbers is asked for: they are offered, nobody has to guess them."""
    return need.type == "integer" and need.max - need.min < FEW


def _nothing(need: Need, words: Words, given: Given) -> str:
    """Return why nobody and nothing can be chosen where a case is handed on, else ""."""
    own = words.city.department(given.holder)
    if own is None:
        return ""
    if need.below:
        if need.beside and own.parent_id is not None:
            return _("%(department)s has no unit below it, and none beside it.") % {"department": own.name}
        return _("%(department)s has no unit below it.") % {"department": own.name}
    if _is_hands(need, words):
        named = {"post": words.loop.posts[need.post].words, "department": own.name}
        if given.me in words.city.city.holders(need.post):
            return _("Nobody but you is “%(post)s” in %(department)s or its units.") % named
        return _("Nobody is “%(post)s” in %(department)s or its units.") % named
    return ""


def _is_hands(need: Need, words: Words) -> bool:
    """Return whether a person is asked for who works for the department that has the case."""
    return need.type == "person" and words.loop.posts[need.post].within == "assigned_handler"


def _note(need: Need, words: Words) -> str:
    if _is_grade(need):
        return _("The highest number weighs most.")
    if need.type == "text" and need.name in words.loop.public_sees.inputs:
        return _("Whoever reported reads this, word for word; what stands in the other fields stays with the staff.")
    return ""


WHO, WHERE_AND_WHAT = ("source", "reporter"), ("text", "point", "category", "condition", "area")
FOUND, SHOWN = ("point", "text", "category", "condition"), ("photos", "area")


def as_called(fields: Sequence[Field]) -> list[list[Field]]:
    """Return the fields of a report in the order in which a caller tells them: who calls; where and what; all the rest."""
    return _in_parts(fields, WHO, WHERE_AND_WHAT)


def as_found(fields: Sequence[Field]) -> list[list[Field]]:
    """Return the fields of a report in the order of somebody who stands before it: where and what; what shows it; all the rest."""
    return _in_parts(fields, FOUND, SHOWN)


def _in_parts(fields: Sequence[Field], *parts: Sequence[str]) -> list[list[Field]]:
    told = [[one for kind in kinds for one in fields if one.kind == kind] for kinds in parts]
    rest = [one for one in fields if not any(one.kind in kinds for kinds in parts)]
    return [part for part in (*told, rest) if part]


def _options(need: Need, words: Words, given: Given) -> list[Option]:
    loop, city = words.loop, words.city
    match need.type:
        case "choice" if need.of:
            return [Option(code, words.label(label)) for code, label in loop.lists[need.of].items()]
        case "choice":
            return [Option(code, words.state(code).name if code in loop.states else code) for code in need.options]
        case "integer" if _is_grade(need):
            return [Option(str(number), str(number)) for number in range(need.min, need.max + 1)]
        case "source":
            return [Option(code, words.source(code).name) for code in given.sources]
        case "department" if need.below and given.holder:
            own = city.department(given.holder)
            units = units_to_hand_to(need, own, city.city.departments.values())
            return [Option(one.code, _unit_words(one, own, city.city.departments)) for one in units]
        case "department" | "departments":
            active = [one for one in city.city.departments.values() if one.is_active]
            return [
                Option(one.code, " · ".join(filter(None, (one.name, given.notes.get(one.code)))))
                for one in sorted(active, key=lambda one: one.path)
            ]
        case "person" if given.holder and _is_hands(need, words):
            return _people_of(need, words, given)
        case "person":
            return [Option(str(one.id), one.name) for one in people(city.city.holders(need.post)).values()]
        case _:
            return []


def _unit_words(unit: Department, own: Department | None, departments: Mapping[int, Department]) -> str:
    """Return the name of a unit; of one deeper in the tree, or beside the department, under whose name it stands."""
    above = departments.get(unit.parent_id or 0)
    return unit.name if above is None or own is None or above.id == own.id else f"{above.name} · {unit.name}"


def _people_of(need: Need, words: Words, given: Given) -> list[Option]:
    """Return who of the department that has the case, or of its units, may be given the work, each with their unit; not oneself."""
    city = words.city
    holders = city.city.holders(need.post)
    may = [one for one in holders if one != given.me and city.holds_post(one, need.post, given.holder)]
    unit_of: dict[int, Department] = {}
    for unit in sorted(city.city.departments.values(), key=lambda one: one.path):
        unit_of |= {person: unit for person in city.city.holders(need.post, unit.id) if person in may}
    found = sorted(people(may).values(), key=lambda one: unit_of[one.id].path)
    return [Option(str(one.id), f"{one.name} · {unit_of[one.id].name}") for one in found]
