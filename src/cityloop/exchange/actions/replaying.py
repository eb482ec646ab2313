"""Sending once more: under the same message ids as before."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cityloop.cases.events import Outline, outlines
from cityloop.exchange import models
from cityloop.exchange.actions.holding import release
from cityloop.exchange.actions.listening import LISTENER, deliveries
from cityloop.exchange.actions.subscribing import locked
from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.errors import Conflict, NotFound
from cityloop.kernel.listening import position_of
from cityloop.kernel.translation import _

REPLAYED_AT_MOST = 100_000
AT_ONCE = 1000
"""Messages in a transaction: a long one would let every listener wait."""

ANEW = ("state", "attempts", "first_at", "next_at", "done_at")


def replay(subscription: UUID, from_event: int, *, now: datetime) -> int:
    """Deliver what was asked for from the event ``from_event`` on once more, under the same message ids; return how much.

    It is done in short transactions, by number: one that is cut off has begun anew what comes first, and doing it again
    does no harm.

    Raises:
        Conflict: It would be more than 100,000 events: begin later.
        NotFound: There is no such subscription (any more).
    """
    row = models.Subscription.objects.filter(pk=subscription).first()
    if row is None:
        raise NotFound(_("There is no such webhook that you may see."))
    end = position_of(LISTENER)  # what comes after it is delivered anyhow
    events = outlines(row.jurisdiction, row.kinds, from_event - 1, end, REPLAYED_AT_MOST + 1)
    if len(events) > REPLAYED_AT_MOST:
        raise Conflict(
            _("More than %(count)d events lie behind this one. Begin with a later one.") % {"count": REPLAYED_AT_MOST}
        )
    batches = (events[first : first + AT_ONCE] for first in range(0, len(events), AT_ONCE))
    return sum(_begin_anew(row.pk, some, now) for some in batches)


@transaction.atomic
def _begin_anew(subscription: UUID, events: Sequence[Outline], now: datetime) -> int:
    row = locked(subscription)
    begun = models.Delivery.objects.bulk_create(
        deliveries(row, events, now),
        update_conflicts=True,
        unique_fields=["subscription", "event"],
        update_fields=ANEW,
    )
    release(row, now)
    return len(begun)


@transaction.atomic
def replay_one(delivery: int, *, now: datetime) -> int:
    """Deliver one message once more; return 1, or 0 where there is none."""
    row = models.Delivery.objects.filter(pk=delivery).first()
    if row is None:
        return 0
    whole = locked(row.subscription_id)
    count = whole.deliveries.filter(pk=delivery).update(
        state=DeliveryState.WAITING, attempts=0, first_at=None, next_at=now, done_at=None
    )
    release(whole, now)
    return count
