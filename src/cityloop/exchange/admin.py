"""The console over webhooks: subscribing, how each fares, what is parked, sending once more."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from typing_extensions import override

from cityloop.exchange import actions, models
from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, lazy
from cityloop.organisation.console import ScopedAdmin, console_user
from cityloop.organisation.queries import people


class SubscriptionForm(ModelForm):  # type: ignore[type-arg]  # takes no argument at run time
    """Refuses what the action would refuse, beside the field."""

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for name, value in cleaned.items():
                setattr(self.instance, name, value)
            try:
                actions.check(self.instance, machine_now())
            except CityError as exc:
                for fault in exc.faults:
                    self.add_error(
                        fault.field if fault.field in self.fields else None, forms.ValidationError(exc.message)
                    )
        return cleaned


@admin.register(models.Subscription)
class SubscriptionAdmin(ScopedAdmin):
    form = SubscriptionForm
    list_display = ("name", "jurisdiction", "url", "is_on", "sight", "waiting", "parked", "answer")
    list_filter = ("jurisdiction", "is_on")
    fields = ("jurisdiction", "name", "url", "kinds", "account", "is_on")
    ordering = ("jurisdiction", "name", "id")
    actions = ("new_secret",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        waits, is_parked = Q(deliveries__state=DeliveryState.WAITING), Q(deliveries__state=DeliveryState.PARKED)
        counted = {"waits": Count("deliveries", filter=waits), "are_parked": Count("deliveries", filter=is_parked)}
        counting: QuerySet[Any] = super().get_queryset(request).annotate(**counted)
        return counting

    @override
    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().name_rows(request, rows)
        known = people({row.account for row in rows})
        for row in rows:
            row.seer = known[row.account].name if row.account in known else f"#{row.account}"

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            user = console_user(request)
            obj.created_at, obj.created_by = machine_now(), user.pk if user else None
        obj.failures = 0
        super().save_model(request, obj, form, change)
        if not change:
            self._tell_secret(request, obj)

    def _tell_secret(self, request: HttpRequest, row: Any) -> None:
        words = _("The secret of “%(name)s”, told this once: %(secret)s") % {
            "name": row.name,
            "secret": actions.secret(row),
        }
        self.message_user(request, words, messages.WARNING)

    @admin.action(description=lazy("Give a new secret"), permissions=["change"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            if self.has_change_permission(request, row):
                actions.renew_secret(row.pk)
                row.refresh_from_db(fields=["generation"])
                self._tell_secret(request, row)

    @admin.display(description=lazy("account"))
    def sight(self, row: Any) -> str:
        return str(row.seer)

    @admin.display(description=lazy("to be sent"))
    def waiting(self, row: Any) -> int:
        return int(row.waits)

    @admin.display(description=lazy("parked"))
    def parked(self, row: Any) -> int:
        return int(row.are_parked)

    @admin.display(description=lazy("last answer"))
    def answer(self, row: Any) -> str:
        return _(row.said) if row.said else ""


@admin.register(models.Delivery)
class DeliveryAdmin(ScopedAdmin):
    jurisdiction_lookup: ClassVar[str] = "subscription__jurisdiction"
    list_display = ("event", "kind", "subscription", "state", "attempts", "next_at", "answer")
    list_filter = ("state", "subscription")
    list_select_related = ("subscription",)
    ordering = ("-event", "-id")
    fields = (
        "subscription",
        "event",
        "kind",
        "message",
        "state",
        "attempts",
        "first_at",
        "next_at",
        "done_at",
        "answer",
    )
    readonly_fields = fields
    actions = ("send_again",)

    @admin.action(description=lazy("Send once more"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        editable = self.editable_jurisdictions(request)
        count = sum(
            actions.replay_one(row.pk, now=machine_now()) for row in queryset if self.jurisdiction_of(row) in editable
        )
        self.message_user(request, _("To be sent once more: %(count)d.") % {"count": count})

    @admin.display(description=lazy("last answer"))
    def answer(self, row: Any) -> str:
        return _(row.said) if row.said else ""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
