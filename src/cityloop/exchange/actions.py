"""Subscribing to events, and delivering them.

The listener writes a delivery for each event and subscription, in the transaction that moves its cursor. Delivering is
apart from it: an attempt is taken by condition (the next one is due only after a lease), the message goes out, and what
came of it is noted. Killed between the two, the same message goes out again under the same id.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cityloop.cases.events import EVENTS, Happened, between, seen_by
from cityloop.cases.queries import table_in_force
from cityloop.exchange import models
from cityloop.exchange.choices import DeliveryState
from cityloop.exchange.rules.addresses import is_shut, target_of
from cityloop.exchange.rules.payload import payload_of
from cityloop.exchange.rules.retrying import next_attempt
from cityloop.exchange.rules.signing import headers_of, secret_of
from cityloop.exchange.sending import GONE, Answer, post
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from cityloop.kernel.listening import Listener, position_of
from cityloop.kernel.translation import _, listed, noop
from cityloop.notices.actions import Party, tell
from cityloop.organisation.queries import city, viewer_of

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""For how long an attempt is its worker's; several times what it may take."""

AT_ONCE = 100
FAILING = 3
"""After so many failures in a row a subscription is tried with one message at a time."""

KEPT = timedelta(days=30)
"""How long it is known what has been sent."""

REPLAYED_AT_MOST = 100_000
WITHHELD = noop("the account does not see this case")
SYSADMIN = "sysadmin"


