"""What an action asks for as fields of a page, all from the table: a city that adds a need finds it in the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cityloop.cases.queries.said import kind_of_shot, label_of
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.table import Action, Need
from cityloop.kernel.translation import _
from cityloop.organisation.queries import people

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
        note: Who reads it, where that is not the staff alone.
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
    """

    required: Sequence[str] = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


def fields_of(action: Action, words: Words, given: Given) -> list[Field]:
    """Return the fields of an action in the order of its table: one query for each post that people are chosen from."""
    return [_field(need, words, given) for need in action.needs.values()]


def _field(need: Need, words: Words, given: Given) -> Field:
    return Field(
        name=need.name,
        label=label_of(need.name),
        kind="area" if need.type == "text" and need.max > LONG else need.type,
        required=need.required or need.name in given.required,
        value=given.typed.get(need.name, given.known.get(need.name, "")),
        options=_options(need, words, given),
        kinds=[Option(kind, kind_of_shot(kind)) for kind in need.kinds],
        accept=",".join(ACCEPTS[kind] for kind in need.files) if need.type == "photos" else "",
        most=need.max,
        wrong=given.wrong.get(need.name, ""),
        note=_read_by(need, words),
    )


def _read_by(need: Need, words: Words) -> str:
    if need.type == "text" and need.name in words.loop.public_sees.inputs:
        return _("Whoever reported reads this, word for word; what stands in the other fields stays with the staff.")
    return ""


WHO, WHERE_AND_WHAT = ("source", "reporter"), ("text", "point", "category", "condition", "area")


def as_called(fields: Sequence[Field]) -> list[list[Field]]:
    """Return the fields of a report in the order in which a caller tells them: who calls; where and what; all the rest."""
    told = [[one for kind in kinds for one in fields if one.kind == kind] for kinds in (WHO, WHERE_AND_WHAT)]
    rest = [one for one in fields if one.kind not in {*WHO, *WHERE_AND_WHAT}]
    return [part for part in (*told, rest) if part]


def _options(need: Need, words: Words, given: Given) -> list[Option]:
    loop, city = words.loop, words.city
    match need.type:
        case "choice" if need.of:
            return [Option(code, words.label(label)) for code, label in loop.lists[need.of].items()]
        case "choice":
            return [Option(code, words.state(code).name if code in loop.states else code) for code in need.options]
        case "source":
            return [Option(code, words.source(code).name) for code in given.sources]
        case "department" | "departments":
            active = [one for one in city.city.departments.values() if one.is_active]
            return [
                Option(one.code, " · ".join(filter(None, (one.name, given.notes.get(one.code)))))
                for one in sorted(active, key=lambda one: one.path)
            ]
        case "person":
            return [Option(str(one.id), one.name) for one in people(city.city.holders(need.post)).values()]
        case _:
            return []
