"""The form of a part: its fields by the city's scheme, and what was typed into it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import shapely
from django.http import QueryDict

from cityloop.assets.choices import Accuracy, DataSource, PartState
from cityloop.assets.queries.told import TITLES
from cityloop.assets.rules.attributes import EXTRAS, attributes_of, extras_of
from cityloop.assets.rules.values import LONGEST, UNITS, shape_of
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import listed
from cityloop.organisation.queries import City

MOST_PHOTOS = 12


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class PartField:
    """One thing that is asked for.

    Args:
        kind: ``text``, ``area``, ``choice``, ``unit`` (a department, or a name), ``flag``.
        other: Of a unit: the name where it is no department.
        wrong: Why it was not taken.
    """

    name: str
    label: str
    kind: str
    value: Any = ""
    other: str = ""
    options: Sequence[Option] = ()
    most: int = 0
    must: bool = False
    wrong: str = ""


def fields_of(home: City, scheme: str, values: Mapping[str, Any], wrong: Mapping[str, str]) -> list[PartField]:
    """Return the fields of a part under ``scheme``, filled with ``values``."""
    titles = {one.name: one for one in attributes_of(scheme)}
    units = [
        Option(one.code, one.name)
        for one in sorted(home.departments.values(), key=lambda one: one.path)
        if one.is_active
    ]
    lengths = LONGEST | {name: min(one.length, LONGEST[name]) for name, one in titles.items() if name in LONGEST}

    def field(name: str, kind: str, **more: Any) -> PartField:
        label = str(TITLES[name])
        value = values.get(name) or ""
        return PartField(name, label, kind, value, most=lengths.get(name, 0), wrong=wrong.get(name, ""), **more)

    states = [Option(one.value, str(one.label)) for one in PartState if one != PartState.REMOVED]
    extras = values.get("extras") or {}
    return [
        field("name", "text"),
        field("state", "choice", options=states, must=True),
        *(
            field(name, "unit", options=units, other=values.get(f"{name}_name") or "")
            for name in UNITS
        ),
        field("source", "choice", options=[Option("", ""), *(Option(one.value, str(one.label)) for one in DataSource)]),
        field("accuracy", "choice", options=[Option("", ""), *(Option(one.value, str(one.label)) for one in Accuracy)]),
        *(
            PartField(
                one.name, one.title, "flag" if one.type == "flag" else "text", extras.get(one.name.removeprefix(EXTRAS), ""),
                most=one.length, wrong=wrong.get(one.name, ""),
            )
            for one in extras_of(scheme)
        ),
        field("remark", "area"),
    ]  # fmt: skip


def values_sent(sent: QueryDict, scheme: str) -> dict[str, Any]:
    """Return the values that a form sent: only what it has a field for."""
    names = ("name", "state", "source", "accuracy", "remark", *UNITS, *(f"{name}_name" for name in UNITS))
    values: dict[str, Any] = {name: sent.get(name, "").strip() for name in names if name in sent}
    for name in UNITS:
        if values.get(name):  # a department has a name already
            values[f"{name}_name"] = ""
    if extras := extras_of(scheme):
        keys = {one.name: one for one in extras}
        values["extras"] = {
            name.removeprefix(EXTRAS): bool(sent.get(name)) if one.type == "flag" else sent.get(name, "").strip()
            for name, one in keys.items()
            if name in sent or one.type == "flag"
        }
        values["extras"] = {name: value for name, value in values["extras"].items() if value not in ("", False)} or None
    return values


def position_sent(sent: QueryDict) -> str:
    """Return the position that was typed as WKT; "" where none was; what is no number as it stands, to be refused."""
    lon, lat = sent.get("position.lon", "").strip(), sent.get("position.lat", "").strip()
    if not lon and not lat:
        return ""
    with suppress(ValueError):
        return f"POINT ({float(lon)!r} {float(lat)!r})"
    return f"{lon} {lat}"


def degrees_of(position: str) -> tuple[str, str]:
    """Return longitude and latitude of a position as a form shows them."""
    try:
        point = shape_of(position).representative_point()
    except shapely.errors.ShapelyError:  # what was typed is no position: it is shown as it came
        lon, _blank, lat = position.partition(" ")
        return lon, lat
    return f"{point.x:.7f}", f"{point.y:.7f}"


def photos_sent(sent: QueryDict) -> list[str]:
    """Return the digests of the photos that came before the form did."""
    return [digest for one in sent.getlist("photos") if (digest := one.partition(":")[2])][: MOST_PHOTOS + 1]


def wrong_by_field(exc: CityError, known: Sequence[str]) -> dict[str, str]:
    """Return why what was sent was not taken, by field; what belongs to none stands under ""."""
    found: dict[str, list[str]] = {}
    for fault in exc.faults:
        name = fault.field.removesuffix("_name") if fault.field not in known else fault.field
        found.setdefault(name if name in known else "", []).append(fault.why or exc.message)
    return {name: listed(whys) for name, whys in found.items()} or {"": exc.message}
