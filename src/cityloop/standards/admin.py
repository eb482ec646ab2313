"""The console over the catalogues."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from typing_extensions import override
from unfold.admin import TabularInline

from cityloop.kernel.console import CarefulAdmin
from cityloop.kernel.translation import lazy as _
from cityloop.standards import models, rules


@admin.register(models.Scheme)
class SchemeAdmin(CarefulAdmin):
    list_display = ("code", "name_zh", "in_force_from", "in_force_to", "class_count")
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("-in_force_from", "code")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Scheme]:
        rows: QuerySet[models.Scheme] = super().get_queryset(request)
        return rows.annotate(classes=Count("categories"))

    @admin.display(description=_("classes"), ordering="classes")
    def class_count(self, row: Any) -> int:
        """Editions of classes in the scheme; counted with the list, not row by row."""
        return int(row.classes)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: models.Scheme | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()  # codes never change


@admin.register(models.DepartmentKind)
class DepartmentKindAdmin(CarefulAdmin):
    list_display = ("id", "name_zh", "name_en")
    search_fields = ("id", "name_zh", "name_en")
    ordering = ("id",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: models.DepartmentKind | None = None) -> tuple[str, ...]:
        return ("id",) if obj else ()


@admin.register(models.BigClass)
class BigClassAdmin(CarefulAdmin):
    list_display = ("code", "name_zh", "name_en", "type", "scheme", "valid_from", "valid_to")
    list_filter = ("scheme", "type")
    list_select_related = ("scheme",)
    search_fields = ("code", "name_zh", "name_en")
    ordering = ("-scheme__in_force_from", "type", "code", "valid_from")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: models.BigClass | None = None) -> tuple[str, ...]:
        return ("scheme", "type", "code") if obj else ()


class FilingConditionInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = models.FilingCondition
    extra = 0
    min_num = 1
    validate_min = True
    ordering = ("position",)
    fields = (
        "position", "ident", "text_zh", "text_en", "closing_zh", "closing_en", "amount", "unit", "limit_text", "basis",
        "season",
    )  # fmt: skip

    @override
    def get_formset(self, request: HttpRequest, obj: models.Category | None = None, **kwargs: Any) -> Any:
        """A class without a condition cannot be filed under: the form says so before the database does."""
        return super().get_formset(request, obj, validate_min=True, **kwargs)


@admin.register(models.Category)
class CategoryAdmin(CarefulAdmin):
    list_display = (
        "code",
        "name_zh",
        "type",
        "big_code",
        "default_limit",
        "dept_kind",
        "scheme",
        "valid_from",
        "valid_to",
    )
    list_filter = ("scheme", "type", "big_code", "dept_kind", "confidence")
    list_select_related = ("scheme", "dept_kind")
    list_per_page = 100
    search_fields = ("code", "name_zh", "name_en", "aliases_zh")
    search_help_text = _("Code or name")
    ordering = ("-scheme__in_force_from", "-type", "code", "valid_from")
    inlines = (FilingConditionInline,)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Category]:
        rows: QuerySet[models.Category] = super().get_queryset(request)
        return rows.prefetch_related("conditions")

    @admin.display(description=_("default limit"))
    def default_limit(self, row: models.Category) -> str:
        """The limit of the first condition, in the words of the standards; read with the list, not row by row."""
        first = min(row.conditions.all(), key=lambda one: one.position, default=None)
        return rules.limit_text_zh(rules.TimeLimit(first.amount, first.unit)) if first else ""

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: models.Category | None = None) -> tuple[str, ...]:
        return ("scheme", "type", "big_code", "code") if obj else ()


@admin.register(models.Correspondence)
class CorrespondenceAdmin(CarefulAdmin):
    list_display = ("code", "scheme", "other_code", "other_scheme", "type", "basis")
    list_filter = ("scheme", "other_scheme", "type", "basis")
    list_select_related = ("scheme", "other_scheme")
    search_fields = ("code", "other_code")
    ordering = ("type", "-scheme", "code", "-other_scheme", "other_code")
