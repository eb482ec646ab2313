"""The leader's board: what was reported, filed, closed and done again on which day, by what, and what is open."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, OuterRef, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from cityloop.cases import models
from cityloop.cases.queries.case_rows import CaseRow, case_rows, for_table
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.happened import (
    LATENESS,
    OVERDUE,
    QUARTER_S,
    SIDES,
    Piece,
    conditions,
    counted,
    kept_since,
    summed,
)
from cityloop.cases.queries.keyset import Page, newest_first
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wall import watched
from cityloop.cases.queries.words import Words
from cityloop.organisation.rules.scope import reach_of
from cityloop.organisation.rules.staffing import Viewer

DAYS = 30
WEEK = 7
TOP = 10
SHOWN = 50
"""Cases on a page of the list behind a figure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in some time; ``on_time`` of ``closed`` were disposed of on time."""

    reported: int = 0
    filed: int = 0
    closed: int = 0
    on_time: int = 0
    rework: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in FIGURES))

    @property
    def late(self) -> int:
        return self.closed - self.on_time


FIGURES = ("reported", "filed", "closed", "on_time", "rework")


@dataclass(frozen=True, slots=True)
class Days:
    """The figures of the last days. ``until`` is the moment a week ago at this time of day, ``last_week`` that day until then."""

    today: date
    zone: ZoneInfo
    by_day: Mapping[date, Figures]
    until: datetime
    last_week: Figures

    def of(self, first: date, days: int = 1) -> Figures:
        """Return the sum over some days from the first on."""
        found = Figures()
        for n in range(days):
            found += self.by_day.get(first + timedelta(days=n), Figures())
        return found


def days_of(viewer: Viewer, codes: Collection[str]) -> Days:
    """Return the figures of the last ``DAYS`` days and today: one query, over what has come since they were counted last.

    Of cities that the viewer does not see whole all of it is counted each time.
    """
    homes = [loop_city(code) for code in codes]
    zone, now = homes[0].city.time_zone, max(home.city.now() for home in homes)
    today = now.astimezone(zone).date()
    until = now - timedelta(days=WEEK)
    begins, ends = _midnight(today - timedelta(days=DAYS), zone), _midnight(today + timedelta(days=1), zone)
    quarter = int(until.timestamp()) // QUARTER_S
    begun = datetime.fromtimestamp(quarter * QUARTER_S, UTC)
    also = {"begun": _happened(viewer, homes, begun, until)}
    if _needs_asking(viewer, homes):
        found = counted({"all": _happened(viewer, homes, begins, ends), **also}, homes)
        sums, apart = found.pop("all"), found
    else:
        sums, apart = kept_since(begins, homes, also)
    day_of = _days(sums, begins, ends)
    by_day = summed((day_of[piece], sides) for piece, sides in sums.items() if piece in day_of)
    week_ago = today - timedelta(days=WEEK)
    before = [sides for piece, sides in sums.items() if day_of.get(piece) == week_ago and piece[1] < quarter]
    last_week = summed((week_ago, sides) for sides in [*before, *apart["begun"].values()]).get(
        week_ago, [0] * len(SIDES)
    )
    return Days(today, zone, {day: _figures(sides) for day, sides in by_day.items()}, until, _figures(last_week))


def _days(pieces: Iterable[Piece], begins: datetime, ends: datetime) -> dict[Piece, date]:
    """Return the day of each piece of time between two instants, as its city's clocks show it."""
    first, last = int(begins.timestamp()), int(ends.timestamp())
    return {
        (zone, quarter): datetime.fromtimestamp(quarter * QUARTER_S, ZoneInfo(zone)).date()
        for zone, quarter in pieces
        if first <= quarter * QUARTER_S < last
    }


def _figures(sides: Sequence[int]) -> Figures:
    found = dict(zip(SIDES, sides, strict=True))
    late = found.pop("late")
    return Figures(**found, on_time=found["closed"] - late)


@dataclass(frozen=True, slots=True)
class Share:
    """One source or class, and how many cases of it were reported."""

    code: str
    name: str
    count: int


