"""Where or when some classes may not be reported: edited in words and GeoJSON, by the city's own clocks."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import shapely
from django import forms
from django.contrib import admin
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget

from cityloop.cases import models
from cityloop.cases.queries.cities import loop_city
from cityloop.cases.rules.areas import read_area
from cityloop.geography.queries import extent
from cityloop.geography.rules import Extent
from cityloop.kernel.errors import CityError, NotFound
from cityloop.kernel.forms import LinesField
from cityloop.kernel.translation import lazy as _
from cityloop.kernel.translation import listed
from cityloop.organisation.long_lists import HiddenAdmin

SRID = 4490
TIMES = ("starts_at", "ends_at")


class AreaField(forms.CharField):
    """A border as GeoJSON; the form judges it, since it knows the city."""

    widget = UnfoldAdminTextareaWidget(
        attrs={"rows": 8, "spellcheck": "false", "class": "text-xs", "style": "font-family: monospace"}
    )

    @override
    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, GEOSGeometry):
            return value
        # Not by GEOSGeometry's own GeoJSON: that asks GDAL, which turns the axes of this system.
        return shapely.to_geojson(shapely.from_wkb(bytes(value.wkb)))

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "") != (data or ""))


class ZoneForm(forms.ModelForm):  # type: ignore[type-arg]  # a ModelForm takes no argument at run time
    categories = LinesField(
        label=_("Classes"),
        required=False,
        help_text=_("scheme/type/code, one a line; none: all classes"),
    )
    area = AreaField(
        label=_("Area"), required=False, help_text=_("GeoJSON, lon and lat in degrees; empty: the whole city")
    )

    class Meta:
        model = models.RestrictedZone
        fields = (
            "jurisdiction", "name", "reason", "categories", "area", "starts_at", "ends_at", "daily_from", "daily_to",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TIMES:
            if name in self.fields:
                self.fields[name].help_text = _("By the city's clocks.")
            if (at := self.initial.get(name)) is not None and self.instance.pk:
                self.initial[name] = at.astimezone(self._zone(self.instance.jurisdiction)).replace(tzinfo=None)

    @staticmethod
    def _zone(code: str) -> ZoneInfo:
        return loop_city(code).city.time_zone

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code = cleaned.get("jurisdiction") or self.instance.jurisdiction
        if not code:
            cleaned.pop("area", None)  # nobody can judge it yet, and as text it is none
            return cleaned
        for name in TIMES:
            cleaned[name] = _at(cleaned.get(name), self._zone(code))
        self._judge("categories", lambda: _known_classes(code, cleaned.get("categories") or []))
        self._judge("area", lambda: _area(code, cleaned.get("area") or ""))
        if (cleaned.get("daily_from") is None) is not (cleaned.get("daily_to") is None):
            self.add_error("daily_to", _("Give both times of the day, or none."))
        elif cleaned.get("daily_from") is not None and cleaned["daily_from"] == cleaned["daily_to"]:
            self.add_error("daily_to", _("These two times are the same: nothing lies between them."))
        return cleaned

    def _judge(self, name: str, make: Any) -> None:
        try:
            self.cleaned_data[name] = make()
        except CityError as exc:
            self.add_error(name, ValidationError(_told(exc)))


def _told(exc: CityError) -> list[str]:
    values = [f" ({fault.value})" if fault.value else "" for fault in exc.faults]
    return [exc.message + value for value in values] or [exc.message]


def _at(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return what was typed as the instant at which the city's clocks show it; Django took it for its own zone's."""
    return None if value is None else timezone.make_naive(value).replace(tzinfo=zone)


def _known_classes(code: str, keys: list[str]) -> list[str]:
    known = loop_city(code).categories
    if unknown := [key for key in keys if key not in known]:
        text = _("These classes are unknown or switched off here: %(keys)s")
        raise NotFound(str(text) % {"keys": listed(unknown[:5])})
    return keys


def _area(code: str, text: str) -> GEOSGeometry | None:
    if not text.strip():
        return None
    return GEOSGeometry(memoryview(shapely.to_wkb(read_area(text, _extent(code)))), srid=SRID)


def _extent(code: str) -> Extent | None:
    try:
        return extent(code)
    except NotFound:
        return None


@admin.register(models.RestrictedZone)
class RestrictedZoneAdmin(HiddenAdmin):
    editors: ClassVar[frozenset[str]] = frozenset({"sysadmin", "data_admin"})
    form = ZoneForm
    list_display = ("name", "reason", "jurisdiction", "in_an_area", "starts", "ends", "daily_from", "daily_to")
    list_filter = ("jurisdiction",)
    search_fields = ("name", "reason")
    ordering = ("jurisdiction", "name", "id")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and str(match.url_name).endswith("_changelist"):
            rows = rows.defer("area")
        told: QuerySet[Any] = rows.annotate(has_area=ExpressionWrapper(Q(area__isnull=False), BooleanField()))
        return told

    @admin.display(description=_("in an area"), boolean=True)
    def in_an_area(self, row: Any) -> bool:
        return bool(row.has_area)

    @admin.display(description=_("from"), ordering="starts_at")
    def starts(self, row: models.RestrictedZone) -> str:
        return _when(row, row.starts_at)

    @admin.display(description=_("until"), ordering="ends_at")
    def ends(self, row: models.RestrictedZone) -> str:
        return _when(row, row.ends_at)


def _when(row: models.RestrictedZone, at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(loop_city(row.jurisdiction).city.time_zone):%Y-%m-%d %H:%M}"
