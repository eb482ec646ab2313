"""The console over the areas: to look at, and to correct a name. Borders and codes change by import, with a date."""

from typing import Any

from django.contrib import admin
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from typing_extensions import override

from cityloop.geography.models import DutyGrid, DutyGridMember, Region, UnitGrid
from cityloop.kernel.console import CarefulAdmin
from cityloop.kernel.translation import _, lazy


class DatedAdmin(CarefulAdmin):
    """Rows with a history: nobody adds, deletes or redraws them here, since old cases point at them."""

    list_filter: tuple[str, ...] = ("jurisdiction",)
    list_per_page = 50
    show_full_result_count = False
    editable: tuple[str, ...] = ("name",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return tuple(name for name in self.fields or () if name not in self.editable)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AreaAdmin(DatedAdmin):
    """Areas with a border, told in words: no map widget, since those load from other hosts."""

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("geometry")

    @admin.display(description=lazy("border"))
    def border(self, area: Region | UnitGrid) -> str:
        """Say how many parts and points the border has, and how far it reaches."""
        return border_in_words(area.geometry)


def border_in_words(geometry: MultiPolygon | None) -> str:
    """Return parts, points and extent of a border as text."""
    return _("no border known") if geometry is None else extent_in_words(geometry)


def extent_in_words(geometry: GEOSGeometry) -> str:
    """Return parts, points and extent of a shape as text."""
    west, south, east, north = geometry.extent
    return _("%(parts)d parts, %(points)d points, from %(west).6f, %(south).6f to %(east).6f, %(north).6f") % {
        "parts": geometry.num_geom,
        "points": geometry.num_coords,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


@admin.register(Region)
class RegionAdmin(AreaAdmin):
    list_display = ("code", "name", "level", "parent_code", "jurisdiction", "valid_from", "valid_to")
    list_filter = ("level", "jurisdiction")
    search_fields = ("code__startswith", "name")
    fields = ("code", "name", "level", "parent_code", "jurisdiction", "valid_from", "valid_to", "border")


@admin.register(UnitGrid)
class UnitGridAdmin(AreaAdmin):
    list_display = ("code", "name", "jurisdiction", "timing_zone", "area_m2", "valid_from", "valid_to")
    list_filter = ("jurisdiction", "timing_zone")
    search_fields = ("code__startswith",)
    editable = ("name", "timing_zone")
    fields = (
        "code",
        "name",
        "timing_zone",
        "community_code",
        "jurisdiction",
        "area_m2",
        "valid_from",
        "valid_to",
        "border",
    )


@admin.register(DutyGrid)
class DutyGridAdmin(DatedAdmin):
    list_display = ("code", "name", "jurisdiction", "unit_grids", "valid_from", "valid_to")
    search_fields = ("code__startswith", "name")
    fields = ("code", "name", "jurisdiction", "valid_from", "valid_to", "unit_grids", "members")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(size=Count("members"))
        return counted

    @admin.display(description=lazy("unit grids, past ones included"), ordering="size")
    def unit_grids(self, grid: Any) -> int:
        """Return how many memberships there are."""
        size: int = grid.size
        return size

    @admin.display(description=lazy("members"))
    def members(self, grid: DutyGrid) -> str:
        """List the memberships with their dates."""
        rows = DutyGridMember.objects.filter(duty_grid=grid).order_by("unit_grid__code", "valid_from")
        held = rows.values_list("unit_grid__code", "valid_from", "valid_to")
        return "\n".join(f"{code}  {begins} – {ends or ''}".rstrip() for code, begins, ends in held)