def reported_by(viewer: Viewer, codes: Collection[str], first: date, days: int) -> tuple[list[Share], list[Share]]:
    """Return the sources, and the ``TOP`` classes, of what was reported in some days: one query by the index of time."""
    homes = [loop_city(code) for code in codes]
    zone = homes[0].city.time_zone
    rows: Any = watched(viewer, codes).filter(
        reported_at__gte=_midnight(first, zone), reported_at__lt=_midnight(first + timedelta(days=days), zone)
    )
    grouped = rows.order_by().values("jurisdiction", "source", "category").annotate(n=Count("id"))
    words = {home.code: Words(table_in_force(home.code), home) for home in homes}
    sources: dict[str, Share] = {}
    classes: dict[str, Share] = {}
    for row in grouped:
        of_city = words[row["jurisdiction"]]
        for found, named in ((sources, of_city.source(row["source"])), (classes, of_city.category(row["category"]))):
            before = found.get(named.code)
            found[named.code] = Share(named.code, named.name, row["n"] + (before.count if before else 0))
    return _largest(sources.values()), _largest(classes.values())[:TOP]


def behind(
    viewer: Viewer, codes: Collection[str], what: str, begins: datetime, ends: datetime, *, cursor: str = ""
) -> Page[CaseRow]:
    """Return a page of the cases behind one of ``WHATS``, by their last act that counts, the newest first: one query, and those
    of ``case_rows``.

    A case whose act was taken back is not among them, and none is there twice.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    homes = [loop_city(code) for code in codes]
    known = conditions(homes)
    moved, undone = known["closed" if what in LATENESS else what]
    happened: Any = _happened(viewer, homes, begins, ends)
    # Each is asked of the few acts of one case, or of the case, by a query of its own: as a join PostgreSQL may begin with all cases.
    of_case = happened.filter(case_id=OuterRef("case_id")).order_by()
    net = of_case.values("case_id").annotate(net=Count("id", filter=moved) - Count("id", filter=undone)).values("net")
    newest = of_case.filter(moved).values("case_id").annotate(newest=Max("seq")).values("newest")
    late = models.Case.objects.filter(pk=OuterRef("case_id")).annotate(late=KT(f"snapshot__flags__{OVERDUE}"))
    rows = happened.filter(moved).alias(net=Subquery(net), newest=Subquery(newest))
    if what in LATENESS:
        rows = rows.alias(late=Coalesce(Subquery(late.values("late")), Value("", output_field=TextField())))
        rows = rows.filter(late="true") if what == "late" else rows.exclude(late="true")
    standing = rows.filter(net__gt=0, newest=F("seq")).only("id", "at", "case_id")
    found, following = newest_first(standing, what, cursor, SHOWN, column="at", id_type=int)
    ids = [event.case_id for event in found]
    cases = {row.id: row for row in for_table(watched(viewer, codes).filter(pk__in=ids), viewer).order_by("id")}
    return Page(case_rows([cases[one] for one in ids if one in cases], viewer), following)


def span_of(codes: Collection[str], first: date, days: int, until: datetime | None = None) -> tuple[datetime, datetime]:
    """Return the instants between which some days of a city lie, until ``until`` where it is earlier."""
    zone = loop_city(min(codes)).city.time_zone
    ends = _midnight(first + timedelta(days=days), zone)
    return _midnight(first, zone), min(until, ends) if until else ends


# --- conditions


def _happened(viewer: Viewer, homes: Collection[LoopCity], begins: datetime, ends: datetime) -> Any:
    rows = (
        models.CaseEvent.objects.filter(models.seen_by(viewer, "case__"))
        if _needs_asking(viewer, homes)
        else (models.CaseEvent.objects.all())
    )
    return rows.filter(jurisdiction__in=[home.code for home in homes], at__gte=begins, at__lt=ends)


def _needs_asking(viewer: Viewer, homes: Iterable[LoopCity]) -> bool:
    """Whether the rule of who sees what must be asked of each case: not where all of these cities are seen whole."""
    return not {home.code for home in homes} <= reach_of(viewer).jurisdictions


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _largest(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda one: (-one.count, one.code))
