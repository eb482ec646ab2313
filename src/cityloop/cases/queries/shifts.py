"""Shifts that are handed over: the open work of a post, who comes next, and what became of what was pointed out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.lights import tasks_by_light
from cityloop.cases.queries.my_tasks import TaskLine, my_tasks, task_page
from cityloop.cases.queries.reckoned import near
from cityloop.cases.queries.rights import held_with, may
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wording import Wording
from cityloop.cases.queries.words import Words, names_of, words_of
from cityloop.kernel.errors import NotAllowed, NotFound
from cityloop.kernel.translation import _
from cityloop.notices.wording import Notice, Worded
from cityloop.organisation.rules.staffing import HeldPost, Viewer

SHOWN = 60

HANDED_OVER, TAKEN = "shift.handed_over", "shift.taken"
"""Kinds of notices: to whoever comes, and to whoever left."""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """How much of one kind of task is open, by light."""

    kind: str
    name: str
    lights: Mapping[Light, int]

    @property
    def count(self) -> int:
        return sum(self.lights.values())


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who may come; ``at`` is when their turn begins by the roster, "" where it names none."""

    id: int
    name: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post of a viewer that works in shifts, with its open work now and who may come."""

    held: HeldPost
    name: str
    city: str
    work: list[WorkLine]
    lines: list[TaskLine]
    comers: list[Comer]


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to a marked case after the hand-over."""

    action: str
    who: str
    near: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A case that was pointed out: as it stood, as it stands, and what came between."""

    number: str
    category: str
    remark: str
    then: str
    now: str
    since: list[Since]


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """A hand-over in a list."""

    id: UUID
    post: str
    city: str
    left_by: str
    coming: str
    near: str
    taken_by: str
    taken_near: str
    marks: int
    open: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A hand-over, read. ``may_take``: the reader may take it now."""

    line: HandoverLine
    at: datetime
    taken_at: datetime | None
    zone: Any
    remarks: str
    work: list[WorkLine]
    marks: list[Mark]
    may_take: bool


def seats_of(viewer: Viewer) -> list[HeldPost]:
    """Return the posts of a viewer that work in shifts."""
    return held_with(viewer, "shifts")


def cities_read(viewer: Viewer) -> list[str]:
    """Return the codes of the cities whose hand-overs a viewer may read by a post there: some of them, or all."""
    return sorted({held.jurisdiction for held in held_with(viewer, "shifts", "handovers")})


def seat(viewer: Viewer, held: HeldPost) -> Seat:
    """Return one of a viewer's seats as it would be handed over now: one query for the counts, those of a page of tasks."""
    wearing, home = viewer.wearing(held.key), loop_city(held.jurisdiction)
    words = Words(table_in_force(held.jurisdiction), home)
    page = task_page(wearing, limit=SHOWN)
    return Seat(
        held,
        words.post(held.post).name,
        home.city.name,
        open_work(wearing, held),
        page.items,
        _comers(home, held, viewer),
    )


def open_work(viewer: Viewer, held: HeldPost) -> list[WorkLine]:
    """Count the open tasks of a viewer who wears ``held`` by kind and light: one query."""
    home = loop_city(held.jurisdiction)
    words = Words(table_in_force(held.jurisdiction), home)
    shining = tasks_by_light(home.city.now())
    rows: Any = my_tasks(viewer).filter(jurisdiction=held.jurisdiction).order_by("kind").values("kind")
    counted = rows.annotate(**{light.value: Count("id", filter=which) for light, which in shining.items()})
    return [
        WorkLine(row["kind"], words.task(row["kind"]).name, {light: row[light.value] for light in shining})
        for row in counted
    ]


def handovers(viewer: Viewer, day: date | None = None) -> list[HandoverLine]:
    """Return the hand-overs that a viewer may read, newest first: of a day, or all that wait to be taken. Two queries."""
    rows = models.ShiftHandover.objects.filter(_readable(viewer))
    if day is None:
        rows = rows.filter(taken_at=None)
    else:
        rows = rows.filter(_on(day, [loop_city(code) for code in cities_read(viewer)]))
    return _lines(list(rows.annotate(pointed=Count("marks")).order_by("-at")[:SHOWN]))


def handover(viewer: Viewer, handover_id: UUID) -> Handover:
    """Return one hand-over, with what has happened since to each case that was pointed out and that the viewer sees.

    Raises:
        NotFound: There is none that they may read.
    """
    row = (
        models.ShiftHandover.objects.filter(_readable(viewer), pk=handover_id).annotate(pointed=Count("marks")).first()
    )
    if row is None:
        raise NotFound(_("There is no hand-over here that you may read."))
    [line] = _lines([row])
    city = loop_city(row.jurisdiction).city
    return Handover(
        line,
        row.at,
        row.taken_at,
        city.time_zone,
        row.remarks,
        _work(row.work),
        _marks(row, viewer),
        may_take(row, viewer),
    )


def may_take(row: models.ShiftHandover, viewer: Viewer) -> bool:
    """Whether a viewer may take a shift over: they hold the post there, and are not who hands it over."""
    held = any(one.post == row.post and one.jurisdiction == row.jurisdiction for one in viewer.posts)
    return held and row.taken_at is None and viewer.user_id not in {None, row.left_by}


