"""Something that a person asks for and the worker does, once: a trial, an export."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, how_said, lazy, said_again


class Run(models.Model):
    """When it was asked for, begun and finished, by the machine's clock, and why it failed if it did.

    ``failure`` is in the worker's language; ``failure_said`` is what it is said again from in the reader's (``why``).
    """

    asked_at = models.DateTimeField(lazy("asked for"))
    started_at = models.DateTimeField(lazy("begun"), null=True)
    finished_at = models.DateTimeField(lazy("finished"), null=True)
    failure = models.CharField(lazy("failure"), max_length=500, blank=True)
    failure_said = models.JSONField(lazy("how the failure was said"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def why(self) -> str:
        """Why it failed, in the language of now; "" where it did not."""
        return str(said_again(self.failure_said)) if self.failure_said else self.failure


Kept = TypeVar("Kept", bound=Run)


def under_way(rows: QuerySet[Kept], lost: timedelta, now: datetime) -> bool:
    """Tell whether one of ``rows`` was asked for and has not finished; after ``lost`` it was lost with its worker."""
    return rows.filter(finished_at=None, asked_at__gt=now - lost).exists()


def run_once(rows: QuerySet[Kept], work: Callable[[Kept], dict[str, Any]], clock: Callable[[], datetime]) -> None:
    """Do what one row asks for; who comes second finds it begun and does nothing.

    Args:
        rows: The one row.
        work: Does it; its answer is what the row then holds. What it refuses is kept as the reason of the failure.
        clock: The machine's, since a run takes a while.
    """
    if not rows.filter(started_at=None).update(started_at=clock()):
        return
    try:
        came = work(rows.get())
    except CityError as exc:
        rows.update(finished_at=clock(), **_failed(exc.message))
        return
    except Exception:
        rows.update(finished_at=clock(), **_failed(_("It broke off; the log says more.")))
        raise
    rows.update(finished_at=clock(), **came)


def _failed(words: str) -> dict[str, Any]:
    return {"failure": words[:500], "failure_said": how_said(words)}
