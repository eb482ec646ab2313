"""Background work, done by ``cityloop up``'s worker: Procrastinate finds this module by its name."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from cityloop.cases.actions import anchoring, erasing, exporting, routing_trying, searching, ticking, trying, verifying
from cityloop.kernel.clock import machine_now

logger = logging.getLogger(__name__)


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


@app.task(name="cases.export")
def export(export_id: str) -> None:
    """Write what a search finds into a workbook."""
    exporting.run_export(UUID(export_id))


@app.periodic(cron="41 * * * *")
@app.task(name="cases.forget_exports", queueing_lock="cases.forget_exports")
def forget_exports(timestamp: int) -> None:  # noqa: ARG001
    """Forget the exports of yesterday; their workbooks expire by themselves."""
    exporting.forget_exports()


@app.periodic(cron="*/10 * * * *")
@app.task(name="cases.forget_phones", queueing_lock="cases.forget_phones")
def forget_phones(timestamp: int) -> None:  # noqa: ARG001
    """Forget the phone numbers that were looked for."""
    searching.forget_phones()


@app.task(name="cases.try_routing")
def try_routing(trial_id: int) -> None:
    """Try routing rules on a city's last dispatches."""
    routing_trying.run_routing_trial(trial_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="cases.anchor", queueing_lock="cases.anchor")
def anchor(timestamp: int) -> None:  # noqa: ARG001
    """Anchor what has happened since the last anchor."""
    anchoring.anchor(now=machine_now())


@app.periodic(cron="7 * * * *")
@app.task(name="cases.verify_changes", queueing_lock="cases.verify_changes")
def verify_changes(timestamp: int) -> None:  # noqa: ARG001
    """Verify what is new, and a part of all the rest, files too; what was found goes to the log too."""
    done = verifying.verify_changes(now=machine_now(), files_s=verifying.FILES_S)
    for finding in done.findings[: verifying.TOLD]:
        logger.error("verify: %s", finding)


@app.periodic(cron="23 * * * *")
@app.task(name="cases.erase_reporters", queueing_lock="cases.erase_reporters")
def erase_reporters(timestamp: int) -> None:  # noqa: ARG001
    """Forget who reported what has long been over."""
    erasing.erase_reporters()
