"""Who is told of events by HTTP, and what has become of each message."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from typing_extensions import override

from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.ids import uuid7
from cityloop.kernel.translation import lazy as _


class Subscription(models.Model):
    """A program of somebody else that is told what happens in a city, as far as an account of that city sees it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(_("jurisdiction"), max_length=6)
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=2000)
    kinds = ArrayField(
        models.CharField(max_length=40), verbose_name=_("actions"), help_text=_("none: all"), default=list, blank=True
    )
    account = models.BigIntegerField(_("account"), help_text=_("The one whose sight the messages have."))
    generation = models.IntegerField(default=1, editable=False)
    is_on = models.BooleanField(_("on"), default=True)
    failures = models.IntegerField(_("failures in a row"), default=0, editable=False)
    said = models.CharField(_("last answer"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), editable=False)
    created_by = models.BigIntegerField(_("made by"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        indexes = [models.Index(fields=["jurisdiction", "id"], name="subscription_by_city")]

    @override
    def __str__(self) -> str:
        return self.name


OPEN = Q(state__in=["waiting", "parked", "blocked"])
"""Deliveries that are not at their end."""


class Delivery(models.Model):
    """One event for one subscription. ``message`` is the same however often it is sent."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event = models.BigIntegerField(_("event"))
    case = models.UUIDField()
    kind = models.CharField(_("action"), max_length=40)
    message = models.UUIDField(_("message"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.IntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    first_at = models.DateTimeField(_("first attempt"), null=True)
    said = models.CharField(_("last answer"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["subscription", "event"], name="delivery_once")]
        indexes = [
            models.Index(fields=["subscription", "state", "next_at"], name="delivery_open", condition=OPEN),
            models.Index(fields=["subscription", "case", "event"], name="delivery_open_in_case", condition=OPEN),
            models.Index(fields=["done_at"], name="delivery_done", condition=Q(done_at__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return str(self.message)
