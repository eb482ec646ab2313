"""Departments, posts, appointments, rosters, absences."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from typing_extensions import override

from cityloop.kernel.translation import language
from cityloop.kernel.translation import lazy as _
from cityloop.organisation import models
from cityloop.organisation.console import ScopedAdmin
from cityloop.organisation.queries.posts import post_names
from cityloop.standards import queries as standards


def kind_named(code: object) -> str:
    """Return what a kind of department is called, in the language of the moment."""
    kind = standards.department_kinds().get(str(code))
    if kind is None:
        return str(code)
    return kind.name_zh if language().startswith("zh") else kind.name_en


def shared_post_named(code: object) -> str:
    """Return what a post that every city has is called."""
    return post_names(frozenset(), english=not language().startswith("zh")).get(("", str(code)), str(code))


class PostFilter(SimpleListFilter):
    """The posts of the cities that the user sees, by name."""

    title = _("post")
    parameter_name = "post"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = post_names(frozenset(model_admin.seen_cities(request)), english=not language().startswith("zh"))
        return list({code: (code, name) for (_city, code), name in names.items()}.values())

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(post=self.value()) if self.value() else queryset


class PostChoice(ScopedAdmin):
    """A table with a post in it: offered are those that every city has, and those of the user's cities."""

    named: ClassVar[dict[str, str]] = {**ScopedAdmin.named, "post": "post_name"}
    readonly_preprocess_fields: ClassVar[dict[str, Any]] = {
        **ScopedAdmin.readonly_preprocess_fields,
        "post": shared_post_named,
    }

    @override
    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().name_rows(request, rows)
        names = post_names(frozenset(row.jurisdiction for row in rows), english=not language().startswith("zh"))
        for row in rows:
            row.post_named = names.get((row.jurisdiction, row.post)) or names.get(("", row.post)) or row.post

    @admin.display(description=_("post"), ordering="post")
    def post_name(self, row: Any) -> str:
        return str(row.post_named)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "post":
            return self.choice_of(db_field, self._posts(request))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def _posts(self, request: HttpRequest) -> list[tuple[str, str]]:
        places = Q(jurisdiction="") | Q(jurisdiction__in=self.editable_jurisdictions(request))
        rows = models.Post.objects.filter(places).order_by("jurisdiction", "id")
        english = not language().startswith("zh")
        return list({row.code: (row.code, (english and row.name_en) or row.name) for row in rows}.values())


@admin.register(models.Department)
class DepartmentAdmin(ScopedAdmin):
    list_display = ("name", "code", "kind", "parent", "jurisdiction", "is_active")
    list_filter = ("jurisdiction", "is_active")
    list_select_related = ("parent",)
    search_fields = ("name", "code", "credit_code")
    ordering = ("jurisdiction", "path")
    fields = ("jurisdiction", "code", "name", "kind", "parent", "credit_code", "is_active", "valid_from", "valid_to")
    named: ClassVar[dict[str, str]] = {**ScopedAdmin.named, "kind": "kind_name"}
    readonly_preprocess_fields: ClassVar[dict[str, Any]] = {
        **ScopedAdmin.readonly_preprocess_fields,
        "kind": kind_named,
    }

    @override
    def name_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        super().name_rows(request, rows)
        kinds, is_chinese = standards.department_kinds(), language().startswith("zh")
        for row in rows:
            kind = kinds.get(row.kind)
            row.kind_named = row.kind if kind is None else kind.name_zh if is_chinese else kind.name_en

    @admin.display(description=_("kind"), ordering="kind")
    def kind_name(self, row: Any) -> str:
        return str(row.kind_named)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            is_chinese = language().startswith("zh")
            kinds = standards.department_kinds().values()
            return self.choice_of(db_field, [(kind.id, kind.name_zh if is_chinese else kind.name_en) for kind in kinds])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = list(super().get_readonly_fields(request, obj))
        return [*fixed, "code"] if obj is not None else fixed  # codes never change

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # cases and tasks name it for ever: put it out of use instead


@admin.register(models.Post)
class PostAdmin(ScopedAdmin):
    shows_shared: ClassVar[bool] = True
    list_display = ("name", "name_en", "code", "axis", "sight", "jurisdiction")
    list_filter = ("axis", "sight")
    search_fields = ("name", "name_en", "code")
    ordering = ("jurisdiction", "id")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = list(super().get_readonly_fields(request, obj))
        return [*fixed, "code"] if obj is not None else fixed


@admin.register(models.Appointment)
class AppointmentAdmin(PostChoice):
    list_display = ("user", "post", "department", "duty_grid", "jurisdiction", "valid_from", "valid_to")
    list_filter = ("jurisdiction", PostFilter)
    list_select_related = ("user", "department")
    search_fields = ("user__username", "user__display_name", "duty_grid")
    autocomplete_fields = ("user", "department")
    ordering = ("jurisdiction", "post", "user_id", "id")


@admin.register(models.Duty)
class DutyAdmin(PostChoice):
    list_display = ("user", "post", "duty_grid", "starts_at", "ends_at", "jurisdiction")
    list_filter = ("jurisdiction", PostFilter, "starts_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name", "duty_grid")
    autocomplete_fields = ("user",)
    ordering = ("-starts_at", "id")
    date_hierarchy = "starts_at"


@admin.register(models.Absence)
class AbsenceAdmin(ScopedAdmin):
    list_display = ("user", "starts_at", "ends_at", "deputy", "jurisdiction")
    list_filter = ("jurisdiction",)
    list_select_related = ("user", "deputy")
    search_fields = ("user__username", "user__display_name", "deputy__username", "deputy__display_name")
    autocomplete_fields = ("user", "deputy")
    ordering = ("-starts_at", "id")
