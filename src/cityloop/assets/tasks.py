"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from cityloop.assets.actions import exporting, following, importing, tallying
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError

logger = logging.getLogger(__name__)


@app.task(name="assets.go_on_import")
def go_on_import(run_id: str) -> None:
    """Check, apply or undo an import, as it waits for."""
    try:
        importing.go_on(UUID(run_id))
    except CityError as exc:
        logger.info("import %s: %s", run_id, exc.message)  # kept with the import, and told on its page


@app.periodic(cron="*/2 * * * *")
@app.task(name="assets.resume_imports", queueing_lock="assets.resume_imports")
def resume_imports(timestamp: int) -> None:  # noqa: ARG001  # when it was due
    """Go on with the imports whose worker was killed."""
    importing.resume_lost()


@app.periodic(cron="27 * * * *")
@app.task(name="assets.sweep_imports", queueing_lock="assets.sweep_imports")
def sweep_imports(timestamp: int) -> None:  # noqa: ARG001
    """Take away what killed processes left of imports, and what was forgotten."""
    importing.sweep(now=machine_now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="assets.draw_tallies", queueing_lock="assets.draw_tallies")
def draw_tallies(timestamp: int) -> None:  # noqa: ARG001
    """Draw the tallies of parts together where many lines have come."""
    tallying.draw_together()


@app.periodic(cron="*/10 * * * *")
@app.task(name="assets.follow_areas", queueing_lock="assets.follow_areas")
def follow_areas(timestamp: int) -> None:  # noqa: ARG001
    """Bring parts to the grids that hold on the city's day."""
    following.follow_areas()


@app.task(name="assets.export")
def export(export_id: str) -> None:
    """Write what a search of parts finds into a file."""
    exporting.run_export(UUID(export_id))


@app.periodic(cron="43 * * * *")
@app.task(name="assets.forget_exports", queueing_lock="assets.forget_exports")
def forget_exports(timestamp: int) -> None:  # noqa: ARG001
    """Forget the exports of yesterday; their files expire by themselves."""
    exporting.forget_exports()
