"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from procrastinate.contrib.django import app

from cityloop.kernel.clock import machine_now
from cityloop.onemap import actions


@app.periodic(cron="* * * * *")
@app.task(name="onemap.settle", queueing_lock="onemap.settle")
def settle(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Draw the map's ledgers together; a tile is right without it, and slower."""
    actions.settle()


@app.periodic(cron="47 * * * *")
@app.task(name="onemap.forget_exports", queueing_lock="onemap.forget_exports")
def forget_exports(timestamp: int) -> None:  # noqa: ARG001
    """Forget the exports of yesterday; their files expire by themselves."""
    actions.forget_exports(now=machine_now())
