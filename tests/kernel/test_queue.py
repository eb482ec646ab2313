"""A job that waits already is refused without an error of PostgreSQL's."""

import asyncio
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

from cityloop.kernel.queue import AskingManager

TASK = "kernel.listen"
pytestmark = pytest.mark.django_db


def test_what_waits_already_is_refused_before_it_is_added() -> None:
    task = app.tasks[TASK]
    task.defer(timestamp=0)
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        pytest.raises(AlreadyEnqueued),
    ):
        task.defer(timestamp=5)
    assert len(queries) == 1, "nothing is tried that the database would refuse"
    assert ProcrastinateJob.objects.filter(task_name=TASK).count() == 1
    with transaction.atomic():
        task.configure(queueing_lock="another").defer(timestamp=5)
    assert ProcrastinateJob.objects.filter(task_name=TASK).count() == 2


def test_the_worker_asks_too_when_the_hour_of_a_job_has_come() -> None:
    class Connector:
        asked: list[list[str]] = []

        async def execute_query_one_async(self, query: str, **given: object) -> dict[str, object]:
            assert "EXISTS" in query
            self.asked.append(given["locks"])  # type: ignore[arg-type]
            return {"waits": True}

    manager = AskingManager(Connector())  # type: ignore[arg-type]
    job = app.tasks[TASK].configure(task_kwargs={"timestamp": 5}).job
    with mock.patch.object(JobManager, "defer_periodic_job") as added, pytest.raises(AlreadyEnqueued):
        asyncio.run(manager.defer_periodic_job(job, "", 5))
    assert Connector.asked == [[TASK]]
    assert not added.called


def test_the_apps_own_manager_is_the_one_that_asks() -> None:
    assert isinstance(app.job_manager, AskingManager)
