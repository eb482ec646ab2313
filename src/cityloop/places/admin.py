"""The console over the ground: to look at. It comes by import, with a date."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin

from cityloop.geography.admin import extent_in_words
from cityloop.kernel.translation import lazy as _
from cityloop.organisation.long_lists import LongListAdmin
from cityloop.places.models import Area, Building, Road


class GroundAdmin(LongListAdmin):
    """One city at a time, looked for by the whole name."""

    exact_search: ClassVar[str] = "name"
    search_help_text = _("Whole name")
    list_defer: ClassVar[Sequence[str]] = ("geometry",)

    @admin.display(description=_("name"))
    def called(self, row: Any) -> str:
        return row.name or f"#{row.pk}"

    @admin.display(description=_("extent"))
    def place(self, row: Any) -> str:
        return extent_in_words(row.geometry)


@admin.register(Road)
class RoadAdmin(GroundAdmin):
    list_display = ("called", "road_class", "is_bridge", "width_m", "valid_from", "valid_to")
    fields = ("name", "road_class", "is_bridge", "width_m", "place", "valid_from", "valid_to")


@admin.register(Building)
class BuildingAdmin(GroundAdmin):
    list_display = ("called", "kind", "height_m", "valid_from", "valid_to")
    fields = ("name", "kind", "height_m", "place", "valid_from", "valid_to")


@admin.register(Area)
class AreaAdmin(GroundAdmin):
    list_display = ("called", "kind", "valid_from", "valid_to")
    fields = ("name", "kind", "place", "valid_from", "valid_to")
