"""Trying routing rules on a city's last dispatches: in the worker, the result kept beside the version."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.queries.routing import compiled, routing, routing_in_force
from cityloop.cases.queries.routing_trials import SAMPLE, routing_trial
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, NotFound
from cityloop.kernel.runs import run_once, under_way
from cityloop.kernel.translation import _

logger = logging.getLogger(__name__)

LOST = timedelta(hours=1)
"""After this a trial that has not finished was lost with its worker: another may begin."""


def ask_for_routing_trial(
    jurisdiction: str, version: int, *, actor_id: int | None, now: datetime, sample: int = SAMPLE
) -> int:
    """Have a version tried in the worker; return the trial's id.

    Args:
        now: By the machine's clock.
        sample: So many cases, the newest first.
    Raises:
        NotFound: There is no such version.
        Conflict: It is being tried already.
    """
    with transaction.atomic():
        rows = models.RoutingVersion.objects.select_for_update()
        row = rows.filter(jurisdiction=jurisdiction, version=version).first()
        if row is None:
            raise NotFound(
                _("There is no version %(version)d of the routing rules of “%(city)s”.")
                % {"version": version, "city": jurisdiction}
            )
        if under_way(row.trials.all(), LOST, now):
            raise Conflict(_("Version %(version)d is being tried already.") % {"version": version})
        kept = models.RoutingTrial.objects.create(
            tried=row, edited=row.edited, sample=sample, asked_at=now, asked_by=actor_id
        )
        _defer(kept.pk)
    return int(kept.pk)


def run_routing_trial(trial_id: int, *, clock: Callable[[], datetime] = machine_now) -> None:
    """Try what was asked for, once: who comes second finds it begun.

    Args:
        clock: The machine's, since a trial takes a while.
    """
    waiting = models.RoutingTrial.objects.filter(pk=trial_id).select_related("tried")

    def show(done: int, cases: int) -> None:
        waiting.update(done=done, cases=cases)

    def try_it(row: models.RoutingTrial) -> dict[str, Any]:
        city, tried = row.tried.jurisdiction, row.tried
        held = routing(city, routing_in_force(loop_city(city).city))
        count = routing_trial(city, held, compiled(tried), sample=row.sample, progress=show)
        logger.info("routing of %s: version %d tried on %d cases", city, tried.version, count.cases)
        return {"done": count.cases, "cases": count.cases, "result": count.to_json()}

    run_once(waiting, try_it, clock)


def _defer(trial_id: int) -> None:
    from cityloop.cases.tasks import try_routing

    try_routing.defer(trial_id=trial_id)
