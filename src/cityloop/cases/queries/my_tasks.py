"""What somebody has to do now: the open tasks of their posts, departments and duty grids, and those given to them by name."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_

from django.db.models import Q

from cityloop.cases import models
from cityloop.cases.choices import Light
from cityloop.cases.models import TaskQuerySet
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.coordinates import coordinates
from cityloop.cases.queries.keyset import Page, soonest_first
from cityloop.cases.queries.lights import due_of, task_light, tasks_by_light
from cityloop.cases.queries.words import Coded, PersonName, StateName, Words, names_of, person_name, words_of
from cityloop.organisation.choices import Sight
from cityloop.organisation.queries.scope import NOTHING
from cityloop.organisation.rules.staffing import HeldPost, Viewer


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as its list shows it. ``position`` is lon, lat in degrees, WGS 84."""

    number: str
    jurisdiction: str
    n: int
    task: Coded
    post: Coded
    department: Coded | None
    person: PersonName | None
    opened_at: datetime
    due_at: datetime | None
    light: Light
    state: StateName
    source: Coded
    category: Coded
    position: tuple[float, float] | None
    unit_grid: str
    community: str
    seq: int


@dataclass(frozen=True, slots=True)
class WantedTasks:
    """Which tasks are looked for; empty sides narrow nothing.

    Args:
        kind: Any one of these kinds of task.
        state, category: Any one of these, of the case.
        community, street, unit_grid: This very code, of the case.
        due_before: Due before this instant.
        light: Any one of these lights, each by the clock of the case's city.
        number: How the case number begins.
    """

    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    community: str = ""
    street: str = ""
    unit_grid: str = ""
    due_before: datetime | None = None
    light: tuple[Light, ...] = ()
    number: str = ""


def my_tasks(viewer: Viewer, wanted: WantedTasks = WantedTasks()) -> TaskQuerySet:
    """Return the open tasks of ``viewer`` that are asked for, as rows that may be narrowed further."""
    return models.Task.objects.open().filter(_mine(viewer), _narrowed(wanted), _shining(viewer, wanted.light))


def task_page(
    viewer: Viewer, wanted: WantedTasks = WantedTasks(), *, limit: int = 50, cursor: str = ""
) -> Page[TaskLine]:
    """Return a page of the open tasks of ``viewer``, soonest first: one query, one for names, one for each city.

    Raises:
        InvalidInput: The cursor is not one of this list.
    """
    rows = (
        my_tasks(viewer, wanted)
        .select_related("case")
        .defer("case__snapshot", "case__location")
        .annotate(**coordinates("case__location"))
    )
    found, following = soonest_first(rows, "tasks", cursor, limit, int)
    names = names_of({task.person for task in found})
    words = cache(words_of)
    return Page([_line(task, words(task.jurisdiction, task.case.table_version), names) for task in found], following)


def task_count(viewer: Viewer) -> int:
    """Return how many open tasks ``viewer`` has: one query."""
    return my_tasks(viewer).count()


def _narrowed(wanted: WantedTasks) -> Q:
    condition = Q()
    if wanted.kind:
        condition &= Q(kind__in=wanted.kind)
    if wanted.due_before:
        condition &= Q(due_at__lt=wanted.due_before)
    if wanted.number:
        condition &= Q(case__number__startswith=wanted.number)
    for name in ("state", "category"):
        if codes := getattr(wanted, name):
            condition &= Q(**{f"case__{name}__in": codes})
    for name in ("community", "street", "unit_grid"):
        if code := getattr(wanted, name):
            condition &= Q(**{f"case__{name}": code})
    return condition


def _shining(viewer: Viewer, lights: tuple[Light, ...]) -> Q:
    if not lights:
        return Q()
    condition = NOTHING
    for code in {held.jurisdiction for held in viewer.posts}:
        which = tasks_by_light(loop_city(code).city.now())
        condition |= reduce(or_, (which.get(light, NOTHING) for light in lights)) & Q(jurisdiction=code)
    return condition


def _mine(viewer: Viewer) -> Q:
    sides = NOTHING
    for held in viewer.posts:
        # A deputy has what was given to the absent person, and what was given to the deputy meanwhile.
        persons = {viewer.user_id, held.deputy_for} - {None}
        named = Q(person__in=persons) if persons else NOTHING
        sides |= Q(jurisdiction=held.jurisdiction, post=held.post) & (named | _anybodys(held, viewer))
    return sides


def _anybodys(held: HeldPost, viewer: Viewer) -> Q:
    """Return the condition of a task that names nobody, but that whoever holds this post here may take."""
    theirs = Q(person=None)
    if held.reach is Sight.OWN:  # one of the public: of their own case
        return theirs & (NOTHING if viewer.user_id is None else Q(case__reporter_user=viewer.user_id))
    if held.reach is Sight.FIELD:
        return theirs & Q(duty_grid__in=sorted(viewer.duty_grids))
    departments = _departments_below(held)
    return theirs & (Q(department_id=None) | Q(department_id__in=departments) if departments else Q(department_id=None))


def _departments_below(held: HeldPost) -> list[int]:
    if not held.department_path:
        return []
    departments = loop_city(held.jurisdiction).city.departments.values()
    return [one.id for one in departments if one.path.startswith(held.department_path)]


def _line(task: models.Task, words: Words, names: dict[int, str]) -> TaskLine:
    case = task.case
    lon, lat = task.lon, task.lat  # type: ignore[attr-defined] # annotated
    return TaskLine(
        number=case.number,
        jurisdiction=task.jurisdiction,
        n=task.n,
        task=words.task(task.kind),
        post=words.post(task.post),
        department=words.department_of(task.department_id),
        person=person_name(task.person, names),
        opened_at=task.opened_at,
        due_at=task.due_at,
        light=task_light(due_of(task), words.now),
        state=words.state(case.state),
        source=words.source(case.source),
        category=words.category(case.category),
        position=None if lon is None else (lon, lat),
        unit_grid=case.unit_grid,
        community=case.community,
        seq=case.seq,
    )