def told_of_shifts(notices: Sequence[Notice], viewer: Viewer) -> Mapping[int, Worded]:
    """Return what notices about shifts say: one query for all of them."""
    ours = {one.id: one for one in notices if one.kind in {HANDED_OVER, TAKEN}}
    if not ours:
        return {}
    rows = models.ShiftHandover.objects.filter(_readable(viewer), pk__in=[one.subject for one in ours.values()])
    known = {str(line.id): line for line in _lines(list(rows.annotate(pointed=Count("marks")).order_by("at")))}
    found = {}
    for one in ours.values():
        words = _("A shift is handed over") if one.kind == HANDED_OVER else _("Your shift was taken over")
        line = known.get(one.subject)
        if line is None:
            found[one.id] = Worded(words)
        else:
            who = line.left_by if one.kind == HANDED_OVER else line.taken_by
            found[one.id] = Worded(words, f"{line.post} · {who}", reverse("desk-shift-read", args=[line.id]))
    return found


def _readable(viewer: Viewer) -> Q:
    """Return the condition of the hand-overs that a viewer reads: of their own post, or of all posts of their city."""
    found = Q(pk__in=())
    for held in viewer.posts:
        if may(held.jurisdiction, held.post, "handovers"):
            found |= Q(jurisdiction__in=sorted({held.jurisdiction, *held.below}))
        elif may(held.jurisdiction, held.post, "shifts"):
            found |= Q(jurisdiction=held.jurisdiction, post=held.post)
    return found


def _on(day: date, homes: Sequence[LoopCity]) -> Q:
    found = Q(pk__in=())
    for home in homes:
        begins = datetime.combine(day, time.min, home.city.time_zone)
        ends = datetime.combine(day + timedelta(days=1), time.min, home.city.time_zone)
        found |= Q(jurisdiction=home.code, at__gte=begins.astimezone(UTC), at__lt=ends.astimezone(UTC))
    return found


def _comers(home: LoopCity, held: HeldPost, viewer: Viewer) -> list[Comer]:
    """Return who may come: by the roster whose turn is or begins next, then whoever else holds the post."""
    city, now = home.city, home.city.now()
    turns = {
        (duty.starts_at, duty.user_id)
        for at in (now, now + timedelta(days=1))
        for duty in city.roster(at).duties
        if duty.post == held.post and duty.ends_at > now + timedelta(minutes=30)
    }
    holders = city.holders(held.post)
    first: dict[int, str] = {}
    for starts_at, person in sorted(turns):
        if person in holders:
            first.setdefault(person, f"{starts_at.astimezone(city.time_zone):%m-%d %H:%M}")
    people = [person for person in (*first, *holders) if person not in {viewer.user_id, held.deputy_for}]
    names = names_of(set(people))
    return [Comer(person, names.get(person, ""), first.get(person, "")) for person in dict.fromkeys(people)]


def _lines(rows: Sequence[Any]) -> list[HandoverLine]:
    names = names_of({person for row in rows for person in (row.left_by, row.coming, row.taken_by)})
    found = []
    for row in rows:
        home = loop_city(row.jurisdiction)
        wording = Wording(Words(table_in_force(row.jurisdiction), home), names)
        found.append(
            HandoverLine(
                row.id, wording.words.post(row.post).name, home.city.name, names.get(row.left_by, ""),
                names.get(row.coming, ""), near(row.at, wording, wording.words.now), names.get(row.taken_by, ""),
                near(row.taken_at, wording, wording.words.now) if row.taken_at else "", row.pointed,
                sum(line.count for line in _work(row.work)),
            )
        )  # fmt: skip
    return found


def _work(kept: Sequence[Mapping[str, Any]]) -> list[WorkLine]:
    return [
        WorkLine(one["kind"], one["name"], {Light(light): count for light, count in one["lights"].items()})
        for one in kept
    ]


def _marks(row: models.ShiftHandover, viewer: Viewer) -> list[Mark]:
    """Return the cases pointed out that the viewer sees: one query for them, one for what came since, one for names."""
    seen = models.Case.objects.visible_to(viewer).filter(pk=OuterRef("case_id"))
    marks = list(
        row.marks.filter(Exists(seen)).select_related("case").defer("case__snapshot", "case__location").order_by("id")
    )
    since = models.CaseEvent.objects.filter(case_id__in=[one.case_id for one in marks])
    events: dict[UUID, list[models.CaseEvent]] = {}
    for event in since.order_by("case_id", "seq").only("case_id", "seq", "action", "at", "person", "post"):
        events.setdefault(event.case_id, []).append(event)
    names = names_of({event.person for found in events.values() for event in found})
    return [_mark(one, events.get(one.case_id, []), names) for one in marks]


def _mark(one: models.HandoverMark, events: Sequence[models.CaseEvent], names: dict[int, str]) -> Mark:
    wording = Wording(words_of(one.case.jurisdiction, one.case.table_version), names)
    words = wording.words
    return Mark(
        number=one.case.number,
        category=words.category(one.case.category).name,
        remark=one.remark,
        then=wording.state(one.state),
        now=wording.state(one.case.state),
        since=[
            Since(
                words.action(event.action).name,
                wording.by(event.post, event.person),
                near(event.at, wording, words.now),
            )
            for event in events
            if event.seq > one.seq
        ],
    )


def chosen_seat(viewer: Viewer, key: str) -> HeldPost:
    """Return the seat that is asked for, or the first.

    Raises:
        NotAllowed: None of the viewer's posts works in shifts.
    """
    seats = seats_of(viewer)
    if not seats:
        raise NotAllowed(_("None of your posts works in shifts."))
    return next((held for held in seats if held.key == key), seats[0])
