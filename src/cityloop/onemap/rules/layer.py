"""What a layer is, and who looks at it.

A room registers its layers; the map, the tiles, the search box and what comes later all read the registration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from cityloop.onemap.choices import Group, Shape
from cityloop.onemap.rules.tiles import Tile


class Onlooker(Protocol):
    """As much of a viewer as the lowest floors need; ``organisation.rules.staffing.Viewer`` is one."""

    @property
    def works_in(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """What time it is in a city: by its own clock, on its own day."""

    jurisdiction: str
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at the map, and when.

    Args:
        cities: The time in each city in which the viewer is one of the staff: what they see of layers that are not public.
        everywhere: The time in every city: whose ground is public.
        language: Code of the language in which words on the map are.
        is_past: The map of a day that is over: each ``now`` is its last instant.
    """

    viewer: Any
    cities: tuple[Moment, ...]
    everywhere: tuple[Moment, ...]
    language: str
    is_past: bool = False

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

    ``at`` is a point of it (lon, lat), where the middle of its box may lie beside it.
    """

    title: str
    kind: Any
    box: tuple[float, float, float, float]
    key: str = ""
    at: tuple[float, float] | None = None

    @property
    def point(self) -> tuple[float, float]:
        """Where it stands, as lon, lat."""
        west, south, east, north = self.box
        return self.at or ((west + east) / 2, (south + north) / 2)


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
