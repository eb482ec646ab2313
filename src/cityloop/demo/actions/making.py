"""The demo city, made in one transaction: one that was killed half-made is not there at all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from cityloop.demo.actions.accounts import demo_password, mark_as_demo
from cityloop.demo.actions.founding import found_city
from cityloop.demo.actions.ground import import_ground
from cityloop.demo.actions.past import Surroundings, write_past
from cityloop.demo.actions.people import enter_absences, enter_roster, make_departments, make_people
from cityloop.demo.actions.picturing import keep_pictures
from cityloop.demo.actions.planning import Planner
from cityloop.demo.actions.playing import Player
from cityloop.demo.rules.ground import lay_out
from cityloop.demo.rules.reports import Town, reports_between, town
from cityloop.demo.rules.staff import staff
from cityloop.geography import queries as geography
from cityloop.geography.queries import Locator
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict
from cityloop.kernel.translation import _
from cityloop.organisation import queries as organisation

Tell = Callable[[str], None]

ROSTER_BEFORE, ROSTER_AFTER = 7, 7
"""Days of the roster before and after the opening day."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the city's history is: ``days`` of it, ``a_day`` reports on the average, about ``played`` cases in hand."""

    days: int = 90
    a_day: float = 29.0
    played: int = 185


FULL = Size()


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the city's code, its time at the opening, how many people and cases."""

    code: str
    present: datetime
    people: int
    past: int
    played: int


class _Laps:
    """Tells what is done, and how long it took."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._begun = time.monotonic()

    def end(self, text: str) -> None:
        now = time.monotonic()
        self._tell(_("%(what)s: %(seconds).1f s") % {"what": text, "seconds": now - self._begun})
        self._begun = now


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
    ground = lay_out(seed)
    import_ground(ground, code, since)
    laps.end(
        _("%(count)d communities, %(grids)d unit grids")
        % {"count": len(ground.communities), "grids": len(ground.grids)}
    )
    people = _settle(code, seed, since, present, size)
    laps.end(_("%(count)d people with their posts and rosters") % {"count": people})
    around = Surroundings(organisation.city(code), Locator.load(organisation.city(code).day_of(present), code))
    place = town(seed, ground, around.city.categories)
    past = _past(around, place, seed, present, size)
    laps.end(_("%(count)d cases of the last %(days)d days") % {"count": past, "days": size.days})
    stories = Planner(around, place, seed=seed, present=present).plan(size.played)
    [sender, *_others] = around.city.holders("collector", at=present)
    pictures = keep_pictures(code, sender, now=machine_now())
    laps.end(_("%(count)d photos drawn") % {"count": len(pictures)})
    acts = Player(around.city, seed=seed, present=present, pictures=pictures).play(stories)
    laps.end(_("%(count)d cases in hand, %(acts)d acts on them") % {"count": len(stories), "acts": acts})
    return Made(code, present, people, past, len(stories))


def _alone() -> None:
    """Let one process at a time make a city, and none where there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('cityloop: demo', 0))")
    if organisation.jurisdictions():
        raise Conflict(_("There is a city here already. A demo city needs a data folder of its own."))


def _settle(code: str, seed: int, since: date, present: datetime, size: Size) -> int:
    """Make departments and people, who is away and who is on duty; return how many people there are."""
    city = organisation.city(code)
    opening = city.day_of(present)
    people = staff(seed, [grid.code for grid in geography.duty_grids(code, opening)])
    password = demo_password(code)
    departments = make_departments(code, since)
    ids = make_people(code, people, departments, password, since)
    enter_absences(city, ids, opening)
    before = timedelta(days=min(size.days, ROSTER_BEFORE))
    enter_roster(city, people, ids, opening - before, opening + timedelta(days=ROSTER_AFTER))
    mark_as_demo(
        code, f"seed {seed}, {opening}", {one.seats[0].post: ids[one.username] for one in people if one.is_shown}
    )
    return len(people)


def _past(around: Surroundings, place: Town, seed: int, present: datetime, size: Size) -> int:
    city = around.city
    last = city.day_of(present)
    reports = reports_between(
        place, seed, first=last - timedelta(days=size.days), last=last, a_day=size.a_day, zone=city.time_zone
    )
    return write_past(around, [one for one in reports if one.at < present], seed=seed, present=present)
