"""What a part is, as plain values: how two differ, what one was on a day, whether a change can be taken back.

Values are what JSON can hold: a position as WKT in degrees, a day as ISO 8601, nothing as ``""`` or None.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import shapely

from cityloop.assets.choices import Accuracy, ChangeKind, DataSource, PartState
from cityloop.assets.rules.attributes import EXTRAS, attributes_of, extras_of
from cityloop.geography.rules.shapes import LINE, POINT, POLYGON, column, metres_per_degree, unmappable
from cityloop.kernel.errors import Fault
from cityloop.kernel.translation import _, listed

Values = Mapping[str, Any]

UNITS = ("supervisor", "owner", "keeper")
TYPED = (
    "name", "state", "supervisor", "supervisor_name", "owner", "owner_name", "keeper", "keeper_name", "source", "accuracy",
    "remark", "extras",
)  # fmt: skip
"""What people type of a part, beside its position."""

DERIVED = ("unit_grid", "street", "community", "valid_to")
"""What follows from the position, or from its being gone."""

TRACKED = (*TYPED, "position", *DERIVED)
"""All that a history keeps."""

LONGEST = {"name": 100, "supervisor_name": 100, "owner_name": 100, "keeper_name": 100, "remark": 1000}
"""Characters that the registry holds, where a scheme does not say less."""

DIGITS = 9
"""Of a degree: a tenth of a millimetre."""


class Past(NamedTuple):
    """A change as its part's past needs it."""

    day: date
    before: Values


def difference(before: Values, after: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of ``before`` is otherwise in ``after``, and what it is there; what ``after`` does not name stays."""
    changed = [name for name in TRACKED if name in after and before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


def kind_of(before: Values, after: Values) -> ChangeKind:
    """Return what a change is called: gone before moved, moved before all else."""
    if not before:
        return ChangeKind.NEW
    if after.get("valid_to"):
        return ChangeKind.GONE
    return ChangeKind.MOVED if "position" in after else ChangeKind.CHANGED


def as_of(now: Values, changes: Iterable[Past], day: date) -> dict[str, Any]:
    """Return what a part was at the end of ``day``.

    Args:
        now: What it is.
        changes: Its changes, the newest first.
    """
    was = dict(now)
    for one in changes:
        if one.day > day:
            was |= one.before
    return was


def why_not_undone(now: Values, before: Values, after: Values) -> str:
    """Return why a change cannot be taken back, "" where it can: what it made must still be so."""
    if not before:
        return _("This is how the part came into the registry. Take the part itself out, with a reason.")
    if any(now.get(name) != value for name, value in after.items()):
        return _("It was changed again since. Take the later change back first.")
    return ""


# --- positions


def as_position(shape: Any) -> str:
    """Return a shapely geometry as WKT in degrees."""
    text: str = shapely.to_wkt(shapely.force_2d(shape), rounding_precision=DIGITS)
    return text


def shape_of(position: str) -> Any:
    """Return the shapely geometry that ``as_position`` wrote."""
    return shapely.from_wkt(position)


def metres_apart(one: Any, other: Any) -> float:
    """Return how far two shapes lie apart, by points on them, in metres: for short distances."""
    a, b = one.representative_point(), other.representative_point()
    per_lon, per_lat = metres_per_degree(a.y)
    distance: float = ((a.x - b.x) ** 2 * per_lon**2 + (a.y - b.y) ** 2 * per_lat**2) ** 0.5
    return distance


# --- checks


def faults_in(values: Values, scheme: str, departments: Iterable[str]) -> list[Fault]:
    """Return what of typed values cannot be kept, each with its field.

    Args:
        departments: Codes of the city's.
    """
    known = {"", *departments}
    faults = [Fault(name, _("is no attribute of a part"), str(name)) for name in values if name not in TRACKED]
    faults += [
        Fault(name, _("the city has no department with this code"), str(values[name])[:80])
        for name in UNITS
        if values.get(name, "") not in known
    ]
    for name, allowed in (
        ("state", PartState.values),
        ("source", ["", *DataSource.values]),
        ("accuracy", ["", *Accuracy.values]),
    ):
        if name in values and values[name] not in allowed:
            faults.append(
                Fault(
                    name,
                    _("is none of: %(words)s") % {"words": listed(filter(None, allowed))},
                    str(values[name])[:80],
                )
            )
    faults += _too_long(values, scheme)
    if "extras" in values:
        faults += _wrong_extras(values["extras"], scheme)
    return faults


def _too_long(values: Values, scheme: str) -> list[Fault]:
    lengths = LONGEST | {
        one.name: min(one.length, LONGEST[one.name]) for one in attributes_of(scheme) if one.name in LONGEST
    }
    found = []
    for name, most in lengths.items():
        text = values.get(name) or ""
        if not isinstance(text, str):
            found.append(Fault(name, _("is no text"), str(text)[:80]))
        elif len(text) > most:
            words = _("is too long: %(count)d characters, at most %(max)d") % {"count": len(text), "max": most}
            found.append(Fault(name, words, text[:80]))
        elif "\0" in text:
            found.append(Fault(name, _("holds a sign that no text has"), text[:80]))
    return found


def _wrong_extras(extras: Any, scheme: str) -> list[Fault]:
    if extras is None:
        return []
    if not isinstance(extras, Mapping):
        return [Fault("extras", _("An object with named fields is needed here."), str(extras)[:80])]
    known = {one.name.removeprefix(EXTRAS): one for one in extras_of(scheme)}
    found = []
    for name, value in extras.items():
        field = f"{EXTRAS}{name}"
        if name not in known:
            found.append(Fault(field, _("this scheme has no such attribute"), str(value)[:80]))
        elif known[name].type == "flag":
            if not isinstance(value, bool):
                found.append(Fault(field, _("is yes or no"), str(value)[:80]))
        elif not isinstance(value, str) or len(value) > known[name].length or "\0" in value:
            found.append(
                Fault(
                    field, _("is no text of at most %(max)d characters") % {"max": known[name].length}, str(value)[:80]
                )
            )
    return found


def faults_of_shape(shape: Any) -> list[Fault]:
    """Return why no map can show a shape."""
    return [Fault("position", why, value) for _row, why, value in unmappable(column([shape]), (POINT, LINE, POLYGON))]


def tidied(values: Values) -> dict[str, Any]:
    """Return typed values without blanks around texts; no further attributes are None."""
    found = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "extras" in found and isinstance(found["extras"], Mapping):
        kept = {name: value for name, value in found["extras"].items() if value not in ("", None)}
        found["extras"] = kept or None
    return found


def fits(values: Values, names: Sequence[str] = TYPED) -> dict[str, Any]:
    """Return of ``values`` what ``names`` lists."""
    return {name: values[name] for name in names if name in values}
