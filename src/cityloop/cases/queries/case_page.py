"""The page of a case at a desk, in words for its reader."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.safestring import mark_safe

from cityloop.assets.queries import PartBrief, part_brief
from cityloop.cases.choices import Kind, Via
from cityloop.cases.queries.case_detail import CaseDetail
from cityloop.cases.queries.case_photos import Pair, Picture, groups_of, pairs_of, pictures_of
from cityloop.cases.queries.case_stages import stages_drawing
from cityloop.cases.queries.clock_lines import ClockReason, clock_reasons
from cityloop.cases.queries.found import Found
from cityloop.cases.queries.held import names_in
from cityloop.cases.queries.loop_page import calendar_words
from cityloop.cases.queries.possible import possible_actions
from cityloop.cases.queries.privacy import is_of_the_public
from cityloop.cases.queries.reckoned import Reckoning, near, reckoning
from cityloop.cases.queries.timeline import EventLine
from cityloop.cases.queries.told import actor_words, flag_line, person_words, said_words
from cityloop.cases.queries.wording import Wording, duration
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.drawing import Way
from cityloop.cases.rules.moves import START
from cityloop.cases.rules.table import Action
from cityloop.kernel.translation import _, listed

FIRST = 3
"""Actions that are buttons; the others stand in a menu."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The reader's own last act, which can be taken back ``until`` then."""

    act: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Doing:
    """An action that the reader may take now. ``is_grave``: it ends the case, or undoes what others did.

    ``takes_back`` is set where it takes back the reader's own last act.
    """

    code: str
    name: str
    is_grave: bool
    takes_back: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Knot:
    """One act on the line of the case's life. ``stayed`` is how long the case had stood before it.

    ``near`` is the time as people say it; ``department`` that of the actor's post; ``cases`` those that the act split off, or
    that it came from.
    """

    seq: int
    at: datetime
    near: str
    action: str
    actor: str
    department: str
    said: str
    stayed: str
    moved_to: str
    is_system: bool
    pictures: list[Picture]
    cases: list[str]


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the page shows.

    Args:
        facts: Pairs of words.
        part: What its reader may know of the part that it names; None where that is nothing.
        clock: The clock in sight, and why it is due when it is; None where none runs or is held.
        clocks: The others.
        stages: All of them drawn to scale, as an SVG made by us.
        doing: Actions that are buttons; ``menu`` the others, ``grave`` those apart.
        takes_back: The reader's own last act, if it can be taken back.
        knots: The newest first.
    """

    detail: CaseDetail
    facts: list[tuple[str, str]]
    part: PartBrief | None
    flags: list[str]
    doing: list[Doing]
    menu: list[Doing]
    grave: list[Doing]
    takes_back: Doing | None
    waiting: list[str]
    clock: Reckoning | None
    clocks: list[Reckoning]
    stages: str
    knots: list[Knot]
    pictures: list[tuple[str, list[Picture]]]
    pairs: list[Pair]
    zone: str
    now: datetime

    @property
    def spot(self) -> str:
        """``lon,lat`` of the case in degrees, WGS 84; "" where it has no position."""
        position = self.detail.place.position
        return "" if position is None else "{:.6f},{:.6f}".format(*position)


def case_page(found: Found, detail: CaseDetail, lines: list[EventLine], *, on_paper: bool = False) -> CasePage:
    """Return the page of a case that has been looked at (``actions.looking``) by its reader."""
    words = Words(found.loop, found.city)
    # Read with the case; to the public no member of the staff is named.
    names = {} if is_of_the_public(found) else names_in(found, ())
    wording = Wording(words, names, on_paper)
    possible = [one.action for one in possible_actions(found, found.viewer, found.now) if not one.why_not]
    doing = [_doing(action, words, found) for action in sorted(possible, key=lambda one: _rank(one, found))]
    plain = [one for one in doing if not one.is_grave and one.takes_back is None]
    calendars = calendar_words(found.row.jurisdiction)
    reasons = clock_reasons(found, words)
    leading = _leading(found, reasons)
    reckoned = [reckoning(reason, wording, calendars, found.now) for reason in reasons]
    pictures = pictures_of(detail.files, lines, wording, found.now)
    part = None if on_paper else part_brief(found.viewer, found.row.jurisdiction, detail.part_code)
    return CasePage(
        detail=detail,
        facts=[(name, text) for name, text in _facts(detail, wording, part) if text],
        part=part,
        flags=[flag_line(line.flag, line.value, wording) for line in detail.flags],
        doing=plain[:FIRST],
        menu=plain[FIRST:],
        grave=[one for one in doing if one.is_grave],
        takes_back=next((one for one in doing if one.takes_back), None),
        waiting=list(_waiting(detail)),
        clock=next((one for one in reckoned if one.stage == leading), None),
        clocks=[one for one in reckoned if one.stage != leading],
        stages=mark_safe(stages_drawing(found, reasons, lines)),  # noqa: S308  # drawn by us, every name in it escaped
        knots=[_knot(line, pictures, wording, found.now) for line in reversed(lines)],
        pictures=groups_of(pictures),
        pairs=pairs_of(pictures),
        zone=str(found.city.city.time_zone),
        now=found.now,
    )


def way_of(found: Found, lines: Iterable[EventLine]) -> Way:
    """Return where a case stands in its loop, and the ways that it has gone."""
    gone = frozenset(
        (line.from_state.code if line.from_state else START, line.action.code, line.to_state.code) for line in lines
    )
    return Way(found.snapshot.state, gone)


def _rank(action: Action, found: Found) -> int:
    """Return where an action stands among the buttons: what brings the case on or somebody waits for is 0, what sends it back 1,
    what is only said about it 2. Else the order is the table's.
    """
    if action.decides is not None:
        return 0
    order = {step: number for number, step in enumerate(found.loop.steps)}
    here, states = found.row.state, found.loop.states
    reached = [order[states[target.state].step] for target in action.to if target.state and target.state != here]
    if not reached:
        return 2
    return int(max(reached) < order[states[here].step])


def _doing(action: Action, words: Words, found: Found) -> Doing:
    ends = {found.loop.states[target.state].kind for target in action.to if target.state}
    takes_back = _withdrawal(found, words) if action.restores else None
    return Doing(action.code, words.label(action), ends == {Kind.VOID}, takes_back)


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


def _facts(detail: CaseDetail, wording: Wording, part: PartBrief | None) -> Iterator[tuple[str, str]]:
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
    yield _("Part"), "" if part else detail.part_code  # told apart where more is known of it
    yield _("Department"), detail.department.name if detail.department else ""
    yield _("Co-handlers"), listed(one.name for one in detail.co_departments)
    yield _("Handler"), person_words(detail.handler)
    yield _("Collector"), person_words(detail.collector)
    yield _("External number"), detail.external_number
    yield _("Merged into"), detail.master or ""
    yield _("Split from"), detail.split_from or ""
    yield _("Split into"), listed(detail.split_into)
    yield _("Closed"), wording.when(detail.closed_at)


def _knot(line: EventLine, pictures: list[Picture], wording: Wording, now: datetime) -> Knot:
    moved = line.to_state.name if line.from_state is None or line.from_state.code != line.to_state.code else ""
    return Knot(
        seq=line.seq,
        at=line.at,
        near=near(line.at, wording, now),
        action=line.action.name,
        actor=actor_words(line),
        department=_department_of(line, wording),
        said=said_words(line, wording),
        stayed=duration(line.stayed_s) if line.stayed_s else "",
        moved_to=moved,
        is_system=line.via == Via.SYSTEM,
        pictures=[one for one in pictures if one.seq == line.seq],
        cases=line.cases,
    )


def _department_of(line: EventLine, wording: Wording) -> str:
    """Return the department in which the actor held their post when they acted; "" where their post has none."""
    if line.by is None or line.by.id is None:
        return ""
    city = wording.words.city.city
    day = city.day_of(line.at)
    for held in city.appointments.get(line.post.code, ()):
        if held.user_id == line.by.id and held.department_id is not None and held.holds_on(day):
            department = city.departments.get(held.department_id)
            return department.name if department else ""
    return ""


def _leading(found: Found, reasons: list[ClockReason]) -> str:
    """Return the stage whose clock is in sight: the first to be due of those that run in this state, else one that it holds."""
    state = found.loop.states[found.snapshot.state]
    due = {one.line.clock.code: one.line.due_at for one in reasons if one.line.status == "running"}
    running = [code for code in state.runs if code in due]
    if running:
        return min(running, key=lambda code: due[code] or datetime.max.replace(tzinfo=UTC))
    held = {one.line.clock.code for one in reasons if one.line.status == "paused"}
    return next((code for code in state.holds if code in held), "")


def _withdrawal(found: Found, words: Words) -> Withdrawal | None:
    """Return what of their own the reader may take back now, and until when."""
    last = found.snapshot.last
    if last is None:
        return None
    minutes = found.loop.settings.withdraw_minutes
    return Withdrawal(words.action(last.action).name, last.at + timedelta(minutes=minutes))
