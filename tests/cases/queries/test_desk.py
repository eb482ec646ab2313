"""What lies on a desk, counted."""

import time
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.conftest import Desk
from cast import CITY
from cityloop.cases.choices import Light
from cityloop.cases.models import Case, Task
from cityloop.cases.queries import desk as desks
from cityloop.cases.queries import pulse
from cityloop.cases.queries.desk import desk as desk_of
from cityloop.cases.queries.desk import desk_mark
from cityloop.cases.queries.lights import due_of, task_light, tasks_by_light
from cityloop.cases.queries.my_tasks import WantedTasks, my_tasks
from cityloop.cases.queries.wall import wall_mark
from cityloop.organisation.queries import city


def test_rows_and_rules_agree_on_the_light_of_a_task(desk: Desk) -> None:
    desk.report()
    task = Task.objects.get()
    assert task.due_at is not None
    assert task.warn_at is not None
    assert task.double_at is not None
    step = timedelta(microseconds=1)
    seen = set()
    for edge in (task.warn_at, task.due_at, task.double_at):
        for now in (edge - step, edge, edge + step):
            [light] = [light for light, which in tasks_by_light(now).items() if Task.objects.filter(which).exists()]
            assert light is task_light(due_of(task), now), now
            seen.add(light)
    assert seen == {Light.GREEN, Light.YELLOW, Light.RED, Light.DOUBLE_RED}
    Task.objects.update(due_at=None, warn_at=None, double_at=None)
    assert [light for light, which in tasks_by_light(task.due_at).items() if Task.objects.filter(which)] == [Light.NONE]


def test_a_desk_counts_what_is_asked_for_and_names_every_kind(desk: Desk) -> None:
    for _time in range(3):
        desk.report()
    viewer = desk.cast.viewer("acceptor")
    lying = desk_of(viewer, WantedTasks())
    assert (lying.count, sum(lying.lights.values())) == (3, 3)
    assert [one.count for one in lying.kinds] == [3]
    assert desk_of(viewer, WantedTasks(kind=("nothing",))).count == 0
    assert [one.count for one in desk_of(viewer, WantedTasks(kind=("nothing",))).kinds] == [3]


def test_the_list_and_the_question_whether_it_changed_agree(desk: Desk) -> None:
    viewer = desk.cast.viewer("acceptor")
    assert desk_of(viewer, WantedTasks()).mark == desk_mark(viewer)
    desk.report()
    desk.report()
    assert desk_of(viewer, WantedTasks(kind=("nothing",))).mark == desk_mark(viewer)


def test_whatever_the_list_is_narrowed_by_its_lights_are_those_of_its_rows(desk: Desk) -> None:
    for _time in range(4):
        desk.report()
    number = desk.report().number
    desk("acceptor", number, "accept")
    now = city(desk.cast.jurisdiction).now()
    turns = [(-3, -2, -1), (-2, -1, 1), (-1, 1, 2), (1, 2, 3)]
    for task, hours in zip(Task.objects.open().order_by("id"), turns, strict=False):
        warn, due, double = (now + timedelta(hours=one) for one in hours)
        Task.objects.filter(pk=task.pk).update(warn_at=warn, due_at=due, double_at=double)
    viewer = desk.cast.viewer("acceptor")
    kind = Task.objects.open().values_list("kind", flat=True).order_by("id")[0]
    kinds = [(), (kind,), ("nothing",), (kind, "nothing")]
    lights = [(), (Light.RED,), (Light.YELLOW, Light.DOUBLE_RED), (Light.PAUSED,)]
    seen = set()
    for one, light, start in product(kinds, lights, ("", number[:8], number)):
        wanted = WantedTasks(kind=one, light=light, number=start)
        counted: dict[Light, int] = {}
        for task in my_tasks(viewer, wanted):
            shines = task_light(due_of(task), now)
            counted[shines] = counted.get(shines, 0) + 1
        assert desk_of(viewer, wanted).lights == counted, wanted
        seen |= set(counted)
    assert seen >= {Light.GREEN, Light.YELLOW, Light.RED, Light.DOUBLE_RED}


def test_the_mark_tells_another_deadline_of_any_task(desk: Desk) -> None:
    for _time in range(3):
        desk.report()
    viewer = desk.cast.viewer("acceptor")
    _first, middle, _last = Task.objects.order_by("id")
    assert middle.due_at is not None
    before = desk_of(viewer, WantedTasks()).mark
    Task.objects.filter(pk=middle.pk).update(due_at=middle.due_at - timedelta(seconds=1))
    after = desk_of(viewer, WantedTasks()).mark
    assert after != before, "neither the newest nor the last to be due"
    Task.objects.filter(pk=middle.pk).update(due_at=None)
    assert desk_of(viewer, WantedTasks()).mark != after


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_is_held_lets_go_when_a_light_turns_by_the_clock(committed_desk: Desk) -> None:
    committed_desk.report()
    viewer, chief = (committed_desk.cast.viewer(who) for who in ("acceptor", "duty_chief"))
    turn = city(committed_desk.cast.jurisdiction).now() + timedelta(seconds=4)
    later = {"due_at": turn + timedelta(days=1), "double_at": turn + timedelta(days=2)}
    Task.objects.update(warn_at=turn, **later)
    Case.objects.update(warn_at=turn, **later)

    def marks() -> tuple[str, str]:
        return desk_mark(viewer), wall_mark(chief, [CITY])

    before = marks()
    time.sleep(2 * pulse.LOOKED_AT_S)
    assert marks() == before
    with CaptureQueriesContext(connection) as asked:
        assert marks() == before
    assert not [one for one in asked if "cases_task" in one["sql"] or 'cases_case"' in one["sql"]], "held meanwhile"
    time.sleep(max((turn - city(CITY).now()).total_seconds(), 0) + 0.01)
    for now, then in zip(marks(), before, strict=True):
        assert now != then


def test_a_desk_tells_the_newest_task_that_somebody_called_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = desk.cast.viewer("acceptor")
    assert desk_of(viewer, WantedTasks()).called == 0
    called = [desk.report("acceptor", source="hotline").number for _time in range(2)]
    desk.report()
    newest = Task.objects.get(case__number=called[1])
    assert desk_of(viewer, WantedTasks()).called == newest.id
    desk("acceptor", called[1], "accept")
    assert desk_of(viewer, WantedTasks()).called == Task.objects.get(case__number=called[0]).id
    monkeypatch.setattr(desks, "LOOKED_THROUGH", 1)
    assert desk_of(viewer, WantedTasks()).called == 0, "of long ago"


def test_what_lies_on_a_desk_is_counted_by_its_index_alone(desk: Desk) -> None:
    desk.report()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        for who in ("acceptor", "dept_clerk", "collector"):
            with CaptureQueriesContext(connection) as asked:
                desk_of(desk.cast.viewer(who), WantedTasks())
            [counting] = [one["sql"] for one in asked if "date_part" in one["sql"]]
            cursor.execute(f"EXPLAIN {counting}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Index Only Scan using task_counted_on_desks" in plan, plan


def test_a_desk_costs_four_statements_and_one_for_names(desk: Desk) -> None:
    desk.report()
    viewer = desk.cast.viewer("acceptor")
    desk_of(viewer, WantedTasks())
    with CaptureQueriesContext(connection) as asked:
        desk_of(viewer, WantedTasks())
    asked_of_cases = [one for one in asked if "kernel_configversion" not in one["sql"]]
    assert len(asked_of_cases) <= 5, asked_of_cases
