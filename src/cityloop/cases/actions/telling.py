"""Past cases run through the same pure transitions that the one door asks, told as lines for COPY.

What a story lacks is its number, which is given last, under a lock: whoever writes it puts the number in and chains the
hashes (``replay``). So stories can be told in another process while earlier ones are written.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from cityloop.cases.actions import copying
from cityloop.cases.actions.facts import place_values
from cityloop.cases.projections import (
    TaskRow,
    attached_by,
    case_columns,
    event_of,
    stored_snapshot,
    texts_of,
    words_of_case,
    written_tasks,
)
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.rules.bigrams import grams
from cityloop.cases.rules.dues import Due, dues
from cityloop.cases.rules.engine import perform_pure
from cityloop.cases.rules.history import Event, signed
from cityloop.cases.rules.parties import NO_FACTS, Facts
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.cases.rules.table import Table
from cityloop.cases.rules.timed import Timed, timed_actions
from cityloop.geography.queries import Locator
from cityloop.geography.rules import Located
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import _
from cityloop.organisation.rules.staffing import HeldPost, Viewer

NO_INPUTS: Mapping[str, Any] = {}
UP = datetime.max.replace(tzinfo=UTC)

MOMENT = timedelta(seconds=1)
"""At the very instant people may still act; after it the system does."""

CASE_COLUMNS = (
    "id", "number", "jurisdiction", "table_version", "via", "state", "kind", "source", "category", "condition",
    "part_code", "department", "department_ids", "people", "reporter_user", "location", "unit_grid", "duty_grid",
    "community", "street", "district", "external_number", "master", "reported_at", "closed_at", "due_at", "warn_at",
    "double_at", "wake_at", "counted_by", "snapshot", "seq", "head",
)  # fmt: skip
EVENT_COLUMNS = (
    "case_id", "seq", "jurisdiction", "action", "at", "person", "post", "via", "from_state", "to_state", "body", "hash",
    "key", "request",
)  # fmt: skip
TASK_COLUMNS = (
    "case_id", "n", "jurisdiction", "kind", "post", "department_id", "person", "duty_grid", "opened_at", "due_at",
    "warn_at", "double_at", "done_at", "done_by", "opened_seq", "done_seq",
)  # fmt: skip
FILE_COLUMNS = ("case_id", "seq", "n", "kind", "sha256", "lies_in")
WORD_COLUMNS = ("case_id", "said", "grams")
TEXT_COLUMNS = ("case_id", "seq", "field", "text", "salt", "personal")


@dataclass(frozen=True, slots=True)
class PastAct:
    """Something that was done with a past case.

    Args:
        post: Of whoever did it, where it is known; ``""`` for the system. Nobody is named.
    """

    action: str
    at: datetime
    post: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastCase:
    """A service request that another system has handled.

    Args:
        key: Idempotency key of the report: the same row of the same file always has the same.
        reported_at, closed_at: UTC; a case without ``closed_at`` stops at its dispatch.
        category, condition: Keys of the standards.
        source: A source of the city's table.
        lon, lat: WGS 84, degrees; a case without them stays workable.
        department: Code of the department that disposed of it.
        external_due_at: The deadline that the other system had set.
        urged_at: When it was urged, in order, before it was closed.
        steps: When the steps between were taken, where the source knows it: by action of the table's ``past``, in order.
        acts: All that was done after the report, in order, where the source knows even that: instead of all the rest.
        reporter: ``name`` and ``phone`` of who called, as far as the source knows.
    """

    key: UUID
    reported_at: datetime
    closed_at: datetime | None
    category: str
    condition: str
    source: str
    lon: float | None
    lat: float | None
    description: str
    address: str
    department: str
    external_number: str = ""
    external_due_at: datetime | None = None
    urged_at: tuple[datetime, ...] = ()
    steps: Mapping[str, datetime] = field(default_factory=dict)
    acts: tuple[PastAct, ...] = ()
    reporter: Mapping[str, str] = field(default_factory=dict)


class Story(NamedTuple):
    """A case whose story is told but which has no number yet, as what COPY reads.

    Args:
        key: Idempotency key of its report.
        day: The city's day of its report, for the number.
        case: The case's line up to its number, and from there to its head.
        events: For each event what its hash signs, and its line up to its hash.
        tasks, texts, files: Whole lines.
        words: The whole line of what words find it.
    """

    key: UUID
    day: date
    case: tuple[str, str]
    events: list[tuple[bytes, str]]
    tasks: list[str]
    texts: list[str]
    files: list[str]
    words: str


class _TaskLife(NamedTuple):
    row: TaskRow
    opened_at: datetime
    opened_seq: int
    done_at: datetime | None
    done_seq: int | None


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells stories of one city, under one table, up to ``upto``."""

    city: LoopCity
    loop: Table
    version: int
    actor: Viewer
    via: str
    locator: Locator
    upto: datetime

    def __call__(self, batch: Sequence[PastCase]) -> list[Story | str]:
        """Return for each case its story, or why the rules refuse it."""
        timed = timed_actions(self.loop)
        return [self._told(past, place, timed) for past, place in zip(batch, self._places(batch), strict=True)]

    def _told(self, past: PastCase, place: Located | None, timed: Sequence[Timed]) -> Story | str:
        try:
            return self._tell(past, place, timed)
        except CityError as exc:
            return exc.message

    def _tell(self, past: PastCase, place: Located | None, timed: Sequence[Timed]) -> Story:
        if past.closed_at is not None and past.closed_at < past.reported_at:
            raise InvalidInput(_("It was closed before it was reported."))
        if not all(first <= then for first, then in pairwise([past.reported_at, *past.urged_at, past.closed_at or UP])):
            raise InvalidInput(_("It was urged before it was reported, after it was closed, or out of order."))
        if (past.steps or past.acts) and not all(
            first.at <= then.at for first, then in pairwise(_acts(self.loop, past))
        ):
            raise InvalidInput(_("Its steps were taken out of order."))
        extra: dict[str, Any] = {"history": True}  # nobody is urged because of the past
        if self.version:
            extra["table_version"] = self.version
        told = _Told(self, str(uuid7()), Facts(located=place_values(place) if place else None, extra=extra))
        for act in _acts(self.loop, past):
            if act.action not in self.loop.passed_over or _leads(self.loop, act.action, told.snapshot):
                told.take(act.action, act.inputs, act.at, act.post)
        # What the system has done since, too: nobody is left to call back whose case was closed long ago.
        while (due := _due_by_itself(timed, told.snapshot, self.upto)) is not None:
            told.take(due[0], NO_INPUTS, due[1])
        return told.story(past.key, self.city.city.day_of(past.reported_at))

    def _places(self, batch: Sequence[PastCase]) -> list[Located | None]:
        nowhere = float("nan")
        places = self.locator.locate(
            np.array([nowhere if past.lon is None else past.lon for past in batch]),
            np.array([nowhere if past.lat is None else past.lat for past in batch]),
        )
        return [places[index] for index in range(len(batch))]


