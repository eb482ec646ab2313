"""The loop as people look at it: drawn, explained, and told row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cityloop.cases.choices import Kind
from cityloop.cases.queries.tables import DEFAULT_VERSION, table, version_in_force
from cityloop.cases.rules.drawing import FILLS, draw
from cityloop.cases.rules.moves import START, Move, moves
from cityloop.cases.rules.table import CONDITION, StageClock, Table
from cityloop.kernel.errors import NotFound
from cityloop.kernel.translation import _, language
from cityloop.organisation import queries as organisation
from cityloop.organisation.queries.cities import calendar_names
from cityloop.organisation.rules.staffing import Viewer
from cityloop.standards.choices import TimeUnit
from cityloop.standards.rules import TimeLimit, limit_text_zh


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of state and the colour that its cards have."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A stage's clock: its limit in words, and when it runs."""

    name: str
    limit: str
    calendar: str


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One way from state to state, as a row of a table: what a reader has who cannot see the drawing."""

    source: str
    action: str
    posts: str
    target: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class LoopPage:
    """The loop of one city. ``jurisdiction`` is ``""`` for the loop that comes with CityLoop; ``cities`` are those to choose."""

    jurisdiction: str
    city: str
    cities: Mapping[str, str]
    title: str
    version: int
    drawing: str
    kinds: list[KindLine]
    clocks: list[ClockLine]
    moves: list[MoveLine]

    @property
    def is_default(self) -> bool:
        """Whether the city runs by the table that comes with CityLoop."""
        return self.version <= DEFAULT_VERSION


def loop_page(viewer: Viewer, jurisdiction: str = "") -> LoopPage:
    """Return the loop of a city of the viewer's.

    Args:
        viewer: Who looks; somebody without a post sees the loop that comes with CityLoop.
        jurisdiction: Code of the city; ``""`` for the one of the viewer's first post.
    Raises:
        NotFound: The viewer has nothing to do with that city.
    """
    code = _chosen(viewer, jurisdiction)
    known = organisation.jurisdictions()
    cities = {one: known[one] for one in sorted(viewer.jurisdictions) if one in known}
    version = version_in_force(code)
    loop = table(code, version)
    names = calendar_words(code)
    return LoopPage(
        jurisdiction=code,
        city=_city_name(code),
        cities=cities,
        title=loop.title.text(language()),
        version=version,
        drawing=draw(loop, language()),
        kinds=[KindLine(str(kind.label), FILLS[kind]) for kind in Kind],
        clocks=[_clock_line(clock, names) for clock in loop.clocks.values()],
        moves=list(_move_lines(loop)),
    )


def loop_drawing(viewer: Viewer, jurisdiction: str = "") -> tuple[str, str]:
    """Return the drawn loop of a city of the viewer's as an SVG, and a name for its file.

    Raises:
        NotFound: The viewer has nothing to do with that city.
    """
    code = _chosen(viewer, jurisdiction)
    version = version_in_force(code)
    return draw(table(code, version), language()), f"loop-{code or 'default'}-v{version}.svg"


def _chosen(viewer: Viewer, jurisdiction: str) -> str:
    if jurisdiction:
        if jurisdiction not in viewer.jurisdictions:
            raise NotFound(_("There is no city “%(code)s” that you may see.") % {"code": jurisdiction[:40]})
        return jurisdiction
    return viewer.posts[0].jurisdiction if viewer.posts else ""


def _city_name(code: str) -> str:
    if not code:
        return ""
    city = organisation.city(code)
    return city.name if language().startswith("zh") else city.name_en or city.name


def calendar_words(jurisdiction: str) -> Mapping[str, str]:
    """Return what a city calls its calendars; in English, for which it has no names, their codes stand for them."""
    return calendar_names(jurisdiction) if language().startswith("zh") else {}


def _clock_line(clock: StageClock, names: Mapping[str, str]) -> ClockLine:
    calendar = _("round the clock")
    if clock.calendar:
        calendar = names.get(clock.calendar) or _("calendar %(code)s") % {"code": clock.calendar}
    if isinstance(clock.limit, str):
        limit = _("by the filing condition") if clock.limit == CONDITION else _("until the time agreed for the case")
    else:
        limit = limit_words(TimeLimit(*clock.limit))
    return ClockLine(clock.text(language()), limit, calendar)


def limit_words(limit: TimeLimit) -> str:
    """Return a limit in the reader's language, in Chinese as the standards write it."""
    if language().startswith("zh"):
        return limit_text_zh(limit)
    return f"{limit.amount} {TimeUnit(limit.unit).label}"


def _move_lines(loop: Table) -> Iterator[MoveLine]:
    for move in sorted(moves(loop), key=lambda move: [START, *loop.states].index(move.source)):
        source = loop.states[move.source].text(language()) if move.source else _("New case")
        action, target = loop.actions[move.action], loop.states[move.target]
        yield MoveLine(source, action.text(language()), _posts(loop, move), target.text(language()), move.is_certain)


def _posts(loop: Table, move: Move) -> str:
    return " / ".join(loop.posts[post].text(language()) if post in loop.posts else _("System") for post in move.posts)
