"""Writing down who is to be told: a delivery for each event and subscription, in the transaction that moves the cursor."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid5

from cityloop.cases.events import EVENTS, Happened, Outline
from cityloop.exchange import models
from cityloop.kernel.clock import machine_now
from cityloop.kernel.listening import Listener


def note(events: Sequence[Happened]) -> None:
    """Write a delivery for each event and each subscription that asked for it."""
    cities = {event.jurisdiction for event in events}
    subscriptions = models.Subscription.objects.filter(jurisdiction__in=cities, is_on=True).order_by("id")
    now = machine_now()
    models.Delivery.objects.bulk_create(
        (delivery for row in subscriptions for delivery in deliveries(row, events, now)), ignore_conflicts=True
    )


LISTENER = Listener("exchange.webhooks", EVENTS, note)


def deliveries(row: models.Subscription, events: Iterable[Happened | Outline], now: datetime) -> list[models.Delivery]:
    return [
        models.Delivery(
            subscription=row,
            event=event.id,
            case=event.case,
            kind=event.action,
            message=uuid5(row.id, str(event.id)),
            next_at=now,
        )
        for event in events
        if event.jurisdiction == row.jurisdiction and (not row.kinds or event.action in row.kinds)
    ]
