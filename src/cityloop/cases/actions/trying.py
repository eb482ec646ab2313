"""Trying a version of a table on a city's past cases: in the background, with the result kept beside the version."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cityloop.cases import models
from cityloop.cases.queries.tables import DEFAULT_VERSION, table
from cityloop.cases.queries.trials import trial
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, NotFound
from cityloop.kernel.runs import run_once, under_way
from cityloop.kernel.translation import _

logger = logging.getLogger(__name__)

LOST = timedelta(hours=6)
"""After this a trial that has not finished was lost with its worker: another may begin."""


def ask_for_trial(
    jurisdiction: str, version: int, *, actor_id: int | None, now: datetime, sample: int | None = None
) -> int:
    """Have a version tried in the worker; return the trial's id.

    Args:
        jurisdiction: Code of the city.
        version: One of its own versions, draft or not.
        now: By the machine's clock.
        sample: So many cases of all times; None for all.
    Raises:
        NotFound: There is no such version.
        Conflict: It is being tried already.
    """
    with transaction.atomic():
        row = (
            models.LoopTable.objects.select_for_update()
            .filter(jurisdiction=jurisdiction, version=version, version__gt=DEFAULT_VERSION)
            .first()
        )
        if row is None:
            raise NotFound(
                _("There is no version %(version)d of the table of “%(city)s”.")
                % {"version": version, "city": jurisdiction}
            )
        if under_way(row.trials.all(), LOST, now):
            raise Conflict(_("Version %(version)d is being tried already.") % {"version": version})
        kept = models.TableTrial.objects.create(
            table=row, jurisdiction=jurisdiction, sample=sample, asked_at=now, asked_by=actor_id
        )
        _defer(kept.pk)
    return int(kept.pk)


def run_trial(trial_id: int, *, clock: Callable[[], datetime] = machine_now) -> None:
    """Try what was asked for, once: who comes second finds it begun.

    Args:
        clock: The machine's, since a trial takes a while.
    """
    waiting = models.TableTrial.objects.filter(pk=trial_id).select_related("table")

    def show(done: int, cases: int) -> None:
        waiting.update(done=done, cases=cases)

    def try_it(row: models.TableTrial) -> dict[str, Any]:
        other = table(row.jurisdiction, row.table.version)
        tally = trial(row.jurisdiction, other, sample=row.sample, progress=show)
        logger.info("table of %s: version %d tried on %d cases", row.jurisdiction, row.table.version, tally.cases)
        return {"result": tally.to_json()}

    run_once(waiting, try_it, clock)


def _defer(trial_id: int) -> None:
    from cityloop.cases.tasks import try_table

    try_table.defer(trial_id=trial_id)
