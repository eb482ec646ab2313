"""The bulk twin of ``perform``: past cases, run through the same pure transitions, written by COPY in batches.

What it writes is indistinguishable to ``verify`` from what ``perform`` writes. A source proves only when a case was
reported and when it was closed: acceptance, filing and dispatch are set at the report's time, disposal runs from there to
closing, check and close are at closing. All acts are the system's, through the door ``replayed``.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection

from cityloop.cases import models
from cityloop.cases.actions import copying
from cityloop.cases.actions.facts import place_values
from cityloop.cases.choices import Via
from cityloop.cases.projections import TaskRow, TextRow, case_columns, event_of, texts_of, written_tasks
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import newest_version, table
from cityloop.cases.rules.dues import dues
from cityloop.cases.rules.engine import Outcome, perform_pure
from cityloop.cases.rules.history import Event, chained
from cityloop.cases.rules.parties import NO_FACTS, Facts
from cityloop.cases.rules.snapshot import EMPTY, Snapshot
from cityloop.geography.queries import Locator
from cityloop.geography.rules import Located
from cityloop.kernel.errors import CityError, InvalidInput
from cityloop.kernel.hashing import NO_HASH
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import _
from cityloop.organisation.queries import system_viewer
from cityloop.standards.rules import CaseNumber

NO_INPUTS: Mapping[str, Any] = {}
UUID_RANGE = 1 << 128

CASE_COLUMNS = (
    "id", "number", "jurisdiction", "table_version", "via", "state", "kind", "source", "category", "condition",
    "part_code", "department", "department_ids", "people", "reporter_user", "location", "unit_grid", "duty_grid",
    "community", "street", "district", "external_number", "master", "reported_at", "closed_at", "due_at", "warn_at",
    "snapshot", "seq", "head",
)  # fmt: skip
EVENT_COLUMNS = (
    "case_id", "seq", "jurisdiction", "action", "at", "person", "post", "via", "from_state", "to_state", "body", "hash",
    "key", "request",
)  # fmt: skip
TASK_COLUMNS = (
    "case_id", "n", "jurisdiction", "kind", "post", "department_id", "person", "duty_grid", "opened_at", "due_at",
    "warn_at", "done_at", "done_by", "opened_seq", "done_seq",
)  # fmt: skip
TEXT_COLUMNS = ("case_id", "seq", "field", "text", "salt", "personal")

NUMBERS = """
-- Take so many numbers of each day; the counters stay locked until the batch is committed.
INSERT INTO cases_casecounter (jurisdiction, day, last)
SELECT %s, day, n FROM unnest(%s::date[], %s::int[]) AS t(day, n) ORDER BY day
ON CONFLICT (jurisdiction, day) DO UPDATE SET last = cases_casecounter.last + excluded.last
RETURNING day, last
"""

RawConnection = psycopg.Connection[tuple[Any, ...]]


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


@dataclass(frozen=True, slots=True)
class ReplayCount:
    """What became of a batch: cases made, found made before, and refused (index in the batch, why)."""

    made: int
    already: int
    refused: list[tuple[int, str]] = field(default_factory=list)


class _TaskLife(NamedTuple):
    row: TaskRow
    opened_at: datetime
    opened_seq: int
    done_at: datetime | None
    done_seq: int | None


class _Told(NamedTuple):
    """A case whose story is told but which has no number yet."""

    case: UUID
    key: UUID
    day: date
    snapshot: Snapshot
    events: list[Event]
    texts: list[tuple[int, TextRow]]
    tasks: list[_TaskLife]


class _Batch(NamedTuple):
    """A batch whose stories are told: what to write, under which keys, and what to answer."""

    stories: list[_Told]
    keys: set[UUID]
    answer: ReplayCount


class Replay:
    """Writes past cases of one jurisdiction, batch by batch; each batch is one transaction."""

    def __init__(self, jurisdiction: str, *, label: str, via: str = Via.REPLAYED) -> None:
        self.city = loop_city(jurisdiction)
        self.version = newest_version(jurisdiction, self.city.city.versions)
        self.loop = table(jurisdiction, self.version)
        self.extra = {"table_version": self.version} if self.version else None
        self.actor = system_viewer(label, jurisdiction)
        self.via = str(via)
        self.locator = Locator.load(self.city.day, jurisdiction)

    def write(self, batch: Sequence[PastCase]) -> ReplayCount:
        """Write the cases of ``batch`` that are not there yet; a case that the rules refuse is left out and told."""
        [count] = self.write_all([batch])
        return count

    def write_all(self, batches: Iterable[Sequence[PastCase]]) -> Iterator[ReplayCount]:
        """Write batch after batch, each in a transaction of its own, and yield what became of each.

        While PostgreSQL takes one batch in, the next one's stories are told: until the last answer, nobody else may use
        this thread's connection between two answers of this generator and its next.
        """
        told: _Batch | None = None
        with ThreadPoolExecutor(max_workers=1) as writer:
            for batch in batches:
                known = self._known(past.key for past in batch)  # while the connection is idle
                writing = writer.submit(self._copy, told.stories, _raw_connection()) if told else None
                following = self._tell_all(batch, known | told.keys if told else known)
                if writing is not None and told is not None:
                    writing.result()
                    yield told.answer
                told = following
            if told is not None:
                self._copy(told.stories, _raw_connection())
                yield told.answer

    # --- telling

    def _tell_all(self, batch: Sequence[PastCase], known: set[UUID]) -> _Batch:
        places = self._places(batch)
        stories: list[_Told] = []
        refused, keys = [], set(known)
        for index, past in enumerate(batch):
            if past.key in keys:
                continue
            keys.add(past.key)
            try:
                stories.append(self._tell(past, places[index]))
            except CityError as exc:
                refused.append((index, exc.message))
        already = len(batch) - len(stories) - len(refused)
        return _Batch(stories, {story.key for story in stories}, ReplayCount(len(stories), already, refused))

    def _tell(self, past: PastCase, place: Located | None) -> _Told:
        """Return the story of one case, as the pure transitions tell it."""
        if past.closed_at is not None and past.closed_at < past.reported_at:
            raise InvalidInput(_("It was closed before it was reported."))
        case = uuid7()
        told = _Told(case, past.key, self.city.city.day_of(past.reported_at), EMPTY, [], [], [])
        snapshot, lives = EMPTY, dict[int, _TaskLife]()
        for action, inputs, at in self._acts(past):
            if not action:  # a state that asks for signing
                if snapshot.state not in self.loop.actions["sign"].from_states:
                    continue
                action = "sign"  # noqa: PLW2901 (the step is the same, its name depends on the table)
            facts = (
                NO_FACTS if snapshot.seq else Facts(located=place_values(place) if place else None, extra=self.extra)
            )
            outcome = perform_pure(
                self.loop, snapshot, action, inputs, actor=self.actor, city=self.city, now=at, facts=facts
            )
            snapshot = outcome.after
            self._keep(told, outcome, at, lives)
        told.tasks.extend(lives.values())
        return told._replace(snapshot=snapshot)

    def _acts(self, past: PastCase) -> Iterator[tuple[str, Mapping[str, Any], datetime]]:
        """Yield what happened, as the source lets us know it."""
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
        begins = past.reported_at
        yield "report", report, begins
        yield "accept", NO_INPUTS, begins
        yield "file", NO_INPUTS, begins
        yield "dispatch", {"department": past.department}, begins
        if past.closed_at is not None:
            yield "", NO_INPUTS, begins
            yield "feedback", NO_INPUTS, past.closed_at
            yield "send_check", NO_INPUTS, past.closed_at
            yield "check_back", {"result": "pass"}, past.closed_at
            yield "close", {"condition_met": True}, past.closed_at

    def _keep(self, told: _Told, outcome: Outcome, at: datetime, lives: dict[int, _TaskLife]) -> None:
        texts = texts_of(outcome)
        seq = outcome.after.seq
        told.texts.extend((seq, text) for text in texts)
        told.events.append(event_of(told.case, outcome, None, self.via, at, texts))
        for number in outcome.changes.done:
            lives[number] = lives[number]._replace(done_at=at, done_seq=seq)
        running = dues(self.loop, outcome.after, self.city)
        for row in written_tasks(outcome.changes, outcome.after, self.city, running):
            life = lives.get(row.n)
            lives[row.n] = _TaskLife(row, at, seq, None, None) if life is None else life._replace(row=row)

    def _known(self, keys: Iterable[UUID]) -> set[UUID]:
        rows = models.CaseEvent.objects.filter(person=None, key__in=list(keys)).order_by()
        return set(rows.values_list("key", flat=True))

    def _places(self, batch: Sequence[PastCase]) -> list[Located | None]:
        nowhere = float("nan")
        places = self.locator.locate(
            np.array([nowhere if past.lon is None else past.lon for past in batch]),
            np.array([nowhere if past.lat is None else past.lat for past in batch]),
        )
        return [places[index] for index in range(len(batch))]

    # --- writing

    def _copy(self, told: Sequence[_Told], raw: RawConnection) -> None:
        """Write the stories in one transaction; it may run in a thread of its own, with the connection to itself."""
        if not told:
            return
        with raw.transaction(), raw.cursor() as cursor:
            numbers = self._numbers(told, cursor)
            cases, events = [], []
            for story, number in zip(told, numbers, strict=True):
                head = NO_HASH
                for event in story.events:
                    head = chained(event, head, number)
                    events.append(self._event_line(event, head, (story.key.int + event.seq - 1) % UUID_RANGE))
                cases.append(self._case_line(story, number, head))
            tasks = (self._task_line(story, life) for story in told for life in story.tasks)
            texts = (copying.line((story.case, seq, *text)) for story in told for seq, text in story.texts)
            _copy(cursor, "cases_case", CASE_COLUMNS, cases)
            _copy(cursor, "cases_caseevent", EVENT_COLUMNS, events)
            _copy(cursor, "cases_task", TASK_COLUMNS, tasks)
            _copy(cursor, "cases_casetext", TEXT_COLUMNS, texts)

    def _numbers(self, told: Sequence[_Told], cursor: Any) -> list[str]:
        """Take as many numbers as each day needs, the days in order, so that two replays never wait for each other's."""
        days = Counter(story.day for story in told)
        ordered = sorted(days)
        cursor.execute(NUMBERS, [self.city.code, ordered, [days[day] for day in ordered]])
        last = dict(cursor.fetchall())
        following = {day: last[day] - count for day, count in days.items()}
        numbers = []
        for story in told:
            following[story.day] += 1
            numbers.append(str(CaseNumber(self.city.code, story.day, following[story.day])))
        return numbers

    def _case_line(self, story: _Told, number: str, head: bytes) -> str:
        snapshot = story.snapshot
        values = snapshot.values
        columns = case_columns(self.loop, snapshot, self.city, dues(self.loop, snapshot, self.city))
        columns |= {
            "id": story.case,
            "number": number,
            "jurisdiction": self.city.code,
            "via": self.via,
            "location": ewkb_point(values["lon"], values["lat"]) if "lon" in values else None,
            "head": head,
        }
        return copying.line(columns[name] for name in CASE_COLUMNS)

    # Most rows are events and tasks: their lines are written out, since only the body can hold a sign to escape.

    def _event_line(self, event: Event, head: bytes, key: int) -> str:
        return (
            f"{event.case}\t{event.seq}\t{self.city.code}\t{event.action}\t{copying.instant(event.at)}\t{copying.NULL}\t"
            f"{event.post}\t{event.via}\t{event.from_state}\t{event.to_state}\t{copying.text(event.body)}\t"
            f"{copying.data(head)}\t{key:032x}\t{copying.NO_BYTES}"
        )

    def _task_line(self, story: _Told, life: _TaskLife) -> str:
        row, instant, number = life.row, copying.instant, copying.number
        return (
            f"{story.case}\t{row.n}\t{self.city.code}\t{row.kind}\t{row.post}\t{number(row.department_id)}\t"
            f"{number(row.person)}\t{row.duty_grid}\t{instant(life.opened_at)}\t{instant(row.due_at)}\t"
            f"{instant(row.warn_at)}\t{instant(life.done_at)}\t{copying.NULL}\t{life.opened_seq}\t{number(life.done_seq)}"
        )


def _raw_connection() -> RawConnection:
    connection.ensure_connection()
    raw: RawConnection = connection.connection
    return raw


def _copy(cursor: Any, name: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    with cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
        for block in copying.blocks(lines):
            copy.write(block)


def ewkb_point(lon: float, lat: float) -> str:
    """Return a point as PostGIS reads it from text: little-endian EWKB with SRID 4490, in hexadecimal."""
    return struct.pack("<BIIdd", 1, 0x20000001, 4490, lon, lat).hex()
