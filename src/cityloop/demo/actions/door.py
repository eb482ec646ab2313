"""Who stands at the open door of a demo, and what becomes of whoever is let in: they are on duty."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from cityloop.cases.queries.my_tasks import task_count
from cityloop.demo.rules.staff import AWAY, SHIFTS, Person
from cityloop.kernel.errors import InvalidInput
from cityloop.organisation import actions
from cityloop.organisation.queries import City, city, viewer_of
from cityloop.organisation.rules.staffing import STANDARD_POSTS

logger = logging.getLogger(__name__)

SHIFT_ENDS = time(20)
"""So long whoever comes in is on duty: until the end of the day's last shift, the next day's where that is over."""

LOOKS_AHEAD = 5
"""Days of the roster in which whose turn comes next is looked for."""


def by_post(people: Sequence[Person], ids: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the accounts of a city by the post that is their own, without those who are away for a while."""
    away = {one.username for one in AWAY}
    found: dict[str, list[int]] = {}
    for person in people:
        if person.username not in away:
            found.setdefault(person.seats[0].post, []).append(ids[person.username])
    return found


def at_the_door(code: str, people: Mapping[str, Sequence[int]], present: datetime) -> dict[str, list[int]]:
    """Return who stands at the door of a city for each post: whoever has something to do there.

    Where a shift is handed over there are two: whoever has it, and whoever comes next.

    Args:
        code: Of the city.
        people: Accounts by post; of what lies even between two of them the first is taken.
        present: The city's time.
    """
    place = city(code)
    return {
        post: _of_shifts(place, post, people[post], present)
        if post in SHIFTS
        else [max(people[post], key=lambda one: _work(place, post, one, present))]
        for post in STANDARD_POSTS
        if people.get(post)
    }


def _work(place: City, post: str, person: int, present: datetime) -> tuple[bool, bool, int]:
    """Return by what somebody is preferred: that they have open tasks, that they are on duty, how many they have."""
    count = task_count(viewer_of(person, present))
    return count > 0, person in place.on_duty(post, present), count


def _of_shifts(place: City, post: str, people: Sequence[int], present: datetime) -> list[int]:
    """Return who has the shift now and whose turn is the next, as far as the roster names them."""
    days = [place.roster(present + timedelta(days=number)) for number in range(LOOKS_AHEAD)]
    turns = sorted(
        (duty.starts_at, people.index(duty.user_id))
        for day in days
        for duty in day.duties
        if duty.post == post and duty.ends_at > present and duty.user_id in people
    )
    in_order = [people[place] for place in dict.fromkeys(place for _at, place in turns)]
    in_order += [one for one in people if one not in in_order]
    now = place.on_duty(post, present)
    first, *others = in_order
    return [first, *sorted(others, key=lambda one: one in now)[:1]]


def come_on_duty(code: str, person: int) -> None:
    """Enter a turn from now on for whoever was let in: at their posts, and in each of a collector's duty grids."""
    place = city(code)
    now, ends = place.now(), _end_of_shift(place)
    held = {
        (post, fact.duty_grid)
        for post in sorted({*SHIFTS, "collector"})
        for fact in place.appointments.get(post, ())
        if fact.user_id == person and fact.holds_on(place.day_of(now))
    }
    own = [
        duty for at in (now, ends) for duty in place.roster(at).duties if duty.user_id == person and duty.ends_at > now
    ]
    turns = []
    for post, grid in sorted(held):
        mine = [duty for duty in own if (duty.post, duty.duty_grid) == (post, grid)]
        if not any(duty.covers(now) for duty in mine):
            until = min([ends, *(duty.starts_at for duty in mine)])
            turns.append(actions.DutyPlan(person, post, now.replace(second=0, microsecond=0), until, grid))
    try:
        actions.enter_roster(code, turns)
    except (
        InvalidInput
    ) as exc:  # somebody else has come in as the same person at this moment, or their grid has just ended
        logger.info("%s comes in off duty: %s", person, exc.message)


def _end_of_shift(place: City) -> datetime:
    local = place.now().astimezone(place.time_zone)
    ends = datetime.combine(local.date(), SHIFT_ENDS, tzinfo=place.time_zone)
    return ends if ends - local > timedelta(hours=1) else ends + timedelta(days=1)
