"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from procrastinate.contrib.django import app

from cityloop.cases.actions import ticking, trying


@app.periodic(cron="* * * * *")
@app.task(name="cases.tick", queueing_lock="cases.tick")
def tick(timestamp: int) -> None:  # noqa: ARG001  # when it was due; the cities have clocks of their own
    """Take what the system takes by itself.

    At most one waits in the queue. That one runs at a time is ``ticking``'s own business: a lock of the queue's would stay
    with a worker that was killed.
    """
    ticking.tick()


@app.task(name="cases.try_table")
def try_table(trial_id: int) -> None:
    """Try a version of a table on a city's past cases."""
    trying.run_trial(trial_id)
