"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from cityloop.kernel.errors import CityError
from cityloop.places import streetview

logger = logging.getLogger(__name__)


@app.task(name="places.go_on_streetview")
def go_on_streetview(run_id: str) -> None:
    """Check, apply or undo an import of street view, as it waits for."""
    try:
        streetview.go_on(UUID(run_id))
    except CityError as exc:
        logger.info("street view %s: %s", run_id, exc.message)  # kept with the import, and told on its page


@app.periodic(cron="*/2 * * * *")
@app.task(name="places.resume_streetview", queueing_lock="places.resume_streetview")
def resume_streetview(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Go on with the imports whose worker was killed, or that waited for another one of their city."""
    streetview.resume_lost()
