"""Pages by key: whatever the page size, all rows come once and in order."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.conftest import Desk
from cast import NOW
from cityloop.cases import models
from cityloop.cases.queries.keyset import newest_first, soonest_first
from cityloop.kernel.errors import InvalidInput
from cityloop.kernel.paging import encode_cursor

dues = st.one_of(st.none(), st.integers(0, 3).map(lambda hours: NOW + timedelta(hours=hours)))


@pytest.fixture
def tasks(desk: Desk) -> list[models.Task]:
    """Twelve open tasks, which the law gives deadlines as it likes."""
    for _each in range(12):
        desk.report()
    return list(models.Task.objects.order_by("id"))


def walked(limit: int) -> Iterator[Any]:
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = soonest_first(models.Task.objects.all(), "tasks", cursor, limit, int)
        assert len(page) == limit or cursor is None
        yield from page


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_dues=st.lists(dues, min_size=12, max_size=12), limit=st.integers(1, 13))
def test_every_task_comes_once_and_in_order(tasks: list[models.Task], given_dues: list[Any], limit: int) -> None:
    for task, due in zip(tasks, given_dues, strict=True):
        task.due_at = due
    models.Task.objects.bulk_update(tasks, ["due_at"])
    wanted = sorted(tasks, key=lambda task: (task.due_at is None, task.due_at or NOW, task.id))
    assert [task.id for task in walked(limit)] == [task.id for task in wanted]


@pytest.mark.parametrize(
    "cursor",
    [
        encode_cursor("tasks", NOW, "x"), encode_cursor("tasks", "x", 1), encode_cursor("tasks", 7, 1),
        encode_cursor("tasks", NOW), encode_cursor("other", NOW, 1), encode_cursor("tasks", [], {}), "//", "x" * 400,
    ],
)  # fmt: skip
def test_a_cursor_that_was_not_made_here_is_refused(db: None, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        soonest_first(models.Task.objects.all(), "tasks", cursor, 5, int)
    assert [fault.field for fault in refused.value.faults] == ["cursor"]


def test_the_last_page_has_no_next(desk: Desk) -> None:
    desk.report()
    page, following = newest_first(models.Case.objects.all(), "cases", "", 1)
    assert (len(page), following) == (1, None)
