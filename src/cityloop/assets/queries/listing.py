"""The parts of a city by what is looked for: a page at a time, by code, nothing counted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely
from django.contrib.gis.db.models.functions import PointOnSurface
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Q
from shapely.geometry import shape

from cityloop.assets import models
from cityloop.assets.choices import PartState, Role
from cityloop.assets.queries.words import PartWords, classes_of, state_shape, state_words
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.paging import encode_cursor, key_of
from cityloop.kernel.translation import _, listed
from cityloop.organisation.queries import City
from cityloop.organisation.rules.staffing import Viewer

PAGE = 50
LIST = "parts"
MOST_POINTS = 5_000
MOST_AREA = 200_000
"""Characters of an area that was drawn."""

FIELDS = ("words", "class_code", "state", "role", "department", "unit_grid", "place", "area", "gone")
"""What an address may say of a search."""


@dataclass(frozen=True, slots=True)
class PartSearch:
    """What is looked for; ``""`` where it does not matter.

    Args:
        words: A code or how it begins, or a word of the name or of the class.
        state: One of ``PartState``, or ``wrong`` for all that are not intact.
        department: Code of a department, in its ``role``: one of ``Role``.
        place: Code of a street or a community.
        area: Well-known text of a polygon in degrees.
        gone: Whether parts that stand there no more are among them.
    """

    words: str = ""
    class_code: str = ""
    state: str = ""
    role: str = Role.KEEPER.value
    department: str = ""
    unit_grid: str = ""
    place: str = ""
    area: str = ""
    gone: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nothing narrows it."""
        return replace(self, role=Role.KEEPER.value) == PartSearch()


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part in a list. ``spot`` is a point on it, ``lon,lat`` in degrees."""

    code: str
    class_code: str
    class_name: str
    name: str
    state: str
    state_name: str
    shape: str
    keeper: str
    where: str
    unit_grid: str
    valid_from: date
    valid_to: date | None
    changed_on: date | None
    spot: str


@dataclass(frozen=True, slots=True)
class PartPage:
    """One page; ``next`` is the cursor of the one after, "" for the last."""

    items: list[PartLine]
    next: str


def search_of(asked: Mapping[str, Any]) -> PartSearch:
    """Return what an address looks for.

    Raises:
        InvalidInput: Something of it can be looked for nowhere.
    """
    text = {name: str(asked.get(name) or "").strip() for name in FIELDS}
    faults = []
    if text["state"] not in {"", "wrong", *PartState.values}:
        faults.append(Fault("state", _("is no state of a part"), text["state"][:40]))
    if text["role"] not in {"", *Role.values}:
        faults.append(Fault("role", _("is none of: %(words)s") % {"words": listed(Role.values)}, text["role"][:40]))
    faults += [
        Fault(name, _("holds digits only"), text[name][:40])
        for name in ("class_code", "unit_grid", "place")
        if text[name] and not (text[name].isascii() and text[name].isdigit() and len(text[name]) <= 15)
    ]
    if len(text["words"]) > 100 or "\0" in "".join(text.values()):
        faults.append(Fault("words", _("is no text of at most %(max)d characters") % {"max": 100}, text["words"][:40]))
    if faults:
        raise InvalidInput(faults[0].told(), faults=faults)
    area = _area(text["area"]) if text["area"] else ""
    return PartSearch(
        text["words"], text["class_code"], text["state"], text["role"] or Role.KEEPER.value, text["department"][:40],
        text["unit_grid"], text["place"], area, bool(text["gone"]),
    )  # fmt: skip


def _area(text: str) -> str:
    """Return as well-known text the polygon that somebody drew (GeoJSON)."""
    drawn = _drawn(text) if len(text) <= MOST_AREA else None
    if drawn is None:
        words = _("The area cannot be used. Draw it again: a border that does not cross itself.")
        raise InvalidInput(words, faults=[Fault("area", words, text[:80])])
    wkt: str = drawn.wkt
    return wkt


def _drawn(text: str) -> Any:
    """Return the polygon that GeoJSON describes; None where it describes none that can be searched by."""
    try:
        drawn = shape(json.loads(text))
        fits = (
            drawn.geom_type in {"Polygon", "MultiPolygon"}
            and drawn.is_valid
            and shapely.get_num_coordinates(drawn) <= MOST_POINTS
        )
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, shapely.errors.ShapelyError):
        return None
    return drawn if fits else None


def found_parts(viewer: Viewer, home: City, search: PartSearch) -> models.PartQuerySet:
    """Return the parts of a city that ``viewer`` may see and that are looked for, by code."""
    rows = models.Part.objects.visible_to(viewer).filter(jurisdiction=home.code)
    if not search.gone:
        rows = rows.valid_on(home.today())
    if search.words:
        rows = rows.filter(_words(home, search.words))
    if search.class_code:
        rows = rows.filter(class_code=search.class_code)
    if search.state == "wrong":
        rows = rows.exclude(state__in=[PartState.INTACT, PartState.REMOVED])
    elif search.state:
        rows = rows.filter(state=search.state)
    if search.department:
        rows = rows.filter(**{search.role: search.department})
    if search.unit_grid:
        rows = rows.filter(unit_grid=search.unit_grid)
    if search.place:
        rows = rows.filter(**{"street" if len(search.place) <= 9 else "community": search.place})
    if search.area:
        rows = rows.filter(geometry__intersects=GEOSGeometry(search.area, srid=4490))
    return rows.order_by("code")


def _words(home: City, words: str) -> Q:
    digits = "".join(words.split())
    if digits.isascii() and digits.isdigit():
        longest = 17
        if len(digits) >= longest - 1:
            return Q(code=digits)
        return Q(code__gte=digits, code__lte=f"{digits}{'9' * (longest - len(digits))}")
    named = [one.code for one in classes_of(home) if words.lower() in one.name.lower()]
    return Q(class_code__in=named) | Q(name__icontains=words)


def part_page(viewer: Viewer, home: City, search: PartSearch, cursor: str = "") -> PartPage:
    """Return a page of what is found: one query, and one for the names of areas.

    Raises:
        InvalidInput: The cursor is none of this list.
    """
    rows = found_parts(viewer, home, search)
    if cursor:
        [after] = key_of(LIST, cursor, str)
        rows = rows.filter(code__gt=after)
    found = list(with_spot(rows)[: PAGE + 1])
    lines = lines_of(home, found[:PAGE])
    return PartPage(lines, encode_cursor(LIST, lines[-1].code) if len(found) > PAGE else "")


def all_parts(viewer: Viewer, home: City, search: PartSearch, batch: int) -> Iterator[list[models.Part]]:
    """Yield all that is found, ``batch`` rows at a time, by code: for a file."""
    rows, after = with_spot(found_parts(viewer, home, search)), ""
    while some := list(rows.filter(code__gt=after)[:batch]):
        after = some[-1].code
        yield some


def with_spot(rows: models.PartQuerySet) -> Any:
    return rows.annotate(spot=PointOnSurface("geometry")).defer("geometry")


def lines_of(home: City, rows: list[Any]) -> list[PartLine]:
    """Return parts, each with its ``spot``, as lines of a list: one query for the names of areas."""
    words = PartWords(home, {code for row in rows for code in (row.street, row.community)})
    return [
        PartLine(
            row.code, row.class_code, words.class_name(row.scheme, row.class_code), row.name, row.state,
            state_words(row.state), state_shape(row.state), words.unit(row.keeper, row.keeper_name),
            words.where(row.street, row.community), row.unit_grid, row.valid_from, row.valid_to, row.changed_on,
            f"{row.spot.x:.6f},{row.spot.y:.6f}",
        )
        for row in rows
    ]  # fmt: skip
