"""The demo city, made in one transaction: one that was killed half-made is not there at all."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from cityloop.assets import actions as assets
from cityloop.demo.actions.accounts import demo_password, mark_as_demo
from cityloop.demo.actions.developing import Film
from cityloop.demo.actions.door import at_the_door, by_post
from cityloop.demo.actions.founding import found_city
from cityloop.demo.actions.ground import import_ground
from cityloop.demo.actions.pacing import begin_to_live
from cityloop.demo.actions.past import Surroundings, UnderWay, write_past
from cityloop.demo.actions.people import enter_absences, enter_roster, make_departments, make_people
from cityloop.demo.actions.picturing import Photographer
from cityloop.demo.actions.planning import Planner
from cityloop.demo.actions.playing import Player
from cityloop.demo.actions.registry import keep_registry
from cityloop.demo.actions.routing import write_routing_rules
from cityloop.demo.rules import ground
from cityloop.demo.rules.ground import Extent, lay_out
from cityloop.demo.rules.marks import MadeOf
from cityloop.demo.rules.mix import SCHEME
from cityloop.demo.rules.parts import parts
from cityloop.demo.rules.pictures import Shot
from cityloop.demo.rules.reports import Town, reports_between, town
from cityloop.demo.rules.staff import keeper, staff
from cityloop.geography import queries as geography
from cityloop.geography.queries import Locator
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _, noop
from cityloop.organisation import queries as organisation
from cityloop.standards.rules import Category

Tell = Callable[[str], None]

ROSTER_AFTER = 30
"""Days of the roster after the opening day; before it the roster goes back as far as the past."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the city and its history are.

    Args:
        days: Of past cases.
        a_day: Reports on the average.
        played: Cases in hand, about.
        extent: Of the ground.
        streets: In how many streets the photos are taken; 0: each case in its own.
        living: Reports on the average day of the living city.
    """

    days: int = 365
    a_day: float = 167.0
    played: int = 240
    extent: Extent = ground.FULL
    streets: int = 0
    living: float = 165.0


FULL = Size()
SMALL = Size(days=10, a_day=29.0, played=60, extent=ground.SMALL, streets=1, living=60.0)
SIZES = {"full": FULL, "small": SMALL}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the city's code, its time at the opening, how many people and cases."""

    code: str
    present: datetime
    people: int
    past: int
    played: int


SILENT_S = 5.0
"""Nobody who waits reads nothing for longer."""


class _Laps:
    """Tells what is done, how long it took, and how far it is while that takes long."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._begun = self._told = time.monotonic()

    def end(self, text: str) -> None:
        now = time.monotonic()
        self._tell(_("%(what)s: %(seconds).1f s") % {"what": text, "seconds": now - self._begun})
        self._begun = self._told = now

    def under_way(self, words: str, done: int, of: int) -> None:
        """Tell how far it is, unless something was told just now."""
        now = time.monotonic()
        if now - self._told > SILENT_S:
            self._tell(_(words) % {"done": done, "of": of})
            self._told = now


@transaction.atomic
def make_city(seed: int, opening: date, *, size: Size = FULL, tell: Tell = lambda _line: None) -> Made:
    """Make the demo city: the same for the same seed, opening day and size, but for ids and salts.

    Args:
        seed: Any whole number.
        opening: The city's clock starts in the morning of this day, or of the last working day before it.
        size: Of its history.
        tell: Told a line after each part.

    Raises:
        Conflict: There is a city here already.
    """
    _alone()
    laps, since = _Laps(tell), date(opening.year - 2, 1, 1)
    code, present = found_city(opening, since)
    land = lay_out(seed, size.extent)
    import_ground(land, code, since)
    laps.end(
        _("%(count)d communities, %(grids)d unit grids") % {"count": len(land.communities), "grids": len(land.grids)}
    )
    people = _settle(code, seed, since, present, size)
    write_routing_rules(code, present)
    laps.end(_("%(count)d people with their posts and rosters") % {"count": sum(map(len, people.values()))})
    count = assets.add_parts(code, parts(seed, land, _keeper_of(organisation.city(code).categories)), since)
    laps.end(_("%(count)d parts in the registry") % {"count": count})
    around = Surroundings(organisation.city(code), Locator.load(organisation.city(code).day_of(present), code))
    place = town(seed, land, around.city.categories)
    [sender, *_others] = around.city.holders("collector", at=present)
    film = Film(code)
    past = _past(around, place, film, sender, seed, present, size, laps.under_way)
    laps.end(_("%(count)d cases of the last %(days)d days") % {"count": past, "days": size.days})
    stories = Planner(around, place, seed=seed, present=present).plan(size.played)

    def known(case: str, shot: Shot) -> str:
        return film.in_hand(case, shot, present)

    pictures = Photographer(code, sender, seed=seed, streets=size.streets, now=machine_now(), known=known)
    acts = Player(around.city, seed=seed, present=present, pictures=pictures).play(stories)
    laps.end(
        _("%(count)d cases in hand, %(acts)d acts on them, %(photos)d photos")
        % {"count": len(stories), "acts": acts, "photos": len(pictures.kept) + len(film.negatives)}
    )
    film.store()
    mark_as_demo(
        code,
        f"seed {seed}, {around.city.day_of(present)}",
        at_the_door(code, people, present),
        MadeOf(seed, size.extent is ground.SMALL, size.living, size.streets),
    )
    begin_to_live(code, present, now=machine_now())
    proposed = keep_registry(code, seed=seed, streets=size.streets, present=present, now=machine_now())
    laps.end(_("%(count)d proposals about parts, a survey under way") % {"count": proposed})
    return Made(code, present, sum(map(len, people.values())), past, len(stories))


def _keeper_of(classes: Mapping[str, Category]) -> Callable[[str, int], str]:
    """Return what tells the department that keeps parts of a class in a street."""
    return lambda code, street: keeper(classes[f"{SCHEME}/part/{code}"].dept_kind, street)


def _alone() -> None:
    """Let one process at a time make a city, and none where there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('cityloop: demo', 0))")
    if organisation.jurisdictions():
        raise Conflict(_("There is a city here already. A demo city needs a data folder of its own."))


def _settle(code: str, seed: int, since: date, present: datetime, size: Size) -> dict[str, list[int]]:
    """Make departments and people, who is away and who is on duty; return the accounts by the post that is their own."""
    city = organisation.city(code)
    opening = city.day_of(present)
    people = staff(seed, [grid.code for grid in geography.duty_grids(code, opening)])
    password = demo_password(code)
    departments = make_departments(code, since)
    ids = make_people(code, people, departments, password, since)
    enter_absences(city, ids, opening)
    enter_roster(city, people, ids, opening - timedelta(days=size.days), opening + timedelta(days=ROSTER_AFTER))
    return by_post(people, ids)


def _past(
    around: Surroundings,
    place: Town,
    film: Film,
    sender: int,
    seed: int,
    present: datetime,
    size: Size,
    under_way: UnderWay,
) -> int:
    city = around.city
    last = city.day_of(present)
    reports = reports_between(
        place, seed, first=last - timedelta(days=size.days), last=last, a_day=size.a_day, zone=city.time_zone
    )
    told = []
    for one in reports:
        under_way(
            noop("%(done)d of %(of)d days of reports drawn"), size.days - (last - city.day_of(one.at)).days, size.days
        )
        if one.at < present:
            told.append(one)
    return write_past(around, told, seed=seed, present=present, film=film, sender=sender, under_way=under_way)
