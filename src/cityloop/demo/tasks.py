"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import time
from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from cityloop.demo.queries import lives

TURN_S = 3.0
"""As long one job drives: the worker can stop between two."""

LIVE = "demo.live"


@app.periodic(cron="* * * * *")
@app.task(name=LIVE, queueing_lock=LIVE)
def live(timestamp: int) -> None:  # noqa: ARG001  # when it was due; the city has a clock of its own
    """Let the demo city live for some seconds, then hand on to the next job; without a demo city nothing follows."""
    if not lives():
        return
    from cityloop.demo.actions import driving  # the generator and what draws photos: only where there is a demo

    if driving.live(TURN_S):
        set_off()


def set_off() -> None:
    """Have the worker drive the demo city from now on, not only when it comes by within the minute."""
    with suppress(AlreadyEnqueued), transaction.atomic():  # one that is there already ends no transaction around this
        app.configure_task(LIVE, queueing_lock=LIVE).defer(timestamp=int(time.time()))
