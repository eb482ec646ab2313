"""The wall of red lights: how many open cases are in trouble, where, and which they are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from math import inf
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, CharField, Count, Q, Sum, Value, When
from django.db.models import Case as Choose

from cityloop.cases import models
from cityloop.cases.choices import Kind, Light
from cityloop.cases.models import CaseQuerySet
from cityloop.cases.queries.case_rows import CaseRow, case_rows, for_table
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.keyset import Page, soonest_first
from cityloop.cases.queries.lights import next_turn, tasks_by_light
from cityloop.cases.queries.pulse import Finding, while_nothing_happens
from cityloop.cases.queries.rights import held_with
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.roles import Right
from cityloop.geography.queries import region_names
from cityloop.kernel.clock import seconds_until
from cityloop.kernel.errors import NotAllowed
from cityloop.kernel.translation import _
from cityloop.organisation.choices import Sight
from cityloop.organisation.queries.scope import NOTHING
from cityloop.organisation.rules.staffing import Viewer

TROUBLE = (Light.DOUBLE_RED, Light.RED)
LIGHTS = (*TROUBLE, Light.YELLOW, Light.GREEN, Light.PAUSED, Light.NONE)
SHOWN = 50

NOBODYS = "-"
"""Stands in an address for what has no department, or no street."""


@dataclass(frozen=True, slots=True)
class WantedTrouble:
    """Which open cases are looked for; empty sides narrow nothing.

    Args:
        light: Any one of these; none: those of ``TROUBLE``.
        department, state, street: This very code; ``NOBODYS``: those without one.
        public: Only what the public reported.
    """

    light: tuple[Light, ...] = ()
    department: str = ""
    state: str = ""
    street: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many open cases of one kind shine in which light; ``public`` those of them that the public reported."""

    code: str
    name: str
    lights: Mapping[Light, int]
    public: Mapping[Light, int]

    @property
    def red(self) -> int:
        return self.lights[Light.RED]

    @property
    def double(self) -> int:
        return self.lights[Light.DOUBLE_RED]

    @property
    def yellow(self) -> int:
        return self.lights[Light.YELLOW]

    @property
    def calm(self) -> int:
        """How many are neither late nor soon to be."""
        return self.open - self.trouble - self.yellow

    @property
    def trouble(self) -> int:
        return self.red + self.double

    @property
    def of_public(self) -> int:
        """How many of those in trouble the public reported."""
        return self.public[Light.RED] + self.public[Light.DOUBLE_RED]

    @property
    def open(self) -> int:
        return sum(self.lights.values())


@dataclass(frozen=True, slots=True)
class Counts:
    """The open cases of some cities, counted; each table with the worst on top."""

    all: Tally
    departments: list[Tally] = field(default_factory=list)
    states: list[Tally] = field(default_factory=list)
    streets: list[Tally] = field(default_factory=list)


def cities_watched(viewer: Viewer, right: Right = "wall") -> list[str]:
    """Return the codes of the cities that ``viewer`` watches over by a post with this right, those below included.

    Raises:
        NotAllowed: There is none.
    """
    held = [one for one in held_with(viewer, right) if one.reach is Sight.CENTRE]
    if not held:
        raise NotAllowed(_("This page belongs to posts that answer for a whole city; none of yours does."))
    return sorted({code for one in held for code in (one.jurisdiction, *one.below)})


def watched(viewer: Viewer, codes: Collection[str]) -> CaseQuerySet:
    """Return the cases of some cities that ``viewer`` sees. The cities are said apart: the rule's many sides find no index."""
    return models.Case.objects.visible_to(viewer).filter(jurisdiction__in=codes)


def counts(viewer: Viewer, codes: Collection[str]) -> Counts:
    """Count the open cases of some cities by light, and those in trouble by department, state and street: one query.

    Each city goes by its own clock.
    """
    homes = [loop_city(code) for code in codes]
    rows = watched(viewer, codes).open().annotate(shines=_shining(homes), from_public=_public(homes))
    inner, parameters = (
        rows.order_by().values("jurisdiction", "department", "state", "street", "shines", "from_public")
    ).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(inner=inner), parameters)
        counted = cursor.fetchall()
    return _told(counted, homes)


