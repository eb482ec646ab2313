"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from procrastinate.contrib.django import app

from cityloop.intake.actions import defence, public
from cityloop.kernel.clock import machine_now


@app.periodic(cron="41 * * * *")
@app.task(name="intake.sweep", queueing_lock="intake.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Forget photos whose report was never sent, and tallies whose time is over."""
    now = machine_now()
    public.sweep_photos(now)
    defence.sweep(now)
