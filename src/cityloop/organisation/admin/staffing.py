"""Departments, posts, appointments, rosters, absences."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from typing_extensions import override

from cityloop.organisation import models
from cityloop.organisation.console import ScopedAdmin
from cityloop.standards import queries as standards


class PostChoice(ScopedAdmin):
    """A table with a post in it: offered are those that every city has, and those of the user's cities."""

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "post":
            return self.choice_of(db_field, self._posts(request))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def _posts(self, request: HttpRequest) -> list[tuple[str, str]]:
        places = Q(jurisdiction="") | Q(jurisdiction__in=self.editable_jurisdictions(request))
        rows = models.Post.objects.filter(places).order_by("jurisdiction", "id")
        return list({row.code: (row.code, f"{row.name} ({row.code})") for row in rows}.values())


@admin.register(models.Department)
class DepartmentAdmin(ScopedAdmin):
    list_display = ("name", "code", "kind", "parent", "jurisdiction", "is_active")
    list_filter = ("jurisdiction", "is_active")
    list_select_related = ("parent",)
    search_fields = ("name", "code", "credit_code")
    ordering = ("jurisdiction", "path")
    fields = ("jurisdiction", "code", "name", "kind", "parent", "credit_code", "is_active", "valid_from", "valid_to")

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kinds = standards.department_kinds().values()
            return self.choice_of(db_field, [(kind.id, f"{kind.name_zh} ({kind.id})") for kind in kinds])
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
    list_filter = ("jurisdiction", "post")
    list_select_related = ("user", "department")
    search_fields = ("user__username", "user__display_name", "duty_grid")
    autocomplete_fields = ("user", "department")
    ordering = ("jurisdiction", "post", "user_id", "id")


@admin.register(models.Duty)
class DutyAdmin(PostChoice):
    list_display = ("user", "post", "duty_grid", "starts_at", "ends_at", "jurisdiction")
    list_filter = ("jurisdiction", "post", "starts_at")
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