COUNTED = """
-- One walk over the open cases; each row says in ``which`` what it is counted by: 7 nothing, 3 department, 5 state, 6 street.
-- Those alike in all of it are put together first, so that few rows are counted four times and none are sorted on the disk.
SELECT jurisdiction, department, state, street, grouping(department, state, street) AS which, shines,
    sum(n)::bigint, sum(of_public)::bigint
FROM (
    SELECT jurisdiction, department, state, street, shines, count(*) AS n, count(*) FILTER (WHERE from_public) AS of_public
    FROM ({inner}) AS open (jurisdiction, department, state, street, shines, from_public)
    GROUP BY jurisdiction, department, state, street, shines
) AS alike
GROUP BY GROUPING SETS ((jurisdiction, shines), (jurisdiction, department, shines), (jurisdiction, state, shines),
    (jurisdiction, street, shines))
"""

WHOLE, BY_DEPARTMENT, BY_STATE, BY_STREET = 7, 3, 5, 6


def trouble(viewer: Viewer, codes: Collection[str], wanted: WantedTrouble, *, cursor: str = "") -> Page[CaseRow]:
    """Return a page of the open cases that are asked for, what is latest first: one query, and those of ``case_rows``.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    homes = [loop_city(code) for code in codes]
    rows = watched(viewer, codes).open().filter(_narrowed(wanted), _in_lights(homes, wanted.light or TROUBLE))
    if wanted.public:
        rows = rows.filter(_of_the_public(homes))
    found, following = soonest_first(for_table(rows, viewer), "wall", cursor, SHOWN, UUID)
    return Page(case_rows(found, viewer), following)


def wall_mark(viewer: Viewer, codes: Collection[str]) -> str:
    """Return what changes whenever a case comes into trouble or out of it, or something happens to one.

    Asked every few seconds by every wall: one query where something has happened since or a light has turned, else none.
    """
    return while_nothing_happens(("wall", viewer, tuple(codes)), lambda: _found_out(viewer, codes))


def _found_out(viewer: Viewer, codes: Collection[str]) -> Finding:
    homes = [loop_city(code) for code in codes]
    groups = _by_clock(homes)
    # Looked for from a moment before the one at which lights are counted: what turns between the two is not held at all.
    turning = {f"turns_{n}": next_turn({home.city.now(): which}) for n, (which, home) in enumerate(groups)}
    late = _in_lights(homes, TROUBLE)
    counted = (  # no column that the index ``case_open_counted`` has not
        watched(viewer, codes)
        .open()
        .aggregate(
            double=Count("jurisdiction", filter=_in_lights(homes, (Light.DOUBLE_RED,))),
            red=Count("jurisdiction", filter=late),
            yellow=Count("jurisdiction", filter=_in_lights(homes, (Light.YELLOW,))),
            acts=Sum("seq", filter=late),
            **turning,
        )
    )
    turns = [counted.pop(name) for name in turning]
    holds_s = min(
        (seconds_until(at, home.city.clock) for at, (_which, home) in zip(turns, groups, strict=True)), default=inf
    )
    return blake2s(repr(sorted(counted.items())).encode(), digest_size=8).hexdigest(), holds_s


# --- conditions


def _lights_of(home: LoopCity) -> dict[Light, Q]:
    """Return the condition of each light for a case: that of a task, but what stands still without a deadline is paused."""
    shining = dict(tasks_by_light(home.city.now()))
    none = shining.pop(Light.NONE)
    return {**shining, Light.PAUSED: none & Q(kind=Kind.PAUSED), Light.NONE: none & ~Q(kind=Kind.PAUSED)}


def _by_clock(homes: Iterable[LoopCity]) -> list[tuple[Q, LoopCity]]:
    """Return cities that go by one clock together, with the condition of their cases; most go by the machine's."""
    common = [home for home in homes if home.city.clock is None]
    own = [home for home in homes if home.city.clock is not None]
    groups = [(Q(jurisdiction__in=[home.code for home in common]), common[0])] if common else []
    return [*groups, *((Q(jurisdiction=home.code), home) for home in own)]


