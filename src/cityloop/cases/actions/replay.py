"""The bulk twin of ``perform``: past cases, run through the same pure transitions, written by COPY in batches.

What it writes is indistinguishable to ``verify`` from what ``perform`` writes. Most sources prove only when a case was
reported and when it was closed: acceptance, filing and dispatch are then set at the report's time, disposal runs from there to
closing, check and close are at closing; a source that knows more says so (``PastCase.steps``). It is archived when its time had come. All acts are the system's, through the door ``replayed``, but
for those of which the source knows in which post they were done (``PastCase.acts``).
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from cityloop.cases import models
from cityloop.cases.actions import copying
from cityloop.cases.actions.telling import (
    CASE_COLUMNS,
    EVENT_COLUMNS,
    FILE_COLUMNS,
    TASK_COLUMNS,
    TEXT_COLUMNS,
    WORD_COLUMNS,
    PastCase,
    Story,
    Teller,
)
from cityloop.cases.choices import Via
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.tables import table, version_in_force
from cityloop.cases.rules.history import linked
from cityloop.geography.queries import Locator
from cityloop.kernel.aside import Aside
from cityloop.kernel.clock import machine_now
from cityloop.kernel.hashing import NO_HASH
from cityloop.kernel.ids import millis_of, uuid7
from cityloop.organisation.queries import system_viewer
from cityloop.standards.rules import CaseNumber

UUID_RANGE = 1 << 128
TELLERS = 2
"""Processes that tell stories ahead of the one that writes: telling takes about as long as writing and PostgreSQL together."""

NUMBERS = """
-- Take so many numbers of each day; the counters stay locked until the batch is committed.
INSERT INTO cases_casecounter (jurisdiction, day, last)
SELECT %s, day, n FROM unnest(%s::date[], %s::int[]) AS t(day, n) ORDER BY day
ON CONFLICT (jurisdiction, day) DO UPDATE SET last = cases_casecounter.last + excluded.last
RETURNING day, last
"""

RawConnection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ReplayCount:
    """What became of a batch: cases made, found made by an earlier run, refused, and met twice in this run.

    ``refused`` holds the index in the batch and why, ``twice`` the index.
    """

    made: int
    already: int
    refused: list[tuple[int, str]] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Asked:
    """A batch sorted out: the cases to tell and where they stood, where others stood that came twice, how many are old."""

    past: list[PastCase]
    places: list[int]
    twice: list[int]
    already: int

    @property
    def keys(self) -> set[UUID]:
        return {past.key for past in self.past}


class Replay:
    """Writes past cases of one jurisdiction, batch by batch; each batch is one transaction.

    They are told under the table, the grids and the limits that hold when the replay begins: a past that another system
    handled ran under no version of ours (decision 0006). What the system does by itself is told up to ``upto``, which is now
    if nothing else is said.
    """

    def __init__(self, jurisdiction: str, *, label: str, via: str = Via.REPLAYED, upto: datetime | None = None) -> None:
        city = loop_city(jurisdiction)
        version = version_in_force(jurisdiction, city.city.versions)
        self.code = city.code
        self.began = millis_of(uuid7())
        self.teller = Teller(
            city,
            table(jurisdiction, version),
            version,
            system_viewer(label, jurisdiction),
            str(via),
            Locator.load(city.day, jurisdiction),
            upto or machine_now(),
        )

    def write(self, batch: Sequence[PastCase]) -> ReplayCount:
        """Write the cases of ``batch`` that are not there yet; a case that the rules refuse is left out and told."""
        asked = self._asked(batch, set())
        return self._written(asked, self.teller(asked.past))

    def write_all(self, batches: Iterable[Sequence[PastCase]]) -> Iterator[ReplayCount]:
        """Write batch after batch, each in a transaction of its own, and yield what became of each.

        While one batch is written, other processes tell the stories of the next.
        """
        telling: deque[tuple[_Asked, Aside[Sequence[PastCase], list[Story | str]]]] = deque()
        with ExitStack() as stack:
            for batch in batches:
                asked = self._asked(batch, {key for earlier, _teller in telling for key in earlier.keys})
                if len(telling) < TELLERS:
                    teller = stack.enter_context(Aside(self.teller))
                    teller.send(asked.past)
                    telling.append((asked, teller))
                    continue
                first, teller = telling.popleft()
                stories = teller.receive()
                teller.send(asked.past)
                telling.append((asked, teller))
                yield self._written(first, stories)
            for asked, teller in telling:
                yield self._written(asked, teller.receive())

    def _asked(self, batch: Sequence[PastCase], waiting: set[UUID]) -> _Asked:
        """Sort out what was written before, and what this run has written or is about to write."""
        rows = models.CaseEvent.objects.filter(person=None, key__in=[past.key for past in batch]).order_by()
        written = dict(rows.values_list("key", "case_id"))
        seen = {*waiting, *(key for key, case in written.items() if millis_of(case) >= self.began)}
        asked = _Asked([], [], [], 0)
        for place, past in enumerate(batch):
            if past.key in seen:
                asked.twice.append(place)
            elif past.key in written:
                asked.already += 1
            else:
                seen.add(past.key)
                asked.places.append(place)
                asked.past.append(past)
        return asked

    def _written(self, asked: _Asked, told: Sequence[Story | str]) -> ReplayCount:
        stories = [story for story in told if isinstance(story, Story)]
        refused = [(place, why) for place, why in zip(asked.places, told, strict=True) if isinstance(why, str)]
        if stories:
            connection.ensure_connection()
            self._copy(stories, connection.connection)
        return ReplayCount(len(stories), asked.already, refused, asked.twice)

    def _copy(self, stories: Sequence[Story], raw: RawConnection) -> None:
        """Number the stories, chain their hashes and write them, in one transaction."""
        with raw.transaction(), raw.cursor() as cursor:
            cases, events = [], []
            for story, number in zip(stories, self._numbers(stories, cursor), strict=True):
                head = NO_HASH
                for index, (signed, line) in enumerate(story.events):
                    head = linked(head, signed, "" if index else number)
                    key = (story.key.int + index) % UUID_RANGE
                    events.append(f"{line}{copying.data(head)}\t{key:032x}\t{copying.NO_BYTES}")
                first, last = story.case
                cases.append(f"{first}{number}{last}{copying.data(head)}")
            _copy(cursor, "cases_case", CASE_COLUMNS, cases)
            _copy(cursor, "cases_caseevent", EVENT_COLUMNS, events)
            _copy(cursor, "cases_task", TASK_COLUMNS, (line for story in stories for line in story.tasks))
            _copy(cursor, "cases_casewords", WORD_COLUMNS, (story.words for story in stories))
            _copy(cursor, "cases_attachment", FILE_COLUMNS, (line for story in stories for line in story.files))
            _copy(cursor, "cases_casetext", TEXT_COLUMNS, (line for story in stories for line in story.texts))

    def _numbers(self, stories: Sequence[Story], cursor: Any) -> list[str]:
        """Take as many numbers as each day needs, the days in order, so that two replays never wait for each other's."""
        days = Counter(story.day for story in stories)
        ordered = sorted(days)
        cursor.execute(NUMBERS, [self.code, ordered, [days[day] for day in ordered]])
        last = dict(cursor.fetchall())
        following = {day: last[day] - count for day, count in days.items()}
        numbers = []
        for story in stories:
            following[story.day] += 1
            numbers.append(str(CaseNumber(self.code, story.day, following[story.day])))
        return numbers


def _copy(cursor: Any, name: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    with cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
        for block in copying.blocks(lines):
            copy.write(block)
