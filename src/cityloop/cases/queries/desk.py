"""What lies on somebody's desk: a page of their open tasks, how many shine in which light, and what marks a change of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s
from math import inf
from typing import Any

from django.db.models import BigIntegerField, Count, Func, Max, Q, Subquery, Sum

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.lights import next_turn, tasks_by_light
from cityloop.cases.queries.my_tasks import TaskLine, WantedTasks, my_tasks, task_page
from cityloop.cases.queries.pulse import Finding, while_nothing_happens
from cityloop.cases.queries.tables import table_in_force, version_in_force
from cityloop.cases.queries.words import Coded, words_of
from cityloop.geography.queries import region_names
from cityloop.kernel.clock import seconds_until
from cityloop.notices.queries import standing
from cityloop.organisation.queries.scope import NOTHING
from cityloop.organisation.rules.staffing import Viewer

SHOWN = 30
"""Tasks on a page of the list."""


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A task with where its case lies, in words."""

    task: TaskLine
    place: str


@dataclass(frozen=True, slots=True)
class KindCount:
    """A kind of task that lies on the desk, and how many of it there are."""

    kind: Coded
    count: int


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of a desk's list.

    Args:
        lights: How many of all that were asked for shine in which light; lights that none shines in are left out.
        kinds: Every kind of task that lies on the desk, whatever was asked for.
        following: Cursor of the next page; None on the last.
        unread: Notices that the reader has not read.
        called: The newest task of a case that somebody called in, if it is among the last ``LOOKED_THROUGH``; 0 for none.
        mark: Changes whenever a task comes, goes, turns yellow or red or changes its deadline, and when somebody is told something.
    """

    lines: list[DeskLine]
    lights: Mapping[Light, int]
    kinds: list[KindCount]
    count: int
    following: str | None
    unread: int
    called: int
    mark: str


def desk(viewer: Viewer, wanted: WantedTasks, *, cursor: str = "") -> Desk:
    """Return what lies on the desk of ``viewer``: three queries more than ``task_page``, one for the names of places.

    One more where the list is narrowed by more than kind and light.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    page = task_page(viewer, wanted, limit=SHOWN, cursor=cursor)
    lying = _lying(viewer)
    lights = _lights(viewer, wanted, lying)
    names = _names_of(page.items)
    lines = [DeskLine(line, names.get(line.community, "")) for line in page.items]
    told = standing(viewer)
    mark = _mark(lying, told.newest)
    count = sum(lights.values())
    return Desk(lines, lights, _kinds(lying), count, page.next, told.unread, _called(viewer, lying), mark)


def _names_of(lines: list[TaskLine]) -> Mapping[str, str]:
    codes = {line.community for line in lines if line.community}
    cities = [loop_city(line.jurisdiction) for line in lines]
    return region_names(codes, max(home.day for home in cities), version=cities[0].city.versions[0]) if codes else {}


def desk_mark(viewer: Viewer) -> str:
    """Return what changes whenever a task comes onto the desk, leaves it, changes its deadline or turns yellow or red, or when
    its holder is told something.

    Asked every few seconds by every desk that lies open: two queries where something has happened since or a light has turned,
    else none.
    """
    return while_nothing_happens(viewer, lambda: _found_out(viewer))


def _found_out(viewer: Viewer) -> Finding:
    lying = _lying(viewer)
    turns = (seconds_until(row["turns"], loop_city(row["jurisdiction"]).city.clock) for row in lying)
    return _mark(lying, standing(viewer).newest), min(turns, default=inf)


LOOKED_THROUGH = 1000
"""Tasks, the newest of the installation, among which one that somebody called in is looked for."""

SUMMED = ("count", *Light.values, "ids", "dues")
"""What is added up over a desk to tell one state of it from another: lights tell what has turned, ids what has come or gone, dues
what has another deadline."""


