"""What every table of the console has in common: who enters, which rows they see, which they may change.

A door for other rooms: their ``admin`` modules build on ``ScopedAdmin``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from typing_extensions import override
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSelectWidget

from cityloop.kernel.console import CarefulAdmin
from cityloop.kernel.translation import _, lazy
from cityloop.organisation import models
from cityloop.organisation.queries.accounts import console_viewer, may_enter_console, people
from cityloop.organisation.queries.cities import jurisdictions
from cityloop.organisation.rules.scope import reach_of
from cityloop.organisation.rules.staffing import CONSOLE_POSTS, Viewer

SYSADMIN = frozenset({"sysadmin"})

SEEN = "cityloop.console.seen_cities"
"""Where a request remembers them."""


def console_user(request: HttpRequest) -> models.User | None:
    """Return who is at the console, if the console lets them in."""
    user = request.user
    return user if isinstance(user, models.User) and may_enter_console(user) else None


def seen_jurisdictions(viewer: Viewer, posts: Iterable[str] = CONSOLE_POSTS) -> frozenset[str]:
    """Return the jurisdictions that one of ``posts`` opens to ``viewer`` in the console.

    Only posts of the console count here: a dispatcher of one city who administers another is no administrator of both.
    """
    wanted = frozenset(posts)
    held = tuple(post for post in viewer.posts if post.post in wanted and post.deputy_for is None)
    return reach_of(Viewer(viewer.user_id, viewer.name, held)).jurisdictions


def accounts_kept(cities: Iterable[str]) -> QuerySet[Any, Any]:
    """Return the numbers of the accounts that some cities keep: to narrow by, in a statement of another room."""
    return models.User.objects.filter(jurisdiction__in=list(cities)).values("pk")


def accounts_seen(request: HttpRequest) -> Q:
    """Return the condition of the accounts that the user sees: kept by a city of theirs, or with a post there."""
    user = console_user(request)
    if user is None:
        return Q(pk__in=())
    if user.is_superuser:
        return Q()
    seen = seen_jurisdictions(console_viewer(user))
    works_here = models.Appointment.objects.filter(jurisdiction__in=seen).values("user_id")
    return Q(jurisdiction__in=seen) | Q(pk__in=works_here)


def numbers_seen(request: HttpRequest) -> QuerySet[Any, Any]:
    """Return the numbers of the accounts that the user sees: to narrow by, in a statement of another room."""
    return models.User.objects.filter(accounts_seen(request)).values("pk")


def city_named(code: object) -> str:
    """Return the name of a city, where a page shows its code and nothing else; ``""`` stands for all of them."""
    return jurisdictions().get(str(code), str(code)) if str(code) else _("all cities")


class CityFilter(SimpleListFilter):
    """The cities that the user sees, by name."""

    title = lazy("jurisdiction")
    parameter_name = "jurisdiction"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(model_admin.seen_cities(request).items())

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(jurisdiction=self.value()) if self.value() else queryset


class SeenFilter(RelatedFieldListFilter):
    """What a row belongs to, of that what the user sees: the list of its own table decides."""

    @override
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        target = model_admin.admin_site._registry.get(field.related_model)  # noqa: SLF001  # as Django's own autocomplete does
        return [(str(row.pk), str(row)) for row in target.get_queryset(request)] if target is not None else []


class AccountField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Somebody, found by name; its value is the number of their account, for tables that keep no more of them."""

    @override
    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else found.pk


def account_named(number: object) -> str:
    """Return whose account has this number, where a page shows it and nothing else."""
    known = people([number]) if isinstance(number, int) else {}
    return known[number].name if isinstance(number, int) and number in known else f"#{number}"


PLAIN_CONDITIONS = frozenset({"exact", "in", "isnull", "gte", "gt", "lte", "lt"})
"""What the filters of lists ask."""


def _narrows_by(one: Any) -> str:
    """Return the parameter, or the column, by which an entry of ``list_filter`` narrows."""
    column = one[0] if isinstance(one, (tuple, list)) else one
    return column if isinstance(column, str) else str(getattr(column, "parameter_name", ""))


