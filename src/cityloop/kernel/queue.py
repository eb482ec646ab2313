"""The queue of background work, asked first: a job that waits there already is refused before PostgreSQL has to do it.

Procrastinate adds a job and takes the violated constraint for its answer; PostgreSQL writes each of these into its log as an error,
every few seconds on a busy machine, and a person who looks for errors there finds nothing else.
"""

from collections.abc import Iterable
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from typing_extensions import override

WAITS = """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs WHERE queueing_lock = ANY (%(locks)s) AND status = 'todo'
    ) AS waits
"""
"""Whether a job with one of these locks waits: answered by the index that keeps them unique."""


class AskingManager(JobManager):
    """Asks before it adds a job; where two add the same at one moment the constraint still keeps them apart."""

    @override
    async def batch_defer_jobs_async(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        if locks := _locks_of(jobs):
            row = await self.connector.execute_query_one_async(WAITS, locks=locks)
            _refuse(locks, is_there=row["waits"])
        return await super().batch_defer_jobs_async(jobs, connection)

    @override
    def batch_defer_jobs(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        if locks := _locks_of(jobs):
            row = self.connector.get_sync_connector().execute_query_one(WAITS, locks=locks)
            _refuse(locks, is_there=row["waits"])
        return super().batch_defer_jobs(jobs, connection)

    @override
    async def defer_periodic_job(self, job: Job, periodic_id: str, defer_timestamp: int) -> int | None:
        if locks := _locks_of([job]):
            row = await self.connector.execute_query_one_async(WAITS, locks=locks)
            _refuse(locks, is_there=row["waits"])
        return await super().defer_periodic_job(job, periodic_id, defer_timestamp)


def _locks_of(jobs: Iterable[Job]) -> list[str]:
    return [job.queueing_lock for job in jobs if job.queueing_lock]


def _refuse(locks: list[str], *, is_there: bool) -> None:
    if is_there:
        raise AlreadyEnqueued(f"there is already a job in the queue with one of the queueing locks {locks}")


def ask_first(app: App) -> None:
    """Let an app ask before it adds a job (``PROCRASTINATE_ON_APP_READY``)."""
    app.job_manager = AskingManager(app.job_manager.connector)
