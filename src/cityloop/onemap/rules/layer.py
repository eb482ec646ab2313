"""What a layer is, and who looks at it.

A room registers its layers; the map, the tiles, the search box and what comes later all read the registration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Protocol

from cityloop.kernel.translation import lazy as _
from cityloop.onemap.choices import Group, Measure, Shape, ValueKind
from cityloop.onemap.rules.tiles import Tile


class Onlooker(Protocol):
    """As much of a viewer as the lowest floors need; ``organisation.rules.staffing.Viewer`` is one."""

    @property
    def works_in(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """What time it is in a city: by its own clock, on its own day, in its own zone."""

    jurisdiction: str
    now: datetime
    today: date
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at the map, and when.

    Args:
        cities: The time in each city in which the viewer is one of the staff: what they see of layers that are not public.
        everywhere: The time in every city: whose ground is public.
        language: Code of the language in which words on the map are.
        is_today: Not the map of another day. Of a day that is over, each ``now`` is its last instant; of one to come, it stays now.
    """

    viewer: Any
    cities: tuple[Moment, ...]
    everywhere: tuple[Moment, ...]
    language: str
    is_today: bool = True

    @property
    def days(self) -> tuple[tuple[str, date], ...]:
        """The cities in which the viewer is one of the staff, each with its day: what a layer that is not public is made from."""
        return days_of(self.cities)

    @property
    def days_everywhere(self) -> tuple[tuple[str, date], ...]:
        return days_of(self.everywhere)


