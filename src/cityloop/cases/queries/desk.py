"""What lies on somebody's desk: a page of their open tasks, how many shine in which light, and what marks a change of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import blake2s
from operator import add
from typing import Any

from django.db.models import Count, Max, Q

from cityloop.cases.choices import Light
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.lights import tasks_by_light
from cityloop.cases.queries.my_tasks import TaskLine, WantedTasks, my_tasks, task_page
from cityloop.cases.queries.pulse import while_nothing_happens
from cityloop.cases.queries.tables import version_in_force
from cityloop.cases.queries.words import Coded, words_of
from cityloop.geography.queries import region_names
from cityloop.kernel.clock import machine_now
from cityloop.notices.queries import standing
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
        called: The newest task of a case that somebody called in; 0 for none.
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
    """Return what lies on the desk of ``viewer``: two queries more than ``task_page``, one for the names of places.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    page = task_page(viewer, wanted, limit=SHOWN, cursor=cursor)
    rows: Iterable[Any] = my_tasks(viewer).values("jurisdiction", "kind").annotate(**_sides(viewer)).order_by("kind")
    lying: list[dict[str, Any]] = list(rows)
    lights = _lights(viewer, wanted)
    names = _names_of(page.items)
    lines = [DeskLine(line, names.get(line.community, "")) for line in page.items]
    told = standing(viewer)
    called = max((row["called"] or 0 for row in lying), default=0)
    mark = _mark(lying, told.newest)
    return Desk(lines, lights, _kinds(lying), sum(lights.values()), page.next, told.unread, called, mark)


def _names_of(lines: list[TaskLine]) -> Mapping[str, str]:
    codes = {line.community for line in lines if line.community}
    cities = [loop_city(line.jurisdiction) for line in lines]
    return region_names(codes, max(home.day for home in cities), version=cities[0].city.versions[0]) if codes else {}


def desk_mark(viewer: Viewer) -> str:
    """Return what changes whenever a task comes onto the desk, leaves it, changes its deadline or turns yellow or red, or when
    its holder is told something.

    Asked every few seconds by every desk that lies open: two queries where something has happened since, else none.
    """
    return while_nothing_happens(
        viewer, lambda: _mark([my_tasks(viewer).aggregate(**_sides(viewer))], standing(viewer).newest)
    )


CALLED = "hotline"
"""The source whose new cases a desk may be told of by a sound."""

SUMMED, NEWEST = ("count", "turned"), ("newest", "latest", "seq")
"""Of what stands on a desk: what is added up over its parts, and of what the greatest is taken."""


def _sides(viewer: Viewer) -> dict[str, Any]:
    """Return what is asked of the tasks of a desk as a whole; ``turned`` grows whenever one of them turns yellow or red."""
    homes = sorted({held.jurisdiction for held in viewer.posts})
    now = loop_city(homes[0]).city.now() if homes else machine_now()
    turned = (Count("id", filter=Q(**{f"{column}__lte": now})) for column in ("warn_at", "due_at", "double_at"))
    return {
        "count": Count("id"),
        "turned": reduce(add, turned),
        "newest": Max("id"),
        "latest": Max("due_at"),
        "seq": Max("case__seq"),
        "called": Max("id", filter=Q(case__source=CALLED)),
    }


def _mark(rows: Sequence[Mapping[str, Any]], told: int) -> str:
    sums = [sum(row[side] for row in rows) for side in SUMMED]
    greatest = [max((row[side] for row in rows if row[side] is not None), default=None) for side in NEWEST]
    return blake2s(repr((told, sums, greatest)).encode(), digest_size=8).hexdigest()


def _kinds(rows: Sequence[Mapping[str, Any]]) -> list[KindCount]:
    counts: dict[str, KindCount] = {}
    for row in rows:
        home = loop_city(row["jurisdiction"])
        words = words_of(home.code, version_in_force(home.code, home.city.versions))
        before = counts.get(row["kind"])
        counts[row["kind"]] = KindCount(words.task(row["kind"]), row["count"] + (before.count if before else 0))
    return list(counts.values())


def _lights(viewer: Viewer, wanted: WantedTasks) -> Mapping[Light, int]:
    """Count by light, each city by its own clock; a task without a deadline shines in none."""
    counts: dict[Light, int] = {}
    for code in sorted({held.jurisdiction for held in viewer.posts}):
        shining = tasks_by_light(loop_city(code).city.now())
        rows = my_tasks(viewer, wanted).filter(jurisdiction=code)
        counted = rows.aggregate(**{light.value: Count("id", filter=which) for light, which in shining.items()})
        for light in shining:
            counts[light] = counts.get(light, 0) + counted[light.value]
    return {light: count for light, count in counts.items() if count}
