"""What is taken away from the map as a file: asked for on the page, written by the worker, fetched by whoever asked, gone after a day.

Who looks, and where files for one person lie, the floors above know; they write with ``write`` and keep it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely
from django.db import transaction

from cityloop.kernel.alone import in_turn
from cityloop.kernel.errors import Conflict, InvalidInput, NotFound
from cityloop.kernel.runs import run_once, under_way
from cityloop.kernel.translation import _, language
from cityloop.onemap import models
from cityloop.onemap.choices import FileForm
from cityloop.onemap.export.walking import number_of, taken
from cityloop.onemap.export.writing import type_of, write_file
from cityloop.onemap.rules.layer import Look
from cityloop.onemap.rules.tiles import MOST_LAYERS
from cityloop.onemap.within import Area

KEPT = timedelta(days=1)
LOST = timedelta(hours=2)
"""After this an export that has not finished was lost with its worker: another may begin."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is taken away.

    Args:
        layers: By name.
        area: Within which it lies; None: all that there is.
        only: By layer, the properties that must have a value.
        day: Of which day; None: now.
    """

    form: FileForm
    layers: Sequence[str]
    area: Area | None = None
    only: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    day: date | None = None


def ask_export(
    owner: int, post: str, look: Look, asking: Asking, begin: Callable[[UUID], object], *, now: datetime
) -> UUID:
    """Have rows of layers written into a file; return the export's id.

    Args:
        owner: Who alone fetches it.
        post: The one of several posts in which they work now.
        look: Theirs: what cannot be asked for is refused at once.
        begin: Tells the worker, once this has been kept.
        now: By the machine's clock.
    Raises:
        InvalidInput: No layer is named or too many, or one cannot be taken away, or a property is none of its own.
        NotFound: There is no layer of one of the names.
        Conflict: One of theirs is being written.
    """
    if not asking.layers or len(asking.layers) > MOST_LAYERS or len(set(asking.layers)) < len(asking.layers):
        raise InvalidInput(_("Choose one to %(most)d layers to take away.") % {"most": MOST_LAYERS})
    only = {layer: dict(values) for layer, values in asking.only.items()}
    taken(asking.layers, look, asking.area, only)
    with transaction.atomic():
        in_turn("onemap", f"export of {owner}")
        if under_way(models.MapExport.objects.filter(owner=owner), LOST, now):
            raise Conflict(_("An export of yours is being written already. Wait for it to finish."))
        row = models.MapExport.objects.create(
            owner=owner,
            post=post,
            language=language(),
            form=asking.form,
            layers=list(asking.layers),
            area=None if asking.area is None else shapely.to_wkb(asking.area.shape),
            only=only,
            day=asking.day,
            asked_at=now,
        )
        transaction.on_commit(lambda: begin(row.id))
    return row.id


def export_of(owner: int, export_id: UUID, *, now: datetime) -> models.MapExport:
    """Return an export of one's own.

    Raises:
        NotFound: There is none, or its day is over.
    """
    row = models.MapExport.objects.filter(pk=export_id, owner=owner, asked_at__gt=now - KEPT).first()
    if row is None:
        raise NotFound(_("There is no such export of yours. They are kept for a day."))
    return row


def run_export(
    export_id: UUID, work: Callable[[models.MapExport], dict[str, Any]], *, clock: Callable[[], datetime]
) -> None:
    """Do what an export asks for, once: who comes second finds it begun.

    Args:
        work: Writes it (``write_export``) and keeps the file; its answer is what the row then holds.
    """
    run_once(models.MapExport.objects.filter(pk=export_id), work, clock)


def write_export(row: models.MapExport, path: Any, look: Look) -> dict[str, Any]:
    """Write what an export asks for into a file at ``path``, as ``look`` may see it now; how far it is stands in its row.

    Raises:
        InvalidInput: It does not fit into this form.
        Unavailable: The database takes too long.
    """
    waiting = models.MapExport.objects.filter(pk=row.pk)
    area = None if row.area is None else Area(shapely.from_wkb(bytes(row.area)), 0.0, 0.0)
    everything = taken(row.layers, look, area, row.only)
    waiting.update(total=number_of(everything, look))

    def tell(rows: int) -> None:
        waiting.update(rows=rows)

    return {"rows": write_file(path, FileForm(row.form), everything, look, tell)}


def type_of_export(row: models.MapExport) -> str:
    """Return the media type of an export's file."""
    return type_of(FileForm(row.form), row.layers)


def forget_exports(*, now: datetime) -> int:
    """Forget what was asked for more than a day ago; return how many."""
    return models.MapExport.objects.filter(asked_at__lte=now - KEPT).delete()[0]