class _Seconds(Func):
    """An instant in whole seconds. (``EXTRACT`` reckons in decimals, at several times the cost.)"""

    template = "date_part('epoch', %(expressions)s)::bigint"
    output_field = BigIntegerField()


def _lying(viewer: Viewer) -> list[dict[str, Any]]:
    """Return what lies on the desk by city and kind of task: one query, which the index ``task_counted_on_desks`` answers alone."""
    sides = {
        "ids": Sum("id"),
        "dues": Sum(_Seconds("due_at")),
        "turns": next_turn(_by_clock(viewer)),
        "top": Subquery(models.Task.objects.order_by("-id").values("id")[:1]),
    }
    return _counted(viewer, WantedTasks(), **sides)


def _counted(viewer: Viewer, wanted: WantedTasks, **sides: Any) -> list[dict[str, Any]]:
    """Count the tasks that are asked for by city, kind and light, each city by its own clock."""
    rows: Any = my_tasks(viewer, wanted).order_by().values("jurisdiction", "kind")
    return list(rows.annotate(count=Count("id"), **_shining(viewer), **sides).order_by("jurisdiction", "kind"))


def _by_clock(viewer: Viewer) -> dict[datetime, Q]:
    """Return what time it is in the cities of a desk, each with the condition of its tasks."""
    codes = sorted({held.jurisdiction for held in viewer.posts})
    found: dict[datetime, Q] = {}
    for code in codes:
        # Of one city alone: whose it is need not be compared for every row and light.
        here, now = Q() if len(codes) == 1 else Q(jurisdiction=code), loop_city(code).city.now()
        found[now] = found[now] | here if now in found else here
    return found


def _shining(viewer: Viewer) -> dict[str, Any]:
    conditions: dict[Light, Q] = {}
    for now, here in _by_clock(viewer).items():
        for light, shines in tasks_by_light(now).items():
            conditions[light] = conditions.get(light, NOTHING) | (here & shines)
    return {light.value: Count("id", filter=which) for light, which in conditions.items()}


def _called(viewer: Viewer, lying: Sequence[Mapping[str, Any]]) -> int:
    """Return the newest task of a case that somebody called in: asked of the last tasks alone, which no task ever leaves backwards."""
    if not lying:
        return 0
    called = {source for row in lying for source in table_in_force(row["jurisdiction"]).called}
    newest = my_tasks(viewer).filter(id__gt=lying[0]["top"] - LOOKED_THROUGH, case__source__in=sorted(called))
    return newest.aggregate(called=Max("id"))["called"] or 0


def _mark(lying: Sequence[Mapping[str, Any]], told: int) -> str:
    sums = [sum(int(row.get(side) or 0) for row in lying) for side in SUMMED]
    return blake2s(repr((told, sums)).encode(), digest_size=8).hexdigest()


def _kinds(lying: Sequence[Mapping[str, Any]]) -> list[KindCount]:
    counts: dict[str, KindCount] = {}
    for row in sorted(lying, key=lambda row: row["kind"]):
        home = loop_city(row["jurisdiction"])
        words = words_of(home.code, version_in_force(home.code, home.city.versions))
        before = counts.get(row["kind"])
        counts[row["kind"]] = KindCount(words.task(row["kind"]), row["count"] + (before.count if before else 0))
    return list(counts.values())


def _lights(viewer: Viewer, wanted: WantedTasks, lying: Sequence[Mapping[str, Any]]) -> Mapping[Light, int]:
    """Count what was asked for by light; a task without a deadline shines in none. Kind and light are known from what lies there."""
    is_known = replace(wanted, kind=(), light=()) == WantedTasks()
    rows = lying if is_known else _counted(viewer, wanted)
    rows = [row for row in rows if not wanted.kind or row["kind"] in wanted.kind]
    counts = {light: sum(row.get(light.value, 0) for row in rows) for light in wanted.light or Light}
    return {light: count for light, count in counts.items() if count}
