"""Who is told of events, and what has become of what they were to be told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from cityloop.exchange import models
from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.errors import NotFound
from cityloop.kernel.paging import decode_cursor, encode_cursor
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
    """Return the subscriptions of ``cities``: one query."""
    return [_line(row) for row in _counted().filter(jurisdiction__in=cities).order_by("jurisdiction", "id")]


def subscription(key: UUID, cities: Collection[str]) -> SubscriptionLine:
    """Return one subscription of ``cities``.

    Raises:
        NotFound: There is none there.
    """
    row = _counted().filter(pk=key, jurisdiction__in=cities).first()
    if row is None:
        raise NotFound(_("There is no such webhook that you may see."))
    return _line(row)


def _counted() -> "QuerySet[models.Subscription]":
    return models.Subscription.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING)),
        parked=Count("deliveries", filter=Q(deliveries__state=DeliveryState.PARKED)),
    )


def _line(row: models.Subscription) -> SubscriptionLine:
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
        row.waiting,  # type: ignore[attr-defined] # annotated
        row.parked,  # type: ignore[attr-defined] # annotated
    )


def deliveries(key: UUID, *, state: str = "", limit: int = 50, cursor: str = "") -> Deliveries:
    """Return the deliveries of a subscription, newest event first."""
    rows = models.Delivery.objects.filter(subscription=key).order_by("-event")
    if state:
        rows = rows.filter(state=state)
    if cursor:
        [before] = decode_cursor(cursor, 1)
        rows = rows.filter(event__lt=before if isinstance(before, int) else 0)
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
    return Deliveries(items, encode_cursor(items[-1].event) if more else None)


def delivery_of(key: UUID, message: UUID) -> int:
    """Return the number of the delivery of a message.

    Raises:
        NotFound: The subscription has no such message.
    """
    found = models.Delivery.objects.filter(subscription=key, message=message).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such message of this webhook."))
    return found
