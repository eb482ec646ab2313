"""Who works on an import: one process at a time; what a killed one left is gone on with by the next."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cityloop.assets.actions.importing.applying import apply_run
from cityloop.assets.actions.importing.checking import Progress, check_run, nobody
from cityloop.assets.actions.importing.undoing import undo_run
from cityloop.assets.choices import ImportState
from cityloop.assets.models import ImportRun
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError, Conflict
from cityloop.kernel.translation import _, how_said

logger = logging.getLogger(__name__)

LOST = timedelta(minutes=2)
"""An import that is being worked on and has given no sign of life for so long was lost with its worker."""

FROM = {
    ImportState.CHECKING: {ImportState.CHOOSING, ImportState.CHECKED, ImportState.FAILED},
    ImportState.APPLYING: {ImportState.CHECKED},
    ImportState.UNDOING: {ImportState.APPLIED},
}
"""What may be begun, and from which states."""

BACK = {ImportState.CHECKING: ImportState.FAILED, ImportState.APPLYING: ImportState.CHECKED, ImportState.UNDOING: ImportState.APPLIED}  # fmt: skip
"""Where an import stands again when what was begun was refused."""


def ask_to(
    run: ImportRun,
    state: ImportState,
    *,
    actor_id: int | None,
    all_or_none: bool = False,
    partly: bool = False,
    now: datetime | None = None,
    in_background: bool = True,
) -> None:
    """Begin to check, to apply or to undo an import; the worker does it.

    Args:
        run: The import.
        state: ``CHECKING``, ``APPLYING`` or ``UNDOING``.
        actor_id: Who wants it.
        all_or_none: Apply it only if every row is good.
        partly: Undo what can be undone, though some rows were changed since.
        now: By the machine's clock.
        in_background: Leave it to the worker; else the caller goes on with it.

    Raises:
        Conflict: It stands elsewhere; or rows are bad and all or none was asked; or there is nothing good to apply.
    """
    at = now or machine_now()
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.state not in FROM[state] or (state == ImportState.CHECKING and not row.target):
            raise Conflict(
                _("This import is “%(state)s”: that cannot be done now.") % {"state": row.get_state_display()}
            )
        if state == ImportState.APPLYING:
            _may_apply(row, all_or_none=all_or_none)
        row.state, row.beat_at, row.failure, row.failure_said = state, at, "", None
        row.started_at, row.finished_at = at, None
        row.options = row.options | {"is_partial": partly, "by": actor_id}
        row.save(update_fields=["state", "beat_at", "failure", "failure_said", "started_at", "finished_at", "options"])
        if in_background:
            transaction.on_commit(lambda: _defer(row.id))
    run.refresh_from_db()


def _may_apply(row: ImportRun, *, all_or_none: bool) -> None:
    if all_or_none and row.counts.get("bad"):
        raise Conflict(
            _("%(count)d rows are bad, so nothing is taken. Mend the file, or take the good rows.")
            % {"count": row.counts["bad"]}
        )
    if not row.counts.get("good"):
        raise Conflict(_("No row of the file can be taken."))


def _defer(run_id: UUID) -> None:
    from cityloop.assets.tasks import go_on_import

    go_on_import.defer(run_id=str(run_id))


def go_on(
    run_id: UUID, *, progress: Progress = nobody, clock: Callable[[], datetime] = machine_now
) -> ImportRun | None:
    """Do what an import waits for, unless somebody is at it; what it refuses is kept as the reason of its failure."""
    with alone("assets", f"import {run_id}") as is_alone:
        run = ImportRun.objects.filter(pk=run_id).first()
        if not is_alone or run is None or run.state not in BACK:
            return run
        begun = ImportState(run.state)
        try:
            return _work(run, begun, progress, clock)
        except CityError as exc:
            _failed(run, begun, exc.message, clock)
            raise
        except Exception:
            _failed(run, begun, _("It broke off; the log says more."), clock)
            raise


def _work(run: ImportRun, begun: ImportState, progress: Progress, clock: Callable[[], datetime]) -> ImportRun:
    actor = run.options.get("by")
    if begun is ImportState.CHECKING:
        return check_run(run, progress=progress, clock=clock)
    if begun is ImportState.APPLYING:
        progress(run.rows_read, run.rows_read, "applying")
        return apply_run(run, actor_id=actor, clock=clock)
    return undo_run(run, actor_id=actor, partly=bool(run.options.get("is_partial")), clock=clock)


def _failed(run: ImportRun, begun: ImportState, words: str, clock: Callable[[], datetime]) -> None:
    ImportRun.objects.filter(pk=run.pk).update(
        state=BACK[begun], failure=words[:500], failure_said=how_said(words), finished_at=clock(), step=""
    )


def resume_lost(*, now: datetime | None = None) -> int:
    """Have the imports gone on with whose worker is gone; return how many."""
    at = now or machine_now()
    lost = ImportRun.objects.filter(state__in=list(BACK), beat_at__lt=at - LOST).order_by("asked_at")
    found = list(lost.values_list("id", flat=True))
    for run_id in found:
        logger.warning("import %s gave no sign of life: it is gone on with", run_id)
        _defer(run_id)
    return len(found)