def _shining(homes: list[LoopCity]) -> Choose:
    whens = [
        When(which & condition, then=Value(light.value))
        for which, home in _by_clock(homes)
        for light, condition in _lights_of(home).items()
    ]
    return Choose(*whens, default=Value(Light.NONE.value), output_field=CharField())


def _in_lights(homes: list[LoopCity], lights: Iterable[Light]) -> Q:
    wanted, found = set(lights), NOTHING
    for which, home in _by_clock(homes):
        for light, condition in _lights_of(home).items():
            if light in wanted:
                found |= which & condition
    return found


def _of_the_public(homes: Iterable[LoopCity]) -> Q:
    """Return the condition of a case that came by a source of the public, as its city's table has it now."""
    by_sources: dict[frozenset[str], list[str]] = {}
    for home in homes:
        known = frozenset(code for code, source in table_in_force(home.code).sources.items() if source.public)
        by_sources.setdefault(known, []).append(home.code)
    found = NOTHING
    for known, codes in by_sources.items():
        found |= Q(source__in=sorted(known), jurisdiction__in=codes)
    return found


def _public(homes: list[LoopCity]) -> Choose:
    return Choose(When(_of_the_public(homes), then=Value(True)), default=Value(False), output_field=BooleanField())


def _narrowed(wanted: WantedTrouble) -> Q:
    sides = {name: getattr(wanted, name) for name in ("department", "state", "street")}
    return Q(**{name: "" if code == NOBODYS else code for name, code in sides.items() if code})


# --- in words


def _told(counted: list[Any], homes: list[LoopCity]) -> Counts:
    words = {home.code: Words(table_in_force(home.code), home) for home in homes}
    tables: dict[int, dict[str, tuple[dict[Light, int], dict[Light, int]]]] = {}
    names: dict[tuple[int, str], str] = {}
    for home, department, state, street, which, shines, count, of_public in counted:
        code = {WHOLE: "", BY_DEPARTMENT: department, BY_STATE: state, BY_STREET: street}[which] or ""
        lights, public = tables.setdefault(which, {}).setdefault(code, (_dark(), _dark()))
        lights[Light(shines)] += count
        public[Light(shines)] += of_public
        if which == BY_DEPARTMENT and code:
            known = words[home].department(code)
            names[which, code] = known.name if known else code
        elif which == BY_STATE:
            label = words[home].loop.states.get(code)
            names[which, code] = words[home].label(label) if label else code
    for code, name in _streets(tables.get(BY_STREET, {}), homes).items():
        names[BY_STREET, code] = name
    whole = tables.get(WHOLE, {}).get("", (_dark(), _dark()))
    return Counts(
        Tally("", "", *whole),
        *(_table(tables.get(which, {}), which, names) for which in (BY_DEPARTMENT, BY_STATE, BY_STREET)),
    )


def _dark() -> dict[Light, int]:
    return dict.fromkeys(LIGHTS, 0)


def _streets(codes: Collection[str], homes: list[LoopCity]) -> Mapping[str, str]:
    wanted = [code for code in codes if code]
    if not wanted:
        return {}
    return region_names(wanted, max(home.day for home in homes), version=homes[0].city.versions[0])


def _table(
    rows: Mapping[str, tuple[dict[Light, int], dict[Light, int]]], which: int, names: Mapping[tuple[int, str], str]
) -> list[Tally]:
    nobody = {BY_DEPARTMENT: _("Not with a department yet"), BY_STREET: _("No street known")}.get(which, "")
    found = [
        Tally(code or NOBODYS, names.get((which, code), code) or nobody, lights, public)
        for code, (lights, public) in rows.items()
    ]
    return sorted(found, key=lambda one: (-one.trouble, -one.double, -one.open, one.code))
