"""A case as it was before its last act: what taking that act back brings back."""

from uuid import UUID

import orjson

from cityloop.cases import models
from cityloop.cases.projections import as_event
from cityloop.cases.rules.history import fold
from cityloop.cases.rules.snapshot import Snapshot
from cityloop.cases.rules.table import Table


def before_last(case: UUID, loop: Table, snapshot: Snapshot) -> Snapshot | None:
    """Return the case as it was before its last act, notes since then apart: one query; None where nobody has acted on it."""
    if snapshot.last is None:
        return None
    rows = models.CaseEvent.objects.filter(case_id=case, seq__lt=snapshot.last.seq).order_by("seq")
    return fold(((as_event(event), orjson.loads(event.body)) for event in rows), loop.restoring)
