"""Sending once more: under the same message ids as before."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from cityloop.cases.events import Happened, between
from cityloop.exchange import models
from cityloop.exchange.actions.listening import LISTENER, deliveries
from cityloop.exchange.actions.subscribing import locked
from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.errors import Conflict
from cityloop.kernel.listening import position_of
from cityloop.kernel.translation import _

REPLAYED_AT_MOST = 100_000


@transaction.atomic
def replay(subscription: UUID, from_event: int, *, now: datetime) -> int:
    """Deliver everything from the event ``from_event`` on once more, under the same message ids; return how much.

    Raises:
        Conflict: It would be more than 100,000 events: begin later.
    """
    row = locked(subscription)
    end = position_of(LISTENER)  # what comes after it is delivered anyhow
    events: list[Happened] = []
    after = from_event - 1
    while batch := between(after, end, 1000):
        events += _of(row, batch)
        after = batch[-1].id
        if len(events) > REPLAYED_AT_MOST:
            raise Conflict(
                _("More than %(count)d events lie behind this one. Begin with a later one.")
                % {"count": REPLAYED_AT_MOST}
            )
    models.Delivery.objects.bulk_create(deliveries(row, events, now), ignore_conflicts=True, batch_size=1000)
    return _again(row.deliveries.filter(event__gte=from_event, event__lte=end), now)


def _of(row: models.Subscription, events: Iterable[Happened]) -> list[Happened]:
    return [event for event in events if event.jurisdiction == row.jurisdiction]


@transaction.atomic
def replay_one(delivery: int, *, now: datetime) -> int:
    """Deliver one message once more; return 1, or 0 where there is none."""
    return _again(models.Delivery.objects.filter(pk=delivery), now)


def _again(rows: "QuerySet[models.Delivery]", now: datetime) -> int:
    return rows.update(state=DeliveryState.WAITING, attempts=0, first_at=None, next_at=now, done_at=None)
