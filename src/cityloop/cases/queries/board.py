"""The leader's board: what was reported, filed, closed and done again on which day, by what, and what is open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case as Choose
from django.db.models import Count, DateField, Q, Value, When
from django.db.models.functions import TruncDate

from cityloop.cases import models
from cityloop.cases.queries.case_rows import CaseRow, case_rows, for_table
from cityloop.cases.queries.cities import LoopCity, loop_city
from cityloop.cases.queries.tables import table_in_force
from cityloop.cases.queries.wall import watched
from cityloop.cases.queries.words import Words
from cityloop.cases.rules.measures import Moves, measures
from cityloop.organisation.queries.scope import NOTHING
from cityloop.organisation.rules.staffing import Viewer

POSTS = frozenset({"leader", "duty_chief", "inspector"})
DAYS = 30
WEEK = 7
TOP = 10
SHOWN = 100

WHATS = ("reported", "filed", "closed", "on_time", "late", "rework")
LATE = "case__snapshot__flags__was_overdue"


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
    """Return the figures of the last ``DAYS`` days and today: one query over the events of that time, by the index of time."""
    homes = [loop_city(code) for code in codes]
    zone, now = homes[0].city.time_zone, max(home.city.now() for home in homes)
    today = now.astimezone(zone).date()
    until = now - timedelta(days=WEEK)
    begins = _midnight(today - timedelta(days=DAYS), zone)
    happened = _happened(viewer, homes, begins, _midnight(today + timedelta(days=1), zone))
    counted: Any = (
        happened.annotate(day=_day(homes), is_early=Choose(When(at__lt=until, then=Value(True)), default=Value(False)))
        .order_by("day", "is_early")
        .values("day", "is_early")
        .annotate(**_counts(homes))
    )
    by_day: dict[date, Figures] = {}
    last_week = Figures()
    for row in counted:
        figures = Figures(*(row[name] - row[f"{name}_undone"] for name in FIGURES))
        by_day[row["day"]] = by_day.get(row["day"], Figures()) + figures
        if row["is_early"] and row["day"] == today - timedelta(days=WEEK):
            last_week = figures
    return Days(today, zone, by_day, until, last_week)


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
    counted = rows.order_by().values("jurisdiction", "source", "category").annotate(n=Count("id"))
    words = {home.code: Words(table_in_force(home.code), home) for home in homes}
    sources: dict[str, Share] = {}
    classes: dict[str, Share] = {}
    for row in counted:
        of_city = words[row["jurisdiction"]]
        for found, named in ((sources, of_city.source(row["source"])), (classes, of_city.category(row["category"]))):
            before = found.get(named.code)
            found[named.code] = Share(named.code, named.name, row["n"] + (before.count if before else 0))
    return _largest(sources.values()), _largest(classes.values())[:TOP]


def behind(viewer: Viewer, codes: Collection[str], what: str, begins: datetime, ends: datetime) -> list[CaseRow]:
    """Return the cases behind one of ``WHATS``, the last ``SHOWN`` of them: two queries, and those of ``case_rows``.

    A case whose act was taken back is not among them.
    """
    homes = [loop_city(code) for code in codes]
    counted, undone = _conditions(homes)[what]
    rows: Any = _happened(viewer, homes, begins, ends)
    standing: dict[Any, int] = {}
    for case, is_undone in (
        rows.annotate(is_undone=Choose(When(undone, then=Value(True)), default=Value(False)))
        .filter(counted | undone)
        .order_by("-at", "-id")
        .values_list("case_id", "is_undone")[: SHOWN * 2]
    ):
        standing[case] = standing.get(case, 0) + (-1 if is_undone else 1)
    ids = [case for case, count in standing.items() if count > 0][:SHOWN]
    found = {row.id: row for row in for_table(watched(viewer, codes).filter(pk__in=ids), viewer).order_by("id")}
    return case_rows([found[one] for one in ids if one in found], viewer)


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
    whole = {code for held in viewer.posts if held.post in POSTS for code in (held.jurisdiction, *held.below)}
    return not {home.code for home in homes} <= whole


def _conditions(homes: Iterable[LoopCity]) -> dict[str, tuple[Q, Q]]:
    """Return for each of ``WHATS`` the condition of an event that counts, and of one that takes it back."""
    found: dict[str, tuple[Q, Q]] = dict.fromkeys(WHATS, (NOTHING, NOTHING))
    by_table: dict[int, list[LoopCity]] = {}
    for home in homes:
        by_table.setdefault(id(table_in_force(home.code)), []).append(home)
    for group in by_table.values():
        known, here = measures(table_in_force(group[0].code)), Q(jurisdiction__in=[home.code for home in group])
        for what, moves in known.moves.items():
            counted, undone = _moved(moves, known.undoing), _taken_back(moves, known.undoing)
            before = found[what]
            found[what] = (before[0] | (here & counted), before[1] | (here & undone))
    late = Q(**{LATE: True})
    closed = found["closed"]
    found["late"] = (closed[0] & late, closed[1] & late)
    # Said as what it is, not as “not late”: of a case that never had the flag that would be unknown.
    in_time = Q(**{f"{LATE}__isnull": True}) | Q(**{LATE: False}) | Q(**{LATE: None})
    found["on_time"] = (closed[0] & in_time, closed[1] & in_time)
    return found


def _moved(moves: Moves, undoing: Collection[str]) -> Q:
    way = Q(from_state__in=sorted(moves.before), to_state__in=sorted(moves.after))
    return way & (Q(action__in=sorted(moves.actions)) if moves.actions else ~Q(action__in=sorted(undoing)))


def _taken_back(moves: Moves, undoing: Collection[str]) -> Q:
    return Q(action__in=sorted(undoing), from_state__in=sorted(moves.after), to_state__in=sorted(moves.before))


def _counts(homes: Iterable[LoopCity]) -> dict[str, Count]:
    conditions = _conditions(homes)
    found = {}
    for name in FIGURES:
        counted, undone = conditions[name]
        found[name] = Count("id", filter=counted)
        found[f"{name}_undone"] = Count("id", filter=undone)
    return found


def _day(homes: Collection[LoopCity]) -> Any:
    """Return the day of an event as its city's clocks show it."""
    zones: dict[ZoneInfo, list[str]] = {}
    for home in homes:
        zones.setdefault(home.city.time_zone, []).append(home.code)
    whens = [When(jurisdiction__in=codes, then=TruncDate("at", tzinfo=zone)) for zone, codes in zones.items()]
    return Choose(*whens, output_field=DateField())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _largest(shares: Iterable[Share]) -> list[Share]:
    return sorted(shares, key=lambda one: (-one.count, one.code))