# --- subscribing


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription and its secret, which is told this once."""

    id: UUID
    secret: str


def subscribe(
    jurisdiction: str, *, name: str, url: str, kinds: Collection[str], account: int, by: int | None, now: datetime
) -> Subscribed:
    """Tell a program of what happens in a city from now on; return its id and secret.

    Args:
        url: https, or http into a network that the setting ``CITYLOOP_WEBHOOK_NETWORKS`` allows.
        kinds: Actions of the table; none means all.
        account: Whose sight the messages have.
    Raises:
        InvalidInput: The address cannot be used, or the account holds no post in the city.
        NotFound: There is no such city.
    """
    row = models.Subscription(
        jurisdiction=city(jurisdiction).code,
        name=name,
        url=url,
        kinds=sorted(set(kinds)),
        account=account,
        created_at=now,
        created_by=by,
    )
    check(row, now)
    row.save(force_insert=True)
    logger.info("webhook %s of %s: made by %s", row.id, jurisdiction, by)
    return Subscribed(row.id, secret(row))


def check(row: models.Subscription, now: datetime) -> None:
    """Refuse a subscription that could never deliver anything, or not safely.

    Raises:
        InvalidInput: With a fault for what is wrong.
    """
    target = target_of(row.url)
    if not target.is_secure and not settings.WEBHOOK_NETWORKS:
        why = _("must begin with https://: no network is allowed here to which messages may go in the clear")
        raise InvalidInput(
            _("This address cannot be used: it %(why)s.") % {"why": why}, faults=[Fault("url", why, row.url[:80])]
        )
    if is_shut(target, settings.WEBHOOK_NETWORKS):
        why = _("leads into a network to which no messages may go from here")
        raise InvalidInput(
            _("This address cannot be used: it %(why)s.") % {"why": why}, faults=[Fault("url", why, row.url[:80])]
        )
    _check_kinds(row)
    if row.jurisdiction not in viewer_of(row.account, now).jurisdictions:
        why = _("holds no post in this city, so it sees nothing")
        raise InvalidInput(
            _("This account cannot be used: it %(why)s.") % {"why": why},
            faults=[Fault("account", why, str(row.account))],
        )


def _check_kinds(row: models.Subscription) -> None:
    """Refuse actions that the city's table does not have; those that a subscription has from an older one may stay.

    Raises:
        InvalidInput: With a fault for each.
    """
    before = models.Subscription.objects.filter(pk=row.pk).values_list("kinds", flat=True).first() or []
    unknown = [one for one in row.kinds if one not in before and one not in table_in_force(row.jurisdiction).actions]
    if unknown:
        why = _("is no action of the city's table")
        raise InvalidInput(
            _("The city's table has no action %(actions)s.") % {"actions": listed(unknown)},
            faults=[Fault("kinds", why, one) for one in unknown],
        )


def secret(row: models.Subscription) -> str:
    return secret_of(settings.SECRET_KEY, str(row.id), row.generation)


@transaction.atomic
def renew_secret(subscription: UUID) -> str:
    """Give a subscription a new secret and return it; messages are signed by it from now on."""
    row = _locked(subscription)
    row.generation += 1
    row.save(update_fields=["generation"])
    return secret(row)


@transaction.atomic
def change(
    subscription: UUID,
    *,
    now: datetime,
    name: str | None = None,
    url: str | None = None,
    kinds: Collection[str] | None = None,
    account: int | None = None,
    is_on: bool | None = None,
) -> None:
    """Change what is given of a subscription. While it is off, nothing is noted for it: ``replay`` fetches that later.

    Raises:
        InvalidInput: As for ``subscribe``.
    """
    row = _locked(subscription)
    given: dict[str, object] = {"name": name, "url": url, "account": account, "is_on": is_on}
    given["kinds"] = None if kinds is None else sorted(set(kinds))
    for field, value in given.items():
        if value is not None:
            setattr(row, field, value)
    check(row, now)
    row.failures = 0
    row.save()


def unsubscribe(subscription: UUID) -> None:
    """Tell a program nothing any more, and forget what it was told."""
    models.Subscription.objects.filter(pk=subscription).delete()


def _locked(subscription: UUID) -> models.Subscription:
    row = models.Subscription.objects.select_for_update().filter(pk=subscription).first()
    if row is None:
        raise NotFound(_("There is no such webhook that you may see."))
    return row


# --- listening


def note(events: Sequence[Happened]) -> None:
    """Write a delivery for each event and each subscription that asked for it."""
    cities = {event.jurisdiction for event in events}
    subscriptions = models.Subscription.objects.filter(jurisdiction__in=cities, is_on=True).order_by("id")
    now = machine_now()
    models.Delivery.objects.bulk_create(
        (delivery for row in subscriptions for delivery in _deliveries(row, events, now)), ignore_conflicts=True
    )


LISTENER = Listener("exchange.webhooks", EVENTS, note)


def _deliveries(row: models.Subscription, events: Iterable[Happened], now: datetime) -> list[models.Delivery]:
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


@transaction.atomic
def replay(subscription: UUID, from_event: int, *, now: datetime) -> int:
    """Deliver everything from the event ``from_event`` on once more, under the same message ids; return how much.

    Raises:
        Conflict: It would be more than 100,000 events: begin later.
    """
    row = _locked(subscription)
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
    models.Delivery.objects.bulk_create(_deliveries(row, events, now), ignore_conflicts=True, batch_size=1000)
    return _again(row.deliveries.filter(event__gte=from_event, event__lte=end), now)


def _of(row: models.Subscription, events: Iterable[Happened]) -> list[Happened]:
    return [event for event in events if event.jurisdiction == row.jurisdiction]


@transaction.atomic
def replay_one(delivery: int, *, now: datetime) -> int:
    """Deliver one message once more; return 1, or 0 where there is none."""
    return _again(models.Delivery.objects.filter(pk=delivery), now)


def _again(rows: "QuerySet[models.Delivery]", now: datetime) -> int:
    return rows.update(state=DeliveryState.WAITING, attempts=0, first_at=None, next_at=now, done_at=None)


# --- delivering


def subscriptions_due(now: datetime) -> list[UUID]:
    """Return the subscriptions for which an attempt is due."""
    due = models.Delivery.objects.filter(subscription=OuterRef("pk"), state=DeliveryState.WAITING, next_at__lte=now)
    rows = models.Subscription.objects.filter(Exists(due), is_on=True).order_by("id")
    return list(rows.values_list("id", flat=True))


def deliver(subscription: UUID, *, until: datetime | None = None) -> int:
    """Try what is due for one subscription, oldest first and in order for each case; return how many attempts were made.

    It ends with the first that fails: the others of that program would hardly fare better, and none else must wait.
    """
    tried = 0
    while row := models.Subscription.objects.filter(pk=subscription, is_on=True).first():
        due = _due(row, machine_now())
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
    earlier = models.Delivery.objects.filter(
        subscription=OuterRef("subscription"),
        case=OuterRef("case"),
        event__lt=OuterRef("event"),
        state__in=[DeliveryState.WAITING, DeliveryState.PARKED],
    )
    rows = row.deliveries.filter(Q(state=DeliveryState.WAITING), ~Exists(earlier), next_at__lte=now)
    return list(rows.order_by("next_at", "event")[:AT_ONCE])


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
    event = seen_by(viewer_of(row.account, now), [delivery.event]).get(delivery.event)
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
            "webhook_parked",
            row.name[:40],
            [Party(SYSADMIN, None, None)],
            at=city(row.jurisdiction).now(),
        )


def _note(delivery: models.Delivery, **fields: object) -> bool:
    """Note what came of an attempt, unless the delivery has been begun anew meanwhile."""
    rows = models.Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts)
    return bool(rows.update(**fields))


def forget(*, now: datetime) -> int:
    """Forget what was delivered a month ago; return how much."""
    count, _kinds = models.Delivery.objects.filter(done_at__lt=now - KEPT).delete()
    return count
