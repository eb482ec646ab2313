"""The console over the parts registry: to look at. Parts come by import, with a date."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import override

from cityloop.assets.models import Part
from cityloop.kernel.translation import language, lazy
from cityloop.organisation.long_lists import LongListAdmin
from cityloop.organisation.queries import city
from cityloop.standards.choices import ObjectType
from cityloop.standards.rules import category_key


@admin.register(Part)
class PartAdmin(LongListAdmin):
    """Tens of thousands in each city: one city at a time, looked for by the beginning of the code."""

    exact_search: ClassVar[str] = "code__startswith"
    search_help_text = lazy("Part code, or how it begins")
    list_defer: ClassVar[Sequence[str]] = ("geometry", "remark")
    list_display = ("code", "class_name", "name", "state", "owner_title", "keeper_title", "unit_grid", "valid_from")
    fields = (
        "code", "class_name", "scheme", "name", "state", "owner_title", "keeper_title", "unit_grid", "place", "source",
        "accuracy", "remark", "valid_from", "valid_to", "changed_on",
    )  # fmt: skip

    @override
    def dress(self, request: HttpRequest, rows: list[Any]) -> None:
        """Ask once for the cities on the page."""
        cities = {code: city(code) for code in {row.jurisdiction for row in rows}}
        for row in rows:
            home = cities[row.jurisdiction]
            known = home.categories_on(home.today(), row.scheme)
            row.category = known.get(category_key(row.scheme, ObjectType.PART, row.class_code))
            row.departments = {one.code: one.name for one in home.departments.values()}

    @admin.display(description=lazy("class"))
    def class_name(self, row: Any) -> str:
        if row.category is None:
            return str(row.class_code)
        name = row.category.name_zh if language().startswith("zh") else row.category.name_en or row.category.name_zh
        return f"{row.class_code} {name}"

    @admin.display(description=lazy("owner"))
    def owner_title(self, row: Any) -> str:
        return str(row.departments.get(row.owner, row.owner) or row.owner_name)

    @admin.display(description=lazy("keeper"))
    def keeper_title(self, row: Any) -> str:
        return str(row.departments.get(row.keeper, row.keeper) or row.keeper_name)

    @admin.display(description=lazy("position"))
    def place(self, row: Any) -> str:
        """Say where it lies: a point by itself, a line or an area by a point on it."""
        point = row.geometry if row.geometry.geom_type == "Point" else row.geometry.point_on_surface
        return f"{point.x:.6f}, {point.y:.6f}"