class _Told:
    """A story as far as it is told."""

    def __init__(self, teller: Teller, case: str, facts: Facts) -> None:
        self.teller = teller
        self.case = case
        self.facts = facts
        self.snapshot = EMPTY
        self.running: Mapping[str, Due] = {}
        self.lives: dict[int, _TaskLife] = {}
        self.events: list[tuple[bytes, str]] = []
        self.texts: list[str] = []
        self.files: list[str] = []
        self.said: dict[str, str] = {}

    def take(self, action: str, inputs: Mapping[str, Any], at: datetime, post: str = "") -> None:
        """Let the system take ``action`` at ``at``, or somebody in ``post`` whom nobody names."""
        loop, city = self.teller.loop, self.teller.city
        facts, self.facts = self.facts, NO_FACTS
        actor = self._somebody(post) if post else self.teller.actor
        outcome = perform_pure(loop, self.snapshot, action, inputs, actor=actor, city=city, now=at, facts=facts)
        self.snapshot = outcome.after
        self.running = dues(loop, outcome.after, city)
        texts = texts_of(outcome)
        event = event_of(self.case, outcome, None, self.teller.via, at, texts)
        for text in texts:
            self.texts.append(copying.line((self.case, event.seq, *text)))
            self.said[text.field] = text.text
        self.events.append((signed(event), self._event_line(event)))
        self.files.extend(copying.line((self.case, event.seq, *one)) for one in attached_by(outcome, city.code))
        lives = self.lives
        for number in outcome.changes.done:
            lives[number] = lives[number]._replace(done_at=at, done_seq=event.seq)
        for row in written_tasks(outcome.changes, outcome.after, city, self.running):
            life = lives.get(row.n)
            lives[row.n] = _TaskLife(row, at, event.seq, None, None) if life is None else life._replace(row=row)

    def _somebody(self, post: str) -> Viewer:
        """Return who stands in ``post``, for the case's department where the post hangs from one."""
        city = self.teller.city
        department = city.department(str(self.snapshot.values.get("department", "")))
        held = HeldPost(post, city.code, department.id if department else None, department.path if department else "")
        return Viewer(None, self.teller.actor.name, posts=(held,))

    def story(self, key: UUID, day: date) -> Story:
        said = words_of_case(self.said, self.snapshot.values.get("external_number", ""))
        words = copying.line((self.case, said, grams(said)))
        tasks = list(map(self._task_line, self.lives.values()))
        return Story(key, day, self._case_line(), self.events, tasks, self.texts, self.files, words)

    # Most rows are events and tasks: their lines are written out, since only the body can hold a sign to escape.

    def _event_line(self, event: Event) -> str:
        return (
            f"{event.case}\t{event.seq}\t{self.teller.city.code}\t{event.action}\t{copying.instant(event.at)}\t{copying.NULL}\t"
            f"{event.post}\t{event.via}\t{event.from_state}\t{event.to_state}\t{copying.text(event.body)}\t"
        )

    def _task_line(self, life: _TaskLife) -> str:
        row, instant, number = life.row, copying.instant, copying.number
        return (
            f"{self.case}\t{row.n}\t{self.teller.city.code}\t{row.kind}\t{row.post}\t{number(row.department_id)}\t"
            f"{number(row.person)}\t{row.duty_grid}\t{instant(life.opened_at)}\t{instant(row.due_at)}\t"
            f"{instant(row.warn_at)}\t{instant(row.double_at)}\t{instant(life.done_at)}\t{copying.NULL}\t{life.opened_seq}\t{number(life.done_seq)}"
        )

    def _case_line(self) -> tuple[str, str]:
        teller, values = self.teller, self.snapshot.values
        columns = case_columns(teller.loop, self.snapshot, teller.city, self.running)
        columns |= {
            "jurisdiction": teller.city.code,
            "via": teller.via,
            "snapshot": stored_snapshot(self.snapshot),
            "location": ewkb_point(values["lon"], values["lat"]) if "lon" in values else None,
        }
        return f"{self.case}\t", f"\t{copying.line(columns[name] for name in CASE_COLUMNS[2:-1])}\t"


