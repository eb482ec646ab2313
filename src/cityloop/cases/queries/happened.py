"""What happened when, counted for the leader's board: the past of whole cities is kept in the process, only what is new is counted.

Events are appended and never changed. So what was counted up to a settled number holds for ever, whatever time the events bear
(history may be written later), and what has come since is added. Two things may turn the past over, and both are looked for: a
city whose table counts other moves now, and an act on a case that had been closed, by which its disposal counts as late or no longer does.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import BigIntegerField, CharField, Count, Func, IntegerField, Q, Value, When
from django.db.models import Case as Choose

from cityloop.cases import models
from cityloop.cases.events import EVENTS
from cityloop.cases.queries.cities import LoopCity
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.rules.measures import Measures, Moves, measures
from cityloop.kernel.listening import settled
from cityloop.organisation.queries.scope import NOTHING

WHATS = ("reported", "filed", "closed", "on_time", "late", "rework")
"""What the board's figures say."""

LATENESS = frozenset({"on_time", "late"})
"""What was closed, told apart by whether its case was late."""

SIDES = ("reported", "filed", "closed", "rework", "late")
"""What is counted; what was closed on time is what was not closed late."""

MOVED = tuple(side for side in SIDES if side != "late")
"""Those that events alone tell; whether a closing was late its case knows."""

OVERDUE = "was_overdue"
LATE = f"case__snapshot__flags__{OVERDUE}"

QUARTER_S = 900
"""Seconds of the pieces of time that are counted apart: in every time zone a day begins where one of them does."""

SETTLED_EVERY_S = 60.0
MOST_KEPT = 200
"""Sets of cities whose past a process keeps."""

Piece = tuple[str, int]
"""A time zone, and the quarter of an hour since 1970."""

Key = TypeVar("Key")

Sums = dict[Piece, list[int]]
"""For each piece of time the ``SIDES`` in their order, what was taken back taken off."""


def conditions(homes: Iterable[LoopCity]) -> dict[str, tuple[Q, Q]]:
    """Return for each of ``MOVED`` the condition of an event that counts, and of one that takes it back."""
    found: dict[str, tuple[Q, Q]] = dict.fromkeys(MOVED, (NOTHING, NOTHING))
    by_table: dict[int, list[LoopCity]] = {}
    for home in homes:
        by_table.setdefault(id(table_in_force(home.code)), []).append(home)
    for group in by_table.values():
        known, here = measures(table_in_force(group[0].code)), Q(jurisdiction__in=[home.code for home in group])
        for what, moves in known.moves.items():
            counted, undone = _moved(moves, known.undoing), _taken_back(moves, known.undoing)
            before = found[what]
            found[what] = (before[0] | (here & counted), before[1] | (here & undone))
    return found


def summed(
    rows: Iterable[tuple[Key, Sequence[int]]], begun: Mapping[Key, Sequence[int]] | None = None
) -> dict[Key, list[int]]:
    """Add rows of ``SIDES`` up by what they belong to, to what was ``begun`` before."""
    found = {key: [*sides] for key, sides in (begun or {}).items()}
    for key, sides in rows:
        before = found.get(key)
        found[key] = [a + b for a, b in zip(before, sides, strict=True)] if before else [*sides]
    return found


def counted(parts: Mapping[str, Any], homes: Collection[LoopCity]) -> dict[str, Sums]:
    """Count the events of each part: one query. The part's rows are events, narrowed as one likes."""
    return {part: sums for part, (sums, _touched) in _counted(parts, homes).items()}


def kept_since(begins: datetime, homes: Collection[LoopCity], also: Mapping[str, Any]) -> tuple[Sums, dict[str, Sums]]:
    """Return what has happened in whole cities since an instant or somewhat longer, and the counts of ``also`` (``counted``).

    One query where the past is kept already; now and then some more, which keep what has come since.
    """
    codes, measured = tuple(home.code for home in homes), _measured(homes)
    kept = _kept.get(codes)
    if kept is None or kept.measured != measured or begins < kept.begins:
        kept = _begun(begins, homes, measured)
    elif time.monotonic() >= kept.settle_at:
        kept = _settled(kept, begins, homes)
    rows = _events(homes, kept.begins).filter(id__gt=kept.through)
    found = _counted({"new": rows, **also}, homes)
    new, touched = found.pop("new")
    if touched and _turns_the_past(rows, kept, homes):
        with _keeping:
            _kept.pop(codes, None)
        return kept_since(begins, homes, also)
    return summed(new.items(), kept.sums), {part: sums for part, (sums, _touched) in found.items()}


def forget() -> None:
    """Forget what was kept, as where a database has been put in the place of another."""
    _kept.clear()


# --- what is kept


@dataclass(frozen=True, slots=True)
class _Past:
    """What happened from ``begins`` on in events up to the number ``through``, counted as ``measured`` says."""

    measured: tuple[tuple[str, str, Measures], ...]
    begins: datetime
    through: int
    sums: Sums
    settle_at: float


_kept: OrderedDict[tuple[str, ...], _Past] = OrderedDict()
_keeping = threading.Lock()


def _measured(homes: Collection[LoopCity]) -> tuple[tuple[str, str, Measures], ...]:
    return tuple((home.code, home.city.time_zone.key, measures(table_in_force(home.code))) for home in homes)


