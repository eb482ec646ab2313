"""Who is told of a city's events: a program elsewhere, with the sight of one account."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cityloop.cases.queries import table_in_force
from cityloop.exchange import models
from cityloop.exchange.rules.addresses import is_shut, target_of
from cityloop.exchange.rules.signing import secret_of
from cityloop.kernel.errors import Fault, InvalidInput, NotFound
from cityloop.kernel.translation import _, listed
from cityloop.organisation.queries import city, viewer_now

logger = logging.getLogger(__name__)


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
    check(row)
    row.save(force_insert=True)
    logger.info("webhook %s of %s: made by %s", row.id, jurisdiction, by)
    return Subscribed(row.id, secret(row))


def check(row: models.Subscription) -> None:
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
    if row.jurisdiction not in viewer_now(row.account).jurisdictions:
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
    row = locked(subscription)
    row.generation += 1
    row.save(update_fields=["generation"])
    return secret(row)


@transaction.atomic
def change(
    subscription: UUID,
    *,
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
    row = locked(subscription)
    given: dict[str, object] = {"name": name, "url": url, "account": account, "is_on": is_on}
    given["kinds"] = None if kinds is None else sorted(set(kinds))
    for field, value in given.items():
        if value is not None:
            setattr(row, field, value)
    check(row)
    row.failures = 0
    row.save()


def unsubscribe(subscription: UUID) -> None:
    """Tell a program nothing any more, and forget what it was told."""
    models.Subscription.objects.filter(pk=subscription).delete()


def locked(subscription: UUID) -> models.Subscription:
    row = models.Subscription.objects.select_for_update().filter(pk=subscription).first()
    if row is None:
        raise NotFound(_("There is no such webhook that you may see."))
    return row
