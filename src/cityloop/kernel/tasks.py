"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

from procrastinate.contrib.django import app

from cityloop.kernel import listening


@app.periodic(cron="* * * * * */5")
@app.task(name="kernel.listen", queueing_lock="kernel.listen")
def listen(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Tell the listeners what has happened; writers wake nobody, so that an act costs no more for being listened to."""
    listening.listen()