class ScopedAdmin(CarefulAdmin):
    """A table whose rows belong to jurisdictions.

    Attributes:
        jurisdiction_lookup: From a row to the code of its jurisdiction; relations are followed by ``__``.
        editors: Who may change rows, of those whom the console lets in.
        shows_shared: Whether rows of all cities (jurisdiction ``""``) are seen; only the installation's administrators
            change them.
        is_read_only: Nobody adds, changes or deletes here.
        named: Columns with codes, each with the display that tells their names: what ``name_rows`` looked up.
    """

    jurisdiction_lookup: ClassVar[str] = "jurisdiction"
    editors: ClassVar[frozenset[str]] = SYSADMIN
    shows_shared: ClassVar[bool] = False
    is_read_only: ClassVar[bool] = False
    named: ClassVar[Mapping[str, str]] = {"jurisdiction": "city_name"}
    readonly_preprocess_fields: ClassVar[Mapping[str, Any]] = {"jurisdiction": city_named}
    list_per_page = 50
    show_full_result_count = False

    # --- rows

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self.seen_rows(request))

    def seen_rows(self, request: HttpRequest) -> Q:
        """Return the condition under which a row is seen."""
        user = console_user(request)
        if user is None:
            return Q(pk__in=())
        if user.is_superuser:
            return Q()
        seen = sorted(seen_jurisdictions(console_viewer(user)))
        shared = [""] if self.shows_shared else []
        return Q(**{f"{self.jurisdiction_lookup}__in": [*seen, *shared]})

    def editable_jurisdictions(self, request: HttpRequest) -> frozenset[str]:
        """Return the codes of the jurisdictions in which the user may change rows of this table."""
        user = console_user(request)
        if user is None or self.is_read_only:
            return frozenset()
        if user.is_superuser:
            return frozenset(jurisdictions()) | ({""} if self.shows_shared else frozenset())
        return seen_jurisdictions(console_viewer(user), self.editors)

    def jurisdiction_of(self, row: Model) -> str:
        """Return the code of the jurisdiction that a row belongs to."""
        value: Any = row
        for step in self.jurisdiction_lookup.split("__"):
            value = getattr(value, step)
        return str(value)

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters shown, by what they ask: any other condition would tell, row by row, what nobody is shown.

        A list narrowed by ``password__startswith`` spells a password's hash out.
        """
        field, _sign, how = lookup.rpartition("__")
        shown = {_narrows_by(one) for one in self.get_list_filter(request)}
        return lookup in shown or (field in shown and how in PLAIN_CONDITIONS)

    # --- names where codes are kept

    def seen_cities(self, request: HttpRequest) -> dict[str, str]:
        """Return the names of the cities whose rows the user may see, by code; asked for once in a request."""
        known: dict[str, str] | None = request.META.get(SEEN)
        if known is None:
            known = request.META[SEEN] = self._cities_of(request)
        return known

    def _cities_of(self, request: HttpRequest) -> dict[str, str]:
        user = console_user(request)
        if user is None:
            return {}
        seen = None if user.is_superuser else seen_jurisdictions(console_viewer(user))
        return {code: name for code, name in jurisdictions().items() if seen is None or code in seen}

    @override
    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return [self.named.get(column, column) for column in super().get_list_display(request)]

    @override
    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return [self._scoped_filter(one) for one in super().get_list_filter(request)]

    def _scoped_filter(self, one: Any) -> Any:
        """Return a filter that offers nothing of cities that the user does not see."""
        if one == "jurisdiction":
            return CityFilter
        if isinstance(one, str) and isinstance(get_fields_from_path(self.model, one)[-1], ForeignKey):
            return (one, SeenFilter)
        return one

    @override
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        shown = super().get_changelist_instance(request)
        self.name_rows(request, list(shown.result_list))  # the very rows that the page will show
        return shown

    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        """Give the rows of a page the names of what they hold codes of, for all of them at once."""
        if "jurisdiction" in self.list_display:
            names = {**self.seen_cities(request), "": _("all cities")}
            for row in rows:
                row.city_named = names.get(row.jurisdiction, row.jurisdiction)

    @admin.display(description=lazy("jurisdiction"), ordering="jurisdiction")
    def city_name(self, row: Any) -> str:
        return str(row.city_named)

    # --- permissions

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return console_user(request) is not None

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return console_user(request) is not None

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.editable_jurisdictions(request))

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        editable = self.editable_jurisdictions(request)
        return bool(editable) if obj is None else self.jurisdiction_of(obj) in editable

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete what was ticked, and of that only what may be changed: the list also shows rows to look at."""
        for row in queryset:
            if self.has_delete_permission(request, row):
                row.delete()

    # --- forms

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "jurisdiction" and not isinstance(db_field, ForeignKey):
            return self.choice_of(db_field, self.jurisdiction_choices(request))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def jurisdiction_choices(self, request: HttpRequest) -> list[tuple[str, str]]:
        names = {"": _("all cities"), **jurisdictions()}
        return [(code, names[code]) for code in sorted(self.editable_jurisdictions(request))]

    @staticmethod
    def choice_of(db_field: Any, choices: list[tuple[str, str]]) -> forms.ChoiceField:
        """Return a field that offers ``choices`` for a plain text column."""
        return forms.ChoiceField(
            choices=choices,
            required=not db_field.blank,
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            widget=UnfoldAdminSelectWidget,
        )

    def account_of(self, db_field: Any, request: HttpRequest) -> AccountField:
        """Return a field that offers the accounts that the user sees, for a column that keeps the number of one.

        The list of a city may be long: it is searched as somebody types, by the address that serves another column of accounts.
        """
        seen = self.admin_site._registry[models.User].get_queryset(request)  # noqa: SLF001  # as Django's own autocomplete does
        served = models.ApiToken._meta.get_field("user")  # noqa: SLF001 (Django's public meta API)
        return AccountField(
            queryset=seen,
            required=not db_field.blank,
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            error_messages={"invalid_choice": _("There is no such account in your cities.")},
            widget=AutocompleteSelect(served, self.admin_site),
        )

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only what the user sees: the list of the target's own table decides."""
        target = self.admin_site._registry.get(db_field.related_model)  # noqa: SLF001  # as Django's own autocomplete does
        if target is not None and "queryset" not in kwargs:
            kwargs["queryset"] = target.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A row never moves from one jurisdiction to another."""
        fixed = list(super().get_readonly_fields(request, obj))
        has_column = any(field.name == "jurisdiction" for field in self.model._meta.concrete_fields)  # noqa: SLF001
        return [*fixed, "jurisdiction"] if obj is not None and has_column else fixed
