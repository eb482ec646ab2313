"""Somebody drives the living city: again and again the clock is set as it should run, and what has come due is done."""

import logging
import time
from datetime import timedelta

from cityloop.demo import models
from cityloop.demo.actions.developing import develop
from cityloop.demo.actions.living import Life
from cityloop.demo.actions.neighbours import Neighbours
from cityloop.demo.actions.pacing import drive
from cityloop.demo.actions.people import enter_roster
from cityloop.demo.queries import made_of
from cityloop.demo.rules.marks import MadeOf
from cityloop.demo.rules.staff import staff
from cityloop.geography import queries as geography
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.organisation import queries as organisation

logger = logging.getLogger(__name__)

EVERY_S = 0.7
"""Between two steps; a page asks every three seconds."""

STEP_S = 1.5
"""Of work in one step at most: by then the clock may have to run otherwise."""

ROSTER_AHEAD, ROSTER_DAYS = timedelta(days=7), 21


def live(seconds: float) -> bool:
    """Let the demo city live for ``seconds`` of the machine's time; return whether it was this call that drove it.

    One drives at a time; whoever finds another at it goes away again, and leaves it to that one to be followed: else jobs would
    follow each other without end while it drives.
    """
    code = models.Pace.objects.order_by("pk").values_list("pk", flat=True).first()
    known = made_of(code) if code else None
    if code is None or known is None:
        return False
    until = time.monotonic() + seconds
    with alone("demo", "life") as is_alone:
        while is_alone and (begun := time.monotonic()) < until:
            step_once(code, known)
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - begun)))
    return is_alone


def step_once(code: str, known: MadeOf) -> None:
    """Set the clock, see that there is a roster, do what has come due, and draw some photos where there is time."""
    drive(code, now=machine_now())
    keep_roster(code, known)
    neighbours = Neighbours(code, known)
    stepped = Life(neighbours).step(organisation.city(code).now(), seconds=STEP_S)
    if stepped.is_done:
        develop(code, sender=neighbours.sender)
    if stepped.acts or stepped.reports:
        logger.debug("demo: %s", stepped)


def keep_roster(code: str, known: MadeOf) -> int:
    """Enter the turns of the coming weeks where they are wanting; return how many."""
    city = organisation.city(code)
    ahead = city.now() + ROSTER_AHEAD
    noon = ahead.astimezone(city.time_zone).replace(hour=12)
    if city.on_duty("duty_chief", noon):
        return 0
    everybody = {fact.user_id for facts in city.appointments.values() for fact in facts}
    ids = {person.username: person.id for person in organisation.people(everybody).values()}
    people = staff(known.seed, [grid.code for grid in geography.duty_grids(code, city.today())])
    first = noon.date()
    while not city.on_duty("duty_chief", noon - timedelta(days=1)) and noon - timedelta(days=1) > city.now():
        noon -= timedelta(days=1)
        first = noon.date()
    return enter_roster(city, people, ids, first, first + timedelta(days=ROSTER_DAYS))
