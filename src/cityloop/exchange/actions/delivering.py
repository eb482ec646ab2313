"""Sending what is due, and noting what came of it.

An attempt is taken by condition (the next one is due only after a lease), the message goes out, and what came of it is
noted. Killed between the two, the same message goes out again under the same id.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from cityloop.cases.events import Happened, seen_by
from cityloop.exchange import models
from cityloop.exchange.actions.holding import hold_back, release
from cityloop.exchange.actions.subscribing import locked, secret
from cityloop.exchange.choices import OPEN, PARKED, DeliveryState
from cityloop.exchange.rules.addresses import target_of
from cityloop.exchange.rules.payload import payload_of
from cityloop.exchange.rules.retrying import next_attempt
from cityloop.exchange.rules.signing import headers_of
from cityloop.exchange.sending import GONE, Answer, post
from cityloop.kernel.alone import alone
from cityloop.kernel.clock import machine_now
from cityloop.kernel.translation import noop
from cityloop.notices.actions import Party, tell
from cityloop.organisation.queries import city, viewer_now

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""For how long an attempt is its worker's; several times what it may take."""

AT_ONCE = 100
FAILING = 3
"""After so many failures in a row a subscription is tried with one message at a time."""

KEPT = timedelta(days=30)
"""How long it is known what has been sent, and how long what is not is kept."""

FORGOTTEN_AT_ONCE = 5000

WITHHELD = noop("the account does not see this case")
SYSADMIN = "sysadmin"


def subscriptions_due(now: datetime) -> list[UUID]:
    """Return the subscriptions for which an attempt is due.

    What waits for an attempt that comes later is left out. What a parked message holds up is not: the turn blocks it.
    """
    earlier = _earlier([DeliveryState.WAITING])
    due = models.Delivery.objects.filter(
        ~earlier, subscription=OuterRef("pk"), state=DeliveryState.WAITING, next_at__lte=now
    )
    rows = models.Subscription.objects.filter(Exists(due), is_on=True).order_by("id")
    return list(rows.values_list("id", flat=True))


def deliver(subscription: UUID, *, until: datetime | None = None) -> int:
    """Try what is due for one subscription, oldest first and in order for each case; return how many attempts were made.

    It ends with the first that fails: the others of that program would hardly fare better, and none else must wait.
    Where another worker is at this subscription, nothing is done.
    """
    with alone("exchange", str(subscription)) as is_alone:
        return _turn(subscription, until) if is_alone else 0


def _turn(subscription: UUID, until: datetime | None) -> int:
    tried = 0
    while row := models.Subscription.objects.filter(pk=subscription, is_on=True).first():
        now = machine_now()
        hold_back(row, now)
        due = _due(row, now)
        for delivery in due[: 1 if row.failures >= FAILING else AT_ONCE]:
            outcome = _attempt(row, delivery)
            tried += outcome is not None
            if outcome is False or (until is not None and machine_now() >= until):
                return tried
        if not due:
            return tried
    return tried


def _due(row: models.Subscription, now: datetime) -> list[models.Delivery]:
    """Return what is due, leaving out what comes after something of its case that is not delivered yet."""
    rows = row.deliveries.filter(~_earlier(OPEN), state=DeliveryState.WAITING, next_at__lte=now)
    return list(rows.order_by("next_at", "event")[:AT_ONCE])


def _earlier(states: Iterable[DeliveryState]) -> Exists:
    """Return whether something earlier of its case is in one of ``states``."""
    return Exists(
        models.Delivery.objects.filter(
            subscription=OuterRef("subscription"),
            case=OuterRef("case"),
            event__lt=OuterRef("event"),
            state__in=list(states),
        )
    )


def _attempt(row: models.Subscription, delivery: models.Delivery) -> bool | None:
    """Make one attempt; return whether it was taken, None where another worker makes it."""
    now = machine_now()
    claimed = models.Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts, next_at=delivery.next_at
    ).update(attempts=F("attempts") + 1, next_at=now + LEASE, first_at=Coalesce("first_at", now))
    if not claimed:
        return None
    delivery.attempts += 1
    delivery.first_at = delivery.first_at or now
    event = seen_by(viewer_now(row.account), [delivery.event]).get(delivery.event)
    if event is None:
        _note(delivery, state=DeliveryState.WITHHELD, said=WITHHELD, done_at=now)
        return True
    answer = _send(row, delivery, event, now)
    _note_answer(row, delivery, answer)
    return answer.is_taken


def _send(row: models.Subscription, delivery: models.Delivery, event: Happened, now: datetime) -> Answer:
    told = event._asdict()
    del told["id"], told["case"]
    body = payload_of(**told)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "CityLoop",
        **headers_of(str(delivery.message), now, body, secret(row)),
    }
    return post(target_of(row.url), body, headers, allowed=settings.WEBHOOK_NETWORKS)


def _note_answer(row: models.Subscription, delivery: models.Delivery, answer: Answer) -> None:
    now = machine_now()
    if answer.is_taken:
        _note(delivery, state=DeliveryState.SENT, said=answer.said, done_at=now)
        if row.failures:
            models.Subscription.objects.filter(pk=row.pk).update(failures=0, said=answer.said)
        return
    logger.warning("webhook %s: event %d not taken: %s", row.id, delivery.event, answer.said)
    models.Subscription.objects.filter(pk=row.pk).update(failures=F("failures") + 1, said=answer.said)
    assert delivery.first_at is not None
    following = next_attempt(delivery.attempts, delivery.first_at, now)
    if answer.status == GONE:
        models.Subscription.objects.filter(pk=row.pk).update(is_on=False)
        following = None
    if following is not None:
        _note(delivery, next_at=following, said=answer.said)
    elif _note(delivery, state=DeliveryState.PARKED, said=answer.said):
        tell(
            row.jurisdiction,
            PARKED,
            row.name[:40],
            [Party(SYSADMIN, None, None)],
            at=city(row.jurisdiction).now(),
        )


def _note(delivery: models.Delivery, **fields: object) -> bool:
    """Note what came of an attempt, unless the delivery has been begun anew meanwhile."""
    rows = models.Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts)
    return bool(rows.update(**fields))


def forget(*, now: datetime) -> int:
    """Forget what was delivered a month ago, and what has been left for as long; return how much.

    What a forgotten message held up goes on.
    """
    count = _forget(models.Delivery.objects.filter(done_at__lt=now - KEPT).order_by("done_at"))
    for row in models.Subscription.objects.order_by("id"):
        for state in OPEN:
            count += _forget(row.deliveries.filter(state=state, next_at__lt=now - KEPT).order_by("next_at"))
        with transaction.atomic():
            release(locked(row.pk), now)
    return count


def _forget(rows: "QuerySet[models.Delivery]") -> int:
    """Delete ``rows`` some at a time: one long transaction would let every listener wait."""
    count = 0
    while keys := list(rows.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        count += rows.filter(pk__in=keys).delete()[0]
    return count
