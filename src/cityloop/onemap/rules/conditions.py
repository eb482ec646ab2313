"""Conditions on features, each as SQL over the row ``r`` with its values apart: nothing that came from outside stands in the SQL."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cityloop.kernel.errors import Fault, InvalidInput, shown
from cityloop.kernel.translation import _
from cityloop.onemap.choices import ValueKind
from cityloop.onemap.rules.crs import CRS84, Crs
from cityloop.onemap.rules.layer import Column

TYPES: Mapping[ValueKind, str] = {
    ValueKind.TEXT: "text",
    ValueKind.INTEGER: "numeric",
    ValueKind.NUMBER: "float8",
    ValueKind.BOOLEAN: "boolean",
    ValueKind.DATE: "date",
    ValueKind.INSTANT: "timestamptz",
}
"""PostgreSQL's types."""

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
MOST = 1e9
"""No coordinate of any of our systems is larger."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a feature must meet."""

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)


def equals(name: str, column: Column, text: str, number: int) -> Condition:
    """Return the condition that a property has a value, given as it stands in an address.

    Raises:
        InvalidInput: It is no value of this property's kind.
    """
    value = value_of(name, column.kind, text)
    return Condition(f"{column.over(name)} = %(is_{number})s::{TYPES[column.kind]}", {f"is_{number}": value})


def value_of(name: str, kind: ValueKind, text: str) -> Any:
    """Read a value.

    Raises:
        InvalidInput: It is none of this kind.
    """
    try:
        return _read(kind, text)
    except ValueError:
        words = {
            ValueKind.INTEGER: _("must be a whole number"),
            ValueKind.NUMBER: _("must be a number"),
            ValueKind.BOOLEAN: _("must be true or false"),
            ValueKind.DATE: _("must be a day such as 2026-05-01"),
            ValueKind.INSTANT: _("must be a time such as 2026-05-01T08:00:00+08:00"),
        }
        fault = Fault(name, words.get(kind, _("cannot be used")), shown(text))
        raise InvalidInput(fault.told(), faults=[fault]) from None


def _read(kind: ValueKind, text: str) -> Any:
    match kind:
        case ValueKind.INTEGER:
            if not WHOLE.fullmatch(text):
                raise ValueError(text)
            return int(text)
        case ValueKind.NUMBER:
            number = float(text)
            if not math.isfinite(number):
                raise ValueError(text)
            return number
        case ValueKind.BOOLEAN:
            if text.lower() not in {"true", "false"}:
                raise ValueError(text)
            return text.lower() == "true"
        case ValueKind.DATE:
            return date.fromisoformat(text)
        case ValueKind.INSTANT:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError(text)
            return moment
        case _:
            if "\0" in text:
                raise ValueError(text)
            return text


def within_box(text: str, crs: Crs = CRS84) -> Condition:
    """Return the condition that a feature touches a box: four numbers, or six with heights, which nothing here has.

    The axes are in the order of ``crs``. A box whose west lies east of its east reaches over the antimeridian.

    Raises:
        InvalidInput: These are not four or six numbers, or the box is upside down.
    """
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(math.isfinite(one) and abs(one) <= MOST for one in numbers):
        raise _no_box(text, _("needs four numbers with commas between: west, south, east, north"))
    west, south, east, north = numbers
    if crs.lat_first:
        west, south, east, north = south, west, north, east
    if south > north:
        raise _no_box(text, _("has its south above its north"))
    if crs.in_degrees and not all(-90 <= one <= 90 for one in (south, north)):
        raise _no_box(text, _("has latitudes beyond 90 degrees: is the order of its numbers right?"))
    if west > east and not crs.in_degrees:
        raise _no_box(text, _("has its west behind its east"))
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    pieces: list[str] = []
    values: dict[str, Any] = {}
    for number, (left, right) in enumerate(spans):
        corners = dict(zip(("w", "s", "e", "n"), (left, south, right, north), strict=True))
        values |= {f"box{number}_{side}": value for side, value in corners.items()}
        made = f"ST_MakeEnvelope({', '.join(f'%(box{number}_{side})s::float8' for side in corners)})"
        pieces.append(f"ST_Intersects(r.geometry, {crs.stored(_bent(made, crs))})")
    return Condition(f"({' OR '.join(pieces)})", values)


def _bent(box: str, crs: Crs) -> str:
    """Return a box whose sides have points between, where a straight side becomes a bow in degrees."""
    return box if crs.is_stored else f"ST_Segmentize({box}, 20000)"


def _no_box(text: str, why: str) -> InvalidInput:
    return InvalidInput(f"bbox: {why}", faults=[Fault("bbox", why, shown(text))])
