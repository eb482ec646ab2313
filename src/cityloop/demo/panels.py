"""What a demo shows on pages of other rooms: how its time goes, over the desks; who one may be, at the door."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from cityloop.demo import models
from cityloop.demo.actions.pacing import WATCHED
from cityloop.demo.queries import demo_city, made_of, offered_accounts, watched_cases
from cityloop.demo.rules.pace import SPEEDS, Running, Why, is_night, running
from cityloop.kernel.clock import machine_now
from cityloop.kernel.slots import Panel, register
from cityloop.kernel.translation import _, language, noop
from cityloop.organisation.queries import city
from cityloop.organisation.rules.staffing import STANDARD_POSTS, Viewer

DOES = {
    "citizen": noop("Reports what is wrong in the street, and follows what becomes of it"),
    "collector": noop("Walks a duty grid, reports, verifies and checks on site"),
    "acceptor": noop("Takes calls and reports, has them verified and checked, calls back"),
    "duty_chief": noop("Files, closes, watches the red lights, hands over the shift"),
    "dispatcher": noop("Finds the department that is responsible, decides on returns and extensions"),
    "dept_clerk": noop("Signs, hands on to a team, feeds back when it is done"),
    "dept_leader": noop("Answers for a department and all that lies with it"),
    "handler": noop("Goes there and puts it right, with photos before and after"),
    "inspector": noop("Supervises what is late, and demands a reply"),
    "leader": noop("Looks on, instructs, approves what goes beyond the rules"),
    "evaluator": noop("Rules on appeals"),
    "officer": noop("Enforces in the street, and puts right what the department sends them to"),
    "sysadmin": noop("Keeps people, posts and the whole installation in the console"),
    "data_admin": noop(
        "Sets limits, classes, working calendars and phrases of the city in the console, corrects names of areas"
    ),
}
"""What each post does, in the order in which the door offers them: who tells of something, who leads it through the loop, the rest."""

NEXT_ONE = noop("Somebody else of this post: takes the shift over that the other hands over")

DESKS = {"inspector": "desk-wall", "sysadmin": "admin:index", "data_admin": "admin:index"}
"""Where the work of a post lies that has none on the desk: the red lights, the console."""

LAG_SHOWN = timedelta(minutes=5)
"""The simulation is said to be behind from here on."""


def register_panels() -> None:
    register(Panel("desk-top", "demo/bar.html", bar), Panel("sign-in", "demo/accounts.html", door))


def lived_in(viewer: Viewer | None) -> str:
    """Return the code of the demo city that lives and in which ``viewer`` holds a post; ``""`` for none."""
    codes = sorted({held.jurisdiction for held in viewer.posts}) if viewer else []
    return next((code for code in codes if made_of(code)), "")


def bar(request: HttpRequest, viewer: Viewer | None) -> dict[str, Any] | None:
    """Return what the bar over the desks shows; None where the reader's city is no demo that lives."""
    code = lived_in(viewer)
    pace = models.Pace.objects.filter(pk=code).first() if code else None
    return None if pace is None else bar_of(pace, request.get_full_path())


def bar_of(pace: models.Pace, here: str) -> dict[str, Any]:
    """Return what the bar of a city shows on the page ``here``, to which its forms lead back."""
    return {"now": told(pace), "here": here, "speeds": " ".join(map(str, SPEEDS))}


@dataclass(frozen=True, slots=True)
class Told:
    """How the time of a demo city goes.

    Args:
        at_ms: The city's time, in milliseconds since 1970; ``time`` in words, ``zone`` its name.
        speed: At which it runs at this moment; ``set_speed`` as people set it, ``notch`` its place on the slider.
        words: Why it runs otherwise than it was set, or how far the simulation is behind; ``""`` for neither.
    """

    at_ms: int
    time: str
    zone: str
    speed: float
    set_speed: int
    notch: int
    is_paused: bool
    waits_for_people: bool
    nights_are_short: bool
    is_night: bool
    words: str

    @property
    def most(self) -> int:
        return len(SPEEDS) - 1


def told(pace: models.Pace) -> Told:
    """Return how the time of a city goes at this moment."""
    place, machine = city(pace.jurisdiction), machine_now()
    assert place.clock is not None
    at = place.clock.at(machine)
    local, behind = at.astimezone(place.time_zone), at - pace.done_until
    runs = running(
        pace.speed,
        is_paused=pace.is_paused,
        is_watched=pace.waits_for_people and bool(watched_cases(pace.jurisdiction, machine - WATCHED)),
        nights_are_short=pace.nights_are_short,
        local=local,
        behind=behind,
        held=place.clock.speed == 0 and not pace.is_paused,
    )
    return Told(
        at_ms=round(at.timestamp() * 1000),
        time=f"{local:%m-%d %H:%M}",
        zone=str(place.time_zone),
        speed=place.clock.speed,
        set_speed=round(pace.speed),
        notch=SPEEDS.index(round(pace.speed)) if round(pace.speed) in SPEEDS else 0,
        is_paused=pace.is_paused,
        waits_for_people=pace.waits_for_people,
        nights_are_short=pace.nights_are_short,
        is_night=is_night(local),
        words=_words(runs, behind),
    )


def _words(runs: Running, behind: timedelta) -> str:
    match runs.why:
        case Why.PAUSED:
            return _("Paused")
        case Why.WATCHED:
            return _("At its real pace, since somebody has a case open")
        case Why.NIGHT:
            return _("The night goes by quickly")
        case Why.BEHIND:
            return _("The clock waits for the simulation")
    minutes = round(behind / timedelta(minutes=1))
    return _("The simulation is %(n)d minutes behind") % {"n": minutes} if behind > LAG_SHOWN else ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that a click opens: post and what it does, the person, where they work; ``key`` is what the click sends."""

    key: str
    title: str
    does: str
    person: str
    department: str


def door(_request: HttpRequest, _viewer: Viewer | None) -> dict[str, Any] | None:
    """Return the accounts that the door of a demo offers; None where there is no demo."""
    code = demo_city()
    offers = offers_of(code) if code else []
    return {"offers": offers, "city": city(code).name} if offers else None


def offers_of(code: str) -> list[Offer]:
    """Return what the door of a demo city offers, in the order in which a case goes through the posts."""
    english = not language().startswith("zh")
    place = city(code)
    found = []
    posts = list(DOES)
    for one in sorted(offered_accounts(code), key=lambda one: (posts.index(one.post), one.number)):
        known = STANDARD_POSTS[one.post]
        held = [fact.department_id for fact in place.appointments.get(one.post, ()) if fact.user_id == one.user_id]
        department = next((place.departments[seat].name for seat in held if seat and seat in place.departments), "")
        does = _(DOES[one.post] if one.number == 1 else NEXT_ONE)
        found.append(Offer(one.key, known.name_en if english else known.name, does, one.name, department))
    return found