def _leads(loop: Table, action: str, snapshot: Snapshot) -> bool:
    known = loop.actions.get(action)
    return known is not None and snapshot.state in known.from_states


def _due_by_itself(timed: Sequence[Timed], snapshot: Snapshot, upto: datetime) -> tuple[str, datetime] | None:
    """Return the action whose time had come by ``upto``, and when."""
    for one in timed:
        held = snapshot.values.get(one.since)
        if snapshot.state in one.states and held is not None and held + MOMENT <= one.latest(upto):
            return one.action, held + one.wait + MOMENT
    return None


def _acts(loop: Table, past: PastCase) -> Iterator[PastAct]:
    """Yield what happened, as the source lets us know it and the table says how it is told (``past``)."""
    report: dict[str, Any] = {
        "source": past.source,
        "category": past.category,
        "condition": past.condition,
        "description": past.description,
        "address": past.address,
        "external_number": past.external_number,
        "external_due": past.external_due_at,
    }
    if past.lon is not None and past.lat is not None:
        report["point"] = {"lon": past.lon, "lat": past.lat, "system": "wgs84"}
    if past.reporter:
        report["reporter"] = dict(past.reporter)
    reporting = loop.reporting(["system"])
    yield PastAct(reporting.code if reporting else "", past.reported_at, inputs=report)
    if past.acts:
        yield from past.acts
        return
    at = past.reported_at
    for step in loop.past:
        if step.over and past.closed_at is None:
            continue
        if step.each_urge:
            yield from (PastAct(step.action, urged) for urged in past.urged_at)
            continue
        at = past.steps.get(step.action, past.closed_at if step.at_end and past.closed_at else at)
        given = {"department": past.department} if step.department else {}
        yield PastAct(step.action, at, inputs={**step.given, **given})


def ewkb_point(lon: float, lat: float) -> str:
    """Return a point as PostGIS reads it from text: little-endian EWKB with SRID 4490, in hexadecimal."""
    return struct.pack("<BIIdd", 1, 0x20000001, 4490, lon, lat).hex()