def _begun(begins: datetime, homes: Collection[LoopCity], measured: tuple[tuple[str, str, Measures], ...]) -> _Past:
    """Count the past. Where nothing is settled all of it is new, and nothing is kept."""
    through = settled(EVENTS.sequence, patience_s=0)
    if through is None:
        return _Past(measured, begins, 0, {}, 0.0)
    rows = _events(homes, begins).filter(id__lte=through)
    past = _Past(measured, begins, through, counted({"past": rows}, homes)["past"], _soon())
    _keep(homes, past)
    return past


def _settled(past: _Past, begins: datetime, homes: Collection[LoopCity]) -> _Past:
    """Add what is settled by now to what is kept, and forget what lies before ``begins``; the past itself where that cannot be."""
    through = settled(EVENTS.sequence, patience_s=0)
    rows = _events(homes, begins).filter(id__gt=past.through, id__lte=through or 0)
    if through is None or _turns_the_past(rows, past, homes):
        return past  # in the latter case whoever asks finds it out as well, and counts anew
    first = int(begins.timestamp()) // QUARTER_S
    sums = {piece: sides for piece, sides in past.sums.items() if piece[1] >= first}
    settled_past = _Past(
        past.measured, begins, through, summed(counted({"new": rows}, homes)["new"].items(), sums), _soon()
    )
    _keep(homes, settled_past)
    return settled_past


def _soon() -> float:
    return time.monotonic() + SETTLED_EVERY_S


def _keep(homes: Collection[LoopCity], past: _Past) -> None:
    codes = tuple(home.code for home in homes)
    with _keeping:
        _kept[codes] = past
        _kept.move_to_end(codes)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def _turns_the_past(rows: Any, past: _Past, homes: Collection[LoopCity]) -> bool:
    """Whether one of these events says anew whether a case was late whose closing, or its taking back, is in what is kept."""
    moved, undone = conditions(homes)["closed"]
    earlier = _events(homes, past.begins).filter(moved | undone, id__lte=past.through)
    found: bool = earlier.filter(case_id__in=rows.filter(_touching()).values("case_id")).exists()
    return found


# --- counting


class _Quarter(Func):
    template = f"floor(date_part('epoch', %(expressions)s) / {QUARTER_S})::bigint"
    output_field = BigIntegerField()


def _events(homes: Collection[LoopCity], begins: datetime) -> Any:
    return models.CaseEvent.objects.filter(jurisdiction__in=[home.code for home in homes], at__gte=begins)


def _touching() -> Q:
    """Return the condition of an event that says whether the case was late: its body names the flag."""
    return Q(body__contains=f'"{OVERDUE}"')


def _counted(parts: Mapping[str, Any], homes: Collection[LoopCity]) -> dict[str, tuple[Sums, int]]:
    first, *others = [one for part, rows in parts.items() for one in _halves(part, rows, homes)]
    rows_of: dict[str, list[tuple[Piece, list[int]]]] = {part: [] for part in parts}
    touches = dict.fromkeys(parts, 0)
    for part, zone, quarter, touched, *sides in first.union(*others, all=True):
        rows_of[part].append(((zone, quarter), sides))
        touches[part] += touched
    return {part: (summed(rows), touches[part]) for part, rows in rows_of.items()}


def _halves(part: str, rows: Any, homes: Collection[LoopCity]) -> Sequence[Any]:
    """Return two queries over a part: what events alone tell, and for those that close which of their cases were late.

    Asked together, every event would bring its case along.
    """
    known = conditions(homes)
    moved, undone = known["closed"]
    nothing = Value(0, output_field=IntegerField())
    plain = {side: _net(*known[side]) for side in MOVED}
    late = dict.fromkeys(MOVED, nothing)
    return [
        _grouped(part, rows, homes, {"touched": Count("id", filter=_touching()), **plain, "late": nothing}),
        _grouped(
            part,
            rows.filter(moved | undone, **{LATE: True}),
            homes,
            {"touched": nothing, **late, "late": _net(moved, undone)},
        ),
    ]


def _net(moved: Q, undone: Q) -> Any:
    return Count("id", filter=moved) - Count("id", filter=undone)


def _grouped(part: str, rows: Any, homes: Collection[LoopCity], sides: Mapping[str, Any]) -> Any:
    named = Value(part, output_field=CharField())
    pieces = rows.order_by().annotate(zone=_zone(homes), quarter=_Quarter("at")).values("zone", "quarter")
    return pieces.annotate(part=named, **sides).values_list("part", "zone", "quarter", "touched", *SIDES)


def _zone(homes: Collection[LoopCity]) -> Any:
    zones: dict[str, list[str]] = {}
    for home in homes:
        zones.setdefault(home.city.time_zone.key, []).append(home.code)
    if len(zones) == 1:
        return Value(next(iter(zones)), output_field=CharField())
    whens = [When(jurisdiction__in=codes, then=Value(key)) for key, codes in zones.items()]
    return Choose(*whens, output_field=CharField())


def _moved(moves: Moves, undoing: Collection[str]) -> Q:
    way = Q(from_state__in=sorted(moves.before), to_state__in=sorted(moves.after))
    return way & (Q(action__in=sorted(moves.actions)) if moves.actions else ~Q(action__in=sorted(undoing)))


def _taken_back(moves: Moves, undoing: Collection[str]) -> Q:
    return Q(action__in=sorted(undoing), from_state__in=sorted(moves.after), to_state__in=sorted(moves.before))
