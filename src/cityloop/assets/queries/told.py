"""Values of a part in words: how it is, and how it was or would be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cityloop.assets.choices import Accuracy, DataSource
from cityloop.assets.queries.words import PartWords, state_words
from cityloop.assets.rules.attributes import EXTRAS, extras_of
from cityloop.assets.rules.values import UNITS, metres_apart, shape_of
from cityloop.kernel.translation import _, lazy

TITLES = {
    "name": lazy("Name"), "state": lazy("State"), "supervisor": lazy("Supervisor"), "owner": lazy("Owner"),
    "keeper": lazy("Keeper"), "source": lazy("Data source"), "accuracy": lazy("Accuracy of the position"),
    "remark": lazy("Remark"), "position": lazy("Position"), "unit_grid": lazy("Unit grid"), "street": lazy("Street"),
    "community": lazy("Community"), "valid_to": lazy("Gone since"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One attribute: what it is called, how it was and how it became; "" for nothing."""

    name: str
    title: str
    was: str
    becomes: str


def told_values(words: PartWords, scheme: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Told]:
    """Return in words what differs between two states of a part, each attribute once.

    Args:
        before: The values as they were; of what it does not name nothing is known.
        after: What is named here is told.
    """
    lines = []
    for name in _named(after):
        if name == "extras":
            lines += _extras(scheme, before.get("extras") or {}, after.get("extras") or {})
            continue
        was, becomes = (
            value_words(words, name, before),
            value_words(words, name, {**after, **_names_of(name, before, after)}),
        )
        if name == "position":
            was, becomes = "", _moved(before.get("position"), after["position"])
        if was != becomes:
            lines.append(Told(name, str(TITLES[name]), was, becomes))
    return lines


def _named(after: Mapping[str, Any]) -> list[str]:
    """Return what is told of ``after``, a unit's code and name as one thing, in the order of the titles."""
    named = {name.removesuffix("_name") if name.removesuffix("_name") in UNITS else name for name in after}
    return [name for name in (*TITLES, "extras") if name in named]


def _names_of(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return code and name of a unit where only one of the two changed: the other is still as it was."""
    if name not in UNITS:
        return {}
    return {key: after.get(key, before.get(key, "")) for key in (name, f"{name}_name")}


def _extras(scheme: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Told]:
    lines = []
    for one in extras_of(scheme):
        key = one.name.removeprefix(EXTRAS)
        was, becomes = extra_words(before.get(key)), extra_words(after.get(key))
        if was != becomes:
            lines.append(Told(one.name, one.title, was, becomes))
    return lines


def extra_words(value: Any) -> str:
    """Return a further attribute in words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value or "")


def value_words(words: PartWords, name: str, values: Mapping[str, Any]) -> str:
    """Return what ``values`` say of one attribute, in words; "" where they say nothing."""
    value = values.get(name) or ""
    if name in UNITS:
        return words.unit(value, values.get(f"{name}_name") or "")
    match name:
        case "state":
            return state_words(value)
        case "source":
            return str(DataSource(value).label) if value in DataSource.values else value
        case "accuracy":
            return str(Accuracy(value).label) if value in Accuracy.values else value
        case "street" | "community":
            return words.area(value)
        case "position":
            return place_words(value) if value else ""
        case _:
            return str(value)


def place_words(position: str) -> str:
    """Return a position in degrees; of a line or an area a point on it."""
    point = shape_of(position).representative_point()
    return f"{point.x:.6f}, {point.y:.6f}"


def _moved(was: Any, becomes: Any) -> str:
    if not becomes:
        return ""
    if not was:
        return place_words(becomes)
    metres = metres_apart(shape_of(was), shape_of(becomes))
    return _("%(place)s, %(metres).1f m from where it was") % {"place": place_words(becomes), "metres": metres}
