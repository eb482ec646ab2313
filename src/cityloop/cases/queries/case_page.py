"""The page of a case at a desk, in words for its reader."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from cityloop.cases.queries.case_detail import CaseDetail
from cityloop.cases.queries.clock_lines import clock_reasons
from cityloop.cases.queries.files import CaseFile
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.loop_page import calendar_words
from cityloop.cases.queries.possible import possible_actions
from cityloop.cases.queries.said import kind_of_shot
from cityloop.cases.queries.timeline import EventLine
from cityloop.cases.queries.told import (
    ClockSheet,
    actor_words,
    clock_sheet,
    flag_line,
    known_of,
    person_words,
    said_words,
    standing_words,
)
from cityloop.cases.queries.wording import Wording, duration
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.table import Action
from cityloop.kernel.translation import _, listed
from cityloop.media.choices import Kind as Media

FIRST = 3
"""Actions that are buttons; the others stand in a menu."""


@dataclass(frozen=True, slots=True)
class Doing:
    """An action that the reader may take now. ``is_grave``: it ends the case, or undoes what others did."""

    code: str
    name: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the case. ``small`` shows it, ``large`` opens it; ``says`` stands where there is nothing to show."""

    kind: str
    title: str
    small: str
    large: str
    media: str
    says: str
    facts: str


@dataclass(frozen=True, slots=True)
class Knot:
    """One act on the line of the case's life. ``stayed`` is how long the case had stood before it."""

    seq: int
    at: datetime
    action: str
    actor: str
    said: str
    stayed: str
    moved_to: str
    pictures: list[Picture]


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the page shows. ``facts`` are pairs of words; ``light`` and ``due_at`` are those of the clock in sight."""

    detail: CaseDetail
    facts: list[tuple[str, str]]
    flags: list[str]
    doing: list[Doing]
    waiting: list[str]
    clocks: list[ClockSheet]
    knots: list[Knot]
    pictures: list[Picture]
    zone: str
    now: datetime
    menu: list[Doing] = field(default_factory=list)
    grave: list[Doing] = field(default_factory=list)

    @property
    def spot(self) -> str:
        """``lon,lat`` of the case in degrees, WGS 84; "" where it has no position."""
        position = self.detail.place.position
        return "" if position is None else "{:.6f},{:.6f}".format(*position)


def case_page(found: Found, detail: CaseDetail, lines: list[EventLine]) -> CasePage:
    """Return the page of a case that has been looked at (``actions.looking``) by its reader."""
    words = Words(found.loop, found.city)
    wording = Wording(words, {})
    doing = [
        _doing(one.action, words, found) for one in possible_actions(found, found.viewer, found.now) if not one.why_not
    ]
    plain = [one for one in doing if not one.is_grave]
    calendars = calendar_words(found.row.jurisdiction)
    return CasePage(
        detail=detail,
        facts=[(name, text) for name, text in _facts(detail, wording) if text],
        flags=[flag_line(line.flag, line.value, wording) for line in detail.flags],
        doing=plain[:FIRST],
        menu=plain[FIRST:],
        grave=[one for one in doing if one.is_grave],
        waiting=list(_waiting(detail)),
        clocks=[clock_sheet(reason, wording, calendars) for reason in clock_reasons(found, words)],
        knots=[_knot(line, wording) for line in reversed(lines)],
        pictures=[_picture(one) for one in detail.files],
        zone=str(found.city.city.time_zone),
        now=found.now,
    )


def groups_of(pictures: list[Picture]) -> list[tuple[str, list[Picture]]]:
    """Return the pictures by what they are of, in the order in which each kind came first."""
    order = list(dict.fromkeys(one.title for one in pictures))
    rows = sorted(pictures, key=lambda one: order.index(one.title))
    return [(title, list(of_kind)) for title, of_kind in groupby(rows, key=attrgetter("title"))]


def _doing(action: Action, words: Words, found: Found) -> Doing:
    ends = {found.loop.states[target.state].kind for target in action.to if target.state}
    return Doing(action.code, words.label(action), "void" in {str(kind) for kind in ends} and len(ends) == 1)


def _waiting(detail: CaseDetail) -> Iterator[str]:
    """Yield for whom the case waits, one line each: task, post or person, department."""
    for task in detail.tasks:
        who = person_words(task.person) or task.post.name
        yield " · ".join(
            part for part in (task.task.name, who, task.department.name if task.department else "") if part
        )
    for one in detail.applications:
        names = listed(post.name for post in one.waits_for)
        yield _("%(application)s: waits for %(posts)s") % {"application": one.application.name, "posts": names}


def _facts(detail: CaseDetail, wording: Wording) -> Iterator[tuple[str, str]]:
    place = detail.place
    yield _("Class"), detail.category.name
    yield _("Filing condition"), detail.condition.name if detail.condition else ""
    yield _("Closing condition"), detail.closing
    yield _("Source"), detail.source.name
    yield _("Reported"), wording.when(detail.reported_at)
    yield _("Reported by"), person_words(detail.reported_by)
    if detail.reporter:
        label = _("Reporter (masked)") if detail.reporter.masked else _("Reporter")
        yield label, " ".join(part for part in (detail.reporter.name, detail.reporter.phone) if part)
    yield _("Address"), place.address or ""
    yield _("Area"), " · ".join(one.name for one in (place.street, place.community) if one)
    yield _("Unit grid"), place.unit_grid
    yield _("Duty grid"), place.duty_grid
    yield _("Position"), "" if place.position is None else "{:.6f}, {:.6f}".format(*place.position)
    yield _("Part"), detail.part_code
    yield _("Department"), detail.department.name if detail.department else ""
    yield _("Co-handlers"), listed(one.name for one in detail.co_departments)
    yield _("Handler"), person_words(detail.handler)
    yield _("Collector"), person_words(detail.collector)
    yield _("External number"), detail.external_number
    yield _("Merged into"), detail.master or ""
    yield _("Split from"), detail.split_from or ""
    yield _("Split into"), listed(detail.split_into)
    yield _("Closed"), wording.when(detail.closed_at)


def _knot(line: EventLine, wording: Wording) -> Knot:
    moved = line.to_state.name if line.from_state is None or line.from_state.code != line.to_state.code else ""
    return Knot(
        seq=line.seq,
        at=line.at,
        action=line.action.name,
        actor=actor_words(line),
        said=said_words(line, wording),
        stayed=duration(line.stayed_s) if line.stayed_s else "",
        moved_to=moved,
        pictures=[_picture(one) for one in line.files],
    )


def _picture(one: CaseFile) -> Picture:
    links = one.links or {}
    return Picture(
        kind=one.kind,
        title=kind_of_shot(one.kind),
        small=links.get("small", ""),
        large=links.get("large" if one.media == Media.PHOTO else "public", ""),
        media=str(one.media or ""),
        says=standing_words(one),
        facts=" · ".join(fact for fact in known_of(one) if fact),
    )
