"""The console over webhooks: subscribing, how each fares, what is parked, sending once more."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from typing_extensions import override

from cityloop.exchange import actions, models, queries
from cityloop.exchange.choices import DeliveryState
from cityloop.kernel.clock import machine_now
from cityloop.kernel.errors import CityError
from cityloop.kernel.translation import _, lazy
from cityloop.organisation.console import ScopedAdmin, account_named, console_user
from cityloop.organisation.long_lists import LongListAdmin
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
                actions.check(self.instance)
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
    readonly_preprocess_fields: ClassVar[dict[str, Any]] = {
        **ScopedAdmin.readonly_preprocess_fields,
        "account": account_named,
    }

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "account":
            return self.account_of(db_field, request)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().name_rows(request, rows)
        known = people({row.account for row in rows})
        counts = queries.counted([row.pk for row in rows])
        for row in rows:
            row.counts = counts[row.pk]
            row.seer = known[row.account].name if row.account in known else f"#{row.account}"

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            # What was not changed here stays as it is by now: a secret may be new, and a program gone.
            actions.change(obj.pk, **{name: form.cleaned_data[name] for name in form.changed_data})
            return
        user = console_user(request)
        obj.created_at, obj.created_by = machine_now(), user.pk if user else None
        super().save_model(request, obj, form, change)
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
        return int(row.counts.waiting)

    @admin.display(description=lazy("parked"))
    def parked(self, row: Any) -> int:
        return int(row.counts.parked)

    @admin.display(description=lazy("last answer"))
    def answer(self, row: Any) -> str:
        return _(row.said) if row.said else ""


class OneSubscription(SimpleListFilter):
    """One webhook at a time: an index gives its deliveries in their order, and there is none over all of them."""

    title = lazy("webhook")
    parameter_name = "subscription"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = model_admin.admin_site.get_model_admin(models.Subscription).get_queryset(request)
        return [(str(key), name) for key, name in seen.order_by("jurisdiction", "name", "id").values_list("pk", "name")]

    @override
    def value(self) -> str | None:
        known = [key for key, _name in self.lookup_choices]
        asked = super().value() or next(iter(known), None)
        return asked if asked in known else None

    @override
    def choices(self, changelist: Any) -> Iterator[Any]:
        _everything, *each = super().choices(changelist)
        yield from each

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subscription=self.value()) if self.value() else queryset.none()


class StateFilter(SimpleListFilter):
    title = lazy("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return list(DeliveryState.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() in DeliveryState.values else queryset


@admin.register(models.Delivery)
class DeliveryAdmin(LongListAdmin):
    is_read_only: ClassVar[bool] = False  # an administrator has it sent again; nothing else is changed
    jurisdiction_lookup: ClassVar[str] = "subscription__jurisdiction"
    list_display = ("event", "kind", "subscription", "state", "attempts", "next_at", "answer")
    list_filter = (OneSubscription, StateFilter)
    list_select_related = ("subscription",)
    ordering = ("-event",)
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
