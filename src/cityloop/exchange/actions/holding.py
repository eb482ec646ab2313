"""What comes after a parked message in its case: it is held back as blocked, so that nobody looks at it in vain.

Holding back and releasing stand under the lock of the subscription: each sees what the other has done.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cityloop.exchange import models
from cityloop.exchange.actions.subscribing import locked
from cityloop.exchange.choices import DeliveryState

PARKED_BEFORE = Exists(
    models.Delivery.objects.filter(
        subscription=OuterRef("subscription"),
        case=OuterRef("case"),
        event__lt=OuterRef("event"),
        state=DeliveryState.PARKED,
    )
)


@transaction.atomic
def hold_back(subscription: models.Subscription, now: datetime) -> None:
    """Block what is due behind a parked message of its case."""
    due = Q(state=DeliveryState.WAITING, next_at__lte=now)
    locked(subscription.pk).deliveries.filter(due, PARKED_BEFORE).update(state=DeliveryState.BLOCKED)


def release(subscription: models.Subscription, now: datetime) -> None:
    """Let wait again what was blocked and has no parked message before it any more; the caller holds the lock."""
    free = subscription.deliveries.filter(~PARKED_BEFORE, state=DeliveryState.BLOCKED)
    free.update(state=DeliveryState.WAITING, next_at=now)
