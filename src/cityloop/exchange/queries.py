"""Who is told of events, and what has become of what they were to be told."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from cityloop.exchange import models
from cityloop.exchange.choices import OPEN, DeliveryState
from cityloop.kernel.errors import NotFound
from cityloop.kernel.paging import encode_cursor, key_of
from cityloop.kernel.translation import _


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription, with how many deliveries wait and how many are parked."""

    id: UUID
    jurisdiction: str
    name: str
    url: str
    kinds: list[str]
    account: int
    is_on: bool
    failures: int
    said: str
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One event on its way. ``next_at`` is null once it is at its end."""

    id: int
    message: UUID
    event: int
    kind: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    done_at: datetime | None
    said: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    items: list[DeliveryLine]
    next: str | None


def subscriptions(cities: Collection[str]) -> list[SubscriptionLine]:
    """Return the subscriptions of ``cities``: two queries."""
    rows = list(models.Subscription.objects.filter(jurisdiction__in=cities).order_by("jurisdiction", "id"))
    counts = counted([row.pk for row in rows])
    return [_line(row, counts[row.pk]) for row in rows]


def subscription(key: UUID, cities: Collection[str]) -> SubscriptionLine:
    """Return one subscription of ``cities``.

    Raises:
        NotFound: There is none there.
    """
    row = models.Subscription.objects.filter(pk=key, jurisdiction__in=cities).first()
    if row is None:
        raise NotFound(_("There is no such webhook that you may see."))
    return _line(row, counted([key])[key])


class Counts(NamedTuple):
    """How many messages are yet to be sent, those behind a parked one among them, and how many are parked."""

    waiting: int
    parked: int


def counted(keys: Collection[UUID]) -> dict[UUID, Counts]:
    """Return for each subscription what is not at its end: an index of that alone serves it, not what was sent."""
    rows = models.Delivery.objects.filter(subscription__in=keys, state__in=OPEN).values("subscription", "state")
    found: Counter[tuple[UUID, str]] = Counter()
    for row in rows.annotate(count=Count("*")).order_by("subscription", "state"):
        found[row["subscription"], row["state"]] = row["count"]
    return {
        key: Counts(
            found[key, DeliveryState.WAITING] + found[key, DeliveryState.BLOCKED], found[key, DeliveryState.PARKED]
        )
        for key in keys
    }


def _line(row: models.Subscription, counts: Counts) -> SubscriptionLine:
    return SubscriptionLine(
        row.id,
        row.jurisdiction,
        row.name,
        row.url,
        row.kinds,
        row.account,
        row.is_on,
        row.failures,
        _(row.said) if row.said else "",
        counts.waiting,
        counts.parked,
    )


def deliveries(key: UUID, *, state: str = "", limit: int = 50, cursor: str = "") -> Deliveries:
    """Return the deliveries of a subscription, newest event first.

    Raises:
        InvalidInput: The cursor is none of this subscription's list.
    """
    name = f"deliveries {key}"
    rows = models.Delivery.objects.filter(subscription=key).order_by("-event")
    if state:
        rows = rows.filter(state=state)
    if cursor:
        [before] = key_of(name, cursor, int)
        rows = rows.filter(event__lt=before)
    found = list(rows[: limit + 1])
    more = len(found) > limit
    items = [
        DeliveryLine(
            row.pk,
            row.message,
            row.event,
            row.kind,
            DeliveryState(row.state),
            row.attempts,
            row.next_at if row.state == DeliveryState.WAITING else None,
            row.done_at,
            _(row.said) if row.said else "",
        )
        for row in found[:limit]
    ]
    return Deliveries(items, encode_cursor(name, items[-1].event) if more else None)


def delivery_of(key: UUID, message: UUID) -> int:
    """Return the number of the delivery of a message.

    Raises:
        NotFound: The subscription has no such message.
    """
    found = models.Delivery.objects.filter(subscription=key, message=message).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such message of this webhook."))
    return found
