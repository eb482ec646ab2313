"""What lies on a desk, counted."""

from datetime import timedelta

from cases.conftest import Desk
from cityloop.cases.choices import Light
from cityloop.cases.models import Task
from cityloop.cases.queries.desk import desk as desk_of
from cityloop.cases.queries.desk import desk_mark
from cityloop.cases.queries.lights import due_of, task_light, tasks_by_light
from cityloop.cases.queries.my_tasks import WantedTasks


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
