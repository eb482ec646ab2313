"""A file of past requests goes through the loop: read in batches, each committed before the next is read."""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from cityloop.cases.actions import PastCase, Replay
from cityloop.geography import queries as geography
from cityloop.geography.rules import Extent, convert
from cityloop.intake import models
from cityloop.intake.actions.preparing import check_mapping, prepare_city
from cityloop.intake.choices import Refused
from cityloop.intake.mappings import read_shipped, shipped_names
from cityloop.intake.reading import NumberedRow, Unreadable, fingerprint, open_file
from cityloop.intake.rules.conversion import Converter, PastRequest, Refusal, Taken, position_of
from cityloop.intake.rules.extent import PositionSample
from cityloop.intake.rules.mapping import RequestMapping
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.translation import _
from cityloop.organisation import queries as organisation

BATCH_ROWS = 2000
PATIENCE_S = 10.0
"""Longer than the server needs to notice that a killed import is gone."""

_facts = attrgetter(*(one.name for one in fields(PastRequest)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; ``done`` is the part of the file that was read, from 0 to 1."""

    rows: int
    made: int
    already: int
    refused: int
    done: float
    seconds: float


@dataclass(slots=True)
class Outcome:
    """What came out of an import."""

    file: str
    source: str
    jurisdiction: str
    fingerprint: str
    is_trial: bool
    rows: int = 0
    made: int = 0
    already: int = 0
    seconds: float = 0
    cpu_seconds: float = 0
    refused: Counter[str] = field(default_factory=Counter)
    noticed: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def refusals(self) -> int:
        return self.refused.total()

    def add(self, batch: "_Batch") -> None:
        self.rows += batch.rows
        self.made += batch.made
        self.already += batch.already
        self.refused.update(refusal.reason for refusal in batch.refusals)
        for one in batch.taken:
            self.noticed.update(one.noticed)

    def measure(self, since: tuple[float, float]) -> None:
        """Note the time since ``since``, when ``_now`` was asked before the first row."""
        now = _now()
        self.seconds, self.cpu_seconds = now[0] - since[0], now[1] - since[1]

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as JSON values; ``seconds`` leaves out what the city's making took."""
        return {
            "file": self.file,
            "source": self.source,
            "jurisdiction": self.jurisdiction,
            "fingerprint": self.fingerprint,
            "trial": self.is_trial,
            "rows": self.rows,
            "made": self.made,
            "already": self.already,
            "refused": dict(self.refused),
            "noticed": dict(self.noticed),
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
        }


@dataclass(slots=True)
class _Batch:
    """Rows that were judged together, and what became of them."""

    rows: int
    taken: list[Taken]
    refusals: list[Refusal]
    made: int = 0
    already: int = 0


def import_requests(
    path: Path,
    mapping: RequestMapping,
    *,
    folders: Sequence[Path] = (),
    limit: int | None = None,
    batch_rows: int = BATCH_ROWS,
    is_trial: bool = False,
    on_refusal: Callable[[Refusal], None] = lambda _refusal: None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    clock: Callable[[], datetime] = machine_now,
) -> Outcome:
    """Replay the requests of a file under their own dates.

    Each batch is one transaction: a killed import has made whole batches, and the next one over the same file finds them
    by their keys and goes on.

    Args:
        path: CSV (gzip too) or Parquet.
        mapping: What its columns mean.
        folders: Where else than beside ``path`` the mapping's files of areas may lie.
        limit: Take only so many rows.
        batch_rows: How many rows are one transaction.
        is_trial: Read and judge everything, write nothing.
        on_refusal: Told of every row that becomes no case.
        on_progress: Told after each batch.
        clock: The machine's time.

    Raises:
        InvalidInput: The file or the mapping cannot be used.
        Conflict: Another import into this jurisdiction is running, or the city contradicts the mapping.
    """
    started = clock()
    code, mark = mapping.jurisdiction.code, fingerprint(path)
    outcome = Outcome(path.name, mapping.name, code, mark, is_trial)
    with _alone_in(code, is_trial=is_trial):
        found = _once(lambda: _extent_of(path, mapping))
        if is_trial:
            check_mapping(mapping, started.date())
        else:
            outcome.notes += prepare_city(
                mapping, today=started.date(), folders=[path.parent, *folders], find_extent=found
            )
        converter = Converter(
            mapping,
            identity=f"{code}/{mapping.name}" if mapping.file.id else f"{code}/{mapping.name}/{mark}",
            latest=started,
            extent=_known_extent(code) or found(),
            first_conditions=_first_conditions(code),
        )
        record = None if is_trial else _record(outcome, limit, started)
        since = _now()
        with open_file(path, mapping.file, mapping.columns()) as file:
            judged = _judged(islice(file.rows(), limit), converter, batch_rows)
            for batch in _untouched(judged) if is_trial else _written(judged, Replay(code, label=mapping.name)):
                outcome.add(batch)
                outcome.measure(since)
                if record is not None:
                    _save(record, outcome)
                for refusal in sorted(batch.refusals, key=lambda refusal: refusal.row):
                    on_refusal(refusal)
                done = max(file.done(), outcome.rows / limit if limit else 0)
                on_progress(_progress(outcome, done))
        outcome.measure(since)  # once more: processes that helped are counted when they have ended
        if record is not None:
            record.finished_at = clock()
            _save(record, outcome)
    return outcome


def fitting_mapping(path: Path) -> RequestMapping:
    """Return the shipped mapping whose columns the file has.

    Raises:
        InvalidInput: None has, or more than one.
    """
    fitting = []
    for name in shipped_names():
        mapping = read_shipped(name)
        try:
            open_file(path, mapping.file, mapping.columns()).close()
        except InvalidInput:
            continue
        fitting.append(mapping)
    if len(fitting) != 1:
        raise InvalidInput(
            _("No mapping that comes with CityLoop fits %(file)s. Name one with --mapping, or write one.")
            % {"file": path.name}
        )
    return fitting[0]


def _now() -> tuple[float, float]:
    """Return what clock and processor show, seconds; processes that helped count from their end."""
    used = os.times()
    return time.monotonic(), used.user + used.system + used.children_user + used.children_system


def _judge(row: Mapping[str, Any] | Unreadable, number: int, converter: Converter) -> Taken | Refusal:
    if isinstance(row, Unreadable):
        return Refusal(number, "", Refused.BROKEN_ROW.value, "", "", str(row))
    return converter(row, number)


def _judged(rows: Iterable[NumberedRow], converter: Converter, size: int) -> Iterator[_Batch]:
    rows = iter(rows)
    while numbered := list(islice(rows, size)):
        results = [_judge(row, number, converter) for number, row in numbered]
        taken = [result for result in results if isinstance(result, Taken)]
        refusals = [result for result in results if isinstance(result, Refusal)]
        yield _Batch(len(numbered), taken, refusals)


def _untouched(batches: Iterable[_Batch]) -> Iterator[_Batch]:
    """Give batches back as if all that was taken had become cases."""
    for batch in batches:
        batch.made = len(batch.taken)
        yield batch


def _written(batches: Iterable[_Batch], replay: Replay) -> Iterator[_Batch]:
    """Give batches back when they are committed. The twin asks for the next one before it answers for the last."""
    waiting: deque[_Batch] = deque()

    def cases() -> Iterator[list[PastCase]]:
        for batch in batches:
            waiting.append(batch)
            yield [PastCase(*_facts(one.request)) for one in batch.taken]

    for count in replay.write_all(cases()):
        batch = waiting.popleft()
        batch.made, batch.already = count.made, count.already
        for index, why in count.refused:
            batch.refusals.append(_refused(batch.taken[index], Refused.LOOP, why))
        for index in count.twice:
            batch.refusals.append(_refused(batch.taken[index], Refused.TWICE, _("a row before has the same number")))
        yield batch


def _refused(one: Taken, reason: Refused, why: str) -> Refusal:
    return Refusal(one.row, one.request.external_number, reason.value, "", "", why)


def _progress(outcome: Outcome, done: float) -> Progress:
    return Progress(outcome.rows, outcome.made, outcome.already, outcome.refusals, done, outcome.seconds)


def _record(outcome: Outcome, limit: int | None, started: datetime) -> models.ImportRun:
    return models.ImportRun.objects.create(
        jurisdiction=outcome.jurisdiction,
        source=outcome.source,
        file=outcome.file[:255],
        fingerprint=outcome.fingerprint,
        row_limit=limit,
        started_at=started,
        notes=outcome.notes,
    )


def _save(record: models.ImportRun, outcome: Outcome) -> None:
    record.rows, record.made, record.already = outcome.rows, outcome.made, outcome.already
    record.refused, record.noticed = dict(outcome.refused), dict(outcome.noticed)
    record.seconds, record.cpu_seconds = outcome.seconds, outcome.cpu_seconds
    record.save()


def _extent_of(path: Path, mapping: RequestMapping) -> Extent | None:
    """Read the whole file once for its positions: the box must not depend on how many rows are taken."""
    position = mapping.position
    if position is None:
        return None
    sample = PositionSample()
    with open_file(path, mapping.file, (position.lon, position.lat)) as file:
        for _number, row in file.rows():
            found = None if isinstance(row, Unreadable) else position_of(row.get(position.lon), row.get(position.lat))
            if isinstance(found, tuple):
                sample.add(*convert(*found, position.system, "wgs84"))
    return sample.extent(mapping.grid.percentile, mapping.grid.margin_m)


def _once(find: Callable[[], Extent | None]) -> Callable[[], Extent | None]:
    kept: list[Extent | None] = []

    def found() -> Extent | None:
        if not kept:
            kept.append(find())
        return kept[0]

    return found


def _known_extent(code: str) -> Extent | None:
    try:
        return geography.extent(code)
    except NotFound:
        return None


def _first_conditions(code: str) -> dict[str, str]:
    if code not in organisation.jurisdictions():
        return {}
    return {key: one.default_condition.key for key, one in organisation.city(code).categories.items()}


@contextmanager
def _alone_in(code: str, *, is_trial: bool) -> Iterator[None]:
    """Keep other imports out of the jurisdiction; a trial writes nothing and keeps nobody out."""
    if is_trial:
        yield
        return
    with alone("intake", code, patience_s=PATIENCE_S) as is_alone:
        if not is_alone:
            raise Conflict(_("Another import into %(code)s is running. Wait for its end.") % {"code": code})
        yield
