"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from cityloop.kernel.clock import machine_now
from cityloop.onemap import actions
from cityloop.onemap.actions import rasters, uploads

logger = logging.getLogger(__name__)


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


@app.task(name="onemap.make_raster")
def make_raster(raster_id: str) -> None:
    """Make a picture of the ground into tiles."""
    rasters.go_on_raster(UUID(raster_id))


@app.periodic(cron="*/2 * * * *")
@app.task(name="onemap.resume_rasters", queueing_lock="onemap.resume_rasters")
def resume_rasters(timestamp: int) -> None:  # noqa: ARG001
    """Go on with the pictures whose worker was killed."""
    rasters.resume_lost_rasters()


@app.periodic(cron="17 * * * *")
@app.task(name="onemap.forget_grounds", queueing_lock="onemap.forget_grounds")
def forget_grounds(timestamp: int) -> None:  # noqa: ARG001
    """Forget files that came and were never used, and pictures that could not be used and were left alone for a month."""
    if count := uploads.forget_uploads() + rasters.forget_failed_rasters():
        logger.info("%d files of ground maps forgotten", count)
