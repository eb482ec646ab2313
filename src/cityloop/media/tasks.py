"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cityloop.kernel.clock import machine_now
from cityloop.media import actions, handouts, strays

AGAIN = RetryStrategy(max_attempts=10, exponential_wait=2)
"""A store that does not answer is asked again for a quarter of an hour; after that ``catch_up`` asks."""


@app.task(name="media.prepare", retry=AGAIN)
def prepare_file(file_id: str) -> None:
    """Make what people are shown of one file."""
    actions.prepare(UUID(file_id))


@app.task(name="media.remove", retry=AGAIN)
def remove_file(file_id: str) -> None:
    """Take an erased file out of the store."""
    actions.remove(UUID(file_id), now=machine_now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="media.catch_up", queueing_lock="media.catch_up")
def catch_up(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Find files whose job was lost."""
    actions.catch_up(now=machine_now())


@app.periodic(cron="17 * * * *")
@app.task(name="media.remove_strays", queueing_lock="media.remove_strays")
def remove_strays(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Find what killed processes left in the store."""
    strays.remove_strays(now=machine_now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="media.erase_handouts", queueing_lock="media.erase_handouts")
def erase_handouts(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Take out of the store what was made for somebody and has expired."""
    handouts.erase_expired(now=machine_now())
