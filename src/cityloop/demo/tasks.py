"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import time
from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from cityloop.demo.actions import driving

TURN_S = 3.0
"""As long one job drives: the worker can stop between two."""


@app.periodic(cron="* * * * *")
@app.task(name="demo.live", queueing_lock="demo.live")
def live(timestamp: int) -> None:  # noqa: ARG001  # when it was due; the city has a clock of its own
    """Let the demo city live for some seconds, then hand on to the next job; without a demo city nothing follows."""
    if driving.live(TURN_S):
        with suppress(AlreadyEnqueued):
            live.defer(timestamp=int(time.time()))