def days_of(moments: tuple[Moment, ...]) -> tuple[tuple[str, date], ...]:
    """Return the day in each city."""
    return tuple((moment.jurisdiction, moment.today) for moment in moments)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a layer shows in one tile: a statement, its values by name, and the columns that leave.

    The statement gives ``geom`` in EPSG:3857, the ``columns``, ``weight`` (of two rows the heavier one stays where a tile
    would be too large) and, if ``key`` names it, a whole number that is the same for a row in every tile. It may use the
    values that ``queries.tiles`` gives to all: the tile's box ``west`` … ``north`` in degrees with its margin, ``point_m``,
    ``cell_m``, ``zoom``; ``cities``, ``days`` and ``nows``, three lists of one length.
    """

    sql: str
    columns: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    margin: bool = True


@dataclass(frozen=True, slots=True)
class LegendItem:
    """One line of the legend: what it means, and the name of the colour and the mark it is drawn with."""

    words: Any
    colour: str
    mark: str = "area"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One layer of the style: where it lies among all others (low ones first), and what MapLibre reads.

    In ``spec`` a text ``@name`` stands for the colour of that name in the theme; ``source`` and ``source-layer`` are filled in.
    """

    height: int
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that was looked for by its name: what it is called, what it is, where it lies (west, south, east, north).

    ``at`` is a point of it (lon, lat), where the middle of its box may lie beside it. ``box`` is None where nobody knows its place.
    """

    title: str
    kind: Any
    box: tuple[float, float, float, float] | None
    key: str = ""
    at: tuple[float, float] | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """Where it stands, as lon, lat; None where nobody knows."""
        if self.box is None:
            return self.at
        west, south, east, north = self.box
        return self.at or ((west + east) / 2, (south + north) / 2)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when is looked, both ends within it; None: without an end on that side."""

    begins: datetime | None = None
    ends: datetime | None = None

    def days(self, city: Moment) -> tuple[date, date]:
        """Return the first and the last day of it by the zone of a city."""
        first = date.min if self.begins is None else self.begins.astimezone(city.zone).date()
        last = date.max if self.ends is None else self.ends.astimezone(city.zone).date()
        return first, last


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a feature.

    Args:
        sql: What gives it, over the row ``r`` of the features' statement; ``""``: the column of the same name.
        words: The values that there are, each with what it means; empty where there is no such list.
    """

    title: Any
    kind: ValueKind = ValueKind.TEXT
    sql: str = ""
    words: Sequence[tuple[str, Any]] = ()

    def over(self, name: str) -> str:
        """Return what gives the property called ``name``."""
        return self.sql or f"r.{name}"


DAYS: Mapping[str, Column] = {
    "valid_from": Column(_("Valid from"), ValueKind.DATE),
    "valid_to": Column(_("Valid to"), ValueKind.DATE),
    "jurisdiction": Column(_("Jurisdiction")),
}
"""The properties of what holds from a day, and until another, in a city."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a layer gives as open data, whole rows with all that may be told of them.

    Args:
        description: What it is, in a sentence.
        columns: The properties of a feature.
        rows: A statement with ``jurisdiction``, ``id``, ``geometry`` (SRID 4490) and what the columns need, the viewer's rights
            inside it. It may use ``cities``, ``firsts``, ``lasts``: three lists of one length, the cities looked at and the
            days between which is looked in each. Given a span it also shows what was and is no more; without, what is now.
        key: The column by which a feature is called in its address; the same thing keeps it.
        geometry_type: Of the OGC's names, what all geometries are of; ``Geometry`` for several.
    """

    description: Any
    columns: Mapping[str, Column]
    rows: Callable[[Look, Span | None], Rows]
    key: str = "id"
    geometry_type: str = "Geometry"


@dataclass(frozen=True, slots=True)
class Tally:
    """How what lies within an area is counted, out of the same rows as the open data (``Features``).

    Args:
        by: The properties by whose values is counted, each with the property that calls the value by its name; ``""``: itself.
        of_today: Those of them that tell of now alone: of another day nobody knows them, and they are left out.
        measure: What is added up beside the number, of what lies within the border alone.
        only: A condition over the row ``r``: what does not meet it is not counted.
        rows: Rows of its own where those of the open data are dear to make; they have what ``by`` needs and ``key``.
        key: What one of them is known by, where a thing has several rows; ``""``: each row is one.
        by_cells: The layer is counted by cells (``watching.count_cells``): where far too many lie within, these say how many.
        listed: Gives the address of the list of what lies in an area (GeoJSON), all of it (``""``, ``""``) or where a property
            has a value; ``""`` where there is no such list. None: nothing of this layer is listed anywhere.
    """

    by: Mapping[str, str] = field(default_factory=dict)
    of_today: frozenset[str] = frozenset()
    measure: Measure = Measure.NUMBER
    only: str = ""
    rows: Callable[[Look, Span | None], Rows] | None = None
    key: str = ""
    by_cells: bool = False
    listed: Callable[[Look, str, str, str], str] | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing on the map.

    Args:
        name: In addresses: small letters and underscores.
        zooms: The first zoom at which there is anything to see, and the last at which a tile says more than the one above.
        columns: What a row tells, with its title.
        rows: What one tile holds, the viewer's rights inside its statement.
        sources: The tables that ``rows`` reads, all of which note their changes (``watching.note_changes``): then what was made is kept
            for all who see the same cities on the same days, and ``rows`` is not told who looks. Without, each tile is made anew.
        is_public: Everybody sees it, also somebody who has not signed in.
        is_live: It changes from minute to minute: the map asks for it again and again.
        is_shown: On the map unless somebody takes it off.
        find: Looks a thing up by what people call it.
        page: A thing's own page: the column that it is called by there, and the name of the page's address; None: it has none.
        features: What programs elsewhere may read of it; None: nothing.
        tally: How it is counted within an area that somebody draws; None: not at all. It needs ``features``.
    """

    name: str
    title: Any
    shape: Shape
    group: Group
    zooms: tuple[int, int]
    columns: Mapping[str, Any]
    rows: Callable[[Look, Tile], Rows]
    drawn: Sequence[Drawn] = ()
    legend: Sequence[LegendItem] = ()
    sources: tuple[str, ...] = ()
    is_public: bool = False
    is_live: bool = False
    is_shown: bool = True
    find: Callable[[str, Look], Sequence[Found]] | None = None
    page: tuple[str, str] | None = None
    features: Features | None = None
    tally: Tally | None = None
