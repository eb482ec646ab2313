"""How fast the city lives: what people set, and what its clock does at a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cityloop.demo import models
from cityloop.demo.queries import watched_cases
from cityloop.demo.rules.pace import OPENING_SPEED, SPEEDS, STALLED, Running, next_morning, running
from cityloop.kernel.clock import CityClock
from cityloop.kernel.errors import InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.organisation import actions as organisation_actions
from cityloop.organisation.queries import City, city

WATCHED = timedelta(seconds=12)
"""A page says every three seconds which case is on it; after so long it is closed."""

FORGET_WATCH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody changes; None stays as it is."""

    speed: int | None = None
    is_paused: bool | None = None
    waits_for_people: bool | None = None
    nights_are_short: bool | None = None


def begin_to_live(jurisdiction: str, present: datetime, *, now: datetime) -> None:
    """Let a city that has been made begin at ``present``, its own time; its clock stands until it is driven."""
    models.Pace.objects.create(jurisdiction=jurisdiction, speed=OPENING_SPEED, done_until=present, driven_at=now)


@transaction.atomic
def change_pace(jurisdiction: str, wishes: Wishes, *, now: datetime) -> None:
    """Set how fast the city lives; its time goes on without a jump.

    Args:
        now: The machine's time.
    Raises:
        InvalidInput: The slider has no such notch.
        NotFound: The city is none that lives.
    """
    pace = _locked(jurisdiction)
    if wishes.speed is not None:
        if wishes.speed not in SPEEDS:
            raise InvalidInput(_("Possible are: %(allowed)s.") % {"allowed": listed(SPEEDS)})
        pace.speed = wishes.speed
    for name in ("is_paused", "waits_for_people", "nights_are_short"):
        if (value := getattr(wishes, name)) is not None:
            setattr(pace, name, value)
    pace.save()
    place = city(jurisdiction)
    _set_clock(place, place.clock, pace, now)


@transaction.atomic
def go_to_morning(jurisdiction: str, *, now: datetime) -> None:
    """Put the city's clock forward to the end of the night that is or comes; what is due until then is done at once."""
    pace = _locked(jurisdiction)
    place = city(jurisdiction)
    assert place.clock is not None
    morning = next_morning(place.clock.at(now).astimezone(place.time_zone), place.time_zone)
    clock = CityClock(morning, now, place.clock.speed)
    organisation_actions.set_clock(jurisdiction, clock)
    _set_clock(place, clock, pace, now)


@transaction.atomic
def make_storm(jurisdiction: str, *, now: datetime) -> None:
    """Let a storm come now: within the next hour of the city people tell of ponding and fallen trees."""
    _locked(jurisdiction)
    place = city(jurisdiction)
    assert place.clock is not None
    models.Storm.objects.create(jurisdiction=jurisdiction, at=place.clock.at(now).replace(microsecond=0))


def watch(jurisdiction: str, person: int, *numbers: str, now: datetime) -> None:
    """Note which cases somebody has in hand: open, or ticked to be acted on; let the city go at its real pace for them from now on.

    Somebody without a case is noted too: they are there.
    """
    held = models.Watch.objects.filter(jurisdiction=jurisdiction, person=person, seen_at__gte=now - WATCHED)
    were_there = held.exclude(number="").exists()
    rows = [
        models.Watch(jurisdiction=jurisdiction, person=person, number=number, seen_at=now)
        for number in numbers or ("",)
    ]
    models.Watch.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["jurisdiction", "person", "number"],
        update_fields=["seen_at"],
    )
    if numbers and not were_there:
        with transaction.atomic():
            pace, place = _locked(jurisdiction), city(jurisdiction)
            _set_clock(place, place.clock, pace, now)


@transaction.atomic
def go_on(jurisdiction: str, *, now: datetime) -> None:
    """Let a city that was stopped go on where it was, before anybody looks at it; one that does not live is left alone."""
    pace = models.Pace.objects.select_for_update().filter(pk=jurisdiction).first()
    if pace is not None:
        _caught_up(city(jurisdiction), pace, now)


def _caught_up(place: City, pace: models.Pace, now: datetime) -> CityClock:
    """Return the city's clock, put back to where it stood if nobody has driven for a while, and say that somebody drives."""
    clock = place.clock
    assert clock is not None
    if not timedelta() <= now - pace.driven_at <= STALLED:
        clock = CityClock(max(clock.at(pace.driven_at), clock.origin), now, clock.speed)
        organisation_actions.set_clock(place.code, clock)
    models.Pace.objects.filter(pk=place.code).update(driven_at=now)
    return clock


@transaction.atomic
def drive(jurisdiction: str, *, now: datetime) -> Running:
    """Let the clock run as it should at this moment, and say that somebody drives; return how it runs.

    A city that nobody drove for a while was stopped: it goes on where it was, whatever the machine's clock did meanwhile.
    """
    pace = _locked(jurisdiction)
    place = city(jurisdiction)
    clock = _caught_up(place, pace, now)
    models.Watch.objects.filter(jurisdiction=jurisdiction, seen_at__lt=now - FORGET_WATCH).delete()
    return _set_clock(place, clock, pace, now)


def done_until(jurisdiction: str, at: datetime) -> None:
    """Note that all that was due up to ``at``, by the city's time, has been done."""
    models.Pace.objects.filter(pk=jurisdiction, done_until__lt=at).update(done_until=at)


def _locked(jurisdiction: str) -> models.Pace:
    pace = models.Pace.objects.select_for_update().filter(pk=jurisdiction).first()
    if pace is None:
        raise NotFound(_("There is nothing here."))
    return pace


def _set_clock(place: City, clock: CityClock | None, pace: models.Pace, now: datetime) -> Running:
    """Let the clock run at the speed that holds now, from where it stands; nothing is written where it does already.

    The clock is given: within a transaction that has moved it the city must not be read and kept, since it may be taken back.
    """
    assert clock is not None
    at = clock.at(now)
    wanted = running(
        pace.speed,
        is_paused=pace.is_paused,
        is_watched=pace.waits_for_people and bool(watched_cases(place.code, now - WATCHED)),
        nights_are_short=pace.nights_are_short,
        local=at.astimezone(place.time_zone),
        behind=at - pace.done_until,
        held=clock.speed == 0 and not pace.is_paused,
    )
    if wanted.speed != clock.speed:
        organisation_actions.set_clock(place.code, CityClock(at, now, wanted.speed))
    return wanted
